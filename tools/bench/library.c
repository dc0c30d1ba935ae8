// SPDX-License-Identifier: BSD-2-Clause
/*
 * Library mode: the engine in this process against oneDNN FP32, layer by layer.
 *
 * Each round runs both, one after the other, on one thread; a ratio is oneDNN's
 * time over the engine's, its median over the rounds. ratio_best is that of the
 * best times, which on a machine that does other work too is the steadier one.
 * oneDNN has its own formats, reorders are not timed; the engine's time includes
 * classification and counters. Results are checked against the scalar engine first.
 */
#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "team.h"

#define MAX_CASES	256
/* two threads are measured on layers over this many MACs */
#define LARGE_MACS	30000000
/* the scan of the table is slow: MACs of one round */
#define NAIVE_MACS	20000
/* layer of it */
#define NAIVE_LAYER	1

/**
 * struct bench_result - what came of a case
 * @hit_rate: MACs
 * @zero_rate: MACs
 * @gmacs: the engine, median
 * @gmacs_onednn: oneDNN, median
 * @ratio: median
 * @ratio_min: least
 * @ratio_max: greatest
 * @ratio_best: of the best times
 * @fast: the vector engines had a plan of their own
 * @macs: of the layer
 */
struct bench_result {
	double hit_rate, zero_rate;
	double gmacs, gmacs_onednn;
	double ratio, ratio_min, ratio_max, ratio_best;
	bool fast;
	u64 macs;
};

static struct bench_case cases[MAX_CASES];
static struct bench_result results[MAX_CASES];
static u32 nr_cases;

static const char *engine_of(const struct bench_case *b)
{
	return b->engine ? b->engine : axp_engine_select(NULL)->name;
}

/* repetitions of a round, at about 50 GMAC/s */
static u32 repeats(u64 macs)
{
	return (u32)max(1.0, ROUND_NS * 50 / (double)macs);
}

static u32 fewer_rounds(u64 macs, u32 rounds)
{
	return macs > 1000000000 ? min(rounds, 7u) : rounds;
}

/* times of the engine, of oneDNN, their ratios */
static void conclude(struct bench_result *r, const struct bench_job *job,
		     const struct axp_counters *c, struct series *ours, struct series *theirs,
		     struct series *ratio)
{
	r->macs = job->nest.macs;
	r->gmacs = (double)r->macs / series_median(ours);
	r->gmacs_onednn = (double)r->macs / series_median(theirs);
	r->ratio = series_median(ratio);
	r->ratio_min = series_min(ratio);
	r->ratio_max = series_max(ratio);
	r->ratio_best = series_min(theirs) / series_min(ours);
	r->hit_rate = (double)(c->hits_exact + c->hits_approx) / (double)c->macs;
	r->zero_rate = (double)c->zero_act / (double)c->macs;
	r->fast = job->plan->fast != NULL;
}

static void measure(const struct bench_case *b, u32 rounds, struct bench_result *r)
{
	struct series ours = { .nr = 0 }, theirs = { .nr = 0 }, ratio = { .nr = 0 };
	struct bench_job job = { .next_tile = 0 };
	struct axp_counters c;
	struct onednn d;
	u32 i, k, repeat;

	job_make(&job, b);
	onednn_make(&d, &layers[b->layer].conv, &job.nest);
	job_run(&job, &c);
	job_check(&job, &c);
	onednn_run(&d);
	repeat = repeats(job.nest.macs);
	rounds = fewer_rounds(job.nest.macs, rounds);
	for (i = 0; i < rounds; i++) {
		double t0 = now_cpu(), t1, t2;

		for (k = 0; k < repeat; k++)
			job_run(&job, &c);
		t1 = now_cpu();
		for (k = 0; k < repeat; k++)
			onednn_run(&d);
		onednn_wait();
		t2 = now_cpu();
		series_add(&ours, (t1 - t0) / repeat);
		series_add(&theirs, (t2 - t1) / repeat);
		series_add(&ratio, (t2 - t1) / (t1 - t0));
	}
	conclude(r, &job, &c, &ours, &theirs, &ratio);
	onednn_free(&d);
	job_free(&job);
}

