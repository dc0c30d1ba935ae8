// SPDX-License-Identifier: GPL-2.0
/*
 * The ABI: frozen layouts, and for every command what its header promises about
 * sizes, reserved fields, flags, handles and limits.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

#define SIZE(type, bytes)		static_assert(sizeof(struct type) == (bytes), #type)
#define AT(type, field, bytes)							\
	static_assert(offsetof(struct type, field) == (bytes), #type "." #field)

SIZE(axp_why, 24);
AT(axp_why, value, 8);
SIZE(axp_caps, 112);
AT(axp_caps, max_macs_per_job, 48);
AT(axp_caps, nr_pe, 64);
AT(axp_caps, engine, 96);
SIZE(axp_buf_create, 48);
AT(axp_buf_create, mmap_offset, 16);
AT(axp_buf_create, why, 24);
SIZE(axp_row, 24);
SIZE(axp_table_spec, 32);
SIZE(axp_table_create, 104);
AT(axp_table_create, spec, 16);
AT(axp_table_create, generation, 56);
AT(axp_table_create, why, 80);
SIZE(axp_table_write, 64);
AT(axp_table_write, generation, 32);
AT(axp_table_write, why, 40);
SIZE(axp_weights_create, 80);
AT(axp_weights_create, nr_bias, 32);
AT(axp_weights_create, why, 56);
SIZE(axp_destroy, 8);
SIZE(axp_ref, 16);
SIZE(axp_dot, 16);
SIZE(axp_gemm, 32);
SIZE(axp_conv2d, 64);
SIZE(axp_job, 184);
AT(axp_job, cookie, 16);
AT(axp_job, act, 24);
AT(axp_job, out, 40);
AT(axp_job, dot, 56);
SIZE(axp_submit, 56);
AT(axp_submit, first_seqno, 24);
AT(axp_submit, why, 32);
SIZE(axp_wait, 24);
SIZE(axp_stats, 136);
AT(axp_stats, energy_fj, 88);
SIZE(axp_completion, 160);
AT(axp_completion, stats, 24);
SIZE(axp_query_stats, 152);
AT(axp_query_stats, stats, 16);
SIZE(axp_fault, 24);
SIZE(axp_table_faults, 64);
AT(axp_table_faults, seed, 24);
AT(axp_table_faults, why, 40);
SIZE(axp_fault_stats, 32);
SIZE(axp_query_faults, 48);
AT(axp_query_faults, stats, 16);

#define NR_COMMANDS	11

static const struct {
	const char *name;
	unsigned long cmd;
	bool in;
} commands[NR_COMMANDS] = {
	{ "GET_CAPS", AXP_IOC_GET_CAPS, false },
	{ "BUF_CREATE", AXP_IOC_BUF_CREATE, true },
	{ "TABLE_CREATE", AXP_IOC_TABLE_CREATE, true },
	{ "TABLE_WRITE", AXP_IOC_TABLE_WRITE, true },
	{ "WEIGHTS_CREATE", AXP_IOC_WEIGHTS_CREATE, true },
	{ "DESTROY", AXP_IOC_DESTROY, true },
	{ "SUBMIT", AXP_IOC_SUBMIT, true },
	{ "WAIT", AXP_IOC_WAIT, true },
	{ "QUERY_STATS", AXP_IOC_QUERY_STATS, true },
	{ "TABLE_FAULTS", AXP_IOC_TABLE_FAULTS, true },
	{ "QUERY_FAULTS", AXP_IOC_QUERY_FAULTS, true },
};

/* One valid call of every command, with room behind the structure. */
FIXTURE(uapi)
{
	int fd;
	struct account *account;
	struct axp_row row;
	struct axp_fault fault;
	uint32_t codebook[2];
	uint8_t index[4];
	uint32_t table;
	uint32_t weights;
	uint32_t spare;
	struct axp_mem act;
	struct axp_mem out;
	struct axp_job job;
	union {
		struct axp_caps caps;
		struct axp_buf_create buf_create;
		struct axp_table_create table_create;
		struct axp_table_write table_write;
		struct axp_weights_create weights_create;
		struct axp_destroy destroy;
		struct axp_submit submit;
		struct axp_wait wait;
		struct axp_query_stats query;
		struct axp_table_faults faults;
		struct axp_query_faults query_faults;
		char bytes[512];
	} arg;
};

