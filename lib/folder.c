// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diag.h"
#include "folder.h"

/* ---------------------------------------------------------------------- names */

int axp_names_add(struct axp_names *names, const char *name, size_t len, struct axp_diag *diag)
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
	s = malloc(len + 1);
	if (!s)
		return axp_fail(diag, -ENOMEM, "out of memory");
	memcpy(s, name, len);
	s[len] = '\0';
	names->v[names->n++] = s;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* is one of @names twice there? */
static int check_twice(const struct axp_names *names, struct axp_diag *diag)
{
	char **sorted = malloc(names->n * sizeof(*sorted));
	int err = 0;

	if (!sorted)
		return axp_fail(diag, -ENOMEM, "out of memory");
	memcpy(sorted, names->v, names->n * sizeof(*sorted));
	qsort(sorted, names->n, sizeof(*sorted), by_bytes);
	for (uint64_t i = 1; !err && i < names->n; i++)
		if (!strcmp(sorted[i], sorted[i - 1]))
			err = axp_fail(diag, -EINVAL, "classes: '%s' is there twice", sorted[i]);
	free(sorted);
	return err;
}

int axp_names_split(struct axp_names *names, const char *text, struct axp_diag *diag)
{
	int err = 0;

	for (size_t len; !err; text += len + 1) {
		len = strcspn(text, ",");
		if (!len)
			return axp_fail(diag, -EINVAL, "classes: name %" PRIu64 " is empty",
					names->n);
		if (names->n > AXP_DATASET_MAX_LABEL)
			return axp_fail(diag, -E2BIG, "classes: more than %u names",
					AXP_DATASET_MAX_LABEL + 1);
		err = axp_names_add(names, text, len, diag);
		if (!text[len])
			break;
	}
	return err ? err : check_twice(names, diag);
}

void axp_names_drop(struct axp_names *names)
{
	for (uint64_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct axp_names){ 0 };
}

/* -------------------------------------------------------------------- listing */

/**
 * struct listing - a folder being read
 * @folder: result
 * @data: what is wanted
 * @dir: the whole of it
 * @what: names of files, for messages
 * @is_file: likewise
 * @flat: files of all classes side by side, or of none
 * @named: the class may be in the name of a file
 * @found: names of the classes in @dir, sorted
 * @label: of each of @found
 */
struct listing {
	struct axp_folder *folder;
	const struct axp_dataset *data;
	const char *dir;
	const char *what;
	bool (*is_file)(const char *name);
	bool flat;
	bool named;
	struct axp_names found;
	uint32_t *label;
};

/* is there such a file, and no folder? */
static int is_flat(const struct listing *l, bool *flat, struct axp_diag *diag)
{
	struct dirent *entry;
	struct stat st;
	DIR *d = opendir(l->dir);
	bool folder = false;
	int err;

	*flat = false;
	if (!d) {
		err = -errno;
		return axp_fail(diag, err, "%s: %s", l->dir, strerror(-err));
	}
	while (!folder && (entry = readdir(d))) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(d), entry->d_name, &st, 0))
			continue;
		folder = S_ISDIR(st.st_mode);
		*flat |= S_ISREG(st.st_mode) && l->is_file(entry->d_name);
	}
	closedir(d);
	*flat &= !folder;
	return 0;
}

static int refuse(const struct listing *l, const char *dir, const char *name, bool folders,
		  struct axp_diag *diag)
{
	if (folders)
		return axp_fail(diag, -EINVAL, "%s/%s: not a folder of a class", dir, name);
	return axp_fail(diag, -EINVAL, "%s/%s: not a %s file", dir, name, l->what);
}

