// SPDX-License-Identifier: GPL-2.0
/*
 * Every interface tells the same: the same work, read from ioctls, sysfs, sensors,
 * perf, netlink, fdinfo, tracepoints and debugfs, gives the same totals (all_agree, at
 * the end). What is particular to an interface is tested before. Interfaces that this
 * kernel, or this build of the module, does not have are skipped.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/perf_event.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"
#include "netlink_util.h"

#define FJ_PER_UJ	1000000000ull
#define NR_CLIENTS	2
#define PMU		"/sys/bus/event_source/devices/axp"
#define DEBUGFS		"/sys/kernel/debug/axp"

struct clients {
	int fd[NR_CLIENTS];
	struct axp_slow work[NR_CLIENTS];
	struct axp_stats did;	/* what the work of both added */
};

FIXTURE(telemetry)
{
	struct clients c;
};

/* Two clients; tables with rows that hit exactly, approximately and not at all. */
FIXTURE_SETUP(telemetry)
{
	const struct axp_row rows[] = {
		{ .act = F32_ONE, .act_care = ~0u, .wgt = F32_TWO, .wgt_care = ~0u,
		  .product = F32_TWO },
		{ .act = F32_TWO, .act_care = ~0u, .wgt = F32_TWO, .wgt_care = ~0u,
		  .product = F32_ONE },
	};
	static const uint32_t values[] = { 0, F32_ONE, F32_TWO };
	struct axp_table_spec spec = axp_spec_f32();
	unsigned int i, j;

	for (i = 0; i < NR_CLIENTS; i++) {
		self->c.fd[i] = axp_open(0);
		ASSERT_EQ(0, axp_slow_create(self->c.fd[i], (uint64_t)(i + 1) << 21,
					     &self->c.work[i]));
		ASSERT_EQ(0, axp_table(self->c.fd[i], &spec, rows, ARRAY_SIZE(rows),
				       &self->c.work[i].job.table, NULL));
		for (j = 0; j < self->c.work[i].job.gemm.m * self->c.work[i].job.gemm.k; j++)
			self->c.work[i].act.words[j] = values[j % ARRAY_SIZE(values)];
	}
}

FIXTURE_TEARDOWN(telemetry)
{
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		axp_slow_unmap(&self->c.work[i]);
		close(self->c.fd[i]);
	}
}

static void add(struct axp_stats *sum, const struct axp_stats *stats, int sign)
{
	const uint64_t *from = (const uint64_t *)stats;
	uint64_t *to = (uint64_t *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += sign * from[i];
}

static struct axp_stats of_clients(const int fd[NR_CLIENTS])
{
	struct axp_stats stats, sum = {};
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		if (axp_stats(fd[i], AXP_STATS_CLIENT, 0, &stats))
			exit(1);
		add(&sum, &stats, 1);
	}
	return sum;
}

/*
 * The work: queued and waited for jobs, gated and not, and rows written. Every
 * counter moves.
 */
static void do_work(struct __test_metadata *_metadata, struct clients *c)
{
	const struct axp_row row = { .act = F32_ONE, .act_care = ~0u, .wgt = F32_ONE,
				     .wgt_care = ~0u, .product = F32_TWO };
	struct axp_table_write write = {
		.rows = (uintptr_t)&row, .row_size = sizeof(row), .nr_rows = 1, .first = 2,
	};
	struct axp_stats was;
	uint64_t seqno[NR_CLIENTS];
	unsigned int i, round;

	was = of_clients(c->fd);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < NR_CLIENTS; i++) {
			c->work[i].job.flags = round ? AXP_JOB_GATE_ACT : 0;
			ASSERT_EQ(0, axp_submit(c->fd[i], &c->work[i].job, 1,
						round == 2 ? AXP_SUBMIT_SYNC : 0, &seqno[i],
						NULL));
		}
		for (i = 0; i < NR_CLIENTS; i++)
			ASSERT_EQ(0, axp_wait_ms(c->fd[i], seqno[i], 120000));
		write.table = c->work[0].job.table;
		ASSERT_EQ(0, axp_ioctl(c->fd[0], AXP_IOC_TABLE_WRITE, &write));
	}
	c->did = of_clients(c->fd);
	add(&c->did, &was, -1);
	EXPECT_EQ(9ull << 21, c->did.macs);
	EXPECT_GT(c->did.gated, 0);
	EXPECT_GT(c->did.hits_exact, 0);
	EXPECT_GT(c->did.hits_approx, 0);
	EXPECT_GT(c->did.misses, 0);
	EXPECT_EQ(3 * NR_CLIENTS, c->did.jobs);
	EXPECT_EQ(3, c->did.rows_programmed);
	EXPECT_GT(c->did.energy_fj, FJ_PER_UJ);
	EXPECT_GT(c->did.baseline_fj, c->did.baseline_gated_fj);
}

/* A total in whole microjoule: the remainder is kept, at most one is carried in. */
static bool same_uj(uint64_t uj, uint64_t fj)
{
	return uj == fj / FJ_PER_UJ || uj == fj / FJ_PER_UJ + 1;
}

/* --- sysfs --- */

