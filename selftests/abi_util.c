// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "abi_util.h"

const struct abi_command abi_commands[NR_ABI_COMMANDS] = {
	[ABI_GET_CAPS] = {
		.name = "GET_CAPS", .cmd = AXP_IOC_GET_CAPS, .first = 112, .in = false,
		.errors = { EINVAL, EFAULT },
	},
	[ABI_BUF_CREATE] = {
		.name = "BUF_CREATE", .cmd = AXP_IOC_BUF_CREATE, .first = 48, .in = true,
		.why = offsetof(struct axp_buf_create, why),
		.errors = { EINVAL, E2BIG, EFAULT, ENOSPC, ENOMEM, EINTR },
	},
	[ABI_TABLE_CREATE] = {
		.name = "TABLE_CREATE", .cmd = AXP_IOC_TABLE_CREATE, .first = 104, .in = true,
		.why = offsetof(struct axp_table_create, why),
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ERANGE, ENOSPC, ENOMEM, EINTR },
	},
	[ABI_TABLE_WRITE] = {
		.name = "TABLE_WRITE", .cmd = AXP_IOC_TABLE_WRITE, .first = 64, .in = true,
		.why = offsetof(struct axp_table_write, why),
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ERANGE, ENOENT, ENOSPC, ENOMEM,
			    EINTR },
	},
	[ABI_WEIGHTS_CREATE] = {
		.name = "WEIGHTS_CREATE", .cmd = AXP_IOC_WEIGHTS_CREATE, .first = 80, .in = true,
		.why = offsetof(struct axp_weights_create, why),
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ERANGE, EOVERFLOW, ENOSPC,
			    ENOMEM, EINTR },
	},
	[ABI_DESTROY] = {
		.name = "DESTROY", .cmd = AXP_IOC_DESTROY, .first = 8, .in = true,
		.errors = { EINVAL, E2BIG, EFAULT, ENOENT },
	},
	[ABI_SUBMIT] = {
		.name = "SUBMIT", .cmd = AXP_IOC_SUBMIT, .first = 56, .in = true,
		.why = offsetof(struct axp_submit, why),
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ERANGE, EOVERFLOW, ENOENT,
			    ENOSPC, ENOMEM, EAGAIN, EINTR },
	},
	[ABI_WAIT] = {
		.name = "WAIT", .cmd = AXP_IOC_WAIT, .first = 24, .in = true,
		.errors = { EINVAL, E2BIG, EFAULT, ETIMEDOUT, EINTR },
	},
	[ABI_QUERY_STATS] = {
		.name = "QUERY_STATS", .cmd = AXP_IOC_QUERY_STATS, .first = 152, .in = true,
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ENOENT },
	},
	[ABI_TABLE_FAULTS] = {
		.name = "TABLE_FAULTS", .cmd = AXP_IOC_TABLE_FAULTS, .first = 64, .in = true,
		.why = offsetof(struct axp_table_faults, why),
		.errors = { EPERM, EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ERANGE, ENOENT, ENOSPC,
			    ENOMEM, EINTR },
	},
	[ABI_QUERY_FAULTS] = {
		.name = "QUERY_FAULTS", .cmd = AXP_IOC_QUERY_FAULTS, .first = 48, .in = true,
		.errors = { EINVAL, E2BIG, EFAULT, EOPNOTSUPP, ENOENT },
	},
};

/* the field comes last: it is named, measured and placed */
#define FIELD(_command, _place, _op, _kind, _known, _why, type, ...)		\
	{									\
		.name = #type "." #__VA_ARGS__, .command = ABI_##_command,	\
		.place = ABI_##_place, .op = (_op), .kind = ABI_##_kind,	\
		.offset = offsetof(struct type, __VA_ARGS__),			\
		.size = sizeof(((struct type *)0)->__VA_ARGS__),		\
		.known = (_known), .why = (_why),				\
	}
#define ARG(_command, type, _field, _kind, _known, _why)			\
	FIELD(_command, ARG, -1, _kind, _known, _why, type, _field)
