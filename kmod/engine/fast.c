// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Fast plans: units, packed weights, working memory.
 */
#include "budget.h"
#include "fast.h"
#include "fast_class.h"
#include "fast_rounded.h"
#include "fast_rows.h"
#include "fast_run.h"
#include "plan_internal.h"

/* Places of a planar window that stays near the L1 cache. */
#define PLANAR_WINDOW	16384
/* Reduction length: more is a long step. */
#define MAX_TAPS	32768
/* Output channels of a group, times the places of a kernel. */
#define MAX_CHANNELS	65536
/* MACs between two looks at what is left of a step. */
#define CALL_WORK	4194304
/* Places of a window that are allowed; the plan's tuning says how many are good. */
#define MAX_WINDOW	1048576
/*
 * Taps whose weights stay in the L1 cache where zero multipliers are left out, the fewest that
 * pay, and the positions whose sums do; places of a window of which there are lists.
 */
#define LIST_TAPS	128
#define LEAST_LIST_TAPS	32
#define LIST_POSITIONS	64
#define MAX_LIST_WINDOW	524288
/* Largest stride where there are lists: a vector of each phase is listed at once. */
#define MAX_LIST_STRIDE	4
/* Sums of 32 bits that stay in the L1 cache, or nearly. */
#define CALL_SUMS	8192
/* Output columns that a kernel for one vector of channels does well with. */
#define FEW_COLUMNS	12
/* Output columns of a unit, its MACs, and those of a tile in units of the tuning. */
#define MAX_SEG		256
#define UNIT_WORK	1048576
#define TILE_SCALE	4
/* MACs of a unit that has more than a row of a vector of channels. */
#define MAX_UNIT_WORK	67108864
/* Units that a large job has at least, where it can. */
#define WANTED_UNITS	8
/* Places of planes without padding that stay in the L1 cache. */
#define CLOSE_WINDOW	4096
/* MACs of a plane without padding, which nothing stops. */
#define MAX_CLOSE	1048576
/* Output rows of a band of these, in kernel rows, at least. */
#define CLOSE_BAND	4
/* Largest plane of activations that is done as one line. */
#define MAX_PLANE	1024
/* Bytes of the rows that a unit may make; places of the window of a plan of rows. */
#define MAX_MADE	5767168u
#define MAX_ROWS_WINDOW	262144u
/* Zero weights that meet rows, as many as are kept. */
#define MAX_ZERO_LINES	65536
/* Positions past the end that a plan of columns may do. */
#define PAD_COLUMNS	256
/* Bytes of a window of words. */
#define MAX_WORDS_WINDOW	4194304u
/* Products that one call for neighbouring positions gathers. */
#define MAX_GATHERED	131072
/* Words of weights that are mostly padding: a dot product has one channel of 16. */
#define MAX_PADDED	16777216

static u32 round_to(u32 n, u32 to)
{
	return DIV_ROUND_UP(n, to) * to;
}

static bool joins(u64 outer, u64 inner, u32 nr)
{
	return outer == inner * nr;
}

/* without a kernel, rows and batch items are columns too, where memory allows */
static void join_columns(struct axp_nest *n)
{
	if (n->kh != 1 || n->kw != 1 || n->pad_top || n->pad_left)
		return;
	if (n->stride_h == 1 && n->stride_w == 1 && n->h == n->oh && n->w == n->ow &&
	    n->h > 1 && (u64)n->h * n->w <= U32_MAX && joins(n->act_h, n->act_w, n->w) &&
	    joins(n->out_h, n->out_w, n->ow)) {
		n->w *= n->h;
		n->ow = n->w;
		n->h = 1;
		n->oh = 1;
	}
	if (n->h == 1 && n->w == 1 && n->oh == 1 && n->ow == 1 && n->n > 1) {
		n->w = n->n;
		n->ow = n->n;
		n->act_w = n->act_n;
		n->out_w = n->out_n;
		n->n = 1;
		n->stride_w = 1;
		n->dil_w = 1;
	}
}

