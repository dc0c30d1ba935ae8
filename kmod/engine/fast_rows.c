// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Plans of rows: rows of classes, search tables, indices, histograms.
 */
#include "budget.h"
#include "fast_class.h"
#include "fast_rows.h"
#include "plan_internal.h"

/* Rows of classes that are copied into the working memory, bytes. */
#define MAX_BASE	131072
/* Words that are looked up by their bytes: centroids. */
#define MAX_BYTE_KP	64
/* Scale of centroids in units: denormal products are far from one. */
#define MAX_SCALE	100
/* Channels of a group, times the places of a kernel: counted in 16 bits. */
#define MAX_CHANNELS	65535
/* Words of the tables that a search reads, all of them for some activations. */
#define MAX_SEARCH	32768
/* Reduction length: more is a long step. */
#define MAX_TAPS	16384
/* Indices of a chunk, about. */
#define WORD_CHUNK	8192
/* Bytes of the words of a position whose taps are in chunks, not those of a kernel row as one. */
#define CHUNK_CELLS	512

static u32 round_to(u32 n, u32 to)
{
	return DIV_ROUND_UP(n, to) * to;
}

static u32 nr_classes(const struct axp_plan *p)
{
	return p->classes ? p->classes->nr_classes : 1;
}

/* every centroid hits a word that is a product as it is */
static bool is_whole(const struct axp_plan *p, u32 c)
{
	const u32 *miss = p->class_miss + (size_t)c * p->mask_words;
	const u32 *power = p->class_power + (size_t)c * p->mask_words;
	u32 m;

	for (m = 0; m < p->mask_words; m++)
		if (miss[m] || power[m])
			return false;
	return true;
}

/* least word, and how many bytes the difference to the greatest takes */
static void choose_bytes(struct axp_fast_rows *r, const struct axp_plan *p, bool misses)
{
	s64 low = 0, high = 0;
	u32 i;

	if (misses) {
		low = -(s64)p->max_term;
		high = p->max_term;
	}
	for (i = 0; i < p->image->nr_rows; i++) {
		low = min_t(s64, low, (s32)p->image->rows[i].product);
		high = max_t(s64, high, (s32)p->image->rows[i].product);
	}
	r->low = (u32)low;
	for (r->bytes = 1; r->bytes < AXP_FAST_BYTES && (high - low) >> (8 * r->bytes); r->bytes++)
		;
}

/* Misses clamp in time, and so many weights of a channel count in 16 bits with a sign. */
bool axp_fast_has_words(const struct axp_fast_rows *r, const struct axp_plan *p)
{
	const struct axp_nest *n = &p->nest;
	u32 i;

	if (!p->tuning.words || !r->scaled || p->max_term > S16_MAX ||
	    (u64)n->og * n->kh * n->kw > S16_MAX)
		return false;
	for (i = 0; i < p->image->nr_rows; i++) {
		s32 word = (s32)p->image->rows[i].product;

		if (word >= S16_MAX || word <= -S16_MAX)
			return false;
	}
	return true;
}

static void lay_row(struct axp_fast_rows *r, bool columns)
{
	r->tables = r->kp / AXP_FAST_CHUNK;
	if (r->tables == 3)
		r->tables = 4;
	r->at_words = r->kp * sizeof(u32);
	r->word_bytes = r->words || columns ? r->kp * sizeof(u16) : 0;
	r->at_bytes = r->at_words + r->word_bytes;
	r->at_masks = r->at_bytes + r->bytes * r->tables * AXP_FAST_CHUNK;
	r->row = round_to(r->at_masks + r->chunks * sizeof(u32), 32);
	if (!columns)
		return;
	while (1u << r->column_shift < r->row)
		r->column_shift++;
	r->row = 1u << r->column_shift;
}

/* row @to of @k words, or of what changes no sum: 0 units, -0.0 */
static void make_base(const struct axp_fast_rows *r, u8 *to, const u32 *word, u32 k)
{
	u32 j, b;

	for (j = 0; j < r->kp; j++) {
		u32 w = word && j < k ? word[j] : r->fixed ? 0 : AXP_NO_PRODUCT;

		memcpy(to + j * sizeof(u32), &w, sizeof(u32));
		if (r->word_bytes) {
			u16 half = (u16)w;

			memcpy(to + r->at_words + j * sizeof(u16), &half, sizeof(u16));
		}
		for (b = 0; b < r->bytes; b++)
			to[r->at_bytes + b * r->tables * AXP_FAST_CHUNK + j] =
				(u8)((w - r->low) >> (8 * b));
	}
}

