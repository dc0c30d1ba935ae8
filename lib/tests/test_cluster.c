// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <string.h>

#include "cluster.h"
#include "tap.h"

static uint64_t state = 88172645463325252ull;

static uint32_t draw(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 32) % n);
}

static float normal(void)
{
	float s = 0;

	for (int i = 0; i < 12; i++)
		s += (float)draw(65536) / 65536.0f;
	return s - 6.0f;
}

/*
 * Least cost by trying every way to cut the sorted weights into runs, one of
 * which belongs to 0: independent of the program under test.
 */
static double brute(const double *w, int n, int k, bool zero_used)
{
	double least = INFINITY;

	if (!n)
		return 0;
	for (int len = 1; len <= n; len++) {
		double sum = 0, square = 0, about_mean = 0, rest;

		for (int i = 0; i < len; i++) {
			sum += w[i];
			square += w[i] * w[i];
		}
		for (int i = 0; i < len; i++)
			about_mean += (w[i] - sum / len) * (w[i] - sum / len);
		rest = k ? brute(w + len, n - len, k - 1, zero_used) : INFINITY;
		if (about_mean + rest < least)
			least = about_mean + rest;
		if (!zero_used) {	/* this centroid is free, it was counted before */
			rest = brute(w + len, n - len, k, true);
			if (square + rest < least)
				least = square + rest;
		}
	}
	return least;
}

