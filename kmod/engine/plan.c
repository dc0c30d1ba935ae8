// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Plan: what is computed once for a table, weights and a shape.
 */
#include "budget.h"
#include "cpu.h"
#include "plan_internal.h"
#include "why.h"

static u32 round_up_to(u32 n, u32 to)
{
	return DIV_ROUND_UP(n, to) * to;
}

static void set_bit_of(u32 *mask, u32 bit)
{
	mask[bit / 32] |= 1u << (bit % 32);
}

static bool bit_of(const u32 *mask, u32 bit)
{
	return mask[bit / 32] >> (bit % 32) & 1;
}

static int check_bias(struct axp_plan *p, struct axp_why *why)
{
	const struct axp_weights *w = p->weights;
	u64 terms, most;
	u32 i;

	if (w->nr_bias && w->nr_bias != p->nest.nr_bias)
		return axp_refuse(why, -EINVAL, AXP_WHY_BIAS, 0, w->nr_bias, p->nest.nr_bias);
	p->bias = w->bias;
	if (!p->fixed)
		return 0;

	if (check_mul_overflow(p->taps, (u64)p->max_term, &terms))
		terms = U64_MAX;
	if (terms > S32_MAX)
		return axp_refuse(why, -EOVERFLOW, AXP_WHY_ACC_OVERFLOW, 0, terms, S32_MAX);
	if (!w->nr_bias)
		return 0;
	p->bias = axp_budget_alloc(p->budget, w->nr_bias, sizeof(u32));
	if (!p->bias)
		return -ENOMEM;
	p->own_bias = true;
	for (i = 0; i < w->nr_bias; i++) {
		bool clamped = false;
		s32 units = axp_f32_to_fixed(w->bias[i], p->scale, S32_MAX, &clamped);

		if (clamped)
			return axp_refuse(why, -EOVERFLOW, AXP_WHY_BIAS, i, w->bias[i], S32_MAX);
		most = terms + (u64)(units < 0 ? -(s64)units : units);
		if (most > S32_MAX)
			return axp_refuse(why, -EOVERFLOW, AXP_WHY_ACC_OVERFLOW, i, most,
					  S32_MAX);
		p->bias[i] = (u32)units;
	}
	return 0;
}

/* centroids that GATE_WGT leaves, over whole rows of the masks */
static void make_valid(struct axp_plan *p)
{
	u32 j;

	for (j = 0; j < p->k; j++)
		if (!(p->flags & AXP_JOB_GATE_WGT) || !axp_f32_is_zero(p->weights->codebook[j]))
			set_bit_of(p->valid, j);
}

/* lowest rows of class @c for each centroid, U32_MAX where there is none */
static void class_rows(const struct axp_plan *p, u32 c, u32 *best)
{
	const struct axp_classes *cl = p->classes;
	u32 i, r, j;

	for (j = 0; j < p->k; j++)
		best[j] = U32_MAX;
	for (i = cl->first[c]; i < cl->first[c + 1]; i++) {
		const struct axp_pattern *pattern = &cl->patterns[cl->members[i]];

		for (r = pattern->first; r < pattern[1].first; r++) {
			const struct axp_row *row = &p->image->rows[cl->rows[r]];

			for (j = 0; j < p->k; j++)
				if (!((p->weights->codebook[j] ^ row->wgt) & row->wgt_care) &&
				    cl->rows[r] < best[j])
					best[j] = cl->rows[r];
		}
	}
}

static void compile_class(struct axp_plan *p, u32 c, const u32 *best)
{
	u32 *word = p->class_word + (size_t)c * p->row_words;
	u32 *miss = p->class_miss + (size_t)c * p->mask_words;
	u32 *power = p->class_power + (size_t)c * p->mask_words;
	u32 j;

	p->class_kind[c] = AXP_ROW_STORED;
	for (j = 0; j < p->k; j++) {
		const struct axp_row *row;

		if (!bit_of(p->valid, j)) {
			word[j] = p->fixed ? 0 : AXP_NO_PRODUCT;
			continue;
		}
		if (best[j] == U32_MAX) {
			set_bit_of(miss, j);
			p->class_kind[c] = AXP_ROW_MIXED;
			continue;
		}
		row = &p->image->rows[best[j]];
		word[j] = row->product;
		if (row->flags & AXP_ROW_SIGNIFICAND) {
			set_bit_of(power, j);
			p->class_kind[c] = AXP_ROW_MIXED;
		} else if (!p->fixed) {
			word[j] = axp_f32_canon(word[j]);
		}
	}
}

