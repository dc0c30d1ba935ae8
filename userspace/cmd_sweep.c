// SPDX-License-Identifier: BSD-2-Clause
/* axp sweep: many ways to compile a model, their accuracies and savings. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart.h"
#include "cmd.h"
#include "grid.h"
#include "input.h"
#include "out.h"
#include "price.h"
#include "progress.h"
#include "run.h"
#include "sweep.h"
#include "sweep_chart.h"

#define MAX_JOBS	64
#define MAX_WORDS	16

struct sweep_args {
	const char *data;
	const char *calib;
	const char *grid;
	const char *log;
	const char *json;
	const char *csv;
	const char *charts;
	uint64_t samples;
	uint64_t jobs;
	struct reals max_drop;
	struct price_args price;
	struct input_args input;
	bool no_baselines;
	bool quiet;
};

static const struct sweep_args defaults = { .max_drop = { .n = 1, .v = { 1 } } };

#define AT(field)	offsetof(struct sweep_args, field)

static const struct arg args[] = {
	{ "data", 0, "DATA", "Labelled samples that every point is evaluated on, as for axp eval.",
	  ARG_TEXT, AT(data), 0, 0, NULL, true },
	{ "calib", 0, "DATA", "Samples that tables are fitted to, as for axp compile.",
	  ARG_TEXT, AT(calib), 0, 0, NULL, true },
	{ "grid", 'g', "GRID", "Words NAME=VALUE,VALUE... with k, rows, prefix, acc, org, word, "
	  "lanes, cluster, gating, bias and prune, for example k=8,16 acc=f32,fixed. Several words may be "
	  "quoted as one, or follow. Every combination is a point.",
	  ARG_TEXT, AT(grid), 0, 0, NULL, true },
	{ "log", 'l', "FILE", "Keep results in FILE as they come. When it is there already, "
	  "points that it has are not computed again: so a sweep that was interrupted is "
	  "resumed.", ARG_TEXT, AT(log), 0, 0, NULL, false },
	{ "jobs", 'j', "N", "Points at a time. Default: one per CPU. Not with mpirun, whose "
	  "processes each compute one.", ARG_COUNT, AT(jobs), 1, MAX_JOBS, NULL, false },
	{ "samples", 0, "N", "Calibration samples to use. Default: 512.",
	  ARG_COUNT, AT(samples), 1, 1000000, NULL, false },
	{ "max-drop", 0, "P", "The best point loses at most P points of accuracy. Default: 1.",
	  ARG_REALS, AT(max_drop), 0, 1, NULL, false },
	{ "no-baselines", 0, NULL, "Leave out the flat organisation's points and the literal "
	  "recipe.", ARG_FLAG, AT(no_baselines), 0, 0, NULL, false },
	PRICE_ARGS(struct sweep_args, price),
	INPUT_ARGS(struct sweep_args, input),
	{ "json", 0, "FILE", "Write the sweep as JSON; - is the standard output, which then "
	  "carries nothing else.", ARG_TEXT, AT(json), 0, 0, NULL, false },
	{ "csv", 0, "FILE", "Write the points as CSV; - as with --json.",
	  ARG_TEXT, AT(csv), 0, 0, NULL, false },
	{ "charts", 0, "DIR", "Draw accuracy against saving, SVG and PNG, into this folder (needs "
	  "gnuplot).", ARG_TEXT, AT(charts), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.", ARG_FLAG, AT(quiet), 0, 0, NULL, false },
};

/* --- what a log is of -------------------------------------------------------- */

#define FNV_START	0xcbf29ce484222325ull

static uint64_t fnv(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	while (n--)
		hash = (hash ^ *p++) * 0x100000001b3ull;
	return hash;
}

static int digest_file(const char *path, uint64_t *digest)
{
	FILE *file = fopen(path, "rb");
	unsigned char bytes[4096];
	size_t n;

	if (!file)
		return fail("%s: %s", path, strerror(errno));
	*digest = FNV_START;
	while ((n = fread(bytes, 1, sizeof(bytes), file)))
		*digest = fnv(*digest, bytes, n);
	n = ferror(file);
	fclose(file);
	return n ? fail("%s: cannot be read", path) : 0;
}

