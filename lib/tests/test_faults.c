// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults: damaged images and faulty accumulators of every engine against the
 * definition, bit by bit; draws, and what is refused.
 */
#include <errno.h>
#include <math.h>

#include "engine.h"
#include "faults.h"
#include "plan_internal.h"
#include "random_job.h"
#include "tap.h"

static const struct axp_plan_tuning tiny = {
	.max_block = 5, .max_band = 2, .max_window = 8192, .max_list = 3, .tile_work = 40,
	.step_work = 25, .max_class_words = 1 << 22, .max_class_work = 1 << 26,
	.max_search_work = 1 << 16,
};

/* every class is searched */
static const struct axp_plan_tuning searching = {
	.max_block = 16, .max_band = 3, .max_window = 1 << 16, .max_list = 50, .tile_work = 1000,
	.step_work = 500, .max_class_words = 0, .max_class_work = 0, .max_search_work = 1 << 16,
};

static const struct axp_plan_tuning normal = AXP_PLAN_TUNING_DEFAULT;

static const struct axp_plan_tuning *const tunings[] = { &normal, &tiny, &searching };

static u64 seen_target[AXP_FAULT_ACC + 1], seen_kind[AXP_FAULT_FLIP + 1];
static u64 seen_cam, seen_lut, seen_acc, seen_changed;

static u32 random_faults(struct axp_fault *list, struct rng *rng, const struct random_job *job)
{
	u32 nr = 1 + rng_below(rng, 4);

	for (u32 i = 0; i < nr; i++) {
		struct axp_fault *f = &list[i];

		memset(f, 0, sizeof(*f));
		do {
			f->target = rng_below(rng, AXP_FAULT_ACC + 1);
		} while (job->spec.organisation != AXP_ORG_FLAT &&
			 (f->target == AXP_FAULT_WGT_KEY || f->target == AXP_FAULT_WGT_CARE));
		f->kind = rng_below(rng, AXP_FAULT_FLIP + 1);
		f->mask = rng_chance(rng, 50) ? 1u << rng_below(rng, 32) : rng_u32(rng);
		f->mask += !f->mask;
		if (rng_chance(rng, 70))
			f->rate = rng_u32(rng) >> rng_below(rng, 8);
		if (f->target == AXP_FAULT_ACC) {
			if (rng_chance(rng, 50))
				f->first = rng_below(rng, 6);
			if (rng_chance(rng, 50))
				f->count = 1 + rng_below(rng, 6);
		} else if (job->ref.nr_rows && rng_chance(rng, 50)) {
			f->first = rng_below(rng, job->ref.nr_rows);
			if (rng_chance(rng, 50))
				f->count = 1 + rng_below(rng, job->ref.nr_rows - f->first);
		}
		seen_target[f->target]++;
		seen_kind[f->kind]++;
	}
	return nr;
}

static void run(const struct axp_engine *engine, const struct axp_plan *plan,
		const struct axp_io *io, struct axp_counters *c)
{
	size_t bytes = (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes ? bytes : 64);

	if (!scratch)
		bail_out("no memory");
	memset(scratch, 0xa5, bytes);
	/* any order of the tiles is as good */
	for (u32 i = axp_plan_nr_tiles(plan); i--;) {
		struct axp_cursor cursor = { .tile = i };

		while (!engine->step(plan, io, &cursor, scratch, c))
			;
	}
	free(scratch);
}

/* @image under every engine and tuning, against the definition; returns differences */
static u64 check_engines(const struct random_job *job, const struct axp_image *image,
			 const struct reference *ref)
{
	size_t bytes = job->nest.out_elems * sizeof(u32);
	u32 *want = malloc(bytes), *out = malloc(bytes), *sound = malloc(bytes);
	struct axp_counters want_c = {}, sound_c = {};
	u64 bad = 0;

	memset(want, 0x5a, bytes);
	memset(sound, 0x5a, bytes);
	reference_run(ref, want, &want_c);
	reference_run(&job->ref, sound, &sound_c);
	seen_acc += want_c.faults;
	seen_changed += !!memcmp(want, sound, bytes);
	for (u32 t = 0; t < ARRAY_SIZE(tunings); t++) {
		struct axp_plan *plan;
		int err = axp_plan_create_tuned(&plan, NULL, image, job->weights, &job->nest,
						job->ref.job.flags, tunings[t], NULL);

		if (err)
			bail_out("plan refused: %d", err);
		for (const struct axp_engine *const *e = axp_engines; *e; e++) {
			const struct axp_io io = {
				.act = job->act, .out = out, .job = ref->fault_job,
			};
			struct axp_counters c = {};

			if ((*e)->valid && !(*e)->valid())
				continue;
			memset(out, 0x5a, bytes);
			run(*e, plan, &io, &c);
			if (!memcmp(out, want, bytes) && !memcmp(&c, &want_c, sizeof(c)))
				continue;
			if (!bad++)
				diag("%s, tuning %u: op %u flags %#x, %s; faults %llu, not %llu",
				     (*e)->name, t, job->ref.job.op, job->ref.job.flags,
				     job->style, (unsigned long long)c.faults,
				     (unsigned long long)want_c.faults);
		}
		axp_plan_free(plan);
	}
	free(want);
	free(out);
	free(sound);
	return bad;
}

