// SPDX-License-Identifier: BSD-2-Clause
/*
 * A folder per class, in the order of the bytes of their names. Names that
 * begin with a dot are left out; anything else that is not a class folder or
 * a picture is refused.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset.h"
#include "diag.h"
#include "picture.h"

/**
 * struct names - a growing list of names
 * @v: names
 * @n: of @v
 * @room: of @v
 */
struct names {
	char **v;
	uint64_t n, room;
};

struct images {
	struct names classes;	/* names of the folders */
	struct names files;	/* paths */
	uint32_t *label;	/* one per file */
};

static int add(struct names *names, const char *dir, const char *name, struct axp_diag *diag)
{
	char *s;

	if (names->n == names->room) {
		uint64_t room = names->room ? 2 * names->room : 64;
		char **v = realloc(names->v, room * sizeof(*v));

		if (!v)
			return axp_fail(diag, -ENOMEM, "out of memory");
		names->v = v;
		names->room = room;
	}
	if (asprintf(&s, "%s%s%s", dir ? dir : "", dir ? "/" : "", name) < 0)
		return axp_fail(diag, -ENOMEM, "out of memory");
	names->v[names->n++] = s;
	return 0;
}

static void drop(struct names *names)
{
	for (uint64_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* sorted names in @dir: folders, or pictures */
static int list(struct names *names, const char *dir, bool folders, uint64_t most,
		struct axp_diag *diag)
{
	uint64_t first = names->n;
	struct dirent *entry;
	struct stat st;
	DIR *d;
	int err = 0;

	d = opendir(dir);
	if (!d) {
		err = -errno;
		return axp_fail(diag, err, "%s: %s", dir, strerror(-err));
	}
	while (!err) {
		errno = 0;
		entry = readdir(d);
		if (!entry) {
			if (errno)
				err = axp_fail(diag, -errno, "%s: %s", dir, strerror(errno));
			break;
		}
		if (entry->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(d), entry->d_name, &st, 0)) {
			err = -errno;
			axp_fail(diag, err, "%s/%s: %s", dir, entry->d_name, strerror(-err));
		} else if (folders && !S_ISDIR(st.st_mode)) {
			err = axp_fail(diag, -EINVAL, "%s/%s: not a folder of a class", dir,
				       entry->d_name);
		} else if (!folders && (!S_ISREG(st.st_mode) || !axp_picture_name(entry->d_name))) {
			err = axp_fail(diag, -EINVAL,
				       "%s/%s: not a .png, .jpg, .jpeg, .pgm or .ppm file", dir,
				       entry->d_name);
		} else if (names->n == most) {
			err = axp_fail(diag, -E2BIG, "%s: more than %" PRIu64 " %s", dir, most,
				       folders ? "classes" : "samples");
		} else {
			err = add(names, folders ? NULL : dir, entry->d_name, diag);
		}
	}
	closedir(d);
	if (!err && names->n == first)
		err = axp_fail(diag, -ENODATA, "%s: the folder holds no %s", dir,
			       folders ? "folder of a class" : "picture");
	if (!err)
		qsort(names->v + first, names->n - first, sizeof(names->v[0]), by_bytes);
	return err;
}

static int list_class(struct images *im, const char *dir, uint32_t label,
		      struct axp_diag *diag)
{
	uint64_t first = im->files.n;
	uint32_t *l;
	char *path;
	int err;

	if (asprintf(&path, "%s/%s", dir, im->classes.v[label]) < 0)
		return axp_fail(diag, -ENOMEM, "out of memory");
	err = list(&im->files, path, false, AXP_DATASET_MAX_SAMPLES, diag);
	free(path);
	if (err)
		return err;
	l = realloc(im->label, im->files.n * sizeof(*l));
	if (!l)
		return axp_fail(diag, -ENOMEM, "out of memory");
	im->label = l;
	for (uint64_t i = first; i < im->files.n; i++)
		l[i] = label;
	return 0;
}

/* a net for pictures takes C, H, W; without a net the first picture decides */
static int take_shape(struct axp_dataset *data, const char *dir, struct axp_diag *diag)
{
	const struct images *im = data->priv;
	struct axp_picture *p;
	uint64_t dims[3];
	char text[160];
	int err;

	if (data->nr_want) {
		if (data->nr_want != 3 || (data->want[0] != 1 && data->want[0] != 3) ||
		    data->want[1] > AXP_PICTURE_MAX_SIDE || data->want[2] > AXP_PICTURE_MAX_SIDE)
			return axp_fail(diag, -EINVAL,
					"%s: the net takes %s, pictures are 1 or 3 channels, height, width",
					dir, axp_dims_text(data->want, data->nr_want, text));
		return axp_dataset_shape(data, dir, data->want, 3, false, diag);
	}
	err = axp_picture_read(&p, im->files.v[0], diag);
	if (err)
		return err;
	dims[0] = p->channels;
	dims[1] = p->height;
	dims[2] = p->width;
	axp_picture_free(p);
	return axp_dataset_shape(data, dir, dims, 3, false, diag);
}

static int images_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	struct images *im = calloc(1, sizeof(*im));
	int err;

	data->priv = im;
	if (!im)
		return axp_fail(diag, -ENOMEM, "out of memory");
	err = list(&im->classes, arg, true, AXP_DATASET_MAX_LABEL + 1, diag);
	for (uint32_t i = 0; !err && i < im->classes.n; i++)
		err = list_class(im, arg, i, diag);
	if (!err)
		err = take_shape(data, arg, diag);
	if (err)
		return err;
	data->raw_count = im->files.n;
	data->labelled = true;
	return 0;
}

static int images_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		      struct axp_diag *diag)
{
	const struct images *im = data->priv;
	struct axp_picture *p;
	int err;

	err = axp_picture_read(&p, im->files.v[index], diag);
	if (err)
		return err;
	axp_picture_planes(p, (uint32_t)data->dims[0], (uint32_t)data->dims[1],
			   (uint32_t)data->dims[2], x);
	axp_picture_free(p);
	*label = im->label[index];
	return 0;
}

static const char *images_class_name(const struct axp_dataset *data, uint32_t label)
{
	const struct images *im = data->priv;

	return label < im->classes.n ? im->classes.v[label] : NULL;
}

static void images_close(struct axp_dataset *data)
{
	struct images *im = data->priv;

	if (!im)
		return;
	drop(&im->classes);
	drop(&im->files);
	free(im->label);
	free(im);
}

const struct axp_dataset_ops axp_dataset_images = {
	.kind = "images",
	.scale = 1.0f / 255.0f,
	.open = images_open,
	.get = images_get,
	.class_name = images_class_name,
	.close = images_close,
};
