// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "sample_util.h"
#include "totals_util.h"

#define NR_FRESH	8
#define FRESH_SEED	1000
#define DRAIN_NS	120000000000ll

/*
 * Files, each the sum of one or two counters of the clients (0: of one), in units of so
 * many of theirs. What is below a unit is carried over to the next: one may be carried in.
 */
static const struct {
	const char *file;
	size_t counter;
	size_t another;
	uint64_t unit;
} files[NR_TOTALS] = {
#define COUNTER(_field)			offsetof(struct axp_stats, _field)
#define TOTAL(_file, _field, _unit)	{ _file, COUNTER(_field), 0, _unit }
	TOTAL("macs", macs, 1),
	TOTAL("gated", gated, 1),
	{ "hits", COUNTER(hits_exact), COUNTER(hits_approx), 1 },
	TOTAL("hits_approx", hits_approx, 1),
	TOTAL("misses", misses, 1),
	TOTAL("searches", searches, 1),
	TOTAL("jobs", jobs, 1),
	TOTAL("rows_programmed", rows_programmed, 1),
	TOTAL("energy_uj", energy_fj, 1000000000),
	TOTAL("baseline_energy_uj", baseline_fj, 1000000000),
	TOTAL("baseline_gated_energy_uj", baseline_gated_fj, 1000000000),
	TOTAL("busy_time_us", busy_ns, 1000),
};

struct totals totals_read(void)
{
	struct totals totals;
	unsigned int i;

	for (i = 0; i < NR_TOTALS; i++)
		totals.value[i] = axp_sysfs_u64(files[i].file);
	return totals;
}

void totals_add(struct axp_stats *sum, const struct axp_stats *stats)
{
	const uint64_t *from = (const uint64_t *)stats;
	uint64_t *to = (uint64_t *)sum;
	unsigned int i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		__atomic_add_fetch(&to[i], from[i], __ATOMIC_RELAXED);
}

static uint64_t counter(const struct axp_stats *stats, size_t offset)
{
	uint64_t value;

	memcpy(&value, (const char *)stats + offset, sizeof(value));
	return value;
}

bool totals_are_sum(const struct totals *was, const struct axp_stats *sum, char *how,
		    size_t size)
{
	struct totals is = totals_read();
	uint64_t want, grown;
	unsigned int i;

	for (i = 0; i < NR_TOTALS; i++) {
		want = counter(sum, files[i].counter);
		if (files[i].another)
			want += counter(sum, files[i].another);
		grown = is.value[i] - was->value[i];
		if (was->value[i] >= 0 && is.value[i] >= 0 &&
		    (grown == want / files[i].unit ||
		     (files[i].unit > 1 && grown == want / files[i].unit + 1)))
			continue;
		snprintf(how, size, "%s: from %lld to %lld, clients did %llu of %llu",
			 files[i].file, was->value[i], is.value[i], (unsigned long long)want,
			 (unsigned long long)files[i].unit);
		return false;
	}
	return true;
}

int client_drain(int fd)
{
	struct axp_wait wait = {};
	uint64_t low = 0, high = 1ull << 40;

	/* the largest number that can be waited for is the last job's */
	while (low < high) {
		wait.seqno = low + (high - low + 1) / 2;
		if (axp_ioctl(fd, AXP_IOC_WAIT, &wait) == -EINVAL)
			high = wait.seqno - 1;
		else
			low = wait.seqno;
	}
	wait.seqno = low;
	wait.deadline_ns = axp_now_ns() + DRAIN_NS;
	return axp_ioctl(fd, AXP_IOC_WAIT, &wait);
}

int client_fresh(uint64_t seed, struct axp_stats *stats)
{
	struct sample *s = malloc(sizeof(*s));
	struct axp_mem act = {}, out = {};
	int fd = axp_open(0);
	unsigned int i;
	int err;

	if (!s)
		exit(1);
	err = axp_mem_create(fd, SAMPLE_BYTES, &act);
	if (!err)
		err = axp_mem_create(fd, SAMPLE_BYTES, &out);
	for (i = 0; i < NR_FRESH && !err; i++) {
		sample_random(s, seed + i);
		err = sample_run(fd, s, &act, &out);
		if (err)
			sample_print(s, err);
	}
	if (!err)
		err = axp_stats(fd, AXP_STATS_CLIENT, 0, stats);
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	close(fd);
	free(s);
	return err;
}

struct account *account_open(void)
{
	struct account *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (a == MAP_FAILED)
		exit(1);
	a->was = totals_read();
	return a;
}

void account_add(struct account *a, int fd)
{
	struct axp_stats stats;

	if (client_drain(fd) || axp_stats(fd, AXP_STATS_CLIENT, 0, &stats))
		__atomic_add_fetch(&a->lost, 1, __ATOMIC_RELAXED);
	else
		totals_add(&a->sum, &stats);
}

void account_close(struct account *a, int fd)
{
	account_add(a, fd);
	close(fd);
}

static bool settled(struct account *a, char *how, size_t size)
{
	struct axp_stats stats;
	int err;

	if (a->lost) {
		snprintf(how, size, "%lu clients did not tell what they did", a->lost);
		return false;
	}
	if (!totals_are_sum(&a->was, &a->sum, how, size))
		return false;
	err = client_fresh(FRESH_SEED, &stats);
	if (err) {
		snprintf(how, size, "a fresh client: %d", err);
		return false;
	}
	totals_add(&a->sum, &stats);
	return totals_are_sum(&a->was, &a->sum, how, size);
}

bool account_settle(struct account *a, char *how, size_t size)
{
	bool good = settled(a, how, size);

	munmap(a, sizeof(*a));
	return good;
}
