// SPDX-License-Identifier: BSD-2-Clause
/* Input: preprocessing by options or by the metadata of a model. */
#include <errno.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

static bool has_zero(const struct reals *list)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (list->v[i] == 0)
			return true;
	return false;
}

int input_check(const struct command *cmd, const struct input_args *args)
{
	struct axp_diag diag = { .text = "" };
	char text[AXP_SETTINGS_MAX];

	if (has_zero(&args->scale))
		return misuse(cmd, "--scale 0: a number other than 0 is needed");
	if (has_zero(&args->std))
		return misuse(cmd, "--std: a deviation is 0");
	if (args->image && axp_image_settings(args->image, text, sizeof(text), &diag))
		return misuse(cmd, "--%s", diag.text);
	if (args->audio && axp_audio_settings(args->audio, text, sizeof(text), &diag))
		return misuse(cmd, "--%s", diag.text);
	return 0;
}

const char *input_kind(const char *source)
{
	char start[12] = "";
	FILE *file;
	size_t n;

	if (!strncmp(source, "csv:", 4) || !strncmp(source, "npy:", 4) ||
	    !strncmp(source, "npz:", 4))
		return "numbers";
	if (!strncmp(source, "wav:", 4))
		return "sound";
	file = fopen(source, "rb");
	if (!file)
		return "pixels";
	n = fread(start, 1, sizeof(start), file);
	fclose(file);
	if (n >= 6 && !memcmp(start, "\x93NUMPY", 6))
		return "numbers";
	if (n >= 12 && (!memcmp(start, "fLaC", 4) || !memcmp(start, "RF64", 4) ||
			(!memcmp(start, "RIFF", 4) && !memcmp(start + 8, "WAVE", 4))))
		return "sound";
	return "pixels";
}

/* @list from the option @given, else from metadata @key; n is 0 when there is neither */
static int choose(struct reals *list, const struct reals *given, uint32_t max,
		  const struct axp_graph *graph, const char *model, const char *key)
{
	const char *text = axp_graph_metadata(graph, key);

	*list = *given;
	if (given->n || !text)
		return 0;
	if (reals_parse(list, text, max) && (!has_zero(list) || !strcmp(key, "axp.input.mean")))
		return 0;
	return fail("%s: metadata %s '%s': 1 to %u finite numbers%s are needed", model, key, text,
		    max, strcmp(key, "axp.input.mean") ? " other than 0" : "");
}

/*
 * The last value given stands for the channels that follow. To the library a 0 behind
 * other values is "as before": the smallest number is as good and says 0.
 */
#define EXPLICIT_ZERO	FLT_TRUE_MIN

static void spread(float to[4], const struct reals *list)
{
	bool only_zeros = true;

	for (uint32_t i = 0; i < list->n; i++)
		only_zeros &= list->v[i] == 0;
	for (uint32_t i = 0; !only_zeros && i < 4; i++) {
		to[i] = list->v[i < list->n ? i : list->n - 1];
		if (to[i] == 0)
			to[i] = EXPLICIT_ZERO;
	}
}

const char *input_classes(const struct input_args *args, const struct axp_graph *graph)
{
	return args->classes ? args->classes : axp_graph_metadata(graph, "axp.classes");
}

/* settings from the option @given, else from metadata @key, which may be damaged */
static int settings(const char **to, const char *given, const struct axp_graph *graph,
		    const char *model, const char *key,
		    int (*parse)(const char *spec, char *text, size_t size, struct axp_diag *diag))
{
	struct axp_diag diag = { .text = "" };
	char text[AXP_SETTINGS_MAX];

	*to = given ? given : axp_graph_metadata(graph, key);
	if (!*to || given || !parse(*to, text, sizeof(text), &diag))
		return 0;
	return fail("%s: metadata %s: %s", model, key, diag.text);
}

