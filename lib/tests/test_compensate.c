// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "compensate.h"
#include "random.h"
#include "tap.h"

#define OC	6
#define DIM	24
#define N	(OC * DIM)

static struct axp_diag why;
static float weights[N];
static double cov[DIM * DIM], cross[DIM * DIM];
static struct axp_part part = { .nr = OC, .dim = DIM, .cov = cov, .cross = cov };
static struct axp_moments moments = { .nr = 1, .parts = &part };
static struct axp_layer layer = {
	.name = (char *)"layer", .op = "Gemm", .oc = OC, .cg = DIM, .kh = 1, .kw = 1,
	.groups = 1, .weights = weights, .nr_weights = N,
};

static double uniform(struct rng *rng)
{
	return (double)rng_below(rng, 1u << 24) / (1u << 24);
}

/* weights, and the covariance of inputs of which neighbours are alike */
static void make(uint64_t seed, double alike)
{
	struct rng rng;

	rng.state = seed;
	for (int i = 0; i < N; i++)
		weights[i] = (float)(uniform(&rng) + uniform(&rng) + uniform(&rng) - 1.5);
	for (int i = 0; i < DIM; i++)
		for (int j = 0; j < DIM; j++)
			cov[i * DIM + j] = pow(alike, abs(i - j)) * (1 + i % 3) * (1 + j % 3);
	part.cross = cov;
}

/* of (w - q)^T H (w - q) over all outputs, H damped as the library does */
static double error_of(const float *w, const float *book, const uint8_t *index)
{
	double sum = 0, more = 0;

	for (int i = 0; i < DIM; i++)
		more += 0.01 * cov[i * DIM + i] / DIM;
	for (int o = 0; o < OC; o++)
		for (int i = 0; i < DIM; i++)
			for (int j = 0; j < DIM; j++) {
				int a = o * DIM + i, b = o * DIM + j;
				double h = cov[i * DIM + j] + (i == j ? more : 0);

				sum += ((double)w[a] - (double)book[index[a]]) * h *
				       ((double)w[b] - (double)book[index[b]]);
			}
	return sum;
}

static bool sane(const struct axp_codebook *b, const uint8_t *index, uint32_t k)
{
	bool good = b->k <= k, zero = false;

	for (uint32_t i = 0; i < b->k; i++) {
		zero |= b->c[i] == 0;
		good &= !i || b->c[i] > b->c[i - 1];
	}
	for (int i = 0; i < N; i++)
		good &= index[i] < b->k;
	return good && zero;
}

static void test_better(void)
{
	for (uint32_t k = 2; k <= 32; k *= 2) {
		struct axp_codebook best, again, plain;
		uint8_t a[N], b[N], c[N];
		double mine, theirs;

		make(k, 0.8);
		if (axp_compensate(&best, a, &layer, &moments, k, NULL, &why) ||
		    axp_compensate(&again, c, &layer, &moments, k, NULL, &why) ||
		    axp_cluster(&plain, b, weights, NULL, N, k, AXP_CLUSTER_OPTIMAL, &why))
			bail_out("%s", why.text);
		mine = error_of(weights, best.c, a);
		theirs = error_of(weights, plain.c, b);
		ok(sane(&best, a, k), "K=%u: ascending, one of them 0", k);
		ok(mine < 0.8 * theirs && fabs(mine - best.cost) < 1e-6 * mine,
		   "K=%u: error %g, of exact k-means %g", k, mine, theirs);
		ok(!memcmp(a, c, N) && !memcmp(best.c, again.c, best.k * sizeof(float)),
		   "K=%u: the same again", k);
	}
}

/* how many of several results are not what one thread alone gets */
static void *repeat(void *wrong)
{
	struct axp_codebook want, got;
	struct axp_diag diag;
	uint8_t a[N], b[N];

	for (int i = 0; i < 300; i++) {
		if (axp_compensate(i ? &got : &want, i ? b : a, &layer, &moments, 4, NULL, &diag))
			++*(int *)wrong;
		else if (i && (memcmp(a, b, N) || memcmp(want.c, got.c, want.k * sizeof(float))))
			++*(int *)wrong;
	}
	return NULL;
}

static void test_threads(void)
{
	enum { THREADS = 4 };
	int wrong[THREADS] = { 0 }, sum = 0;
	pthread_t thread[THREADS];

	make(3, 0.8);
	/* moments of their own: what is solved is large enough for buffers */
	part.cross = cross;
	memcpy(cross, cov, sizeof(cov));
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, repeat, &wrong[i]))
			bail_out("no thread");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		sum += wrong[i];
	}
	ok(!sum, "several threads at once: %d results of %d differ", sum, THREADS * 300);
}

/* inputs that do not go together: weighted k-means is the best there is */
static void test_diagonal(void)
{
	struct axp_codebook got, best;
	double size[N], more = 0;
	uint8_t a[N], b[N];

	make(77, 0);
	for (int i = 0; i < DIM; i++)
		more += 0.01 * cov[i * DIM + i] / DIM;
	for (int i = 0; i < N; i++)
		size[i] = cov[i % DIM * (DIM + 1)] + more;
	if (axp_compensate(&got, a, &layer, &moments, 7, NULL, &why) ||
	    axp_cluster(&best, b, weights, size, N, 7, AXP_CLUSTER_OPTIMAL, &why))
		bail_out("%s", why.text);
	ok(fabs(got.cost - best.cost) < 1e-5 * best.cost,
	   "independent inputs: %g, exact weighted k-means %g", got.cost, best.cost);
}

