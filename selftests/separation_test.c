// SPDX-License-Identifier: GPL-2.0
/*
 * Two clients with the same handles, and nothing in common: objects, mappings,
 * results, completions, counters, energies and faults of one are not the other's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

#define NR_MACS		64
#define PAGE_BYTES	4096

/**
 * struct party - a client
 * @fd: client
 * @act: activations
 * @out: results
 * @table: a row that hits exactly (A), or approximately (B)
 * @weights: all the same
 * @job: dot product of @act and @weights
 */
struct party {
	int fd;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t table;
	uint32_t weights;
	struct axp_job job;
};

FIXTURE(separation)
{
	struct account *account;
	struct party a;
	struct party b;
};

static int party_open(struct party *p, uint32_t wgt, uint32_t product)
{
	const struct axp_row row = {
		.act = F32_ONE, .act_care = ~0u, .wgt = wgt, .wgt_care = ~0u, .product = product,
	};
	struct axp_table_spec spec = axp_spec_f32();
	uint8_t index[NR_MACS] = {};
	unsigned int i;
	int err;

	p->fd = axp_open(O_NONBLOCK);
	err = axp_mem_create(p->fd, PAGE_BYTES, &p->act);
	if (!err)
		err = axp_mem_create(p->fd, PAGE_BYTES, &p->out);
	if (!err)
		err = axp_table(p->fd, &spec, &row, 1, &p->table, NULL);
	if (!err)
		err = axp_weights_u8(p->fd, &wgt, 1, index, NR_MACS, &p->weights);
	if (err)
		return err;
	for (i = 0; i < NR_MACS; i++)
		p->act.words[i] = F32_ONE;
	p->job = (struct axp_job) {
		.op = AXP_OP_DOT,
		.flags = AXP_JOB_COMPLETION,
		.table = p->table,
		.weights = p->weights,
		.act.buf = p->act.buf,
		.out.buf = p->out.buf,
		.dot = { .count = 1, .len = NR_MACS },
	};
	return 0;
}

FIXTURE_SETUP(separation)
{
	self->account = account_open();
	ASSERT_EQ(0, party_open(&self->a, F32_ONE, F32_ONE));
	ASSERT_EQ(0, party_open(&self->b, F32_TWO, F32_ONE));
}

FIXTURE_TEARDOWN(separation)
{
	struct party *parties[] = { &self->a, &self->b };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		axp_mem_unmap(&parties[i]->act);
		axp_mem_unmap(&parties[i]->out);
		account_close(self->account, parties[i]->fd);
	}
	EXPECT_SETTLED(self->account);
}

static int run(struct party *p, uint64_t *seqno)
{
	return axp_submit(p->fd, &p->job, 1, AXP_SUBMIT_SYNC, seqno, NULL);
}

static int no_completion(int fd)
{
	struct axp_completion done;

	return read(fd, &done, sizeof(done)) < 0 ? -errno : 0;
}

/* The handles are the same numbers, and each client's own objects. */
TEST_F(separation, same_handles)
{
	const uint32_t sixty_four = 0x42800000, thirty_two = 0x42000000;
	struct party *a = &self->a, *b = &self->b;
	uint32_t *again;

	EXPECT_EQ(a->act.buf, b->act.buf);
	EXPECT_EQ(a->out.buf, b->out.buf);
	EXPECT_EQ(a->table, b->table);
	EXPECT_EQ(a->weights, b->weights);
	EXPECT_EQ(a->act.offset, b->act.offset);

	/* 64 * 1 * 1; the table of B says that 2 * 1 is 1, its memory has half the ones */
	memset(&b->act.words[NR_MACS / 2], 0, NR_MACS / 2 * 4);
	ASSERT_EQ(0, run(a, NULL));
	EXPECT_EQ(sixty_four, a->out.words[0]);
	EXPECT_EQ(0, b->out.words[0]);
	ASSERT_EQ(0, run(b, NULL));
	EXPECT_EQ(thirty_two, b->out.words[0]);
	EXPECT_EQ(sixty_four, a->out.words[0]);

	/* one offset, two memories */
	again = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, b->fd, (off_t)a->out.offset);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(thirty_two, again[0]);
	munmap(again, PAGE_BYTES);

	/* what B drops and makes anew stays there for A */
	ASSERT_EQ(0, axp_destroy(b->fd, b->table));
	ASSERT_EQ(0, axp_destroy(b->fd, b->weights));
	ASSERT_EQ(0, axp_destroy(b->fd, b->act.buf));
	ASSERT_EQ(0, axp_destroy(b->fd, b->out.buf));
	EXPECT_EQ(-ENOENT, run(b, NULL));
	a->out.words[0] = 0;
	ASSERT_EQ(0, run(a, NULL));
	EXPECT_EQ(sixty_four, a->out.words[0]);
}

