// SPDX-License-Identifier: BSD-2-Clause
/*
 * One-dimensional clusters are runs of the sorted weights. With a centroid at 0
 * the weights of each sign are on their own: walking away from 0, a first run
 * belongs to 0, the others to their means. The least cost of k runs is
 *
 *	D[0][i] = sum of squares of the i smallest magnitudes
 *	D[k][i] = min over j of D[k-1][j] + sse(j, i)
 *
 * where the best j does not fall as i grows, so that halving finds a row of D in
 * O(n log n) (Wang and Song, The R Journal 3(2), 2011; Gronlund et al., "Fast exact
 * k-means, k-medians and Bregman divergence clustering in 1D", arXiv:1701.07204).
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "diag.h"

/**
 * struct side - the distinct magnitudes of one sign, ascending
 * @n: number of them
 * @v: [n] magnitudes (means, where neighbours were joined)
 * @count: [n + 1] weights among the first i, or the sum of their importances
 * @sum: [n + 1] their sum, so weighted
 * @square: [n + 1] sum of their squares, likewise
 * @least: [k] least cost with k centroids besides 0
 * @from: [k][n + 1] where the last run begins
 */
struct side {
	uint32_t n;
	double *v;
	double *count;
	double *sum;
	double *square;
	double *least;
	uint32_t *from;
};

/* a weight and what its squared distance costs */
struct item {
	float w;
	double size;
};

static int by_value(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->w != y->w)
		return x->w > y->w ? 1 : -1;
	return (x->size > y->size) - (x->size < y->size);
}

static void side_free(struct side *s)
{
	free(s->v);
	free(s->count);
	free(s->sum);
	free(s->square);
	free(s->least);
	free(s->from);
}

/* @m: @n sorted magnitudes above 0, repeated as often as they occur */
static int side_init(struct side *s, const struct item *m, uint64_t n, uint32_t k)
{
	uint64_t distinct = 0, per_point = 1, point = 0;
	double local = 0, size = 0;

	for (uint64_t i = 0; i < n; i++)
		distinct += !i || m[i].w != m[i - 1].w;
	if (distinct > AXP_CLUSTER_MAX_POINTS)
		per_point = (n + AXP_CLUSTER_MAX_POINTS - 1) / AXP_CLUSTER_MAX_POINTS;
	s->v = calloc(distinct + 1, sizeof(*s->v));
	s->count = calloc(distinct + 1, sizeof(*s->count));
	s->sum = calloc(distinct + 1, sizeof(*s->sum));
	s->square = calloc(distinct + 1, sizeof(*s->square));
	s->least = calloc(k, sizeof(*s->least));
	if (!s->v || !s->count || !s->sum || !s->square || !s->least)
		return -ENOMEM;
	for (uint64_t i = 0; i < n; i++) {
		double w = (double)m[i].w;

		/* a point is closed when it is full, but equal weights stay together */
		if (s->n && m[i].w != m[i - 1].w && point >= per_point)
			point = 0;
		if (!s->n || point == 0) {
			s->count[s->n + 1] = s->count[s->n];
			s->sum[s->n + 1] = s->sum[s->n];
			s->square[s->n + 1] = s->square[s->n];
			s->n++;
		}
		local = point ? local + w * m[i].size : w * m[i].size;
		size = point ? size + m[i].size : m[i].size;
		point++;
		s->v[s->n - 1] = local / size;
		s->count[s->n] += m[i].size;
		s->sum[s->n] += w * m[i].size;
		s->square[s->n] += w * w * m[i].size;
	}
	return 0;
}

/* squared distances of points @j to @i - 1 to their mean */
static double sse(const struct side *s, uint32_t j, uint32_t i)
{
	double count = s->count[i] - s->count[j];
	double sum = s->sum[i] - s->sum[j];
	double e;

	if (i <= j + 1)
		return 0;
	e = s->square[i] - s->square[j] - sum * sum / count;
	return e > 0 ? e : 0;
}

/* not from differences of s->sum: they lose the digits of small magnitudes */
static double mean(const struct side *s, uint32_t j, uint32_t i)
{
	double sum = 0;

	if (i == j + 1)
		return s->v[j];
	for (uint32_t p = j; p < i; p++)
		sum += s->v[p] * (s->count[p + 1] - s->count[p]);
	return sum / (s->count[i] - s->count[j]);
}

