// SPDX-License-Identifier: BSD-2-Clause
/*
 * Clocks, random numbers and medians of the bench.
 */
#include <stdio.h>
#include <time.h>

#include "bench.h"

static u64 state = 1;

void fail(const char *what, long value)
{
	fprintf(stderr, "bench: error: %s: %ld\n", what, value);
	exit(1);
}

void *need(void *p)
{
	if (!p)
		fail("no memory", 0);
	return p;
}

void seed(u64 value)
{
	state = value;
}

u32 below(u32 n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (u32)((state >> 33) * (u64)n >> 31);
}

double uniform(void)
{
	return below(1 << 24) / (double)(1 << 24);
}

u32 to_bits(float value)
{
	union { float value; u32 bits; } u = { .value = value };

	return u.bits;
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double now_cpu(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

double now_wall(void)
{
	return now(CLOCK_MONOTONIC);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

void series_add(struct series *s, double value)
{
	if (s->nr == MAX_ROUNDS)
		fail("more rounds than", MAX_ROUNDS);
	s->v[s->nr++] = value;
}

double series_median(struct series *s)
{
	qsort(s->v, s->nr, sizeof(*s->v), by_size);
	return s->v[s->nr / 2];
}

double series_min(const struct series *s)
{
	double least = s->v[0];
	u32 i;

	for (i = 1; i < s->nr; i++)
		least = min(least, s->v[i]);
	return least;
}

double series_max(const struct series *s)
{
	double most = s->v[0];
	u32 i;

	for (i = 1; i < s->nr; i++)
		most = max(most, s->v[i]);
	return most;
}
