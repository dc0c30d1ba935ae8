// SPDX-License-Identifier: BSD-2-Clause
/*
 * The definition of the device, MAC by MAC. Written from
 * Documentation/pe-semantics.rst, to be read beside it.
 */
#include <math.h>
#include <stdlib.h>

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

/* --- faults, bit by bit --- */

static u64 draw(u64 key, u64 counter)
{
	u64 x = (key ^ counter) + 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static bool is_faulty(const struct axp_fault *f, u64 key, u32 bit)
{
	u32 number = 0;

	for (u32 k = 0; k < 32; k++) {
		u32 word = (u32)(draw(key, k / 2) >> (k & 1 ? 0 : 32));

		number |= (word >> bit & 1) << (31 - k);
	}
	return !f->rate || number < f->rate;
}

/*
 * @value with the faults of @target at @index. The draws of a fault are those of @place
 * for what is stuck and of @place at @step, in the job, for what flips.
 */
static u32 broken(const struct reference *ref, u32 target, u64 index, u64 place,
		  const u64 *flip_place, const u64 *step, u32 cells, u32 value)
{
	for (u32 pass = 0; pass < 2; pass++)
		for (u32 i = 0; i < ref->nr_faults; i++) {
			const struct axp_fault *f = &ref->faults[i];
			bool flip = f->kind == AXP_FAULT_FLIP;
			u64 key = draw(ref->seed, i);

			if (f->target != target || flip != !pass || index < f->first ||
			    (f->count && index >= (u64)f->first + f->count) ||
			    (flip && !flip_place))
				continue;
			key = draw(key, flip ? ref->fault_job : 0);
			key = draw(key, flip ? *flip_place : place);
			if (flip && step)
				key = draw(key, *step);
			for (u32 bit = 0; bit < 32; bit++) {
				u32 b = 1u << bit;

				if (!(f->mask & cells & b) || !is_faulty(f, key, bit))
					continue;
				value = flip ? value ^ b : f->kind == AXP_FAULT_STUCK_1 ?
					value | b : value & ~b;
			}
		}
	return value;
}

static u32 ones(u32 bits)
{
	return (u32)__builtin_popcount(bits);
}

/* the row whose CAM row @row is in: in the shared organisations the first of its pattern */
static u32 cam_row(const struct reference *ref, u32 row)
{
	const struct axp_row *a = &ref->rows[row];

	if (ref->spec->organisation < AXP_ORG_SHARED)
		return row;
	for (u32 i = 0; i < row; i++) {
		const struct axp_row *b = &ref->rows[i];

		if (a->act_care == b->act_care && a->flags == b->flags &&
		    !((a->act ^ b->act) & a->act_care))
			return i;
	}
	return row;
}

struct axp_row *reference_damage(const struct reference *ref, u64 *cam, u64 *lut)
{
	struct axp_row *rows = calloc(ref->nr_rows ? ref->nr_rows : 1, sizeof(*rows));
	u32 act = 0, wgt = 0;
	u32 width = ref->spec->word_bits;

	for (u32 i = 0; i < ref->nr_rows; i++) {
		act |= ref->rows[i].act_care;
		wgt |= ref->rows[i].wgt_care;
	}
	for (u32 i = 0; i < ref->nr_rows; i++) {
		const struct axp_row *from = &ref->rows[i];
		struct axp_row *to = &rows[i];
		u64 place = cam_row(ref, i), own = i;
		u32 columns = from->flags & AXP_ROW_SIGNIFICAND ? act & 0x7fffff : act;
		u32 a = from->act & from->act_care, w = from->wgt & from->wgt_care;
		s64 word;

		*to = *from;
		to->act = broken(ref, AXP_FAULT_ACT_KEY, place, place, &place, NULL,
				 from->act_care, a);
		to->act_care = broken(ref, AXP_FAULT_ACT_CARE, place, place, &place, NULL,
				      columns, from->act_care);
		to->wgt = broken(ref, AXP_FAULT_WGT_KEY, place, place, &place, NULL,
				 from->wgt_care, w);
		to->wgt_care = broken(ref, AXP_FAULT_WGT_CARE, place, place, &place, NULL, wgt,
				      from->wgt_care);
		to->product = broken(ref, AXP_FAULT_LUT, own, own, &own, NULL,
				     (u32)((1ull << width) - 1), from->product);
		*lut += ones(to->product ^ from->product);
		if (place == i)
			*cam += ones(to->act ^ a) + ones(to->act_care ^ from->act_care) +
				ones(to->wgt ^ w) + ones(to->wgt_care ^ from->wgt_care);
		/* a word of fewer bits is a signed integer */
		word = to->product & ((1ull << width) - 1);
		if (word >> (width - 1))
			word -= 1ll << width;
		to->product = (u32)word;
	}
	return rows;
}

/**
 * struct dot - one output
 * @acc: accumulator: binary32 bits, or units
 * @channel: number of its bias
 * @out: its place among the results
 */
struct dot {
	u32 acc;
	u64 channel;
	u64 out;
};

/* the accumulator holds something else than it should; at the start there is no @tap */
static void break_acc(const struct reference *ref, struct dot *dot, const u64 *tap,
		      struct axp_counters *c)
{
	bool fixed = ref->spec && ref->spec->accumulator == AXP_ACC_FIXED;
	u32 right = fixed ? dot->acc : to_bits(from_bits(dot->acc));

	if (!ref->faults)
		return;
	dot->acc = broken(ref, AXP_FAULT_ACC, dot->channel, dot->channel,
			  tap ? &dot->out : NULL, tap, ~0u, right);
	c->faults += ones(right ^ dot->acc);
}

static bool is_fixed(const struct reference *ref)
{
	return ref->spec && ref->spec->accumulator == AXP_ACC_FIXED;
}

static void begin(const struct reference *ref, struct dot *dot, u64 bias, u64 out,
		  struct axp_counters *c)
{
	dot->acc = 0;
	dot->channel = bias;
	dot->out = out;
	if (ref->bias)
		dot->acc = ref->bias[bias];
	if (ref->bias && is_fixed(ref))
		dot->acc = (u32)(s32)nearbyint(ldexp(from_bits(ref->bias[bias]),
						     ref->spec->scale));
	break_acc(ref, dot, NULL, c);
}

/* one MAC, at @tap; @first: of the output channels that share the activation */
static void mac(const struct reference *ref, struct dot *dot, u32 act, u64 weight, u64 tap,
		bool first, u32 channels, struct axp_counters *c)
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
	break_acc(ref, dot, &tap, c);
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

		begin(ref, &dot, i, i, c);
		for (u64 k = 0; k < d->len; k++)
			mac(ref, &dot, ref->act[i * d->act_step + k], i * d->wgt_step + k, k,
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

			begin(ref, &dot, n, m * ld_out + n, c);
			for (u64 k = 0; k < g->k; k++)
				mac(ref, &dot,
				    ref->act[g->flags & AXP_GEMM_T_ACT ? k * ld_act + m :
					     m * ld_act + k],
				    g->flags & AXP_GEMM_T_WGT ? n * ld_wgt + k : k * ld_wgt + n,
				    k, n == 0, g->n, c);
			out[m * ld_out + n] = result(ref, &dot, c);
		}
}