/* now[lo..hi] and from[lo..hi], the best beginning lying in jlo..jhi */
static void dp_row(const struct side *s, const double *before, double *now, uint32_t *from,
		   uint32_t lo, uint32_t hi, uint32_t jlo, uint32_t jhi)
{
	while (lo <= hi) {
		uint32_t mid = lo + (hi - lo) / 2, last = jhi < mid - 1 ? jhi : mid - 1;
		uint32_t best = jlo;
		double least = INFINITY;

		for (uint32_t j = jlo; j <= last; j++) {
			double cost = before[j] + sse(s, j, mid);

			if (cost < least) {
				least = cost;
				best = j;
			}
		}
		now[mid] = least;
		from[mid] = best;
		if (mid > lo)
			dp_row(s, before, now, from, lo, mid - 1, jlo, best);
		lo = mid + 1;
		jlo = best;
	}
}

/* least[0..k-1]: cost with that many centroids besides 0 */
static int side_solve(struct side *s, uint32_t k)
{
	double *before, *now, *swap;
	int err = -ENOMEM;

	s->from = calloc((size_t)k * (s->n + 1), sizeof(*s->from));
	before = malloc((s->n + 1) * sizeof(*before));
	now = malloc((s->n + 1) * sizeof(*now));
	if (!s->from || !before || !now)
		goto out;
	memcpy(before, s->square, (s->n + 1) * sizeof(*before));
	s->least[0] = before[s->n];
	for (uint32_t c = 1; c < k; c++) {
		for (uint32_t i = 0; i <= s->n; i++)
			now[i] = INFINITY;
		/* c runs of at least one point each */
		if (s->n >= c)
			dp_row(s, before, now, s->from + (size_t)c * (s->n + 1), c, s->n,
			       c - 1, s->n - 1);
		s->least[c] = now[s->n];
		swap = before;
		before = now;
		now = swap;
	}
	err = 0;
out:
	free(before);
	free(now);
	return err;
}

/* the @c means of a side, away from 0 */
static void side_means(const struct side *s, uint32_t c, double *out)
{
	uint32_t end = s->n;

	for (; c; c--) {
		uint32_t begin = s->from[(size_t)c * (s->n + 1) + end];

		out[c - 1] = mean(s, begin, end);
		end = begin;
	}
}

static int optimal(struct axp_codebook *book, struct side *neg, struct side *pos, uint32_t k)
{
	double means[AXP_CLUSTER_MAX_K], least = INFINITY;
	uint32_t left = 0, right = 0, n = 0;
	int err;

	err = side_solve(neg, k);
	if (!err)
		err = side_solve(pos, k);
	if (err)
		return err;
	/* fewest centroids among equals */
	for (uint32_t total = 0; total < k; total++) {
		for (uint32_t l = 0; l <= total; l++) {
			double cost = neg->least[l] + pos->least[total - l];

			if (cost < least) {
				least = cost;
				left = l;
				right = total - l;
			}
		}
	}
	side_means(neg, left, means);
	while (left)
		book->c[n++] = (float)-means[--left];
	book->c[n++] = 0;
	side_means(pos, right, means);
	for (uint32_t i = 0; i < right; i++)
		book->c[n++] = (float)means[i];
	book->k = n;
	return 0;
}

#define LLOYD_ROUNDS	300

