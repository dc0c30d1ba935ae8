// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

struct axp_histogram *axp_histogram_new(void)
{
	return calloc(1, sizeof(struct axp_histogram));
}

void axp_histogram_free(struct axp_histogram *h)
{
	free(h);
}

#define EXPONENT_END	8	/* depth of the last exponent bit's parent */

/* ------------------------------------------------------------- tree knapsack */

/**
 * struct node - a prefix that occurs
 * @depth: bits
 * @bits: the prefix, right aligned
 * @child: its two longer prefixes, NULL where nothing occurs
 * @sum: moments of all activations below
 * @most: rows that can be of use, min(leaves, budget)
 * @least: [most + 1] least cost with up to that many rows
 * @left: [most + 1] how many of them go to child 0
 */
struct node {
	uint32_t depth;
	uint32_t bits;
	struct node *child[2];
	struct axp_prefix sum;
	uint32_t most;
	double *least;
	uint16_t *left;
};

static void node_free(struct node *n)
{
	if (!n)
		return;
	node_free(n->child[0]);
	node_free(n->child[1]);
	free(n->least);
	free(n->left);
	free(n);
}

static double own_cost(const struct axp_prefix *p)
{
	double e = p->square - p->sum * p->sum / p->weight;

	return e > 0 ? e : 0;
}

/* tables of @n from those of its children */
static int node_solve(struct node *n, uint32_t budget)
{
	const struct node *a = n->child[0], *b = n->child[1];
	uint32_t leaves = a || b ? (a ? a->most : 0) + (b ? b->most : 0) : 1;

	n->most = leaves < budget ? leaves : budget;
	n->least = malloc((n->most + 1) * sizeof(*n->least));
	n->left = calloc(n->most + 1, sizeof(*n->left));
	if (!n->least || !n->left)
		return -ENOMEM;
	n->least[0] = INFINITY;
	n->least[1] = own_cost(&n->sum);
	for (uint32_t rows = 2; rows <= n->most; rows++) {
		uint32_t from = rows > (b ? b->most : 0) ? rows - (b ? b->most : 0) : 0;
		uint32_t to = a ? (rows < a->most ? rows : a->most) : 0;
		double least = INFINITY;

		if (!a || !b) {	/* all rows to the side that occurs */
			n->least[rows] = (a ? a : b)->least[rows];
			n->left[rows] = (uint16_t)(a ? rows : 0);
			continue;
		}
		from = from ? from : 1;
		to = to < rows ? to : rows - 1;
		for (uint32_t i = from; i <= to; i++) {
			double cost = a->least[i] + b->least[rows - i];

			if (cost < least) {
				least = cost;
				n->left[rows] = (uint16_t)i;
			}
		}
		n->least[rows] = least;
	}
	return 0;
}

/* @out is NULL when nothing begins with @bits */
static int node_build(struct node **out, const struct axp_histogram *h, uint32_t depth,
		      uint32_t bits, uint32_t budget)
{
	uint32_t below = AXP_PREFIX_BITS - depth;
	uint32_t first = bits << below, last = first + (1u << below);
	bool any = false;
	struct node *n;
	int err = 0;

	*out = NULL;
	for (uint32_t i = first; i < last && !any; i++)
		any = h->prefix[i].weight > 0;
	if (!any)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->depth = depth;
	n->bits = bits;
	if (!below)
		n->sum = h->prefix[bits];
	for (uint32_t side = 0; below && !err && side < 2; side++) {
		err = node_build(&n->child[side], h, depth + 1, bits << 1 | side, budget);
		if (!err && n->child[side]) {
			n->sum.weight += n->child[side]->sum.weight;
			n->sum.sum += n->child[side]->sum.sum;
			n->sum.square += n->child[side]->sum.square;
		}
	}
	if (!err)
		err = node_solve(n, budget);
	if (err) {
		node_free(n);
		return err;
	}
	*out = n;
	return 0;
}

static void set_prefix(struct axp_group *p, uint32_t bits, uint32_t depth)
{
	p->act = depth ? bits << (32 - depth) : 0;
	p->care = depth ? ~(uint32_t)0 << (32 - depth) : 0;
}

/**
 * struct cover - groups being made
 * @p: groups
 * @n: of @p
 * @lo: smallest magnitude that occurs, by sign
 * @hi: largest magnitude that occurs, by sign
 */
struct cover {
	struct axp_group p[AXP_MAX_GROUPS + AXP_PREFIX_BITS];
	uint32_t n;
	uint32_t lo[2];
	uint32_t hi[2];
};

static bool holds(const struct node *n, uint32_t prefix)
{
	return prefix >> (AXP_PREFIX_BITS - n->depth) == n->bits;
}