/* what has no value that is wrong whatever the others are, and results */
#define IN(_command, type, _field)						\
	FIELD(_command, ARG, -1, ANY, 0, 0, type, _field)
#define OUT(_command, type, _field)						\
	FIELD(_command, ARG, -1, RESULT, 0, 0, type, _field)
#define ROW(_command, _field, _kind, _known, _why)				\
	FIELD(_command, ROW, -1, _kind, _known, _why, axp_row, _field)
#define FAULT(_field, _kind, _known, _why)					\
	FIELD(TABLE_FAULTS, FAULT, -1, _kind, _known, _why, axp_fault, _field)
#define JOB(_op, _field, _kind, _known, _why)					\
	FIELD(SUBMIT, JOB, _op, _kind, _known, _why, axp_job, _field)

/* Every byte of what the kernel reads is in here, but for axp_job.pad: abi_pad(). */
const struct abi_field abi_fields[] = {
	OUT(GET_CAPS, axp_caps, features),
	OUT(GET_CAPS, axp_caps, op_mask),
	OUT(GET_CAPS, axp_caps, acc_mask),
	OUT(GET_CAPS, axp_caps, org_mask),
	OUT(GET_CAPS, axp_caps, preset_mask),
	OUT(GET_CAPS, axp_caps, cam_class_mask),
	OUT(GET_CAPS, axp_caps, max_macs_per_job),
	OUT(GET_CAPS, axp_caps, max_bytes),
	OUT(GET_CAPS, axp_caps, nr_pe),
	OUT(GET_CAPS, axp_caps, max_lanes),
	OUT(GET_CAPS, axp_caps, max_cam_rows),
	OUT(GET_CAPS, axp_caps, max_key_bits),
	OUT(GET_CAPS, axp_caps, max_lut_words),
	OUT(GET_CAPS, axp_caps, max_objects),
	OUT(GET_CAPS, axp_caps, max_jobs_per_submit),
	OUT(GET_CAPS, axp_caps, max_inflight),
	OUT(GET_CAPS, axp_caps, engine),

	IN(BUF_CREATE, axp_buf_create, bytes),
	ARG(BUF_CREATE, axp_buf_create, flags, FLAGS, 0, AXP_WHY_FLAGS),
	OUT(BUF_CREATE, axp_buf_create, buf),
	OUT(BUF_CREATE, axp_buf_create, mmap_offset),
	OUT(BUF_CREATE, axp_buf_create, why),

	ARG(TABLE_CREATE, axp_table_create, rows, POINTER, 0, 0),
	ARG(TABLE_CREATE, axp_table_create, row_size, ELEMENT, sizeof(struct axp_row),
	    AXP_WHY_SIZE),
	IN(TABLE_CREATE, axp_table_create, nr_rows),
	ARG(TABLE_CREATE, axp_table_create, spec.accumulator, VALUE, AXP_ACC_FIXED + 1,
	    AXP_WHY_ACCUMULATOR),
	IN(TABLE_CREATE, axp_table_create, spec.organisation),
	IN(TABLE_CREATE, axp_table_create, spec.lanes),
	IN(TABLE_CREATE, axp_table_create, spec.word_bits),
	IN(TABLE_CREATE, axp_table_create, spec.scale),
	IN(TABLE_CREATE, axp_table_create, spec.max_term),
	ARG(TABLE_CREATE, axp_table_create, spec.preset, VALUE, AXP_PRESET_CUSTOM + 1,
	    AXP_WHY_PRESET),
	ARG(TABLE_CREATE, axp_table_create, spec.cam_class, VALUE, AXP_CAM_ZERO + 1,
	    AXP_WHY_CAM_CLASS),
	ARG(TABLE_CREATE, axp_table_create, flags, FLAGS, 0, AXP_WHY_FLAGS),
	OUT(TABLE_CREATE, axp_table_create, table),
	OUT(TABLE_CREATE, axp_table_create, generation),
	OUT(TABLE_CREATE, axp_table_create, cam_rows),
	OUT(TABLE_CREATE, axp_table_create, key_bits),
	OUT(TABLE_CREATE, axp_table_create, lut_words),
	ARG(TABLE_CREATE, axp_table_create, rsvd, RSVD, 0, AXP_WHY_RESERVED),
	OUT(TABLE_CREATE, axp_table_create, why),
	ROW(TABLE_CREATE, act, ANY, 0, 0),
	ROW(TABLE_CREATE, act_care, ANY, 0, 0),
	ROW(TABLE_CREATE, wgt, ANY, 0, 0),
	ROW(TABLE_CREATE, wgt_care, ANY, 0, 0),
	ROW(TABLE_CREATE, product, ANY, 0, 0),
	ROW(TABLE_CREATE, flags, FLAGS, AXP_ROW_SIGNIFICAND, AXP_WHY_ROW_FLAGS),

	ARG(TABLE_WRITE, axp_table_write, rows, POINTER, 0, 0),
	ARG(TABLE_WRITE, axp_table_write, row_size, ELEMENT, sizeof(struct axp_row),
	    AXP_WHY_SIZE),
	IN(TABLE_WRITE, axp_table_write, nr_rows),
	ARG(TABLE_WRITE, axp_table_write, table, TABLE, 0, AXP_WHY_HANDLE),
	IN(TABLE_WRITE, axp_table_write, first),
	ARG(TABLE_WRITE, axp_table_write, flags, FLAGS, 0, AXP_WHY_FLAGS),
	ARG(TABLE_WRITE, axp_table_write, rsvd, RSVD, 0, AXP_WHY_RESERVED),
	OUT(TABLE_WRITE, axp_table_write, generation),
	OUT(TABLE_WRITE, axp_table_write, why),
	ROW(TABLE_WRITE, act, ANY, 0, 0),
	ROW(TABLE_WRITE, act_care, ANY, 0, 0),
	ROW(TABLE_WRITE, wgt, ANY, 0, 0),
	ROW(TABLE_WRITE, wgt_care, ANY, 0, 0),
	ROW(TABLE_WRITE, product, ANY, 0, 0),
	ROW(TABLE_WRITE, flags, FLAGS, AXP_ROW_SIGNIFICAND, AXP_WHY_ROW_FLAGS),

	ARG(WEIGHTS_CREATE, axp_weights_create, codebook, POINTER, 0, 0),
	ARG(WEIGHTS_CREATE, axp_weights_create, data, POINTER, 0, 0),
	IN(WEIGHTS_CREATE, axp_weights_create, bias),
	IN(WEIGHTS_CREATE, axp_weights_create, count),
	IN(WEIGHTS_CREATE, axp_weights_create, nr_bias),
	ARG(WEIGHTS_CREATE, axp_weights_create, format, VALUE, AXP_WGT_U4 + 1, AXP_WHY_FORMAT),
	IN(WEIGHTS_CREATE, axp_weights_create, nr_centroids),
	ARG(WEIGHTS_CREATE, axp_weights_create, flags, FLAGS, 0, AXP_WHY_FLAGS),
	OUT(WEIGHTS_CREATE, axp_weights_create, weights),
	ARG(WEIGHTS_CREATE, axp_weights_create, rsvd, RSVD, 0, AXP_WHY_RESERVED),
	OUT(WEIGHTS_CREATE, axp_weights_create, why),

	ARG(DESTROY, axp_destroy, id, ANY_HANDLE, 0, 0),
	ARG(DESTROY, axp_destroy, flags, FLAGS, 0, 0),

	ARG(SUBMIT, axp_submit, jobs, POINTER, 0, 0),
	ARG(SUBMIT, axp_submit, job_size, ELEMENT, sizeof(struct axp_job), AXP_WHY_SIZE),
	IN(SUBMIT, axp_submit, nr_jobs),
	ARG(SUBMIT, axp_submit, flags, FLAGS, AXP_SUBMIT_SYNC, AXP_WHY_FLAGS),
	ARG(SUBMIT, axp_submit, rsvd, RSVD, 0, AXP_WHY_RESERVED),
	OUT(SUBMIT, axp_submit, first_seqno),
	OUT(SUBMIT, axp_submit, why),
	JOB(-1, op, VALUE, AXP_OP_CONV2D + 1, AXP_WHY_OP),
	JOB(-1, flags, FLAGS, AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT | AXP_JOB_COMPLETION |
	    AXP_JOB_KY_CI_KX, AXP_WHY_FLAGS),
	JOB(AXP_OP_DOT, flags, FLAGS, AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT |
	    AXP_JOB_COMPLETION, AXP_WHY_FLAGS),
	JOB(-1, table, TABLE, 1, AXP_WHY_HANDLE),
	JOB(-1, weights, WEIGHTS, 0, AXP_WHY_HANDLE),
	JOB(-1, cookie, ANY, 0, 0),
	JOB(-1, act.offset, OFFSET, 0, AXP_WHY_RANGE_ACT),
	JOB(-1, act.buf, BUFFER, 0, AXP_WHY_HANDLE),
	JOB(-1, act.rsvd, RSVD, 0, AXP_WHY_RESERVED),
	JOB(-1, out.offset, OFFSET, 0, AXP_WHY_RANGE_OUT),
	JOB(-1, out.buf, BUFFER, 0, AXP_WHY_HANDLE),
	JOB(-1, out.rsvd, RSVD, 0, AXP_WHY_RESERVED),
	/* shapes: refusal_test has a test of each */
	JOB(AXP_OP_DOT, dot, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.m, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.n, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.k, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.flags, FLAGS, AXP_GEMM_T_ACT | AXP_GEMM_T_WGT, AXP_WHY_FLAGS),
	JOB(AXP_OP_GEMM, gemm.ld_act, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.ld_wgt, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.ld_out, ANY, 0, 0),
	JOB(AXP_OP_GEMM, gemm.rsvd, RSVD, 0, AXP_WHY_RESERVED),
	JOB(AXP_OP_CONV2D, conv2d, ANY, 0, 0),

	IN(WAIT, axp_wait, seqno),
	IN(WAIT, axp_wait, deadline_ns),
	ARG(WAIT, axp_wait, flags, FLAGS, 0, 0),
	ARG(WAIT, axp_wait, rsvd, RSVD, 0, 0),

	ARG(QUERY_STATS, axp_query_stats, scope, VALUE, AXP_STATS_TABLE + 1, 0),
	ARG(QUERY_STATS, axp_query_stats, id, TABLE, 0, 0),
	ARG(QUERY_STATS, axp_query_stats, rsvd, RSVD, 0, 0),
	OUT(QUERY_STATS, axp_query_stats, stats),

	ARG(TABLE_FAULTS, axp_table_faults, faults, POINTER, 0, 0),
	ARG(TABLE_FAULTS, axp_table_faults, fault_size, ELEMENT, sizeof(struct axp_fault),
	    AXP_WHY_SIZE),
	IN(TABLE_FAULTS, axp_table_faults, nr_faults),
	ARG(TABLE_FAULTS, axp_table_faults, table, TABLE, 0, AXP_WHY_HANDLE),
	ARG(TABLE_FAULTS, axp_table_faults, flags, FLAGS, 0, AXP_WHY_FLAGS),
	IN(TABLE_FAULTS, axp_table_faults, seed),
	OUT(TABLE_FAULTS, axp_table_faults, generation),
	OUT(TABLE_FAULTS, axp_table_faults, why),
	FAULT(target, VALUE, AXP_FAULT_ACC + 1, AXP_WHY_FAULT_TARGET),
	FAULT(kind, VALUE, AXP_FAULT_FLIP + 1, AXP_WHY_FAULT_KIND),
	FAULT(first, ANY, 0, 0),
	FAULT(count, ANY, 0, 0),
	FAULT(mask, ANY, 0, 0),
	FAULT(rate, ANY, 0, 0),

	ARG(QUERY_FAULTS, axp_query_faults, scope, VALUE, AXP_STATS_TABLE + 1, 0),
	ARG(QUERY_FAULTS, axp_query_faults, id, TABLE, 0, 0),
	ARG(QUERY_FAULTS, axp_query_faults, rsvd, RSVD, 0, 0),
	OUT(QUERY_FAULTS, axp_query_faults, stats),
	{ .name = NULL }
};

