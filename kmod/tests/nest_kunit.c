// SPDX-License-Identifier: GPL-2.0
/*
 * Validation of shapes: the closed forms of sizes and MACs against counting, and
 * what is refused.
 */
#include <kunit/test.h>
#include <linux/sched.h>

#include "nest.h"
#include "random.h"
#include "why.h"

#define MAX_MACS	BIT_ULL(34)

static void random_conv(struct axp_job *job, u64 *state)
{
	struct axp_conv2d *c = &job->conv2d;

	*job = (struct axp_job) { .op = AXP_OP_CONV2D };
	c->groups = 1 + axp_test_below(state, 3);
	c->n = 1 + axp_test_below(state, 2);
	c->c = c->groups * (1 + axp_test_below(state, 3));
	c->oc = c->groups * (1 + axp_test_below(state, 3));
	c->h = 1 + axp_test_below(state, 9);
	c->w = 1 + axp_test_below(state, 9);
	c->kh = 1 + axp_test_below(state, 5);
	c->kw = 1 + axp_test_below(state, 5);
	c->stride_h = 1 + axp_test_below(state, 4);
	c->stride_w = 1 + axp_test_below(state, 4);
	c->dil_h = 1 + axp_test_below(state, 3);
	c->dil_w = 1 + axp_test_below(state, 3);
	c->pad_top = axp_test_below(state, 7);
	c->pad_bottom = axp_test_below(state, 7);
	c->pad_left = axp_test_below(state, 7);
	c->pad_right = axp_test_below(state, 7);
}

/* Pairs of a place of the output and one of the kernel that fall inside. */
static u64 count_axis(u32 in, u32 out, u32 kernel, u32 stride, u32 dil, u32 pad)
{
	u64 pairs = 0;
	u32 o, k;

	for (o = 0; o < out; o++)
		for (k = 0; k < kernel; k++) {
			s64 at = (s64)o * stride + (s64)k * dil - pad;

			pairs += at >= 0 && at < in;
		}
	return pairs;
}

static void nest_conv(struct kunit *test)
{
	u32 i, fits = 0, refused = 0;
	struct axp_nest nest;
	struct axp_why why;
	struct axp_job job;
	u64 state = 6;

	for (i = 0; i < 20000; i++) {
		const struct axp_conv2d *c = &job.conv2d;
		u64 high, wide, macs;
		int err;

		random_conv(&job, &state);
		high = (u64)c->h + c->pad_top + c->pad_bottom;
		wide = (u64)c->w + c->pad_left + c->pad_right;
		err = axp_nest_from_job(&nest, &job, MAX_MACS, &why);
		if ((u64)c->dil_h * (c->kh - 1) + 1 > high ||
		    (u64)c->dil_w * (c->kw - 1) + 1 > wide) {
			KUNIT_ASSERT_EQ(test, err, -EINVAL);
			KUNIT_ASSERT_EQ(test, why.reason, (u32)AXP_WHY_KERNEL);
			refused++;
			continue;
		}
		KUNIT_ASSERT_EQ(test, err, 0);
		fits++;
		KUNIT_ASSERT_EQ(test, (u64)nest.oh,
				(high - c->dil_h * (c->kh - 1) - 1) / c->stride_h + 1);
		KUNIT_ASSERT_EQ(test, (u64)nest.ow,
				(wide - c->dil_w * (c->kw - 1) - 1) / c->stride_w + 1);
		macs = count_axis(c->h, nest.oh, c->kh, c->stride_h, c->dil_h, c->pad_top) *
		       count_axis(c->w, nest.ow, c->kw, c->stride_w, c->dil_w, c->pad_left) *
		       c->n * c->oc * (c->c / c->groups);
		KUNIT_ASSERT_EQ(test, nest.macs, macs);
		KUNIT_ASSERT_EQ(test, nest.act_elems, (u64)c->n * c->c * c->h * c->w);
		KUNIT_ASSERT_EQ(test, nest.wgt_elems,
				(u64)c->oc * (c->c / c->groups) * c->kh * c->kw);
		KUNIT_ASSERT_EQ(test, nest.out_elems, (u64)c->n * c->oc * nest.oh * nest.ow);
		if (i % 64 == 0)
			cond_resched();
	}
	KUNIT_EXPECT_GT(test, fits, 1000u);
	KUNIT_EXPECT_GT(test, refused, 1000u);
}