static u64 span(u32 out, u32 stride, u32 kernel, u32 dil)
{
	return (u64)(out - 1) * stride + (u64)(kernel - 1) * dil + 1;
}

/* MACs of a plane without padding: some engines gather products of rows */
static u32 most_close(const struct axp_fast *f)
{
	return f->rows ? MAX_GATHERED : MAX_CLOSE;
}

/*
 * Output rows are as long as input rows and both lie side by side: positions and cells
 * are a constant apart.
 */
static bool may_be_close(const struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;
	/* bands share what they classify */
	u32 least = min(n->oh, CLOSE_BAND * n->kh);

	return f->planar && n->stride_h == 1 && n->stride_w == 1 && n->ow == n->w &&
	       f->seg == n->ow && n->act_w == 1 && n->out_w == 1 && n->act_h == n->w &&
	       n->out_h == n->ow && (!f->rows || f->rows->columns) &&
	       (u64)least * f->seg * f->taps <= most_close(f);
}

/* likewise, and a call is not too long */
static bool is_close(const struct axp_fast *f)
{
	return may_be_close(f) && (u64)f->band * f->seg * f->taps <= most_close(f);
}

/* places of the window of a unit; sets how it is laid out */
static u64 lay_window(struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;
	u64 sh = span(f->band, n->stride_h, n->kh, n->dil_h);
	u64 sw = span(f->seg, n->stride_w, n->kw, n->dil_w);
	u64 phase, row, chan, group;

	if (sh > MAX_WINDOW || sw > MAX_WINDOW || n->stride_w > sw + 1)
		return U64_MAX;
	phase = div_u64(sw + n->stride_w - 1, n->stride_w);
	f->span_h = (u32)sh;
	f->span_w = (u32)sw;
	f->close = is_close(f);
	f->lead = 0;
	if (f->close) {
		f->lead = 2 * AXP_FAST_LANES - n->pad_left % (2 * AXP_FAST_LANES);
		row = n->w;
		/* taps reach past the last row; channels begin alike */
		chan = round_to((u32)(row * sh + sw), AXP_FAST_LANES);
		group = chan * n->cg;
	} else if (f->planar) {
		row = phase * n->stride_w;
		/* a row may be written past its end */
		chan = row * sh + AXP_FAST_LANES;
		group = chan * n->cg;
	} else if (f->rows && f->rows->bytes) {
		/* a position has its channels side by side */
		f->col = f->rows->words ? f->rows->word_col : n->cg;
		phase = sw;
		chan = 1;
		row = sw * f->col;
		group = row * sh;
		f->chunk = f->rows->words ? f->rows->word_channels : n->cg;
		f->chunk_step = (u32)min_t(u64, group, MAX_WINDOW);
		group *= DIV_ROUND_UP(n->cg, f->chunk);
	} else {
		/* rows of channels that fall into different cache sets */
		if (phase > 16 && !(phase % 32))
			phase += 16;
		chan = phase * n->stride_w;
		row = chan * n->cg;
		group = row * sh;
	}
	if (phase > MAX_WINDOW || group > MAX_WINDOW)
		return U64_MAX;
	f->at_once = f->groups;
	if (f->close)
		f->at_once = min(f->groups, max(1u, CLOSE_WINDOW / (u32)group));
	if (group * f->at_once > MAX_WINDOW)
		return U64_MAX;
	f->phase = (u32)phase;
	f->row = (u32)row;
	f->chan = (u32)chan;
	f->group = (u32)group;
	/* a last vector may be read past the end */
	f->window = (u32)group * f->at_once + 2 * AXP_FAST_LANES;
	return f->window;
}

static u64 unit_macs(const struct axp_fast *f)
{
	return (u64)f->band * f->seg * f->groups * f->nest.og * f->taps;
}

static u64 count_units(struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;

	f->nr_groups = DIV_ROUND_UP(n->g, f->groups);
	f->nr_bands = DIV_ROUND_UP(n->oh, f->band);
	f->nr_segs = DIV_ROUND_UP(n->ow, f->seg);
	f->nr_shares = DIV_ROUND_UP(f->nr_blocks, f->share);
	return (u64)n->n * f->nr_groups * f->nr_shares * f->nr_bands * f->nr_segs;
}