TEST_F_TIMEOUT(telemetry, sysfs, 300)
{
	static const char *const names[] = { "macs", "gated", "hits", "hits_approx", "misses",
					     "searches", "jobs", "rows_programmed" };
	static const char *const energies[] = { "energy_uj", "baseline_energy_uj",
						"baseline_gated_energy_uj" };
	uint64_t before[ARRAY_SIZE(names)], uj[ARRAY_SIZE(energies)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		before[i] = axp_sysfs_u64(names[i]);
	for (i = 0; i < ARRAY_SIZE(energies); i++)
		uj[i] = axp_sysfs_u64(energies[i]);
	do_work(_metadata, &self->c);
	{
		const uint64_t want[ARRAY_SIZE(names)] = {
			self->c.did.macs, self->c.did.gated,
			self->c.did.hits_exact + self->c.did.hits_approx, self->c.did.hits_approx,
			self->c.did.misses, self->c.did.searches, self->c.did.jobs,
			self->c.did.rows_programmed,
		};
		const uint64_t fj[ARRAY_SIZE(energies)] = {
			self->c.did.energy_fj, self->c.did.baseline_fj,
			self->c.did.baseline_gated_fj,
		};

		for (i = 0; i < ARRAY_SIZE(names); i++)
			EXPECT_EQ(want[i], axp_sysfs_u64(names[i]) - before[i]);
		for (i = 0; i < ARRAY_SIZE(energies); i++)
			EXPECT_TRUE(same_uj(axp_sysfs_u64(energies[i]) - uj[i], fj[i]));
	}
}

/* --- sensors --- */

static int read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return -errno;
	if (!fgets(line, size, file))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	fclose(file);
	return 0;
}

/* The directory of the sensors, or -ENOENT. */
static int find_hwmon(char *path, size_t size)
{
	DIR *dir = opendir("/sys/class/hwmon");
	char file[512], name[64];
	struct dirent *entry;
	int err = -ENOENT;

	while (dir && err && (entry = readdir(dir))) {
		snprintf(file, sizeof(file), "/sys/class/hwmon/%s/name", entry->d_name);
		if (read_line(file, name, sizeof(name)) || strcmp(name, "axp"))
			continue;
		snprintf(path, size, "/sys/class/hwmon/%.200s", entry->d_name);
		err = 0;
	}
	if (dir)
		closedir(dir);
	return err;
}

TEST_F_TIMEOUT(telemetry, sensors, 300)
{
	static const char *const totals[] = { "energy_uj", "baseline_energy_uj",
					      "baseline_gated_energy_uj" };
	static const char *const labels[] = { "device", "baseline", "baseline-gated" };
	char dir[256], file[300], line[64];
	unsigned int i;

	if (find_hwmon(dir, sizeof(dir)))
		SKIP(return, "no sensors: this kernel has no HWMON, or the module leaves it out");
	do_work(_metadata, &self->c);
	for (i = 0; i < ARRAY_SIZE(totals); i++) {
		snprintf(file, sizeof(file), "%s/energy%u_label", dir, i + 1);
		ASSERT_EQ(0, read_line(file, line, sizeof(line)));
		EXPECT_STREQ(labels[i], line);
		snprintf(file, sizeof(file), "%s/energy%u_input", dir, i + 1);
		ASSERT_EQ(0, read_line(file, line, sizeof(line)));
		EXPECT_EQ(axp_sysfs_u64(totals[i]), strtoll(line, NULL, 10));
		EXPECT_GT(strtoll(line, NULL, 10), 0);
	}
}

/* --- perf --- */

static uint32_t pmu_type(void)
{
	char line[64];

	return read_line(PMU "/type", line, sizeof(line)) ? 0 : strtoul(line, NULL, 10);
}

static int pmu_cpu(void)
{
	char line[64];

	return read_line(PMU "/cpumask", line, sizeof(line)) ? -1 : atoi(line);
}

static uint64_t pmu_config(const char *name)
{
	char file[256], line[64];

	snprintf(file, sizeof(file), PMU "/events/%s", name);
	if (read_line(file, line, sizeof(line)) || strncmp(line, "event=", 6))
		return 0;
	return strtoull(line + 6, NULL, 0);
}