/* One past the highest index of a matrix of @rows x @cols. */
static u64 matrix_end(u32 rows, u32 cols, u64 row_step, u64 col_step)
{
	return (rows - 1) * row_step + (cols - 1) * col_step + 1;
}

static void nest_gemm(struct kunit *test)
{
	struct axp_nest nest;
	struct axp_job job;
	u64 state = 7;
	u32 i;

	for (i = 0; i < 5000; i++) {
		struct axp_gemm *g = &job.gemm;
		bool ta, tw;
		u32 la, lw;

		job = (struct axp_job) { .op = AXP_OP_GEMM };
		g->m = 1 + axp_test_below(&state, 50);
		g->n = 1 + axp_test_below(&state, 50);
		g->k = 1 + axp_test_below(&state, 50);
		g->flags = axp_test_below(&state, 4);
		ta = g->flags & AXP_GEMM_T_ACT;
		tw = g->flags & AXP_GEMM_T_WGT;
		la = ta ? g->m : g->k;
		lw = tw ? g->k : g->n;
		if (axp_test_below(&state, 2))
			g->ld_act = la + axp_test_below(&state, 9);
		if (axp_test_below(&state, 2))
			g->ld_wgt = lw + axp_test_below(&state, 9);
		if (axp_test_below(&state, 2))
			g->ld_out = g->n + axp_test_below(&state, 9);
		la = g->ld_act ? g->ld_act : la;
		lw = g->ld_wgt ? g->ld_wgt : lw;
		KUNIT_ASSERT_EQ(test, axp_nest_from_job(&nest, &job, MAX_MACS, NULL), 0);
		KUNIT_ASSERT_EQ(test, nest.macs, (u64)g->m * g->n * g->k);
		KUNIT_ASSERT_EQ(test, nest.act_elems,
				matrix_end(g->m, g->k, ta ? 1 : la, ta ? la : 1));
		KUNIT_ASSERT_EQ(test, nest.wgt_elems,
				matrix_end(g->k, g->n, tw ? 1 : lw, tw ? lw : 1));
		KUNIT_ASSERT_EQ(test, nest.out_elems,
				matrix_end(g->m, g->n, g->ld_out ? g->ld_out : g->n, 1));
	}
}

static void nest_dot(struct kunit *test)
{
	struct axp_nest nest;
	struct axp_job job;
	u64 state = 8;
	u32 i;

	for (i = 0; i < 5000; i++) {
		struct axp_dot *d = &job.dot;

		job = (struct axp_job) { .op = AXP_OP_DOT };
		d->count = 1 + axp_test_below(&state, 100);
		d->len = 1 + axp_test_below(&state, 100);
		d->act_step = axp_test_below(&state, 100);
		d->wgt_step = axp_test_below(&state, 100);
		KUNIT_ASSERT_EQ(test, axp_nest_from_job(&nest, &job, MAX_MACS, NULL), 0);
		KUNIT_ASSERT_EQ(test, nest.macs, (u64)d->count * d->len);
		KUNIT_ASSERT_EQ(test, nest.act_elems, (u64)(d->count - 1) * d->act_step + d->len);
		KUNIT_ASSERT_EQ(test, nest.wgt_elems, (u64)(d->count - 1) * d->wgt_step + d->len);
		KUNIT_ASSERT_EQ(test, nest.out_elems, (u64)d->count);
		KUNIT_ASSERT_EQ(test, axp_nest_length(&nest), (u64)d->len);
	}
}

