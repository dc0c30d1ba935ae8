// SPDX-License-Identifier: BSD-2-Clause
/*
 * Replacing files: all of the new one, or the old one.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replace.h"
#include "tap.h"

static char dir[] = "/tmp/axp-replace-XXXXXX";
static struct axp_diag why;

static const char *path(const char *name)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static bool holds(const char *name, const char *want)
{
	char buf[64] = "";
	int fd = open(path(name), O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	return n >= 0 && !strcmp(buf, want);
}

static unsigned int files(void)
{
	unsigned int n = 0;
	DIR *d = opendir(dir);

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static int put(const char *name, const char *text)
{
	why.text[0] = '\0';
	return axp_replace_file(path(name), text, strlen(text), &why);
}

static unsigned int mode_of(const char *name)
{
	struct stat st;

	return stat(path(name), &st) ? 0 : st.st_mode & 0777;
}

int main(void)
{
	const struct rlimit small = { 4, RLIM_INFINITY };
	struct rlimit old;
	static char big[4096];
	int err;

	if (!mkdtemp(dir))
		bail_out("no temporary folder");
	umask(027);
	ok(!put("a", "first") && holds("a", "first"), "a new file");
	ok(mode_of("a") == 0640, "gets the permissions that the umask leaves");
	chmod(path("a"), 0604);
	ok(!put("a", "second") && holds("a", "second") && mode_of("a") == 0604,
	   "an old file is replaced and keeps its permissions");
	ok(files() == 1, "nothing else is left");
	if (symlink("a", path("link")))
		bail_out("no symbolic links");
	ok(!put("link", "third") && holds("a", "third"), "a symbolic link is followed");
	ok(put("none/a", "x") == -ENOENT && strstr(why.text, "none/a"), "no such folder: %s",
	   why.text);
	mkdir(path("sub"), 0700);
	ok(put("sub", "x") == -EISDIR && strstr(why.text, "sub"), "a folder: %s", why.text);
	ok(put("a/b", "x") == -ENOTDIR, "below a file: %s", why.text);

	/* a disk that fills: here, the limit of a file's size */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	memset(big, 'x', sizeof(big) - 1);
	setrlimit(RLIMIT_FSIZE, &small);
	err = put("a", big);
	setrlimit(RLIMIT_FSIZE, &old);
	ok(err == -EFBIG && holds("a", "third"), "no room: the old file stays: %s", why.text);
	unlink(path("link"));
	rmdir(path("sub"));
	ok(files() == 1, "and no part of the new one");
	ok(!axp_replace_file("/dev/null", "x", 1, NULL), "a device is written, not replaced");
	unlink(path("a"));
	rmdir(dir);
	return done_testing();
}