/* such a class has the words of row 0 */
static bool is_nothing(const struct axp_plan *p, u32 c)
{
	const u32 *word = p->class_word + (size_t)c * p->row_words;
	u32 j;

	for (j = 0; j < p->k; j++)
		if (word[j] != (p->fixed ? 0 : AXP_NO_PRODUCT))
			return false;
	return true;
}

/* rows of whole classes; @value is what each class has in the table of keys */
static int make_bases(struct axp_fast_rows *r, const struct axp_plan *p, u32 *value)
{
	u32 c, nr = 1;

	for (c = 0; c < nr_classes(p) && p->compiled; c++)
		nr += is_whole(p, c) && !is_nothing(p, c);
	if ((u64)nr * r->row > MAX_BASE)
		nr = 1;
	r->base = axp_budget_alloc(p->budget, nr, r->row);
	if (!r->base)
		return -ENOMEM;
	make_base(r, r->base, NULL, 0);
	r->nr_base = 1;
	r->makes = !p->compiled;
	for (c = 0; c < nr_classes(p) && p->compiled; c++) {
		if (nr == 1 || !is_whole(p, c)) {
			value[c] = AXP_FAST_MAKE | c;
			r->makes = true;
			continue;
		}
		if (is_nothing(p, c))
			continue;
		value[c] = r->nr_base++ * r->row;
		make_base(r, r->base + value[c], p->class_word + (size_t)c * p->row_words, p->k);
		if (!(c & 63) && axp_breathe())
			return -EINTR;
	}
	return 0;
}

/* see @word_centroids */
static int order_centroids(struct axp_fast_rows *r, const struct axp_plan *p)
{
	u32 j;

	r->word_centroids = axp_budget_alloc(p->budget, r->kp, sizeof(u32));
	if (!r->word_centroids)
		return -ENOMEM;
	for (j = 0; j < r->kp; j++)
		r->word_centroids[(j & ~15u) | (j & 4) << 1 | (j & 8) >> 1 | (j & 3)] =
			r->centroids[j];
	return 0;
}

/* words of rows, by centroid */
static int make_columns(struct axp_fast_rows *r, const struct axp_plan *p)
{
	u32 c, j;

	r->columns = axp_budget_alloc(p->budget, (size_t)r->kp * AXP_FAST_COLUMN, sizeof(u16));
	r->column_most = axp_budget_alloc(p->budget, r->kp, sizeof(u16));
	r->column_centroids = axp_budget_alloc(p->budget, r->kp, sizeof(u32));
	if (!r->columns || !r->column_most || !r->column_centroids)
		return -ENOMEM;
	for (j = 0; j < r->kp; j++)
		r->column_centroids[j] = j < p->k && axp_plan_has(p->valid, j) ? r->centroids[j] :
					 AXP_F32_NAN;
	for (c = 1; c < r->nr_base; c++)
		for (j = 0; j < r->kp; j++) {
			u16 *to = &r->columns[j * AXP_FAST_COLUMN + c - 1];
			const u8 *word = r->base + (size_t)c * r->row + r->at_words;

			memcpy(to, word + j * sizeof(u16), sizeof(u16));
			r->column_most[j] = max_t(u16, r->column_most[j],
						  (s16)*to < 0 ? -(s16)*to : (s16)*to);
		}
	return 0;
}

/*
 * Centroids in units: a product with one rounds to the same unit as the product
 * with the centroid does when it is scaled after. Where either is denormal or
 * infinite the unit is 0, or out of range, for both: scales are limited for that.
 */
static void scale_centroids(struct axp_fast_rows *r, const struct axp_plan *p)
{
	u32 j;

	if (!r->fixed || p->scale > MAX_SCALE)
		return;
	for (j = 0; j < p->k; j++) {
		u32 c = r->centroids[j];
		s32 e = (s32)(c >> 23 & 0xff) + p->scale;

		if (!axp_f32_is_zero(c) && (!axp_f32_is_normal(c) || e < 1 || e > 254))
			return;
	}
	for (j = 0; j < p->k; j++)
		if (!axp_f32_is_zero(r->centroids[j]))
			r->centroids[j] += (u32)p->scale << 23;
	r->scaled = true;
}