/* The shape of an operation, in words of axp_job.pad. */
static unsigned int shape_words(uint32_t op)
{
	switch (op) {
	case AXP_OP_DOT:
		return sizeof(struct axp_dot) / 8;
	case AXP_OP_GEMM:
		return sizeof(struct axp_gemm) / 8;
	default:
		return sizeof(struct axp_conv2d) / 8;
	}
}

bool abi_pad(uint32_t op, unsigned int word, struct abi_field *field)
{
	static const struct abi_field pad = JOB(0, pad[0], RSVD, 0, AXP_WHY_RESERVED);

	word += shape_words(op);
	if (word >= sizeof(((struct axp_job *)0)->pad) / 8)
		return false;
	*field = pad;
	field->op = op;
	field->offset += 8 * word;
	return true;
}

size_t abi_place_bytes(enum abi_command_nr nr, enum abi_place place)
{
	switch (place) {
	case ABI_ROW:
		return nr == ABI_TABLE_CREATE || nr == ABI_TABLE_WRITE ?
		       sizeof(struct axp_row) : 0;
	case ABI_JOB:
		return nr == ABI_SUBMIT ? sizeof(struct axp_job) : 0;
	case ABI_FAULT:
		return nr == ABI_TABLE_FAULTS ? sizeof(struct axp_fault) : 0;
	default:
		return _IOC_SIZE(abi_commands[nr].cmd);
	}
}

