// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "pool.h"
#include "tap.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

#define N	5

static const struct axp_backend_ops *const soft = &axp_backend_soft;

static void *open_soft(const struct axp_session_opts *opts)
{
	struct axp_diag msg = { "" };
	void *be;

	if (soft->open(&be, opts, &msg))
		bail_out("%s", msg.text);
	return be;
}

/* run the fixture once on a backend of its own: 0, or where it failed */
static int run_once(const struct fixture *f, const struct axp_session_opts *opts, float *out,
		    struct axp_stats *program, struct axp_stats *stats, struct axp_diag *msg)
{
	struct axp_backend_job *job;
	void *be = open_soft(opts);
	int err;

	memset(program, 0, sizeof(*program));
	memset(stats, 0, sizeof(*stats));
	err = soft->prepare(be, &f->layer, &f->shape, &job, program, msg);
	if (!err) {
		err = soft->run(be, job, f->shape.n, f->in, out, stats, msg);
		soft->release(be, job);
	}
	soft->close(be);
	return err;
}

/* what the fixture's events cost with its own table, or with @preset */
static struct axp_stats priced(const struct fixture *f, uint32_t preset, uint32_t cam_class)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	const struct axp_assoc *assoc = f->layer.assoc;
	const struct axp_counters *c = &f->counters;
	struct axp_stats stats = {
		.macs = c->macs, .gated = c->gated, .zero_act = c->zero_act,
		.hits_exact = c->hits_exact, .hits_approx = c->hits_approx,
		.misses = c->misses, .searches = c->searches, .clamped = c->clamped,
		.outputs = c->outputs, .jobs = 1,
	};
	const struct axp_energy_model *model = axp_energy_preset(preset);
	struct axp_image *image = NULL;
	struct axp_energy energy;
	struct axp_costs costs;

	if (assoc) {
		if (axp_image_create(&image, NULL, &assoc->spec, assoc->rows, assoc->nr_rows, model,
				     cam_class, &limits, NULL))
			bail_out("the table of %s is refused", f->layer.name);
		costs = image->costs;
	} else {
		axp_energy_costs(&costs, model, cam_class, NULL);
	}
	axp_energy_price(&energy, &costs, c, assoc && assoc->job_flags &
			 (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT));
	stats.energy_fj = energy.device;
	stats.baseline_fj = energy.baseline;
	stats.baseline_gated_fj = energy.baseline_gated;
	axp_image_free(image);
	return stats;
}

static void test_fixture(unsigned int i)
{
	static const uint32_t threads[] = { 1, 2, 5 };
	struct axp_stats program, stats, want;
	struct axp_diag msg = { "" };
	bool same = true, counted = true;
	const struct axp_assoc *assoc;
	const char *engine;
	struct fixture f;
	uint32_t e;
	size_t t;
	float *out;

	fixture_make(&f, i, N);
	assoc = f.layer.assoc;
	out = malloc(f.nr_out * sizeof(*out));
	want = priced(&f, AXP_PRESET_S28, AXP_CAM_SILICON28);
	for (e = 0; out && (engine = axp_engine_name(e)); e++)
		for (t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
			struct axp_session_opts opts = {
				.size = sizeof(opts), .engine = engine, .threads = threads[t],
			};

			memset(out, 0xff, f.nr_out * sizeof(*out));
			if (run_once(&f, &opts, out, &program, &stats, &msg))
				bail_out("%s", msg.text);
			same &= !memcmp(out, f.want, f.nr_out * sizeof(*out));
			counted &= stats_equal(&stats, &want) && stats.busy_ns;
		}
	ok(out && same, "%s: every bit as defined, any engine and any threads", f.layer.name);
	ok(counted, "%s: every counter and femtojoule", f.layer.name);
	ok(program.rows_programmed == (assoc ? assoc->nr_rows : 0) &&
	   !program.program_fj == !assoc && program.energy_fj == program.program_fj &&
	   !program.macs && !program.jobs, "%s: programming is counted", f.layer.name);
	free(out);
	fixture_free(&f);
}

