// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Energy model: from constants and table dimensions to costs, from counters and
 * costs to energy. Documentation/energy.rst has the formulas in words.
 */
#include "energy.h"

#define ZJ_PER_AJ	1000
#define NM_PER_MM	1000000
#define AJ_PER_FJ	1000

static u64 sat_add(u64 a, u64 b)
{
	u64 sum;

	return check_add_overflow(a, b, &sum) ? U64_MAX : sum;
}

static u64 sat_mul(u64 a, u64 b)
{
	u64 product;

	return check_mul_overflow(a, b, &product) ? U64_MAX : product;
}

/* zeptojoule to the nearest attojoule */
static u64 to_aj(u64 zj)
{
	return div_u64(sat_add(zj, ZJ_PER_AJ / 2), ZJ_PER_AJ);
}

/* @value * @num / @den, without losing the high bits of the product */
static u64 scale_by(u64 value, u64 num, u32 den)
{
	u32 rem;
	u64 whole = div_u64_rem(value, den, &rem);

	return sat_add(sat_mul(whole, num), div_u64(sat_mul(rem, num), den));
}

static u32 ceil_log2(u32 n)
{
	u32 bits = 0;

	while (bits < 32 && (1ull << bits) < n)
		bits++;
	return bits;
}

/* search of @rows x @bits, zeptojoule */
static u64 cam_search(const struct axp_energy_model *m, u32 kappa, u32 rows, u32 bits)
{
	u64 e = (u64)m->cam_c0;

	e = sat_add(e, sat_mul((u64)m->cam_cr, rows));
	e = sat_add(e, sat_mul((u64)m->cam_cb, bits));
	e = sat_add(e, sat_mul((u64)m->cam_crb, (u64)rows * bits));
	return scale_by(e, kappa, 1000);
}

/* write of one CAM row, zeptojoule; the fit may be negative for tiny rows */
static u64 cam_write(const struct axp_energy_model *m, u32 rows, u32 bits)
{
	u64 e = sat_add(sat_mul((u64)m->camw_cb, bits),
			sat_mul((u64)m->camw_crb, (u64)rows * bits));

	if (m->camw_c0 >= 0)
		return sat_add(e, (u64)m->camw_c0);
	return e > (u64)-m->camw_c0 ? e - (u64)-m->camw_c0 : 0;
}

/* @bits wires over @nm nanometres, zeptojoule */
static u64 wires(const struct axp_energy_model *m, u64 bits, u64 nm)
{
	return scale_by(sat_mul(bits, nm), (u64)m->wire, NM_PER_MM);
}

/* @words side by side, read or written at once, from 32 bit costs a and b */
static u64 lut_access(const struct axp_energy_model *m, u64 a, u64 b, u32 depth,
		      const struct axp_table_dims *d, u32 words)
{
	u64 e = sat_mul(sat_add(a, sat_mul(b, depth)), words);
	u64 width = (u64)m->lut_width;

	/* (1 - width) + width * word_bits/32 */
	return scale_by(e, (AXP_PERMILLE - width) * 32 + width * d->word_bits,
			AXP_PERMILLE * 32);
}

static u64 search_cost(const struct axp_energy_model *m, u32 kappa,
		       const struct axp_table_dims *d)
{
	u64 e;

	if (d->organisation == AXP_ORG_FLAT)
		return cam_search(m, kappa, d->cam_rows, d->key_bits);

	e = cam_search(m, kappa, d->cam_rows, d->act_bits);
	if (d->organisation == AXP_ORG_BANKED)
		/* the key runs along all banks */
		return sat_add(e, wires(m, d->act_bits,
					sat_mul((u64)d->nr_centroids * d->cam_rows,
						(u64)m->row_pitch)));
	/* nothing but the row itself leaves the memory */
	if (d->organisation == AXP_ORG_BROADCAST)
		return e;
	/* row number and hit line run along all lanes */
	return sat_add(e, wires(m, ceil_log2(d->cam_rows) + 1,
				sat_mul(d->lanes, (u64)m->pe_pitch)));
}

/* K words of the matched row, and the bus that takes them along all lanes */
static u64 row_cost(const struct axp_energy_model *m, const struct axp_table_dims *d)
{
	s64 pitch = d->fixed ? m->lane_pitch : m->lane_pitch_f32;

	return sat_add(lut_access(m, (u64)m->lut_a, (u64)m->lut_b, d->cam_rows, d,
				  d->nr_centroids),
		       wires(m, (u64)d->nr_centroids * d->word_bits,
			     sat_mul(d->lanes, (u64)pitch)));
}