int abi_init(struct abi *abi, int fd)
{
	struct axp_table_spec spec = axp_spec_f32();
	unsigned int i;
	int err;

	memset(abi, 0, sizeof(*abi));
	abi->fd = fd;
	for (i = 0; i < 2; i++)
		abi->rows[i] = (struct axp_row) {
			.act = F32_ONE, .act_care = ~0u, .wgt = i ? F32_TWO : F32_ONE,
			.wgt_care = ~0u, .product = F32_ONE,
		};
	for (i = 0; i < 4; i++) {
		abi->codebook[i] = F32_ONE + (i << 23);
		abi->bias[i] = F32_ONE;
	}
	for (i = 0; i < 16; i++)
		abi->index[i] = i % 4;
	err = axp_mem_create(fd, 4096, &abi->act);
	if (!err)
		err = axp_mem_create(fd, 4096, &abi->out);
	if (!err)
		err = axp_table(fd, &spec, abi->rows, 2, &abi->table, NULL);
	if (!err)
		err = axp_weights_u8(fd, abi->codebook, 4, abi->index, 16, &abi->weights);
	return err;
}

void abi_unmap(struct abi *abi)
{
	axp_mem_unmap(&abi->act);
	axp_mem_unmap(&abi->out);
}

static void fill_job(struct abi *abi, struct axp_job *job)
{
	*job = (struct axp_job) {
		.op = abi->op,
		.table = abi->table,
		.weights = abi->weights,
		.act.buf = abi->act.buf,
		.out.buf = abi->out.buf,
	};
	switch (abi->op) {
	case AXP_OP_DOT:
		job->dot = (struct axp_dot) { .count = 4, .len = 4, .act_step = 4, .wgt_step = 4 };
		break;
	case AXP_OP_GEMM:
		job->gemm = (struct axp_gemm) { .m = 4, .n = 4, .k = 4 };
		break;
	case AXP_OP_CONV2D:
		job->conv2d = (struct axp_conv2d) {
			.n = 1, .c = 2, .h = 3, .w = 3, .oc = 2, .kh = 2, .kw = 2, .groups = 1,
			.stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
		};
		break;
	}
}

