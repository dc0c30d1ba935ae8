// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "blas.h"
#include "compensate.h"
#include "diag.h"

#define DAMPING		0.01	/* of the mean variance */
#define ROUNDS		8	/* of codebook and indices in turn */
#define SWEEPS		16	/* over the indices, in a round */
#define ENOUGH		1e-4	/* relative gain of a round that is worth another */

/**
 * struct block - one part under way
 * @part: of the moments
 * @h: [dim][dim] covariance, damped
 * @u: [dim][dim] upper factor of its inverse, U^T U, in the order of @order
 * @order: columns, largest variance first
 * @w: [nr][dim] where the weights should be
 */
struct block {
	const struct axp_part *part;
	double *h;
	double *u;
	uint32_t *order;
	double *w;
};

/**
 * struct state - a layer under way
 * @layer: the layer
 * @dim: weights of an output
 * @nr: blocks
 * @block: these
 * @dropped: see axp_compensate()
 * @book: centroids, ascending
 * @zero: the one that is 0
 * @index: [oc][dim]
 */
struct state {
	const struct axp_layer *layer;
	uint32_t dim;
	uint32_t nr;
	struct block *block;
	const bool *dropped;
	struct axp_codebook book;
	uint32_t zero;
	uint8_t *index;
};

static void state_free(struct state *s)
{
	for (uint32_t i = 0; s->block && i < s->nr; i++) {
		free(s->block[i].h);
		free(s->block[i].u);
		free(s->block[i].order);
		free(s->block[i].w);
	}
	free(s->block);
}

/* first weight of output @o of a block, in arrays of the layer */
static size_t place(const struct state *s, const struct block *b, uint32_t o)
{
	return (size_t)(b->part->first + o) * s->dim + b->part->col;
}

static double damp(struct block *b)
{
	uint32_t dim = b->part->dim;
	double sum = 0, more;

	memcpy(b->h, b->part->cov, (size_t)dim * dim * sizeof(*b->h));
	for (uint32_t j = 0; j < dim; j++)
		sum += b->h[(size_t)j * dim + j];
	/* inputs that never vary: every weight counts the same */
	more = sum > 0 ? DAMPING * sum / dim : 1;
	for (uint32_t j = 0; j < dim; j++)
		b->h[(size_t)j * dim + j] += more;
	return more;
}

/* w* = H^-1 (G w + damping w), the ridge being towards w */
static int move_weights(const struct state *s, struct block *b, double more)
{
	uint32_t dim = b->part->dim, nr = b->part->nr;
	double *h = malloc((size_t)dim * dim * sizeof(*h));
	double *w = malloc((size_t)nr * dim * sizeof(*w));
	int err = 0;

	if (!h || !w) {
		err = -ENOMEM;
		goto out;
	}
	for (uint32_t o = 0; o < nr; o++)
		for (uint32_t j = 0; j < dim; j++)
			w[(size_t)o * dim + j] = (double)s->layer->weights[place(s, b, o) + j];
	memcpy(b->w, w, (size_t)nr * dim * sizeof(*w));
	if (b->part->cross == b->part->cov)
		goto out;
	/* rows of w are columns to LAPACK, H is the same either way */
	memcpy(h, b->h, (size_t)dim * dim * sizeof(*h));
	axp_blas_lock();
	cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)nr, (int)dim, (int)dim, 1, w,
		    (int)dim, b->part->cross, (int)dim, more, b->w, (int)dim);
	if (LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', (int)dim, (int)nr, h, (int)dim, b->w, (int)dim))
		err = -EDOM;
	axp_blas_unlock();
out:
	free(h);
	free(w);
	return err;
}

/* by falling variance, then by number */
static void sort_columns(struct block *b)
{
	uint32_t dim = b->part->dim;

	for (uint32_t i = 0; i < dim; i++) {
		uint32_t at = i;

		for (; at && b->h[(size_t)b->order[at - 1] * dim + b->order[at - 1]] <
			     b->h[(size_t)i * dim + i]; at--)
			b->order[at] = b->order[at - 1];
		b->order[at] = i;
	}
}