FIXTURE_SETUP(uapi)
{
	struct axp_table_spec spec = axp_spec_f32();

	self->account = account_open();
	self->fd = axp_open(0);
	self->row = (struct axp_row) {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_ONE, .wgt_care = ~0u,
		.product = F32_ONE,
	};
	self->fault = (struct axp_fault) { .target = AXP_FAULT_LUT, .mask = 1 };
	self->codebook[0] = F32_ONE;
	self->codebook[1] = F32_TWO;
	memset(self->index, 0, sizeof(self->index));
	ASSERT_EQ(0, axp_table(self->fd, &spec, &self->row, 1, &self->table, NULL));
	ASSERT_EQ(0, axp_weights_u8(self->fd, self->codebook, 2, self->index, 4,
				    &self->weights));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 4096, &self->out));
	self->job = axp_gemm(1, 2, 2, &self->act, &self->out, self->weights, self->table);
}

FIXTURE_TEARDOWN(uapi)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	account_close(self->account, self->fd);
	EXPECT_SETTLED(self->account);
}

static void fill(struct __test_metadata *_metadata, struct _test_data_uapi *self, unsigned int i)
{
	memset(&self->arg, 0, sizeof(self->arg));
	switch (commands[i].cmd) {
	case AXP_IOC_BUF_CREATE:
		self->arg.buf_create.bytes = 4096;
		break;
	case AXP_IOC_TABLE_CREATE:
		self->arg.table_create = (struct axp_table_create) {
			.rows = (uintptr_t)&self->row,
			.row_size = sizeof(self->row),
			.nr_rows = 1,
			.spec = axp_spec_f32(),
		};
		break;
	case AXP_IOC_TABLE_WRITE:
		self->arg.table_write = (struct axp_table_write) {
			.rows = (uintptr_t)&self->row,
			.row_size = sizeof(self->row),
			.nr_rows = 1,
			.table = self->table,
		};
		break;
	case AXP_IOC_WEIGHTS_CREATE:
		self->arg.weights_create = (struct axp_weights_create) {
			.codebook = (uintptr_t)self->codebook,
			.data = (uintptr_t)self->index,
			.count = 4,
			.format = AXP_WGT_U8,
			.nr_centroids = 2,
		};
		break;
	case AXP_IOC_DESTROY:
		ASSERT_EQ(0, axp_weights_u8(self->fd, self->codebook, 2, self->index, 4,
					    &self->spare));
		self->arg.destroy.id = self->spare;
		break;
	case AXP_IOC_SUBMIT:
		self->arg.submit = (struct axp_submit) {
			.jobs = (uintptr_t)&self->job,
			.job_size = sizeof(self->job),
			.nr_jobs = 1,
			.flags = AXP_SUBMIT_SYNC,
		};
		break;
	case AXP_IOC_TABLE_FAULTS:
		self->arg.faults = (struct axp_table_faults) {
			.faults = (uintptr_t)&self->fault,
			.fault_size = sizeof(self->fault),
			.nr_faults = 1,
			.table = self->table,
		};
		break;
	}
}

TEST_F(uapi, every_command_works)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		fill(_metadata, self, i);
		EXPECT_EQ(0, axp_ioctl(self->fd, commands[i].cmd, &self->arg))
			TH_LOG("%s", commands[i].name);
	}
}

TEST_F(uapi, unknown_commands)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		unsigned int type = _IOC_TYPE(AXP_IOC_GET_CAPS);

		if (i >= NR_COMMANDS)
			EXPECT_EQ(-ENOTTY, axp_ioctl(self->fd, _IOWR(type, i, struct axp_caps),
						     &self->arg));
		if (i != type)
			EXPECT_EQ(-ENOTTY, axp_ioctl(self->fd, _IOR(i, 0, struct axp_caps),
						     &self->arg));
	}
	/* another direction is another command */
	EXPECT_EQ(-ENOTTY, axp_ioctl(self->fd, _IOW(AXP_IOC_MAGIC, 0x00, struct axp_caps),
				     &self->arg));
	EXPECT_EQ(-ENOTTY, axp_ioctl(self->fd, _IOWR(AXP_IOC_MAGIC, 0x05, struct axp_destroy),
				     &self->arg));
	EXPECT_EQ(-ENOTTY, axp_ioctl(self->fd, _IO(AXP_IOC_MAGIC, 0x01), &self->arg));
}