/* places of a window of a plan of rows: cleared at once, and a row for each that is made */
static u32 rows_window(const struct axp_fast *f)
{
	u32 most = MAX_ROWS_WINDOW;

	if (f->rows->makes)
		most = min(most, MAX_MADE / f->rows->row);
	if (f->rows->words)
		most = min(most, MAX_WORDS_WINDOW / f->rows->word_bytes);
	return most;
}

/*
 * A unit is not divided, and another client may wait for it: rows first, which share the
 * least, then channels, then columns.
 */
static void limit_unit(struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;

	for (;;) {
		u64 channels = min_t(u64, n->og, (u64)f->share * f->block);

		if ((u64)f->band * f->seg * f->groups * channels * f->taps <= MAX_UNIT_WORK)
			return;
		if (f->band > n->kh)
			f->band = (f->band + 1) / 2;
		else if (f->share > 1)
			f->share = (f->share + 1) / 2;
		else if (f->band > 1)
			f->band = (f->band + 1) / 2;
		else if (f->seg > AXP_FAST_LANES)
			f->seg = (f->seg + 1) / 2;
		else
			return;
	}
}

/* taps that a kernel call of a block does */
static u32 call_taps(const struct axp_fast *f)
{
	if (f->rows && f->rows->words)
		return f->rows->word_chunk * f->rows->word_runs * f->nest.kh;
	return f->taps;
}

/* output rows whose sums stay in the cache from chunk to chunk of taps */
static u32 rows_at_once(const struct axp_fast *f)
{
	const struct axp_fast_rows *r = f->rows;
	u32 most = CALL_WORK / call_taps(f);

	if (r->word_chunk < r->word_taps)
		most = min_t(u32, most, CALL_SUMS);
	else
		most = 0;
	return min(f->band, max(1u, most / (f->seg * f->block)));
}

