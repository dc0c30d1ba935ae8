// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Loop nest: shapes of jobs, checked in 64 bits, and the number of their MACs
 * in closed form.
 */
#include "nest.h"
#include "why.h"

/* Elements of a tensor: their bytes fit 63 bits. */
#define MAX_ELEMS	(U64_MAX >> 3)

static bool mul(u64 a, u64 b, u64 *product)
{
	return check_mul_overflow(a, b, product);
}

/* @n - 1 steps of @step, then one more element: *end = (n-1) * step + tail */
static bool extent(u64 n, u64 step, u64 tail, u64 *end)
{
	u64 span;

	return mul(n - 1, step, &span) || check_add_overflow(span, tail, end);
}

static int too_large(struct axp_why *why, u64 value)
{
	return axp_refuse(why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, value, MAX_ELEMS);
}

/*
 * Sum of floor((a * i + b) / m) over i below n. m is at least 1, n at most
 * 2^32, a and b below 2^64 - n * a. The result fits 64 bits wherever it is
 * used here: it counts pairs of two 32-bit numbers.
 */
static u64 floor_sum(u64 n, u64 m, u64 a, u64 b)
{
	u64 sum = 0;

	for (;;) {
		u64 last, quotient;

		if (a >= m) {
			quotient = div64_u64(a, m);
			/* n * (n - 1) / 2 without losing the top bit */
			sum += (n & 1 ? n * ((n - 1) / 2) : n / 2 * (n - 1)) * quotient;
			a -= quotient * m;
		}
		if (b >= m) {
			quotient = div64_u64(b, m);
			sum += n * quotient;
			b -= quotient * m;
		}
		last = a * n + b;
		if (last < m)
			return sum;
		n = div64_u64(last, m);
		b = last - n * m;
		quotient = m;
		m = a;
		a = quotient;
	}
}

/* pairs (y below ny, k below nk) with y * stride + k * dil below @limit */
static u64 pairs_below(u64 ny, u64 nk, u32 stride, u32 dil, u64 limit)
{
	u64 all = 0, last, nr, whole;

	if (!limit)
		return 0;
	limit--;
	nr = min_t(u64, nk, div_u64(limit, dil) + 1);	/* k with any y */
	if (mul(ny - 1, stride, &whole) || whole > limit)
		whole = 0;
	else
		whole = min_t(u64, nr, div_u64(limit - whole, dil) + 1);
	all = whole * ny;				/* k with every y */
	if (whole == nr)
		return all;
	/* the others, from the last k backwards: floor((limit - k*dil)/stride) + 1 */
	last = limit - (nr - 1) * dil;
	return all + (nr - whole) + floor_sum(nr - whole, stride, dil, last);
}

/* pairs (output place, kernel place) of one axis that fall inside the input */
static u64 axis_pairs(u32 in, u32 out, u32 kernel, u32 stride, u32 dil, u32 pad)
{
	return pairs_below(out, kernel, stride, dil, (u64)in + pad) -
	       pairs_below(out, kernel, stride, dil, pad);
}

static int check_macs(struct axp_nest *nest, u64 max_macs, struct axp_why *why)
{
	u64 pairs_h = axis_pairs(nest->h, nest->oh, nest->kh, nest->stride_h, nest->dil_h,
				 nest->pad_top);
	u64 pairs_w = axis_pairs(nest->w, nest->ow, nest->kw, nest->stride_w, nest->dil_w,
				 nest->pad_left);
	u64 channels, macs;

	if (!pairs_h || !pairs_w) {
		nest->macs = 0;
		return 0;
	}
	if (mul(nest->cg, nest->og, &channels) || mul(channels, nest->g, &channels) ||
	    mul(channels, nest->n, &channels) || mul(pairs_h, pairs_w, &macs) ||
	    mul(macs, channels, &macs))
		return axp_refuse(why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, U64_MAX, max_macs);
	if (macs > max_macs)
		return axp_refuse(why, -ENOSPC, AXP_WHY_MACS, 0, macs, max_macs);
	nest->macs = macs;
	return 0;
}

static int check_elems(const struct axp_nest *nest, struct axp_why *why)
{
	u64 outputs;

	if (nest->act_elems > MAX_ELEMS)
		return too_large(why, nest->act_elems);
	if (nest->wgt_elems > MAX_ELEMS)
		return too_large(why, nest->wgt_elems);
	if (nest->out_elems > MAX_ELEMS)
		return too_large(why, nest->out_elems);
	if (mul(nest->n, nest->g, &outputs) || mul(outputs, nest->og, &outputs) ||
	    mul(outputs, nest->oh, &outputs) || mul(outputs, nest->ow, &outputs) ||
	    outputs > MAX_ELEMS)
		return too_large(why, U64_MAX);
	return 0;
}