static int factor(struct block *b)
{
	uint32_t dim = b->part->dim;
	int err = 0;

	sort_columns(b);
	for (uint32_t i = 0; i < dim; i++)
		for (uint32_t j = 0; j < dim; j++)
			b->u[(size_t)i * dim + j] = b->h[(size_t)b->order[i] * dim + b->order[j]];
	/* the lower triangle by columns is the upper one by rows */
	axp_blas_lock();
	if (LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', (int)dim, b->u, (int)dim) ||
	    LAPACKE_dpotri(LAPACK_COL_MAJOR, 'L', (int)dim, b->u, (int)dim) ||
	    LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', (int)dim, b->u, (int)dim))
		err = -EDOM;
	axp_blas_unlock();
	return err;
}

static int block_init(const struct state *s, struct block *b, const struct axp_part *part)
{
	size_t square = (size_t)part->dim * part->dim;
	double more;
	int err;

	b->part = part;
	b->h = malloc(square * sizeof(*b->h));
	b->u = malloc(square * sizeof(*b->u));
	b->order = malloc(part->dim * sizeof(*b->order));
	b->w = malloc((size_t)part->nr * part->dim * sizeof(*b->w));
	if (!b->h || !b->u || !b->order || !b->w)
		return -ENOMEM;
	more = damp(b);
	err = factor(b);
	return err ? err : move_weights(s, b, more);
}

static int state_init(struct state *s, const struct axp_layer *layer,
		      const struct axp_moments *m)
{
	int err = 0;

	s->layer = layer;
	s->dim = layer->cg * layer->kh * layer->kw;
	s->nr = m->nr;
	s->block = calloc(m->nr, sizeof(*s->block));
	if (!s->block)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < m->nr; i++)
		err = block_init(s, &s->block[i], &m->parts[i]);
	return err;
}

static bool is_dropped(const struct state *s, size_t at)
{
	return s->dropped && s->dropped[at];
}

/* exact k-means of w*, weighted by the variances */
static int first_book(struct state *s, uint32_t k, struct axp_diag *diag)
{
	uint64_t n = s->layer->nr_weights, kept = 0;
	float *v = malloc(n * sizeof(*v));
	double *size = malloc(n * sizeof(*size));
	uint8_t *index = malloc(n);
	int err;

	if (!v || !size || !index) {
		err = axp_fail(diag, -ENOMEM, "no memory");
		goto out;
	}
	for (uint32_t i = 0; i < s->nr; i++) {
		const struct block *b = &s->block[i];
		uint32_t dim = b->part->dim;

		for (uint32_t o = 0; o < b->part->nr; o++) {
			for (uint32_t j = 0; j < dim; j++) {
				if (is_dropped(s, place(s, b, o) + j))
					continue;
				v[kept] = (float)b->w[(size_t)o * dim + j];
				size[kept++] = b->h[(size_t)j * dim + j];
			}
		}
	}
	if (!kept) {	/* all are 0 */
		v[kept] = 0;
		size[kept++] = 1;
	}
	err = axp_cluster(&s->book, index, v, size, kept, k, AXP_CLUSTER_OPTIMAL, diag);
out:
	free(v);
	free(size);
	free(index);
	return err;
}

static void find_zero(struct state *s)
{
	s->zero = 0;
	while (s->book.c[s->zero] != 0)
		s->zero++;
}

static uint8_t nearest(const struct state *s, double w)
{
	/* far out is as good as the ends */
	return (uint8_t)axp_codebook_nearest(&s->book, (float)w);
}

/* each output's columns in turn, the error of each spread over the rest */
static int assign(struct state *s)
{
	double *w = malloc(AXP_MOMENTS_MAX_DIM * sizeof(*w));

	if (!w)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->nr; i++) {
		const struct block *b = &s->block[i];
		uint32_t dim = b->part->dim;

		for (uint32_t o = 0; o < b->part->nr; o++) {
			for (uint32_t j = 0; j < dim; j++)
				w[j] = b->w[(size_t)o * dim + b->order[j]];
			for (uint32_t j = 0; j < dim; j++) {
				const double *u = b->u + (size_t)j * dim;
				size_t at = place(s, b, o) + b->order[j];
				double error;

				s->index[at] = is_dropped(s, at) ? (uint8_t)s->zero :
								   nearest(s, w[j]);
				error = (w[j] - (double)s->book.c[s->index[at]]) / u[j];
				for (uint32_t r = j + 1; r < dim; r++)
					w[r] -= error * u[r];
			}
		}
	}
	free(w);
	return 0;
}

/* e = w* - q of output @o, g = H e; returns e^T g */
static double residual(const struct state *s, const struct block *b, uint32_t o, double *e,
		       double *g)
{
	uint32_t dim = b->part->dim;
	size_t at = place(s, b, o);
	double sum = 0;

	for (uint32_t j = 0; j < dim; j++)
		e[j] = b->w[(size_t)o * dim + j] - (double)s->book.c[s->index[at + j]];
	axp_blas_lock();
	cblas_dsymv(CblasRowMajor, CblasUpper, (int)dim, 1, b->h, (int)dim, e, 1, 0, g, 1);
	axp_blas_unlock();
	for (uint32_t j = 0; j < dim; j++)
		sum += e[j] * g[j];
	return sum;
}

