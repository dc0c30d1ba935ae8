// SPDX-License-Identifier: GPL-2.0
/*
 * A memory cgroup, and what a client can ask for that takes much memory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "memcg_util.h"

#define CGROUP	"/sys/fs/cgroup"
#define MINE	CGROUP "/axp_memcg_test"

uint8_t *memcg_data;

/* --- the cgroup --- */

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

/* Without stdio, which allocates. */
static int read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	close(fd);
	if (n < 0)
		return -EIO;
	text[n] = 0;
	return 0;
}

bool memcg_create(void)
{
	unsigned int i;

	if (!memcg_data) {
		memcg_data = mmap(NULL, MEMCG_DATA, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (memcg_data == MAP_FAILED)
			exit(1);
		/* who touches it first pays for it */
		for (i = 0; i < MEMCG_DATA; i++)
			memcg_data[i] = i;
	}
	rmdir(MINE);
	write_file(CGROUP "/cgroup.subtree_control", "+memory");
	return !mkdir(MINE, 0755) && memcg_read("current") >= 0;
}

void memcg_remove(void)
{
	rmdir(MINE);
}

long long memcg_read(const char *name)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), MINE "/memory.%s", name);
	return read_file(path, text, sizeof(text)) ? -1 : strtoll(text, NULL, 10);
}

int memcg_limit(uint64_t room)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)memcg_read("current") + room);
	return write_file(MINE "/memory.max", text);
}

long long memcg_kills(void)
{
	char text[512], *at;

	if (read_file(MINE "/memory.events", text, sizeof(text)))
		return -1;
	at = strstr(text, "oom_kill ");
	return at ? strtoll(at + strlen("oom_kill "), NULL, 10) : -1;
}

int memcg_run(struct account *account,
	      int (*child)(struct memcg_client *c, const struct memcg_want *want),
	      const struct memcg_want *want)
{
	static struct memcg_client client;
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		/*
		 * A page of this process that is not there yet could be one too many, and a
		 * stack whose top happens to be aligned gets one of 2 MiB when it is touched.
		 */
		if (write_file(MINE "/cgroup.procs", "0") ||
		    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) || mlockall(MCL_CURRENT | MCL_FUTURE))
			_exit(MEMCG_NO_CGROUP);
		memset(&client, 0, sizeof(client));
		client.account = account;
		client.fd = open(AXP_DEV, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (client.fd < 0)
			_exit(MEMCG_NO_DEVICE);
		status = child(&client, want);
		account_add(account, client.fd);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFEXITED(status) ? WEXITSTATUS(status) : MEMCG_KILLED;
}

/* --- clients --- */

static void drop(struct memcg_client *c, uint32_t *handle)
{
	if (*handle)
		axp_destroy(c->fd, *handle);
	*handle = 0;
}

int memcg_release(struct memcg_client *c)
{
	static struct axp_completion done[64];
	int err = c->seqno ? axp_wait_ms(c->fd, c->seqno, 120000) : 0;

	while (read(c->fd, done, sizeof(done)) > 0)
		;
	while (c->nr_made)
		drop(c, &c->made[--c->nr_made]);
	drop(c, &c->job.weights);
	drop(c, &c->table);
	axp_mem_unmap(&c->act);
	axp_mem_unmap(&c->out);
	drop(c, &c->act.buf);
	drop(c, &c->out.buf);
	return err;
}

bool memcg_works(int fd)
{
	const uint32_t one = F32_ONE;
	struct axp_mem act = {}, out = {};
	struct axp_job job;
	uint32_t weights = 0;
	bool works = false;

	if (!axp_mem_create(fd, 4, &act) && !axp_mem_create(fd, 4, &out) &&
	    !axp_weights_f32(fd, &one, 1, NULL, 0, &weights)) {
		act.words[0] = F32_TWO;
		job = axp_gemm(1, 1, 1, &act, &out, weights, 0);
		works = !axp_submit(fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL) &&
			out.words[0] == F32_TWO;
	}
	axp_mem_unmap(&act);
	axp_mem_unmap(&out);
	if (weights)
		axp_destroy(fd, weights);
	if (act.buf)
		axp_destroy(fd, act.buf);
	if (out.buf)
		axp_destroy(fd, out.buf);
	return works;
}

/* --- what they want --- */