int input_opts(struct axp_dataset_opts *opts, const struct input_args *args,
	       const struct axp_graph *graph, const char *model, const char *source)
{
	const char *data = axp_graph_metadata(graph, "axp.input.data");
	struct reals scale, mean, std;

	*opts = (struct axp_dataset_opts){ .size = sizeof(*opts) };
	opts->input_ndim = axp_graph_input_dims(graph, opts->input_dims);
	if (data && strcmp(data, "pixels") && strcmp(data, "numbers") && strcmp(data, "sound"))
		return fail("%s: metadata axp.input.data '%s': pixels, sound or numbers is needed",
			    model, data);
	if (settings(&opts->image, args->image, graph, model, "axp.input.image",
		     axp_image_settings) ||
	    settings(&opts->audio, args->audio, graph, model, "axp.input.audio",
		     axp_audio_settings))
		return EXIT_FAILED;
	opts->classes = input_classes(args, graph);
	if (axp_graph_output_elems(graph) <= UINT32_MAX)
		opts->nr_classes = axp_graph_output_elems(graph);
	if (choose(&scale, &args->scale, 1, graph, model, "axp.input.scale") ||
	    choose(&mean, &args->mean, REALS_MAX, graph, model, "axp.input.mean") ||
	    choose(&std, &args->std, REALS_MAX, graph, model, "axp.input.std"))
		return EXIT_FAILED;
	/* a stored scale is for its own kind of data */
	if (args->scale.n || !data || !strcmp(data, input_kind(source)))
		opts->scale = scale.n ? scale.v[0] : 0;
	spread(opts->mean, &mean);
	spread(opts->std, &std);
	return 0;
}

static int store_list(struct axp_graph *graph, const char *key, const float *v, uint32_t n)
{
	char text[128];
	size_t used = 0;

	for (uint32_t i = 0; i < n; i++) {
		char one[24];

		/* the fewest digits that read back the same */
		for (int digits = 6; digits <= 9; digits++) {
			snprintf(one, sizeof(one), "%.*g", digits,
				 v[i] == EXPLICIT_ZERO ? 0.0 : (double)v[i]);
			if (strtof(one, NULL) == v[i])
				break;
		}
		used += snprintf(text + used, sizeof(text) - used, "%s%s", i ? "," : "", one);
	}
	return axp_graph_set_metadata(graph, key, text);
}

static bool any(const float v[4])
{
	return v[0] != 0 || v[1] != 0 || v[2] != 0 || v[3] != 0;
}

/* names of the folders, when there is one for each output */
static int store_classes(struct axp_graph *graph, const struct axp_dataset *data)
{
	uint64_t nr = axp_graph_output_elems(graph), room = 1, used = 0;
	char *list;
	int rc;

	for (uint64_t i = 0; i <= nr; i++) {
		const char *name = axp_dataset_class_name(data, i);

		if (!name != (i == nr) || (name && strchr(name, ',')))
			return 0;
		room += name ? strlen(name) + 1 : 0;
	}
	list = malloc(room);
	if (!list)
		return -ENOMEM;
	for (uint64_t i = 0; i < nr; i++)
		used += snprintf(list + used, room - used, "%s%s", i ? "," : "",
				 axp_dataset_class_name(data, i));
	rc = axp_graph_set_metadata(graph, "axp.classes", list);
	free(list);
	return rc;
}

static int store_settings(struct axp_graph *graph, const char *key, const char *spec,
			  int (*parse)(const char *spec, char *text, size_t size,
				       struct axp_diag *diag))
{
	char text[AXP_SETTINGS_MAX];
	int rc = parse(spec, text, sizeof(text), NULL);

	return rc ? rc : axp_graph_set_metadata(graph, key, text);
}

int input_store(struct axp_graph *graph, const struct axp_dataset_opts *opts,
		const char *source, const struct axp_dataset *data)
{
	int rc = 0;

	if (opts->scale != 0) {
		rc = store_list(graph, "axp.input.scale", &opts->scale, 1);
		if (!rc)
			rc = axp_graph_set_metadata(graph, "axp.input.data",
						    input_kind(source));
	}
	if (!rc && any(opts->mean))
		rc = store_list(graph, "axp.input.mean", opts->mean, 4);
	if (!rc && any(opts->std))
		rc = store_list(graph, "axp.input.std", opts->std, 4);
	if (!rc && opts->image)
		rc = store_settings(graph, "axp.input.image", opts->image, axp_image_settings);
	if (!rc && opts->audio)
		rc = store_settings(graph, "axp.input.audio", opts->audio, axp_audio_settings);
	if (!rc && opts->classes)
		rc = axp_graph_set_metadata(graph, "axp.classes", opts->classes);
	else if (!rc)
		rc = store_classes(graph, data);
	return rc ? fail("no memory for the model's metadata") : 0;
}