/* A job of @p that is good but for one handle. */
static void refuse_job(struct __test_metadata *_metadata, const struct party *p,
		       uint32_t *field, uint32_t handle, const struct axp_job *job)
{
	struct axp_why why;

	*field = handle;
	EXPECT_EQ(-ENOENT, axp_submit(p->fd, job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(AXP_WHY_HANDLE, why.reason);
	EXPECT_EQ(handle, why.value);
}

/* Handles that A has and B has not are no handles of B, whatever it does with them. */
TEST_F(separation, no_use_of_the_others_handles)
{
	const struct axp_row row = { .act_care = ~0u, .wgt_care = ~0u };
	const struct axp_fault fault = { .target = AXP_FAULT_LUT, .mask = 1 };
	struct party *a = &self->a, *b = &self->b;
	struct axp_table_spec spec = axp_spec_f32();
	struct axp_fault_stats faults_before;
	struct axp_query_faults query_faults = {};
	struct axp_table_faults faults = {
		.faults = (uintptr_t)&fault, .fault_size = sizeof(fault), .nr_faults = 1,
	};
	struct axp_table_write write = {
		.rows = (uintptr_t)&row, .row_size = sizeof(row), .nr_rows = 1,
	};
	struct axp_stats before, stats;
	struct axp_job job;
	struct axp_mem mem;
	uint32_t table, weights, one = F32_ONE;

	ASSERT_EQ(0, axp_mem_create(a->fd, PAGE_BYTES, &mem));
	ASSERT_EQ(0, axp_table(a->fd, &spec, &row, 1, &table, NULL));
	ASSERT_EQ(0, axp_weights_f32(a->fd, &one, 1, NULL, 0, &weights));
	mem.words[0] = 0x12345678;
	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_CLIENT, 0, &before));
	query_faults.stats = (struct axp_fault_stats) {};
	ASSERT_EQ(0, axp_ioctl(a->fd, AXP_IOC_QUERY_FAULTS, &query_faults));
	faults_before = query_faults.stats;

	job = b->job;
	refuse_job(_metadata, b, &job.act.buf, mem.buf, &job);
	job = b->job;
	refuse_job(_metadata, b, &job.out.buf, mem.buf, &job);
	job = b->job;
	refuse_job(_metadata, b, &job.table, table, &job);
	job = b->job;
	refuse_job(_metadata, b, &job.weights, weights, &job);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd,
				   (off_t)mem.offset));
	EXPECT_EQ(ENOENT, errno);
	write.table = table;
	EXPECT_EQ(-ENOENT, axp_ioctl(b->fd, AXP_IOC_TABLE_WRITE, &write));
	EXPECT_EQ(AXP_WHY_HANDLE, write.why.reason);
	EXPECT_EQ(table, write.why.value);
	faults.table = table;
	EXPECT_EQ(-ENOENT, axp_ioctl(b->fd, AXP_IOC_TABLE_FAULTS, &faults));
	EXPECT_EQ(AXP_WHY_HANDLE, faults.why.reason);
	EXPECT_EQ(-ENOENT, axp_stats(b->fd, AXP_STATS_TABLE, table, &stats));
	query_faults = (struct axp_query_faults) { .scope = AXP_STATS_TABLE, .id = table };
	EXPECT_EQ(-ENOENT, axp_ioctl(b->fd, AXP_IOC_QUERY_FAULTS, &query_faults));
	EXPECT_EQ(-ENOENT, axp_destroy(b->fd, mem.buf));
	EXPECT_EQ(-ENOENT, axp_destroy(b->fd, table));
	EXPECT_EQ(-ENOENT, axp_destroy(b->fd, weights));

	/* A has not noticed */
	EXPECT_EQ(0x12345678, mem.words[0]);
	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(0, memcmp(&before, &stats, sizeof(stats)));
	query_faults = (struct axp_query_faults) {};
	ASSERT_EQ(0, axp_ioctl(a->fd, AXP_IOC_QUERY_FAULTS, &query_faults));
	EXPECT_EQ(0, memcmp(&faults_before, &query_faults.stats, sizeof(faults_before)));
	EXPECT_EQ(0, axp_destroy(a->fd, mem.buf));
	EXPECT_EQ(0, axp_destroy(a->fd, table));
	EXPECT_EQ(0, axp_destroy(a->fd, weights));
	axp_mem_unmap(&mem);
}