static int keep(struct memcg_client *c, int err, uint32_t handle)
{
	c->asked++;
	if (!err)
		c->made[c->nr_made++] = handle;
	return err;
}

static int ask_buffer(struct memcg_client *c)
{
	struct axp_buf_create create = { .bytes = 64 * MIB };
	int err = axp_ioctl(c->fd, AXP_IOC_BUF_CREATE, &create);

	c->why = create.why;
	return keep(c, err, create.buf);
}

const struct memcg_want memcg_buffer = { "a buffer", 24 * MIB, 1, NULL, ask_buffer };

static int weights(struct memcg_client *c, uint32_t format, uint32_t k, uint64_t count,
		   uint32_t *handle)
{
	static uint32_t codebook[256];
	struct axp_weights_create create = {
		.codebook = (uintptr_t)codebook,
		.data = (uintptr_t)memcg_data,
		.count = count,
		.format = format,
		.nr_centroids = k,
	};
	unsigned int i;
	int err;

	for (i = 0; i < k; i++)
		codebook[i] = F32_ONE + i * 1000;
	err = axp_ioctl(c->fd, AXP_IOC_WEIGHTS_CREATE, &create);
	c->why = create.why;
	*handle = create.weights;
	return err;
}

/* Half a byte each is passed in, and a byte each is kept. */
static int ask_weights(struct memcg_client *c)
{
	uint32_t handle;
	int err = weights(c, AXP_WGT_U4, 16, 2 * MEMCG_DATA, &handle);

	return keep(c, err, handle);
}

const struct memcg_want memcg_weights = { "weights", 12 * MIB, 1, NULL, ask_weights };

static int ask_many_weights(struct memcg_client *c)
{
	uint32_t handle;
	int err = weights(c, AXP_WGT_U8, 256, c->asked % 2 ? 1000 : 32768, &handle);

	return keep(c, err, handle);
}

const struct memcg_want memcg_many_weights = {
	"many weights", 8 * MIB, 4000, NULL, ask_many_weights
};

static unsigned int nr_bits(uint32_t n)
{
	return __builtin_popcount(n);
}

/*
 * Rows that many activations match: @members pairs of a row and one of the 2^14
 * combinations of compared bits.
 */
static uint32_t overlapping(struct axp_row rows[4096], uint32_t members)
{
	uint32_t care, act, bits, nr = 0, total = 0;

	for (bits = 1; bits < 4; bits++)
		for (care = 1; care < 1u << 14; care++) {
			if (nr_bits(care) != bits)
				continue;
			for (act = 0; act <= care; act++) {
				if (act & ~care)
					continue;
				if (total >= members || nr == 4096)
					return nr;
				rows[nr++] = (struct axp_row) {
					.act = act << 16, .act_care = care << 16,
					.product = F32_ONE,
				};
				total += 1u << (14 - bits);
			}
		}
	return nr;
}

/* 8 bytes for each of its pairs while it is made, 4 later. */
static int ask_table(struct memcg_client *c)
{
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	uint32_t handle, nr = overlapping(rows, 1700000);
	int err = axp_table(c->fd, &spec, rows, nr, &handle, &c->why);

	return keep(c, err, handle);
}

const struct memcg_want memcg_table = { "a table", 4 * MIB, 1, NULL, ask_table };

static int ask_many_tables(struct memcg_client *c)
{
	struct axp_table_spec spec = axp_spec_f32();
	static struct axp_row rows[4096];
	uint32_t handle, nr = c->asked % 2 ? 16 : 4096, i;
	int err;

	for (i = 0; i < nr; i++)
		rows[i] = (struct axp_row) { .act = i << 12, .act_care = ~0u };
	err = axp_table(c->fd, &spec, rows, nr, &handle, &c->why);
	return keep(c, err, handle);
}

const struct memcg_want memcg_many_tables = {
	"many tables", 8 * MIB, 4000, NULL, ask_many_tables
};

static int prepare_job(struct memcg_client *c, uint32_t m, uint32_t n, uint32_t k)
{
	int err = axp_mem_create(c->fd, (uint64_t)m * k * 4, &c->act);

	if (!err)
		err = axp_mem_create(c->fd, (uint64_t)m * n * 4, &c->out);
	if (!err)
		err = weights(c, AXP_WGT_U8, 256, (uint64_t)n * k, &c->job.weights);
	if (!err)
		c->job = axp_gemm(m, n, k, &c->act, &c->out, c->job.weights, 0);
	return err;
}