static int pmu_open(struct perf_event_attr *attr, pid_t pid, int cpu)
{
	int fd = syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

TEST_F_TIMEOUT(telemetry, perf, 300)
{
	static const char *const names[] = { "macs", "gated", "hits", "hits-approx", "misses",
					     "searches", "jobs", "rows-programmed", "energy",
					     "energy-baseline", "energy-baseline-gated",
					     "busy-time" };
	struct perf_event_attr attr = { .size = sizeof(attr), .type = pmu_type() };
	int fd[ARRAY_SIZE(names)], stopped;
	const unsigned int nr_counts = 8;
	uint64_t count, still;
	unsigned int i;
	char line[64];
	bool good;

	if (!attr.type)
		SKIP(return, "no PMU: this kernel has no perf events, or the module leaves it out");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		attr.config = pmu_config(names[i]);
		ASSERT_NE(0, attr.config);
		fd[i] = pmu_open(&attr, -1, pmu_cpu());
		ASSERT_GE(fd[i], 0);
	}
	/* one that does not count until the work is done */
	attr.disabled = 1;
	attr.config = pmu_config("macs");
	stopped = pmu_open(&attr, -1, pmu_cpu());
	ASSERT_GE(stopped, 0);
	do_work(_metadata, &self->c);
	ASSERT_EQ(0, ioctl(stopped, PERF_EVENT_IOC_ENABLE, 0));
	ASSERT_EQ(sizeof(still), read(stopped, &still, sizeof(still)));
	EXPECT_EQ(0, still);
	{
		const uint64_t want[] = {
			self->c.did.macs, self->c.did.gated,
			self->c.did.hits_exact + self->c.did.hits_approx, self->c.did.hits_approx,
			self->c.did.misses, self->c.did.searches, self->c.did.jobs,
			self->c.did.rows_programmed,
		};
		const uint64_t fj[] = {
			self->c.did.energy_fj, self->c.did.baseline_fj,
			self->c.did.baseline_gated_fj,
		};

		for (i = 0; i < ARRAY_SIZE(names); i++) {
			ASSERT_EQ(sizeof(count), read(fd[i], &count, sizeof(count)));
			good = i < nr_counts ? count == want[i] :
			       i < nr_counts + ARRAY_SIZE(fj) ?
			       same_uj(count, fj[i - nr_counts]) :
			       count <= self->c.did.busy_ns / 1000 + 1;
			TH_LOG("%s %llu", names[i], (unsigned long long)count);
			EXPECT_TRUE(good);
		}
	}
	/* stopped counts stay, and an event holds the module */
	ASSERT_EQ(0, ioctl(fd[0], PERF_EVENT_IOC_DISABLE, 0));
	do_work(_metadata, &self->c);
	ASSERT_EQ(sizeof(still), read(fd[0], &still, sizeof(still)));
	ASSERT_EQ(sizeof(count), read(stopped, &count, sizeof(count)));
	EXPECT_EQ(self->c.did.macs, still);
	EXPECT_EQ(self->c.did.macs, count);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		close(fd[i]);
	close(stopped);

	/* units */
	ASSERT_EQ(0, read_line(PMU "/events/energy.unit", line, sizeof(line)));
	EXPECT_STREQ("uJ", line);
	ASSERT_EQ(0, read_line(PMU "/events/busy-time.unit", line, sizeof(line)));
	EXPECT_STREQ("us", line);
}

TEST_F(telemetry, perf_refuses)
{
	struct perf_event_attr good = { .size = sizeof(good), .type = pmu_type() }, attr;
	int cpu = pmu_cpu();

	if (!good.type)
		SKIP(return, "no PMU: this kernel has no perf events, or the module leaves it out");
	good.config = pmu_config("macs");
	attr = good;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, getpid(), -1));
	EXPECT_EQ(-EINVAL, pmu_open(&attr, getpid(), cpu));
	attr.config = 0;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, -1, cpu));
	attr.config = 99;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, -1, cpu));
	attr.config = good.config | 1ull << 40;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, -1, cpu));
	attr = good;
	attr.sample_period = 1000;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, -1, cpu));
	attr = good;
	attr.exclude_kernel = 1;
	EXPECT_EQ(-EINVAL, pmu_open(&attr, -1, cpu));
}

/* --- fdinfo --- */

/* A number of /proc/self/fdinfo/FD, with its unit; ~0 when it is not there. */
static uint64_t fdinfo_u64(int fd, const char *key, const char *unit)
{
	char path[64], line[256], is[32];
	unsigned long long value, found = ~0ull;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)) || line[strlen(key)] != ':')
			continue;
		is[0] = 0;
		if (sscanf(line + strlen(key) + 1, " %llu %31s", &value, is) >= 1 &&
		    !strcmp(is, unit))
			found = value;
	}
	if (file)
		fclose(file);
	return found;
}

TEST_F_TIMEOUT(telemetry, fdinfo, 300)
{
	struct axp_stats stats;
	unsigned int i;

	if (fdinfo_u64(self->c.fd[0], "axp-client-id", "") == ~0ull)
		SKIP(return, "nothing in fdinfo: the module leaves it out");
	do_work(_metadata, &self->c);
	for (i = 0; i < NR_CLIENTS; i++) {
		const int fd = self->c.fd[i];

		ASSERT_EQ(0, axp_stats(fd, AXP_STATS_CLIENT, 0, &stats));
		EXPECT_EQ(stats.macs, fdinfo_u64(fd, "axp-macs", ""));
		EXPECT_EQ(stats.gated, fdinfo_u64(fd, "axp-gated", ""));
		EXPECT_EQ(stats.zero_act, fdinfo_u64(fd, "axp-zero-act", ""));
		EXPECT_EQ(stats.hits_exact, fdinfo_u64(fd, "axp-hits-exact", ""));
		EXPECT_EQ(stats.hits_approx, fdinfo_u64(fd, "axp-hits-approx", ""));
		EXPECT_EQ(stats.misses, fdinfo_u64(fd, "axp-misses", ""));
		EXPECT_EQ(stats.searches, fdinfo_u64(fd, "axp-searches", ""));
		EXPECT_EQ(stats.clamped, fdinfo_u64(fd, "axp-clamped", ""));
		EXPECT_EQ(stats.outputs, fdinfo_u64(fd, "axp-outputs", ""));
		EXPECT_EQ(stats.jobs, fdinfo_u64(fd, "axp-jobs", ""));
		EXPECT_EQ(stats.rows_programmed, fdinfo_u64(fd, "axp-rows-programmed", ""));
		EXPECT_EQ(stats.energy_fj, fdinfo_u64(fd, "axp-energy", "fJ"));
		EXPECT_EQ(stats.program_fj, fdinfo_u64(fd, "axp-program-energy", "fJ"));
		EXPECT_EQ(stats.baseline_fj, fdinfo_u64(fd, "axp-baseline-energy", "fJ"));
		EXPECT_EQ(stats.baseline_gated_fj,
			  fdinfo_u64(fd, "axp-baseline-gated-energy", "fJ"));
		EXPECT_EQ(stats.busy_ns, fdinfo_u64(fd, "axp-engine-pe", "ns"));
		EXPECT_EQ(stats.queue_ns, fdinfo_u64(fd, "axp-queue-time", "ns"));
		EXPECT_EQ((self->c.work[i].act.bytes + self->c.work[i].out.bytes) / 1024,
			  fdinfo_u64(fd, "axp-memory-buf", "KiB"));
		EXPECT_GT(fdinfo_u64(fd, "axp-memory-total", "KiB"),
			  fdinfo_u64(fd, "axp-memory-buf", "KiB"));
	}
	EXPECT_NE(fdinfo_u64(self->c.fd[0], "axp-client-id", ""),
		  fdinfo_u64(self->c.fd[1], "axp-client-id", ""));
}