/* keys that have something else than most, if they are neighbours */
static void find_words(struct axp_fast *f)
{
	struct axp_fast_words *w = &f->words;
	u32 first = f->keys, last = 0, i, beyond;

	memset(w, 0, sizeof(*w));
	if (f->key != AXP_FAST_KEY_TOP || f->keys < 2)
		return;
	beyond = f->table[f->keys / 2 - 1];
	for (i = 0; i < f->keys; i++)
		if (f->table[i] != beyond) {
			first = min(first, i);
			last = i;
		}
	if (first > last || last - first >= AXP_FAST_WORDS)
		return;
	f->rows->beyond = beyond;
	w->shift = f->key_shift;
	w->base = first;
	w->nr = last - first + 1;
	memcpy(w->word, f->table + first, w->nr * sizeof(u32));
	f->rows->listed = first && (f->keys / 2 < first || f->keys / 2 > last);
	for (i = 0; i < w->nr; i++)
		f->rows->listed &= w->word[i] && !(w->word[i] & AXP_FAST_MAKE);
}

int axp_fast_rows_keys(struct axp_fast *f, const struct axp_plan *p, const u32 *value)
{
	const struct axp_classes *cl = p->classes;
	u32 i;

	f->key = AXP_FAST_KEY_NONE;
	if (!cl || !p->compiled)
		return 0;
	f->keys = axp_fast_keys(f, cl);
	f->table = axp_budget_alloc(p->budget, f->keys, sizeof(u32));
	if (!f->table)
		return -ENOMEM;
	for (i = 0; i < f->keys; i++)
		f->table[i] = value[axp_fast_class_of_key(f, cl, i)];
	f->other = value[0];
	f->zero_multiplier[0] = value[axp_classify(cl, 0)];
	f->zero_multiplier[1] = value[axp_classify(cl, AXP_F32_SIGN)];
	find_words(f);
	return 0;
}

/* lowest row of pattern @i for each centroid */
static void search_pattern(struct axp_fast_rows *r, const struct axp_plan *p, u32 i)
{
	const struct axp_classes *cl = p->classes;
	const struct axp_pattern *pattern = &cl->patterns[i];
	size_t at = (size_t)i * r->kp;
	u32 j, n;

	r->act[i] = pattern->act;
	r->care[i] = pattern->care;
	r->significand[i] = pattern->significand ? ~0u : 0;
	r->compared |= pattern->care;
	/* a number is normal or not, and its power of two scales words */
	if (pattern->significand)
		r->compared |= (AXP_F32_SIGN | AXP_F32_INF);
	for (j = 0; j < r->kp; j++)
		r->number[at + j] = S32_MAX;
	for (j = 0; j < p->k; j++) {
		for (n = pattern->first; n < pattern[1].first; n++) {
			const struct axp_row *row = &p->image->rows[cl->rows[n]];

			if ((p->weights->codebook[j] ^ row->wgt) & row->wgt_care)
				continue;
			r->number[at + j] = cl->rows[n];
			r->word[at + j] = r->fixed ? row->product : axp_f32_canon(row->product);
			r->power[at + j] = row->flags & AXP_ROW_SIGNIFICAND ? ~0u : 0;
			if (r->power[at + j]) {
				r->compared |= (AXP_F32_SIGN | AXP_F32_INF);
				r->word[at + j] = row->product;
			}
			break;
		}
	}
}