/* One job, runs of changing size: the same as each of them alone. */
static void test_sizes(void)
{
	static const uint32_t sizes[] = { 3, 1, 5, 2, 2, 5, 1 };
	struct axp_session_opts opts = { .size = sizeof(opts), .threads = 2 };
	struct axp_stats program = { 0 };
	struct axp_diag msg = { "" };
	struct axp_backend_job *job;
	struct fixture f, part;
	bool same = true, counted = true;
	void *be = open_soft(&opts);
	float *out;
	size_t i;

	fixture_make(&f, 0, N);
	out = malloc(f.nr_out * sizeof(*out));
	if (!out || soft->prepare(be, &f.layer, &f.shape, &job, &program, &msg))
		bail_out("%s", msg.text);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct axp_stats stats = { 0 }, want;

		fixture_make(&part, 0, sizes[i]);
		want = priced(&part, AXP_PRESET_S28, AXP_CAM_SILICON28);
		if (soft->run(be, job, sizes[i], part.in, out, &stats, &msg))
			bail_out("%s", msg.text);
		same &= !memcmp(out, part.want, part.nr_out * sizeof(*out));
		counted &= stats_equal(&stats, &want);
		fixture_free(&part);
	}
	ok(same && counted, "runs of any size up to the prepared one");
	program = (struct axp_stats){ 0 };
	ok(soft->run(be, job, N + 1, f.in, out, &program, &msg) == -EINVAL &&
	   strstr(msg.text, "6 samples, prepared for 5"), "a larger one is refused: %s", msg.text);
	ok(!program.macs, "and counts nothing");
	soft->release(be, job);
	soft->release(be, NULL);
	soft->close(be);
	free(out);
	fixture_free(&f);
}

static void test_prices(void)
{
	struct axp_session_opts opts = { .size = sizeof(opts), .preset = AXP_PRESET_AL40,
					 .cam_class = AXP_CAM_NOR };
	struct axp_stats program, stats, want;
	struct axp_diag msg = { "" };
	struct fixture f;
	float *out;
	unsigned int i;

	for (i = 0; i < nr_fixtures; i += 7) {
		fixture_make(&f, i, N);
		out = malloc(f.nr_out * sizeof(*out));
		if (!out || run_once(&f, &opts, out, &program, &stats, &msg))
			bail_out("%s", msg.text);
		want = priced(&f, AXP_PRESET_AL40, AXP_CAM_NOR);
		ok(stats_equal(&stats, &want), "%s: preset and CAM class of the session",
		   f.layer.name);
		free(out);
		fixture_free(&f);
	}
}

/* A caller that rounds up and flushes denormals gets the same, and keeps its mode. */
static void test_environment(void)
{
	struct axp_session_opts opts = { .size = sizeof(opts), .threads = 2 };
	struct axp_stats program, stats;
	struct axp_diag msg = { "" };
	struct fixture f;
	int mode, err;
	float *out;

	fixture_make(&f, 7, N);
	out = malloc(f.nr_out * sizeof(*out));
	if (!out)
		bail_out("no memory");
	fesetround(FE_UPWARD);
#ifdef __SSE__
	_mm_setcsr(_mm_getcsr() | 0x8040);
#endif
	err = run_once(&f, &opts, out, &program, &stats, &msg);
	mode = fegetround();
#ifdef __SSE__
	if ((_mm_getcsr() & 0x8040) != 0x8040)
		mode = -1;
	_mm_setcsr(_mm_getcsr() & ~0x8040u);
#endif
	fesetround(FE_TONEAREST);
	ok(!err && !memcmp(out, f.want, f.nr_out * sizeof(*out)),
	   "the caller's rounding mode does not matter");
	ok(mode == FE_UPWARD, "and is kept");
	free(out);
	fixture_free(&f);
}

