// SPDX-License-Identifier: GPL-2.0
/*
 * Failing allocations and copies: a sequence that passes and touches every call
 * of the device is run again and again. In each of its calls the first, the second,
 * ... place where the kernel can fail is made to, until the call ends before that
 * place. The call that failed says so with a sane errno and changed nothing: the
 * same call then succeeds, and the whole sequence gives the same handles, numbers,
 * statistics and results as one without faults. In the end the totals of the device
 * are the sum over all its clients.
 *
 * Needs a kernel with CONFIG_FAULT_INJECTION.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../../kselftest_harness.h"
#include "abi_util.h"
#include "sample_util.h"
#include "totals_util.h"

#define DEBUGFS		"/sys/kernel/debug"

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

/* --- the n-th place to fail --- */

/**
 * struct fault - the kernel counts down in calls made between arm and disarm
 * @fd: fail-nth of this thread
 * @left: places still to come until the fault, 0: it struck
 */
struct fault {
	int fd;
	unsigned int left;
};

static void fault_arm(struct fault *f)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", f->left);

	if (f->left && pwrite(f->fd, text, n, 0) != n)
		abort();
}

/* Returns whether the fault struck since fault_arm(). */
static bool fault_disarm(struct fault *f)
{
	char text[16] = "";

	if (!f->left)
		return false;
	/* Reading and writing the number are places where copies can fail. */
	if (pread(f->fd, text, sizeof(text) - 1, 0) < 0)
		f->left = 1;
	else
		f->left = strtoul(text, NULL, 10);
	if (pwrite(f->fd, "0", 1, 0) != 1 && pwrite(f->fd, "0", 1, 0) != 1)
		abort();
	return !f->left;
}

/* --- the sequence --- */

#define NR_STEPS	32

/**
 * struct run - one run of the sequence
 * @fault: when to fail
 * @account: of all clients
 * @sample: job with a known answer
 * @abi: client
 * @extra: a buffer of many pages
 * @map: its mapping
 * @ids: handles and numbers that the device gave
 * @nr_ids: how many
 * @stats: at the end
 * @energy: text from sysfs
 */
struct run {
	struct fault fault;
	struct account *account;
	struct sample *sample;
	struct abi *abi;
	uint32_t extra;
	void *map;
	uint64_t ids[NR_STEPS];
	unsigned int nr_ids;
	struct axp_stats stats;
	char energy[64];
};

static int step_open(struct run *r)
{
	int fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	r->abi->fd = fd;
	return 0;
}

static int step_caps(struct run *r)
{
	abi_fill(r->abi, ABI_GET_CAPS);
	return abi_call(r->abi, ABI_GET_CAPS);
}

/* Two small buffers, and one of many pages. */
static int create_buffer(struct run *r, uint64_t bytes, uint32_t *buf)
{
	struct axp_buf_create create = { .bytes = bytes };
	int err = axp_ioctl(r->abi->fd, AXP_IOC_BUF_CREATE, &create);

	*buf = create.buf;
	if (!err)
		r->ids[r->nr_ids++] = create.mmap_offset;
	return err;
}

static int step_act(struct run *r)
{
	return create_buffer(r, 4096, &r->abi->act.buf);
}

static int step_out(struct run *r)
{
	return create_buffer(r, 4096, &r->abi->out.buf);
}

static int step_extra(struct run *r)
{
	return create_buffer(r, 16 * 4096, &r->extra);
}

static int step_map(struct run *r)
{
	void *at = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r->abi->fd,
			(off_t)r->extra * 4096);

	if (at == MAP_FAILED)
		return -errno;
	r->map = at;
	return 0;
}

static int step_table(struct run *r)
{
	struct abi *abi = r->abi;
	int err;

	abi_fill(abi, ABI_TABLE_CREATE);
	abi->arg.table_create.spec.organisation = AXP_ORG_SHARED;
	abi->arg.table_create.spec.lanes = 4;
	err = abi_call(abi, ABI_TABLE_CREATE);
	if (err)
		return err;
	abi->table = abi->arg.table_create.table;
	/* generations are unique, they need not follow one another */
	r->ids[r->nr_ids++] = abi->table;
	return 0;
}

static int step_write(struct run *r)
{
	int err;

	abi_fill(r->abi, ABI_TABLE_WRITE);
	err = abi_call(r->abi, ABI_TABLE_WRITE);
	return err;
}

/* Each job gets a table of its own. */
static int step_faults(struct run *r)
{
	abi_fill(r->abi, ABI_TABLE_FAULTS);
	r->abi->faults[0].kind = AXP_FAULT_FLIP;
	r->abi->faults[0].rate = 1u << 31;
	return abi_call(r->abi, ABI_TABLE_FAULTS);
}

static int step_weights(struct run *r)
{
	int err;

	abi_fill(r->abi, ABI_WEIGHTS_CREATE);
	err = abi_call(r->abi, ABI_WEIGHTS_CREATE);
	if (err)
		return err;
	r->abi->weights = r->abi->arg.weights_create.weights;
	r->ids[r->nr_ids++] = r->abi->weights;
	return 0;
}