/*
 * Nothing occurs in one half of @n, and the groups from @from on cover the other
 * half. One of them is widened over @n; being shorter it comes behind the others, so
 * that it wins in the empty half alone. It must be an outermost one: else a wider one
 * would take its activations.
 *
 * The groups of the smallest and of the largest magnitude are kept outermost, because
 * theirs is what lies beyond. Where both ends are in @n that can fail; then a row more
 * with the value of the nearest group covers the empty half, if that is further away
 * than another mantissa.
 */
static void widen(struct cover *c, uint32_t from, const struct node *n)
{
	uint32_t full = n->child[1] ? 1 : 0, below = 31 - n->depth;
	uint32_t first = (n->bits << 1 | full) << below;
	uint32_t last = first | (uint32_t)((UINT64_C(1) << below) - 1);
	uint32_t edge = full ? first : last;
	struct axp_group *outer = NULL, *inner = NULL;

	if (!n->depth) {
		edge = first;	/* the other sign: what is next to 0 */
	} else {
		uint32_t sign = n->bits >> (n->depth - 1);
		bool lo = holds(n, c->lo[sign]), hi = holds(n, c->hi[sign]);

		if (lo && !hi)
			edge = first;
		if (hi && !lo)
			edge = last;
		if (lo && hi && n->depth <= EXPONENT_END)
			inner = &c->p[c->n];	/* may need a row more */
	}
	for (uint32_t i = from; i < c->n; i++) {
		struct axp_group *p = &c->p[i];

		if ((p->act ^ edge) & p->care)
			continue;
		if (!outer || p->care < outer->care)
			outer = p;
		if (inner && (inner == &c->p[c->n] || p->care > inner->care))
			inner = p;
	}
	if (inner && inner != outer) {
		c->p[c->n].value = inner->value;
		outer = &c->p[c->n++];
	}
	set_prefix(outer, n->bits, n->depth);
}

/* appends the groups of @n with @rows rows */
static void emit(struct cover *c, const struct node *n, uint32_t rows)
{
	uint32_t from = c->n;

	if (rows > n->most)
		rows = n->most;
	if (rows == 1) {
		struct axp_group *p = &c->p[c->n++];

		p->value = (float)(n->sum.sum / n->sum.weight);
		set_prefix(p, n->bits, n->depth);
		return;
	}
	if (n->child[0])
		emit(c, n->child[0], n->left[rows]);
	if (n->child[1])
		emit(c, n->child[1], rows - n->left[rows]);
	if (!n->child[0] || !n->child[1])
		widen(c, from, n);
}

static void find_ends(struct cover *c, const struct axp_histogram *h)
{
	for (uint32_t sign = 0; sign < 2; sign++) {
		uint32_t first = sign << 15, last = first | 0x7fff;

		while (first < last && !(h->prefix[first].weight > 0))
			first++;
		while (last > first && !(h->prefix[last].weight > 0))
			last--;
		c->lo[sign] = first;
		c->hi[sign] = last;
	}
}

/* longest prefixes first, then by value of the bits */
static int by_length(const void *a, const void *b)
{
	const struct axp_group *x = a, *y = b;

	if (x->care != y->care)
		return x->care > y->care ? -1 : 1;
	return (x->act > y->act) - (x->act < y->act);
}

int axp_rows_cover(struct axp_group *out, uint32_t *nr, double *cost,
		   const struct axp_histogram *h, uint32_t budget)
{
	struct node *root = NULL;
	struct cover *c;
	uint32_t rows = budget;
	int err;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	err = node_build(&root, h, 0, 0, budget);
	if (err)
		goto out;
	find_ends(c, h);
	if (root)
		rows = rows < root->most ? rows : root->most;
	else		/* nothing but zeros was ever seen: one row for everything */
		c->n = 1;
	/* rows for what lies beyond the ends are taken from the budget */
	while (root) {
		c->n = 0;
		emit(c, root, rows);
		if (c->n <= budget)
			break;
		rows--;
	}
	qsort(c->p, c->n, sizeof(c->p[0]), by_length);
	memcpy(out, c->p, c->n * sizeof(*out));
	*nr = c->n;
	if (cost)
		*cost = root ? root->least[rows] : 0;
out:
	node_free(root);
	free(c);
	return err;
}

/* ------------------------------------------------------- other organisations */

void axp_rows_mantissa(struct axp_group *out, const struct axp_histogram *h, uint32_t bits)
{
	uint32_t n = 1u << bits;

	for (uint32_t m = 0; m < n; m++) {
		double dot = 0, square = 0;

		for (uint32_t i = 0; i < AXP_PREFIXES; i++) {
			int e = (int)(i >> 7 & 0xff);
			double one;

			if (e == 0 || e == 255 || (i & 0x7f) >> (7 - bits) != m)
				continue;
			one = ldexp(i >> 15 ? -1 : 1, e - 127);
			dot += h->prefix[i].sum * one;
			square += h->prefix[i].weight * one * one;
		}
		out[m].act = bits ? m << (23 - bits) : 0;
		out[m].care = (n - 1) << (23 - bits);
		out[m].value = (float)(square > 0 ? dot / square : 1 + (m + 0.5) / n);
	}
}