/* classes have no rows: rows of patterns are searched for each activation */
static int make_search(struct axp_fast_rows *r, const struct axp_plan *p)
{
	u32 nr = p->classes ? p->classes->nr_patterns : 0;
	size_t words;
	u32 i, j;

	r->searches = true;
	r->nr_patterns = round_to(nr, AXP_FAST_LANES);
	if ((u64)r->nr_patterns * r->kp > MAX_SEARCH)
		return -EOPNOTSUPP;
	words = (size_t)r->nr_patterns * r->kp;
	r->act = axp_budget_alloc(p->budget, r->nr_patterns, sizeof(u32));
	r->care = axp_budget_alloc(p->budget, r->nr_patterns, sizeof(u32));
	r->significand = axp_budget_alloc(p->budget, r->nr_patterns, sizeof(u32));
	r->number = axp_budget_alloc(p->budget, words, sizeof(u32));
	r->word = axp_budget_alloc(p->budget, words, sizeof(u32));
	r->power = axp_budget_alloc(p->budget, words, sizeof(u32));
	if (!r->act || !r->care || !r->significand || !r->number || !r->word || !r->power)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		search_pattern(r, p, i);
		if (axp_breathe())
			return -EINTR;
	}
	/* what fills the last vector compares all bits of a NaN, and has no rows */
	for (; i < r->nr_patterns; i++) {
		r->act[i] = ~0u;
		r->care[i] = ~0u;
		for (j = 0; j < r->kp; j++)
			r->number[(size_t)i * r->kp + j] = S32_MAX;
	}
	return 0;
}