TEST_F(uapi, short_structures)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		unsigned long cmd = commands[i].cmd;

		fill(_metadata, self, i);
		EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, axp_cmd_sized(cmd, _IOC_SIZE(cmd) - 8),
					     &self->arg))
			TH_LOG("%s", commands[i].name);
		EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, axp_cmd_sized(cmd, 0), &self->arg))
			TH_LOG("%s", commands[i].name);
	}
}

TEST_F(uapi, long_structures)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		unsigned long cmd = commands[i].cmd;
		size_t size = _IOC_SIZE(cmd);

		fill(_metadata, self, i);
		EXPECT_EQ(0, axp_ioctl(self->fd, axp_cmd_sized(cmd, size + 24), &self->arg))
			TH_LOG("%s, zero tail", commands[i].name);

		fill(_metadata, self, i);
		self->arg.bytes[size + 23] = 1;
		EXPECT_EQ(commands[i].in ? -E2BIG : 0,
			  axp_ioctl(self->fd, axp_cmd_sized(cmd, size + 24), &self->arg))
			TH_LOG("%s, tail", commands[i].name);
		/* what only comes out is zero where this kernel knows nothing */
		EXPECT_EQ(commands[i].in, self->arg.bytes[size + 23]);
	}
}

TEST_F(uapi, bad_pointers)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++)
		EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, commands[i].cmd, (void *)8))
			TH_LOG("command %u", i);

	fill(_metadata, self, 2);
	self->arg.table_create.rows = 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &self->arg));
	fill(_metadata, self, 2);
	self->arg.table_create.rows = ~0ull - 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &self->arg));
	fill(_metadata, self, 3);
	self->arg.table_write.rows = 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_TABLE_WRITE, &self->arg));
	fill(_metadata, self, 4);
	self->arg.weights_create.codebook = 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->arg));
	fill(_metadata, self, 4);
	self->arg.weights_create.data = 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->arg));
	fill(_metadata, self, 4);
	self->arg.weights_create.bias = 8;
	self->arg.weights_create.nr_bias = 1;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->arg));
	fill(_metadata, self, 6);
	self->arg.submit.jobs = 8;
	EXPECT_EQ(-EFAULT, axp_ioctl(self->fd, AXP_IOC_SUBMIT, &self->arg));
}

static uint32_t why_of(const void *arg, unsigned int i)
{
	static const size_t at[NR_COMMANDS] = {
		[1] = offsetof(struct axp_buf_create, why),
		[2] = offsetof(struct axp_table_create, why),
		[3] = offsetof(struct axp_table_write, why),
		[4] = offsetof(struct axp_weights_create, why),
		[6] = offsetof(struct axp_submit, why),
		[9] = offsetof(struct axp_table_faults, why),
	};
	struct axp_why why;

	memcpy(&why, (const char *)arg + at[i], sizeof(why));
	return why.reason;
}

static void refused(struct __test_metadata *_metadata, struct _test_data_uapi *self,
		    unsigned int i, const char *field, int err, uint32_t why)
{
	EXPECT_EQ(err, axp_ioctl(self->fd, commands[i].cmd, &self->arg))
		TH_LOG("command %u, %s", i, field);
	if (why)
		EXPECT_EQ(why, why_of(&self->arg, i))
			TH_LOG("command %u, %s", i, field);
}