static int set_faults(int fd, uint32_t table, const struct axp_fault *faults, uint32_t nr)
{
	struct axp_table_faults args = {
		.faults = (uintptr_t)faults, .fault_size = sizeof(*faults), .nr_faults = nr,
		.table = table,
	};

	return axp_ioctl(fd, AXP_IOC_TABLE_FAULTS, &args);
}

/* A table with faults takes the memory of both its images, and gives the one back. */
TEST_F(telemetry, fdinfo_faulty_table)
{
	const struct axp_fault fault = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = 1,
	};
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	const uint64_t kib = sizeof(rows) / 1024;
	uint64_t table, total, sound;
	uint32_t handle;
	unsigned int i;
	int fd;

	for (i = 0; i < 4096; i++)
		rows[i] = (struct axp_row) { .act = i << 12, .act_care = ~0u };
	fd = axp_open(0);
	if (fdinfo_u64(fd, "axp-client-id", "") == ~0ull)
		SKIP(return, "nothing in fdinfo: the module leaves it out");
	EXPECT_EQ(0, fdinfo_u64(fd, "axp-memory-table", "KiB"));
	ASSERT_EQ(0, axp_table(fd, &spec, rows, 4096, &handle, NULL));
	sound = fdinfo_u64(fd, "axp-memory-table", "KiB");
	EXPECT_GT(sound, kib);
	EXPECT_EQ(sound, fdinfo_u64(fd, "axp-memory-total", "KiB"));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, set_faults(fd, handle, &fault, 1));
		table = fdinfo_u64(fd, "axp-memory-table", "KiB");
		total = fdinfo_u64(fd, "axp-memory-total", "KiB");
		EXPECT_GT(table, sound + kib);
		EXPECT_EQ(total, table);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, set_faults(fd, handle, NULL, 0));
		EXPECT_EQ(sound, fdinfo_u64(fd, "axp-memory-table", "KiB"));
		EXPECT_EQ(sound, fdinfo_u64(fd, "axp-memory-total", "KiB"));
	}
	ASSERT_EQ(0, axp_destroy(fd, handle));
	EXPECT_EQ(0, fdinfo_u64(fd, "axp-memory-table", "KiB"));
	EXPECT_EQ(0, fdinfo_u64(fd, "axp-memory-total", "KiB"));
	close(fd);
}

/* --- netlink --- */

static struct nl_answer answer;

static void add_nest(struct axp_stats *sum, const struct nlattr *stats)
{
	sum->macs += nl_u64(nl_in(stats, AXP_NLA_STATS_MACS));
	sum->gated += nl_u64(nl_in(stats, AXP_NLA_STATS_GATED));
	sum->hits_exact += nl_u64(nl_in(stats, AXP_NLA_STATS_HITS_EXACT));
	sum->hits_approx += nl_u64(nl_in(stats, AXP_NLA_STATS_HITS_APPROX));
	sum->misses += nl_u64(nl_in(stats, AXP_NLA_STATS_MISSES));
	sum->searches += nl_u64(nl_in(stats, AXP_NLA_STATS_SEARCHES));
	sum->jobs += nl_u64(nl_in(stats, AXP_NLA_STATS_JOBS));
	sum->rows_programmed += nl_u64(nl_in(stats, AXP_NLA_STATS_ROWS_PROGRAMMED));
	sum->energy_fj += nl_u64(nl_in(stats, AXP_NLA_STATS_ENERGY_FJ));
	sum->baseline_fj += nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_FJ));
	sum->baseline_gated_fj += nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_GATED_FJ));
}

/* Sum over what a dump lists of this process' clients. */
static struct axp_stats netlink_sum(struct __test_metadata *_metadata, struct nl *nl, uint8_t cmd)
{
	struct axp_stats sum = {};
	const struct nlmsghdr *msg;

	EXPECT_EQ(0, nl_ask(nl, cmd, NLM_F_DUMP, NULL, 0, &answer));
	for (msg = nl_next(&answer, NULL); msg; msg = nl_next(&answer, msg))
		add_nest(&sum, nl_attr(msg, AXP_NLA_STATS));
	return sum;
}