struct candidate {
	struct axp_pair pair;
	double macs;
};

static int most_frequent(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->macs != y->macs)
		return x->macs > y->macs ? -1 : 1;
	if (x->pair.group.act != y->pair.group.act)
		return x->pair.group.act < y->pair.group.act ? -1 : 1;
	return (x->pair.centroid > y->pair.centroid) - (x->pair.centroid < y->pair.centroid);
}

int axp_rows_pairs(struct axp_pair *out, uint32_t *nr, const struct axp_histogram *h,
		   uint32_t mantissa_bits, const uint64_t *share, uint32_t k, uint32_t budget)
{
	uint32_t depth = 9 + mantissa_bits, each = 1u << (AXP_PREFIX_BITS - depth);
	uint32_t groups = 1u << depth, n = 0;
	struct candidate *all;

	all = malloc((size_t)groups * k * sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (uint32_t g = 0; g < groups; g++) {
		struct axp_prefix sum = { 0 };

		for (uint32_t i = g * each; i < (g + 1) * each; i++) {
			sum.macs += h->prefix[i].macs;
			sum.weight += h->prefix[i].weight;
			sum.sum += h->prefix[i].sum;
		}
		for (uint32_t j = 0; sum.weight > 0 && j < k; j++) {
			struct candidate *c = &all[n];

			if (!share[j])
				continue;
			set_prefix(&c->pair.group, g, depth);
			c->pair.group.value = (float)(sum.sum / sum.weight);
			c->pair.centroid = j;
			c->macs = sum.macs * (double)share[j];
			n++;
		}
	}
	qsort(all, n, sizeof(*all), most_frequent);
	*nr = n < budget ? n : budget;
	for (uint32_t i = 0; i < *nr; i++)
		out[i] = all[i].pair;
	free(all);
	return 0;
}

int axp_rows_fixed(struct axp_group *out, uint32_t *nr, const struct axp_histogram *h,
		   uint32_t mantissa_bits, uint32_t budget)
{
	struct axp_pair *pairs = calloc(budget, sizeof(*pairs));
	const uint64_t one = 1;
	int err;

	if (!pairs)
		return -ENOMEM;
	/* as if there were one centroid */
	err = axp_rows_pairs(pairs, nr, h, mantissa_bits, &one, 1, budget);
	for (uint32_t i = 0; !err && i < *nr; i++)
		out[i] = pairs[i].group;
	free(pairs);
	return err;
}

void axp_quantiser_set(struct axp_quantiser *q, const struct axp_group *groups, uint32_t nr,
		       bool significand, bool gated)
{
	const uint32_t low = 32 - AXP_PREFIX_BITS;

	for (uint32_t i = 0; i < AXP_PREFIXES; i++) {
		uint32_t e = i >> 7 & 0xff, g = 0;

		/* a prefix is whole: no row looks at the bits behind it */
		while (g < nr && ((i << low) ^ groups[g].act) & groups[g].care)
			g++;
		q->keep[i] = g == nr || (significand && (e == 0 || e == 255)) ||
			     (gated && !(i & 0x7fff));
		q->value[i] = q->keep[i] ? 0 : groups[g].value;
		if (significand && !q->keep[i])
			q->value[i] = ldexpf(i >> 15 ? -groups[g].value : groups[g].value,
					     (int)e - 127);
	}
}

/* --------------------------------------------------------------------- words */

int axp_fixed_choose(struct axp_fixed *out, double word, double term, double bias,
		     uint64_t length, uint32_t word_bits)
{
	double limit = ldexp(1, (int)word_bits - 1) - 1, all = 2147483647.0;

	if (!(term >= word) || !isfinite(term) || !isfinite(bias))
		return -ERANGE;
	for (int scale = 126; scale >= -64; scale--) {
		double units = rint(ldexp(term, scale));

		if (units < 1)
			units = 1;
		if (rint(ldexp(word, scale)) <= limit && units <= all &&
		    (double)length * units + rint(ldexp(bias, scale)) <= all) {
			out->scale = scale;
			out->max_term = (uint32_t)units;
			return 0;
		}
	}
	return -ERANGE;
}

uint32_t axp_word_f32(float c, float value)
{
	union { float f; uint32_t u; } bits = { c * value };

	return bits.u;
}

uint32_t axp_word_fixed(float c, float value, int32_t scale, uint32_t max_term)
{
	double product = max_term < AXP_WORD_WIDE ? (double)c * (double)value :
						    (double)(c * value);

	return (uint32_t)(int32_t)rint(ldexp(product, scale));
}