/* Sets a field, expects an error and, where there is one, a reason. */
#define REFUSED(_i, _field, _value, _err, _why)				\
	do {								\
		unsigned int nr = (_i);					\
									\
		fill(_metadata, self, nr);				\
		self->arg._field = (_value);				\
		refused(_metadata, self, nr, #_field, _err, _why);	\
	} while (0)

TEST_F(uapi, flags_and_reserved_fields)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		uint32_t flag = 1u << bit;

		REFUSED(1, buf_create.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(2, table_create.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(2, table_create.rsvd, flag, -EINVAL, AXP_WHY_RESERVED);
		REFUSED(3, table_write.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(3, table_write.rsvd, flag, -EINVAL, AXP_WHY_RESERVED);
		REFUSED(4, weights_create.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(4, weights_create.rsvd, flag, -EINVAL, AXP_WHY_RESERVED);
		REFUSED(5, destroy.flags, flag, -EINVAL, 0);
		if (flag != AXP_SUBMIT_SYNC)
			REFUSED(6, submit.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(6, submit.rsvd, flag, -EINVAL, AXP_WHY_RESERVED);
		REFUSED(7, wait.flags, flag, -EINVAL, 0);
		REFUSED(7, wait.rsvd, flag, -EINVAL, 0);
		REFUSED(8, query.rsvd, flag, -EINVAL, 0);
		REFUSED(9, faults.flags, flag, -EINVAL, AXP_WHY_FLAGS);
		REFUSED(10, query_faults.rsvd, flag, -EINVAL, 0);
	}
	for (bit = 32; bit < 64; bit++) {
		REFUSED(8, query.rsvd, 1ull << bit, -EINVAL, 0);
		REFUSED(10, query_faults.rsvd, 1ull << bit, -EINVAL, 0);
	}
	REFUSED(10, query_faults.id, 1, -EINVAL, 0);
	REFUSED(10, query_faults.scope, 2, -EOPNOTSUPP, 0);
	REFUSED(8, query.id, 1, -EINVAL, 0);
	REFUSED(8, query.scope, 2, -EOPNOTSUPP, 0);
}

TEST_F(uapi, unknown_values)
{
	REFUSED(2, table_create.spec.accumulator, 2, -EOPNOTSUPP, AXP_WHY_ACCUMULATOR);
	REFUSED(2, table_create.spec.organisation, 5, -EOPNOTSUPP, AXP_WHY_ORGANISATION);
	REFUSED(2, table_create.spec.preset, 8, -EOPNOTSUPP, AXP_WHY_PRESET);
	REFUSED(2, table_create.spec.cam_class, 5, -EOPNOTSUPP, AXP_WHY_CAM_CLASS);
	REFUSED(2, table_create.spec.word_bits, 16, -EOPNOTSUPP, AXP_WHY_WORD_BITS);
	REFUSED(2, table_create.spec.lanes, 0, -EINVAL, AXP_WHY_LANES);
	REFUSED(2, table_create.spec.scale, 1, -EINVAL, AXP_WHY_SCALE);
	REFUSED(2, table_create.spec.max_term, 1, -EINVAL, AXP_WHY_MAX_TERM);
	REFUSED(4, weights_create.format, 3, -EOPNOTSUPP, AXP_WHY_FORMAT);
}

TEST_F(uapi, array_elements)
{
	struct {
		struct axp_row row;
		uint32_t tail[2];
	} rows[2] = { { .row = self->row }, { .row = self->row } };
	struct {
		struct axp_job job;
		uint64_t tail;
	} jobs[2] = { { .job = self->job }, { .job = self->job } };

	REFUSED(2, table_create.row_size, sizeof(struct axp_row) - 4, -EINVAL, AXP_WHY_SIZE);
	REFUSED(2, table_create.row_size, 1u << 20, -E2BIG, AXP_WHY_SIZE);
	REFUSED(3, table_write.row_size, sizeof(struct axp_row) - 4, -EINVAL, AXP_WHY_SIZE);
	REFUSED(6, submit.job_size, sizeof(struct axp_job) - 8, -EINVAL, AXP_WHY_SIZE);
	REFUSED(6, submit.job_size, 1u << 20, -E2BIG, AXP_WHY_SIZE);
	REFUSED(9, faults.fault_size, sizeof(struct axp_fault) - 4, -EINVAL, AXP_WHY_SIZE);
	REFUSED(9, faults.fault_size, 1u << 20, -E2BIG, AXP_WHY_SIZE);
	REFUSED(9, faults.faults, 8, -EFAULT, 0);
	REFUSED(9, faults.nr_faults, AXP_MAX_FAULTS + 1, -ENOSPC, AXP_WHY_COUNT);
	REFUSED(9, faults.table, self->weights, -ENOENT, AXP_WHY_HANDLE);

	fill(_metadata, self, 2);
	self->arg.table_create.rows = (uintptr_t)rows;
	self->arg.table_create.row_size = sizeof(rows[0]);
	self->arg.table_create.nr_rows = 2;
	EXPECT_EQ(0, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &self->arg));
	rows[1].tail[1] = 1;
	EXPECT_EQ(-E2BIG, axp_ioctl(self->fd, AXP_IOC_TABLE_CREATE, &self->arg));
	EXPECT_EQ(AXP_WHY_SIZE, self->arg.table_create.why.reason);
	EXPECT_EQ(1, self->arg.table_create.why.index);

	fill(_metadata, self, 6);
	self->arg.submit.jobs = (uintptr_t)jobs;
	self->arg.submit.job_size = sizeof(jobs[0]);
	self->arg.submit.nr_jobs = 2;
	EXPECT_EQ(0, axp_ioctl(self->fd, AXP_IOC_SUBMIT, &self->arg));
	jobs[1].tail = 1;
	EXPECT_EQ(-E2BIG, axp_ioctl(self->fd, AXP_IOC_SUBMIT, &self->arg));
	EXPECT_EQ(AXP_WHY_SIZE, self->arg.submit.why.reason);
	EXPECT_EQ(1, self->arg.submit.why.index);
}

TEST_F(uapi, handles)
{
	int other = axp_open(0);
	struct axp_why why;
	struct axp_job job;
	struct axp_stats stats;
	unsigned int i;
	const uint32_t bad[] = { 0, 0x7fffffff, ~0u };
	uint32_t table;
	struct axp_table_spec spec = axp_spec_f32();

	for (i = 0; i < 3; i++) {
		REFUSED(3, table_write.table, bad[i], -ENOENT, AXP_WHY_HANDLE);
		EXPECT_EQ(-ENOENT, axp_destroy(self->fd, bad[i]));
		EXPECT_EQ(-ENOENT, axp_stats(self->fd, AXP_STATS_TABLE, bad[i], &stats));
	}

	/* of another type */
	REFUSED(3, table_write.table, self->weights, -ENOENT, AXP_WHY_HANDLE);
	EXPECT_EQ(-ENOENT, axp_stats(self->fd, AXP_STATS_TABLE, self->act.buf, &stats));
	job = self->job;
	job.table = self->weights;
	EXPECT_EQ(-ENOENT, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(self->weights, why.value);
	job = self->job;
	job.weights = self->table;
	EXPECT_EQ(-ENOENT, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(AXP_WHY_HANDLE, why.reason);
	job = self->job;
	job.act.buf = self->table;
	EXPECT_EQ(-ENOENT, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	job = self->job;
	job.out.buf = 0;
	EXPECT_EQ(-ENOENT, axp_submit(self->fd, &job, 1, AXP_SUBMIT_SYNC, NULL, &why));

	/* of another client: the numbers start anew, so none of ours is there */
	EXPECT_EQ(-ENOENT, axp_submit(other, &self->job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(AXP_WHY_HANDLE, why.reason);
	EXPECT_EQ(-ENOENT, axp_destroy(other, self->table));
	EXPECT_EQ(0, axp_table(other, &spec, &self->row, 1, &table, NULL));
	EXPECT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, &why));
	account_close(self->account, other);

	/* destroyed */
	EXPECT_EQ(0, axp_destroy(self->fd, self->table));
	EXPECT_EQ(-ENOENT, axp_destroy(self->fd, self->table));
	EXPECT_EQ(-ENOENT, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, &why));
}

TEST_F(uapi, caps)
{
	struct axp_caps caps;
	char engine[32];

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &caps));
	EXPECT_EQ(0x7, caps.op_mask);
	EXPECT_EQ(0x3, caps.acc_mask);
	EXPECT_EQ(0x1f, caps.org_mask);
	EXPECT_EQ(0xff, caps.preset_mask);
	EXPECT_EQ(0x1f, caps.cam_class_mask);
	EXPECT_GE(caps.nr_pe, 1);
	EXPECT_GT(caps.max_macs_per_job, 0);
	ASSERT_EQ(0, axp_sysfs_read("engine", engine, sizeof(engine)));
	EXPECT_STREQ(engine, caps.engine);
}

TEST_F(uapi, limits)
{
	struct axp_caps caps;
	struct axp_job job = self->job;
	struct axp_why why;

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &caps));

	REFUSED(1, buf_create.bytes, 0, -EINVAL, AXP_WHY_COUNT);
	REFUSED(1, buf_create.bytes, caps.max_bytes + 1, -ENOSPC, AXP_WHY_MEMORY);
	EXPECT_EQ(caps.max_bytes, self->arg.buf_create.why.limit);
	REFUSED(1, buf_create.bytes, ~0ull, -ENOSPC, AXP_WHY_MEMORY);
	REFUSED(2, table_create.nr_rows, caps.max_lut_words + 1, -ENOSPC, AXP_WHY_LUT_WORDS);
	REFUSED(2, table_create.nr_rows, ~0u, -ENOSPC, AXP_WHY_LUT_WORDS);
	REFUSED(3, table_write.nr_rows, 0, -EINVAL, AXP_WHY_COUNT);
	REFUSED(3, table_write.nr_rows, ~0u, -ENOSPC, AXP_WHY_LUT_WORDS);
	REFUSED(3, table_write.first, 2, -ERANGE, AXP_WHY_COUNT);
	REFUSED(3, table_write.first, ~0u, -ERANGE, AXP_WHY_COUNT);
	REFUSED(4, weights_create.count, 0, -EINVAL, AXP_WHY_COUNT);
	REFUSED(4, weights_create.count, caps.max_bytes + 1, -ENOSPC, AXP_WHY_MEMORY);
	REFUSED(4, weights_create.nr_centroids, 0, -EINVAL, AXP_WHY_CENTROIDS);
	REFUSED(4, weights_create.nr_centroids, 257, -EINVAL, AXP_WHY_CENTROIDS);
	REFUSED(6, submit.nr_jobs, 0, -EINVAL, AXP_WHY_COUNT);
	REFUSED(6, submit.nr_jobs, caps.max_jobs_per_submit + 1, -ENOSPC, AXP_WHY_COUNT);
	EXPECT_EQ(caps.max_jobs_per_submit, self->arg.submit.why.limit);
	REFUSED(7, wait.seqno, 1, -EINVAL, 0);

	job.gemm.m = 1u << 31;
	job.gemm.n = 1u << 31;
	job.gemm.k = 1u << 31;
	EXPECT_EQ(-EOVERFLOW, axp_submit(self->fd, &job, 1, 0, NULL, &why));
	job.gemm.m = 1;
	job.gemm.n = 1u << 21;
	job.gemm.k = 1u << 21;
	EXPECT_EQ(-ENOSPC, axp_submit(self->fd, &job, 1, 0, NULL, &why));
	EXPECT_EQ(AXP_WHY_MACS, why.reason);
	EXPECT_EQ(caps.max_macs_per_job, why.limit);
	EXPECT_EQ(1ull << 42, why.value);
}

/* Failing calls must leave nothing: as many handles fit as before. */
TEST_F(uapi, object_limit)
{
	struct axp_caps caps;
	uint32_t nr = 4, made = 0, first = 0, weights;
	int err = 0;

	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &caps));
	while (nr <= caps.max_objects) {
		err = axp_weights_u8(self->fd, self->codebook, 2, self->index, 4, &weights);
		if (err)
			break;
		if (!first)
			first = weights;
		made++;
		nr++;
	}
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(caps.max_objects - 4, made);
	fill(_metadata, self, 4);
	EXPECT_EQ(-ENOSPC, axp_ioctl(self->fd, AXP_IOC_WEIGHTS_CREATE, &self->arg));
	EXPECT_EQ(AXP_WHY_COUNT, self->arg.weights_create.why.reason);
	EXPECT_EQ(caps.max_objects, self->arg.weights_create.why.limit);
	EXPECT_EQ(0, axp_destroy(self->fd, first));
	EXPECT_EQ(0, axp_weights_u8(self->fd, self->codebook, 2, self->index, 4, &weights));
}

TEST_HARNESS_MAIN