static void same(struct __test_metadata *_metadata, const struct axp_stats *want,
		 const struct axp_stats *is)
{
	EXPECT_EQ(want->macs, is->macs);
	EXPECT_EQ(want->gated, is->gated);
	EXPECT_EQ(want->hits_exact, is->hits_exact);
	EXPECT_EQ(want->hits_approx, is->hits_approx);
	EXPECT_EQ(want->misses, is->misses);
	EXPECT_EQ(want->searches, is->searches);
	EXPECT_EQ(want->jobs, is->jobs);
	EXPECT_EQ(want->rows_programmed, is->rows_programmed);
	EXPECT_EQ(want->energy_fj, is->energy_fj);
	EXPECT_EQ(want->baseline_fj, is->baseline_fj);
	EXPECT_EQ(want->baseline_gated_fj, is->baseline_gated_fj);
}

TEST_F_TIMEOUT(telemetry, netlink, 300)
{
	struct axp_stats now, sum, device = {};
	const struct nlattr *stats;
	struct nl nl;
	int err = nl_open(&nl);

	if (err == -ENOENT || err == -EPROTONOSUPPORT)
		SKIP(return, "no family axp: the module leaves it out");
	ASSERT_EQ(0, err);
	do_work(_metadata, &self->c);
	now = of_clients(self->c.fd);
	sum = netlink_sum(_metadata, &nl, AXP_NL_CMD_CLIENT_GET);
	same(_metadata, &now, &sum);
	/* every job named a table, and every row is in one */
	sum = netlink_sum(_metadata, &nl, AXP_NL_CMD_TABLE_GET);
	same(_metadata, &now, &sum);
	/* the device, as sysfs has it */
	ASSERT_EQ(0, nl_ask(&nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer));
	stats = nl_attr(nl_next(&answer, NULL), AXP_NLA_STATS);
	add_nest(&device, stats);
	EXPECT_EQ(axp_sysfs_u64("macs"), device.macs);
	EXPECT_EQ(axp_sysfs_u64("gated"), device.gated);
	EXPECT_EQ(axp_sysfs_u64("hits"), device.hits_exact + device.hits_approx);
	EXPECT_EQ(axp_sysfs_u64("hits_approx"), device.hits_approx);
	EXPECT_EQ(axp_sysfs_u64("misses"), device.misses);
	EXPECT_EQ(axp_sysfs_u64("searches"), device.searches);
	EXPECT_EQ(axp_sysfs_u64("jobs"), device.jobs);
	EXPECT_EQ(axp_sysfs_u64("rows_programmed"), device.rows_programmed);
	EXPECT_EQ(axp_sysfs_u64("energy_uj"), nl_u64(nl_in(stats, AXP_NLA_STATS_ENERGY_UJ)));
	EXPECT_EQ(axp_sysfs_u64("baseline_energy_uj"),
		  nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_UJ)));
	EXPECT_EQ(axp_sysfs_u64("baseline_gated_energy_uj"),
		  nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_GATED_UJ)));
	nl_close(&nl);
}

/* --- tracepoints --- */

/* Where the trace of this test goes: an instance of its own. */
static int trace_open(char *dir, size_t size)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(roots); i++) {
		snprintf(dir, size, "%s/events/axp", roots[i]);
		if (stat(dir, &st))
			continue;
		snprintf(dir, size, "%s/instances/axp-test-%d", roots[i], getpid());
		return mkdir(dir, 0700) ? -errno : 0;
	}
	return -ENOENT;
}

static int trace_write(const char *dir, const char *name, const char *value)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* "key=NUMBER" of a line */
static uint64_t trace_u64(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : ~0ull;
}

struct traced {
	unsigned int submitted;
	unsigned int started;
	unsigned int done;
	uint64_t submitted_macs;
	uint64_t writes;
	struct axp_stats stats;
};

static int trace_read(const char *dir, struct traced *traced)
{
	struct axp_stats *stats = &traced->stats;
	char path[256], line[1024];
	FILE *file;

	memset(traced, 0, sizeof(*traced));
	snprintf(path, sizeof(path), "%s/trace", dir);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "axp_submit:")) {
			traced->submitted++;
			traced->submitted_macs += trace_u64(line, " macs=");
		} else if (strstr(line, "axp_start:")) {
			traced->started++;
		} else if (strstr(line, "axp_table_write:")) {
			traced->writes++;
			stats->rows_programmed += trace_u64(line, " rows=");
			stats->energy_fj += trace_u64(line, " energy_fj=");
		} else if (strstr(line, "axp_done:")) {
			traced->done++;
			stats->jobs += !trace_u64(line, " status=");
			stats->macs += trace_u64(line, " macs=");
			stats->gated += trace_u64(line, " gated=");
			stats->hits_exact += trace_u64(line, " hits_exact=");
			stats->hits_approx += trace_u64(line, " hits_approx=");
			stats->misses += trace_u64(line, " misses=");
			stats->searches += trace_u64(line, " searches=");
			stats->energy_fj += trace_u64(line, " energy_fj=");
			stats->baseline_fj += trace_u64(line, " baseline_fj=");
			stats->baseline_gated_fj += trace_u64(line, " baseline_gated_fj=");
		}
	}
	fclose(file);
	return 0;
}

