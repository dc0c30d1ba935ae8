// SPDX-License-Identifier: BSD-2-Clause
/*
 * Differential: a job, its table, weights, tensors and now and then faults out of the
 * input, on every engine that this machine can run; results and counters are those of
 * softfp, at any cut into tiles and steps.
 */
#include "engines.h"
#include "faults.h"
#include "fuzz.h"
#include "plan_internal.h"
#include "random_job.h"

static const struct axp_plan_tuning tunings[] = {
	AXP_PLAN_TUNING_DEFAULT,
	{ .max_block = 5, .max_band = 2, .max_window = 8192, .max_list = 3, .tile_work = 40,
	  .step_work = 25, .max_class_words = 1 << 22, .max_class_work = 1 << 26,
	  .max_search_work = 1 << 16 },
	{ .max_block = 16, .max_band = 3, .max_window = 0, .max_list = 50, .tile_work = 1000,
	  .step_work = 500, .max_class_words = 0, .max_class_work = 0, .max_search_work = 0 },
};

static void run(const struct axp_engine *engine, const struct axp_plan *plan, const u32 *act,
		u64 job, u32 *out, u64 elems, struct axp_counters *c)
{
	struct axp_io io = { .act = act, .out = out, .job = job };
	size_t bytes = (axp_plan_scratch_bytes(plan) + 64) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes);

	MUST(scratch);
	memset(scratch, 0xa5, bytes);
	memset(out, 0x5a, elems * sizeof(u32));
	memset(c, 0, sizeof(*c));
	for (u32 i = axp_plan_nr_tiles(plan); i--;) {
		struct axp_cursor cursor = { .tile = i };

		while (!engine->step(plan, &io, &cursor, scratch, c))
			;
	}
	free(scratch);
}

static struct axp_faults *make_faults(struct rng *rng, const struct axp_image *image)
{
	struct axp_fault list[3];
	struct axp_faults *faults;
	u32 nr = 1 + rng_below(rng, 3);

	for (u32 i = 0; i < nr; i++)
		list[i] = (struct axp_fault){
			.target = rng_below(rng, AXP_FAULT_ACC + 1),
			.kind = rng_below(rng, AXP_FAULT_FLIP + 1),
			.mask = rng_u32(rng), .rate = rng_u32(rng),
		};
	/* targets that the table lacks are refused */
	return axp_faults_create(&faults, list, nr, rng_u64(rng), image, NULL) ? NULL : faults;
}

static void compare(const struct random_job *job, const struct axp_image *image,
		    const struct axp_plan_tuning *tuning, u64 number)
{
	u64 elems = job->nest.out_elems;
	u32 *want = malloc(elems * sizeof(u32)), *got = malloc(elems * sizeof(u32));
	const struct axp_engine *const *engine;
	struct axp_counters want_c, got_c;
	struct axp_plan *plan;

	MUST(want && got);
	MUST(!axp_plan_create_tuned(&plan, NULL, image, job->weights, &job->nest,
				    job->ref.job.flags, tuning, NULL));
	run(&axp_engine_softfp, plan, job->act, number, want, elems, &want_c);
	MUST(want_c.macs == job->nest.macs);
	MUST(want_c.macs == want_c.gated + want_c.hits_exact + want_c.hits_approx +
	     want_c.misses);
	for (engine = axp_engines; *engine; engine++) {
		if (*engine == &axp_engine_softfp || ((*engine)->valid && !(*engine)->valid()))
			continue;
		run(*engine, plan, job->act, number, got, elems, &got_c);
		if (memcmp(got, want, elems * sizeof(u32)) ||
		    memcmp(&got_c, &want_c, sizeof(got_c))) {
			fprintf(stderr, "engine %s differs from softfp: op %u, flags %#x, %s\n",
				(*engine)->name, job->ref.job.op, job->ref.job.flags, job->style);
			abort();
		}
	}
	axp_plan_free(plan);
	free(want);
	free(got);
}

/* more is slow and says no more */
#define MAX_MACS	(1u << 14)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rng rng = { .state = size, .data = data, .left = size };
	const struct axp_plan_tuning *tuning = &tunings[rng_below(&rng, ARRAY_SIZE(tunings))];
	bool depthwise = rng_chance(&rng, 20), faulty = rng_chance(&rng, 25);
	struct axp_faults *faults;
	struct axp_image *damaged;
	struct random_job job;

	random_job_make(&job, &rng, depthwise ? RANDOM_DEPTHWISE : RANDOM_ANY);
	if (job.nest.macs > MAX_MACS) {
		random_job_free(&job);
		return 0;
	}
	compare(&job, job.image, tuning, 0);
	if (faulty && job.image) {
		faults = make_faults(&rng, job.image);
		if (faults) {
			MUST(!axp_image_damage(&damaged, NULL, job.image, faults, 3));
			compare(&job, damaged, tuning, 3);
			axp_image_free(damaged);
			axp_faults_free(faults);
		}
	}
	random_job_free(&job);
	return 0;
}
