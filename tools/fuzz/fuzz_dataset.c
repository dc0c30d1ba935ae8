// SPDX-License-Identifier: BSD-2-Clause
/*
 * Specifications of data sets, "idx:IMAGES,LABELS[::2]" and so on, and the settings that
 * come with them. The input is lines of text: specification, settings of pictures, of
 * sound, names of classes, number of classes, "labels" where they are needed, dimensions
 * of the net's input; what is empty or left out is not given. The files are those that
 * tools/fuzz/seeds puts into build/fuzz/data.
 */
#include <fcntl.h>
#include <limits.h>

#include "dataset.h"

enum { SPEC, IMAGE, AUDIO, CLASSES, NR_CLASSES, LABELS, DIMS, NR_LINES };

static int here, there;

/* files of the input are looked for in one folder, those of libFuzzer not */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("/data"));

	(void)argc;
	(void)argv;
	MUST(n > 0 && n < (ssize_t)(sizeof(path) - sizeof("/data")));
	path[n] = '\0';
	strcpy(strrchr(path, '/'), "/data");
	here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	there = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	MUST(here >= 0 && there >= 0);
	return 0;
}

/* no path out of it */
static bool leaves(const char *spec)
{
	return strchr(spec, '/') && (strstr(spec, "..") || strstr(spec, ":/") || strstr(spec, ",/"));
}

static void take_dims(struct axp_dataset_opts *opts, char *text)
{
	char *end = text;

	for (; *text && opts->input_ndim < 7; text = *end ? end + 1 : end)
		opts->input_dims[opts->input_ndim++] = strtoull(text, &end, 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_dataset_opts opts = { .size = sizeof(opts) };
	char *text = malloc(size + 1), *at = text, *line[NR_LINES];

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (int i = 0; i < NR_LINES; i++) {
		line[i] = at ? strsep(&at, "\n") : text + size;
		if (!*line[i] && i != SPEC)
			line[i] = NULL;
	}
	opts.image = line[IMAGE];
	opts.audio = line[AUDIO];
	opts.classes = line[CLASSES];
	opts.nr_classes = line[NR_CLASSES] ? (uint32_t)strtoul(line[NR_CLASSES], NULL, 10) : 0;
	opts.need_labels = line[LABELS];
	if (line[DIMS])
		take_dims(&opts, line[DIMS]);
	if (!leaves(line[SPEC])) {
		MUST(!fchdir(there));
		dataset_check(line[SPEC], &opts);
		MUST(!fchdir(here));
	}
	free(text);
	return 0;
}