void abi_fill(struct abi *abi, enum abi_command_nr nr)
{
	memset(&abi->arg, 0, sizeof(abi->arg));
	switch (nr) {
	case ABI_BUF_CREATE:
		abi->arg.buf_create.bytes = 4096;
		break;
	case ABI_TABLE_CREATE:
		abi->arg.table_create.rows = (uintptr_t)abi->rows;
		abi->arg.table_create.row_size = sizeof(abi->rows[0]);
		abi->arg.table_create.nr_rows = 2;
		abi->arg.table_create.spec = axp_spec_f32();
		break;
	case ABI_TABLE_WRITE:
		abi->arg.table_write.rows = (uintptr_t)abi->rows;
		abi->arg.table_write.row_size = sizeof(abi->rows[0]);
		abi->arg.table_write.nr_rows = 2;
		abi->arg.table_write.table = abi->table;
		break;
	case ABI_WEIGHTS_CREATE:
		abi->arg.weights_create.codebook = (uintptr_t)abi->codebook;
		abi->arg.weights_create.data = (uintptr_t)abi->index;
		abi->arg.weights_create.bias = (uintptr_t)abi->bias;
		abi->arg.weights_create.count = 16;
		abi->arg.weights_create.nr_bias = 4;
		abi->arg.weights_create.format = AXP_WGT_U8;
		abi->arg.weights_create.nr_centroids = 4;
		break;
	case ABI_DESTROY:
		if (!abi->spare)
			axp_weights_u8(abi->fd, abi->codebook, 4, abi->index, 16, &abi->spare);
		abi->arg.destroy.id = abi->spare;
		break;
	case ABI_SUBMIT:
		fill_job(abi, &abi->jobs[0]);
		abi->jobs[1] = abi->jobs[0];
		abi->arg.submit.jobs = (uintptr_t)abi->jobs;
		abi->arg.submit.job_size = sizeof(abi->jobs[0]);
		abi->arg.submit.nr_jobs = 2;
		abi->arg.submit.flags = AXP_SUBMIT_SYNC;
		break;
	case ABI_QUERY_STATS:
		abi->arg.query.scope = AXP_STATS_TABLE;
		abi->arg.query.id = abi->table;
		break;
	case ABI_TABLE_FAULTS:
		/* the products have no such bit: nothing changes */
		abi->faults[0] = (struct axp_fault) {
			.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_0, .mask = 1,
		};
		abi->faults[1] = abi->faults[0];
		abi->arg.table_faults.faults = (uintptr_t)abi->faults;
		abi->arg.table_faults.fault_size = sizeof(abi->faults[0]);
		abi->arg.table_faults.nr_faults = 2;
		abi->arg.table_faults.table = abi->table;
		break;
	case ABI_QUERY_FAULTS:
		abi->arg.query_faults.scope = AXP_STATS_TABLE;
		abi->arg.query_faults.id = abi->table;
		break;
	default:
		break;
	}
}

