// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "replace.h"

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* /dev/stdout, a pipe: nothing to replace */
static int write_special(const char *path, const void *buf, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, buf, len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* a file that did not exist; it gets the permissions that the umask leaves */
static int create_beside(const char *path, char *temp, size_t size)
{
	unsigned int i;
	int fd;

	for (i = 0; i < 1000; i++) {
		if (snprintf(temp, size, "%s.%d.%u", path, (int)getpid(), i) >= (int)size)
			return -ENAMETOOLONG;
		fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

/* the directory must keep the new name over a crash; some cannot sync */
static void sync_directory(char *path)
{
	int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int axp_replace_file(const char *path, const void *buf, size_t len, struct axp_diag *diag)
{
	char real[PATH_MAX], temp[PATH_MAX];
	struct stat st;
	bool exists;
	int fd, err;

	if (!realpath(path, real)) {
		if (errno != ENOENT || strlen(path) >= sizeof(real))
			return axp_fail(diag, -errno, "%s: %s", path, strerror(errno));
		strcpy(real, path);
	}
	exists = !stat(real, &st);
	if (exists && S_ISDIR(st.st_mode))
		return axp_fail(diag, -EISDIR, "%s: %s", path, strerror(EISDIR));
	if (exists && !S_ISREG(st.st_mode)) {
		err = write_special(real, buf, len);
		return err ? axp_fail(diag, err, "%s: %s", path, strerror(-err)) : 0;
	}
	if (exists && access(real, W_OK))
		return axp_fail(diag, -errno, "%s: %s", path, strerror(errno));
	fd = create_beside(real, temp, sizeof(temp));
	if (fd < 0)
		return axp_fail(diag, fd, "%s: cannot create a file beside it: %s", path,
				strerror(-fd));
	err = write_all(fd, buf, len);
	if (!err && exists && fchmod(fd, st.st_mode & 0777))
		err = -errno;
	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, real))
		err = -errno;
	if (err)
		unlink(temp);
	else
		sync_directory(real);
	return err ? axp_fail(diag, err, "%s: %s, the old file is left as it was", path,
			      strerror(-err)) : 0;
}
