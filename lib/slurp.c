// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "diag.h"
#include "slurp.h"

#define CHUNK	(1u << 16)

static int open_file(const char *path, gzFile *out, size_t *guess, struct axp_diag *diag)
{
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		return axp_fail(diag, err, "%s: %s", path, strerror(-err));
	}
	if (fstat(fd, &st)) {
		err = -errno;
		axp_fail(diag, err, "%s: %s", path, strerror(-err));
		goto out_close;
	}
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		err = axp_fail(diag, -EINVAL, "%s: %s", path,
			       S_ISDIR(st.st_mode) ? "is a folder, not a file" : "is not a file");
		goto out_close;
	}
	*guess = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 0;
	*out = gzdopen(fd, "rb");
	if (!*out) {
		err = axp_fail(diag, -ENOMEM, "%s: out of memory", path);
		goto out_close;
	}
	return 0;
out_close:
	close(fd);
	return err;
}

/* room for @want more bytes and a NUL */
static int grow(uint8_t **buf, size_t *room, size_t used, size_t want)
{
	size_t size = *room;
	uint8_t *p;

	if (used + want + 1 <= size)
		return 0;
	size = used + want + 1 > size + size / 2 ? used + want + 1 : size + size / 2;
	p = realloc(*buf, size);
	if (!p)
		return -ENOMEM;
	*buf = p;
	*room = size;
	return 0;
}

int axp_slurp(const char *path, uint64_t max, uint8_t **buf, size_t *len,
	      struct axp_diag *diag)
{
	size_t room = 0, used = 0, guess = 0;
	uint8_t *data = NULL;
	const char *text;
	gzFile gz = NULL;
	int err, n, z;

	*buf = NULL;
	*len = 0;
	err = open_file(path, &gz, &guess, diag);
	if (err)
		return err;
	if (guess > max)
		guess = (size_t)max;
	err = grow(&data, &room, 0, guess > CHUNK ? guess : CHUNK);
	for (; !err;) {
		err = grow(&data, &room, used, CHUNK);
		if (err)
			break;
		errno = 0;
		n = gzread(gz, data + used, CHUNK);
		if (n == 0)
			break;
		if (n < 0) {
			text = gzerror(gz, &z);
			err = z == Z_ERRNO && errno ? -errno : -EINVAL;
			axp_fail(diag, err, "%s: %s", path,
				 z == Z_ERRNO ? strerror(-err) : text);
			break;
		}
		used += (size_t)n;
		if (used > max)
			err = axp_fail(diag, -E2BIG, "%s: more than %" PRIu64 " bytes", path, max);
	}
	z = gzclose_r(gz);
	if (!err && z == Z_BUF_ERROR)
		err = axp_fail(diag, -EINVAL, "%s: gzip data end too early", path);
	if (err) {
		if (err == -ENOMEM)
			axp_fail(diag, err, "%s: out of memory", path);
		free(data);
		return err;
	}
	data[used] = 0;
	*buf = data;
	*len = used;
	return 0;
}