static int digest_data(const struct sweep_job *job, bool calib, uint64_t *digest)
{
	struct axp_dataset *data = sweep_data(job, calib);
	struct axp_diag diag = { .text = "" };
	uint64_t elems;
	float *x;
	int rc = 0;

	if (!data)
		return EXIT_FAILED;
	elems = axp_dataset_elems(data);
	x = calloc(elems, sizeof(*x));
	if (!x)
		rc = fail("no memory for a sample");
	*digest = FNV_START;
	for (uint64_t i = 0; !rc && i < axp_dataset_count(data); i++) {
		uint32_t label = 0;

		if (axp_dataset_get(data, i, x, axp_dataset_has_labels(data) ? &label : NULL,
				    &diag)) {
			rc = fail("%s", diag.text);
			break;
		}
		*digest = fnv(*digest, x, elems * sizeof(*x));
		*digest = fnv(*digest, &label, sizeof(label));
	}
	free(x);
	axp_dataset_free(data);
	return rc;
}

/* NULL after saying why */
static json_t *make_identity(const struct sweep_job *job)
{
	uint64_t digests[3];
	char text[3][17];
	json_t *identity;

	if (digest_file(job->model, &digests[0]) || digest_data(job, true, &digests[1]) ||
	    digest_data(job, false, &digests[2]))
		return NULL;
	for (size_t i = 0; i < 3; i++)
		snprintf(text[i], sizeof(text[i]), "%016" PRIx64, digests[i]);
	identity = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:b}",
			     "log", "axp sweep 1", "version", axp_version(), "model", text[0],
			     "calib", text[1], "data", text[2],
			     "samples", (json_int_t)job->samples, "preset", (int)job->price.preset,
			     "cam_class", (int)job->price.cam_class,
			     "plain_words", job->price.plain_words);
	if (!identity)
		fail("no memory for the log");
	return identity;
}

/* --- the record ------------------------------------------------------------- */

/* accuracy of the model as it is, in binary32 */
static int accuracy_fp32(const struct sweep_job *job, const struct axp_graph *graph, double *out)
{
	const struct run_args fp32 = { .backend = AXP_BACKEND_FP32 };
	struct axp_dataset *data = sweep_data(job, false);
	struct axp_evaluation result = { 0 };
	struct axp_diag diag = { .text = "" };
	struct axp_session_opts opts;
	struct axp_session *session;
	int rc;

	if (!data)
		return EXIT_FAILED;
	rc = run_open(&session, &opts, &fp32, graph, job->model);
	if (!rc) {
		rc = axp_evaluate(session, data, &result, progress_show, NULL, &diag);
		progress_clear();
		if (rc)
			rc = fail("%s: %s", job->data, diag.text[0] ? diag.text : strerror(-rc));
		else
			*out = (double)result.correct / (double)result.samples;
		axp_session_close(session);
	}
	axp_evaluation_clear(&result);
	axp_dataset_free(data);
	return rc;
}

/* of several prices the default one when it is among them, else the first */
static const json_t *first_price(const json_t *prices)
{
	const json_t *price;
	size_t i;

	json_array_foreach(prices, i, price)
		if (!strcmp(json_string_value(json_object_get(price, "preset")), "s28") &&
		    !strcmp(json_string_value(json_object_get(price, "cam_class")), "silicon28"))
			return price;
	return json_array_get(prices, 0);
}

static const char *role_name(enum point_role role)
{
	return role == POINT_GRID ? "grid" : role == POINT_FLAT ? "flat" : "literal";
}

