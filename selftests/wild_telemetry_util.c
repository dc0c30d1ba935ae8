// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/genetlink.h>
#include <linux/perf_event.h>

#include "netlink_util.h"
#include "wild_telemetry_util.h"

#define DEBUGFS		"/sys/kernel/debug/axp"
#define HWMON		"/sys/class/hwmon"
#define PMU		"/sys/bus/event_source/devices/axp"
#define NR(array)	(sizeof(array) / sizeof((array)[0]))

const char *const wild_source_names[NR_WILD_SOURCES] = {
	[WILD_NETLINK] = "netlink",
	[WILD_FDINFO] = "fdinfo",
	[WILD_SYSFS] = "sysfs",
	[WILD_DEBUGFS] = "debugfs",
	[WILD_HWMON] = "hwmon",
	[WILD_PERF] = "perf",
};

static uint32_t below(struct wild *w, uint32_t n)
{
	return axp_random(&w->seed) % n;
}

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/* Counts a call, and says whether it failed with one of @errors. */
static bool done(struct wild *w, enum wild_source source, bool wrote, int err,
		 const int *errors)
{
	struct wild_telemetry *t = w->telemetry;

	count(&w->counts->calls);
	if (wrote)
		count(&t->writes[source]);
	if (!err) {
		if (!wrote)
			count(&t->reads[source]);
		return true;
	}
	count(&w->counts->refused);
	if (err == -EINTR)
		count(&w->counts->interrupted);
	for (; *errors; errors++)
		if (err == -*errors)
			return true;
	snprintf(w->failed, sizeof(w->failed), "%s: %s failed with %d",
		 wild_source_names[source], wrote ? "a write" : "a read", err);
	return false;
}

/* --- files --- */

static const int read_errors[] = { EINTR, ENOMEM, ENFILE, 0 };
/* of a process or a file that is gone */
static const int fdinfo_errors[] = { EINTR, ENOMEM, ENFILE, ENOENT, ESRCH, 0 };
/* of files that cannot be written at all, too */
static const int write_errors[] = { EINTR, ENOMEM, ENFILE, EINVAL, ERANGE, EBUSY, EPERM,
				    EACCES, EIO, ENOENT, ESRCH, 0 };

/* All of a file, in pieces of any size. */
static int read_file(struct wild *w, const char *path)
{
	char buf[512];
	ssize_t n;
	int err = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buf, 1 + below(w, sizeof(buf)));
	} while (n > 0 && below(w, 64));
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
}

static int write_file(const char *path, const char *text, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, bytes) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool file_call(struct wild *w, enum wild_source source, const char *path,
		      const char *text, size_t bytes, bool wrote)
{
	const int *errors = source == WILD_FDINFO ? fdinfo_errors : read_errors;

	if (wrote)
		return done(w, source, true, write_file(path, text, bytes), write_errors);
	return done(w, source, false, read_file(w, path), errors);
}

static bool fdinfo_call(struct wild *w)
{
	char path[64];

	/* of this process, or of the one that started it */
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", below(w, 4) ? getpid() : getppid(),
		 below(w, 4) ? w->fd : (int)below(w, 32));
	return file_call(w, WILD_FDINFO, path, "pos: 0", 6, !below(w, 8));
}

static bool sysfs_call(struct wild *w)
{
	static const char *const names[] = {
		"energy_model/preset", "energy_model/cam_class", "energy_model/mul_zj",
		"energy_model/camw_c0_zj", "energy_model/lut_width_permille", "macs", "gated",
		"hits", "hits_approx", "misses", "searches", "jobs", "clients", "engine",
		"rows_programmed", "energy_uj", "baseline_energy_uj",
		"baseline_gated_energy_uj", "busy_time_us",
	};
	/* large constants would be more energy than 64 bits hold */
	static const char *const texts[] = {
		"custom", "custom\n", "s28", "h45", "fpnew22", "al40", "j7", "device", "nor",
		"silicon28", "lowpower", "zero", "0", "1", "1000", "123456", "-1", "much", "\n",
		"10000000000001", "0x10", "99999999999999999999", "",
	};
	const char *text = texts[below(w, NR(texts))];
	uint32_t name = below(w, 2) ? below(w, 5) : below(w, NR(names));
	char path[128];

	snprintf(path, sizeof(path), AXP_SYSFS "/%s", names[name]);
	return file_call(w, WILD_SYSFS, path, text, strlen(text), !below(w, 3));
}

