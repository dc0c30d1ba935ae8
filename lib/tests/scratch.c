// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "scratch.h"

static char root[PATH_MAX];

static void give_up(const char *what)
{
	printf("Bail out! scratch: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(const char *name)
{
	static char paths[16][PATH_MAX + 256];
	static unsigned int next;
	char *path = paths[next++ % 16];
	const char *tmp = getenv("TMPDIR");

	if (!root[0]) {
		snprintf(root, sizeof(root), "%s/axp-test-XXXXXX", tmp ? tmp : "/tmp");
		if (!mkdtemp(root))
			give_up(root);
		atexit(remove_all);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

const char *scratch_file(const char *name, const void *data, size_t len)
{
	const char *path = scratch(name);
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		give_up(path);
	return path;
}

const char *scratch_gzip(const char *name, const void *data, size_t len)
{
	const char *path = scratch(name);
	gzFile f = gzopen(path, "wb");

	if (!f || (len && gzwrite(f, data, (unsigned int)len) != (int)len) || gzclose(f) != Z_OK)
		give_up(path);
	return path;
}

const char *scratch_folder(const char *name)
{
	const char *path = scratch(name);

	if (mkdir(path, 0700))
		give_up(path);
	return path;
}
