// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loop nest: shapes, MACs in closed form, refusals, huge sizes.
 */
#include "nest.h"
#include "plan_internal.h"
#include "random.h"
#include "tap.h"

#define MAX_MACS	(1ull << 40)

static void test_shapes(void)
{
	struct axp_job job = { .op = AXP_OP_DOT, .dot = { 3, 5, 5, 0 } };
	struct axp_nest n;

	ok(!axp_nest_from_job(&n, &job, MAX_MACS, NULL) && n.g == 3 && n.cg == 5 && n.og == 1 &&
	   n.macs == 15 && n.act_elems == 15 && n.wgt_elems == 5 && n.out_elems == 3 &&
	   n.nr_bias == 3 && axp_nest_length(&n) == 5, "dot products that share weights");

	job = (struct axp_job){ .op = AXP_OP_GEMM,
				.gemm = { 2, 3, 4, AXP_GEMM_T_ACT | AXP_GEMM_T_WGT, 10, 20, 30,
					  0 } };
	ok(!axp_nest_from_job(&n, &job, MAX_MACS, NULL) && n.n == 2 && n.og == 3 && n.cg == 4 &&
	   n.macs == 24 && n.act_elems == 3 * 10 + 2 && n.wgt_elems == 2 * 20 + 4 &&
	   n.out_elems == 30 + 3 && n.nr_bias == 3 && n.act_n == 1 && n.act_c == 10 &&
	   n.wgt_o == 20 && n.wgt_c == 1, "transposed matrices with leading dimensions");

	job = (struct axp_job){ .op = AXP_OP_CONV2D, .flags = AXP_JOB_KY_CI_KX,
				.conv2d = { 2, 6, 7, 5, 4, 3, 2, 2, 2, 1, 1, 3, 1, 2, 0, 1 } };
	/* height (7+3-2-1)/2+1 = 4, width (5+1-3-1)/1+1 = 3 */
	ok(!axp_nest_from_job(&n, &job, MAX_MACS, NULL) && n.oh == 4 && n.ow == 3 && n.cg == 3 &&
	   n.og == 2 && n.ci_before_kx && n.act_elems == 2 * 6 * 35 && n.wgt_elems == 4 * 3 * 6 &&
	   n.out_elems == 2 * 4 * 12 && n.nr_bias == 4 && axp_nest_length(&n) == 18,
	   "grouped convolution");
	/* rows inside: y=0: 2, 1: 3, 2: 3, 3: 2 of 3; columns: kx 0: 3, kx 1: 2 of 3 */
	ok(n.macs == 2ull * 4 * 3 * 10 * 5, "padding cells are no MACs: %llu",
	   (unsigned long long)n.macs);
}

/* places inside, one by one */
static u64 count_axis(u32 in, u32 out, u32 kernel, u32 stride, u32 dil, u32 pad)
{
	u64 sum = 0;

	for (u32 y = 0; y < out; y++)
		for (u32 k = 0; k < kernel; k++) {
			s64 at = (s64)y * stride + (s64)k * dil - pad;

			sum += at >= 0 && at < in;
		}
	return sum;
}

static void test_macs(void)
{
	struct rng rng = { 11 };
	u32 wrong = 0, wrong_taps = 0;

	for (u32 i = 0; i < 200000; i++) {
		struct axp_job job = { .op = AXP_OP_CONV2D };
		struct axp_conv2d *c = &job.conv2d;
		struct axp_nest n;
		struct axp_why why;
		u32 first, end, y;
		u64 macs;

		*c = (struct axp_conv2d){ 1, 1, 1 + rng_below(&rng, 12), 1 + rng_below(&rng, 12), 1,
			1 + rng_below(&rng, 9), 1 + rng_below(&rng, 9), 1,
			1 + rng_below(&rng, 7), 1 + rng_below(&rng, 7),
			1 + rng_below(&rng, 7), 1 + rng_below(&rng, 7),
			rng_below(&rng, 20), rng_below(&rng, 20), rng_below(&rng, 20),
			rng_below(&rng, 20) };
		if (axp_nest_from_job(&n, &job, MAX_MACS, &why)) {
			wrong += why.reason != AXP_WHY_KERNEL;
			continue;
		}
		macs = count_axis(c->h, n.oh, c->kh, c->stride_h, c->dil_h, c->pad_top);
		macs *= count_axis(c->w, n.ow, c->kw, c->stride_w, c->dil_w, c->pad_left);
		wrong += n.macs != macs;

		y = rng_below(&rng, n.oh);
		axp_plan_taps(c->h, c->kh, (s64)y * c->stride_h - c->pad_top, c->dil_h, &first,
			      &end);
		for (u32 k = 0; k < c->kh; k++) {
			s64 at = (s64)y * c->stride_h + k * c->dil_h - c->pad_top;

			wrong_taps += (at >= 0 && at < c->h) != (k >= first && k < end);
		}
	}
	ok(!wrong, "MACs of 200000 random convolutions, both axes counted one by one");
	ok(!wrong_taps, "taps inside the input");
}