static json_t *setting(uint64_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

/* a point of the record; NULL: no memory */
static json_t *make_point(const struct point *p, const json_t *result, double fp32, bool all_prices)
{
	const json_t *prices = json_object_get(result, "prices");
	const json_t *error = json_object_get(result, "error");
	const json_t *price = first_price(prices);
	json_int_t samples = json_integer_value(json_object_get(result, "samples"));
	double accuracy = samples ? (double)json_integer_value(json_object_get(result, "correct")) /
				    (double)samples : 0;
	double prune = round((double)p->opts.prune * 1e4) / 1e4;	/* as in the grid */
	json_t *object;
	bool good;

	object = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:f, s:b}",
			   "key", p->key, "role", role_name(p->role),
			   "organisation", axp_organisation_name(p->opts.organisation),
			   "accumulator", axp_accumulator_name(p->opts.accumulator),
			   "k", setting(p->opts.centroids), "rows", setting(p->opts.rows),
			   "prefix_bits", setting(p->opts.prefix_bits),
			   "word_bits", setting(p->opts.word_bits), "lanes", setting(p->opts.lanes),
			   "cluster", compile_clusters.word(p->opts.cluster),
			   "gating", !p->opts.no_gating, "bias_correction",
			   !p->opts.no_bias_correction, "prune", prune, "pareto", 0);
	good = object && !json_object_set_new(object, "error", error ? json_copy((json_t *)error) :
					      json_null());
	if (good && !error)
		good = !json_object_set_new(object, "accuracy", json_real(accuracy)) &&
		       !json_object_set_new(object, "drop", json_real(fp32 - accuracy)) &&
		       !json_object_set(object, "digest", json_object_get(result, "digest"));
	for (size_t i = 0; good && !error && i < SWEEP_PRICE_KEYS; i++)
		good = !json_object_set(object, sweep_price_keys[i],
					json_object_get(price, sweep_price_keys[i]));
	if (good && all_prices && prices)
		good = !json_object_set(object, "prices", (json_t *)prices);
	if (!good) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static double real_of(const json_t *record, const char *key)
{
	return json_number_value(json_object_get(record, key));
}

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "-";
}

static bool is_result(const json_t *point)
{
	return json_is_number(json_object_get(point, "saving"));
}

static bool is_pruned(const json_t *point)
{
	return real_of(point, "prune") > 0;
}

/* better in one, not worse in the other; pruned nets are compared among themselves */
static bool dominates(const json_t *a, const json_t *b)
{
	if (is_pruned(a) != is_pruned(b))
		return false;
	double sa = real_of(a, "saving"), sb = real_of(b, "saving");
	double aa = real_of(a, "accuracy"), ab = real_of(b, "accuracy");

	return sa >= sb && aa >= ab && (sa > sb || aa > ab);
}

static bool mark_front(json_t *points)
{
	size_t i, j;
	json_t *a, *b;
	bool good = true;

	json_array_foreach(points, i, a) {
		bool front = is_result(a);

		json_array_foreach(points, j, b)
			front &= !is_result(b) || !dominates(b, a);
		if (front)
			good &= !json_object_set_new(a, "pareto", json_true());
	}
	return good;
}

/*
 * The largest saving of the points (of @organisation, or any in the grid; @pruned or not)
 * that lose at most @max_drop; where there is none, the most accurate. NULL: no such point.
 */
static json_t *best_of(const json_t *points, const char *organisation, bool pruned,
		       double max_drop)
{
	json_t *best = NULL, *point;
	size_t i;

	json_array_foreach(points, i, point) {
		bool fits, best_fits;

		if (!is_result(point) || is_pruned(point) != pruned ||
		    !strcmp(text_of(point, "role"), "literal") ||
		    strcmp(organisation ? organisation : "grid",
			   text_of(point, organisation ? "organisation" : "role")))
			continue;
		fits = real_of(point, "drop") <= max_drop + 1e-12;
		best_fits = best && real_of(best, "drop") <= max_drop + 1e-12;
		if (!best || (fits && !best_fits) ||
		    (fits && real_of(point, "saving") > real_of(best, "saving")) ||
		    (!fits && !best_fits && real_of(point, "drop") < real_of(best, "drop")))
			best = point;
	}
	return best;
}

static json_t *literal_of(const json_t *points)
{
	json_t *point;
	size_t i;

	json_array_foreach(points, i, point)
		if (is_result(point) && !strcmp(text_of(point, "role"), "literal"))
			return point;
	return NULL;
}

static bool put_best(json_t *record, const char *key, json_t *point)
{
	return !json_object_set_new(record, key, point ? json_copy(point) : json_null());
}

