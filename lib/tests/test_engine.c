// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every engine against the MAC by MAC reference: results and counters, for
 * random jobs, at any cut into tiles and steps.
 */
#include "engine.h"
#include "fast.h"
#include "plan_internal.h"
#include "random_job.h"
#include "tap.h"

/* many cuts of everything, even of tiny jobs */
static const struct axp_plan_tuning tiny = {
	.max_block = 5, .max_band = 2, .max_window = 8192, .max_list = 3, .tile_work = 40,
	.step_work = 25, .max_class_words = 1 << 22, .max_class_work = 1 << 26,
	.max_search_work = 1 << 16,
};

/* classes without product rows */
static const struct axp_plan_tuning searching = {
	.max_block = 16, .max_band = 3, .max_window = 1 << 16, .max_list = 50, .tile_work = 1000,
	.step_work = 500, .max_class_words = 0, .max_class_work = 0, .max_search_work = 1 << 16,
};

/* and every MAC on its own */
static const struct axp_plan_tuning narrow = {
	.max_block = 16, .max_band = 3, .max_window = 0, .max_list = 50, .tile_work = 1000,
	.step_work = 500, .max_class_words = 0, .max_class_work = 0, .max_search_work = 0,
};

static const struct axp_plan_tuning normal = AXP_PLAN_TUNING_DEFAULT;

/* cut, and laid out for words of 16 bits */
static const struct axp_plan_tuning words = {
	.max_block = 16, .max_band = 2, .max_window = 1 << 15, .max_list = 50, .tile_work = 1000,
	.step_work = 500, .max_class_words = 1 << 22, .max_class_work = 1 << 26,
	.max_search_work = 1 << 16, .words = true,
};

static const struct {
	const char *name;
	const struct axp_plan_tuning *tuning;
} tunings[] = {
	{ "default", &normal },
	{ "tiny", &tiny },
	{ "words", &words },
	{ "searching", &searching },
	{ "narrow", &narrow },
};

static void *scratch_of(const struct axp_plan *plan)
{
	size_t bytes = (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes ? bytes : 64);

	if (!scratch)
		bail_out("no memory");
	/* engines must not read what they did not write */
	memset(scratch, 0xa5, bytes);
	return scratch;
}