static bool choose_units(struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;
	u32 good = p->tuning.max_window / sizeof(u32);
	/* a row costs more than a multiplier: fewer that two units both need */
	u32 wanted = f->rows ? WANTED_UNITS / 2 : WANTED_UNITS;
	u64 work;

	if (f->planar)
		good = min_t(u32, good, PLANAR_WINDOW);
	f->groups = 1;
	f->band = n->oh;
	f->seg = n->ow;
	f->seg = min_t(u32, f->seg, MAX_SEG);
	if (!f->planar)
		f->seg = min_t(u32, f->seg, max_t(u32, 1, CALL_WORK / (f->block * call_taps(f))));
	f->band = min_t(u32, f->band, 8 * p->tuning.max_band);
	if (f->rows && f->rows->words) {
		good = p->tuning.max_window / f->rows->word_bytes;
		/* squares share most */
		while (lay_window(f) > good && f->band + f->seg > AXP_FAST_LANES)
			if (f->seg > 2 * f->band)
				f->seg = (f->seg + 1) / 2;
			else
				f->band = (f->band + 1) / 2;
	}
	while (lay_window(f) > good && f->band > 1)
		f->band = (f->band + 1) / 2;
	while (lay_window(f) > good && f->seg > 4 * AXP_FAST_LANES)
		f->seg = (f->seg + 1) / 2;
	if (f->rows) {
		u32 most = rows_window(f);

		good = min(good, most);
		/* a line of columns does not cost more where a kernel is wide */
		while (f->seg > 1 && (u64)f->seg * (may_be_close(f) ? 1 : n->kw) >
		       axp_fast_row_line(f))
			f->seg = (f->seg + 1) / 2;
		while (lay_window(f) > most && f->band > 1)
			f->band = (f->band + 1) / 2;
		while (lay_window(f) > most && f->seg > 1)
			f->seg = (f->seg + 1) / 2;
		if (lay_window(f) > most)
			return false;
	}
	/* bands of planes without padding, rather than rows apart */
	while (may_be_close(f) && !is_close(f))
		f->band = (f->band + 1) / 2;
	if (lay_window(f) > MAX_WINDOW)
		return false;
	if (f->planar && n->g > 1) {
		while (f->groups < n->g && unit_macs(f) < UNIT_WORK) {
			f->groups = min_t(u64, n->g, 2ull * f->groups);
			if (lay_window(f) > good) {
				f->groups = DIV_ROUND_UP(f->groups, 2);
				break;
			}
		}
	}
	/* enough units for several threads, unless they share much */
	while (count_units(f) < wanted && unit_macs(f) > 2 * UNIT_WORK && f->band >= 4 * n->kh)
		f->band = (f->band + 1) / 2;
	while (count_units(f) < WANTED_UNITS / 2 && unit_macs(f) > 8 * UNIT_WORK && f->share > 1)
		f->share = (f->share + 1) / 2;
	/* two threads have as much to do */
	if (!f->planar && f->band > 1 && count_units(f) > 1 && count_units(f) < 2 * WANTED_UNITS &&
	    count_units(f) % 2)
		f->band = DIV_ROUND_UP(n->oh, DIV_ROUND_UP(n->oh, f->band) + 1);
	limit_unit(f);
	if (lay_window(f) > MAX_WINDOW ||
	    (u64)f->groups * n->og * f->band * f->seg > S32_MAX)
		return false;
	f->flat = f->planar && n->stride_h == 1 && n->stride_w == 1 && f->seg == n->ow &&
		  f->band > 1 && n->ow < 4 * AXP_FAST_LANES &&
		  (!f->rows || (u64)f->band * f->row * f->taps <= MAX_GATHERED);
	f->flat |= f->close;
	f->nr_units = count_units(f);
	work = div64_u64(n->macs, f->nr_units) + 1;
	f->tile_units = (u32)max_t(u64, 1, div64_u64((u64)p->tuning.tile_work * TILE_SCALE, work));
	f->tile_units = (u32)max_t(u64, f->tile_units, (f->nr_units >> 31) + 1);
	f->nr_tiles = (u32)div_u64(f->nr_units + f->tile_units - 1, f->tile_units);
	return true;
}

static size_t place(size_t *at, u64 bytes)
{
	size_t here = *at;

	*at += ((size_t)bytes + 63) & ~(size_t)63;
	return here;
}

/* @cells: activations of a unit; @line: of a line of it */
static void lay_rows(struct axp_fast *f, size_t *at, u64 cells, u64 line)
{
	struct axp_fast_rows *r = f->rows;

	r->nr_made = r->makes ? (u32)cells : 0;
	/* a last row may be read past its end */
	r->at_rows = place(at, ((u64)r->nr_base + r->nr_made + 1) * r->row + 256);
	r->at_runs = place(at, sizeof(struct axp_fast_runs));
	r->at_taps = place(at, (u64)f->nest.kw * AXP_FAST_CHUNK * sizeof(u32));
	r->at_sums = place(at, 3ull * r->kp * sizeof(u32));
	r->at_acts = place(at, line * sizeof(u32));
	r->at_found = place(at, (u64)r->nr_patterns * sizeof(u32));
	if (r->searches)
		r->at_memo = place(at, AXP_FAST_MEMO * sizeof(struct axp_fast_memo));
	if (r->rounded && f->planar)
		r->at_values = place(at, (u64)f->window * sizeof(u32));
	if (r->columns) {
		r->at_heads = place(at, (u64)f->at_once * f->span_h * sizeof(u32));
		r->at_made = place(at, (u64)r->nr_made * sizeof(struct axp_fast_made));
		if (f->close)
			r->at_values = place(at, ((u64)f->window + f->lead + PAD_COLUMNS) *
					     sizeof(u32));
	}
}