/* one weight at a time to the centroid that is best as the others are; the error left */
static int descend(struct state *s, double *error)
{
	double *e = malloc(AXP_MOMENTS_MAX_DIM * sizeof(*e));
	double *g = malloc(AXP_MOMENTS_MAX_DIM * sizeof(*g));
	double sum = 0;

	if (!e || !g) {
		free(e);
		free(g);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < s->nr; i++) {
		const struct block *b = &s->block[i];
		uint32_t dim = b->part->dim;

		for (uint32_t o = 0; o < b->part->nr; o++) {
			size_t at = place(s, b, o);
			bool changed = true;

			residual(s, b, o, e, g);
			for (int sweep = 0; changed && sweep < SWEEPS; sweep++) {
				changed = false;
				for (uint32_t j = 0; j < dim; j++) {
					const double *h = b->h + (size_t)j * dim;
					double was = (double)s->book.c[s->index[at + j]], step;
					uint8_t best;

					if (is_dropped(s, at + j))
						continue;
					best = nearest(s, was + g[j] / h[j]);
					step = (double)s->book.c[best] - was;
					/* what it gains: step * (2 g - step * h) */
					if (best == s->index[at + j] ||
					    !(step * (2 * g[j] - step * h[j]) > 0))
						continue;
					s->index[at + j] = best;
					changed = true;
					for (uint32_t r = 0; r < dim; r++)
						g[r] -= step * h[r];
				}
			}
			sum += residual(s, b, o, e, g);
		}
	}
	free(e);
	free(g);
	*error = sum;
	return 0;
}

/* normal equations of the codebook for the indices as they are */
static int gather(const struct state *s, double *a, double *y, uint64_t *count)
{
	uint32_t k = s->book.k;
	double *hot = malloc((size_t)k * AXP_MOMENTS_MAX_DIM * sizeof(*hot));

	if (!hot)
		return -ENOMEM;
	memset(a, 0, (size_t)k * k * sizeof(*a));
	memset(y, 0, k * sizeof(*y));
	memset(count, 0, k * sizeof(*count));
	for (uint32_t i = 0; i < s->nr; i++) {
		const struct block *b = &s->block[i];
		uint32_t dim = b->part->dim;

		for (uint32_t o = 0; o < b->part->nr; o++) {
			const double *w = b->w + (size_t)o * dim;
			const uint8_t *index = s->index + place(s, b, o);

			/* hot[c] = H times where o has centroid c */
			memset(hot, 0, (size_t)k * dim * sizeof(*hot));
			for (uint32_t j = 0; j < dim; j++) {
				double *to = hot + (size_t)index[j] * dim;
				const double *h = b->h + (size_t)j * dim;

				count[index[j]]++;
				if (index[j] == s->zero)
					continue;
				for (uint32_t r = 0; r < dim; r++)
					to[r] += h[r];
			}
			for (uint32_t c = 0; c < k; c++) {
				const double *from = hot + (size_t)c * dim;

				if (c == s->zero)
					continue;
				for (uint32_t r = 0; r < dim; r++) {
					a[(size_t)c * k + index[r]] += from[r];
					y[c] += from[r] * w[r];
				}
			}
		}
	}
	free(hot);
	return 0;
}

/* new centroids in ascending order, each value once; indices follow */
static void renumber(struct state *s, const double *c)
{
	uint32_t order[AXP_CLUSTER_MAX_K], k = s->book.k, n = 0;
	uint8_t to[AXP_CLUSTER_MAX_K];
	float value[AXP_CLUSTER_MAX_K];

	for (uint32_t i = 0; i < k; i++) {
		uint32_t at = i;

		for (; at && c[order[at - 1]] > c[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (uint32_t i = 0; i < k; i++) {
		float v = order[i] == s->zero ? 0 : (float)c[order[i]];

		if (!n || value[n - 1] != v)
			value[n++] = v;
		to[order[i]] = (uint8_t)(n - 1);
	}
	memcpy(s->book.c, value, n * sizeof(*value));
	s->book.k = n;
	for (uint64_t i = 0; i < s->layer->nr_weights; i++)
		s->index[i] = to[s->index[i]];
	find_zero(s);
}

/* the codebook of least error for the indices as they are */
static int refit(struct state *s)
{
	uint32_t k = s->book.k, n = 0;
	double *a = malloc((size_t)k * k * sizeof(*a)), *m = malloc((size_t)k * k * sizeof(*m));
	double y[AXP_CLUSTER_MAX_K], x[AXP_CLUSTER_MAX_K], c[AXP_CLUSTER_MAX_K];
	uint32_t used[AXP_CLUSTER_MAX_K];
	uint64_t count[AXP_CLUSTER_MAX_K];
	int err = -ENOMEM;
	bool solved;

	if (a && m)
		err = gather(s, a, y, count);
	if (err)
		goto out;
	for (uint32_t i = 0; i < k; i++) {
		c[i] = (double)s->book.c[i];
		if (i != s->zero && count[i])
			used[n++] = i;
	}
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < n; j++)
			m[(size_t)i * n + j] = a[(size_t)used[i] * k + used[j]];
		x[i] = y[used[i]];
	}
	axp_blas_lock();
	/* singular only to the last bits: then the codebook stays */
	solved = n && !LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (int)n, 1, m, (int)n, x, 1);
	axp_blas_unlock();
	if (solved) {
		for (uint32_t i = 0; i < n; i++)
			c[used[i]] = x[i];
		renumber(s, c);
	}
out:
	free(a);
	free(m);
	return err;
}