/* output channel @o at (@y, @x) of batch item @b, result number @out */
static u32 conv_output(const struct reference *ref, u32 b, u32 o, u32 y, u32 x, u64 out,
		       struct axp_counters *c)
{
	const struct axp_conv2d *v = &ref->job.conv2d;
	bool ci_first = ref->job.flags & AXP_JOB_KY_CI_KX;
	u32 cg = v->c / v->groups, og = v->oc / v->groups, group = o / og;
	u32 outer = ci_first ? cg : v->kw, inner = ci_first ? v->kw : cg;
	struct dot dot;

	begin(ref, &dot, o, out, c);
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
				    ((u64)ky * v->kw + kx) * cg + ci, o % og == 0, og, c);
			}
	return result(ref, &dot, c);
}

static void run_conv(const struct reference *ref, u32 *out, struct axp_counters *c)
{
	const struct axp_conv2d *v = &ref->job.conv2d;
	u32 oh = (v->h + v->pad_top + v->pad_bottom - v->dil_h * (v->kh - 1) - 1) / v->stride_h + 1;
	u32 ow = (v->w + v->pad_left + v->pad_right - v->dil_w * (v->kw - 1) - 1) / v->stride_w + 1;

	u64 at = 0;

	for (u32 b = 0; b < v->n; b++)
		for (u32 o = 0; o < v->oc; o++)
			for (u32 y = 0; y < oh; y++)
				for (u32 x = 0; x < ow; x++, at++)
					out[at] = conv_output(ref, b, o, y, x, at, c);
}

void reference_run(const struct reference *sound, u32 *out, struct axp_counters *c)
{
	struct reference hurt = *sound;
	const struct reference *ref = sound;
	struct axp_row *rows = NULL;
	u64 cam = 0, lut = 0;

	if (sound->faults) {
		rows = reference_damage(sound, &cam, &lut);
		hurt.rows = rows;
		ref = &hurt;
	}
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
	free(rows);
}