/* sorted names in @dir: of folders, or paths of files */
static int list(const struct listing *l, struct axp_names *names, const char *dir, bool folders,
		uint64_t most, struct axp_diag *diag)
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
		char *path;
		int len;

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
			break;
		}
		if (folders ? !S_ISDIR(st.st_mode) :
		    !S_ISREG(st.st_mode) || !l->is_file(entry->d_name)) {
			err = refuse(l, dir, entry->d_name, folders, diag);
			break;
		}
		if (names->n == most) {
			err = axp_fail(diag, -E2BIG, "%s: more than %" PRIu64 " %s", dir, most,
				       folders ? "classes" : "samples");
			break;
		}
		len = asprintf(&path, "%s%s%s", folders ? "" : dir, folders ? "" : "/",
			       entry->d_name);
		if (len < 0) {
			err = axp_fail(diag, -ENOMEM, "out of memory");
			break;
		}
		err = axp_names_add(names, path, (size_t)len, diag);
		free(path);
	}
	closedir(d);
	if (!err && names->n == first)
		err = axp_fail(diag, -ENODATA, "%s: the folder holds no %s", dir,
			       folders ? "folder of a class" : "file of a class");
	if (!err)
		qsort(names->v + first, names->n - first, sizeof(names->v[0]), by_bytes);
	return err;
}

/* ---------------------------------------------------------------------- labels */

/* place of @name among the classes of the net: its name, or its number */
static bool place(const struct axp_names *classes, const char *name, uint32_t *label)
{
	char number[16];

	for (uint32_t i = 0; i < classes->n; i++) {
		snprintf(number, sizeof(number), "%u", i);
		if (!strcmp(classes->v[i], name) || !strcmp(number, name)) {
			*label = i;
			return true;
		}
	}
	return false;
}

static int label_by_names(struct listing *l, struct axp_diag *diag)
{
	const struct axp_names *classes = &l->folder->classes;
	bool *seen = calloc(classes->n, sizeof(*seen));
	int err = 0;

	if (!seen)
		return axp_fail(diag, -ENOMEM, "out of memory");
	for (uint64_t i = 0; !err && i < l->found.n; i++) {
		if (!place(classes, l->found.v[i], &l->label[i]))
			err = axp_fail(diag, -EINVAL, "%s: '%s' is not a class of the net, as '%s' is",
				       l->dir, l->found.v[i], classes->v[0]);
		else if (seen[l->label[i]])
			err = axp_fail(diag, -EINVAL, "%s: class '%s' is there by name and by number",
				       l->dir, classes->v[l->label[i]]);
		else
			seen[l->label[i]] = true;
	}
	for (uint64_t i = 0; !err && l->data->need_labels && i < classes->n; i++)
		if (!seen[i])
			err = axp_fail(diag, -EINVAL, "%s: %s class '%s' is missing", l->dir,
				       l->flat ? "every file of" : "the folder of", classes->v[i]);
	free(seen);
	return err;
}

/* labels in the order of the names */
static int label_by_order(struct listing *l, struct axp_diag *diag)
{
	uint32_t want = l->data->nr_classes;
	int err = 0;

	if (want && l->data->need_labels && l->found.n != want)
		return axp_fail(diag, -EINVAL,
				"%s: %" PRIu64 " classes are there, the net has %u: one is missing, or the names of the net's classes are needed (--classes)",
				l->dir, l->found.n, want);
	for (uint64_t i = 0; !err && i < l->found.n; i++) {
		l->label[i] = (uint32_t)i;
		err = axp_names_add(&l->folder->classes, l->found.v[i], strlen(l->found.v[i]),
				    diag);
	}
	return err;
}

static int make_labels(struct listing *l, struct axp_diag *diag)
{
	l->label = malloc(l->found.n * sizeof(*l->label));
	if (!l->label)
		return axp_fail(diag, -ENOMEM, "out of memory");
	return l->folder->classes.n ? label_by_names(l, diag) : label_by_order(l, diag);
}

/* labels of the files from @first on */
static int set_labels(struct axp_folder *f, uint64_t first, uint32_t label, struct axp_diag *diag)
{
	uint32_t *v = realloc(f->label, f->files.n * sizeof(*v));

	if (!v)
		return axp_fail(diag, -ENOMEM, "out of memory");
	f->label = v;
	for (uint64_t i = first; i < f->files.n; i++)
		v[i] = label;
	return 0;
}

static int read_folders(struct listing *l, struct axp_diag *diag)
{
	char *path;
	int err;

	err = list(l, &l->found, l->dir, true, AXP_DATASET_MAX_LABEL + 1, diag);
	if (!err)
		err = make_labels(l, diag);
	for (uint64_t i = 0; !err && i < l->found.n; i++) {
		uint64_t first = l->folder->files.n;

		if (asprintf(&path, "%s/%s", l->dir, l->found.v[i]) < 0)
			return axp_fail(diag, -ENOMEM, "out of memory");
		err = list(l, &l->folder->files, path, false, AXP_DATASET_MAX_SAMPLES, diag);
		free(path);
		if (!err)
			err = set_labels(l->folder, first, l->label[i], diag);
	}
	return err;
}