/* whether zero multipliers may be left out: many channels share what that costs */
static void choose_lists(struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;
	u32 channels = DIV_ROUND_UP(n->cg, LIST_TAPS);

	if (f->rows || f->planar || n->ow == 1 || n->og < AXP_FAST_LIST_CHANNELS ||
	    (n->ci_before_kx && n->kw > 1) || f->window > MAX_LIST_WINDOW ||
	    n->stride_w > MAX_LIST_STRIDE ||
	    (f->block != AXP_FAST_LANES && f->block % AXP_FAST_LIST_CHANNELS))
		return;
	f->list_ci = round_to(DIV_ROUND_UP(n->cg, channels), AXP_FAST_LANES);
	f->list_ci = min(f->list_ci, n->cg);
	f->list_kx = n->dil_w == 1 ? min(n->kw, max(1u, LIST_TAPS / n->cg)) : 1;
	f->list_rows = min(f->band, max(1u, LIST_POSITIONS / f->seg));
	f->lists = f->list_kx * f->list_ci >= LEAST_LIST_TAPS;
}

static bool lay_scratch(struct axp_fast *f)
{
	const struct axp_nest *n = &f->nest;
	u32 pad = 2 * AXP_FAST_LANES;
	u64 plane = 0, results, lines, together;
	u64 wide = max(f->span_w, n->cg);
	size_t at = 0;

	f->planes = f->span_w < 4 * AXP_FAST_LANES && (u64)f->span_h * f->span_w <=
		    (f->rows && !f->rows->rounded ? axp_fast_row_line(f) * 4 : MAX_PLANE);
	if (f->planes)
		plane = (u64)f->span_h * f->span_w;
	/* rows that are done together: of two channels of words */
	together = f->rows ? max_t(u64, plane, 2 * axp_fast_row_line(f)) : plane;
	place(&at, sizeof(struct axp_fast_run));
	f->at_window = place(&at, ((u64)f->window + f->lead + pad) *
			     max_t(u32, sizeof(u32), f->rows ? f->rows->word_bytes : 0) +
			     (f->rows && f->rows->columns ? PAD_COLUMNS * sizeof(u16) : 0));
	f->at_flags = place(&at, f->exact && !f->planar ?
			    (u64)f->span_h * f->seg * n->cg : 0);
	f->at_uses = place(&at, (wide + pad) * sizeof(u32));
	f->at_rows = place(&at, (u64)f->span_h * sizeof(u32));
	f->at_plane = place(&at, (plane + pad) * sizeof(u32));
	f->at_zeros = place(&at, f->zero_weights ? (wide + plane + pad) * sizeof(u32) : 0);
	f->masked = n->kh <= 32;
	f->at_masks = place(&at, (u64)f->span_h * sizeof(u32));
	lines = (u64)f->groups * n->cg * n->stride_h * (f->span_w + pad);
	if (f->zero_weights && f->masked && lines <= MAX_ZERO_LINES)
		f->zero_line = f->span_w + pad;
	f->at_zero_lines = place(&at, f->zero_line ? lines * sizeof(u32) : 0);
	f->at_line = place(&at, 2 * (wide + together + pad) * sizeof(u32));
	f->at_spare = place(&at, (wide + plane + pad) * sizeof(u32));
	f->at_square = place(&at, AXP_FAST_SQUARE * sizeof(u32));
	f->at_odd = place(&at, (wide + plane + pad + AXP_FAST_SQUARE) *
			  sizeof(struct axp_fast_odd));
	if (f->planar)
		results = (f->flat ? (u64)f->band * f->row : f->seg) +
			  (f->rows && f->rows->columns ? PAD_COLUMNS : 0);
	else
		/* several narrow blocks at once: more of plans of rows */
		results = (u64)f->seg * max_t(u32, f->block, f->rows ? AXP_FAST_BLOCK :
					      2 * AXP_FAST_LANES);
	if (f->rows && f->rows->words) {
		f->rows->word_rows = rows_at_once(f);
		results *= f->rows->word_rows;
	}
	choose_lists(f);
	if (f->lists) {
		u64 parts = DIV_ROUND_UP(n->cg, f->list_ci);

		results = max(results, (u64)f->list_rows * f->seg * AXP_FAST_LIST_CHANNELS);
		f->at_cells = place(&at, ((u64)f->span_h * f->span_w * n->cg + pad) * sizeof(u32));
		f->at_lists = place(&at, parts * f->span_h * axp_fast_list(f) * sizeof(u32));
		f->at_ends = place(&at, parts * f->span_h * (f->span_w + 1) * sizeof(u32));
	}
	f->at_out = place(&at, (results + pad) * sizeof(u32));
	if (f->rows)
		lay_rows(f, &at, (u64)f->span_h * f->span_w * n->cg * f->at_once,
			 wide + together + pad);
	f->bytes = at;
	return at <= AXP_SCRATCH_MAX;
}

