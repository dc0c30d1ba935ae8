// SPDX-License-Identifier: BSD-2-Clause
/*
 * The definition of the device, MAC by MAC. Written from
 * Documentation/pe-semantics.rst, to be read beside it.
 */
#include <math.h>

#include "reference.h"

static float from_bits(u32 bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static u32 to_bits(float f)
{
	u32 bits;

	if (isnan(f))
		return 0x7fc00000;
	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

static u32 fl_mul(u32 a, u32 b)
{
	volatile float product = from_bits(a) * from_bits(b);

	return to_bits(product);
}

static u32 fl_add(u32 a, u32 b)
{
	volatile float sum = from_bits(a) + from_bits(b);

	return to_bits(sum);
}

static bool zero(u32 a)
{
	return a == 0 || a == 0x80000000;
}

static bool normal(u32 a)
{
	u32 exponent = a >> 23 & 255;

	return exponent != 0 && exponent != 255;
}

/* nearest unit, ties to even, within +-max_term */
static s32 to_units(u32 a, const struct axp_table_spec *spec, bool *clamped)
{
	double x = from_bits(a);

	*clamped = false;
	if (isnan(x)) {
		*clamped = true;
		return 0;
	}
	x = nearbyint(ldexp(x, spec->scale));
	if (fabs(x) > spec->max_term) {
		*clamped = true;
		x = copysign(spec->max_term, x);
	}
	return (s32)x;
}

static const struct axp_row *search(const struct reference *ref, u32 wgt, u32 act)
{
	for (u32 i = 0; i < ref->nr_rows; i++) {
		const struct axp_row *row = &ref->rows[i];

		if ((act & row->act_care) != (row->act & row->act_care))
			continue;
		if ((wgt & row->wgt_care) != (row->wgt & row->wgt_care))
			continue;
		if ((row->flags & AXP_ROW_SIGNIFICAND) && !normal(act))
			continue;
		return row;
	}
	return NULL;
}

struct dot {
	u32 acc;	/* binary32 bits, or units */
};

static bool is_fixed(const struct reference *ref)
{
	return ref->spec && ref->spec->accumulator == AXP_ACC_FIXED;
}

static void begin(const struct reference *ref, struct dot *dot, u64 bias)
{
	dot->acc = 0;
	if (!ref->bias)
		return;
	dot->acc = ref->bias[bias];
	if (is_fixed(ref))
		dot->acc = (u32)(s32)nearbyint(ldexp(from_bits(ref->bias[bias]),
						     ref->spec->scale));
}

/* one MAC; @first: of the output channels that share the activation */
static void mac(const struct reference *ref, struct dot *dot, u32 act, u64 weight, bool first,
		u32 channels, struct axp_counters *c)
{
	u32 wgt = ref->codebook ? ref->codebook[ref->index[weight]] : ref->plain[weight];
	bool gate_act = (ref->job.flags & AXP_JOB_GATE_ACT) && zero(act);
	bool gate_wgt = (ref->job.flags & AXP_JOB_GATE_WGT) && zero(wgt);
	const struct axp_row *row;
	bool clamped = false;
	u32 computed, product;

	c->macs++;
	c->zero_act += zero(act);
	if (ref->spec && ref->spec->organisation >= AXP_ORG_SHARED && first && !gate_act)
		c->searches += (channels + ref->spec->lanes - 1) / ref->spec->lanes;
	if (gate_act || gate_wgt) {
		c->gated++;
		return;
	}
	if (ref->spec && ref->spec->organisation < AXP_ORG_SHARED)
		c->searches++;

	row = search(ref, wgt, act);
	computed = fl_mul(wgt, act);
	if (is_fixed(ref))
		computed = (u32)to_units(computed, ref->spec, &clamped);
	if (!row) {
		product = computed;
		c->misses++;
		c->clamped += clamped;
	} else {
		product = row->product;
		if (row->flags & AXP_ROW_SIGNIFICAND)
			product = fl_mul(product, act & 0xff800000);
		if (!is_fixed(ref))
			product = to_bits(from_bits(product));
		if (product == computed && !clamped)
			c->hits_exact++;
		else
			c->hits_approx++;
	}
	if (is_fixed(ref))
		dot->acc += product;
	else
		dot->acc = fl_add(dot->acc, product);
}

static u32 result(const struct reference *ref, const struct dot *dot, struct axp_counters *c)
{
	volatile float rounded;

	c->outputs++;
	if (!is_fixed(ref))
		return to_bits(from_bits(dot->acc));
	rounded = (float)(s32)dot->acc;
	return to_bits(ldexpf(rounded, -ref->spec->scale));
}

static void run_dot(const struct reference *ref, u32 *out, struct axp_counters *c)
{
	const struct axp_dot *d = &ref->job.dot;

	for (u64 i = 0; i < d->count; i++) {
		struct dot dot;

		begin(ref, &dot, i);
		for (u64 k = 0; k < d->len; k++)
			mac(ref, &dot, ref->act[i * d->act_step + k], i * d->wgt_step + k,
			    true, 1, c);
		out[i] = result(ref, &dot, c);
	}
}

static void run_gemm(const struct reference *ref, u32 *out, struct axp_counters *c)
{
	const struct axp_gemm *g = &ref->job.gemm;
	u64 ld_act = g->ld_act ? g->ld_act : g->flags & AXP_GEMM_T_ACT ? g->m : g->k;
	u64 ld_wgt = g->ld_wgt ? g->ld_wgt : g->flags & AXP_GEMM_T_WGT ? g->k : g->n;
	u64 ld_out = g->ld_out ? g->ld_out : g->n;

	for (u64 m = 0; m < g->m; m++)
		for (u64 n = 0; n < g->n; n++) {
			struct dot dot;

			begin(ref, &dot, n);
			for (u64 k = 0; k < g->k; k++)
				mac(ref, &dot,
				    ref->act[g->flags & AXP_GEMM_T_ACT ? k * ld_act + m :
					     m * ld_act + k],
				    g->flags & AXP_GEMM_T_WGT ? n * ld_wgt + k : k * ld_wgt + n,
				    n == 0, g->n, c);
			out[m * ld_out + n] = result(ref, &dot, c);
		}
}

/* output channel @o at (@y, @x) of batch item @b */
static u32 conv_output(const struct reference *ref, u32 b, u32 o, u32 y, u32 x,
		       struct axp_counters *c)
{
	const struct axp_conv2d *v = &ref->job.conv2d;
	bool ci_first = ref->job.flags & AXP_JOB_KY_CI_KX;
	u32 cg = v->c / v->groups, og = v->oc / v->groups, group = o / og;
	u32 outer = ci_first ? cg : v->kw, inner = ci_first ? v->kw : cg;
	struct dot dot;

	begin(ref, &dot, o);
	for (u32 ky = 0; ky < v->kh; ky++)
		for (u32 i = 0; i < outer; i++)
			for (u32 j = 0; j < inner; j++) {
				u32 kx = ci_first ? j : i, ci = ci_first ? i : j;
				s64 iy = (s64)y * v->stride_h + (s64)ky * v->dil_h - v->pad_top;
				s64 ix = (s64)x * v->stride_w + (s64)kx * v->dil_w - v->pad_left;
				u64 channel = (u64)b * v->c + group * cg + ci;

				if (iy < 0 || iy >= v->h || ix < 0 || ix >= v->w)
					continue;
				mac(ref, &dot,
				    ref->act[(channel * v->h + (u64)iy) * v->w + (u64)ix],
				    (((u64)o * cg + ci) * v->kh + ky) * v->kw + kx,
				    o % og == 0, og, c);
			}
	return result(ref, &dot, c);
}

static void run_conv(const struct reference *ref, u32 *out, struct axp_counters *c)
{
	const struct axp_conv2d *v = &ref->job.conv2d;
	u32 oh = (v->h + v->pad_top + v->pad_bottom - v->dil_h * (v->kh - 1) - 1) / v->stride_h + 1;
	u32 ow = (v->w + v->pad_left + v->pad_right - v->dil_w * (v->kw - 1) - 1) / v->stride_w + 1;

	for (u32 b = 0; b < v->n; b++)
		for (u32 o = 0; o < v->oc; o++)
			for (u32 y = 0; y < oh; y++)
				for (u32 x = 0; x < ow; x++)
					*out++ = conv_output(ref, b, o, y, x, c);
}

void reference_run(const struct reference *ref, u32 *out, struct axp_counters *c)
{
	switch (ref->job.op) {
	case AXP_OP_DOT:
		run_dot(ref, out, c);
		break;
	case AXP_OP_GEMM:
		run_gemm(ref, out, c);
		break;
	case AXP_OP_CONV2D:
		run_conv(ref, out, c);
		break;
	}
}