static bool debugfs_call(struct wild *w)
{
	static const char *const names[] = { "engine", "clients", "sched" };
	static const char *const texts[] = {
		"float", "float\n", "avx2", "avx512", "softfp", "none", "",
		"an engine whose name has no end at all",
	};
	bool write = !below(w, 4);
	const char *text = texts[below(w, NR(texts))];
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/%s", names[write ? 0 : below(w, NR(names))]);
	return file_call(w, WILD_DEBUGFS, path, text, strlen(text), write);
}

static bool hwmon_call(struct wild *w)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/energy%u_%s", w->telemetry->hwmon, 1 + below(w, 3),
		 below(w, 2) ? "input" : "label");
	return file_call(w, WILD_HWMON, path, "0", 1, !below(w, 4));
}

/* --- perf --- */

static bool perf_call(struct wild *w)
{
	static const int errors[] = { EINVAL, ENOENT, ENODEV, EACCES, ESRCH, ENOMEM, EMFILE,
				      EBUSY, EOPNOTSUPP, EINTR, 0 };
	static const unsigned long commands[] = {
		PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE, PERF_EVENT_IOC_RESET,
	};
	struct perf_event_attr attr = {
		.size = sizeof(attr), .type = w->telemetry->perf,
		.config = below(w, 8) ? below(w, 16) : axp_random(&w->seed),
		.disabled = below(w, 2), .inherit = !below(w, 8), .exclude_user = !below(w, 8),
		.sample_period = below(w, 8) ? 0 : 1000,
	};
	uint64_t value;
	unsigned int i;
	int fd, err = 0;

	fd = syscall(SYS_perf_event_open, &attr, below(w, 8) ? -1 : 0, (int)below(w, 3) - 1, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return done(w, WILD_PERF, true, -errno, errors);
	for (i = 1 + below(w, 4); i > 0 && !err; i--) {
		if (ioctl(fd, commands[below(w, NR(commands))], 0) ||
		    read(fd, &value, sizeof(value)) != sizeof(value))
			err = -errno;
		count(&w->telemetry->writes[WILD_PERF]);
	}
	close(fd);
	return done(w, WILD_PERF, false, err, read_errors);
}

/* --- netlink --- */

/**
 * struct request - a message, good or bad
 * @nlh: header
 * @genlh: header
 * @attrs: attributes
 */
struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genlh;
	uint32_t attrs[64];
};

static void make_request(struct wild *w, struct request *r)
{
	size_t at = 0, i;

	memset(r, 0, sizeof(*r));
	if (below(w, 4))
		at = nl_put_u32(r->attrs, at, AXP_NLA_CLIENT, 1 + below(w, 200));
	if (below(w, 2))
		at = nl_put_u32(r->attrs, at, AXP_NLA_TABLE, 1 + below(w, 16));
	r->genlh.cmd = below(w, 8) ? AXP_NL_CMD_DEVICE_GET + below(w, 3) : below(w, 256);
	r->genlh.version = 1;
	r->nlh.nlmsg_type = w->telemetry->family;
	r->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (below(w, 2) ? NLM_F_DUMP : 0);
	if (r->nlh.nlmsg_flags & NLM_F_DUMP && below(w, 4))
		at = 0;
	r->nlh.nlmsg_seq = axp_random(&w->seed);
	r->nlh.nlmsg_len = NL_ATTRS_AT + at;
	if (below(w, 4))
		return;
	for (i = 1 + below(w, 4); i > 0; i--)
		r->attrs[below(w, NR(r->attrs))] ^= 1u << below(w, 32);
	r->nlh.nlmsg_len = NL_ATTRS_AT + (below(w, 2) ? at : 4 * below(w, NR(r->attrs)));
}

/* Whatever there is, into a buffer of any size; the error that ends an answer. */
static int take_answers(struct wild *w, int fd)
{
	static __thread char buf[1 << 15];
	struct nlmsghdr *msg = (struct nlmsghdr *)buf;
	ssize_t n;
	int err = 0;

	while ((n = recv(fd, buf, NLMSG_HDRLEN + below(w, sizeof(buf) - NLMSG_HDRLEN),
			 MSG_DONTWAIT)) > 0)
		if (n >= NLMSG_HDRLEN + sizeof(int) && msg->nlmsg_type == NLMSG_ERROR)
			memcpy(&err, NLMSG_DATA(msg), sizeof(err));
	if (n < 0 && errno != EAGAIN && errno != ENOBUFS)
		return -errno;
	return err;
}

