// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tensors whose data is in files beside the model (external_data). Only files in the
 * model's folder and below it are opened, none by way of a symbolic link.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "onnx.h"

#define MAX_LOCATION	1024u
#define MAX_USED	4096u

/**
 * struct axp_onnx_external - files beside a model
 * @dir: its folder, or -1
 * @max_bytes: of each file
 * @files: @nr of them, room for @max
 * @used: what tensors may hold where it is: @nr_used of them
 */
struct axp_onnx_external {
	int dir;
	uint64_t max_bytes;
	uint32_t nr, max, nr_used;
	struct beside {
		char *location;
		struct axp_mapping *map;
	} *files;
	struct used {
		const uint8_t *from, *to;
	} used[MAX_USED];
};

int axp_onnx_external_open(struct axp_onnx_external **out, const char *model, uint64_t max_bytes)
{
	struct axp_onnx_external *x = calloc(1, sizeof(*x));
	const char *slash = strrchr(model, '/');
	char *dir = slash ? strndup(model, (size_t)(slash - model) + 1) : strdup(".");

	*out = NULL;
	if (!x || !dir) {
		free(x);
		free(dir);
		return -ENOMEM;
	}
	x->max_bytes = max_bytes;
	x->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	*out = x;
	return 0;
}

void axp_onnx_external_close(struct axp_onnx_external *x)
{
	if (!x)
		return;
	for (uint32_t i = 0; i < x->nr; i++) {
		free(x->files[i].location);
		axp_mapping_put(x->files[i].map);
	}
	free(x->files);
	if (x->dir >= 0)
		close(x->dir);
	free(x);
}

static int refuse(struct axp_diag *diag, const char *location, const char *why)
{
	return axp_fail(diag, -EINVAL, "external_data: location '%.200s' %s", location, why);
}

/* component by component, so that no symbolic link is followed; a descriptor or errno */
static int open_beneath(int dir, char *path)
{
	int at = dir, fd = -1;
	char *part, *next;

	for (part = path; part; part = next) {
		next = strchr(part, '/');
		if (next)
			*next++ = '\0';
		fd = openat(at, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
			    (next ? O_DIRECTORY : 0));
		if (fd < 0)
			fd = -errno;
		if (at != dir)
			close(at);
		if (fd < 0)
			return fd;
		at = fd;
	}
	return fd;
}

/* of names that stay in the folder */
static int check_location(const char *location, struct axp_diag *diag)
{
	const char *part = location;

	if (strlen(location) > MAX_LOCATION)
		return axp_fail(diag, -EINVAL, "external_data: location is longer than %u bytes",
				MAX_LOCATION);
	if (*location == '/')
		return refuse(diag, location, "is not relative to the model's folder");
	do {
		size_t n = strcspn(part, "/");

		if (!n || (n == 1 && part[0] == '.'))
			return refuse(diag, location, "is not the name of a file");
		if (n == 2 && part[0] == '.' && part[1] == '.')
			return refuse(diag, location, "leaves the model's folder");
		part += n;
	} while (*part++);
	return 0;
}

static int map_beside(struct axp_mapping **out, const struct axp_onnx_external *x,
		      const char *location, struct axp_diag *diag)
{
	char *path = strdup(location);
	int fd, err;

	if (!path)
		return axp_fail(diag, -ENOMEM, "no memory");
	fd = open_beneath(x->dir, path);
	free(path);
	/* O_DIRECTORY beside O_NOFOLLOW says ENOTDIR of a link */
	if (fd == -ELOOP)
		return refuse(diag, location, "is a symbolic link");
	if (fd < 0)
		return axp_fail(diag, fd, "external_data: location '%.200s': %s", location,
				strerror(-fd));
	err = axp_mapping_take(out, fd, location, x->max_bytes, diag);
	close(fd);
	return err ? axp_fail_in(diag, err, "external_data: location") : 0;
}

/* the file at @location, mapped once for all of its tensors */
static int find_file(struct axp_mapping **out, struct axp_onnx_external *x, const char *location,
		     struct axp_diag *diag)
{
	struct beside *more;
	char *copy;
	int err;

