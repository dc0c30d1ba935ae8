// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <minizip/unzip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataset.h"
#include "diag.h"
#include "npy.h"
#include "npz.h"

#define MAX_NAME	256
/* Most that deflate makes of a byte (zlib, "Technical Details", Maximum Compression Factor). */
#define MAX_DEFLATE	1032

/* the entry for @array becomes the current one; @entry is its name, @size its bytes */
static int find(unzFile zip, const char *path, const char *array, char entry[MAX_NAME],
		uint64_t *size, struct axp_diag *diag)
{
	unz_global_info64 all;
	unz_file_info64 info;
	struct stat st;
	int rc;

	if (array) {
		if (snprintf(entry, MAX_NAME, "%s.npy", array) >= MAX_NAME)
			return axp_fail(diag, -EINVAL, "%s: the array's name is longer than %d bytes",
					path, MAX_NAME - 5);
		rc = unzLocateFile(zip, entry, 1);
		if (rc)
			return axp_fail(diag, -ENOENT, "%s: no array '%s'", path, array);
	} else {
		if (unzGetGlobalInfo64(zip, &all) || all.number_entry != 1)
			return axp_fail(diag, -EINVAL,
					"%s: %llu arrays, which one must be said: npz:FILE,ARRAY[,LABELS]",
					path, (unsigned long long)all.number_entry);
		if (unzGoToFirstFile(zip))
			return axp_fail(diag, -EINVAL, "%s: damaged ZIP file", path);
	}
	if (unzGetCurrentFileInfo64(zip, &info, entry, MAX_NAME, NULL, 0, NULL, 0))
		return axp_fail(diag, -EINVAL, "%s: damaged ZIP file", path);
	entry[MAX_NAME - 1] = '\0';
	for (char *c = entry; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';	/* a message is one line */
	if (info.uncompressed_size > AXP_DATASET_MAX_BYTES)
		return axp_fail(diag, -E2BIG, "%s: array of %llu bytes, the limit is %llu", path,
				(unsigned long long)info.uncompressed_size,
				(unsigned long long)AXP_DATASET_MAX_BYTES);
	/* before memory is taken for what a few bytes claim to hold */
	if (stat(path, &st) || info.uncompressed_size / MAX_DEFLATE > (uint64_t)st.st_size)
		return axp_fail(diag, -EINVAL,
				"%s: damaged: array of %llu bytes in a file of %llu", path,
				(unsigned long long)info.uncompressed_size,
				(unsigned long long)st.st_size);
	*size = info.uncompressed_size;
	return 0;
}

static int unpack(unzFile zip, const char *name, uint8_t *buf, uint64_t size,
		  struct axp_diag *diag)
{
	uint64_t at = 0;
	int n = 1;

	if (unzOpenCurrentFile(zip))
		return axp_fail(diag, -EINVAL, "%s: cannot be unpacked", name);
	while (at < size && n > 0) {
		unsigned int part = size - at < 1u << 20 ? (unsigned int)(size - at) : 1u << 20;

		n = unzReadCurrentFile(zip, buf + at, part);
		at += n > 0 ? (uint64_t)n : 0;
	}
	/* closing compares the checksum */
	if (unzCloseCurrentFile(zip) || at < size)
		return axp_fail(diag, -EINVAL, "%s: damaged: %llu of %llu bytes, or a wrong checksum",
				name, (unsigned long long)at, (unsigned long long)size);
	return 0;
}

int axp_npz_read(struct axp_tensor **out, const char *path, const char *array,
		 struct axp_diag *diag)
{
	char entry[MAX_NAME], *name = NULL;
	uint8_t *buf = NULL;
	uint64_t size = 0;
	size_t room;
	unzFile zip;
	int err;

	*out = NULL;
	if (access(path, R_OK)) {
		err = -errno;
		return axp_fail(diag, err, "%s: %s", path, strerror(-err));
	}
	zip = unzOpen64(path);
	if (!zip)
		return axp_fail(diag, -EINVAL, "%s: not an NPZ (ZIP) file", path);
	err = find(zip, path, array, entry, &size, diag);
	if (err)
		goto out;
	room = strlen(path) + strlen(entry) + 2;
	name = malloc(room);
	buf = malloc(size + 1);
	if (!name || !buf) {
		err = axp_fail(diag, -ENOMEM, "%s: out of memory", path);
		goto out;
	}
	snprintf(name, room, "%s:%s", path, entry);
	err = unpack(zip, name, buf, size, diag);
	if (!err)
		err = axp_npy_read_mem(out, buf, size, name, diag);
out:
	unzClose(zip);
	free(name);
	free(buf);
	return err;
}