TEST_F_TIMEOUT(telemetry, tracepoints, 300)
{
	struct traced traced;
	char dir[200];
	int err = trace_open(dir, sizeof(dir));

	if (err == -ENOENT)
		SKIP(return, "no events axp: no tracefs here, or the module leaves them out");
	ASSERT_EQ(0, err);
	EXPECT_EQ(0, trace_write(dir, "events/axp/enable", "1"));
	do_work(_metadata, &self->c);
	EXPECT_EQ(0, trace_write(dir, "events/axp/enable", "0"));
	EXPECT_EQ(0, trace_read(dir, &traced));
	EXPECT_EQ(0, rmdir(dir));
	EXPECT_EQ(self->c.did.jobs, traced.submitted);
	EXPECT_EQ(self->c.did.jobs, traced.started);
	EXPECT_EQ(self->c.did.jobs, traced.done);
	EXPECT_EQ(self->c.did.macs, traced.submitted_macs);
	EXPECT_EQ(3, traced.writes);
	same(_metadata, &self->c.did, &traced.stats);
}

/* --- debugfs --- */

TEST_F_TIMEOUT(telemetry, debugfs, 300)
{
	char line[512], engine[64];
	unsigned int engines = 0, used = 0, clients = 0;
	struct axp_stats first;
	FILE *file;
	int fd;

	file = fopen(DEBUGFS "/clients", "r");
	if (!file)
		SKIP(return, "no debugfs here, or the module leaves it out");
	while (fgets(line, sizeof(line), file))
		clients++;
	fclose(file);
	EXPECT_EQ(1 + NR_CLIENTS, clients);

	/* every engine that can be chosen computes the same */
	do_work(_metadata, &self->c);
	/* from here on the tables have all their rows */
	do_work(_metadata, &self->c);
	first = self->c.did;
	ASSERT_EQ(0, axp_sysfs_read("engine", engine, sizeof(engine)));
	file = fopen(DEBUGFS "/engine", "r");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file)) {
		char *name = line + (line[0] == '[');
		char is[64];

		engines++;
		used += line[0] == '[';
		name[strcspn(name, "]\n")] = 0;
		ASSERT_EQ(0, trace_write(DEBUGFS, "engine", name));
		ASSERT_EQ(0, axp_sysfs_read("engine", is, sizeof(is)));
		EXPECT_STREQ(name, is);
		do_work(_metadata, &self->c);
		self->c.did.busy_ns = first.busy_ns;
		self->c.did.queue_ns = first.queue_ns;
		same(_metadata, &first, &self->c.did);
	}
	fclose(file);
	EXPECT_EQ(1, used);
	EXPECT_GE(engines, 2);
	ASSERT_EQ(0, trace_write(DEBUGFS, "engine", engine));
	EXPECT_EQ(-EINVAL, trace_write(DEBUGFS, "engine", "none"));
	EXPECT_EQ(-EINVAL, trace_write(DEBUGFS, "engine",
				       "an engine whose name has no end at all"));
	/* each write to a file that is open is a name */
	fd = open(DEBUGFS "/engine", O_WRONLY);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(6, write(fd, "float\n", 6));
	EXPECT_EQ(6, write(fd, "softfp", 6));
	EXPECT_EQ(0, axp_sysfs_read("engine", line, sizeof(line)));
	EXPECT_STREQ("softfp", line);
	close(fd);
	ASSERT_EQ(0, trace_write(DEBUGFS, "engine", engine));
	fd = open(DEBUGFS "/sched", O_RDONLY);
	EXPECT_GE(fd, 0);
	EXPECT_GT(read(fd, line, sizeof(line)), 0);
	close(fd);
}

/* --- all of them --- */

enum {
	MACS, GATED, HITS, HITS_APPROX, MISSES, SEARCHES, JOBS, ROWS,
	ENERGY, BASELINE, BASELINE_GATED, NR_VALUES
};

static const char *const value_names[NR_VALUES] = {
	"macs", "gated", "hits", "hits_approx", "misses", "searches", "jobs", "rows_programmed",
	"energy", "baseline", "baseline_gated",
};

#define NOT_SHOWN	(~0ull)

/**
 * struct view - what an interface shows, at one moment
 * @value: totals, NOT_SHOWN where it has none
 */
struct view {
	uint64_t value[NR_VALUES];
};

/* What is open while the work is done. */
struct everything {
	struct clients *c;
	struct nl ask;
	struct nl listen;
	int pmu[NR_VALUES];
	char trace[200];
};

static void view_stats(struct view *v, const struct axp_stats *stats)
{
	const uint64_t values[NR_VALUES] = {
		stats->macs, stats->gated, stats->hits_exact + stats->hits_approx,
		stats->hits_approx, stats->misses, stats->searches, stats->jobs,
		stats->rows_programmed, stats->energy_fj, stats->baseline_fj,
		stats->baseline_gated_fj,
	};

	memcpy(v->value, values, sizeof(values));
}

/* Each takes a view; 0, or -ENOENT: there is no such interface here. */

static int view_ioctl_client(struct everything *e, struct view *v)
{
	struct axp_stats sum = of_clients(e->c->fd);

	view_stats(v, &sum);
	return 0;
}

static int view_ioctl_table(struct everything *e, struct view *v)
{
	struct axp_stats stats, sum = {};
	unsigned int i;
	int err;

	for (i = 0; i < NR_CLIENTS; i++) {
		err = axp_stats(e->c->fd[i], AXP_STATS_TABLE, e->c->work[i].job.table, &stats);
		if (err)
			return err;
		add(&sum, &stats, 1);
	}
	view_stats(v, &sum);
	return 0;
}

