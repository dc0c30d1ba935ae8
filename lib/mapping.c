// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "mapping.h"

static int map_file(struct axp_mapping *map, int fd, const char *path, off_t min, uint64_t max,
		    struct axp_diag *diag)
{
	struct stat st;
	void *data;

	/* what cannot be mapped is read, and refused there if it must be */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < min)
		return 0;
	if ((uint64_t)st.st_size > max)
		return axp_fail(diag, -E2BIG, "%s: %lld bytes, the limit is %llu", path,
				(long long)st.st_size, (unsigned long long)max);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return 0;
	map->data = data;
	map->len = (size_t)st.st_size;
	return 0;
}

int axp_mapping_open(struct axp_mapping **out, const char *path, uint64_t max,
		     struct axp_diag *diag)
{
	struct axp_mapping *map = calloc(1, sizeof(*map));
	int fd, err;

	*out = NULL;
	if (!map)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err = -errno;
		free(map);
		return axp_fail(diag, err, "%s: %s", path, strerror(-err));
	}
	err = map_file(map, fd, path, 2, max, diag);
	close(fd);
	map->refs = 1;
	if (err || !map->data || !memcmp(map->data, "\x1f\x8b", 2)) {
		axp_mapping_put(map);
		return err;
	}
	*out = map;
	return 0;
}

int axp_mapping_take(struct axp_mapping **out, int fd, const char *name, uint64_t max,
		     struct axp_diag *diag)
{
	struct axp_mapping *map = calloc(1, sizeof(*map));
	struct stat st;
	int err;

	*out = NULL;
	if (!map)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", name);
	map->refs = 1;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = axp_fail(diag, -EINVAL, "%s: not a regular file", name);
	else if (!st.st_size)
		err = axp_fail(diag, -EINVAL, "%s: the file is empty", name);
	else
		err = map_file(map, fd, name, 1, max, diag);
	if (!err && !map->data)
		err = axp_fail(diag, -ENOMEM, "%s: cannot be mapped", name);
	if (err)
		axp_mapping_put(map);
	else
		*out = map;
	return err;
}

void axp_mapping_forget(const void *data, size_t len)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = ((uintptr_t)data + page - 1) / page * page;
	uintptr_t to = ((uintptr_t)data + len) / page * page;

	/* advice: what it says is right without it */
	if (to > from)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

struct axp_mapping *axp_mapping_get(struct axp_mapping *map)
{
	map->refs++;
	return map;
}

void axp_mapping_put(struct axp_mapping *map)
{
	if (!map || --map->refs)
		return;
	if (map->data)
		munmap(map->data, map->len);
	free(map);
}