static u32 weight_bits(const struct axp_plan *p, u64 at)
{
	return p->k ? p->weights->codebook[p->weights->index[at]] : p->weights->plain[at];
}

static int pack_group(struct axp_fast *f, const struct axp_plan *p, u32 g)
{
	const struct axp_nest *n = &f->nest;
	/* those of plans of rounded products are in units */
	const u32 *centroids = f->rows ? f->rows->centroids : NULL;
	u32 steps = n->cg * n->kw;
	u32 ky, kx, ci, s, o;

	for (o = 0; o < n->og; o++) {
		u32 block = o / f->block;
		u32 width = min(f->block, f->lanes - block * f->block);
		u64 to, step;

		if (f->planar) {
			to = ((u64)g * n->og + o) * f->taps;
			step = 1;
		} else {
			to = ((u64)g * f->lanes + block * f->block) * f->taps + o % f->block;
			step = width;
		}
		for (ky = 0; ky < n->kh; ky++)
			for (s = 0; s < steps; s++) {
				u64 at;
				u32 w;

				axp_fast_tap(n, s, &kx, &ci);
				at = axp_fast_weight_at(n, g, o, ky, kx, ci);
				w = weight_bits(p, at);
				if (f->weights)
					f->weights[to] = centroids ?
							 centroids[p->weights->index[at]] : w;
				to += step;
				if (f->zeros && axp_f32_is_zero(w)) {
					at = (u64)(block / f->share) * n->g + g;
					at = at * f->taps + ((u64)ky * n->kw + kx) * n->cg + ci;
					f->zeros[at]++;
				}
			}
		if (axp_breathe())
			return -EINTR;
	}
	return 0;
}

/* weights that are used once: what is read of them is what they cost */
static bool wants_nibbles(const struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;

	return !f->rows && !f->planar && p->k && p->k <= AXP_FAST_NIBBLES &&
	       f->block == AXP_FAST_WIDE && n->kh == 1 && n->kw == 1 && n->oh == 1 && n->ow == 1 &&
	       f->chan == 1;
}

static u64 nr_nibble_words(const struct axp_fast *f)
{
	/* a load of what follows a byte ends in the next word */
	return (u64)f->nest.g * (f->lanes / AXP_FAST_WIDE) * f->taps * AXP_FAST_NIBBLE_WORDS + 1;
}

/* channel 16 s + i of a block: bits 4 s of word i */
static int pack_nibbles(struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;
	u32 blocks = f->lanes / AXP_FAST_WIDE, g, o, s, kx, ci;

	memcpy(f->nibble_centroids, p->weights->codebook, p->k * sizeof(u32));
	for (g = 0; g < n->g; g++)
		for (o = 0; o < min(n->og, blocks * AXP_FAST_WIDE); o++) {
			u32 *to = f->nibbles + ((u64)g * blocks + o / AXP_FAST_WIDE) * f->taps *
				  AXP_FAST_NIBBLE_WORDS + o % AXP_FAST_NIBBLE_WORDS;
			u32 shift = o % AXP_FAST_WIDE / AXP_FAST_NIBBLE_WORDS * 4;

			for (s = 0; s < n->cg; s++, to += AXP_FAST_NIBBLE_WORDS) {
				u64 at;

				axp_fast_tap(n, s, &kx, &ci);
				at = axp_fast_weight_at(n, g, o, 0, kx, ci);
				*to |= (u32)p->weights->index[at] << shift;
			}
			if (axp_breathe())
				return -EINTR;
		}
	return 0;
}