static int view_sysfs(struct everything *e, struct view *v)
{
	static const char *const files[NR_VALUES] = {
		"macs", "gated", "hits", "hits_approx", "misses", "searches", "jobs",
		"rows_programmed", "energy_uj", "baseline_energy_uj",
		"baseline_gated_energy_uj",
	};
	unsigned int i;

	for (i = 0; i < NR_VALUES; i++)
		v->value[i] = axp_sysfs_u64(files[i]);
	return 0;
}

static int view_hwmon(struct everything *e, struct view *v)
{
	char dir[256], file[300], line[64];
	unsigned int i;
	int err = find_hwmon(dir, sizeof(dir));

	for (i = 0; i < 3 && !err; i++) {
		snprintf(file, sizeof(file), "%s/energy%u_input", dir, i + 1);
		err = read_line(file, line, sizeof(line));
		v->value[ENERGY + i] = strtoull(line, NULL, 10);
	}
	return err;
}

static int view_perf(struct everything *e, struct view *v)
{
	unsigned int i;

	if (!pmu_type())
		return -ENOENT;
	for (i = 0; i < NR_VALUES; i++)
		if (read(e->pmu[i], &v->value[i], sizeof(v->value[i])) != sizeof(v->value[i]))
			return -EIO;
	return 0;
}

static int view_fdinfo(struct everything *e, struct view *v)
{
	static const struct {
		const char *key, *unit;
		unsigned int value;
	} keys[] = {
		{ "axp-macs", "", MACS }, { "axp-gated", "", GATED },
		{ "axp-hits-exact", "", HITS }, { "axp-hits-approx", "", HITS },
		{ "axp-hits-approx", "", HITS_APPROX }, { "axp-misses", "", MISSES },
		{ "axp-searches", "", SEARCHES }, { "axp-jobs", "", JOBS },
		{ "axp-rows-programmed", "", ROWS }, { "axp-energy", "fJ", ENERGY },
		{ "axp-baseline-energy", "fJ", BASELINE },
		{ "axp-baseline-gated-energy", "fJ", BASELINE_GATED },
	};
	unsigned int i, j;

	if (fdinfo_u64(e->c->fd[0], "axp-client-id", "") == ~0ull)
		return -ENOENT;
	memset(v, 0, sizeof(*v));
	for (i = 0; i < NR_CLIENTS; i++)
		for (j = 0; j < ARRAY_SIZE(keys); j++)
			v->value[keys[j].value] +=
				fdinfo_u64(e->c->fd[i], keys[j].key, keys[j].unit);
	return 0;
}

static int view_dump(struct everything *e, struct view *v, uint8_t cmd)
{
	struct axp_stats sum = {};
	const struct nlmsghdr *msg;
	int err;

	if (e->ask.fd < 0)
		return -ENOENT;
	err = nl_ask(&e->ask, cmd, NLM_F_DUMP, NULL, 0, &answer);
	if (err)
		return err;
	for (msg = nl_next(&answer, NULL); msg; msg = nl_next(&answer, msg))
		add_nest(&sum, nl_attr(msg, AXP_NLA_STATS));
	view_stats(v, &sum);
	return 0;
}

static int view_netlink_clients(struct everything *e, struct view *v)
{
	return view_dump(e, v, AXP_NL_CMD_CLIENT_GET);
}

static int view_netlink_tables(struct everything *e, struct view *v)
{
	return view_dump(e, v, AXP_NL_CMD_TABLE_GET);
}

static int view_netlink_device(struct everything *e, struct view *v)
{
	struct axp_stats stats = {};
	const struct nlattr *nest;
	int err;

	if (e->ask.fd < 0)
		return -ENOENT;
	err = nl_ask(&e->ask, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer);
	if (err)
		return err;
	nest = nl_attr(nl_next(&answer, NULL), AXP_NLA_STATS);
	add_nest(&stats, nest);
	view_stats(v, &stats);
	v->value[ENERGY] = nl_u64(nl_in(nest, AXP_NLA_STATS_ENERGY_UJ));
	v->value[BASELINE] = nl_u64(nl_in(nest, AXP_NLA_STATS_BASELINE_UJ));
	v->value[BASELINE_GATED] = nl_u64(nl_in(nest, AXP_NLA_STATS_BASELINE_GATED_UJ));
	return 0;
}

/* The newest sample of each client: they end a tenth of a second after the last job. */
static int view_netlink_samples(struct everything *e, struct view *v)
{
	static struct { struct nlmsghdr nlh; uint8_t rest[8192]; } message;
	struct axp_stats last[NR_CLIENTS] = {}, sum = {};
	uint64_t number[NR_CLIENTS], id;
	unsigned int i;
	int err = 0;

	if (e->listen.fd < 0 || fdinfo_u64(e->c->fd[0], "axp-client-id", "") == ~0ull)
		return -ENOENT;
	for (i = 0; i < NR_CLIENTS; i++)
		number[i] = fdinfo_u64(e->c->fd[i], "axp-client-id", "");
	while (!err) {
		err = nl_receive(&e->listen, &message, sizeof(message), 1000);
		if (err)
			break;
		id = nl_u32(nl_attr(&message.nlh, AXP_NLA_CLIENT));
		for (i = 0; i < NR_CLIENTS; i++) {
			if (number[i] != id)
				continue;
			memset(&last[i], 0, sizeof(last[i]));
			add_nest(&last[i], nl_attr(&message.nlh, AXP_NLA_STATS));
		}
	}
	for (i = 0; i < NR_CLIENTS; i++)
		add(&sum, &last[i], 1);
	view_stats(v, &sum);
	return err == -ETIMEDOUT ? 0 : err;
}