/* Counters and energies of the client and of its table grow with its own jobs alone. */
TEST_F(separation, counters_and_energies)
{
	struct party *a = &self->a, *b = &self->b;
	struct axp_stats a_before, b_before, a_stats, b_stats, a_table, b_table, a_first;

	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_CLIENT, 0, &a_before));
	ASSERT_EQ(0, axp_stats(b->fd, AXP_STATS_CLIENT, 0, &b_before));
	EXPECT_GT(b_before.program_fj, 0);
	ASSERT_EQ(0, run(a, NULL));
	ASSERT_EQ(0, axp_stats(b->fd, AXP_STATS_CLIENT, 0, &b_stats));
	EXPECT_EQ(0, memcmp(&b_before, &b_stats, sizeof(b_stats)));
	ASSERT_EQ(0, axp_stats(b->fd, AXP_STATS_TABLE, b->table, &b_table));
	EXPECT_EQ(0, memcmp(&b_before, &b_table, sizeof(b_table)));
	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_CLIENT, 0, &a_first));
	EXPECT_EQ(NR_MACS, a_first.hits_exact - a_before.hits_exact);
	EXPECT_EQ(0, a_first.hits_approx);

	ASSERT_EQ(0, run(b, NULL));
	ASSERT_EQ(0, run(b, NULL));
	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_CLIENT, 0, &a_stats));
	EXPECT_EQ(0, memcmp(&a_first, &a_stats, sizeof(a_stats)));
	ASSERT_EQ(0, axp_stats(a->fd, AXP_STATS_TABLE, a->table, &a_table));
	EXPECT_EQ(0, memcmp(&a_first, &a_table, sizeof(a_table)));
	ASSERT_EQ(0, axp_stats(b->fd, AXP_STATS_CLIENT, 0, &b_stats));
	EXPECT_EQ(2 * NR_MACS, b_stats.hits_approx);
	EXPECT_EQ(0, b_stats.hits_exact);
	EXPECT_EQ(2 * NR_MACS, b_stats.macs);
	EXPECT_EQ(2, b_stats.jobs);
	EXPECT_EQ(2 * (a_stats.energy_fj - a_before.energy_fj),
		  b_stats.energy_fj - b_before.energy_fj);
	EXPECT_EQ(2 * (a_stats.baseline_fj - a_before.baseline_fj),
		  b_stats.baseline_fj - b_before.baseline_fj);
	EXPECT_GT(a_stats.energy_fj, a_before.energy_fj);
}