/* see @edges; vectors may read past the last position */
static int make_edges(struct axp_fast *f, struct axp_budget *budget)
{
	const struct axp_nest *n = &f->nest;
	u32 nr = f->band * f->row, kx, at;

	/* rounded products are several vectors at once */
	f->edge_words = nr / 32 + 1 + 4 * AXP_FAST_LANES / 32;
	f->edges = axp_budget_alloc(budget, (size_t)(f->close ? n->kw : 1) * f->edge_words,
				    sizeof(u32));
	if (!f->edges)
		return -ENOMEM;
	if (!f->close) {
		for (at = 0; at < nr; at++)
			if (at % f->row < n->ow)
				f->edges[at / 32] |= 1u << (at % 32);
		return axp_breathe() ? -EINTR : 0;
	}
	for (kx = 0; kx < n->kw; kx++) {
		u32 *to = f->edges + (size_t)kx * f->edge_words;

		for (at = 0; at < nr; at++) {
			u64 x = at % n->w + (u64)kx * n->dil_w;

			if (x >= n->pad_left && x - n->pad_left < n->w)
				to[at / 32] |= 1u << (at % 32);
		}
		if (axp_breathe())
			return -EINTR;
	}
	return 0;
}

static int pack(struct axp_fast *f, const struct axp_plan *p)
{
	const struct axp_nest *n = &f->nest;
	u32 steps = n->cg * n->kw;
	u64 nr = (u64)n->g * (f->planar ? n->og : f->lanes);
	/* products are not looked up */
	bool computes = !f->rows || f->rows->rounded;
	u32 s, kx, ci, g;
	int err;

	if (check_mul_overflow(nr, (u64)f->taps, &nr) || nr > SIZE_MAX / sizeof(u32))
		return -ENOMEM;
	if (computes)
		f->weights = axp_budget_alloc(p->budget, (size_t)nr, sizeof(u32));
	f->bias = axp_budget_alloc(p->budget, (size_t)n->g * f->lanes, sizeof(u32));
	/* what pads them is at the first place */
	f->steps = axp_budget_alloc(p->budget, round_to(steps, AXP_FAST_STEPS), sizeof(*f->steps));
	if (f->zero_weights)
		f->zeros = axp_budget_alloc(p->budget, (size_t)n->g * f->nr_shares * f->taps,
					    sizeof(u32));
	if (wants_nibbles(f, p)) {
		f->nibbles = axp_budget_alloc(p->budget, (size_t)nr_nibble_words(f), sizeof(u32));
		if (!f->nibbles)
			return -ENOMEM;
	}
	if ((computes && !f->weights) || !f->bias || !f->steps || (f->zero_weights && !f->zeros))
		return -ENOMEM;
	for (s = 0; s < steps; s++) {
		u32 x;

		axp_fast_tap(n, s, &kx, &ci);
		x = kx * n->dil_w;
		f->steps[s].ci = ci;
		f->steps[s].kx = kx;
		f->steps[s].at = axp_fast_place(f, ci, 0, x);
	}
	for (g = 0; g < n->g; g++) {
		if (p->bias)
			memcpy(f->bias + (size_t)g * f->lanes, p->bias + (size_t)g * n->og,
			       n->og * sizeof(u32));
		err = f->weights || f->zeros ? pack_group(f, p, g) : 0;
		if (err)
			return err;
	}
	if (f->rows)
		return axp_fast_rows_pack(f, p);
	return f->nibbles ? pack_nibbles(f, p) : 0;
}

/* a sum that starts from -0.0 tells a product of zero from none */
static bool has_negative_zero(const struct axp_plan *p)
{
	u64 i;

	if (p->bias)
		for (i = 0; i < p->weights->nr_bias; i++)
			if (p->bias[i] == AXP_F32_SIGN)
				return true;
	return false;
}