static void test_chunks(void)
{
	struct axp_diag msg = { "" };
	struct fixture f;
	uint64_t macs;
	uint32_t chunk;

	fixture_make(&f, 1, N);
	macs = f.counters.macs / N;
	ok(!axp_backend_chunk(&f.layer, &f.shape, AXP_SOFT_MAX_MACS, &chunk, &msg) && chunk == N,
	   "a small run is one job");
	ok(!axp_backend_chunk(&f.layer, &f.shape, N * macs, &chunk, &msg) && chunk == N,
	   "a run at the limit is one job");
	ok(!axp_backend_chunk(&f.layer, &f.shape, N * macs - 1, &chunk, &msg) && chunk == N - 1,
	   "a run past it is more");
	ok(!axp_backend_chunk(&f.layer, &f.shape, macs, &chunk, &msg) && chunk == 1,
	   "down to a job a sample");
	ok(axp_backend_chunk(&f.layer, &f.shape, macs - 1, &chunk, &msg) == -ENOSPC &&
	   strstr(msg.text, "layer banked: one sample") && strstr(msg.text, "limit of a job"),
	   "a sample past the limit is refused: %s", msg.text);
	fixture_free(&f);
}

static void refused_open(const struct axp_session_opts *opts, int want, const char *says)
{
	struct axp_diag msg = { "" };
	void *be = (void *)1;
	int err = soft->open(&be, opts, &msg);

	if (!ok(err == want && !be && strstr(msg.text, says), "refused: %s", msg.text))
		diag("got %d", err);
}

static void refused_layer(struct fixture *f, int want, const char *says)
{
	struct axp_session_opts opts = { .size = sizeof(opts) };
	struct axp_backend_job *job = (void *)1;
	struct axp_stats program = { 0 };
	struct axp_diag msg = { "" };
	void *be = open_soft(&opts);
	int err;

	err = soft->prepare(be, &f->layer, &f->shape, &job, &program, &msg);
	if (!ok(err == want && !job && !program.rows_programmed &&
		!strncmp(msg.text, "layer ", 6) && strstr(msg.text, says),
		"refused, nothing counted: %s", msg.text))
		diag("got %d", err);
	soft->close(be);
	fixture_free(f);
}

static void test_refused(void)
{
	struct axp_session_opts opts = { .size = sizeof(opts) };
	struct fixture f;

	opts.threads = AXP_POOL_MAX_THREADS + 1;
	refused_open(&opts, -EINVAL, "1025 threads, the limit is 1024");
	opts.threads = 0;
	opts.engine = "abacus";
	refused_open(&opts, -EOPNOTSUPP, "engine 'abacus'");
	opts.engine = NULL;
	opts.preset = AXP_PRESET_CUSTOM;
	refused_open(&opts, -EOPNOTSUPP, "'custom' (7) exists only on the device");
	opts.preset = 0;
	opts.cam_class = AXP_CAM_ZERO + 1;
	refused_open(&opts, -EOPNOTSUPP, "CAM class 5");

	fixture_make(&f, 0, N);
	f.layer.assoc->rows[5].flags = 8;
	refused_layer(&f, -EINVAL, "layer shared: table: row 5: flags 0x8");
	fixture_make(&f, 0, N);
	f.layer.assoc->spec.lanes = 257;
	refused_layer(&f, -ENOSPC, "257 lanes, the limit of this organisation is 256");
	fixture_make(&f, 0, N);
	f.layer.assoc->spec.preset = AXP_PRESET_CUSTOM;
	refused_layer(&f, -EOPNOTSUPP, "exists only on the device");
	fixture_make(&f, 0, N);
	f.layer.assoc->index[17] = 16;
	refused_layer(&f, -ERANGE, "weights: weight 17: index 16 into a codebook of 16");
	fixture_make(&f, 4, N);
	f.layer.assoc->spec.max_term = 1 << 26;
	refused_layer(&f, -EOVERFLOW, "the fixed accumulator ends at 2147483647");
	fixture_make(&f, 0, N);
	f.layer.stride_h = 0;
	refused_layer(&f, -EINVAL, "stride");
}

int main(void)
{
	unsigned int i;

	plan(3 * nr_fixtures + 3 + 2 + 2 + 5 + 10);
	for (i = 0; i < nr_fixtures; i++)
		test_fixture(i);
	test_sizes();
	test_prices();
	test_environment();
	test_chunks();
	test_refused();
	soft->close(NULL);
	return done_testing();
}