/* NULL after saying why */
static json_t *make_record(const struct sweep_args *a, const struct sweep_job *job,
			   const struct grid *grid, const json_t *results, double fp32)
{
	bool all = a->price.preset == PRICE_ALL_PRESETS || a->price.cam_class == PRICE_ALL_CLASSES;
	const char *base = strrchr(job->model, '/');
	double max_drop = (double)a->max_drop.v[0] / 100;
	const json_t *price = NULL;
	json_t *points = json_array(), *record;
	bool good = points;

	for (size_t i = 0; good && i < grid->nr; i++) {
		const json_t *result = json_object_get(results, grid->points[i].key);

		if (!price)
			price = first_price(json_object_get(result, "prices"));
		good = !json_array_append_new(points, make_point(&grid->points[i], result, fp32, all));
	}
	good = good && mark_front(points);
	record = json_pack("{s:o, s:o, s:o, s:o, s:f, s:f, s:s?, s:s?, s:b, s:I}",
			   "model", out_string(job->model),
			   "name", out_string(base ? base + 1 : job->model),
			   "data", out_string(job->data), "calib", out_string(job->calib),
			   "accuracy_fp32", fp32, "max_drop", max_drop,
			   "preset", json_string_value(json_object_get(price, "preset")),
			   "cam_class", json_string_value(json_object_get(price, "cam_class")),
			   "plain_words", a->price.plain_words,
			   "left_out", (json_int_t)grid->left_out);
	good = good && record &&
	       put_best(record, "best", best_of(points, NULL, false, max_drop)) &&
	       put_best(record, "best_pruned", best_of(points, NULL, true, max_drop)) &&
	       put_best(record, "flat_best", best_of(points, "flat", false, max_drop)) &&
	       put_best(record, "literal", literal_of(points)) &&
	       !json_object_set(record, "points", points);
	json_decref(points);
	if (!good) {
		json_decref(record);
		fail("no memory for the sweep");
		return NULL;
	}
	return record;
}

/* --- text ------------------------------------------------------------------- */

static const struct out_column columns[] = {
	{ "front", "", OUT_TEXT, NULL },
	{ "organisation", "organisation", OUT_TEXT, NULL },
	{ "accumulator", "acc", OUT_TEXT, NULL },
	{ "k", "k", OUT_COUNT, NULL },
	{ "rows", "rows", OUT_COUNT, NULL },
	{ "prefix_bits", "prefix", OUT_COUNT, NULL },
	{ "word_bits", "word", OUT_COUNT, NULL },
	{ "lanes", "lanes", OUT_COUNT, NULL },
	{ "other", "", OUT_TEXT, NULL },
	{ "accuracy", "accuracy", OUT_PERCENT, NULL },
	{ "drop", "lost", OUT_PERCENT, NULL },
	{ "hit_rate", "hits", OUT_PERCENT, NULL },
	{ "saving", "saving", OUT_PERCENT, NULL },
	{ "saving_vs_gated", "vs gated", OUT_PERCENT, NULL },
	{ "saving_ungated", "ungated", OUT_PERCENT, NULL },
};

/* largest saving first; equal ones by key, so that the order is one */
static int by_saving(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	double sx = real_of(x, "saving"), sy = real_of(y, "saving");

	if (sx != sy)
		return sx > sy ? -1 : 1;
	return strcmp(text_of(x, "key"), text_of(y, "key"));
}

/* a copy of @point with what the text shows beside it */
static json_t *row_of(json_t *point)
{
	const char *role = text_of(point, "role");
	bool literal = !strcmp(role, "literal");
	char other[64];
	json_t *row = json_copy(point);

	snprintf(other, sizeof(other), "%s%s%s", literal ? "literal recipe" : "",
		 json_is_false(json_object_get(point, "gating")) ? " no gating" : "",
		 !literal && json_is_false(json_object_get(point, "bias_correction")) ?
		 " no bias" : "");
	if (is_pruned(point))
		snprintf(other + strlen(other), sizeof(other) - strlen(other), " pruned %.4g%%",
			 100 * real_of(point, "prune"));
	if (row && !literal && strcmp(text_of(point, "cluster"), "compensated"))
		snprintf(other + strlen(other), sizeof(other) - strlen(other), " %s",
			 text_of(point, "cluster"));
	if (!row || json_object_set_new(row, "other", json_string(other[0] == ' ' ? other + 1 :
								   other)) ||
	    json_object_set_new(row, "front", json_string(json_is_true(json_object_get(point, "pareto")) ?
							  "*" : ""))) {
		json_decref(row);
		return NULL;
	}
	return row;
}

static json_t *sorted_rows(const json_t *points)
{
	size_t n = json_array_size(points), nr = 0;
	json_t **order = calloc(n ? n : 1, sizeof(*order)), *rows = json_array();
	json_t *point;
	size_t i;

	if (order && rows) {
		json_array_foreach(points, i, point)
			if (is_result(point))
				order[nr++] = point;
		qsort(order, nr, sizeof(*order), by_saving);
		for (i = 0; i < nr; i++)
			json_array_append_new(rows, row_of(order[i]));
	}
	free(order);
	return rows;
}