/* Numbers of jobs, completions and faults are each client's own. */
TEST_F(separation, completions_and_faults)
{
	const struct axp_fault fault = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = 1u << 31,
	};
	const uint32_t sixty_four = 0x42800000, minus = 0xc2800000;
	struct party *a = &self->a, *b = &self->b;
	struct axp_table_faults faults = {
		.faults = (uintptr_t)&fault, .fault_size = sizeof(fault), .nr_faults = 1,
		.table = a->table,
	};
	struct axp_query_faults query = {};
	struct axp_completion done;
	uint64_t a_seqno, b_seqno;

	ASSERT_EQ(0, axp_ioctl(a->fd, AXP_IOC_TABLE_FAULTS, &faults));
	ASSERT_EQ(0, run(a, &a_seqno));
	EXPECT_EQ(minus, a->out.words[0]);
	EXPECT_EQ(-EAGAIN, no_completion(b->fd));
	EXPECT_EQ(-EINVAL, axp_wait_ms(b->fd, a_seqno, 0));

	b->job.cookie = 77;
	ASSERT_EQ(0, run(b, &b_seqno));
	EXPECT_EQ(a_seqno, b_seqno);
	EXPECT_EQ(sixty_four, b->out.words[0]);
	ASSERT_EQ(0, axp_ioctl(b->fd, AXP_IOC_QUERY_FAULTS, &query));
	EXPECT_EQ(0, query.stats.jobs);
	EXPECT_EQ(0, query.stats.lut_bits);
	ASSERT_EQ(0, axp_ioctl(a->fd, AXP_IOC_QUERY_FAULTS, &query));
	EXPECT_EQ(1, query.stats.jobs);
	EXPECT_EQ(1, query.stats.lut_bits);

	ASSERT_EQ(sizeof(done), read(a->fd, &done, sizeof(done)));
	EXPECT_EQ(0, done.cookie);
	EXPECT_EQ(-EAGAIN, no_completion(a->fd));
	ASSERT_EQ(sizeof(done), read(b->fd, &done, sizeof(done)));
	EXPECT_EQ(77, done.cookie);
	EXPECT_EQ(-EAGAIN, no_completion(b->fd));
}

/*
 * Memory that A filled and gave back is zero when B gets it: in a mapping, for a job
 * that reads it before anybody has touched it, and beside what a job writes.
 */
TEST_F(separation, zero_before_first_use)
{
	enum { PAGES = 64, ROUNDS = 8 };
	struct party *a = &self->a, *b = &self->b;
	struct axp_completion done;
	struct axp_buf_create create;
	struct axp_job job;
	struct axp_mem mem;
	uint32_t round;
	uint64_t i;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, axp_mem_create(a->fd, PAGES * PAGE_BYTES, &mem));
		memset(mem.words, 0xa5, mem.bytes);
		axp_mem_unmap(&mem);
		ASSERT_EQ(0, axp_destroy(a->fd, mem.buf));

		/* not mapped: what the kernel has there is what the job reads */
		create = (struct axp_buf_create) { .bytes = PAGES * PAGE_BYTES };
		ASSERT_EQ(0, axp_ioctl(b->fd, AXP_IOC_BUF_CREATE, &create));
		job = b->job;
		job.act.buf = create.buf;
		job.dot = (struct axp_dot) {
			.count = PAGES * PAGE_BYTES / 4 / NR_MACS, .len = NR_MACS,
			.act_step = NR_MACS,
		};
		job.out.buf = b->out.buf;
		ASSERT_EQ(0, axp_submit(b->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
		ASSERT_EQ(sizeof(done), read(b->fd, &done, sizeof(done)));
		EXPECT_EQ(PAGES * PAGE_BYTES / 4, done.stats.macs);
		EXPECT_EQ(done.stats.macs, done.stats.zero_act);
		ASSERT_EQ(0, axp_destroy(b->fd, create.buf));

		/* a job writes one word in the middle, and that is all there is */
		ASSERT_EQ(0, axp_mem_create(a->fd, PAGES * PAGE_BYTES, &mem));
		memset(mem.words, 0x5a, mem.bytes);
		axp_mem_unmap(&mem);
		ASSERT_EQ(0, axp_destroy(a->fd, mem.buf));
		ASSERT_EQ(0, axp_mem_create(b->fd, PAGES * PAGE_BYTES, &mem));
		job = b->job;
		job.out.buf = mem.buf;
		job.out.offset = mem.bytes / 2;
		ASSERT_EQ(0, axp_submit(b->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
		ASSERT_EQ(sizeof(done), read(b->fd, &done, sizeof(done)));
		for (i = 0; i < mem.bytes / 4; i++)
			if (!mem.words[i] == (i == mem.bytes / 8))
				break;
		EXPECT_EQ(mem.bytes / 4, i);
		axp_mem_unmap(&mem);
		ASSERT_EQ(0, axp_destroy(b->fd, mem.buf));
	}
}

TEST_HARNESS_MAIN