/* Any 32-bit numbers: refused, or no sum ever wrapped. */
static void nest_wild(struct kunit *test)
{
	static const u32 odd[] = { 1, 2, 3, 0xffff, 0x10000, 0x7fffffff, 0x80000000, ~0u };
	struct axp_nest nest, before;
	struct axp_job job;
	u64 state = 9;
	u32 i, j, fine = 0;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < 50000; i++) {
		int err;

		job = (struct axp_job) { .op = axp_test_below(&state, 3) };
		for (j = 0; j < (job.op == AXP_OP_DOT ? 4 : job.op == AXP_OP_GEMM ? 7 : 16); j++)
			((u32 *)job.pad)[j] = axp_test_below(&state, 3) ?
					      odd[axp_test_below(&state, ARRAY_SIZE(odd))] :
					      axp_test_random(&state);
		if (job.op == AXP_OP_GEMM)
			job.gemm.flags &= 3;
		nest = before;
		err = axp_nest_from_job(&nest, &job, U64_MAX, NULL);
		if (err) {
			KUNIT_ASSERT_TRUE(test, err == -EINVAL || err == -EOVERFLOW);
			KUNIT_ASSERT_EQ(test, memcmp(&nest, &before, sizeof(nest)), 0);
			continue;
		}
		fine++;
		KUNIT_ASSERT_LE(test, nest.act_elems, U64_MAX >> 3);
		KUNIT_ASSERT_LE(test, nest.wgt_elems, U64_MAX >> 3);
		KUNIT_ASSERT_LE(test, nest.out_elems, U64_MAX >> 3);
		KUNIT_ASSERT_GT(test, nest.out_elems, 0ull);
	}
	KUNIT_EXPECT_GT(test, fine, 1000u);
}

#define REFUSE(_field, _value, _err, _reason)						\
	do {										\
		struct axp_job broken = job;						\
											\
		broken._field = (_value);						\
		KUNIT_EXPECT_EQ(test, axp_nest_from_job(&nest, &broken, 1 << 20, &why), _err); \
		KUNIT_EXPECT_EQ(test, why.reason, (u32)(_reason));			\
	} while (0)

static void nest_refused(struct kunit *test)
{
	struct axp_nest nest;
	struct axp_why why = {};
	struct axp_job job = {
		.op = AXP_OP_GEMM, .gemm = { .m = 4, .n = 4, .k = 4 },
	};
	u32 bit;

	REFUSE(op, 3, -EOPNOTSUPP, AXP_WHY_OP);
	REFUSE(op, ~0u, -EOPNOTSUPP, AXP_WHY_OP);
	for (bit = 2; bit < 32; bit++)
		REFUSE(gemm.flags, 1u << bit, -EINVAL, AXP_WHY_FLAGS);
	REFUSE(gemm.rsvd, 1, -EINVAL, AXP_WHY_RESERVED);
	REFUSE(pad[4], 1ull << 63, -EINVAL, AXP_WHY_RESERVED);
	REFUSE(pad[15], 1, -EINVAL, AXP_WHY_RESERVED);
	REFUSE(gemm.m, 0, -EINVAL, AXP_WHY_SHAPE);
	REFUSE(gemm.ld_act, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSE(gemm.ld_wgt, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSE(gemm.ld_out, 3, -EINVAL, AXP_WHY_SHAPE);
	REFUSE(gemm.m, 65537, -ENOSPC, AXP_WHY_MACS);
	KUNIT_EXPECT_EQ(test, why.limit, 1ull << 20);
	KUNIT_EXPECT_EQ(test, why.value, 65537ull * 16);
	REFUSE(flags, AXP_JOB_KY_CI_KX, -EINVAL, AXP_WHY_FLAGS);

	job = (struct axp_job) {
		.op = AXP_OP_CONV2D,
		.conv2d = {
			.n = 1, .c = 4, .h = 4, .w = 4, .oc = 4, .kh = 3, .kw = 3, .groups = 2,
			.stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1,
		},
	};
	REFUSE(conv2d.groups, 3, -EINVAL, AXP_WHY_GROUPS);
	REFUSE(conv2d.oc, 3, -EINVAL, AXP_WHY_GROUPS);
	REFUSE(conv2d.dil_w, 2, -EINVAL, AXP_WHY_KERNEL);
	REFUSE(conv2d.pad_top, ~0u, -EOVERFLOW, AXP_WHY_OVERFLOW);
}

static struct kunit_case nest_cases[] = {
	KUNIT_CASE(nest_conv),
	KUNIT_CASE(nest_gemm),
	KUNIT_CASE(nest_dot),
	KUNIT_CASE(nest_wild),
	KUNIT_CASE(nest_refused),
	{}
};

static struct kunit_suite nest_suite = {
	.name = "axp-nest",
	.test_cases = nest_cases,
};

kunit_test_suite(nest_suite);