/* comparisons that class rows take; at least max_class_work + 1 when too many */
static u64 class_work(const struct axp_plan *p)
{
	const struct axp_classes *cl = p->classes;
	u64 work = 0;
	u32 c, i;

	if (!cl)
		return 0;
	for (c = 0; c < cl->nr_classes && work <= p->tuning.max_class_work; c++)
		for (i = cl->first[c]; i < cl->first[c + 1]; i++) {
			const struct axp_pattern *pattern = &cl->patterns[cl->members[i]];

			work += (u64)(pattern[1].first - pattern->first) * p->k;
		}
	return work;
}

/* product rows of all classes, where there are not too many */
static int compile_classes(struct axp_plan *p)
{
	u32 nr = p->classes ? p->classes->nr_classes : 1;
	u32 c, *best;
	int err = 0;

	if (!p->k || !nr || (u64)nr * p->row_words > p->tuning.max_class_words ||
	    class_work(p) > p->tuning.max_class_work)
		return 0;
	best = axp_budget_alloc(p->budget, p->k, sizeof(u32));
	p->class_kind = axp_budget_alloc(p->budget, nr, 1);
	/* vectors are read past the end */
	p->class_word = axp_budget_alloc(p->budget, (size_t)nr * p->row_words + AXP_FAST_LANES,
					 sizeof(u32));
	p->class_miss = axp_budget_alloc(p->budget, (size_t)nr * p->mask_words, sizeof(u32));
	p->class_power = axp_budget_alloc(p->budget, (size_t)nr * p->mask_words, sizeof(u32));
	if (!best || !p->class_kind || !p->class_word || !p->class_miss || !p->class_power)
		err = -ENOMEM;
	for (c = 0; c < nr && !err; c++) {
		if (p->classes)
			class_rows(p, c, best);
		else
			memset(best, 0xff, p->k * sizeof(u32));
		compile_class(p, c, best);
		if (!(c & 63))
			err = axp_breathe();
	}
	axp_budget_free(p->budget, best, p->k, sizeof(u32));
	p->compiled = !err;
	return err;
}

/* input places that @out output places reach, at most @in */
static u64 reach(u32 in, u32 out, u32 kernel, u32 stride, u32 dil)
{
	u64 places = (u64)(out - 1) * stride + (u64)(kernel - 1) * dil + 1;

	return min_t(u64, places, in);
}

static u32 cell_bytes(const struct axp_plan *p)
{
	if (!p->wide)
		return sizeof(struct axp_cell);
	return sizeof(struct axp_cell) +
	       (p->row_words + AXP_NR_MASKS * p->mask_words) * sizeof(u32);
}

/* band and segment so that the window fits, and whether it pays */
static void choose_window(struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;
	u64 cells, uses;

	p->band = min_t(u32, n->oh, p->tuning.max_band);
	p->seg = n->ow;
	if (p->faults || (!p->wide && !p->compiled) || (n->kh == 1 && n->kw == 1))
		return;
	for (;;) {
		cells = reach(n->h, p->band, n->kh, n->stride_h, n->dil_h);
		if (check_mul_overflow(cells, reach(n->w, p->seg, n->kw, n->stride_w, n->dil_w),
				       &cells) ||
		    check_mul_overflow(cells, (u64)n->cg, &cells))
			cells = U64_MAX;
		if (cells <= p->tuning.max_window / cell_bytes(p))
			break;
		if (p->band > 1) {
			p->band = (p->band + 1) / 2;
		} else if (p->seg > 1) {
			p->seg = (p->seg + 1) / 2;
		} else {
			p->band = min_t(u32, n->oh, p->tuning.max_band);
			p->seg = n->ow;
			return;
		}
	}
	/* taps are all of the weights of a channel: no overflow */
	if (check_mul_overflow((u64)p->band * p->seg, p->taps, &uses) || cells < uses) {
		p->windowed = true;
		p->window_cells = (u32)cells;
		return;
	}
	p->band = min_t(u32, n->oh, p->tuning.max_band);
	p->seg = n->ow;
}

