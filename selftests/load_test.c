// SPDX-License-Identifier: GPL-2.0
/*
 * Loading with a failing kernel: one place after the other where loading the module
 * can fail is made to, until it is loaded before that place. Where loading fails
 * nothing of it is left; where it goes on without, the device works. Places before the
 * module's parameters are read belong to the kernel, which warns at some of them.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION, and AXP_KO, which names axp.ko.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

#define DEBUGFS	"/sys/kernel/debug"
#define MOST	20000

static int write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Whether anything of the module is there. */
static bool is_there(void)
{
	return exists(AXP_DEV) || exists("/sys/module/axp") || exists("/sys/class/misc/axp") ||
	       exists("/sys/bus/event_source/devices/axp") || exists(DEBUGFS "/axp");
}

static int unload(void)
{
	return syscall(SYS_delete_module, "axp", O_NONBLOCK) ? -errno : 0;
}

/**
 * struct load - one attempt
 * @err: of finit_module()
 * @struck: a place failed
 * @left: else: places still to come
 */
struct load {
	int err;
	bool struck;
	unsigned int left;
};

static struct load load(int ko, int nth, unsigned int n, const char *parameters)
{
	struct load l = {};
	char text[16] = "";
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth, text, len, 0) != len)
		abort();
	l.err = syscall(SYS_finit_module, ko, parameters, 0) ? -errno : 0;
	memset(text, 0, sizeof(text));
	/* reading it is a place, too */
	if (pread(nth, text, sizeof(text) - 1, 0) > 0)
		l.left = strtoul(text, NULL, 10);
	l.struck = n && !l.left;
	if (pwrite(nth, "0", 1, 0) != 1 && pwrite(nth, "0", 1, 0) != 1)
		abort();
	return l;
}

FIXTURE(load)
{
	int ko, nth;
	bool injects;
};

FIXTURE_SETUP(load)
{
	const char *path = getenv("AXP_KO");

	self->ko = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	self->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	self->injects = self->nth >= 0 && !write_file(DEBUGFS "/failslab/ignore-gfp-wait", "N") &&
			!write_file(DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N") &&
			!write_file(DEBUGFS "/fail_page_alloc/min-order", "0") &&
			!write_file(DEBUGFS "/failslab/verbose", "0") &&
			!write_file(DEBUGFS "/fail_page_alloc/verbose", "0");
}

FIXTURE_TEARDOWN(load)
{
	close(self->nth);
	close(self->ko);
}

TEST_F_TIMEOUT(load, all_or_nothing, 600)
{
	unsigned int first, n, failed = 0, without = 0;
	int ko = self->ko, nth = self->nth, fd;
	struct axp_stats stats;
	struct axp_caps caps;
	struct load l = { .struck = true };

	if (ko < 0)
		SKIP(return, "AXP_KO names no axp.ko");
	if (!self->injects)
		SKIP(return, "the kernel injects no faults");
	ASSERT_EQ(0, unload());
	ASSERT_FALSE(is_there());

	/* as far as parameters, and what undoes that */
	l = load(ko, nth, MOST, "npes=none");
	ASSERT_EQ(-EINVAL, l.err);
	ASSERT_FALSE(l.struck);
	first = MOST - l.left;
	l.struck = true;
	for (n = first; n < first + MOST && l.struck; n++) {
		l = load(ko, nth, n, "");
		if (l.err) {
			ASSERT_TRUE(l.struck);
			ASSERT_FALSE(is_there()) {
				TH_LOG("place %u, error %d: something is left", n, l.err);
			}
			failed++;
			continue;
		}
		fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
		ASSERT_EQ(0, fd < 0 ? -errno : axp_ioctl(fd, AXP_IOC_GET_CAPS, &caps)) {
			TH_LOG("place %u: loaded, but cannot be used", n);
		}
		close(fd);
		/* known answers take a while */
		ASSERT_EQ(0, n % 16 ? 0 : client_fresh(n, &stats)) {
			TH_LOG("place %u: loaded, but clients get wrong answers", n);
		}
		ASSERT_EQ(0, unload());
		ASSERT_FALSE(is_there());
		without += l.struck;
	}
	EXPECT_FALSE(l.struck);
	EXPECT_LT(0, failed);
	printf("# counts: loading failed at %u places, and worked without what %u others have\n",
	       failed, without);
	fflush(stdout);	/* tests end without it */
	/* as it was */
	EXPECT_EQ(0, load(ko, nth, 0, "").err);
}

TEST_HARNESS_MAIN