int axp_fast_rows_begin(struct axp_fast *f, const struct axp_plan *p)
{
	struct axp_fast_rows *r;
	u32 j;

	if (!p->k || f->taps > (f->planar ? MAX_TAPS / 4 : MAX_TAPS) ||
	    max(f->nest.kw, f->nest.kh) > AXP_FAST_ROW_KERNEL ||
	    (u64)f->nest.og * f->nest.kh * f->nest.kw > MAX_CHANNELS)
		return -EOPNOTSUPP;
	r = axp_budget_alloc(p->budget, 1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	f->rows = r;
	f->gate_act = p->flags & AXP_JOB_GATE_ACT;
	f->gate_wgt = false;
	for (j = 0; j < p->k; j++)
		f->gate_wgt |= !axp_plan_has(p->valid, j);
	f->zero_weights = f->gate_wgt;
	f->exact = false;
	r->fixed = p->fixed;
	r->scale = (u32)(127 + p->scale) << 23;
	r->unscale = (u32)(127 - p->scale) << 23;
	r->max_term = p->max_term;
	r->kp = round_to(p->k, AXP_FAST_CHUNK);
	r->chunks = r->kp / AXP_FAST_CHUNK;
	r->centroids = axp_budget_alloc(p->budget, r->kp, sizeof(u32));
	if (!r->centroids)
		return -ENOMEM;
	memcpy(r->centroids, p->weights->codebook, p->k * sizeof(u32));
	scale_centroids(r, p);
	return 0;
}

/*
 * The indices of a chunk, and what it reads of the window, stay in the L1 cache. Taps of a
 * kernel row are one run where positions lie side by side.
 */
static void choose_chunk(struct axp_fast *f)
{
	struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	bool merge = n->dil_w == 1 && n->cg * r->word_bytes < CHUNK_CELLS;

	r->word_runs = merge ? 1 : n->kw;
	r->word_taps = n->cg * (merge ? n->kw : 1);
	r->word_chunk = round_to(r->word_taps, 2);
	r->word_channels = n->cg;
	r->word_col = n->cg;
	if (merge)
		return;
	if (n->ow > 1)
		r->word_chunk = min(r->word_chunk, 2 + round_to(WORD_CHUNK /
						(f->block * n->kh * n->kw), 2));
	r->word_channels = r->word_chunk;
	/* neighbours fall into different cache sets */
	r->word_col = r->word_chunk;
	if (!(r->word_col * r->word_bytes % (2 * CHUNK_CELLS)))
		r->word_col += 2;
}

int axp_fast_rows(struct axp_fast *f, const struct axp_plan *p)
{
	bool misses = !p->compiled, columns = false;
	struct axp_fast_rows *r;
	u32 *value;
	u32 c;
	int err;

	err = axp_fast_rows_begin(f, p);
	if (err)
		return err;
	r = f->rows;
	for (c = 0; c < nr_classes(p) && p->compiled; c++)
		misses |= !is_whole(p, c);
	if (r->fixed && r->kp <= MAX_BYTE_KP && !f->planar)
		choose_bytes(r, p, misses);
	value = axp_budget_alloc(p->budget, p->compiled ? nr_classes(p) : 1, sizeof(u32));
	err = value ? 0 : -ENOMEM;
	if (!err) {
		/* where lanes are positions, words are found by class */
		if (axp_fast_has_words(r, p)) {
			r->words = r->bytes && r->kp <= AXP_FAST_WORD_KP;
			columns = f->planar && p->compiled;
		}
		lay_row(r, columns);
		if (r->words)
			choose_chunk(f);
		err = make_bases(r, p, value);
	}
	if (!err && r->word_bytes)
		err = order_centroids(r, p);
	if (!err && columns && r->nr_base - 1 <= AXP_FAST_COLUMN)
		err = make_columns(r, p);
	if (!err)
		err = axp_fast_rows_keys(f, p, value);
	if (!err && !p->compiled)
		err = make_search(r, p);
	axp_budget_free(p->budget, value, p->compiled ? nr_classes(p) : 1, sizeof(u32));
	return err;
}

/* place of channel @o among its 16 */
static u32 lane_of(const struct axp_fast_rows *r, u32 o)
{
	o %= AXP_FAST_LANES;
	if (!r->bytes)
		return o;
	return o < AXP_FAST_LANES / 2 ? 2 * o : 2 * o - AXP_FAST_LANES + 1;
}

static void pack_channel(struct axp_fast *f, const struct axp_plan *p, u32 g, u32 o)
{
	struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	u32 steps = n->cg * n->kw;
	u32 share = o / (f->block * f->share);
	u32 ky, kx, ci, s;

	for (ky = 0; ky < n->kh; ky++)
		for (s = 0; s < steps; s++) {
			u8 j;
			u64 at;

			axp_fast_tap(n, s, &kx, &ci);
			j = p->weights->index[axp_fast_weight_at(n, g, o, ky, kx, ci)];
			if (f->planar)
				at = ((u64)g * n->og + o) * r->index_block + ky * r->index_row + s;
			else
				at = ((u64)g * (f->lanes / AXP_FAST_LANES) + o / AXP_FAST_LANES) *
				     r->index_block + ky * r->index_row +
				     (u64)s * AXP_FAST_LANES + lane_of(r, o);
			if (!r->rounded)
				r->index[at] = j;
			if (!axp_plan_has(p->valid, j))
				continue;
			at = ((u64)share * n->g + g) * f->taps;
			at += ((u64)ky * n->kw + kx) * n->cg + ci;
			r->histogram[at * r->kp + j]++;
		}
}

/* see @word_index; what pads an odd pair counts for nothing, nor do channels past the end */
static void pack_words(const struct axp_fast *f, const struct axp_plan *p, u32 g, u32 o)
{
	const struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	u32 block = o / f->block * f->block, width = min(f->block, f->lanes - block);
	u16 *to = r->word_index + ((u64)g * f->lanes + block) * n->kh * r->word_row +
		  2 * (o - block);
	u32 first, taps, i, tap;

	for (first = 0; first < r->word_taps; first += taps) {
		taps = min(r->word_chunk, r->word_taps - first);
		for (i = 0; i < n->kh * r->word_runs; i++)
			for (tap = first; tap < first + taps; tap++) {
				u32 kx = i % r->word_runs + tap / n->cg;
				u64 at = axp_fast_weight_at(n, g, o, i / r->word_runs, kx,
							    tap % n->cg);
				u32 pair = i * (taps / 2) + (tap - first) / 2;

				if ((tap - first) / 2 == taps / 2)
					pair = n->kh * r->word_runs * (taps / 2) + i;
				at = p->weights->index[at] + (tap - first) % 2 * r->kp;
				to[(u64)pair * 2 * width + (tap - first) % 2] = (u16)at;
			}
		to += (u64)n->kh * r->word_runs * DIV_ROUND_UP(taps, 2) * 2 * width;
	}
}

/* see @word_at */
static u32 *list_pairs(const struct axp_fast *f, u32 *to, u32 taps)
{
	const struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	u32 i, pair;

	for (pair = 0; pair < taps / 2; pair++)
		for (i = 0; i < n->kh * r->word_runs; i++)
			to[i * (taps / 2) + pair] =
				(i / r->word_runs * n->dil_h * f->row +
				 i % r->word_runs * n->dil_w * f->col + 2 * pair) * r->word_bytes;
	to += n->kh * r->word_runs * (taps / 2);
	for (i = 0; taps % 2 && i < n->kh * r->word_runs; i++)
		*to++ = (i / r->word_runs * n->dil_h * f->row +
			 i % r->word_runs * n->dil_w * f->col + taps - 1) * r->word_bytes;
	return to;
}

static int make_words(struct axp_fast *f, const struct axp_plan *p)
{
	struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	u32 g, o, *list;
	u64 nr;

	r->word_row = r->word_runs * round_to(r->word_taps, 2);
	if (check_mul_overflow((u64)n->g * f->lanes * n->kh, (u64)r->word_row, &nr) ||
	    nr > SIZE_MAX / sizeof(u16))
		return -ENOMEM;
	r->word_index = axp_budget_alloc(p->budget, (size_t)nr, sizeof(u16));
	/* two lists of pairs */
	r->word_at = axp_budget_alloc(p->budget, (size_t)n->kh * r->word_runs * r->word_chunk,
				      sizeof(u32));
	if (!r->word_index || !r->word_at)
		return -ENOMEM;
	list = list_pairs(f, r->word_at, min(r->word_chunk, r->word_taps));
	if (r->word_taps % r->word_chunk && r->word_taps > r->word_chunk) {
		r->word_last = (u32)(list - r->word_at);
		list_pairs(f, list, r->word_taps % r->word_chunk);
	}
	for (g = 0; g < n->g; g++)
		for (o = 0; o < n->og; o++) {
			pack_words(f, p, g, o);
			if (axp_breathe())
				return -EINTR;
		}
	return 0;
}

int axp_fast_rows_pack(struct axp_fast *f, const struct axp_plan *p)
{
	struct axp_fast_rows *r = f->rows;
	const struct axp_nest *n = &f->nest;
	u32 steps = n->cg * n->kw;
	u64 nr, cells;
	u32 g, o;

	if (f->planar) {
		r->index_row = steps;
		r->index_block = f->taps;
		nr = (u64)n->g * n->og * f->taps;
	} else {
		r->index_row = (size_t)round_to(steps, AXP_FAST_STEPS) * AXP_FAST_LANES;
		r->index_block = r->index_row * n->kh;
		if (check_mul_overflow((u64)n->g * (f->lanes / AXP_FAST_LANES),
				       (u64)r->index_block, &nr))
			return -ENOMEM;
	}
	if (check_mul_overflow((u64)n->g * f->nr_shares * r->kp, (u64)f->taps, &cells) ||
	    nr > SIZE_MAX || cells > SIZE_MAX)
		return -ENOMEM;
	/* weights are centroids in units */
	if (!r->rounded)
		r->index = axp_budget_alloc(p->budget, (size_t)nr, 1);
	r->histogram = axp_budget_alloc(p->budget, (size_t)cells, sizeof(u16));
	if ((!r->index && !r->rounded) || !r->histogram)
		return -ENOMEM;
	if (r->bytes && steps % AXP_FAST_STEPS) {
		u64 row, rows = div_u64(nr, (u32)r->index_row);

		for (row = 0; row < rows; row++)
			memset(r->index + row * r->index_row + (size_t)steps * AXP_FAST_LANES,
			       AXP_FAST_NO_INDEX, r->index_row - (size_t)steps * AXP_FAST_LANES);
	}
	for (g = 0; g < n->g; g++)
		for (o = 0; o < n->og; o++) {
			pack_channel(f, p, g, o);
			if (axp_breathe())
				return -EINTR;
		}
	return r->words ? make_words(f, p) : 0;
}

void axp_fast_rows_free(struct axp_fast_rows *r)
{
	if (!r)
		return;
	axp_mem_free(r->power);
	axp_mem_free(r->word);
	axp_mem_free(r->number);
	axp_mem_free(r->significand);
	axp_mem_free(r->care);
	axp_mem_free(r->act);
	axp_mem_free(r->histogram);
	axp_mem_free(r->column_centroids);
	axp_mem_free(r->column_most);
	axp_mem_free(r->columns);
	axp_mem_free(r->word_at);
	axp_mem_free(r->word_centroids);
	axp_mem_free(r->word_index);
	axp_mem_free(r->index);
	axp_mem_free(r->centroids);
	axp_mem_free(r->base);
	axp_mem_free(r);
}