static int submit(struct run *r, uint32_t op, uint32_t flags)
{
	struct abi *abi = r->abi;
	unsigned int i;
	int err;

	abi->op = op;
	abi_fill(abi, ABI_SUBMIT);
	for (i = 0; i < 2; i++)
		abi->jobs[i].flags = AXP_JOB_COMPLETION;
	abi->arg.submit.flags = flags;
	err = abi_call(abi, ABI_SUBMIT);
	if (!err)
		r->ids[r->nr_ids++] = abi->arg.submit.first_seqno;
	return err;
}

static int step_submit_sync(struct run *r)
{
	return submit(r, AXP_OP_GEMM, AXP_SUBMIT_SYNC);
}

static int step_submit_async(struct run *r)
{
	return submit(r, AXP_OP_DOT, 0);
}

static int step_wait(struct run *r)
{
	struct axp_wait wait = { .seqno = 4, .deadline_ns = INT64_MAX };

	return axp_ioctl(r->abi->fd, AXP_IOC_WAIT, &wait);
}

static int step_poll(struct run *r)
{
	struct pollfd p = { .fd = r->abi->fd, .events = POLLIN };

	return poll(&p, 1, -1) < 0 ? -errno : 0;
}

/* One record: what could not be copied comes again. */
static int step_read(struct run *r)
{
	struct axp_completion done;

	if (read(r->abi->fd, &done, sizeof(done)) != sizeof(done))
		return -errno;
	r->ids[r->nr_ids++] = done.seqno;
	return 0;
}

static int step_query(struct run *r)
{
	struct axp_query_stats query = { .scope = AXP_STATS_TABLE, .id = r->abi->table };

	return axp_ioctl(r->abi->fd, AXP_IOC_QUERY_STATS, &query);
}

static int step_query_faults(struct run *r)
{
	abi_fill(r->abi, ABI_QUERY_FAULTS);
	return abi_call(r->abi, ABI_QUERY_FAULTS);
}

static int step_destroy(struct run *r)
{
	return axp_destroy(r->abi->fd, r->extra);
}

static int step_sysfs_read(struct run *r)
{
	return axp_sysfs_read("energy_model/preset", r->energy, sizeof(r->energy));
}

static int step_sysfs_write(struct run *r)
{
	return axp_sysfs_write("energy_model/preset", r->energy);
}

static int (*const steps[])(struct run *r) = {
	step_open, step_caps, step_act, step_out, step_extra, step_map, step_table, step_write,
	step_faults, step_write, step_weights, step_submit_sync, step_submit_async, step_wait,
	step_poll, step_read, step_read, step_read, step_read, step_query, step_query_faults,
	step_destroy, step_sysfs_read, step_sysfs_write,
};

/* ENFILE: open(2), when it cannot allocate a file. */
static bool sane(int err)
{
	return err == -ENOMEM || err == -EFAULT || err == -ENFILE;
}

/*
 * The whole sequence, the @nth place of @step failing; 0: none. Returns whether the
 * fault struck.
 */
static bool run_sequence(struct __test_metadata *_metadata, struct run *r, unsigned int step,
			 unsigned int nth)
{
	struct axp_stats before = {}, after;
	bool struck = false, now;
	unsigned int i;
	int err;

	r->nr_ids = 0;
	r->abi->fd = -1;
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (i)
			ASSERT_EQ(0, axp_stats(r->abi->fd, AXP_STATS_CLIENT, 0, &before));
		r->fault.left = i == step ? nth : 0;
		fault_arm(&r->fault);
		err = steps[i](r);
		now = fault_disarm(&r->fault);
		struck |= now;
		if (!err)
			continue;
		EXPECT_TRUE(now)
			TH_LOG("step %u failed without a fault: %d", i, err);
		EXPECT_TRUE(sane(err))
			TH_LOG("step %u, fault %u: %d", i, nth, err);
		/* jobs that run in the background may end meanwhile */
		if (i && steps[i] != step_wait && steps[i] != step_poll &&
		    steps[i] != step_read) {
			ASSERT_EQ(0, axp_stats(r->abi->fd, AXP_STATS_CLIENT, 0, &after));
			EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)))
				TH_LOG("step %u, fault %u: counted", i, nth);
		}
		ASSERT_EQ(0, steps[i](r))
			TH_LOG("step %u, after fault %u", i, nth);
	}
	memset(r->map, 1, 16 * 4096);
	munmap(r->map, 16 * 4096);
	ASSERT_EQ(0, axp_stats(r->abi->fd, AXP_STATS_CLIENT, 0, &r->stats));
	r->stats.queue_ns = 0;
	r->stats.busy_ns = 0;
	account_close(r->account, r->abi->fd);
	return struck;
}