static int up(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* properties every codebook has */
static bool sane(const struct axp_codebook *b, const uint8_t *index, const float *w, int n,
		 uint32_t k)
{
	bool zero = false, good = b->k >= 1 && b->k <= k;

	for (uint32_t i = 0; i < b->k; i++) {
		zero |= b->c[i] == 0 && !signbit(b->c[i]);
		good &= !i || b->c[i - 1] < b->c[i];
	}
	for (int i = 0; i < n; i++) {
		float d = fabsf(w[i] - b->c[index[i]]);

		good &= index[i] < b->k;
		for (uint32_t j = 0; j < b->k; j++)
			good &= (double)d <= (double)fabsf(w[i] - b->c[j]) * (1 + 1e-6) + 1e-30;
	}
	return good && zero;
}

static void test_brute(void)
{
	bool same = true, fine = true, not_above_lloyd = true;

	for (int round = 0; round < 300; round++) {
		uint32_t k = 2 + draw(4);
		int n = 1 + (int)draw(10);
		struct axp_codebook best, lloyd;
		uint8_t index[16];
		double sorted[16], least;
		float w[16];

		for (int i = 0; i < n; i++) {
			w[i] = round & 1 ? normal() : (float)((int)draw(9) - 4);
			if (round % 3 == 0)
				w[i] = fabsf(w[i]) + 0.5f;
			sorted[i] = (double)w[i];
		}
		qsort(sorted, (size_t)n, sizeof(sorted[0]), up);
		least = brute(sorted, n, (int)k - 1, false);
		if (axp_cluster(&best, index, w, NULL, (uint64_t)n, k, AXP_CLUSTER_OPTIMAL, NULL))
			bail_out("axp_cluster");
		same &= fabs(best.cost - least) <= 1e-5 * (1e-3 + least);
		fine &= sane(&best, index, w, n, k);
		if (axp_cluster(&lloyd, index, w, NULL, (uint64_t)n, k, AXP_CLUSTER_KMEANS, NULL))
			bail_out("axp_cluster");
		fine &= sane(&lloyd, index, w, n, k);
		not_above_lloyd &= best.cost <= lloyd.cost * (1 + 1e-6) + 1e-12;
	}
	ok(same, "optimal cost equals the best of all cuts (300 small sets)");
	ok(fine, "codebooks ascend, hold +0, and indices are nearest");
	ok(not_above_lloyd, "optimal never costs more than Lloyd's iteration");
}

static void test_large(void)
{
	enum { N = 20000 };
	struct axp_codebook best, again, lloyd;
	uint8_t *a = malloc(N), *b = malloc(N);
	float *w = malloc(N * sizeof(*w));
	double before = INFINITY;
	bool falls = true;

	for (int i = 0; i < N; i++)
		w[i] = normal() * 0.1f;
	for (uint32_t k = 2; k <= 256; k *= 2) {
		if (axp_cluster(&best, a, w, NULL, N, k, AXP_CLUSTER_OPTIMAL, NULL) ||
		    axp_cluster(&again, b, w, NULL, N, k, AXP_CLUSTER_DEFAULT, NULL) ||
		    axp_cluster(&lloyd, b, w, NULL, N, k, AXP_CLUSTER_KMEANS, NULL))
			bail_out("axp_cluster");
		falls &= best.cost < before && best.cost <= lloyd.cost;
		falls &= sane(&best, a, w, N, k) && best.k == k;
		falls &= !memcmp(&best, &again, sizeof(best));
		before = best.cost;
		diag("K=%u: optimal %.6g, Lloyd %.6g", k, best.cost, lloyd.cost);
	}
	ok(falls, "20000 weights: cost falls with K, below Lloyd's, repeatable");
	free(a);
	free(b);
	free(w);
}

static void test_known(void)
{
	static const float w[] = { 0.25f, -1.5f, 3.0f, 0.25f, 0.0f, -0.0f, 3.0f };
	static const float pair[] = { 1, 2, 10, 11, -5 };
	struct axp_codebook b;
	uint8_t index[8];
	bool exact = true;

	if (axp_cluster(&b, index, w, NULL, 7, 16, AXP_CLUSTER_OPTIMAL, NULL))
		bail_out("axp_cluster");
	for (int i = 0; i < 7; i++)
		exact &= b.c[index[i]] == w[i];
	ok(b.k == 4 && exact && b.cost == 0, "K over the number of distinct weights: they are kept exactly");
	if (axp_cluster(&b, index, pair, NULL, 5, 4, AXP_CLUSTER_OPTIMAL, NULL))
		bail_out("axp_cluster");
	ok(b.k == 4 && b.c[0] == -5 && b.c[1] == 0 && b.c[2] == 1.5f && b.c[3] == 10.5f,
	   "known codebook -5 0 1.5 10.5");
	for (int i = 0; i < 8; i++)
		index[i] = 9;
	if (axp_cluster(&b, index, (const float[]){ 0, 0 }, NULL, 2, 4, AXP_CLUSTER_OPTIMAL, NULL))
		bail_out("axp_cluster");
	ok(b.k == 1 && b.c[0] == 0 && !index[0] && !index[1] && index[2] == 9,
	   "only zeros: one centroid");
	if (axp_cluster(&b, index, (const float[]){ 1e-30f, 7e8f, 1e-40f }, NULL, 3, 8,
			AXP_CLUSTER_OPTIMAL, NULL))
		bail_out("axp_cluster");
	ok(b.k == 4 && b.c[1] == 1e-40f && b.c[2] == 1e-30f && b.c[3] == 7e8f,
	   "small weights beside large ones keep their bits");
}

static void test_many_points(void)
{
	enum { N = 300000 };
	float *w = malloc(N * sizeof(*w));
	uint8_t *index = malloc(N);
	struct axp_codebook b, l;

	for (int i = 0; i < N; i++)
		w[i] = (float)(i + 1) / N;
	if (axp_cluster(&b, index, w, NULL, N, 9, AXP_CLUSTER_OPTIMAL, NULL) ||
	    axp_cluster(&l, index, w, NULL, N, 9, AXP_CLUSTER_KMEANS, NULL))
		bail_out("axp_cluster");
	/* a line: zero's run is half as long as the others, 2/17 of 1 each */
	ok(b.k == 9 && fabsf(b.c[8] - 16.0f / 17) < 1e-4f && b.cost <= l.cost * 1.0001,
	   "more distinct weights than points: %g near %g", (double)b.c[8], 16.0 / 17);
	free(w);
	free(index);
}

static void test_refused(void)
{
	struct axp_codebook b = { .k = 77 };
	struct axp_diag why = { "" };
	uint8_t index[3] = { 5, 5, 5 };
	float w[3] = { 1, 2, 3 };

	w[1] = NAN;
	ok(axp_cluster(&b, index, w, NULL, 3, 4, AXP_CLUSTER_OPTIMAL, &why) == -EINVAL &&
	   strstr(why.text, "weight 1") && b.k == 77 && index[0] == 5,
	   "a NaN is refused by number: %s", why.text);
	w[1] = INFINITY;
	ok(axp_cluster(&b, index, w, NULL, 3, 4, AXP_CLUSTER_KMEANS, NULL) == -EINVAL, "infinity refused");
	w[1] = 2;
	ok(axp_cluster(&b, index, w, NULL, 3, 1, AXP_CLUSTER_OPTIMAL, NULL) == -EINVAL, "K = 1 refused");
	ok(axp_cluster(&b, index, w, NULL, 3, 257, AXP_CLUSTER_OPTIMAL, NULL) == -EINVAL, "K = 257 refused");
}

int main(void)
{
	test_brute();
	test_large();
	test_known();
	test_many_points();
	test_refused();
	return done_testing();
}