static bool is_covered(const struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;

	return n->macs && p->taps <= MAX_TAPS && n->g <= S32_MAX / 2 &&
	       (u64)n->og * n->kh * n->kw <= MAX_CHANNELS;
}

/*
 * @most: channels of a group for which lanes may be positions
 * @few: output columns for which blocks are wide
 */
static bool choose_lanes(struct axp_fast *f, u32 most, u32 few)
{
	const struct axp_nest *n = &f->nest;
	u64 across = (u64)DIV_ROUND_UP(n->og, AXP_FAST_LANES) * n->ow;
	u64 along = (u64)n->og * DIV_ROUND_UP(n->ow, AXP_FAST_LANES);

	f->planar = n->og <= most && along < across && n->ow >= 4;
	f->lanes = round_to(n->og, AXP_FAST_LANES);
	/* few positions: more channels make up for them; else weights lie side by side */
	f->block = min_t(u32, f->lanes, n->ow == 1 ? AXP_FAST_WIDE :
			 n->ow < few ? AXP_FAST_BLOCK : AXP_FAST_LANES);
	/* of up to eight positions */
	if ((u64)f->block * f->taps * min(n->ow, 8u) > CALL_WORK)
		f->block = AXP_FAST_LANES;
	f->nr_blocks = DIV_ROUND_UP(f->lanes, f->block);
	f->share = f->nr_blocks;
	return f->planar || 4 * n->og >= f->lanes || (u64)n->g * f->lanes <= MAX_PADDED / f->taps;
}

/* multipliers, where the table has them */
static int multiply(struct axp_fast *f, const struct axp_plan *p)
{
	if (p->fixed) {
		/* where lanes are positions each product is compared: many channels share theirs */
		if (!choose_lanes(f, 3, FEW_COLUMNS))
			return -EOPNOTSUPP;
		return axp_fast_rounded(f, p);
	}
	if (has_negative_zero(p) || !choose_lanes(f, AXP_FAST_LANES - 1, FEW_COLUMNS))
		return -EOPNOTSUPP;
	return axp_fast_classes(f, p);
}

static int look_up(struct axp_fast *f, const struct axp_plan *p)
{
	/* a product a lane is slow: many channels are not */
	if (!choose_lanes(f, p->fixed ? 1 : 3, U32_MAX))
		return -EOPNOTSUPP;
	return axp_fast_rows(f, p);
}

int axp_fast_create(struct axp_fast **out, const struct axp_plan *p)
{
	u64 used = p->budget ? p->budget->used : 0;
	struct axp_fast *f;
	int err;

	*out = NULL;
	if (!is_covered(p))
		return 0;
	f = axp_budget_alloc(p->budget, 1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->nest = p->nest;
	f->taps = (u32)p->taps;
	join_columns(&f->nest);
	err = multiply(f, p);
	if (err == -EOPNOTSUPP) {
		axp_fast_rows_free(f->rows);
		axp_mem_free(f->kind);
		axp_mem_free(f->table);
		f->rows = NULL;
		f->kind = NULL;
		f->table = NULL;
		axp_budget_rewind(p->budget, used + sizeof(*f));
		err = look_up(f, p);
	}
	if (!err)
		err = choose_units(f, p) && lay_scratch(f) ? 0 : -EOPNOTSUPP;
	if (!err)
		err = pack(f, p);
	if (!err && (f->close || (f->flat && f->rows && f->rows->rounded)))
		err = make_edges(f, p->budget);
	if (err) {
		axp_fast_free(f);
		axp_budget_rewind(p->budget, used);
		return err == -EOPNOTSUPP ? 0 : err;
	}
	*out = f;
	return 0;
}

void axp_fast_free(struct axp_fast *f)
{
	if (!f)
		return;
	axp_fast_rows_free(f->rows);
	axp_mem_free(f->steps);
	axp_mem_free(f->edges);
	axp_mem_free(f->zeros);
	axp_mem_free(f->bias);
	axp_mem_free(f->nibbles);
	axp_mem_free(f->weights);
	axp_mem_free(f->kind);
	axp_mem_free(f->table);
	axp_mem_free(f);
}