static int view_trace(struct everything *e, struct view *v)
{
	struct traced traced;
	int err;

	if (!e->trace[0])
		return -ENOENT;
	err = trace_read(e->trace, &traced);
	view_stats(v, &traced.stats);
	return err;
}

/* Each client's number of the next job; none may be queued. */
static int view_debugfs(struct everything *e, struct view *v)
{
	unsigned long long next, queued;
	char line[512];
	FILE *file = fopen(DEBUGFS "/clients", "r");

	if (!file)
		return -ENOENT;
	v->value[JOBS] = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u %*d %*s %*d %*d %*u %llu %llu", &next, &queued) != 2)
			continue;
		v->value[JOBS] += next + queued;
	}
	fclose(file);
	return 0;
}

static const struct {
	const char *name;
	bool uj;	/* energies in whole microjoule, not in femtojoule */
	int (*take)(struct everything *e, struct view *v);
} interfaces[] = {
	{ "ioctl, clients", false, view_ioctl_client },
	{ "ioctl, tables", false, view_ioctl_table },
	{ "sysfs", true, view_sysfs },
	{ "fdinfo", false, view_fdinfo },
	{ "hwmon", true, view_hwmon },
	{ "perf", true, view_perf },
	{ "netlink, clients", false, view_netlink_clients },
	{ "netlink, tables", false, view_netlink_tables },
	{ "netlink, device", true, view_netlink_device },
	{ "netlink, samples", false, view_netlink_samples },
	{ "debugfs", false, view_debugfs },
	{ "tracepoints", false, view_trace },
};

static void everything_open(struct __test_metadata *_metadata, struct everything *e,
			    struct clients *c)
{
	static const char *const events[NR_VALUES] = {
		"macs", "gated", "hits", "hits-approx", "misses", "searches", "jobs",
		"rows-programmed", "energy", "energy-baseline", "energy-baseline-gated",
	};
	struct perf_event_attr attr = { .size = sizeof(attr), .type = pmu_type() };
	unsigned int i;

	e->c = c;
	if (nl_open(&e->ask))
		e->ask.fd = -1;
	e->listen.fd = -1;
	if (e->ask.fd >= 0) {
		ASSERT_EQ(0, nl_open(&e->listen));
		ASSERT_EQ(0, nl_join(&e->listen, e->listen.sampling));
	}
	for (i = 0; i < NR_VALUES && attr.type; i++) {
		attr.config = pmu_config(events[i]);
		e->pmu[i] = pmu_open(&attr, -1, pmu_cpu());
		ASSERT_GE(e->pmu[i], 0);
	}
	if (trace_open(e->trace, sizeof(e->trace)))
		e->trace[0] = 0;
	else
		ASSERT_EQ(0, trace_write(e->trace, "events/axp/enable", "1"));
}

static void everything_close(struct everything *e)
{
	unsigned int i;

	for (i = 0; i < NR_VALUES && pmu_type(); i++)
		close(e->pmu[i]);
	if (e->ask.fd >= 0) {
		nl_close(&e->listen);
		nl_close(&e->ask);
	}
	if (e->trace[0]) {
		trace_write(e->trace, "events/axp/enable", "0");
		rmdir(e->trace);
	}
}

/*
 * One piece of work, seen from everywhere: each value that an interface shows has grown
 * by what the clients did. Some work before, so that there are samples to begin with.
 */
TEST_F_TIMEOUT(telemetry, all_agree, 300)
{
	struct view was[ARRAY_SIZE(interfaces)], now, did;
	int there[ARRAY_SIZE(interfaces)];
	unsigned int i, j, nr = 0, readings = 0;
	uint64_t grown;
	struct everything e;
	bool good;

	everything_open(_metadata, &e, &self->c);
	do_work(_metadata, &self->c);
	for (i = 0; i < ARRAY_SIZE(interfaces); i++) {
		memset(&was[i], 0xff, sizeof(was[i]));
		there[i] = interfaces[i].take(&e, &was[i]);
		if (there[i])
			EXPECT_EQ(-ENOENT, there[i]);
	}
	do_work(_metadata, &self->c);
	view_stats(&did, &self->c.did);
	for (i = 0; i < ARRAY_SIZE(interfaces); i++) {
		if (there[i]) {
			TH_LOG("%s: not here", interfaces[i].name);
			continue;
		}
		memset(&now, 0xff, sizeof(now));
		ASSERT_EQ(0, interfaces[i].take(&e, &now));
		nr++;
		for (j = 0; j < NR_VALUES; j++) {
			if (now.value[j] == NOT_SHOWN)
				continue;
			grown = now.value[j] - was[i].value[j];
			good = j >= ENERGY && interfaces[i].uj ? same_uj(grown, did.value[j]) :
								 grown == did.value[j];
			EXPECT_TRUE(good) {
				TH_LOG("%s: %s %llu, clients did %llu", interfaces[i].name,
				       value_names[j], (unsigned long long)grown,
				       (unsigned long long)did.value[j]);
			}
			readings++;
		}
	}
	TH_LOG("%u of %u interfaces, %u readings", nr, (unsigned int)ARRAY_SIZE(interfaces),
	       readings);
	everything_close(&e);
}

TEST_HARNESS_MAIN