/* A socket of this thread, which may hear samples, and may let them pile up. */
static int get_socket(struct wild *w)
{
	static __thread int fd = -1;

	if (fd >= 0 && !below(w, 64)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd >= 0 && !below(w, 32))
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &w->telemetry->sampling,
			   sizeof(w->telemetry->sampling));
	return fd;
}

static bool netlink_call(struct wild *w)
{
	/* EBUSY: the dump before is not read; EPERM, EINVAL: what only bad bits ask for */
	static const int errors[] = { EINVAL, ERANGE, ENOENT, ENOMEM, EOPNOTSUPP, EBUSY, EPERM,
				      EINTR, ENOBUFS, EAGAIN, EMFILE, ENFILE, 0 };
	int fd = get_socket(w);
	struct request r;

	if (fd < 0)
		return done(w, WILD_NETLINK, true, -errno, errors);
	make_request(w, &r);
	if (!done(w, WILD_NETLINK, true,
		  send(fd, &r, r.nlh.nlmsg_len, MSG_DONTWAIT) < 0 ? -errno : 0, errors))
		return false;
	if (!below(w, 8))
		return true;
	return done(w, WILD_NETLINK, false, take_answers(w, fd), errors);
}

bool wild_telemetry_call(struct wild *w)
{
	enum wild_source source = below(w, NR_WILD_SOURCES);

	if (!w->telemetry->have[source])
		return true;
	switch (source) {
	case WILD_NETLINK:
		return netlink_call(w);
	case WILD_FDINFO:
		return fdinfo_call(w);
	case WILD_SYSFS:
		return sysfs_call(w);
	case WILD_DEBUGFS:
		return debugfs_call(w);
	case WILD_HWMON:
		return hwmon_call(w);
	default:
		return perf_call(w);
	}
}

/* --- what there is --- */

static void read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");

	line[0] = 0;
	if (!file)
		return;
	if (!fgets(line, size, file))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	fclose(file);
}

static bool find_fdinfo(void)
{
	char path[64], line[256];
	bool found = false;
	int fd = axp_open(0);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		found |= !strncmp(line, "axp-client-id", 13);
	if (file)
		fclose(file);
	close(fd);
	return found;
}

static bool find_hwmon(struct wild_telemetry *t)
{
	DIR *dir = opendir(HWMON);
	char path[512], name[64];
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), HWMON "/%s/name", entry->d_name);
		read_line(path, name, sizeof(name));
		found = !strcmp(name, "axp");
		if (found)
			snprintf(t->hwmon, sizeof(t->hwmon), HWMON "/%.40s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

void wild_telemetry_find(struct wild_telemetry *t)
{
	char line[64];
	struct nl nl;

	axp_sysfs_read("energy_model/preset", t->preset, sizeof(t->preset));
	axp_sysfs_read("energy_model/cam_class", t->cam_class, sizeof(t->cam_class));
	axp_sysfs_read("engine", t->engine, sizeof(t->engine));
	t->have[WILD_SYSFS] = true;
	t->have[WILD_FDINFO] = find_fdinfo();
	t->have[WILD_DEBUGFS] = !access(DEBUGFS "/engine", R_OK);
	t->have[WILD_HWMON] = find_hwmon(t);
	read_line(PMU "/type", line, sizeof(line));
	t->perf = strtoul(line, NULL, 10);
	t->have[WILD_PERF] = t->perf;
	if (!nl_open(&nl)) {
		t->have[WILD_NETLINK] = true;
		t->family = nl.family;
		t->sampling = nl.sampling;
		nl_close(&nl);
	}
}

int wild_telemetry_restore(const struct wild_telemetry *t)
{
	int err = axp_sysfs_write("energy_model/preset", t->preset);

	if (!err)
		err = axp_sysfs_write("energy_model/cam_class", t->cam_class);
	if (!err && t->have[WILD_DEBUGFS])
		err = write_file(DEBUGFS "/engine", t->engine, strlen(t->engine));
	return err;
}
