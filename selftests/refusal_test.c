// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals: from a valid call of every command one thing is broken at a time.
 * The call fails with the errno and the reason that the ABI documents, and
 * changes nothing: not its argument, not what the client did, owns or gets next.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../../kselftest_harness.h"
#include "abi_util.h"
#include "totals_util.h"

/* Tests run in children: the number of refused inputs is shared. */
static unsigned long *refused;

static void __attribute__((constructor)) share_counter(void)
{
	refused = mmap(NULL, sizeof(*refused), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE(refusal)
{
	struct abi *abi;
	struct axp_stats stats;
	struct account *account;
};

FIXTURE_SETUP(refusal)
{
	self->account = account_open();
	self->abi = malloc(sizeof(*self->abi));
	ASSERT_NE(NULL, self->abi);
	ASSERT_EQ(0, abi_init(self->abi, axp_open(0)));
	ASSERT_EQ(0, axp_stats(self->abi->fd, AXP_STATS_CLIENT, 0, &self->stats));
}

/* After all of it the client works as if nothing had happened, and so does the device. */
FIXTURE_TEARDOWN(refusal)
{
	struct abi *abi = self->abi;
	unsigned int i;

	for (i = 0; i < NR_ABI_COMMANDS; i++) {
		abi_fill(abi, i);
		EXPECT_EQ(0, abi_call(abi, i))
			TH_LOG("%s", abi_commands[i].name);
		abi_undo(abi, i);
	}
	abi_unmap(abi);
	account_close(self->account, abi->fd);
	free(abi);
	EXPECT_SETTLED(self->account);
}

/**
 * struct refusal - what is expected of a call
 * @what: for the log
 * @nr: command
 * @err: negative errno
 * @why: enum axp_reason, 0: any or none
 * @index: element of the array
 */
struct refusal {
	const char *what;
	enum abi_command_nr nr;
	int err;
	uint32_t why;
	uint32_t index;
};

/* The call as it stands in @abi, with the command number @cmd. */
static void expect_refusal(struct __test_metadata *_metadata, struct _test_data_refusal *self,
			   const struct refusal *r, unsigned long cmd, void *arg)
{
	static char before[ABI_BYTES];
	struct abi *abi = self->abi;
	size_t why_at = abi_commands[r->nr].why;
	struct axp_stats stats;
	struct axp_why why;
	int err;

	memcpy(before, &abi->arg, sizeof(before));
	err = axp_ioctl(abi->fd, cmd, arg);
	why = abi_why(abi, r->nr);
	EXPECT_EQ(r->err, err)
		TH_LOG("%s, %s", abi_commands[r->nr].name, r->what);
	if (r->why) {
		EXPECT_EQ(r->why, why.reason)
			TH_LOG("%s, %s", abi_commands[r->nr].name, r->what);
		EXPECT_EQ(r->index, why.index)
			TH_LOG("%s, %s", abi_commands[r->nr].name, r->what);
	}
	if (!err) {
		abi_undo(abi, r->nr);
		return;
	}
	if (why_at)
		memcpy(before + why_at, &why, sizeof(why));
	EXPECT_EQ(0, memcmp(before, &abi->arg, sizeof(before)))
		TH_LOG("%s, %s: the argument changed", abi_commands[r->nr].name, r->what);
	ASSERT_EQ(0, axp_stats(abi->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(0, memcmp(&stats, &self->stats, sizeof(stats)))
		TH_LOG("%s, %s: counted", abi_commands[r->nr].name, r->what);
	++*refused;
}

/* A valid call but for one value of one field. */
static void refuse_field(struct __test_metadata *_metadata, struct _test_data_refusal *self,
			 const struct abi_field *f, uint64_t value, int err, uint32_t why)
{
	struct abi *abi = self->abi;
	const struct refusal r = {
		.what = f->name, .nr = f->command, .err = err, .why = why,
		.index = why && f->place != ABI_ARG,
	};
	uint32_t word = value;

	abi->op = f->op < 0 ? AXP_OP_GEMM : f->op;
	abi_fill(abi, f->command);
	if (f->size == 8)
		memcpy((char *)abi_place(abi, f->place) + f->offset, &value, 8);
	else
		memcpy((char *)abi_place(abi, f->place) + f->offset, &word, 4);
	expect_refusal(_metadata, self, &r, abi_commands[f->command].cmd, &abi->arg);
	/* rows are the fixture's, not made anew */
	if (f->place == ABI_ROW)
		abi->rows[1].flags = 0;
}

/* Every bit that is not known, and all of them at once. */
static void refuse_bits(struct __test_metadata *_metadata, struct _test_data_refusal *self,
			const struct abi_field *f)
{
	unsigned int bit;

	ASSERT_TRUE(f->size == 4 || f->size == 8)
		TH_LOG("%s", f->name);
	for (bit = 0; bit < f->size * 8; bit++)
		if (!(f->known >> bit & 1))
			refuse_field(_metadata, self, f, 1ull << bit, -EINVAL, f->why);
	refuse_field(_metadata, self, f, ~0ull, -EINVAL, f->why);
}

TEST_F_TIMEOUT(refusal, flags_and_reserved_fields, 300)
{
	unsigned int i;

	for (i = 0; abi_fields[i].name; i++)
		if (abi_fields[i].kind == ABI_FLAGS || abi_fields[i].kind == ABI_RSVD)
			refuse_bits(_metadata, self, &abi_fields[i]);
}

TEST_F_TIMEOUT(refusal, bytes_past_a_shape, 300)
{
	unsigned int word, words = 0;
	struct abi_field f;
	uint32_t op;

	for (op = 0; op <= AXP_OP_CONV2D; op++)
		for (word = 0; abi_pad(op, word, &f); word++, words++)
			refuse_bits(_metadata, self, &f);
	EXPECT_EQ(14 + 12 + 8, words);
}

/* What is only returned does not matter when it goes in. */
TEST_F_TIMEOUT(refusal, results_go_in_unseen, 300)
{
	struct abi *abi = self->abi;
	unsigned int i;

	for (i = 0; abi_fields[i].name; i++) {
		const struct abi_field *f = &abi_fields[i];

		if (f->kind != ABI_RESULT)
			continue;
		abi_fill(abi, f->command);
		memset((char *)abi_place(abi, f->place) + f->offset, 0xff, f->size);
		EXPECT_EQ(0, abi_call(abi, f->command))
			TH_LOG("%s", f->name);
		abi_undo(abi, f->command);
	}
}

/* Marks the bytes of @f in @seen; false: some are another field's. */
static bool mark(char *seen, const struct abi_field *f)
{
	bool fresh = !memchr(seen + f->offset, 1, f->size);

	memset(seen + f->offset, 1, f->size);
	/* of the flags of a job some are one operation's */
	return fresh || f->kind == ABI_FLAGS;
}

static void check_fields(struct __test_metadata *_metadata, enum abi_command_nr nr,
			 enum abi_place place, uint32_t op)
{
	size_t bytes = abi_place_bytes(nr, place), at;
	const struct abi_field *f;
	struct abi_field pad;
	char seen[1024] = {};
	unsigned int word;

	for (f = abi_fields; f->name; f++)
		if (f->command == nr && f->place == place && (f->op < 0 || f->op == op))
			EXPECT_TRUE(mark(seen, f))
				TH_LOG("%s is there twice", f->name);
	for (word = 0; bytes && place == ABI_JOB && abi_pad(op, word, &pad); word++)
		EXPECT_TRUE(mark(seen, &pad));
	for (at = 0; at < sizeof(seen); at++)
		if (at < bytes ? !seen[at] : seen[at])
			break;
	EXPECT_EQ(sizeof(seen), at)
		TH_LOG("%s, place %u, operation %u: byte %zu is no field, or none is there",
		       abi_commands[nr].name, place, op, at);
}

/*
 * The tests go by abi_fields[]: each byte of what a call passes belongs to one field,
 * so none that is added to the ABI can be forgotten there.
 */
TEST_F(refusal, every_byte_is_a_field)
{
	uint32_t nr, place, op;

	for (nr = 0; nr < NR_ABI_COMMANDS; nr++)
		for (place = 0; place < NR_ABI_PLACES; place++)
			for (op = 0; op <= AXP_OP_CONV2D; op++)
				check_fields(_metadata, nr, place, op);
}

TEST_F_TIMEOUT(refusal, unknown_values, 300)
{
	unsigned int i, j;

	for (i = 0; abi_fields[i].name; i++) {
		const struct abi_field *f = &abi_fields[i];
		const uint64_t values[] = { f->known, f->known + 1, 255, 256, 1 << 16, 1 << 31,
					    ~0u };

		if (f->kind == ABI_VALUE)
			for (j = 0; j < ARRAY_SIZE(values); j++)
				refuse_field(_metadata, self, f, values[j], -EOPNOTSUPP, f->why);
	}
}

TEST_F_TIMEOUT(refusal, handles, 300)
{
	struct abi *abi = self->abi, *other = malloc(sizeof(*other));
	uint32_t gone, theirs[64];
	unsigned int i, j;
	int fd = axp_open(0);

	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, abi_init(other, fd));
	/* handles of another client that this one has not given out yet */
	for (i = 0; i < ARRAY_SIZE(theirs); i++)
		ASSERT_EQ(0, axp_weights_u8(fd, abi->codebook, 4, abi->index, 16, &theirs[i]));
	abi_fill(abi, ABI_DESTROY);	/* has its spare object before */
	ASSERT_EQ(0, axp_weights_u8(abi->fd, abi->codebook, 4, abi->index, 16, &gone));
	ASSERT_EQ(0, axp_destroy(abi->fd, gone));

	for (i = 0; abi_fields[i].name; i++) {
		const struct abi_field *f = &abi_fields[i];
		const uint32_t of[] = {
			[ABI_BUFFER] = abi->act.buf, [ABI_TABLE] = abi->table,
			[ABI_WEIGHTS] = abi->weights,
		};
		const uint32_t bad[] = { 0, gone, 1000, 0x7fffffff, 0x80000000, ~0u };

		if (f->kind < ABI_BUFFER || f->kind > ABI_ANY_HANDLE)
			continue;
		for (j = f->known ? 1 : 0; j < ARRAY_SIZE(bad); j++)
			refuse_field(_metadata, self, f, bad[j], -ENOENT, f->why);
		for (j = 0; j < ARRAY_SIZE(theirs); j++)
			if (theirs[j] > gone)
				refuse_field(_metadata, self, f, theirs[j], -ENOENT, f->why);
		for (j = ABI_BUFFER; j <= ABI_WEIGHTS && f->kind != ABI_ANY_HANDLE; j++)
			if (j != f->kind)
				refuse_field(_metadata, self, f, of[j], -ENOENT, f->why);
	}
	/* nothing of the other client was touched */
	for (i = 0; i < ARRAY_SIZE(theirs); i++)
		EXPECT_EQ(0, axp_destroy(fd, theirs[i]));
	abi_unmap(other);
	account_close(self->account, fd);
	free(other);
}

TEST_F_TIMEOUT(refusal, pointers, 300)
{
	const uint64_t bad[] = {
		8, 0xffff888000000000ull, 0x8000000000000000ull, 0x00007ffffffff000ull - 8,
		~0ull - 7, ~0ull,
	};
	struct abi *abi = self->abi;
	struct refusal r = { .err = -EFAULT };
	unsigned int i, j;

	for (i = 0; abi_fields[i].name; i++)
		if (abi_fields[i].kind == ABI_POINTER)
			for (j = 0; j < ARRAY_SIZE(bad); j++)
				refuse_field(_metadata, self, &abi_fields[i], bad[j], -EFAULT, 0);
	r.what = "argument";
	for (r.nr = 0; r.nr < NR_ABI_COMMANDS; r.nr++) {
		abi_fill(abi, r.nr);
		expect_refusal(_metadata, self, &r, abi_commands[r.nr].cmd, NULL);
		expect_refusal(_metadata, self, &r, abi_commands[r.nr].cmd, (void *)~7ul);
	}
	/* biases come with their number */
	r = (struct refusal) { "bias", ABI_WEIGHTS_CREATE, -EINVAL, AXP_WHY_BIAS, 0 };
	abi_fill(abi, r.nr);
	abi->arg.weights_create.bias = 0;
	expect_refusal(_metadata, self, &r, AXP_IOC_WEIGHTS_CREATE, &abi->arg);
	abi_fill(abi, r.nr);
	abi->arg.weights_create.nr_bias = 0;
	expect_refusal(_metadata, self, &r, AXP_IOC_WEIGHTS_CREATE, &abi->arg);
	r.err = -EFAULT;
	r.why = 0;
	abi_fill(abi, r.nr);
	abi->arg.weights_create.bias = 8;
	expect_refusal(_metadata, self, &r, AXP_IOC_WEIGHTS_CREATE, &abi->arg);
}

/* The last byte of the argument lies on the last byte of a page. */
TEST_F_TIMEOUT(refusal, argument_at_the_end_of_memory, 300)
{
	struct abi *abi = self->abi;
	unsigned int i;
	char *page;

	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	for (i = 0; i < NR_ABI_COMMANDS; i++) {
		size_t size = _IOC_SIZE(abi_commands[i].cmd);
		char *at = page + 4096 - size;

		abi_fill(abi, i);
		memcpy(at, &abi->arg, size);
		EXPECT_EQ(0, axp_ioctl(abi->fd, abi_commands[i].cmd, at))
			TH_LOG("%s", abi_commands[i].name);
		memcpy(&abi->arg, at, size);
		abi_undo(abi, i);
		abi_fill(abi, i);
		memcpy(at + 8, &abi->arg, size - 8);
		EXPECT_EQ(-EFAULT, axp_ioctl(abi->fd, abi_commands[i].cmd, at + 8))
			TH_LOG("%s", abi_commands[i].name);
		++*refused;
	}
	munmap(page, 4096);
}

TEST_F_TIMEOUT(refusal, sizes, 300)
{
	struct abi *abi = self->abi;
	struct refusal r;
	size_t size, at;

	for (r.nr = 0; r.nr < NR_ABI_COMMANDS; r.nr++) {
		const struct abi_command *c = &abi_commands[r.nr];
		size_t known = _IOC_SIZE(c->cmd);

		r.what = "short";
		r.err = -EINVAL;
		r.why = 0;
		for (size = 0; size < c->first; size++) {
			abi_fill(abi, r.nr);
			expect_refusal(_metadata, self, &r, axp_cmd_sized(c->cmd, size),
				       &abi->arg);
		}
		for (size = known + 1; size < ABI_BYTES; size += 1 + size / 2) {
			abi_fill(abi, r.nr);
			EXPECT_EQ(0, axp_ioctl(abi->fd, axp_cmd_sized(c->cmd, size), &abi->arg))
				TH_LOG("%s, %zu bytes, zeros behind", c->name, size);
			abi_undo(abi, r.nr);
		}
		/* counted again: the longer calls of above were good ones */
		ASSERT_EQ(0, axp_stats(abi->fd, AXP_STATS_CLIENT, 0, &self->stats));
		r.what = "long";
		r.err = -E2BIG;
		for (size = known + 1; c->in && size < ABI_BYTES; size += 1 + size / 2) {
			for (at = known; at < size; at += 1 + (at - known) * 3) {
				abi_fill(abi, r.nr);
				abi->arg.bytes[at] = 1;
				expect_refusal(_metadata, self, &r, axp_cmd_sized(c->cmd, size),
					       &abi->arg);
			}
			abi_fill(abi, r.nr);
			abi->arg.bytes[size - 1] = 0x80;
			expect_refusal(_metadata, self, &r, axp_cmd_sized(c->cmd, size),
				       &abi->arg);
		}
	}
}

/* A table or jobs whose elements are larger than this kernel's, at @array. */
static void send_elements(struct abi *abi, enum abi_command_nr nr, void *array, size_t size)
{
	const void *elements[2] = { &abi->rows[0], &abi->rows[1] };
	size_t known = sizeof(abi->rows[0]);
	unsigned int i;

	abi_fill(abi, nr);
	if (nr == ABI_SUBMIT) {
		elements[0] = &abi->jobs[0];
		elements[1] = &abi->jobs[1];
		known = sizeof(abi->jobs[0]);
		abi->arg.submit.jobs = (uintptr_t)array;
		abi->arg.submit.job_size = size;
	} else if (nr == ABI_TABLE_CREATE) {
		abi->arg.table_create.rows = (uintptr_t)array;
		abi->arg.table_create.row_size = size;
	} else if (nr == ABI_TABLE_FAULTS) {
		elements[0] = &abi->faults[0];
		elements[1] = &abi->faults[1];
		known = sizeof(abi->faults[0]);
		abi->arg.table_faults.faults = (uintptr_t)array;
		abi->arg.table_faults.fault_size = size;
	} else {
		abi->arg.table_write.rows = (uintptr_t)array;
		abi->arg.table_write.row_size = size;
	}
	memset(array, 0, 2 * size);
	for (i = 0; i < 2; i++)
		memcpy((char *)array + i * size, elements[i], known);
}

TEST_F_TIMEOUT(refusal, sizes_of_elements, 300)
{
	struct abi *abi = self->abi;
	static char array[2 * 4096];
	struct refusal r;
	unsigned int i;
	size_t size;

	for (i = 0; abi_fields[i].name; i++) {
		const struct abi_field *f = &abi_fields[i];

		if (f->kind != ABI_ELEMENT)
			continue;
		for (size = 0; size < f->known; size++)
			refuse_field(_metadata, self, f, size, -EINVAL, f->why);
		for (size = 4097; size; size = size * 2 & ~0u)
			refuse_field(_metadata, self, f, size, -E2BIG, f->why);
		refuse_field(_metadata, self, f, ~0u, -E2BIG, f->why);

		r = (struct refusal) { "tail", f->command, -E2BIG, f->why, 1 };
		for (size = f->known + 1; size <= 4096; size += 1 + size / 2) {
			send_elements(abi, r.nr, array, size);
			EXPECT_EQ(0, abi_call(abi, r.nr))
				TH_LOG("%s of %zu bytes, zeros behind", f->name, size);
			abi_undo(abi, r.nr);
			ASSERT_EQ(0, axp_stats(abi->fd, AXP_STATS_CLIENT, 0, &self->stats));
			send_elements(abi, r.nr, array, size);
			array[2 * size - 1] = 1;
			expect_refusal(_metadata, self, &r, abi_commands[r.nr].cmd, &abi->arg);
			send_elements(abi, r.nr, array, size);
			array[size + f->known] = 0xff;
			expect_refusal(_metadata, self, &r, abi_commands[r.nr].cmd, &abi->arg);
		}
	}
}

TEST_F_TIMEOUT(refusal, references, 300)
{
	unsigned int i, j;

	for (i = 0; abi_fields[i].name; i++) {
		const struct abi_field *f = &abi_fields[i];
		/* 16 elements of 4 bytes are read, and written */
		const uint64_t beyond[] = { 4096 - 60, 4096, 1ull << 32, 1ull << 62, 1ull << 63,
					    ~0ull - 63 - 4 };

		if (f->kind != ABI_OFFSET)
			continue;
		for (j = 1; j < 16; j++)
			if (j % 4)
				refuse_field(_metadata, self, f, j, -EINVAL, AXP_WHY_ALIGN);
		refuse_field(_metadata, self, f, ~0ull, -EINVAL, AXP_WHY_ALIGN);
		for (j = 0; j < ARRAY_SIZE(beyond); j++)
			refuse_field(_metadata, self, f, beyond[j], -ERANGE, f->why);
		refuse_field(_metadata, self, f, ~0ull - 3, -EOVERFLOW, AXP_WHY_OVERFLOW);
		refuse_field(_metadata, self, f, ~0ull - 59, -EOVERFLOW, AXP_WHY_OVERFLOW);
	}
}

/* A batch of two jobs, the second one broken. */
static void refuse_job(struct __test_metadata *_metadata, struct _test_data_refusal *self,
		       const struct axp_job *job, const char *what, int err, uint32_t why)
{
	const struct refusal r = { what, ABI_SUBMIT, err, why, why != 0 };
	struct abi *abi = self->abi;

	abi_fill(abi, ABI_SUBMIT);
	abi->jobs[1] = *job;
	expect_refusal(_metadata, self, &r, AXP_IOC_SUBMIT, &abi->arg);
}

#define REFUSED_JOB(_field, _value, _err, _why)						\
	do {										\
		struct axp_job broken = job;						\
											\
		broken._field = (_value);						\
		refuse_job(_metadata, self, &broken, #_field " " #_value, _err, _why);	\
	} while (0)

TEST_F_TIMEOUT(refusal, dot, 300)
{
	struct axp_job job;

	self->abi->op = AXP_OP_DOT;
	abi_fill(self->abi, ABI_SUBMIT);
	job = self->abi->jobs[0];
	REFUSED_JOB(dot.count, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(dot.len, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(dot.count, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(dot.len, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(dot.wgt_step, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(dot.wgt_step, ~0u, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(dot.act_step, 400, -ERANGE, AXP_WHY_RANGE_ACT);
	REFUSED_JOB(dot.act_step, ~0u, -ERANGE, AXP_WHY_RANGE_ACT);
	REFUSED_JOB(flags, AXP_JOB_KY_CI_KX, -EINVAL, AXP_WHY_FLAGS);
	job.dot.wgt_step = 0;
	job.dot.act_step = 0;
	REFUSED_JOB(dot.count, 1025, -ERANGE, AXP_WHY_RANGE_OUT);
	REFUSED_JOB(dot.count, ~0u, -ERANGE, AXP_WHY_RANGE_OUT);
	job.dot.count = ~0u;
	REFUSED_JOB(dot.len, ~0u, -ENOSPC, AXP_WHY_MACS);
}

TEST_F_TIMEOUT(refusal, gemm, 300)
{
	struct axp_job job;

	self->abi->op = AXP_OP_GEMM;
	abi_fill(self->abi, ABI_SUBMIT);
	job = self->abi->jobs[0];
	REFUSED_JOB(gemm.m, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.n, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.k, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.m, 257, -ERANGE, AXP_WHY_RANGE_ACT);
	REFUSED_JOB(gemm.n, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(gemm.k, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(gemm.ld_act, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.ld_wgt, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.ld_out, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(gemm.ld_act, ~0u, -ERANGE, AXP_WHY_RANGE_ACT);
	REFUSED_JOB(gemm.ld_wgt, 5, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(gemm.ld_out, ~0u, -ERANGE, AXP_WHY_RANGE_OUT);
	REFUSED_JOB(flags, AXP_JOB_KY_CI_KX, -EINVAL, AXP_WHY_FLAGS);
	REFUSED_JOB(out.buf, job.act.buf, -EINVAL, AXP_WHY_OVERLAP);
	job.gemm.m = ~0u;
	job.gemm.n = ~0u;
	REFUSED_JOB(gemm.k, ~0u, -EOVERFLOW, AXP_WHY_OVERFLOW);
	job.out.buf = job.act.buf;
	job.gemm = (struct axp_gemm) { .m = 4, .n = 4, .k = 4 };
	REFUSED_JOB(out.offset, 60, -EINVAL, AXP_WHY_OVERLAP);
	job.act.offset = 60;
	REFUSED_JOB(out.offset, 0, -EINVAL, AXP_WHY_OVERLAP);
}

TEST_F_TIMEOUT(refusal, conv2d, 300)
{
	struct axp_job job;

	self->abi->op = AXP_OP_CONV2D;
	abi_fill(self->abi, ABI_SUBMIT);
	job = self->abi->jobs[0];
	REFUSED_JOB(conv2d.n, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.c, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.h, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.w, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.oc, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.kh, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.kw, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.groups, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.stride_h, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.stride_w, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.dil_h, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.dil_w, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSED_JOB(conv2d.groups, 3, -EINVAL, AXP_WHY_GROUPS);
	REFUSED_JOB(conv2d.groups, ~0u, -EINVAL, AXP_WHY_GROUPS);
	REFUSED_JOB(conv2d.kh, 4, -EINVAL, AXP_WHY_KERNEL);
	REFUSED_JOB(conv2d.kw, 4, -EINVAL, AXP_WHY_KERNEL);
	REFUSED_JOB(conv2d.kh, ~0u, -EINVAL, AXP_WHY_KERNEL);
	REFUSED_JOB(conv2d.dil_h, 3, -EINVAL, AXP_WHY_KERNEL);
	REFUSED_JOB(conv2d.dil_w, ~0u, -EINVAL, AXP_WHY_KERNEL);
	REFUSED_JOB(conv2d.oc, 3, -ERANGE, AXP_WHY_RANGE_WGT);
	REFUSED_JOB(conv2d.n, 57, -ERANGE, AXP_WHY_RANGE_ACT);
	REFUSED_JOB(conv2d.pad_left, 1024, -ERANGE, AXP_WHY_RANGE_OUT);
	job.conv2d.pad_top = ~0u;
	REFUSED_JOB(conv2d.pad_bottom, ~0u, -EOVERFLOW, AXP_WHY_OVERFLOW);
}

/* What only the whole call can tell. */
TEST_F_TIMEOUT(refusal, counts, 300)
{
	struct abi *abi = self->abi;
	struct axp_caps caps;
	struct refusal r;

	ASSERT_EQ(0, axp_ioctl(abi->fd, AXP_IOC_GET_CAPS, &caps));
#define REFUSED(_nr, _field, _value, _err, _why, _index)				\
	do {										\
		r = (struct refusal) { #_field " " #_value, _nr, _err, _why, _index };	\
		abi_fill(abi, r.nr);							\
		abi->arg._field = (_value);						\
		expect_refusal(_metadata, self, &r, abi_commands[r.nr].cmd, &abi->arg);	\
	} while (0)

	REFUSED(ABI_BUF_CREATE, buf_create.bytes, 0, -EINVAL, AXP_WHY_COUNT, 0);
	REFUSED(ABI_BUF_CREATE, buf_create.bytes, caps.max_bytes + 1, -ENOSPC, AXP_WHY_MEMORY, 0);
	REFUSED(ABI_BUF_CREATE, buf_create.bytes, caps.max_bytes, -ENOSPC, AXP_WHY_MEMORY, 0);
	REFUSED(ABI_BUF_CREATE, buf_create.bytes, ~0ull, -ENOSPC, AXP_WHY_MEMORY, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.nr_rows, caps.max_lut_words + 1, -ENOSPC,
		AXP_WHY_LUT_WORDS, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.nr_rows, ~0u, -ENOSPC, AXP_WHY_LUT_WORDS, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.organisation, ~0u, -EOPNOTSUPP,
		AXP_WHY_ORGANISATION, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.lanes, 0, -EINVAL, AXP_WHY_LANES, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.lanes, 2, -EINVAL, AXP_WHY_LANES, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.lanes, ~0u, -EINVAL, AXP_WHY_LANES, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.word_bits, 0, -EOPNOTSUPP,
		AXP_WHY_WORD_BITS, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.word_bits, 31, -EOPNOTSUPP,
		AXP_WHY_WORD_BITS, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.scale, -1, -EINVAL, AXP_WHY_SCALE, 0);
	REFUSED(ABI_TABLE_CREATE, table_create.spec.max_term, 1, -EINVAL, AXP_WHY_MAX_TERM, 0);
	REFUSED(ABI_TABLE_WRITE, table_write.nr_rows, 0, -EINVAL, AXP_WHY_COUNT, 0);
	REFUSED(ABI_TABLE_WRITE, table_write.nr_rows, ~0u, -ENOSPC, AXP_WHY_LUT_WORDS, 0);
	REFUSED(ABI_TABLE_WRITE, table_write.first, 3, -ERANGE, AXP_WHY_COUNT, 0);
	REFUSED(ABI_TABLE_WRITE, table_write.first, ~0u, -ERANGE, AXP_WHY_COUNT, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.count, 0, -EINVAL, AXP_WHY_COUNT, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.count, caps.max_bytes, -ENOSPC,
		AXP_WHY_MEMORY, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.nr_bias, ~0u, -ENOSPC, AXP_WHY_MEMORY, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.nr_centroids, 0, -EINVAL,
		AXP_WHY_CENTROIDS, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.nr_centroids, 257, -EINVAL,
		AXP_WHY_CENTROIDS, 0);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.nr_centroids, 3, -ERANGE, AXP_WHY_INDEX, 3);
	REFUSED(ABI_WEIGHTS_CREATE, weights_create.format, AXP_WGT_F32, -EINVAL,
		AXP_WHY_CENTROIDS, 0);
	REFUSED(ABI_SUBMIT, submit.nr_jobs, 0, -EINVAL, AXP_WHY_COUNT, 0);
	REFUSED(ABI_SUBMIT, submit.nr_jobs, caps.max_jobs_per_submit + 1, -ENOSPC,
		AXP_WHY_COUNT, 0);
	REFUSED(ABI_SUBMIT, submit.nr_jobs, ~0u, -ENOSPC, AXP_WHY_COUNT, 0);
	REFUSED(ABI_WAIT, wait.seqno, 1ull << 32, -EINVAL, 0, 0);
	REFUSED(ABI_WAIT, wait.seqno, ~0ull, -EINVAL, 0, 0);

	r = (struct refusal) { "count", ABI_WEIGHTS_CREATE, -EOVERFLOW, AXP_WHY_OVERFLOW, 0 };
	abi_fill(abi, r.nr);
	abi->arg.weights_create.format = AXP_WGT_F32;
	abi->arg.weights_create.codebook = 0;
	abi->arg.weights_create.nr_centroids = 0;
	abi->arg.weights_create.count = 1ull << 62;
	expect_refusal(_metadata, self, &r, AXP_IOC_WEIGHTS_CREATE, &abi->arg);
	abi->arg.weights_create.count = ~0ull;
	expect_refusal(_metadata, self, &r, AXP_IOC_WEIGHTS_CREATE, &abi->arg);

	r = (struct refusal) { "query of a client", ABI_QUERY_STATS, -EINVAL, 0, 0 };
	abi_fill(abi, r.nr);
	abi->arg.query.scope = AXP_STATS_CLIENT;
	expect_refusal(_metadata, self, &r, AXP_IOC_QUERY_STATS, &abi->arg);
}

TEST_F_TIMEOUT(refusal, unknown_commands, 300)
{
	struct refusal r = { .what = "number", .err = -ENOTTY };
	struct abi *abi = self->abi;
	unsigned int nr, dir;

	abi_fill(abi, 0);
	for (nr = 0; nr < 256; nr++) {
		for (dir = 0; dir < 4; dir++) {
			unsigned long cmd = _IOC(dir, AXP_IOC_MAGIC, nr, 64);
			bool known = false;

			for (r.nr = 0; r.nr < NR_ABI_COMMANDS; r.nr++)
				known |= cmd == axp_cmd_sized(abi_commands[r.nr].cmd, 64);
			r.nr = 0;
			if (!known)
				expect_refusal(_metadata, self, &r, cmd, &abi->arg);
		}
	}
	r.what = "magic";
	for (nr = 0; nr < 256; nr++)
		if (nr != AXP_IOC_MAGIC)
			expect_refusal(_metadata, self, &r, _IOC(3, nr, 1, 48), &abi->arg);
}

static int try_map(int fd, uint64_t offset, size_t bytes, int flags)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, (off_t)offset);

	if (at == MAP_FAILED)
		return -errno;
	munmap(at, bytes);
	return 0;
}

TEST_F_TIMEOUT(refusal, mappings, 300)
{
	struct abi *abi = self->abi;
	const uint32_t none[] = { abi->table, abi->weights, 0, 1000, 0x7fffffff };
	unsigned int i;

	EXPECT_EQ(0, try_map(abi->fd, abi->act.offset, 4096, MAP_SHARED));
	EXPECT_EQ(-EINVAL, try_map(abi->fd, abi->act.offset, 4096, MAP_PRIVATE));
	EXPECT_EQ(-EINVAL, try_map(abi->fd, abi->act.offset, 8192, MAP_SHARED));
	for (i = 0; i < ARRAY_SIZE(none); i++)
		EXPECT_EQ(-ENOENT, try_map(abi->fd, (uint64_t)none[i] * 4096, 4096, MAP_SHARED))
			TH_LOG("number %u", i);
	*refused += 2 + ARRAY_SIZE(none);
}

TEST_F_TIMEOUT(refusal, reads, 300)
{
	static char record[sizeof(struct axp_completion)];
	size_t size;

	for (size = 0; size < sizeof(record); size++) {
		EXPECT_EQ(-1, read(self->abi->fd, record, size));
		EXPECT_EQ(EINVAL, errno);
		++*refused;
	}
}

/* The last fixture runs last: how many there were. */
FIXTURE(all) { int unused; };
FIXTURE_SETUP(all) {}
FIXTURE_TEARDOWN(all) {}

TEST_F(all, refusals_are_counted)
{
	printf("# counts: %lu inputs refused\n", *refused);
	fflush(stdout);	/* tests end without it */
	EXPECT_GT(*refused, 3000);
}

TEST_HARNESS_MAIN