/* the class in the name of a file: what comes before "_" */
static const char *class_of(const struct listing *l, const char *path, size_t *len)
{
	const char *name = path + strlen(l->dir) + 1;

	*len = strcspn(name, "_");
	return name[*len] && *len ? name : NULL;
}

/* is there a class in every name? */
static bool all_named(const struct listing *l)
{
	const struct axp_names *files = &l->folder->files;
	size_t len;

	for (uint64_t i = 0; i < files->n; i++)
		if (!class_of(l, files->v[i], &len))
			return false;
	return true;
}

static int find_classes(struct listing *l, struct axp_diag *diag)
{
	const struct axp_names *files = &l->folder->files;
	int err = 0;

	for (uint64_t i = 0; !err && i < files->n; i++) {
		size_t len;
		const char *name = class_of(l, files->v[i], &len);
		const char *last = l->found.n ? l->found.v[l->found.n - 1] : "";

		if (!name)
			return axp_fail(diag, -EINVAL, "%s: the name does not begin with a class and '_'",
					files->v[i]);
		if (l->found.n > AXP_DATASET_MAX_LABEL)
			return axp_fail(diag, -E2BIG, "%s: more than %u classes", l->dir,
					AXP_DATASET_MAX_LABEL);
		/* names of a class may lie apart: "a-1_x" is between "a_x" and "a1_x" */
		if (strlen(last) != len || memcmp(last, name, len))
			err = axp_names_add(&l->found, name, len, diag);
	}
	if (err)
		return err;
	qsort(l->found.v, l->found.n, sizeof(l->found.v[0]), by_bytes);
	for (uint64_t i = 1, n = l->found.n; i < n; i++) {
		if (strcmp(l->found.v[i], l->found.v[i - 1]))
			continue;
		free(l->found.v[i]);
		memmove(&l->found.v[i], &l->found.v[i + 1], (n - i - 1) * sizeof(l->found.v[0]));
		l->found.n = --n;
		i--;
	}
	return 0;
}

static int read_flat(struct listing *l, struct axp_diag *diag)
{
	struct axp_folder *f = l->folder;
	int err;

	err = list(l, &f->files, l->dir, false, AXP_DATASET_MAX_SAMPLES, diag);
	if (!err && !l->data->need_labels && (!l->named || !all_named(l)))
		return 0;
	if (!err)
		err = find_classes(l, diag);
	if (!err)
		err = make_labels(l, diag);
	if (!err)
		err = set_labels(f, 0, 0, diag);
	for (uint64_t i = 0; !err && i < f->files.n; i++) {
		size_t len;
		const char *name = class_of(l, f->files.v[i], &len);
		uint64_t k = 0;

		while (strlen(l->found.v[k]) != len || memcmp(l->found.v[k], name, len))
			k++;
		f->label[i] = l->label[k];
	}
	return err;
}

int axp_folder_read(struct axp_folder *folder, const struct axp_dataset *data, const char *dir,
		    const char *what, bool (*is_file)(const char *name), bool named,
		    struct axp_diag *diag)
{
	struct listing l = {
		.folder = folder,
		.data = data,
		.dir = dir,
		.what = what,
		.is_file = is_file,
		.named = named,
	};
	int err = 0;

	if (data->classes)
		err = axp_names_split(&folder->classes, data->classes, diag);
	if (!err && data->classes && data->nr_classes && folder->classes.n != data->nr_classes)
		err = axp_fail(diag, -EINVAL, "classes: %" PRIu64 " names, the net has %u outputs",
			       folder->classes.n, data->nr_classes);
	if (!err && (named || !data->need_labels))
		err = is_flat(&l, &l.flat, diag);
	if (!err)
		err = l.flat ? read_flat(&l, diag) : read_folders(&l, diag);
	axp_names_drop(&l.found);
	free(l.label);
	return err;
}

void axp_folder_drop(struct axp_folder *folder)
{
	axp_names_drop(&folder->classes);
	axp_names_drop(&folder->files);
	free(folder->label);
}