static void print_best(const char *title, const json_t *point)
{
	if (!json_is_object(point))
		return;
	printf("%-12s%.2f%% saved (%.2f%% against zero-gated FP32, %.2f%% ungated), %.2f points lost\n"
	       "            %s\n", title, 100 * real_of(point, "saving"),
	       100 * real_of(point, "saving_vs_gated"), 100 * real_of(point, "saving_ungated"),
	       100 * real_of(point, "drop"), text_of(point, "key"));
}

static bool any_pruned(const json_t *points)
{
	const json_t *point;
	size_t i;

	json_array_foreach(points, i, point)
		if (is_pruned(point))
			return true;
	return false;
}

static void print_record(const json_t *record)
{
	const json_t *points = json_object_get(record, "points"), *point;
	json_t *rows = sorted_rows(points);
	size_t i;

	printf("%s: FP32 accuracy %.2f%%, preset %s, CAM class %s%s\n\n", text_of(record, "model"),
	       100 * real_of(record, "accuracy_fp32"), text_of(record, "preset"),
	       text_of(record, "cam_class"),
	       json_is_true(json_object_get(record, "plain_words")) ?
	       ", LUT words at the price of 32 bits" : "");
	out_table(stdout, columns, NR_ARGS(columns), rows, NULL);
	json_decref(rows);
	printf("\n* is on the Pareto front of accuracy and saving%s; - is what axp compile takes\n\n",
	       any_pruned(points) ? ", pruned nets on one of their own" : "");
	print_best("best", json_object_get(record, "best"));
	print_best("pruned", json_object_get(record, "best_pruned"));
	print_best("best flat", json_object_get(record, "flat_best"));
	print_best("literal", json_object_get(record, "literal"));
	json_array_foreach(points, i, point)
		if (json_is_string(json_object_get(point, "error")))
			printf("impossible  %s: %s\n", text_of(point, "key"), text_of(point, "error"));
	if (real_of(record, "left_out") > 0)
		printf("left out    %.0f combinations that do not exist (significand with fixed, or "
		       "with rows that are no power of two)\n", real_of(record, "left_out"));
}

/* --- the command ------------------------------------------------------------ */

static const char *const csv_keys[] = {
	"key", "role", "pareto", "organisation", "accumulator", "k", "rows", "prefix_bits",
	"word_bits", "lanes", "cluster", "gating", "bias_correction", "prune", "accuracy", "drop", "saving", "saving_vs_gated",
	"saving_ungated", "hit_rate", "break_even", "energy_pj", "baseline_pj",
	"baseline_gated_pj", "search_pj", "lut_pj", "mul_pj", "add_pj", "convert_pj", "zero_pj",
	"program_pj", "mac_pj", "memory_saving", "digest", "error",
};

static int check(const struct sweep_args *a)
{
	if (a->json && a->csv && !strcmp(a->json, "-") && !strcmp(a->csv, "-"))
		return misuse(&cmd_sweep, "--json - and --csv - exclude each other");
	if (a->max_drop.v[0] < 0)
		return misuse(&cmd_sweep, "--max-drop '%g': must not be negative",
			      (double)a->max_drop.v[0]);
	return input_check(&cmd_sweep, &a->input);
}

static unsigned int jobs_of(const struct sweep_args *a, const struct ranks *ranks)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (a->jobs)
		return a->jobs;
	return ranks || n < 1 ? 1 : n > MAX_JOBS ? MAX_JOBS : n;
}

/* of each point: what @jobs leave of the CPUs */
static unsigned int threads_of(unsigned int jobs, const struct ranks *ranks)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (ranks || n < 2 * (long)jobs)
		return 1;
	return n / jobs > MAX_JOBS ? MAX_JOBS : n / jobs;
}