int abi_call(struct abi *abi, enum abi_command_nr nr)
{
	return axp_ioctl(abi->fd, abi_commands[nr].cmd, &abi->arg);
}

void abi_undo(struct abi *abi, enum abi_command_nr nr)
{
	switch (nr) {
	case ABI_BUF_CREATE:
		axp_destroy(abi->fd, abi->arg.buf_create.buf);
		break;
	case ABI_TABLE_CREATE:
		axp_destroy(abi->fd, abi->arg.table_create.table);
		break;
	case ABI_WEIGHTS_CREATE:
		axp_destroy(abi->fd, abi->arg.weights_create.weights);
		break;
	case ABI_DESTROY:
		abi->spare = 0;
		break;
	default:
		break;
	}
}

struct axp_why abi_why(const struct abi *abi, enum abi_command_nr nr)
{
	struct axp_why why = {};

	if (abi_commands[nr].why)
		memcpy(&why, abi->arg.bytes + abi_commands[nr].why, sizeof(why));
	return why;
}

void *abi_place(struct abi *abi, enum abi_place place)
{
	switch (place) {
	case ABI_ROW:
		return &abi->rows[1];
	case ABI_JOB:
		return &abi->jobs[1];
	case ABI_FAULT:
		return &abi->faults[1];
	default:
		return &abi->arg;
	}
}

bool abi_documented(enum abi_command_nr nr, int err)
{
	unsigned int i;

	for (i = 0; abi_commands[nr].errors[i]; i++)
		if (err == -abi_commands[nr].errors[i])
			return true;
	return !err;
}