static json_t *row(const struct bench_case *b, const struct bench_result *r, u32 threads)
{
	printf("%-20s k %-2u %-15s hits %5.1f%% zeros %4.1f%% %-7s %u  %6.1f GMAC/s  oneDNN %6.1f  ratio %.2f (%.2f to %.2f) best %.2f%s\n",
	       layers[b->layer].name, b->k, row_names[b->rows], 100 * r->hit_rate,
	       100 * r->zero_rate, engine_of(b), threads, r->gmacs, r->gmacs_onednn, r->ratio,
	       r->ratio_min, r->ratio_max, r->ratio_best, r->fast ? "" : "  scalar plan");
	fflush(stdout);
	return need(json_pack(
		"{s:s, s:i, s:s, s:f, s:f, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:b}",
		"name", layers[b->layer].name, "k", (int)b->k, "row_mode", row_names[b->rows],
		"hit_rate", r->hit_rate, "zero_rate", r->zero_rate, "engine", engine_of(b),
		"where", "library", "threads", (int)threads, "gmacs", r->gmacs,
		"gmacs_onednn", r->gmacs_onednn, "ratio", r->ratio, "ratio_min", r->ratio_min,
		"ratio_max", r->ratio_max, "ratio_best", r->ratio_best, "vector_plan",
		r->fast));
}

/* --- two threads ------------------------------------------------------------ */

/* a job of two threads, see axp_team_run() */
struct two {
	struct bench_job *job;
	struct axp_team *team;
	void *scratch[2];
	struct axp_counters c[2];
};

static void run_member(void *user, uint32_t member)
{
	struct two *two = user;

	job_tiles(two->job, two->scratch[member], two->job->out, &two->c[member]);
}

static void run_two(struct two *two, struct axp_counters *c)
{
	two->job->next_tile = 0;
	axp_team_run(two->team, run_member, two);
	*c = two->c[0];
	axp_counters_add(c, &two->c[1]);
}

/* one thread, two threads and oneDNN on one, by the wall clock; returns two over one */
static double measure_two(struct report *report, u32 layer, u32 rounds)
{
	const struct bench_case b = { .layer = layer, .k = 16, .rows = ROWS_EXACT };
	struct series ours = { .nr = 0 }, theirs = { .nr = 0 }, ratio = { .nr = 0 };
	struct series speedup = { .nr = 0 };
	struct bench_job job = { .next_tile = 0 };
	struct bench_result r;
	struct axp_counters c;
	struct onednn d;
	struct two two = { .job = &job };
	u32 i, k, repeat;
	json_t *entry;

	job_make(&job, &b);
	onednn_make(&d, &layers[layer].conv, &job.nest);
	two.scratch[0] = job.scratch;
	two.scratch[1] = job_scratch(&job);
	if (axp_team_open(&two.team, 2))
		fail("no thread", 0);
	run_two(&two, &c);
	job_check(&job, &c);
	onednn_run(&d);
	/* rounds are long beside what the scheduler does */
	repeat = repeats(job.nest.macs) * 4;
	rounds = fewer_rounds(job.nest.macs, rounds);
	for (i = 0; i < rounds; i++) {
		double t0 = now_wall(), t1, t2, t3;

		for (k = 0; k < repeat; k++)
			job_run(&job, &c);
		t1 = now_wall();
		for (k = 0; k < repeat; k++)
			run_two(&two, &c);
		t2 = now_wall();
		for (k = 0; k < repeat; k++)
			onednn_run(&d);
		onednn_wait();
		t3 = now_wall();
		series_add(&speedup, (t1 - t0) / (t2 - t1));
		series_add(&ours, (t2 - t1) / repeat);
		series_add(&theirs, (t3 - t2) / repeat);
		series_add(&ratio, (t3 - t2) / (t2 - t1));
	}
	axp_team_close(two.team);
	free(two.scratch[1]);
	conclude(&r, &job, &c, &ours, &theirs, &ratio);
	entry = row(&b, &r, 2);
	json_object_set_new(entry, "over_one_thread", json_real(series_median(&speedup)));
	json_array_append_new(report->layers, entry);
	printf("%-20s two threads over one: %.2f (%.2f to %.2f)\n", layers[layer].name,
	       series_median(&speedup), series_min(&speedup), series_max(&speedup));
	onednn_free(&d);
	job_free(&job);
	return series_median(&speedup);
}