/* a shape without an image: 1 x 1 everywhere */
static void flat_image(struct axp_nest *nest)
{
	nest->h = 1;
	nest->w = 1;
	nest->kh = 1;
	nest->kw = 1;
	nest->oh = 1;
	nest->ow = 1;
	nest->stride_h = 1;
	nest->stride_w = 1;
	nest->dil_h = 1;
	nest->dil_w = 1;
}

static int nonzero(u32 value, struct axp_why *why)
{
	return value ? 0 : axp_refuse(why, -EINVAL, AXP_WHY_SHAPE, 0, 0, 1);
}

static int from_dot(struct axp_nest *nest, const struct axp_dot *dot, struct axp_why *why)
{
	int err = nonzero(dot->count, why);

	if (!err)
		err = nonzero(dot->len, why);
	if (err)
		return err;
	flat_image(nest);
	nest->n = 1;
	nest->g = dot->count;
	nest->cg = dot->len;
	nest->og = 1;
	nest->act_g = dot->act_step;
	nest->act_c = 1;
	nest->wgt_g = dot->wgt_step;
	nest->wgt_c = 1;
	nest->out_g = 1;
	nest->nr_bias = dot->count;
	nest->out_elems = dot->count;
	if (extent(dot->count, dot->act_step, dot->len, &nest->act_elems) ||
	    extent(dot->count, dot->wgt_step, dot->len, &nest->wgt_elems))
		return too_large(why, U64_MAX);
	return 0;
}

/* leading dimension: 0 is dense, less than a row is wrong */
static int leading(u32 ld, u32 row, u64 *step, struct axp_why *why)
{
	if (ld && ld < row)
		return axp_refuse(why, -EINVAL, AXP_WHY_SHAPE, 0, ld, row);
	*step = ld ? ld : row;
	return 0;
}

static int from_gemm(struct axp_nest *nest, const struct axp_gemm *gemm, struct axp_why *why)
{
	bool t_act = gemm->flags & AXP_GEMM_T_ACT;
	bool t_wgt = gemm->flags & AXP_GEMM_T_WGT;
	u32 act_rows = t_act ? gemm->k : gemm->m, act_cols = t_act ? gemm->m : gemm->k;
	u32 wgt_rows = t_wgt ? gemm->n : gemm->k, wgt_cols = t_wgt ? gemm->k : gemm->n;
	u64 ld_act, ld_wgt, ld_out;
	int err;

	if (gemm->flags & ~(AXP_GEMM_T_ACT | AXP_GEMM_T_WGT))
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0, gemm->flags,
				  AXP_GEMM_T_ACT | AXP_GEMM_T_WGT);
	if (gemm->rsvd)
		return axp_refuse(why, -EINVAL, AXP_WHY_RESERVED, 0, gemm->rsvd, 0);
	err = nonzero(gemm->m, why);
	if (!err)
		err = nonzero(gemm->n, why);
	if (!err)
		err = nonzero(gemm->k, why);
	if (!err)
		err = leading(gemm->ld_act, act_cols, &ld_act, why);
	if (!err)
		err = leading(gemm->ld_wgt, wgt_cols, &ld_wgt, why);
	if (!err)
		err = leading(gemm->ld_out, gemm->n, &ld_out, why);
	if (err)
		return err;

	flat_image(nest);
	nest->n = gemm->m;
	nest->g = 1;
	nest->cg = gemm->k;
	nest->og = gemm->n;
	nest->act_n = t_act ? 1 : ld_act;
	nest->act_c = t_act ? ld_act : 1;
	nest->wgt_o = t_wgt ? ld_wgt : 1;
	nest->wgt_c = t_wgt ? 1 : ld_wgt;
	nest->out_n = ld_out;
	nest->out_o = 1;
	nest->nr_bias = gemm->n;
	/* all below 2^64: (2^32 - 2) * (2^32 - 1) + 2^32 - 1 */
	nest->act_elems = (act_rows - 1) * ld_act + act_cols;
	nest->wgt_elems = (wgt_rows - 1) * ld_wgt + wgt_cols;
	nest->out_elems = (gemm->m - 1) * ld_out + gemm->n;
	return 0;
}

/* output places of one axis */
static int conv_axis(u32 in, u32 kernel, u32 stride, u32 dil, u32 pad_a, u32 pad_b,
		     u32 *out, struct axp_why *why)
{
	u64 padded = (u64)in + pad_a + pad_b;
	u64 reach = (u64)dil * (kernel - 1) + 1;
	u64 places;

	if (reach > padded)
		return axp_refuse(why, -EINVAL, AXP_WHY_KERNEL, 0, reach, padded);
	places = div_u64(padded - reach, stride) + 1;
	if (places > U32_MAX)
		return axp_refuse(why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, places, U32_MAX);
	*out = (u32)places;
	return 0;
}