/* rank 0, or the only process */
static int lead(const struct sweep_args *a, struct sweep_job *job, const struct grid *grid,
		const struct axp_graph *graph, const struct ranks *ranks)
{
	struct out_file json = { .file = NULL }, csv = { .file = NULL };
	struct sweep_log log = { .fd = -1 };
	json_t *identity = NULL, *results = NULL, *record = NULL;
	double fp32 = 0;
	int rc = EXIT_FAILED;

	if ((a->charts && chart_prepare(a->charts)) || out_file_open(&json, a->json) ||
	    out_file_open(&csv, a->csv))
		goto out;
	identity = make_identity(job);
	if (!identity || sweep_log_open(&log, a->log, identity, &results) ||
	    accuracy_fp32(job, graph, &fp32))
		goto out;
	job->threads = threads_of(jobs_of(a, ranks), ranks);
	rc = sweep_run(job, grid, jobs_of(a, ranks), ranks, &log, results);
	ranks = NULL;
	if (rc)
		goto out;
	record = make_record(a, job, grid, results, fp32);
	rc = record ? 0 : EXIT_FAILED;
	if (!rc && a->charts)
		rc = sweep_chart(record, a->charts);
	if (!rc && !out_file_is_stdout(&json) && !out_file_is_stdout(&csv))
		print_record(record);
	if (!rc)
		rc = out_file_write(&json, record);
	if (!rc)
		rc = out_file_write_csv(&csv, csv_keys, NR_ARGS(csv_keys),
					json_object_get(record, "points"));
out:
	/* the others wait to be told that there is nothing to do */
	if (ranks)
		ranks->abort(EXIT_FAILED);
	out_file_close(&json);
	out_file_close(&csv);
	sweep_log_close(&log);
	json_decref(identity);
	json_decref(results);
	json_decref(record);
	return rc;
}

static int sweep(const struct sweep_args *a, const char *model, const struct grid *grid,
		 const struct ranks *ranks)
{
	struct sweep_job job = { .model = model, .data = a->data, .calib = a->calib,
				 .samples = a->samples, .threads = 1, .price = a->price };
	bool follow = ranks && ranks->rank();
	struct axp_graph *graph = run_read(model);
	int rc = EXIT_FAILED;

	if (graph && axp_graph_is_compiled(graph))
		fail("%s: is compiled already, axp sweep takes the model it was made from", model);
	else if (graph && !input_opts(&job.calib_opts, &a->input, graph, model, a->calib) &&
		 !input_opts(&job.data_opts, &a->input, graph, model, a->data))
		rc = 0;
	job.data_opts.need_labels = true;
	if (rc && ranks)
		ranks->abort(EXIT_FAILED);
	if (!rc && follow)
		rc = sweep_serve(&job, grid, ranks);
	else if (!rc)
		rc = lead(a, &job, grid, graph, ranks);
	axp_graph_free(graph);
	return rc;
}

static int sweep_command(const void *settings, char **operands, int nr)
{
	const struct sweep_args *a = settings;
	char *words[MAX_WORDS + 1];
	const struct ranks *ranks;
	struct grid grid;
	int rc = check(a);

	if (rc)
		return rc;
	words[0] = (char *)a->grid;
	memcpy(words + 1, operands + 1, (size_t)(nr - 1) * sizeof(words[0]));
	rc = grid_make(&grid, &cmd_sweep, words, nr, !a->no_baselines);
	if (rc)
		return rc;
	rc = ranks_open(&ranks);
	if (!rc) {
		bool follow = ranks && ranks->rank();

		if (a->quiet || follow)
			progress_quiet();
		if (ranks && a->jobs)
			rc = follow ? EXIT_USAGE :
			     misuse(&cmd_sweep, "--jobs '%" PRIu64 "': mpirun -n says how many there are",
				    a->jobs);
		else
			rc = sweep(a, operands[0], &grid, ranks);
		if (ranks)
			ranks->close();
	}
	grid_free(&grid);
	return rc;
}

const struct command cmd_sweep = {
	.name = "sweep",
	.summary = "compile and evaluate a grid of settings, find the Pareto front",
	.operands = "MODEL --data DATA --calib DATA --grid GRID...",
	.about = "Compiles MODEL in every way of GRID, evaluates each on DATA, and reports accuracy "
		 "beside saving: which points no other one beats, the best that loses little, the "
		 "best flat CAM and the literal recipe (k-means, flat CAM of frequent pairs, no "
		 "bias correction) as baselines. The result is the same on any number of threads "
		 "and MPI processes, and after an interruption.",
	.examples = "  axp sweep net.onnx --data csv:test.csv --calib csv:calib.csv \\\n"
		    "    --grid k=8,16,32 rows=16,32 acc=f32,fixed org=shared,broadcast\n"
		    "  mpirun -n 16 axp sweep net.onnx --data idx:t.gz,l.gz --calib idx:c.gz \\\n"
		    "    --grid 'k=8,16 word=8,16' --log sweep.log --charts charts\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct sweep_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = MAX_WORDS + 1,
	.run = sweep_command,
};