static void two_threads(struct report *report, u32 rounds)
{
	double sum = 0;
	u32 i, nr = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		report_missing(report, "two_threads", "this machine has one processor");
		return;
	}
	for (i = 0; i < nr_cases; i++) {
		if (cases[i].rows != ROWS_EXACT || cases[i].k != 16 || cases[i].zeros != 0 ||
		    cases[i].misses != 0 || cases[i].engine || results[i].macs <= LARGE_MACS)
			continue;
		sum += log(measure_two(report, cases[i].layer, rounds));
		nr++;
	}
	if (nr)
		report_set(report, "two_threads", exp(sum / nr));
	else
		report_missing(report, "two_threads", "no layer over 30 MMAC was chosen");
}

/* --- softfp against the literal definition ---------------------------------- */

/* a scan of the table for each MAC */
static u32 scan(const struct bench_job *job, u32 nr)
{
	u32 acc = 0, i;

	for (i = 0; i < nr; i++) {
		u32 w = job->weights->codebook[job->weights->index[i % job->nest.wgt_elems]];
		u32 a = job->act[i % job->nest.act_elems];
		s32 match = axp_image_match(job->image, w, a);

		acc = axp_f32_add(acc, match < 0 ? axp_f32_mul(w, a) :
				  job->image->rows[match].product);
	}
	return acc;
}

static void softfp_over_naive(struct report *report, u32 rounds)
{
	const struct bench_case b = { .layer = NAIVE_LAYER, .k = 16, .engine = "softfp" };
	struct series soft = { .nr = 0 }, naive = { .nr = 0 }, ratio = { .nr = 0 };
	struct bench_job job = { .next_tile = 0 };
	struct axp_counters c;
	u32 acc = 0, i;

	job_make(&job, &b);
	job_run(&job, &c);
	job_check(&job, &c);
	for (i = 0; i < min(rounds, 11u); i++) {
		double t0 = now_cpu(), t1, t2;

		job_run(&job, &c);
		t1 = now_cpu();
		acc |= scan(&job, NAIVE_MACS);
		t2 = now_cpu();
		series_add(&soft, (t1 - t0) / (double)job.nest.macs);
		series_add(&naive, (t2 - t1) / NAIVE_MACS);
		series_add(&ratio, (t2 - t1) / NAIVE_MACS * (double)job.nest.macs / (t1 - t0));
	}
	/* the sum is used, so that it is made */
	if (acc == AXP_F32_NAN)
		fail("a sum is no number", acc);
	printf("%-20s softfp %.4f GMAC/s, scan of the table for each MAC %.6f, ratio %.0f (%.0f to %.0f)\n",
	       layers[b.layer].name, 1 / series_median(&soft), 1 / series_median(&naive),
	       series_median(&ratio), series_min(&ratio), series_max(&ratio));
	report_set(report, "softfp_over_naive", series_median(&ratio));
	report_set(report, "naive_gmacs", 1 / series_median(&naive));
	report_set(report, "softfp_gmacs", 1 / series_median(&soft));
	job_free(&job);
}

/* --- cases ------------------------------------------------------------------ */

static void add(u32 layer, u32 k, u32 rows, double misses, double zeros, const char *engine)
{
	if (nr_cases == MAX_CASES)
		fail("too many cases", MAX_CASES);
	cases[nr_cases++] = (struct bench_case){ layer, k, rows, misses, zeros, engine };
}

static void choose_cases(bool all)
{
	static const u32 ks[] = { 8, 32, 64 };
	static const double misses[] = { 0.05, 0.2, 0.5 };
	bool avx2 = axp_engine_select("avx2");
	u32 i, j;

	for (i = 0; i < NR_LAYERS; i++) {
		add(i, 16, ROWS_EXACT, 0, 0, NULL);
		add(i, 16, ROWS_EXACT, 0, 0.5, NULL);
		add(i, 16, ROWS_ROUNDED, 0, 0, NULL);
		add(i, 16, ROWS_FIXED16, 0, 0, NULL);
		add(i, 16, ROWS_FIXED32, 0, 0, NULL);
		if (avx2)
			add(i, 16, ROWS_EXACT, 0, 0, "avx2");
		if (!all)
			continue;
		add(i, 16, ROWS_SIG2, 0, 0, NULL);
		add(i, 16, ROWS_SIG3, 0, 0, NULL);
		for (j = 0; j < ARRAY_SIZE(ks); j++)
			add(i, ks[j], ROWS_EXACT, 0, 0, NULL);
		for (j = 0; j < ARRAY_SIZE(misses); j++)
			add(i, 16, ROWS_EXACT, misses[j], 0, NULL);
		add(i, 32, ROWS_FIXED16, 0, 0, NULL);
		add(i, 16, ROWS_FIXED16, 0, 0.5, NULL);
		add(i, 16, ROWS_PARTIAL, 0, 0, NULL);
		add(i, 16, ROWS_TERNARY, 0, 0, NULL);
	}
}

