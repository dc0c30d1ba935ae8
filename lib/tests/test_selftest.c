// SPDX-License-Identifier: BSD-2-Clause
/*
 * The self-test: its known answers are those of the definition, and it notices what is
 * wrong.
 */
#include <string.h>

#include <axp/axp.h>

#include "reference.h"
#include "selftest.h"
#include "tap.h"

static struct axp_vector vector;

static void answer(u64 *digest, struct axp_counters *c)
{
	struct axp_vector *v = &vector;
	static u32 out[AXP_VECTOR_ELEMS];
	struct reference ref = {
		.job = v->job, .spec = v->nr_rows ? &v->spec : NULL, .rows = v->rows,
		.nr_rows = v->nr_rows, .codebook = v->k ? v->codebook : NULL,
		.index = v->index, .plain = v->plain, .bias = v->bias, .act = v->act,
	};

	memset(c, 0, sizeof(*c));
	memset(out, 0, sizeof(out));
	reference_run(&ref, out, c);
	*digest = axp_vector_digest(out, v->nest.out_elems);
}

static void test_vectors(void)
{
	u64 hits = 0, misses = 0, clamped = 0, gated = 0;

	for (u32 i = 0; i < axp_nr_vectors(); i++) {
		struct axp_counters c;
		u64 digest;

		axp_vector_make(&vector, i);
		answer(&digest, &c);
		if (!ok(digest == vector.digest && !memcmp(&c, &vector.counters, sizeof(c)),
			"%s: the answer of the definition", vector.name))
			diag("0x%016llxu, { %llu, %llu, %llu, %llu, %llu, %llu, %llu, %llu, %llu } },",
			     (unsigned long long)digest, (unsigned long long)c.macs,
			     (unsigned long long)c.gated, (unsigned long long)c.zero_act,
			     (unsigned long long)c.hits_exact, (unsigned long long)c.hits_approx,
			     (unsigned long long)c.misses, (unsigned long long)c.searches,
			     (unsigned long long)c.clamped, (unsigned long long)c.outputs);
		hits += c.hits_exact + c.hits_approx;
		misses += c.misses;
		clamped += c.clamped;
		gated += c.gated;
	}
	ok(hits > 1000 && misses > 1000 && clamped > 10 && gated > 100,
	   "they hit %llu times, miss %llu, clamp %llu, gate %llu", (unsigned long long)hits,
	   (unsigned long long)misses, (unsigned long long)clamped, (unsigned long long)gated);
}

struct tally {
	u32 checks, failed;
	char last[64];
};

static void note(void *user, const struct axp_selftest_check *check)
{
	struct tally *tally = user;

	tally->checks++;
	tally->failed += !check->passed;
	if (!check->passed)
		diag("%s: %s: %s", check->where, check->name, check->detail);
	snprintf(tally->last, sizeof(tally->last), "%s", check->where);
}

static void test_library(void)
{
	struct axp_diag msg = { "" };
	struct tally tally = { 0 };
	u32 engines = 0;

	while (axp_engine_name(engines))
		engines++;
	ok(!axp_selftest_library(note, &tally, &msg) && !tally.failed, "the library passes%s",
	   msg.text);
	ok(tally.checks == engines * (axp_nr_vectors() + 2), "%u checks of %u engines",
	   tally.checks, engines);
}

int main(void)
{
	test_vectors();
	test_library();
	return done_testing();
}