static int from_conv(struct axp_nest *nest, const struct axp_conv2d *c, bool ci_before_kx,
		     struct axp_why *why)
{
	const u32 sizes[] = {
		c->n, c->c, c->h, c->w, c->oc, c->kh, c->kw, c->groups,
		c->stride_h, c->stride_w, c->dil_h, c->dil_w,
	};
	u64 image, kernel, places;
	u32 i;
	int err;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		err = nonzero(sizes[i], why);
		if (err)
			return err;
	}
	if (c->c % c->groups)
		return axp_refuse(why, -EINVAL, AXP_WHY_GROUPS, 0, c->c, c->groups);
	if (c->oc % c->groups)
		return axp_refuse(why, -EINVAL, AXP_WHY_GROUPS, 0, c->oc, c->groups);
	err = conv_axis(c->h, c->kh, c->stride_h, c->dil_h, c->pad_top, c->pad_bottom,
			&nest->oh, why);
	if (!err)
		err = conv_axis(c->w, c->kw, c->stride_w, c->dil_w, c->pad_left, c->pad_right,
				&nest->ow, why);
	if (err)
		return err;

	nest->n = c->n;
	nest->g = c->groups;
	nest->cg = c->c / c->groups;
	nest->og = c->oc / c->groups;
	nest->h = c->h;
	nest->w = c->w;
	nest->kh = c->kh;
	nest->kw = c->kw;
	nest->stride_h = c->stride_h;
	nest->stride_w = c->stride_w;
	nest->dil_h = c->dil_h;
	nest->dil_w = c->dil_w;
	nest->pad_top = c->pad_top;
	nest->pad_left = c->pad_left;
	nest->ci_before_kx = ci_before_kx;

	/* products of two 32-bit sizes fit */
	image = (u64)c->h * c->w;
	kernel = (u64)c->kh * c->kw;
	places = (u64)nest->oh * nest->ow;
	nest->act_w = 1;
	nest->act_h = c->w;
	nest->act_c = image;
	nest->wgt_w = 1;
	nest->wgt_h = c->kw;
	nest->wgt_c = kernel;
	nest->out_w = 1;
	nest->out_h = nest->ow;
	nest->out_o = places;
	nest->nr_bias = c->oc;
	if (mul(nest->cg, image, &nest->act_g) || mul(c->c, image, &nest->act_n) ||
	    mul(nest->cg, kernel, &nest->wgt_o) || mul(nest->og, nest->wgt_o, &nest->wgt_g) ||
	    mul(nest->og, places, &nest->out_g) || mul(c->oc, places, &nest->out_n) ||
	    mul(c->n, nest->act_n, &nest->act_elems) ||
	    mul(c->groups, nest->wgt_g, &nest->wgt_elems) ||
	    mul(c->n, nest->out_n, &nest->out_elems))
		return too_large(why, U64_MAX);
	return 0;
}

/* bytes of the union past the shape of @op */
static int check_pad(const struct axp_job *job, size_t used, struct axp_why *why)
{
	const u8 *bytes = (const u8 *)&job->pad;
	size_t i;

	for (i = used; i < sizeof(job->pad); i++)
		if (bytes[i])
			return axp_refuse(why, -EINVAL, AXP_WHY_RESERVED, 0, bytes[i], 0);
	return 0;
}

int axp_nest_from_job(struct axp_nest *nest, const struct axp_job *job, u64 max_macs,
		      struct axp_why *why)
{
	const u32 known = AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT | AXP_JOB_KY_CI_KX |
			  AXP_JOB_COMPLETION;
	struct axp_nest made = {};
	bool ci_before_kx = job->flags & AXP_JOB_KY_CI_KX;
	int err;

	if (job->flags & ~known)
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0, job->flags, known);
	if (ci_before_kx && job->op != AXP_OP_CONV2D && job->op <= AXP_OP_CONV2D)
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0, job->flags,
				  known & ~AXP_JOB_KY_CI_KX);
	switch (job->op) {
	case AXP_OP_DOT:
		err = check_pad(job, sizeof(job->dot), why);
		if (!err)
			err = from_dot(&made, &job->dot, why);
		break;
	case AXP_OP_GEMM:
		err = check_pad(job, sizeof(job->gemm), why);
		if (!err)
			err = from_gemm(&made, &job->gemm, why);
		break;
	case AXP_OP_CONV2D:
		err = check_pad(job, sizeof(job->conv2d), why);
		if (!err)
			err = from_conv(&made, &job->conv2d, ci_before_kx, why);
		break;
	default:
		err = axp_refuse(why, -EOPNOTSUPP, AXP_WHY_OP, 0, job->op, AXP_OP_CONV2D);
		break;
	}
	if (!err)
		err = check_elems(&made, why);
	if (!err)
		err = check_macs(&made, max_macs, why);
	if (err)
		return err;
	*nest = made;
	return 0;
}