static void choose_mode(struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;
	u32 rows = p->image ? p->image->nr_rows : 0;
	u32 patterns = p->classes ? p->classes->nr_patterns : 0;
	u32 most;

	p->wide = !p->faults && p->k && n->og >= AXP_LANES / 2 && p->k <= 4 * (u64)n->og &&
		  (p->compiled || (u64)rows * p->k <= p->tuning.max_search_work);

	most = p->tuning.max_block;
	if (!p->wide && !p->compiled)
		most = max_t(u32, 1, min_t(u32, most, p->tuning.max_search_work / (rows + 1)));
	most = (u32)min_t(u64, most, max_t(u64, AXP_LANES, div64_u64(p->tuning.max_unit, p->taps)));
	p->nr_blocks = DIV_ROUND_UP(n->og, most);
	p->block = DIV_ROUND_UP(n->og, p->nr_blocks);
	p->nr_blocks = DIV_ROUND_UP(n->og, p->block);
	p->block_lanes = round_up_to(p->block, AXP_LANES);

	p->cell_work = 16;
	if (p->wide)
		p->cell_work += p->k * (p->fixed ? 8 : 2);
	if (!p->compiled)
		p->cell_work += patterns / 2 + (p->wide ? rows * p->k / 4 : 0);
	p->mac_work = p->compiled ? 4 : 16 + rows / 2;
	if (p->faults)
		p->mac_work += 16 * p->faults->nr;
}

/* a unit is not divided, and another client may wait for it */
static void limit_units(struct axp_plan *p)
{
	u64 most = div64_u64(p->tuning.max_unit, (u64)p->block * p->taps) + 1;

	while ((u64)p->band * p->seg > most)
		if (p->seg > p->band)
			p->seg = (p->seg + 1) / 2;
		else
			p->band = (p->band + 1) / 2;
}

static void choose_tiles(struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;
	u64 work;

	limit_units(p);
	p->nr_bands = DIV_ROUND_UP(n->oh, p->band);
	p->nr_segs = DIV_ROUND_UP(n->ow, p->seg);
	/* no more than there are outputs, which fit 64 bits */
	p->nr_units = (u64)n->n * n->g * p->nr_blocks * p->nr_bands * p->nr_segs;
	work = div64_u64(n->macs, p->nr_units) + (u64)p->band * p->seg * p->block_lanes + 1;
	p->tile_units = (u32)max_t(u64, 1, div64_u64(p->tuning.tile_work, work));
	p->tile_units = (u32)max_t(u64, p->tile_units, (p->nr_units >> 31) + 1);
	p->nr_tiles = (u32)div_u64(p->nr_units + p->tile_units - 1, p->tile_units);
}

static size_t place(size_t *at, u64 bytes)
{
	size_t here = *at;

	*at += ((size_t)bytes + 63) & ~(size_t)63;
	return here;
}

static int lay_out_scratch(struct axp_plan *p, struct axp_why *why)
{
	struct axp_scratch *s = &p->scratch;
	u32 per_use = p->block_lanes + (p->windowed ? 4 : p->cell_work);
	u64 cells;
	size_t at = 0;

	if (p->wide)
		p->list_max = min_t(u32, p->tuning.max_list,
				    max_t(u32, p->tuning.step_work / per_use, 1));
	cells = p->windowed ? p->window_cells : p->list_max;
	s->acc = place(&at, (u64)p->block_lanes * sizeof(u32));
	s->uses = place(&at, (u64)p->list_max * sizeof(struct axp_use));
	if (p->faults)
		s->forced = place(&at, (u64)p->block_lanes * 2 * sizeof(u32));
	if (!p->compiled) {
		s->patterns = place(&at, (u64)(p->classes ? p->classes->nr_patterns : 0) *
				    sizeof(u32));
		s->base = place(&at, ((u64)p->row_words + 2 * p->mask_words) * sizeof(u32));
	}
	s->cells = place(&at, cells * sizeof(struct axp_cell));
	if (p->wide) {
		s->masks = place(&at, cells * AXP_NR_MASKS * p->mask_words * sizeof(u32));
		s->rows = place(&at, cells * p->row_words * sizeof(u32));
	}
	s->bytes = at;
	if (at > AXP_SCRATCH_MAX)
		return axp_refuse(why, -ENOSPC, AXP_WHY_SCRATCH, 0, at, AXP_SCRATCH_MAX);
	return 0;
}