static int submit(struct memcg_client *c, uint32_t flags)
{
	uint64_t seqno;
	int err = axp_submit(c->fd, &c->job, 1, flags, &seqno, &c->why);

	c->asked++;
	if (!err)
		c->seqno = seqno;
	return err;
}

/* A histogram of 256 weights for each of 2^16 taps: 32 MiB, and 4 of indices. */
static int prepare_plan(struct memcg_client *c)
{
	return prepare_job(c, 1, 64, 65536);
}

static int ask_plan(struct memcg_client *c)
{
	return submit(c, 0);
}

const struct memcg_want memcg_plan = { "a plan", 6 * MIB, 1, prepare_plan, ask_plan };

static int prepare_many_plans(struct memcg_client *c)
{
	return prepare_job(c, 256, 64, 1024);
}

static int ask_many_plans(struct memcg_client *c)
{
	c->job.gemm.m = c->asked + 1;
	return submit(c, 0);
}

const struct memcg_want memcg_many_plans = {
	"many plans", 8 * MIB, 256, prepare_many_plans, ask_many_plans
};

static int prepare_faults(struct memcg_client *c)
{
	int err = ask_table(c);

	if (!err)
		c->table = c->made[--c->nr_made];
	return err;
}

static int ask_faults(struct memcg_client *c)
{
	const struct axp_fault fault = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = 1,
	};
	struct axp_table_faults args = {
		.faults = (uintptr_t)&fault, .fault_size = sizeof(fault), .nr_faults = 1,
		.table = c->table,
	};
	int err = axp_ioctl(c->fd, AXP_IOC_TABLE_FAULTS, &args);

	c->asked++;
	c->why = args.why;
	return err;
}

const struct memcg_want memcg_faults = { "faults", 4 * MIB, 1, prepare_faults, ask_faults };

/* Jobs stay until their completion is read. */
static int prepare_jobs(struct memcg_client *c)
{
	int err = prepare_job(c, 1, 1, 1);

	c->job.flags = AXP_JOB_COMPLETION;
	/* what is left of the limit is for them */
	return err ? err : submit(c, 0);
}

const struct memcg_want memcg_jobs = { "jobs", MIB, 4000, prepare_jobs, ask_plan };

/*
 * Working memory of the thread that waits; the plan is there already. Rows of 256
 * products are made there for activations that hit some centroids only: some 5 MiB. A
 * processor has 256 KiB of the cgroup in stock, which a small limit would not meet.
 */
static int prepare_scratch(struct memcg_client *c)
{
	const struct axp_row row = {
		.act = F32_TWO, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_TWO,
	};
	const uint32_t channels = 32, side = 32;
	struct axp_table_spec spec = axp_spec_f32();
	int err = axp_mem_create(c->fd, channels * side * side * 4, &c->act);

	if (!err)
		err = axp_mem_create(c->fd, channels * side * side * 4, &c->out);
	if (!err)
		err = weights(c, AXP_WGT_U8, 256, channels * channels * 9, &c->job.weights);
	if (!err)
		err = axp_table(c->fd, &spec, &row, 1, &c->table, NULL);
	if (err)
		return err;
	c->job.op = AXP_OP_CONV2D;
	c->job.table = c->table;
	c->job.act.buf = c->act.buf;
	c->job.out.buf = c->out.buf;
	c->job.conv2d.n = 1;
	c->job.conv2d.c = channels;
	c->job.conv2d.h = side;
	c->job.conv2d.w = side;
	c->job.conv2d.oc = channels;
	c->job.conv2d.kh = 3;
	c->job.conv2d.kw = 3;
	c->job.conv2d.groups = 1;
	c->job.conv2d.stride_h = 1;
	c->job.conv2d.stride_w = 1;
	c->job.conv2d.dil_h = 1;
	c->job.conv2d.dil_w = 1;
	err = submit(c, 0);
	return err ? err : axp_wait_ms(c->fd, c->seqno, 120000);
}

static int ask_scratch(struct memcg_client *c)
{
	return submit(c, AXP_SUBMIT_SYNC);
}

const struct memcg_want memcg_scratch = {
	"working memory", MIB, 1, prepare_scratch, ask_scratch
};