static void test_huge(void)
{
	struct axp_job job = { .op = AXP_OP_CONV2D };
	struct axp_nest n = {};
	struct axp_why why = {};
	const u32 big = U32_MAX;
	int err;

	/* a kernel of 2^32-1 over a padded point: one MAC an output */
	job.conv2d = (struct axp_conv2d){ 1, 1, 1, 1, 1, big, 1, 1, 1, 1, 1, 1, big, 5, 0, 0 };
	err = axp_nest_from_job(&n, &job, MAX_MACS, NULL);
	ok(!err && n.oh == 7 && n.macs == 6,
	   "kernel of 2^32-1 rows: %u outputs, %llu MACs", n.oh, (unsigned long long)n.macs);
	/* everything is padding but one row */
	job.conv2d = (struct axp_conv2d){ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, big - 2, 0, 0, 0 };
	ok(!axp_nest_from_job(&n, &job, MAX_MACS, NULL) && n.oh == big - 1 && n.macs == 1,
	   "padding of 2^32-3 rows: 1 MAC");
	job.conv2d.pad_bottom = 5;
	err = axp_nest_from_job(&n, &job, MAX_MACS, &why);
	ok(err == -EOVERFLOW && why.reason == AXP_WHY_OVERFLOW && why.limit == U32_MAX,
	   "2^32 output rows are refused");
	job.conv2d = (struct axp_conv2d){ big, big, big, big, big, 1, 1, 1, 1, 1, 1, 1,
					  0, 0, 0, 0 };
	err = axp_nest_from_job(&n, &job, MAX_MACS, &why);
	ok(err == -EOVERFLOW && why.reason == AXP_WHY_OVERFLOW, "tensors over 64 bits are refused");
	job = (struct axp_job){ .op = AXP_OP_GEMM, .gemm = { big, big, 1, 0, 0, big, 0, 0 } };
	err = axp_nest_from_job(&n, &job, MAX_MACS, &why);
	ok(err == -EOVERFLOW, "results over 2^61 elements are refused");
	job = (struct axp_job){ .op = AXP_OP_DOT, .dot = { big, big, 0, 0 } };
	err = axp_nest_from_job(&n, &job, MAX_MACS, &why);
	ok(err == -ENOSPC && why.reason == AXP_WHY_MACS && why.value == (u64)big * big &&
	   why.limit == MAX_MACS, "MACs over the limit, with their number");
	job.conv2d = (struct axp_conv2d){ 3, 1, big, 1, 1, 1, 1, 1, big, 1, 1, 1, 0, 0, 0, 0 };
	job.op = AXP_OP_CONV2D;
	ok(!axp_nest_from_job(&n, &job, MAX_MACS, NULL) && n.oh == 1 && n.macs == 3,
	   "stride of 2^32-1");
}

static void refused(const char *name, const struct axp_job *job, int err, u32 reason, u64 value,
		    u64 limit)
{
	struct axp_nest n, before;
	struct axp_why why = {};
	int got;

	memset(&n, 0x77, sizeof(n));
	before = n;
	got = axp_nest_from_job(&n, job, 1000, &why);
	ok(got == err && why.reason == reason && why.value == value && why.limit == limit &&
	   !memcmp(&n, &before, sizeof(n)),
	   "refused: %s (errno %d, reason %u, value %llu, limit %llu)", name, -got, why.reason,
	   (unsigned long long)why.value, (unsigned long long)why.limit);
}