/* weight of group @g, output channel @o, tap (ky, kx, ci) */
static u64 weight_at(const struct axp_nest *n, u64 g, u64 o, u64 ky, u64 kx, u64 ci)
{
	return g * n->wgt_g + o * n->wgt_o + ci * n->wgt_c + ky * n->wgt_h + kx * n->wgt_w;
}

/* indices of one tap, side by side, their histogram and their gated channels */
static int pack_tap(struct axp_plan *p, u64 at, u64 first, u32 channels)
{
	u8 *packed = p->packed + at * p->block_lanes;
	u16 *histogram = p->histogram + at * p->k;
	u32 o;

	if (!(at & 63) && axp_breathe())
		return -EINTR;
	for (o = 0; o < channels; o++) {
		u8 j = p->weights->index[first + o * p->nest.wgt_o];

		packed[o] = j;
		histogram[j]++;
		if (p->gated && !bit_of(p->valid, j))
			p->gated[at]++;
	}
	return 0;
}

static int pack_block(struct axp_plan *p, u64 g, u32 b)
{
	const struct axp_nest *n = &p->nest;
	u32 o0 = b * p->block;
	u32 channels = min_t(u32, p->block, n->og - o0);
	u64 at = (g * p->nr_blocks + b) * p->taps;
	u32 ky, kx, ci;
	int err;

	for (ky = 0; ky < n->kh; ky++)
		for (kx = 0; kx < n->kw; kx++)
			for (ci = 0; ci < n->cg; ci++) {
				err = pack_tap(p, at++, weight_at(n, g, o0, ky, kx, ci), channels);
				if (err)
					return err;
			}
	return 0;
}

static int pack_weights(struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;
	u64 taps = (u64)n->g * p->nr_blocks * p->taps;
	u64 g;
	u32 b;
	int err;

	if (!p->wide)
		return 0;
	p->packed = axp_budget_alloc(p->budget, (size_t)taps, p->block_lanes);
	p->histogram = axp_budget_alloc(p->budget, (size_t)taps, p->k * sizeof(u16));
	if (p->flags & AXP_JOB_GATE_WGT)
		p->gated = axp_budget_alloc(p->budget, (size_t)taps, sizeof(u16));
	if (!p->packed || !p->histogram || (!p->gated && p->flags & AXP_JOB_GATE_WGT))
		return -ENOMEM;
	for (g = 0; g < n->g; g++)
		for (b = 0; b < p->nr_blocks; b++) {
			err = pack_block(p, g, b);
			if (err)
				return err;
		}
	return 0;
}

static void set_table(struct axp_plan *p, const struct axp_image *image)
{
	p->image = image;
	if (!image)
		return;
	p->classes = image->classes;
	p->fixed = image->spec.accumulator == AXP_ACC_FIXED;
	p->scale = image->spec.scale;
	p->max_term = image->spec.max_term;
	if (image->faults && image->faults->accumulators)
		p->faults = image->faults;
	if (image->spec.organisation == AXP_ORG_FLAT ||
	    image->spec.organisation == AXP_ORG_BANKED)
		p->searches_per_mac = true;
	else
		p->searches_per_act = DIV_ROUND_UP(p->nest.og, image->spec.lanes);
}

int axp_plan_create_tuned(struct axp_plan **out, struct axp_budget *budget,
			  const struct axp_image *image, const struct axp_weights *weights,
			  const struct axp_nest *nest, u32 flags,
			  const struct axp_plan_tuning *tuning, struct axp_why *why)
{
	struct axp_plan *p;
	int err;

	*out = NULL;
	if (nest->wgt_elems > weights->count)
		return axp_refuse(why, -ERANGE, AXP_WHY_RANGE_WGT, 0, nest->wgt_elems,
				  weights->count);
	p = axp_budget_alloc(budget, 1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->budget = budget;
	p->tuning = *tuning;
	p->nest = *nest;
	p->weights = weights;
	p->flags = flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT);
	p->taps = axp_nest_length(nest);
	p->k = weights->nr_centroids;
	p->row_words = round_up_to(p->k, AXP_LANES);
	p->mask_words = DIV_ROUND_UP(p->k, 32);
	set_table(p, image);
	make_valid(p);

	err = check_bias(p, why);
	if (!err)
		err = compile_classes(p);
	if (err)
		goto fail;
	choose_mode(p);
	choose_window(p);
	choose_tiles(p);
	err = lay_out_scratch(p, why);
	if (!err)
		err = pack_weights(p);
	/* words of a damaged image may break the bounds that a fast plan relies on */
	if (!err && !(image && image->faults))
		err = axp_fast_create(&p->fast, p);
	if (err)
		goto fail;
	p->budget = NULL;
	*out = p;
	return 0;
fail:
	axp_plan_free(p);
	return err;
}