/*
 * One word out of K: an AND-OR multiplexer. Of each bit one input gate and one
 * gate of each OR level change, and one select line falls while another rises.
 */
static u64 select_cost(const struct axp_energy_model *m, const struct axp_table_dims *d)
{
	if (d->nr_centroids < 2)
		return 0;
	return sat_mul((u64)m->gate, (u64)d->word_bits * (ceil_log2(d->nr_centroids) + 3));
}

void axp_energy_costs(struct axp_costs *costs, const struct axp_energy_model *m,
		      u32 cam_class, const struct axp_table_dims *d)
{
	int kappa = axp_energy_kappa(cam_class);
	bool broadcast;
	u64 hit, miss, lutw;

	memset(costs, 0, sizeof(*costs));
	costs->base_mul = to_aj((u64)m->mul);
	costs->base_add = to_aj((u64)m->add);
	costs->zero_detect = to_aj((u64)m->zero_detect);
	costs->miss = costs->base_mul;
	costs->add = costs->base_add;
	if (!d)
		return;

	costs->search = to_aj(search_cost(m, kappa < 0 ? 1000 : (u32)kappa, d));
	broadcast = d->organisation == AXP_ORG_BROADCAST;
	if (broadcast) {
		costs->row = to_aj(row_cost(m, d));
		hit = select_cost(m, d);
	} else {
		hit = lut_access(m, (u64)m->lut_a, (u64)m->lut_b, d->lut_words, d, 1);
	}
	if (d->significand)
		hit = sat_add(hit, (u64)m->exp_add);
	costs->hit = to_aj(hit);
	if (d->fixed) {
		/* conversions are bounded by a binary32 addition */
		miss = sat_add((u64)m->mul, (u64)m->add);
		costs->miss = to_aj(miss);
		costs->add = to_aj((u64)m->int32_add);
		costs->output = costs->base_add;
	}
	costs->program_cam = to_aj(cam_write(m, d->cam_rows, d->organisation == AXP_ORG_FLAT ?
					     d->key_bits : d->act_bits));
	lutw = lut_access(m, (u64)m->lutw_a, (u64)m->lutw_b,
			  broadcast ? d->cam_rows : d->lut_words, d, 1);
	costs->program_lut = to_aj(sat_mul(lutw, broadcast ? 1 : d->lanes));
}

/* a sum of events: whole femtojoule and a remainder below 1 fJ */
struct sum {
	u64 fj;
	u32 aj;
};

static void sum_add(struct sum *s, u64 events, u64 cost)
{
	u32 cost_aj, events_rest, rest;
	u64 cost_fj = div_u64_rem(cost, AJ_PER_FJ, &cost_aj);
	u64 events_k = div_u64_rem(events, AJ_PER_FJ, &events_rest);
	u64 fj;

	/* events * cost_aj = (events_k * 1000 + events_rest) * cost_aj, exactly */
	fj = sat_add(sat_mul(events, cost_fj), sat_mul(events_k, cost_aj));
	rest = events_rest * cost_aj + s->aj;
	s->fj = sat_add(s->fj, sat_add(fj, rest / AJ_PER_FJ));
	s->aj = rest % AJ_PER_FJ;
}

void axp_energy_price(struct axp_energy *energy, const struct axp_costs *costs,
		      const struct axp_counters *c, bool gating)
{
	u64 hits = c->hits_exact + c->hits_approx;
	struct sum device = {}, base = {}, base_gated = {};

	sum_add(&device, c->searches, costs->search);
	sum_add(&device, c->searches, costs->row);
	sum_add(&device, hits, costs->hit);
	sum_add(&device, c->misses, costs->miss);
	sum_add(&device, hits + c->misses, costs->add);
	sum_add(&device, c->outputs, costs->output);
	if (gating)
		sum_add(&device, c->macs, costs->zero_detect);
	energy->device = device.fj;

	sum_add(&base, c->macs, costs->base_mul);
	sum_add(&base, c->macs, costs->base_add);
	energy->baseline = base.fj;

	sum_add(&base_gated, c->macs - c->zero_act, costs->base_mul);
	sum_add(&base_gated, c->macs - c->zero_act, costs->base_add);
	sum_add(&base_gated, c->macs, costs->zero_detect);
	energy->baseline_gated = base_gated.fj;
}

u64 axp_energy_program_fj(const struct axp_costs *costs, u64 cam_rows, u64 lut_words)
{
	struct sum s = {};

	sum_add(&s, cam_rows, costs->program_cam);
	sum_add(&s, lut_words, costs->program_lut);
	return s.fj;
}