	for (uint32_t i = 0; i < x->nr; i++) {
		if (!strcmp(x->files[i].location, location)) {
			*out = x->files[i].map;
			return 0;
		}
	}
	err = check_location(location, diag);
	if (!err)
		err = map_beside(out, x, location, diag);
	if (err)
		return err;
	copy = strdup(location);
	if (copy && x->nr == x->max) {
		more = realloc(x->files, (2 * (size_t)x->max + 4) * sizeof(*more));
		if (more) {
			x->files = more;
			x->max = 2 * x->max + 4;
		}
	}
	if (!copy || x->nr == x->max) {
		free(copy);
		axp_mapping_put(*out);
		return axp_fail(diag, -ENOMEM, "no memory");
	}
	x->files[x->nr++] = (struct beside){ copy, *out };
	return 0;
}

static int take_number(uint64_t *to, const char *key, const char *value, struct axp_diag *diag)
{
	char *end;

	errno = 0;
	*to = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || errno || *end)
		return axp_fail(diag, -EINVAL, "external_data: %s is '%.60s'", key, value);
	return 0;
}

/**
 * struct place - where a tensor's data is
 * @location: file, NULL: not said
 * @offset: of its first byte
 * @length: bytes
 * @seen: keys
 */
struct place {
	const char *location;
	uint64_t offset, length;
	uint32_t seen;
};

static int take_places(struct place *place, const Onnx__TensorProto *p, struct axp_diag *diag)
{
	static const char *const keys[] = { "location", "offset", "length", "checksum" };
	size_t i, k;

	for (i = 0; i < p->n_external_data; i++) {
		const char *key = p->external_data[i]->key, *value = p->external_data[i]->value;
		int err = 0;

		for (k = 0; k < 4 && (!key || strcmp(keys[k], key)); k++)
			;
		if (k == 4)
			return axp_fail(diag, -EINVAL, "external_data: there is no '%.60s'",
					key ? key : "");
		if (place->seen & 1u << k)
			return axp_fail(diag, -EINVAL, "external_data: %s is given twice", key);
		place->seen |= 1u << k;
		if (!value)
			value = "";
		if (!k)
			place->location = value;
		else if (k < 3)
			err = take_number(k == 1 ? &place->offset : &place->length, key, value, diag);
		if (err)
			return err;
	}
	return place->location ? 0 : axp_fail(diag, -EINVAL, "external_data: location is missing");
}

/* a tensor's own memory: what two share, each has a copy of. Later ones, too */
static bool is_shared(struct axp_onnx_external *x, const uint8_t *from, uint64_t bytes)
{
	if (x->nr_used == MAX_USED)
		return true;
	for (uint32_t i = 0; i < x->nr_used; i++)
		if (from < x->used[i].to && x->used[i].from < from + bytes)
			return true;
	x->used[x->nr_used++] = (struct used){ from, from + bytes };
	return false;
}

int axp_onnx_external_find(struct axp_onnx_external *x, const Onnx__TensorProto *p,
			   uint64_t bytes, const uint8_t **data, struct axp_mapping **map,
			   struct axp_diag *diag)
{
	struct place place = { .length = bytes };
	int err;

	if (!x)
		return axp_fail(diag, -EOPNOTSUPP,
				"its data is in another file (external_data), and what folder that is in is not known");
	if (p->has_raw_data || p->n_float_data || p->n_int32_data || p->n_int64_data ||
	    p->n_double_data || p->n_uint64_data || p->segment)
		return axp_fail(diag, -EINVAL, "data is given twice");
	err = take_places(&place, p, diag);
	if (err)
		return err;
	if (place.length != bytes)
		return axp_fail(diag, -EINVAL,
				"external_data: length is %llu, the shape wants %llu",
				(unsigned long long)place.length, (unsigned long long)bytes);
	err = find_file(map, x, place.location, diag);
	if (err)
		return err;
	if (place.offset > (*map)->len || bytes > (*map)->len - place.offset)
		return axp_fail(diag, -EINVAL,
				"external_data: %llu bytes at offset %llu, '%.200s' has %zu",
				(unsigned long long)bytes, (unsigned long long)place.offset,
				place.location, (*map)->len);
	*data = (*map)->data + place.offset;
	if (is_shared(x, *data, bytes))
		*map = NULL;
	return 0;
}