/* A fresh client gets the known answer. */
static void known_answer(struct __test_metadata *_metadata, struct run *r)
{
	struct axp_mem act, out;
	int fd = axp_open(0);
	int err;

	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &act));
	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &out));
	err = sample_run(fd, r->sample, &act, &out);
	if (err)
		sample_print(r->sample, err);
	EXPECT_EQ(0, err);
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	account_close(r->account, fd);
}

FIXTURE(fail_nth)
{
	struct run good;
	struct run run;
	struct account *account;
	bool have;
};

FIXTURE_SETUP(fail_nth)
{
	struct run *runs[] = { &self->good, &self->run };
	unsigned int i;
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	/* Failing is asked for call by call: every kind, quietly. */
	self->have = fd >= 0 && !write_file(DEBUGFS "/failslab/ignore-gfp-wait", "N") &&
		     !write_file(DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N") &&
		     !write_file(DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N") &&
		     !write_file(DEBUGFS "/fail_page_alloc/min-order", "0") &&
		     !write_file(DEBUGFS "/failslab/verbose", "0") &&
		     !write_file(DEBUGFS "/fail_page_alloc/verbose", "0") &&
		     !write_file(DEBUGFS "/fail_usercopy/verbose", "0");
	self->account = account_open();
	for (i = 0; i < 2; i++) {
		runs[i]->fault.fd = fd;
		runs[i]->account = self->account;
		runs[i]->abi = calloc(1, sizeof(*runs[i]->abi));
		ASSERT_NE(NULL, runs[i]->abi);
		ASSERT_EQ(0, abi_init(runs[i]->abi, axp_open(0)));
		abi_unmap(runs[i]->abi);
		account_close(self->account, runs[i]->abi->fd);
		runs[i]->sample = malloc(sizeof(*runs[i]->sample));
		ASSERT_NE(NULL, runs[i]->sample);
		sample_random(runs[i]->sample, 7);
	}
}

FIXTURE_TEARDOWN(fail_nth)
{
	free(self->good.abi);
	free(self->run.abi);
	free(self->good.sample);
	free(self->run.sample);
	EXPECT_SETTLED(self->account);
}

/*
 * Step by step: how many places one has depends on what the kernel's caches hold,
 * and so the n-th of all would now and then skip one.
 */
TEST_F_TIMEOUT(fail_nth, every_call, 500)
{
	unsigned int step, nth, faults = 0;
	bool struck;

	if (!self->have)
		SKIP(return, "no fault injection in this kernel");
	run_sequence(_metadata, &self->good, 0, 0);
	for (step = 0; step < ARRAY_SIZE(steps); step++) {
		nth = 0;
		do {
			struck = run_sequence(_metadata, &self->run, step, ++nth);
			ASSERT_EQ(self->good.nr_ids, self->run.nr_ids);
			EXPECT_EQ(0, memcmp(self->good.ids, self->run.ids,
					    sizeof(self->good.ids)))
				TH_LOG("step %u, fault %u: other handles or numbers", step, nth);
			EXPECT_EQ(0, memcmp(&self->good.stats, &self->run.stats,
					    sizeof(self->good.stats)))
				TH_LOG("step %u, fault %u: other statistics", step, nth);
		} while (struck);
		faults += nth - 1;
		known_answer(_metadata, &self->run);
	}
	printf("# counts: %u faults injected into calls\n", faults);
	fflush(stdout);	/* tests end without it */
	EXPECT_GT(faults, 100);
}

/* A sample that needs more memory: tables, weights and a plan of some size. */
TEST_F_TIMEOUT(fail_nth, known_answers, 500)
{
	struct sample *s = self->run.sample;
	struct fault *f = &self->run.fault;
	unsigned int nth, seed, faults = 0;
	struct axp_mem act, out;
	bool struck;
	int fd, err;

	if (!self->have)
		SKIP(return, "no fault injection in this kernel");
	fd = axp_open(0);
	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &act));
	ASSERT_EQ(0, axp_mem_create(fd, SAMPLE_BYTES, &out));
	memset(act.words, 0, SAMPLE_BYTES);
	memset(out.words, 0, SAMPLE_BYTES);
	for (seed = 1; seed <= 12; seed++) {
		sample_random(s, seed);
		nth = 0;
		do {
			f->left = ++nth;
			fault_arm(f);
			err = sample_run(fd, s, &act, &out);
			struck = fault_disarm(f);
			EXPECT_TRUE(!err || (struck && sane(err)))
				TH_LOG("sample %u, fault %u: %d", seed, nth, err);
			if (err == 1)
				sample_print(s, err);
		} while (struck);
		faults += nth - 1;
		err = sample_run(fd, s, &act, &out);
		if (err)
			sample_print(s, err);
		EXPECT_EQ(0, err);
	}
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	account_close(self->account, fd);
	printf("# counts: %u faults injected into known-answer runs\n", faults);
	fflush(stdout);	/* tests end without it */
	EXPECT_GT(faults, 100);
}

TEST_HARNESS_MAIN