int axp_plan_create(struct axp_plan **out, struct axp_budget *budget,
		    const struct axp_image *image, const struct axp_weights *weights,
		    const struct axp_nest *nest, u32 flags, struct axp_why *why)
{
	struct axp_plan_tuning tuning = AXP_PLAN_TUNING_DEFAULT;

#ifdef __x86_64__
	tuning.words = axp_cpu_has_avx512();
#endif
	return axp_plan_create_tuned(out, budget, image, weights, nest, flags, &tuning, why);
}

void axp_plan_free(struct axp_plan *p)
{
	if (!p)
		return;
	axp_fast_free(p->fast);
	if (p->own_bias)
		axp_mem_free(p->bias);
	axp_mem_free(p->gated);
	axp_mem_free(p->histogram);
	axp_mem_free(p->packed);
	axp_mem_free(p->class_power);
	axp_mem_free(p->class_miss);
	axp_mem_free(p->class_word);
	axp_mem_free(p->class_kind);
	axp_mem_free(p);
}

u32 axp_plan_nr_tiles(const struct axp_plan *p)
{
	/* tiles past an engine's own are empty */
	return p->fast ? max(p->nr_tiles, p->fast->nr_tiles) : p->nr_tiles;
}

size_t axp_plan_scratch_bytes(const struct axp_plan *p)
{
	return p->fast ? max(p->scratch.bytes, p->fast->bytes) : p->scratch.bytes;
}

/* input places that a run of output places reaches, clipped to the input */
static void window_axis(u32 in, u32 kernel, u32 stride, u32 dil, u32 pad,
			u32 first, u32 nr, u32 *start, u32 *places)
{
	s64 low = (s64)((u64)first * stride) - pad;
	s64 high = low + (s64)((u64)(nr - 1) * stride) + (s64)((u64)(kernel - 1) * dil);

	low = max_t(s64, low, 0);
	high = min_t(s64, high, (s64)in - 1);
	*start = low <= high ? (u32)low : 0;
	*places = low <= high ? (u32)(high - low + 1) : 0;
}

void axp_plan_unit(const struct axp_plan *p, u64 number, struct axp_unit *u)
{
	const struct axp_nest *n = &p->nest;
	u32 seg, band, g;
	u64 item;

	number = div_u64_rem(number, p->nr_segs, &seg);
	number = div_u64_rem(number, p->nr_bands, &band);
	number = div_u64_rem(number, p->nr_blocks, &u->block);
	item = div_u64_rem(number, n->g, &g);

	u->channels = min_t(u32, p->block, n->og - u->block * p->block);
	u->group_block = (u64)g * p->nr_blocks + u->block;
	u->act = item * n->act_n + g * n->act_g;
	u->wgt = g * n->wgt_g + (u64)u->block * p->block * n->wgt_o;
	u->out = item * n->out_n + g * n->out_g + (u64)u->block * p->block * n->out_o;
	u->bias = (u64)g * n->og + (u64)u->block * p->block;
	u->y0 = band * p->band;
	u->x0 = seg * p->seg;
	u->rows = min_t(u32, p->band, n->oh - u->y0);
	u->cols = min_t(u32, p->seg, n->ow - u->x0);
	window_axis(n->h, n->kh, n->stride_h, n->dil_h, n->pad_top, u->y0, u->rows,
		    &u->in_y0, &u->in_rows);
	window_axis(n->w, n->kw, n->stride_w, n->dil_w, n->pad_left, u->x0, u->cols,
		    &u->in_x0, &u->in_cols);
}