static u64 check_rows(const struct axp_image *image, const struct reference *ref)
{
	u64 cam = 0, lut = 0, bad = 0;
	struct axp_row *rows = reference_damage(ref, &cam, &lut);

	for (u32 i = 0; i < ref->nr_rows; i++) {
		const struct axp_row *a = &rows[i], *b = &image->rows[i];

		bad += a->act != b->act || a->act_care != b->act_care || a->wgt != b->wgt ||
		       a->wgt_care != b->wgt_care || a->product != b->product ||
		       a->flags != b->flags;
	}
	free(rows);
	seen_cam += cam;
	seen_lut += lut;
	return bad + (cam != image->cam_bits) + (lut != image->lut_bits);
}

static void test_random(const char *name, enum random_style style, u32 nr, u64 seed)
{
	struct rng rng = { seed };
	u64 bad = 0, done = 0;

	for (u32 i = 0; i < nr; i++) {
		struct axp_fault list[4];
		struct axp_faults *faults;
		struct axp_image *image;
		struct random_job job;
		struct reference ref;

		random_job_make(&job, &rng, style);
		if (!job.image) {
			random_job_free(&job);
			continue;
		}
		ref = job.ref;
		ref.nr_faults = random_faults(list, &rng, &job);
		ref.faults = list;
		ref.seed = rng_u64(&rng);
		ref.fault_job = rng_below(&rng, 3);
		if (axp_faults_create(&faults, list, ref.nr_faults, ref.seed, job.image, NULL) ||
		    axp_image_damage(&image, NULL, job.image, faults, ref.fault_job))
			bail_out("faults refused");
		bad += check_rows(image, &ref);
		bad += check_engines(&job, image, &ref);
		axp_image_free(image);
		axp_faults_free(faults);
		random_job_free(&job);
		done++;
	}
	ok(!bad && done, "%llu random %s jobs with faults, every engine, %llu differences",
	   (unsigned long long)done, name, (unsigned long long)bad);
}

static void test_coverage(void)
{
	u64 least = seen_kind[0];

	for (u32 i = 0; i < ARRAY_SIZE(seen_kind); i++)
		least = min(least, seen_kind[i]);
	for (u32 i = 0; i < ARRAY_SIZE(seen_target); i++)
		least = min(least, seen_target[i]);
	ok(least, "every target and kind");
	ok(seen_cam && seen_lut && seen_acc && seen_changed > 100,
	   "wrong bits: %llu of CAMs, %llu of LUTs, %llu of accumulators; %llu results changed",
	   (unsigned long long)seen_cam, (unsigned long long)seen_lut,
	   (unsigned long long)seen_acc, (unsigned long long)seen_changed);
}

/* a flat table of @nr equal rows */
static struct axp_image *make_image(u32 nr, u32 organisation)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	const struct axp_table_spec spec = {
		.organisation = organisation, .lanes = 1, .word_bits = 32,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	struct axp_row *rows = calloc(nr ? nr : 1, sizeof(*rows));
	struct axp_image *image;

	for (u32 i = 0; i < nr; i++)
		rows[i] = (struct axp_row){ .act = i << 12, .act_care = ~0u << 12,
					    .wgt = 0x3f800000, .wgt_care = ~0u };
	if (axp_image_create(&image, NULL, &spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
			     AXP_CAM_SILICON28, &limits, NULL))
		bail_out("table refused");
	free(rows);
	return image;
}

/* as many bits are faulty as the rate says, and each is on its own */
static void test_rates(void)
{
	struct axp_image *sound = make_image(4096, AXP_ORG_FLAT);
	static const double rates[] = { 0.5, 0.1, 0.01, 0.001 };

	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		struct axp_fault f = {
			.target = AXP_FAULT_LUT, .kind = AXP_FAULT_FLIP, .mask = ~0u,
			.rate = (u32)(rates[i] * 0x1p32),
		};
		double n = 4096 * 32, want = n * rates[i], sigma = sqrt(want * (1 - rates[i]));
		u64 first = 0, second = 0, both = 0;
		struct axp_image *a, *b;
		struct axp_faults *faults;

		if (axp_faults_create(&faults, &f, 1, 7 + i, sound, NULL) ||
		    axp_image_damage(&a, NULL, sound, faults, 0) ||
		    axp_image_damage(&b, NULL, sound, faults, 1))
			bail_out("faults refused");
		for (u32 r = 0; r < 4096; r++) {
			first += hweight32(a->rows[r].product);
			second += hweight32(b->rows[r].product);
			both += hweight32(a->rows[r].product & b->rows[r].product);
		}
		ok(fabs(first - want) < 5 * sigma && fabs(second - want) < 5 * sigma,
		   "rate %g: %llu and %llu of %.0f bits", rates[i], (unsigned long long)first,
		   (unsigned long long)second, n);
		ok(fabs(both - want * rates[i]) < 5 * sqrt(want * rates[i]) + 1,
		   "two jobs: %llu bits in both", (unsigned long long)both);
		axp_image_free(a);
		axp_image_free(b);
		axp_faults_free(faults);
	}
	axp_image_free(sound);
}

