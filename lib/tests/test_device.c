// SPDX-License-Identifier: BSD-2-Clause
/* Opening what is no axp device. What the device does is in test_dev_backend.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <axp/axp.h>

#include "tap.h"

/* outcome of an attempt to open */
struct attempt {
	int err;
	struct axp_diag diag;
	bool null;
};

static struct attempt attempt(const char *path)
{
	struct axp_device *device = (void *)1;
	struct attempt a = { 0 };

	a.err = axp_device_open(&device, path, &a.diag);
	a.null = !device;
	if (!a.err)
		axp_device_close(device);
	return a;
}

/* the same as a user who may do nothing special */
static struct attempt unprivileged(const char *path)
{
	struct attempt a = { .err = -ECHILD };
	int pipefd[2], status;
	pid_t pid;

	if (pipe(pipefd))
		return a;
	pid = fork();
	if (!pid) {
		if (!geteuid() && (setegid(65534) || seteuid(65534)))
			_exit(1);
		a = attempt(path);
		_exit(write(pipefd[1], &a, sizeof(a)) != (ssize_t)sizeof(a));
	}
	close(pipefd[1]);
	if (pid < 0 || read(pipefd[0], &a, sizeof(a)) != (ssize_t)sizeof(a))
		a.err = -ECHILD;
	close(pipefd[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return a;
}

static void refused(const struct attempt *a, int err, const char *path, const char *says,
		    const char *what)
{
	bool good = a->err == err && a->null && !strncmp(a->diag.text, path, strlen(path)) &&
		strstr(a->diag.text, says) && !strchr(a->diag.text, '\n');

	if (!ok(good, "%s: refused, naming the file and the reason", what))
		diag("got %d: %s", a->err, a->diag.text);
}

static int count_fds(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_no_device(const char *dir)
{
	struct axp_device *device;
	struct attempt a;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/axp", dir);
	a = attempt(path);
	refused(&a, -ENOENT, path, "insmod axp.ko", "no module");
	ok(axp_device_open(&device, path, NULL) == -ENOENT && !device, "without a diag too");

	a = attempt("/dev/null");
	refused(&a, -ENOTTY, "/dev/null", "is not an axp device", "/dev/null");
	a = attempt(dir);
	refused(&a, -ENOTTY, dir, "is not an axp device", "a folder");
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		bail_out("%s: %s", path, strerror(errno));
	close(fd);
	a = attempt(path);
	refused(&a, -ENOTTY, path, "is not an axp device", "a file");
	unlink(path);
	if (mkfifo(path, 0600))
		bail_out("%s: %s", path, strerror(errno));
	a = attempt(path);
	refused(&a, -ENOTTY, path, "is not an axp device", "a FIFO, without blocking");
	unlink(path);
}

static void test_permission(const char *dir)
{
	struct attempt a;
	char path[256];

	snprintf(path, sizeof(path), "%s/axp", dir);
	if (chmod(dir, 0))
		bail_out("%s: %s", dir, strerror(errno));
	a = unprivileged(path);
	refused(&a, -EACCES, path, "group axp", "no permission");
	if (chmod(dir, 0700))
		bail_out("%s: %s", dir, strerror(errno));
}

/* A terminal in exclusive mode is busy for everybody but root. */
static void test_busy(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct attempt a;
	char path[256];
	int slave = -1;

	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, path, sizeof(path))) {
		skip("no pseudo terminal to be busy");
	} else {
		slave = open(path, O_RDWR | O_NOCTTY);
		if (slave < 0 || fchmod(slave, 0666) || ioctl(slave, TIOCEXCL)) {
			skip("no exclusive terminal");
		} else {
			a = unprivileged(path);
			refused(&a, -EBUSY, path, "busy", "busy device");
		}
	}
	if (slave >= 0)
		close(slave);
	if (master >= 0)
		close(master);
}

static void test_other(void)
{
	struct rlimit old, none;
	struct attempt a;

	if (getrlimit(RLIMIT_NOFILE, &old))
		bail_out("getrlimit: %s", strerror(errno));
	none = old;
	none.rlim_cur = 0;
	if (setrlimit(RLIMIT_NOFILE, &none))
		bail_out("setrlimit: %s", strerror(errno));
	a = attempt("/dev/null");
	if (setrlimit(RLIMIT_NOFILE, &old))
		bail_out("setrlimit: %s", strerror(errno));
	refused(&a, -EMFILE, "/dev/null", "Too many open files", "any other error");
}

int main(void)
{
	char dir[] = "/tmp/axp-test-XXXXXX";
	int fds = count_fds();

	plan(10);
	if (!mkdtemp(dir))
		bail_out("%s: %s", dir, strerror(errno));
	test_no_device(dir);
	test_permission(dir);
	test_busy();
	test_other();
	rmdir(dir);
	ok(count_fds() == fds, "no file is left open");
	axp_device_close(NULL);
	axp_device_unmap(NULL, 0);
	return done_testing();
}