/* first of @n sorted weights above @limit */
static uint64_t above(const struct item *w, uint64_t n, double limit)
{
	uint64_t lo = 0, hi = n;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if ((double)w[mid].w > limit)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* @w: @n sorted weights */
static int lloyd(struct axp_codebook *book, const struct item *w, uint64_t n, uint32_t k)
{
	double *sum = calloc(n + 1, sizeof(*sum));
	uint32_t zero = 0;
	bool moved = true;

	if (!sum)
		return -ENOMEM;
	for (uint64_t i = 0; i < n; i++)
		sum[i + 1] = sum[i] + (double)w[i].w;
	/* middles of k equal parts, each value once */
	book->k = 0;
	for (uint32_t i = 0; i < k; i++) {
		float v = w[(uint64_t)(((double)i + 0.5) * (double)n / (double)k)].w;

		if (!book->k || book->c[book->k - 1] != v)
			book->c[book->k++] = v;
	}
	for (uint32_t i = 1; i < book->k; i++)
		if (fabsf(book->c[i]) < fabsf(book->c[zero]))
			zero = i;
	book->c[zero] = 0;
	for (int round = 0; moved && round < LLOYD_ROUNDS; round++) {
		float next[AXP_CLUSTER_MAX_K];
		uint64_t begin = 0, end;

		moved = false;
		for (uint32_t i = 0; i < book->k; i++) {
			end = i + 1 == book->k ? n :
			      above(w, n, ((double)book->c[i] + (double)book->c[i + 1]) / 2);
			next[i] = book->c[i];
			if (i != zero && end > begin)
				next[i] = (float)((sum[end] - sum[begin]) / (double)(end - begin));
			moved |= next[i] != book->c[i];
			begin = end;
		}
		memcpy(book->c, next, book->k * sizeof(next[0]));
	}
	free(sum);
	return 0;
}

uint32_t axp_codebook_nearest(const struct axp_codebook *book, float w)
{
	uint32_t lo = 0, hi = book->k - 1;

	/* the first centroid whose upper border is not below w */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if ((double)w <= ((double)book->c[mid] + (double)book->c[mid + 1]) / 2)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* each value once (rounding can make two equal), then cost and indices */
static void finish(struct axp_codebook *book, uint8_t *index, const float *w,
		   const double *importance, uint64_t n)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < book->k; i++)
		if (!k || book->c[i] != book->c[k - 1])
			book->c[k++] = book->c[i];
	book->k = k;
	book->cost = 0;
	for (uint64_t i = 0; i < n; i++) {
		double d;

		index[i] = (uint8_t)axp_codebook_nearest(book, w[i]);
		d = (double)w[i] - (double)book->c[index[i]];
		book->cost += (importance ? importance[i] : 1) * d * d;
	}
}

/* copies of the magnitudes of each sign: @neg and @pos of @sorted, ascending */
static int split(struct side *neg, struct side *pos, const struct item *sorted, uint64_t n,
		 uint32_t k)
{
	uint64_t below = 0, zeros = 0;
	struct item *m;
	int err;

	while (below < n && sorted[below].w < 0)
		below++;
	while (below + zeros < n && sorted[below + zeros].w == 0)
		zeros++;
	m = malloc((below + 1) * sizeof(*m));
	if (!m)
		return -ENOMEM;
	for (uint64_t i = 0; i < below; i++)
		m[i] = (struct item){ -sorted[below - 1 - i].w, sorted[below - 1 - i].size };
	err = side_init(neg, m, below, k);
	free(m);
	return err ? err : side_init(pos, sorted + below + zeros, n - below - zeros, k);
}

int axp_cluster(struct axp_codebook *out, uint8_t *index, const float *w,
		const double *importance, uint64_t n, uint32_t k, enum axp_cluster method,
		struct axp_diag *diag)
{
	struct axp_codebook book = { 0 };
	struct side neg = { 0 }, pos = { 0 };
	struct item *sorted;
	int err;

	if (k < AXP_CLUSTER_MIN_K || k > AXP_CLUSTER_MAX_K)
		return axp_fail(diag, -EINVAL, "%u centroids, not %u to %u", k,
				AXP_CLUSTER_MIN_K, AXP_CLUSTER_MAX_K);
	for (uint64_t i = 0; i < n; i++)
		if (!isfinite(w[i]))
			return axp_fail(diag, -EINVAL, "weight %" PRIu64 " is %g, not a finite number",
					i, (double)w[i]);
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		return axp_fail(diag, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < n; i++)
		sorted[i] = (struct item){ w[i], importance ? importance[i] : 1 };
	qsort(sorted, n, sizeof(*sorted), by_value);
	if (method == AXP_CLUSTER_KMEANS) {
		err = lloyd(&book, sorted, n, k);
	} else {
		err = split(&neg, &pos, sorted, n, k);
		if (!err)
			err = optimal(&book, &neg, &pos, k);
	}
	side_free(&neg);
	side_free(&pos);
	free(sorted);
	if (err)
		return axp_fail(diag, err, "out of memory");
	finish(&book, index, w, importance, n);
	*out = book;
	return 0;
}