/* tiles in a random order, two of them at a time in turns */
static u64 run_shuffled(const struct axp_engine *engine, const struct axp_plan *plan,
			const struct axp_io *io, struct rng *rng, struct axp_counters *c)
{
	u32 nr = axp_plan_nr_tiles(plan);
	u32 *order = calloc(nr, sizeof(u32));
	struct axp_cursor cursor[2] = {};
	void *scratch[2] = { scratch_of(plan), scratch_of(plan) };
	bool busy[2] = { false, false };
	u32 next = 0;
	u64 steps = 0;

	for (u32 i = 0; i < nr; i++) {
		u32 j = rng_below(rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	while (next < nr || busy[0] || busy[1]) {
		u32 at = rng_below(rng, 2);

		if (!busy[at]) {
			if (next == nr)
				continue;
			memset(&cursor[at], 0, sizeof(cursor[at]));
			cursor[at].tile = order[next++];
			busy[at] = true;
		}
		busy[at] = !engine->step(plan, io, &cursor[at], scratch[at], c);
		steps++;
	}
	free(scratch[0]);
	free(scratch[1]);
	free(order);
	return steps;
}

/* what the random jobs covered: each must have happened */
static struct {
	u64 wide, windowed, compiled, scanned, intervals, direct, leading, plain, fixed, significand;
	u64 organisation[AXP_ORG_BROADCAST + 1], op[3], gated_wgt, steps, tiles;
	/* plans of the vector engines */
	u64 multiplied, rounded, rounded_planar, rows, rows_planar, rows_f32;
	u64 rows_bytes[AXP_FAST_BYTES + 1], rows_tables[5];
	u64 rows_words[2], rows_columns;
	u64 rows_whole, rows_made, rows_searched, rows_gated, rows_scaled, rows_channels, scalar;
	struct axp_counters c;
} seen;

static void note_fast(const struct axp_plan *plan)
{
	const struct axp_fast *f = plan->fast;
	const struct axp_fast_rows *r = f ? f->rows : NULL;

	seen.scalar += !f;
	seen.multiplied += f && !r;
	if (!r)
		return;
	if (r->rounded) {
		seen.rounded++;
		seen.rounded_planar += f->planar;
		return;
	}
	seen.rows++;
	seen.rows_planar += f->planar;
	seen.rows_f32 += !r->fixed;
	if (r->fixed)
		seen.rows_bytes[r->bytes]++;
	if (r->bytes)
		seen.rows_tables[r->tables]++;
	if (r->words)
		seen.rows_words[r->chunks - 1]++;
	seen.rows_columns += r->columns != NULL;
	seen.rows_whole += !r->makes;
	seen.rows_made += r->makes && !r->searches;
	seen.rows_searched += r->searches;
	seen.rows_gated += f->gate_wgt;
	seen.rows_scaled += r->scaled;
	seen.rows_channels += f->nest.kh == 1 && f->nest.kw == 1 && f->nest.oh == 1 &&
			      f->nest.act_c == 1 && f->nest.cg > 1 && !f->planar;
}

static void note(const struct random_job *job, const struct axp_plan *plan, u64 steps,
		 const struct axp_counters *c)
{
	seen.wide += plan->wide;
	seen.windowed += plan->windowed;
	seen.compiled += plan->compiled;
	if (job->image) {
		seen.scanned += job->image->classes->mode == AXP_CLASS_SCAN;
		seen.intervals += job->image->classes->mode == AXP_CLASS_INTERVAL;
		seen.direct += job->image->classes->mode == AXP_CLASS_DIRECT;
		seen.leading += job->image->classes->mode == AXP_CLASS_LEADING;
		seen.organisation[job->spec.organisation]++;
		seen.significand += job->image->dims.significand;
	}
	seen.plain += !plan->k;
	seen.fixed += plan->fixed;
	seen.op[job->ref.job.op]++;
	seen.steps += steps > axp_plan_nr_tiles(plan);
	seen.tiles += axp_plan_nr_tiles(plan) > 1;
	axp_counters_add(&seen.c, c);
	note_fast(plan);
}

static u64 bad;

static void compare(const struct random_job *job, const char *what, const u32 *out,
		    const u32 *want, const struct axp_counters *c,
		    const struct axp_counters *want_c)
{
	static const char *const names[] = {
		"macs", "gated", "zero_act", "hits_exact", "hits_approx", "misses", "searches",
		"clamped", "outputs", "faults",
	};
	u64 a[ARRAY_SIZE(names)], b[ARRAY_SIZE(names)];
	u64 i;

	_Static_assert(sizeof(a) == sizeof(*c), "every counter has a name");
	for (i = 0; i < job->nest.out_elems && out[i] == want[i]; i++)
		;
	if (i == job->nest.out_elems && !memcmp(c, want_c, sizeof(*c)))
		return;
	if (bad++ > 2)
		return;
	diag("%s: op %u flags %#x, %s", what, job->ref.job.op, job->ref.job.flags, job->style);
	if (i < job->nest.out_elems)
		diag("result %llu is %08x, not %08x", (unsigned long long)i, out[i], want[i]);
	memcpy(a, c, sizeof(a));
	memcpy(b, want_c, sizeof(b));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (a[i] != b[i])
			diag("%s is %llu, not %llu", names[i], (unsigned long long)a[i],
			     (unsigned long long)b[i]);
}

static void check_job(const struct random_job *job, struct rng *rng)
{
	size_t bytes = job->nest.out_elems * sizeof(u32);
	u32 *want = malloc(bytes), *out = malloc(bytes);
	struct axp_counters want_c = {};

	memset(want, 0x5a, bytes);
	reference_run(&job->ref, want, &want_c);
	if (want_c.macs != job->nest.macs && bad++ < 3)
		diag("nest says %llu MACs, the loops %llu", (unsigned long long)job->nest.macs,
		     (unsigned long long)want_c.macs);
	for (u32 t = 0; t < ARRAY_SIZE(tunings); t++) {
		struct axp_plan *plan;
		struct axp_why why = {};
		int err = axp_plan_create_tuned(&plan, NULL, job->image, job->weights, &job->nest,
						job->ref.job.flags, tunings[t].tuning, &why);

		if (err)
			bail_out("plan refused: %d reason %u value %llu limit %llu", err,
				 why.reason, (unsigned long long)why.value,
				 (unsigned long long)why.limit);
		for (const struct axp_engine *const *e = axp_engines; *e; e++) {
			struct axp_io io = { .act = job->act, .out = out };
			struct axp_counters c = {};
			char what[40];
			u64 steps;

			if ((*e)->valid && !(*e)->valid())
				continue;
			memset(out, 0x5a, bytes);
			steps = run_shuffled(*e, plan, &io, rng, &c);
			snprintf(what, sizeof(what), "%s, %s", (*e)->name, tunings[t].name);
			compare(job, what, out, want, &c, &want_c);
			note(job, plan, steps, &c);
		}
		axp_plan_free(plan);
	}
	free(want);
	free(out);
}

static void test_random(const char *name, enum random_style style, u32 nr, u64 seed)
{
	/* jobs do not depend on how engines cut them */
	struct rng rng = { seed }, order = { ~seed };

	bad = 0;
	for (u32 i = 0; i < nr; i++) {
		struct random_job job;

		random_job_make(&job, &rng, style);
		check_job(&job, &order);
		random_job_free(&job);
	}
	ok(!bad, "%u random %s jobs, %llu differences", nr, name, (unsigned long long)bad);
}

static void test_coverage(void)
{
	u32 i;

	ok(seen.wide && seen.windowed && seen.compiled && seen.plain,
	   "wide, windowed, compiled, plain");
	ok(seen.scanned && seen.intervals && seen.direct && seen.leading,
	   "scanned, interval, direct and leading classes");
	ok(seen.organisation[0] && seen.organisation[1] && seen.organisation[2] &&
	   seen.organisation[3] && seen.organisation[4], "all organisations");
	ok(seen.op[0] && seen.op[1] && seen.op[2], "all operations");
	ok(seen.fixed && seen.significand, "FIXED tables and significand rows");
	ok(seen.steps && seen.tiles, "more steps than tiles, more tiles than one");
	ok(seen.c.gated && seen.c.zero_act && seen.c.hits_exact && seen.c.hits_approx &&
	   seen.c.misses && seen.c.searches && seen.c.clamped, "every event");
	ok(seen.multiplied && seen.rounded && seen.rows,
	   "vector plans of multipliers, of rounded products and of rows");
	for (i = 0; i <= AXP_FAST_BYTES; i++)
		ok(seen.rows_bytes[i], "vector plans of words of %u bytes", i);
	ok(seen.rows_tables[1] && seen.rows_tables[2] && seen.rows_tables[4],
	   "bytes of up to 16, 32 and 64 centroids");
	ok(seen.rows_words[0] && seen.rows_words[1] && seen.rows_columns,
	   "words of up to 16 and 32 centroids, and by class");
	ok(seen.rows_planar && seen.rows_channels && seen.rows_f32, "depthwise, dot, binary32 rows");
	ok(seen.rows_whole && seen.rows_made && seen.rows_searched,
	   "rows of classes, made rows, searched rows");
	ok(seen.rows_gated && seen.rows_scaled && seen.rows_scaled < seen.rows,
	   "gated weights, centroids in units and not");
	diag("vector plans: %llu of multipliers, %llu of rounded products, %llu of them planar, %llu of rows; %llu jobs have none",
	     (unsigned long long)seen.multiplied, (unsigned long long)seen.rounded,
	     (unsigned long long)seen.rounded_planar, (unsigned long long)seen.rows,
	     (unsigned long long)seen.scalar);
	/* unclustered weights, biases of -0, long rows of taps */
	ok(seen.scalar * 4 < seen.rows + seen.rounded + seen.multiplied,
	   "few jobs have no vector plan");
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	u32 times = argc > 2 ? (u32)strtoul(argv[2], NULL, 0) : 1;

	test_random("small", RANDOM_ANY, 1500 * times, seed);
	test_random("depthwise", RANDOM_DEPTHWISE, 300 * times, seed + 1);
	test_random("large", RANDOM_LARGE, 30 * times, seed + 2);
	test_coverage();
	return done_testing();
}