/* leave the cases of one kind of rows, of one layer; NULL: of all */
static void keep(const char *rows, const char *layer)
{
	u32 i, nr = 0;

	for (i = 0; i < nr_cases; i++)
		if ((!rows || !strcmp(row_names[cases[i].rows], rows)) &&
		    (!layer || !strcmp(layers[cases[i].layer].name, layer)))
			cases[nr++] = cases[i];
	if (!nr)
		fail("no cases are left by --rows and --layer, cases", nr_cases);
	nr_cases = nr;
}

/*
 * Cases of engines that are named: oneDNN's instruction set is chosen once in a
 * process, so the set of avx2 has one of its own.
 */
static void measure_apart(u32 rounds)
{
	int fd[2], status;
	pid_t child;
	u32 i;

	if (pipe(fd))
		fail("no pipe", 0);
	fflush(stdout);
	child = fork();
	if (child < 0)
		fail("no process", 0);
	if (!child) {
		onednn_start(true);
		for (i = 0; i < nr_cases; i++) {
			if (!cases[i].engine)
				continue;
			measure(&cases[i], rounds, &results[i]);
			if (write(fd[1], &results[i], sizeof(*results)) != sizeof(*results))
				_exit(1);
		}
		_exit(0);
	}
	close(fd[1]);
	for (i = 0; i < nr_cases; i++)
		if (cases[i].engine &&
		    read(fd[0], &results[i], sizeof(*results)) != sizeof(*results))
			fail("the process of other instructions ended early", i);
	close(fd[0]);
	if (waitpid(child, &status, 0) != child || status)
		fail("the process of other instructions failed", status);
}

/* geometric mean of the ratios of like cases without misses, on layers @first to @last */
static void mean(struct report *report, const char *field, u32 rows, double zeros,
		 const char *engine, u32 first, u32 last)
{
	double sum = 0;
	u32 i, nr = 0;

	for (i = 0; i < nr_cases; i++) {
		const struct bench_case *b = &cases[i];

		if (b->k != 16 || b->rows != rows || b->zeros != zeros || b->misses != 0 ||
		    b->layer < first || b->layer > last ||
		    strcmp(b->engine ? b->engine : "", engine ? engine : ""))
			continue;
		sum += log(results[i].ratio);
		nr++;
	}
	if (nr)
		report_set(report, field, exp(sum / nr));
	else if (engine && !axp_engine_select(engine))
		report_missing(report, field, "this machine cannot run the engine");
	else
		report_missing(report, field, "--rows or --layer left these cases out");
}

void library_mode(struct report *report, u32 rounds, bool all, const char *rows,
		  const char *layer)
{
	const u32 last = NR_LAYERS - 1;
	bool apart = false;
	u32 i;

	choose_cases(all);
	keep(rows, layer);
	for (i = 0; i < nr_cases; i++)
		apart |= cases[i].engine != NULL;
	/* before this process has threads or an oneDNN of its own */
	if (apart)
		measure_apart(rounds);
	onednn_start(false);
	for (i = 0; i < nr_cases; i++) {
		if (!cases[i].engine)
			measure(&cases[i], rounds, &results[i]);
		json_array_append_new(report->layers, row(&cases[i], &results[i], 1));
	}
	two_threads(report, rounds);
	softfp_over_naive(report, rounds);
	onednn_stop();
	mean(report, "dense_geomean", ROWS_EXACT, 0, NULL, 0, last);
	mean(report, "dense_rounded_geomean", ROWS_ROUNDED, 0, NULL, 0, last);
	mean(report, "fixed_geomean", ROWS_FIXED16, 0, NULL, 0, last);
	mean(report, "zeros50_geomean", ROWS_EXACT, 0.5, NULL, 0, last);
	mean(report, "depthwise", ROWS_EXACT, 0, NULL, LAYER_DW0, LAYER_DW1);
	mean(report, "fc_batch1", ROWS_EXACT, 0, NULL, LAYER_FC1, LAYER_FC1);
	mean(report, "avx2_geomean", ROWS_EXACT, 0, "avx2", 0, last);
}
