// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>

#include "reference_util.h"

/* What accumulates one result. */
struct ref_acc {
	const struct ref_job *job;
	const struct ref_table *table;	/* NULL: none */
	struct axp_stats *stats;
	bool fixed;
	uint32_t f32;
	int64_t units;
	uint64_t channel;
	uint64_t out;
};

static float as_float(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* Rounds once, whatever precision the compiler computes in. */
static uint32_t as_bits(double value)
{
	float f = (float)value;
	uint32_t bits;

	if (isnan(value))
		return F32_NAN;
	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

/* Products of binary32 are exact in binary64; sums round to the same binary32. */
uint32_t ref_mul(uint32_t w, uint32_t a)
{
	return as_bits((double)as_float(w) * (double)as_float(a));
}

static uint32_t ref_add(uint32_t a, uint32_t b)
{
	return as_bits((double)as_float(a) + (double)as_float(b));
}

static bool is_zero(uint32_t bits)
{
	return !(bits & 0x7fffffff);
}

/* In units of 2^-scale, ties to even, within +-most. */
static int64_t ref_to_fixed(uint32_t bits, int scale, int64_t most, bool *clamped)
{
	double units = rint(ldexp(as_float(bits), scale));

	*clamped = !(units >= -(double)most && units <= (double)most);
	if (isnan(units))
		return 0;
	if (*clamped)
		return units < 0 ? -most : most;
	return (int64_t)units;
}

static const struct axp_row *ref_search(const struct ref_table *table, uint32_t w, uint32_t a)
{
	uint32_t exponent = a >> 23 & 0xff;
	uint32_t i;

	for (i = 0; i < table->nr_rows; i++) {
		const struct axp_row *row = &table->rows[i];

		if (((a ^ row->act) & row->act_care) || ((w ^ row->wgt) & row->wgt_care))
			continue;
		if ((row->flags & AXP_ROW_SIGNIFICAND) && (!exponent || exponent == 255))
			continue;
		return row;
	}
	return NULL;
}

static uint32_t ref_row_product(const struct axp_row *row, uint32_t a)
{
	double power;

	if (!(row->flags & AXP_ROW_SIGNIFICAND))
		return as_bits(as_float(row->product));
	power = ldexp(a >> 31 ? -1 : 1, (int)(a >> 23 & 0xff) - 127);
	return as_bits((double)as_float(row->product) * power);
}

static void ref_add_fixed(struct ref_acc *acc, const struct axp_row *row, uint32_t w,
			  uint32_t a)
{
	const struct axp_table_spec *spec = &acc->table->spec;
	bool clamped;
	int64_t exact = ref_to_fixed(ref_mul(w, a), spec->scale, spec->max_term, &clamped);

	if (row) {
		acc->units += (int32_t)row->product;
		/* a clamped product is not what the FPU gives */
		if (exact == (int32_t)row->product && !clamped)
			acc->stats->hits_exact++;
		else
			acc->stats->hits_approx++;
	} else {
		acc->units += exact;
		acc->stats->misses++;
		acc->stats->clamped += clamped;
	}
}

static void ref_add_f32(struct ref_acc *acc, const struct axp_row *row, uint32_t w, uint32_t a)
{
	uint32_t exact = ref_mul(w, a);
	uint32_t product = row ? ref_row_product(row, a) : exact;

	if (!row)
		acc->stats->misses++;
	else if (product == exact)
		acc->stats->hits_exact++;
	else
		acc->stats->hits_approx++;
	acc->f32 = ref_add(acc->f32, product);
}

/* What the accumulator holds, 32 bits, before and after faults changed some. */
static uint32_t ref_acc_bits(const struct ref_acc *acc)
{
	return acc->fixed ? (uint32_t)acc->units : as_bits(as_float(acc->f32));
}

static void ref_acc_set(struct ref_acc *acc, uint32_t bits)
{
	acc->f32 = bits;
	acc->units = (int32_t)bits;
}

static void ref_mac(struct ref_acc *acc, uint32_t w, uint32_t a, uint64_t tap)
{
	uint32_t flags = acc->job->job.flags;
	const struct axp_row *row;

	acc->stats->macs++;
	acc->stats->zero_act += is_zero(a);
	if (((flags & AXP_JOB_GATE_ACT) && is_zero(a)) ||
	    ((flags & AXP_JOB_GATE_WGT) && is_zero(w))) {
		acc->stats->gated++;
		return;
	}
	row = acc->table ? ref_search(acc->table, w, a) : NULL;
	if (acc->table && acc->table->spec.organisation <= AXP_ORG_BANKED)
		acc->stats->searches++;
	if (acc->fixed)
		ref_add_fixed(acc, row, w, a);
	else
		ref_add_f32(acc, row, w, a);
	/* only words and sums that are faulty can leave 32 bits */
	acc->units = (int32_t)acc->units;
	if (acc->job->faults)
		ref_acc_set(acc, ref_fault_mac(acc->job->faults, acc->channel, acc->out, tap,
					       ref_acc_bits(acc)));
}

static struct ref_acc ref_start(const struct ref_job *job, struct axp_stats *stats,
				uint64_t bias, uint64_t out)
{
	struct ref_acc acc = {
		.job = job, .table = job->table, .stats = stats, .channel = bias, .out = out,
	};
	bool clamped;

	acc.fixed = acc.table && acc.table->spec.accumulator == AXP_ACC_FIXED;
	if (job->bias && acc.fixed)
		acc.units = ref_to_fixed(job->bias[bias], acc.table->spec.scale, INT32_MAX,
					 &clamped);
	else if (job->bias)
		acc.f32 = job->bias[bias];
	if (job->faults)
		ref_acc_set(&acc, ref_fault_load(job->faults, bias, ref_acc_bits(&acc)));
	return acc;
}

static uint32_t ref_end(const struct ref_acc *acc)
{
	acc->stats->outputs++;
	if (acc->fixed)
		return as_bits(ldexp((double)acc->units, -acc->table->spec.scale));
	return as_bits(as_float(acc->f32));
}

/* A search whose result is broadcast: one per activation and @lanes results. */
static void ref_shared(const struct ref_job *job, struct axp_stats *stats, uint32_t a,
		       uint32_t results)
{
	const struct ref_table *table = job->table;

	if (!table || table->spec.organisation <= AXP_ORG_BANKED)
		return;
	if ((job->job.flags & AXP_JOB_GATE_ACT) && is_zero(a))
		return;
	stats->searches += (results + table->spec.lanes - 1) / table->spec.lanes;
}

static void ref_dot(const struct ref_job *job, uint32_t *out, struct axp_stats *stats)
{
	const struct axp_dot *d = &job->job.dot;
	uint64_t i, k;

	for (i = 0; i < d->count; i++) {
		struct ref_acc acc = ref_start(job, stats, i, i);

		for (k = 0; k < d->len; k++) {
			uint32_t a = job->act[i * d->act_step + k];

			ref_shared(job, stats, a, 1);
			ref_mac(&acc, job->wgt[i * d->wgt_step + k], a, k);
		}
		out[i] = ref_end(&acc);
	}
}

static void ref_gemm(const struct ref_job *job, uint32_t *out, struct axp_stats *stats)
{
	const struct axp_gemm *g = &job->job.gemm;
	bool ta = g->flags & AXP_GEMM_T_ACT, tw = g->flags & AXP_GEMM_T_WGT;
	uint64_t ld_act = g->ld_act ? g->ld_act : ta ? g->m : g->k;
	uint64_t ld_wgt = g->ld_wgt ? g->ld_wgt : tw ? g->k : g->n;
	uint64_t ld_out = g->ld_out ? g->ld_out : g->n;
	uint64_t m, n, k;

	for (m = 0; m < g->m; m++) {
		for (k = 0; k < g->k; k++)
			ref_shared(job, stats, job->act[ta ? k * ld_act + m : m * ld_act + k],
				   g->n);
		for (n = 0; n < g->n; n++) {
			struct ref_acc acc = ref_start(job, stats, n, m * ld_out + n);

			for (k = 0; k < g->k; k++)
				ref_mac(&acc, job->wgt[tw ? n * ld_wgt + k : k * ld_wgt + n],
					job->act[ta ? k * ld_act + m : m * ld_act + k], k);
			out[m * ld_out + n] = ref_end(&acc);
		}
	}
}

static uint32_t out_size(uint32_t in, uint32_t before, uint32_t after, uint32_t kernel,
			 uint32_t dilation, uint32_t stride)
{
	return (in + before + after - dilation * (kernel - 1) - 1) / stride + 1;
}

/* One tap of one result: false when it is padding. */
static bool ref_tap(const struct ref_job *job, uint64_t b, uint64_t channel, int64_t y,
		    int64_t x, uint32_t *a)
{
	const struct axp_conv2d *c = &job->job.conv2d;

	if (y < 0 || y >= c->h || x < 0 || x >= c->w)
		return false;
	*a = job->act[((b * c->c + channel) * c->h + y) * c->w + x];
	return true;
}

/* Result @out; with @count_shared its taps count as fetched activations. */
static uint32_t ref_conv_result(const struct ref_job *job, struct axp_stats *stats,
				uint64_t b, uint64_t o, uint64_t oy, uint64_t ox, uint64_t out,
				bool count_shared)
{
	const struct axp_conv2d *c = &job->job.conv2d;
	uint64_t cg = c->c / c->groups, og = c->oc / c->groups;
	uint64_t taps = cg * c->kh * c->kw;
	bool late_kx = job->job.flags & AXP_JOB_KY_CI_KX;
	struct ref_acc acc = ref_start(job, stats, o, out);
	uint64_t t;

	for (t = 0; t < taps; t++) {
		uint64_t ky = t / (cg * c->kw), rest = t % (cg * c->kw);
		uint64_t kx = late_kx ? rest % c->kw : rest / cg;
		uint64_t ci = late_kx ? rest / c->kw : rest % cg;
		uint32_t a;

		if (!ref_tap(job, b, o / og * cg + ci,
			     (int64_t)(oy * c->stride_h + ky * c->dil_h) - c->pad_top,
			     (int64_t)(ox * c->stride_w + kx * c->dil_w) - c->pad_left, &a))
			continue;
		if (count_shared)
			ref_shared(job, stats, a, og);
		ref_mac(&acc, job->wgt[((o * cg + ci) * c->kh + ky) * c->kw + kx], a,
			(ky * c->kw + kx) * cg + ci);
	}
	return ref_end(&acc);
}

static void ref_conv2d(const struct ref_job *job, uint32_t *out, struct axp_stats *stats)
{
	const struct axp_conv2d *c = &job->job.conv2d;
	uint32_t oh = out_size(c->h, c->pad_top, c->pad_bottom, c->kh, c->dil_h, c->stride_h);
	uint32_t ow = out_size(c->w, c->pad_left, c->pad_right, c->kw, c->dil_w, c->stride_w);
	uint64_t og = c->oc / c->groups;
	uint64_t b, o, y, x, i = 0;

	for (b = 0; b < c->n; b++)
		for (o = 0; o < c->oc; o++)
			for (y = 0; y < oh; y++)
				for (x = 0; x < ow; x++, i++)
					out[i] = ref_conv_result(job, stats, b, o, y, x, i,
								 o % og == 0);
}

void ref_run(const struct ref_job *job, uint32_t *out, struct axp_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	switch (job->job.op) {
	case AXP_OP_DOT:
		ref_dot(job, out, stats);
		break;
	case AXP_OP_GEMM:
		ref_gemm(job, out, stats);
		break;
	case AXP_OP_CONV2D:
		ref_conv2d(job, out, stats);
		break;
	}
	stats->jobs = 1;
}

uint64_t ref_act_elems(const struct axp_job *job)
{
	const struct axp_gemm *g = &job->gemm;
	const struct axp_conv2d *c = &job->conv2d;

	switch (job->op) {
	case AXP_OP_DOT:
		return (uint64_t)(job->dot.count - 1) * job->dot.act_step + job->dot.len;
	case AXP_OP_GEMM:
		if (g->flags & AXP_GEMM_T_ACT)
			return (uint64_t)g->k * (g->ld_act ? g->ld_act : g->m);
		return (uint64_t)g->m * (g->ld_act ? g->ld_act : g->k);
	default:
		return (uint64_t)c->n * c->c * c->h * c->w;
	}
}

uint64_t ref_wgt_elems(const struct axp_job *job)
{
	const struct axp_gemm *g = &job->gemm;
	const struct axp_conv2d *c = &job->conv2d;

	switch (job->op) {
	case AXP_OP_DOT:
		return (uint64_t)(job->dot.count - 1) * job->dot.wgt_step + job->dot.len;
	case AXP_OP_GEMM:
		if (g->flags & AXP_GEMM_T_WGT)
			return (uint64_t)g->n * (g->ld_wgt ? g->ld_wgt : g->k);
		return (uint64_t)g->k * (g->ld_wgt ? g->ld_wgt : g->n);
	default:
		return (uint64_t)c->oc * (c->c / c->groups) * c->kh * c->kw;
	}
}

uint64_t ref_out_elems(const struct axp_job *job)
{
	const struct axp_gemm *g = &job->gemm;
	const struct axp_conv2d *c = &job->conv2d;

	switch (job->op) {
	case AXP_OP_DOT:
		return job->dot.count;
	case AXP_OP_GEMM:
		return (uint64_t)g->m * (g->ld_out ? g->ld_out : g->n);
	default:
		return (uint64_t)c->n * c->oc *
		       out_size(c->h, c->pad_top, c->pad_bottom, c->kh, c->dil_h, c->stride_h) *
		       out_size(c->w, c->pad_left, c->pad_right, c->kw, c->dil_w, c->stride_w);
	}
}