static void test_refusals(void)
{
	const struct axp_job dot = { .op = AXP_OP_DOT, .dot = { 2, 3, 3, 3 } };
	const struct axp_job gemm = { .op = AXP_OP_GEMM, .gemm = { 2, 3, 4, 0, 0, 0, 0, 0 } };
	const struct axp_job conv = { .op = AXP_OP_CONV2D,
		.conv2d = { 1, 4, 5, 5, 6, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1 } };
	struct axp_job j;
	static const char *const names[] = {
		"n", "c", "h", "w", "oc", "kh", "kw", "groups", "stride_h", "stride_w", "dil_h",
		"dil_w",
	};

	j = dot;
	j.op = 3;
	refused("operation 3", &j, -EOPNOTSUPP, AXP_WHY_OP, 3, AXP_OP_CONV2D);
	j = dot;
	j.flags = 0x10;
	refused("unknown flag", &j, -EINVAL, AXP_WHY_FLAGS, 0x10, 0xf);
	j = dot;
	j.flags = AXP_JOB_KY_CI_KX;
	refused("order of a dot product", &j, -EINVAL, AXP_WHY_FLAGS, AXP_JOB_KY_CI_KX, 0xb);
	j = gemm;
	j.flags = AXP_JOB_KY_CI_KX | AXP_JOB_GATE_ACT;
	refused("order of a matrix product", &j, -EINVAL, AXP_WHY_FLAGS,
		AXP_JOB_KY_CI_KX | AXP_JOB_GATE_ACT, 0xb);
	j = dot;
	j.pad[2] = 1;
	refused("byte past a dot product", &j, -EINVAL, AXP_WHY_RESERVED, 1, 0);
	j = gemm;
	j.pad[15] = 1ull << 56;
	refused("byte past a matrix product", &j, -EINVAL, AXP_WHY_RESERVED, 1, 0);
	j = conv;
	j.pad[8] = 7;
	refused("byte past a convolution", &j, -EINVAL, AXP_WHY_RESERVED, 7, 0);
	j = dot;
	j.dot.count = 0;
	refused("no dot product", &j, -EINVAL, AXP_WHY_SHAPE, 0, 1);
	j = dot;
	j.dot.len = 0;
	refused("dot product of nothing", &j, -EINVAL, AXP_WHY_SHAPE, 0, 1);
	j = gemm;
	j.gemm.flags = 4;
	refused("unknown flag of a matrix product", &j, -EINVAL, AXP_WHY_FLAGS, 4, 3);
	j = gemm;
	j.gemm.rsvd = 9;
	refused("reserved field", &j, -EINVAL, AXP_WHY_RESERVED, 9, 0);
	for (u32 i = 0; i < 3; i++) {
		j = gemm;
		((u32 *)&j.gemm)[i] = 0;
		refused("matrix of no size", &j, -EINVAL, AXP_WHY_SHAPE, 0, 1);
	}
	j = gemm;
	j.gemm.ld_act = 3;
	refused("act rows overlap", &j, -EINVAL, AXP_WHY_SHAPE, 3, 4);
	j = gemm;
	j.gemm.flags = AXP_GEMM_T_WGT;
	j.gemm.ld_wgt = 3;
	refused("wgt rows overlap", &j, -EINVAL, AXP_WHY_SHAPE, 3, 4);
	j = gemm;
	j.gemm.ld_out = 2;
	refused("out rows overlap", &j, -EINVAL, AXP_WHY_SHAPE, 2, 3);
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		j = conv;
		((u32 *)&j.conv2d)[i] = 0;
		refused(names[i], &j, -EINVAL, AXP_WHY_SHAPE, 0, 1);
	}
	j = conv;
	j.conv2d.c = 5;
	refused("5 channels in 2 groups", &j, -EINVAL, AXP_WHY_GROUPS, 5, 2);
	j = conv;
	j.conv2d.oc = 7;
	refused("7 output channels in 2 groups", &j, -EINVAL, AXP_WHY_GROUPS, 7, 2);
	j = conv;
	j.conv2d.kh = 8;
	refused("kernel higher than the input", &j, -EINVAL, AXP_WHY_KERNEL, 8, 7);
	j = conv;
	j.conv2d.dil_w = 4;
	refused("dilated kernel wider than the input", &j, -EINVAL, AXP_WHY_KERNEL, 9, 7);
	/* 13 * 13 taps inside, 2 * 6 channels */
	refused("MACs", &conv, -ENOSPC, AXP_WHY_MACS, 2028, 1000);
}

int main(void)
{
	test_shapes();
	test_macs();
	test_huge();
	test_refusals();
	return done_testing();
}