static int alternate(struct state *s, double *error)
{
	double before;
	int err;

	err = assign(s);
	if (!err)
		err = descend(s, error);
	for (int round = 0; !err && round < ROUNDS; round++) {
		before = *error;
		err = refit(s);
		if (!err)
			err = descend(s, error);
		if (!(*error < before * (1 - ENOUGH)))
			break;
	}
	return err;
}

static int check(const struct axp_layer *layer, struct axp_diag *diag)
{
	for (uint64_t i = 0; i < layer->nr_weights; i++)
		if (!isfinite(layer->weights[i]))
			return axp_fail(diag, -EINVAL,
					"layer %s: weight %" PRIu64 " is %g, not a finite number",
					layer->name, i, (double)layer->weights[i]);
	return 0;
}

static int refused(struct axp_diag *diag, int err, const struct axp_layer *layer)
{
	if (err == -EDOM)
		return axp_fail(diag, -EINVAL,
				"layer %s: the moments of its inputs have no inverse", layer->name);
	return axp_fail(diag, err, "layer %s: no memory", layer->name);
}

int axp_compensate(struct axp_codebook *out, uint8_t *index, const struct axp_layer *layer,
		   const struct axp_moments *m, uint32_t k, const bool *dropped,
		   struct axp_diag *diag)
{
	struct state s = { .dropped = dropped, .index = index };
	double error;
	int err;

	err = check(layer, diag);
	if (err)
		return err;
	err = state_init(&s, layer, m);
	if (err) {
		refused(diag, err, layer);
		goto out;
	}
	err = first_book(&s, k, diag);
	if (err) {
		axp_fail_in(diag, err, "layer %s", layer->name);
		goto out;
	}
	find_zero(&s);
	err = alternate(&s, &error);
	if (err) {
		refused(diag, err, layer);
		goto out;
	}
	*out = s.book;
	out->cost = error;
out:
	state_free(&s);
	return err;
}

/* ------------------------------------------------------------------- pruning */

struct loss {
	double cost;
	uint64_t at;
};

static int by_cost(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

uint64_t axp_compensate_nr_dropped(uint64_t weights, double fraction)
{
	return (uint64_t)ceil(fraction * (double)weights);
}

int axp_compensate_drop(bool *dropped, const struct axp_layer *layer,
			const struct axp_moments *m, double fraction, struct axp_diag *diag)
{
	struct loss *all = malloc(layer->nr_weights * sizeof(*all));
	struct state s = { 0 };
	uint64_t n = 0;
	int err;

	err = check(layer, diag);
	if (err)
		goto out;
	err = all ? state_init(&s, layer, m) : -ENOMEM;
	if (err) {
		refused(diag, err, layer);
		goto out;
	}
	for (uint32_t i = 0; i < s.nr; i++) {
		const struct block *b = &s.block[i];
		uint32_t dim = b->part->dim;

		for (uint32_t j = 0; j < dim; j++) {
			double inverse = 0;	/* (U^T U)_jj */

			for (uint32_t r = 0; r <= j; r++)
				inverse += b->u[(size_t)r * dim + j] * b->u[(size_t)r * dim + j];
			for (uint32_t o = 0; o < b->part->nr; o++) {
				double w = b->w[(size_t)o * dim + b->order[j]];

				all[n].at = place(&s, b, o) + b->order[j];
				all[n++].cost = w * w / inverse;
			}
		}
	}
	qsort(all, n, sizeof(*all), by_cost);
	memset(dropped, 0, layer->nr_weights * sizeof(*dropped));
	n = axp_compensate_nr_dropped(n, fraction);
	for (uint64_t i = 0; i < n; i++)
		dropped[all[i].at] = true;
out:
	free(all);
	state_free(&s);
	return err;
}