/* draws as another program (Python) gets them from Documentation/pe-semantics.rst */
static void test_known(void)
{
	struct axp_image *sound = make_image(4, AXP_ORG_FLAT), *a, *b;
	struct axp_fault f = {
		.target = AXP_FAULT_LUT, .kind = AXP_FAULT_STUCK_1, .mask = 0xff,
		.rate = 0x80000000,
	};
	struct axp_faults *faults;
	bool same = true;

	if (axp_faults_create(&faults, &f, 1, 1, sound, NULL) ||
	    axp_image_damage(&a, NULL, sound, faults, 0) ||
	    axp_image_damage(&b, NULL, sound, faults, 9))
		bail_out("faults refused");
	ok(!faults->per_job && !faults->accumulators, "what is stuck is so in every job");
	for (u32 i = 0; i < 4; i++) {
		diag("row %u: %02x", i, a->rows[i].product);
		same &= a->rows[i].product == b->rows[i].product;
	}
	ok(same, "the same in two jobs");
	ok(a->rows[0].product == 0x22 && a->rows[1].product == 0xe9 &&
	   a->rows[2].product == 0xe4 && a->rows[3].product == 0x4c, "known draws");
	ok(!memcmp(&a->costs, &sound->costs, sizeof(a->costs)) &&
	   !memcmp(&a->dims, &sound->dims, sizeof(a->dims)), "dimensions and costs are kept");
	axp_image_free(a);
	axp_image_free(b);
	axp_image_free(sound);
	axp_faults_free(faults);
}

static void refused(const struct axp_image *image, const struct axp_fault *list, u32 nr, int err,
		    u32 reason, u32 index, const char *name)
{
	struct axp_why why = {};
	struct axp_faults *faults;
	int got = axp_faults_create(&faults, list, nr, 0, image, &why);

	ok(got == err && !faults && why.reason == reason && why.index == index, "%s", name);
}

static void test_refusals(void)
{
	struct axp_image *flat = make_image(4, AXP_ORG_FLAT);
	struct axp_image *shared = make_image(4, AXP_ORG_SHARED);
	struct axp_image *empty = make_image(0, AXP_ORG_FLAT);
	const struct axp_fault good = { .target = AXP_FAULT_LUT, .mask = 1 };
	struct axp_fault many[AXP_MAX_FAULTS + 1];
	struct axp_fault list[2] = { good, good };
	struct axp_faults *faults;

	for (u32 i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = good;
	refused(flat, list, 0, -EINVAL, AXP_WHY_COUNT, 0, "no faults");
	refused(flat, many, AXP_MAX_FAULTS + 1, -ENOSPC, AXP_WHY_COUNT, 0, "too many faults");
	list[1].target = AXP_FAULT_ACC + 1;
	refused(flat, list, 2, -EOPNOTSUPP, AXP_WHY_FAULT_TARGET, 1, "unknown target");
	list[1].target = AXP_FAULT_WGT_KEY;
	refused(shared, list, 2, -EOPNOTSUPP, AXP_WHY_FAULT_TARGET, 1,
		"weight keys where there are none");
	list[1] = good;
	list[1].kind = AXP_FAULT_FLIP + 1;
	refused(flat, list, 2, -EOPNOTSUPP, AXP_WHY_FAULT_KIND, 1, "unknown kind");
	list[1] = good;
	list[1].mask = 0;
	refused(flat, list, 2, -EINVAL, AXP_WHY_FAULT_MASK, 1, "no bits");
	list[1] = good;
	list[1].first = 4;
	refused(flat, list, 2, -ERANGE, AXP_WHY_FAULT_ROW, 1, "a row past the table");
	list[1].first = 1;
	list[1].count = ~0u;
	refused(flat, list, 2, -ERANGE, AXP_WHY_FAULT_ROW, 1, "rows past the table");
	list[1].target = AXP_FAULT_ACC;
	ok(!axp_faults_create(&faults, list, 2, 0, flat, NULL), "output channels have no limit");
	axp_faults_free(faults);
	ok(!axp_faults_create(&faults, &good, 1, 0, empty, NULL), "all rows of an empty table");
	axp_faults_free(faults);
	axp_image_free(flat);
	axp_image_free(shared);
	axp_image_free(empty);
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	u32 times = argc > 2 ? (u32)strtoul(argv[2], NULL, 0) : 1;

	test_random("small", RANDOM_ANY, 800 * times, seed);
	test_random("depthwise", RANDOM_DEPTHWISE, 200 * times, seed + 1);
	test_random("large", RANDOM_LARGE, 6 * times, seed + 2);
	test_coverage();
	test_rates();
	test_known();
	test_refusals();
	return done_testing();
}