/* one output, two centroids: all choices can be tried */
static void test_all_choices(void)
{
	enum { SMALL = 10 };
	struct axp_part one = { .nr = 1, .dim = SMALL };
	struct axp_moments m = { .nr = 1, .parts = &one };
	struct axp_layer l = layer;
	double h[SMALL * SMALL], mean = 0;
	bool possible = true;
	float w[SMALL];
	struct rng rng;

	rng.state = 5;
	l.oc = 1;
	l.cg = SMALL;
	l.weights = w;
	l.nr_weights = SMALL;
	one.cov = h;
	one.cross = h;
	for (int round = 0; round < 20; round++) {
		struct axp_codebook got;
		uint8_t index[SMALL];
		double best = INFINITY, more = 0;

		for (int i = 0; i < SMALL; i++) {
			w[i] = (float)(uniform(&rng) - 0.3);
			for (int j = 0; j < SMALL; j++)
				h[i * SMALL + j] = pow(0.6, abs(i - j));
			more += 0.01 / SMALL;
		}
		for (int set = 0; set < 1 << SMALL; set++) {
			double aha = 0, ahw = 0, whw = 0;

			for (int i = 0; i < SMALL; i++)
				for (int j = 0; j < SMALL; j++) {
					double v = h[i * SMALL + j] + (i == j ? more : 0);

					aha += (set >> i & 1) * v * (set >> j & 1);
					ahw += (set >> i & 1) * v * (double)w[j];
					whw += (double)w[i] * v * (double)w[j];
				}
			best = fmin(best, whw - (aha > 0 ? ahw * ahw / aha : 0));
		}
		if (axp_compensate(&got, index, &l, &m, 2, NULL, &why))
			bail_out("%s", why.text);
		possible &= got.cost >= best * (1 - 1e-5);
		mean += got.cost / best / 20;
	}
	ok(possible && mean < 1.15, "two centroids: %.3f times the least error of all choices", mean);
}

/* the associative net sees half of what the FP32 net does: weights are doubled */
static void test_moved(void)
{
	struct axp_codebook got;
	uint8_t index[N];
	float twice[N];
	double far = 0, all = 0;

	make(9, 0.5);
	for (int i = 0; i < DIM * DIM; i++)
		cross[i] = 2 * cov[i];
	part.cross = cross;
	if (axp_compensate(&got, index, &layer, &moments, 64, NULL, &why))
		bail_out("%s", why.text);
	for (int i = 0; i < N; i++) {
		twice[i] = 2 * weights[i];
		all += (double)twice[i] * (double)twice[i];
		far += pow((double)twice[i] - (double)got.c[index[i]], 2);
	}
	ok(far < 0.01 * all, "weights make up for inputs that shrank: %g of them left", far / all);
}

static void test_drop(void)
{
	struct axp_codebook got;
	bool dropped[N], kept = true;
	uint8_t index[N];
	uint32_t n = 0;
	double most = 0, least = INFINITY;

	make(3, 0);
	if (axp_compensate_drop(dropped, &layer, &moments, 0.4, &why) ||
	    axp_compensate(&got, index, &layer, &moments, 8, dropped, &why))
		bail_out("%s", why.text);
	for (int i = 0; i < N; i++) {
		double cost = pow((double)weights[i], 2) * (cov[i % DIM * (DIM + 1)] + 0.01 * 14.0 / 3);

		n += dropped[i];
		kept &= !dropped[i] || got.c[index[i]] == 0;
		if (dropped[i])
			most = fmax(most, cost);
		else
			least = fmin(least, cost);
	}
	ok(n == (uint32_t)ceil(0.4 * N) && kept, "%u of %u weights are forced to 0", n, N);
	ok(most <= least * (1 + 1e-9), "those that cost least: %g, of the others %g", most, least);
	make(3, 0.8);
	if (axp_compensate_drop(dropped, &layer, &moments, 1, &why) ||
	    axp_compensate(&got, index, &layer, &moments, 8, dropped, &why))
		bail_out("%s", why.text);
	ok(got.k == 1 && got.c[0] == 0, "all of them: one centroid, 0");
}

static void test_odd(void)
{
	struct axp_codebook got = { .k = 99 };
	uint8_t index[N];

	make(4, 0.5);
	memset(cov, 0, sizeof(cov));
	ok(!axp_compensate(&got, index, &layer, &moments, 8, NULL, &why) && sane(&got, index, 8),
	   "inputs that never vary");
	make(4, 1);
	ok(!axp_compensate(&got, index, &layer, &moments, 8, NULL, &why) && sane(&got, index, 8),
	   "inputs that are all the same");
	weights[5] = NAN;
	ok(axp_compensate(&got, index, &layer, &moments, 8, NULL, &why) == -EINVAL &&
	   strstr(why.text, "layer layer: weight 5 is nan"), "a NaN is refused: %s", why.text);
}

int main(void)
{
	test_better();
	test_threads();
	test_diagonal();
	test_all_choices();
	test_moved();
	test_drop();
	test_odd();
	return done_testing();
}
