// SPDX-License-Identifier: BSD-2-Clause
/* axp faults: accuracy of a classifier on faulty hardware, by rate and by bit. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "input.h"
#include "out.h"
#include "plot.h"
#include "progress.h"
#include "record.h"
#include "run.h"

#define MAX_RATES	64
#define NR_TARGETS	(AXP_FAULT_ACC + 1)

struct faults_args {
	const char *data;
	const char *targets;
	const char *rates;
	const char *bits;
	const char *bit_rate;
	const char *layer;
	const char *json;
	const char *csv;
	const char *plot;
	uint64_t limit;
	uint64_t seed;
	uint64_t repeats;
	uint32_t kind;
	struct run_args run;
	struct input_args input;
	bool no_rates;
	bool no_bits;
	bool quiet;
};

static const struct faults_args defaults = {
	.run = RUN_DEFAULTS,
	.kind = AXP_FAULT_FLIP,
	.rates = "1e-6,1e-5,1e-4,1e-3,1e-2,1e-1",
	.bits = "0-31",
	.bit_rate = "1e-2",
	.seed = 1,
	.repeats = 1,
};

static const struct arg_names kinds = { axp_fault_kind_from_name, axp_fault_kind_name, 0 };

static const struct arg args[] = {
	{ "data", 0, "DATA", "Labelled samples, as for axp eval.",
	  ARG_TEXT, offsetof(struct faults_args, data), 0, 0, NULL, true },
	{ "limit", 0, "N", "Run the first N samples only.",
	  ARG_COUNT, offsetof(struct faults_args, limit), 1, 1000000000000, NULL, false },
	{ "targets", 't', "LIST", "What is faulty, one after the other: act-key, act-care, "
	  "wgt-key, wgt-care (CAM rows; wgt- in flat tables only), lut, accumulator. "
	  "Default: all that the tables have.",
	  ARG_TEXT, offsetof(struct faults_args, targets), 0, 0, NULL, false },
	{ "kind", 'k', "NAME", "What a faulty bit does: flip (transient: others for each run of "
	  "a layer, in accumulators for each MAC), stuck0 or stuck1. Default: flip.",
	  ARG_NAME, offsetof(struct faults_args, kind), 0, 0, &kinds, false },
	{ "rates", 'r', "LIST", "Sweep of the rate: probability of each bit to be faulty, "
	  "2.4e-10 to 1. Default: 1e-6,1e-5,1e-4,1e-3,1e-2,1e-1.",
	  ARG_TEXT, offsetof(struct faults_args, rates), 0, 0, NULL, false },
	{ "bits", 0, "LIST", "Sweep of the bit position: one bit alone is faulty; numbers and "
	  "ranges, 0 is the lowest. Default: 0-31.",
	  ARG_TEXT, offsetof(struct faults_args, bits), 0, 0, NULL, false },
	{ "bit-rate", 0, "RATE", "Rate in the sweep of the bit position. Default: 1e-2.",
	  ARG_TEXT, offsetof(struct faults_args, bit_rate), 0, 0, NULL, false },
	{ "no-rates", 0, NULL, "No sweep of the rate.",
	  ARG_FLAG, offsetof(struct faults_args, no_rates), 0, 0, NULL, false },
	{ "no-bits", 0, NULL, "No sweep of the bit position.",
	  ARG_FLAG, offsetof(struct faults_args, no_bits), 0, 0, NULL, false },
	{ "layer", 'l', "NAME", "Only the table of this layer is faulty. Default: all tables.",
	  ARG_TEXT, offsetof(struct faults_args, layer), 0, 0, NULL, false },
	{ "seed", 's', "N", "Seed of the draws: same seed, same faults. Default: 1.",
	  ARG_COUNT, offsetof(struct faults_args, seed), 0, 1000000000000, NULL, false },
	{ "repeats", 'n', "N", "Run each point with this many seeds, 1000 apart. Default: 1.",
	  ARG_COUNT, offsetof(struct faults_args, repeats), 1, 1000, NULL, false },
	RUN_ARGS(struct faults_args, run),
	INPUT_ARGS(struct faults_args, input),
	{ "json", 0, "FILE", "Write the report as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct faults_args, json), 0, 0, NULL, false },
	{ "csv", 0, "FILE", "Write the points as comma separated values.",
	  ARG_TEXT, offsetof(struct faults_args, csv), 0, 0, NULL, false },
	{ "plot", 0, "PREFIX", "Write PREFIX.svg and PREFIX.png (needs gnuplot).",
	  ARG_TEXT, offsetof(struct faults_args, plot), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.",
	  ARG_FLAG, offsetof(struct faults_args, quiet), 0, 0, NULL, false },
};

/**
 * struct sweep - the points to run
 * @target: targets
 * @nr_targets: how many
 * @rate: rates, in units of 2^-32; 0: certain
 * @nr_rates: how many
 * @bits: bit positions
 * @bit_rate: their rate
 */
struct sweep {
	uint32_t target[NR_TARGETS];
	uint32_t nr_targets;
	uint32_t rate[MAX_RATES];
	uint32_t nr_rates;
	uint32_t bits;
	uint32_t bit_rate;
};

/**
 * struct faults - a study, from the words of the command line to the record
 * @args: options
 * @model: path
 * @graph: of @model
 * @data: samples
 * @opts: how sessions run
 * @sweep: points
 * @layer: struct axp_session_opts.fault_layer
 * @engine: what computes
 * @sound: without faults
 * @points: array of records
 * @done: runs done
 * @total: runs in all
 */
struct faults {
	const struct faults_args *args;
	const char *model;
	struct axp_graph *graph;
	struct axp_dataset *data;
	struct axp_session_opts opts;
	struct sweep sweep;
	uint32_t layer;
	char engine[64];
	struct axp_evaluation sound;
	json_t *points;
	uint64_t done;
	uint64_t total;
};

/* --- lists of the command line ---------------------------------------------- */

/* the next element of @list into @text; false at the end, and when it does not fit */
static bool next_word(const char **list, char *text, size_t size)
{
	size_t n = strcspn(*list, ",");

	if (!n || n >= size)
		return false;
	memcpy(text, *list, n);
	text[n] = '\0';
	*list += n;
	if (**list == ',' && (*list)[1])
		(*list)++;
	return true;
}

static bool parse_rate(const char *text, uint32_t *rate)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0x1p-32) || value > 1)
		return false;
	/* the largest number below 1 is 2^32 - 1 units */
	*rate = value == 1 ? 0 : value * 0x1p32 >= 0x1p32 - 1 ? UINT32_MAX :
		(uint32_t)llround(value * 0x1p32);
	return true;
}

static double rate_value(uint32_t rate)
{
	return rate ? rate * 0x1p-32 : 1;
}

static int parse_rates(struct sweep *sweep, const char *list)
{
	char text[32];

	while (*list) {
		if (sweep->nr_rates == MAX_RATES)
			return misuse(&cmd_faults, "--rates: more than %d of them", MAX_RATES);
		if (!next_word(&list, text, sizeof(text)) ||
		    !parse_rate(text, &sweep->rate[sweep->nr_rates++]))
			return misuse(&cmd_faults, "--rates: '%s': 2.4e-10 to 1 is a rate", list);
	}
	return 0;
}

static int parse_bits(struct sweep *sweep, const char *list)
{
	char text[32];

	while (*list) {
		unsigned int first, last;
		const char *rest = list;
		char more;
		int n;

		if (!next_word(&rest, text, sizeof(text)))
			return misuse(&cmd_faults, "--bits: '%s': numbers and ranges", list);
		n = sscanf(text, "%2u-%2u%c", &first, &last, &more);
		if (n == 1) {
			n = sscanf(text, "%2u%c", &first, &more) == 1 ? 2 : 0;
			last = first;
		}
		if (n != 2 || first > last || last > 31)
			return misuse(&cmd_faults, "--bits: '%s' is not within 0-31", text);
		for (; first <= last; first++)
			sweep->bits |= 1u << first;
		list = rest;
	}
	return 0;
}

static int parse_targets(struct sweep *sweep, const char *list)
{
	char text[32];

	while (*list) {
		int target;

		if (!next_word(&list, text, sizeof(text)))
			return misuse(&cmd_faults, "--targets: '%s' is no target", list);
		target = axp_fault_target_from_name(text);
		if (target < 0)
			return misuse(&cmd_faults, "--targets: '%s': act-key, act-care, wgt-key, wgt-care, lut, accumulator are known",
				      text);
		for (uint32_t i = 0; i < sweep->nr_targets; i++)
			if (sweep->target[i] == (uint32_t)target)
				return misuse(&cmd_faults, "--targets: %s twice", text);
		sweep->target[sweep->nr_targets++] = target;
	}
	return 0;
}

static int parse(struct faults *study)
{
	const struct faults_args *a = study->args;
	struct sweep *sweep = &study->sweep;
	int rc = 0;

	if (a->no_rates && a->no_bits)
		return misuse(&cmd_faults, "--no-rates and --no-bits leave nothing to do");
	if (!a->no_rates)
		rc = parse_rates(sweep, a->rates);
	if (!rc && !a->no_bits)
		rc = parse_bits(sweep, a->bits);
	if (!rc && !parse_rate(a->bit_rate, &sweep->bit_rate))
		rc = misuse(&cmd_faults, "--bit-rate: '%s': 2.4e-10 to 1 is a rate", a->bit_rate);
	if (!rc && a->targets)
		rc = parse_targets(sweep, a->targets);
	return rc;
}

/* --- the study -------------------------------------------------------------- */

/* the faulty layer, and the targets that its tables have */
static int choose_targets(struct faults *study)
{
	struct sweep *sweep = &study->sweep;
	bool any = false, flat = true;

	for (uint32_t i = 0; i < axp_graph_nr_layers(study->graph); i++) {
		struct axp_layer_info info;

		if (axp_graph_layer_info(study->graph, i, &info))
			continue;
		if (study->args->layer && strcmp(study->args->layer, info.name))
			continue;
		if (study->args->layer)
			study->layer = i + 1;
		if (!info.k)
			continue;
		any = true;
		flat &= info.spec.organisation == AXP_ORG_FLAT;
	}
	if (study->args->layer && !study->layer)
		return fail("%s: there is no layer '%s' (axp info lists them)", study->model,
			    study->args->layer);
	if (!any)
		return fail("%s: faults are of tables, and there are none: axp compile makes them",
			    study->model);
	for (uint32_t t = 0; !study->args->targets && t < NR_TARGETS; t++)
		if (flat || (t != AXP_FAULT_WGT_KEY && t != AXP_FAULT_WGT_CARE))
			sweep->target[sweep->nr_targets++] = t;
	return 0;
}

static int open_data(struct faults *study)
{
	const struct faults_args *a = study->args;
	struct axp_dataset_opts input;
	struct axp_diag diag = { .text = "" };
	size_t room = strlen(a->data) + 32;
	char *spec;
	int rc;

	if (input_opts(&input, &a->input, study->graph, study->model, a->data))
		return EXIT_FAILED;
	input.need_labels = true;
	spec = malloc(room);
	if (!spec)
		return fail("no memory");
	snprintf(spec, room, "%s", a->data);
	if (a->limit)
		snprintf(spec, room, "%s[:%" PRIu64 "]", a->data, a->limit);
	rc = axp_dataset_open(&study->data, spec, &input, &diag);
	free(spec);
	return rc ? fail("%s", diag.text[0] ? diag.text : strerror(-rc)) : 0;
}

/* run all samples; without @fault on sound hardware */
static int evaluate(struct faults *study, const struct axp_fault *fault, uint64_t seed,
		    struct axp_evaluation *result, struct axp_fault_stats *stats)
{
	struct axp_session_opts opts = study->opts;
	struct axp_diag diag = { .text = "" };
	struct axp_session *session;
	int rc;

	opts.faults = fault;
	opts.nr_faults = fault ? 1 : 0;
	opts.fault_layer = study->layer;
	opts.fault_seed = seed;
	rc = axp_session_open(&session, study->graph, &opts, &diag);
	if (rc)
		return fail("%s: %s", study->model, diag.text[0] ? diag.text : strerror(-rc));
	snprintf(study->engine, sizeof(study->engine), "%s", axp_session_engine(session));
	rc = axp_evaluate(session, study->data, result, NULL, NULL, &diag);
	if (!rc)
		rc = axp_session_fault_stats(session, stats, &diag);
	axp_session_close(session);
	if (rc) {
		progress_clear();
		return fail("%s: %s", study->args->data, diag.text[0] ? diag.text : strerror(-rc));
	}
	return 0;
}

static double accuracy(const struct axp_evaluation *result)
{
	return (double)result->correct / (double)result->samples;
}

/* one point, with every seed; @bit: -1 for all bits */
static int add_point(struct faults *study, uint32_t target, int bit, uint32_t rate)
{
	const struct axp_fault fault = {
		.target = target,
		.kind = study->args->kind,
		.mask = bit < 0 ? UINT32_MAX : 1u << bit,
		.rate = rate,
	};
	double sum = 0, least = 1, most = 0;
	struct axp_fault_stats all = { 0 };
	uint64_t n = study->args->repeats;
	char digest[17] = "";
	json_t *point;

	for (uint64_t i = 0; i < n; i++) {
		struct axp_evaluation result = { 0 };
		struct axp_fault_stats stats;

		progress_show(NULL, axp_fault_target_name(target), study->done++, study->total);
		if (evaluate(study, &fault, study->args->seed + 1000 * i, &result, &stats))
			return EXIT_FAILED;
		sum += accuracy(&result);
		least = fmin(least, accuracy(&result));
		most = fmax(most, accuracy(&result));
		all.jobs += stats.jobs;
		all.cam_bits += stats.cam_bits;
		all.lut_bits += stats.lut_bits;
		all.acc_bits += stats.acc_bits;
		if (!i)
			snprintf(digest, sizeof(digest), "%016" PRIx64, result.digest);
		axp_evaluation_clear(&result);
	}
	point = json_pack("{s:s, s:s, s:o, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:s}",
			  "sweep", bit < 0 ? "rate" : "bit",
			  "target", axp_fault_target_name(target),
			  "bit", bit < 0 ? json_null() : json_integer(bit),
			  "rate", rate_value(rate), "accuracy", sum / (double)n,
			  "accuracy_min", least, "accuracy_max", most,
			  "jobs", (json_int_t)all.jobs, "cam_bits", (json_int_t)all.cam_bits,
			  "lut_bits", (json_int_t)all.lut_bits,
			  "acc_bits", (json_int_t)all.acc_bits, "digest", digest);
	return point && !json_array_append_new(study->points, point) ? 0 :
	       fail("no memory for the report");
}

static int run_points(struct faults *study)
{
	const struct sweep *sweep = &study->sweep;
	int rc = 0;

	study->total = sweep->nr_targets * study->args->repeats *
		       (sweep->nr_rates + (unsigned int)__builtin_popcount(sweep->bits));
	for (uint32_t t = 0; t < sweep->nr_targets; t++)
		for (uint32_t r = 0; !rc && r < sweep->nr_rates; r++)
			rc = add_point(study, sweep->target[t], -1, sweep->rate[r]);
	for (uint32_t t = 0; t < sweep->nr_targets; t++)
		for (int bit = 0; !rc && bit < 32; bit++)
			if (sweep->bits >> bit & 1)
				rc = add_point(study, sweep->target[t], bit, sweep->bit_rate);
	progress_clear();
	return rc;
}

static int run(struct faults *study)
{
	struct axp_fault_stats none;
	struct axp_session *session;
	int rc;

	study->graph = run_read(study->model);
	if (!study->graph)
		return EXIT_FAILED;
	rc = choose_targets(study);
	if (!rc)
		rc = open_data(study);
	if (rc)
		return rc;
	/* tells which backend it is */
	rc = run_open(&session, &study->opts, &study->args->run, study->graph, study->model);
	if (rc)
		return rc;
	axp_session_close(session);
	if (study->opts.backend == AXP_BACKEND_FP32)
		return fail("backend fp32 has no tables that could be faulty");
	study->points = json_array();
	if (!study->points)
		return fail("no memory for the report");
	rc = evaluate(study, NULL, 0, &study->sound, &none);
	return rc ? rc : run_points(study);
}

/* --- the report ------------------------------------------------------------- */

static const char *const keys[] = {
	"sweep", "target", "bit", "rate", "accuracy", "accuracy_min", "accuracy_max", "jobs",
	"cam_bits", "lut_bits", "acc_bits", "digest",
};

static const struct out_column columns[] = {
	{ "sweep", "sweep", OUT_TEXT, NULL },
	{ "target", "target", OUT_TEXT, NULL },
	{ "bit", "bit", OUT_COUNT, NULL },
	{ "rate", "rate", OUT_NUMBER, NULL },
	{ "accuracy", "accuracy", OUT_PERCENT, NULL },
	{ "accuracy_min", "lowest", OUT_PERCENT, NULL },
	{ "accuracy_max", "highest", OUT_PERCENT, NULL },
	{ "cam_bits", "wrong CAM bits", OUT_COUNT, NULL },
	{ "lut_bits", "LUT bits", OUT_COUNT, NULL },
	{ "acc_bits", "sums", OUT_COUNT, NULL },
};

/* NULL: no memory */
static json_t *make_record(const struct faults *study)
{
	const struct faults_args *a = study->args;
	char digest[17];
	json_t *record, *more;
	bool good;

	snprintf(digest, sizeof(digest), "%016" PRIx64, study->sound.digest);
	record = json_pack("{s:o, s:s, s:o}", "model", out_string(study->model),
			   "backend", run_backend_name(study->opts.backend),
			   "engine", out_string(study->engine));
	good = record && record_settings(record, study->graph, 0, 0);
	more = json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:s, s:O}",
			 "kind", axp_fault_kind_name(a->kind),
			 "layer", a->layer ? out_string(a->layer) : json_null(),
			 "seed", (json_int_t)a->seed, "repeats", (json_int_t)a->repeats,
			 "batch", (json_int_t)(a->run.batch ? a->run.batch : 32),
			 "samples", (json_int_t)study->sound.samples,
			 "correct_sound", (json_int_t)study->sound.correct,
			 "accuracy_sound", accuracy(&study->sound),
			 "digest_sound", digest, "points", study->points);
	good = good && more && !json_object_update(record, more);
	json_decref(more);
	if (good)
		return record;
	json_decref(record);
	return NULL;
}

static void print_report(const struct faults *study)
{
	printf("%s: %" PRIu64 " samples on backend %s, engine %s; faults of kind %s, seed %" PRIu64
	       ", %" PRIu64 " %s\n\n", study->model, study->sound.samples,
	       run_backend_name(study->opts.backend), study->engine,
	       axp_fault_kind_name(study->args->kind), study->args->seed, study->args->repeats,
	       study->args->repeats == 1 ? "run of each point" : "runs of each point");
	printf("accuracy without faults %.2f%% (%" PRIu64 " right)\n\n",
	       100 * accuracy(&study->sound), study->sound.correct);
	out_table(stdout, columns, NR_ARGS(columns), study->points, NULL);
}

static void draw_data(FILE *gnuplot, const struct faults *study, const char *sweep,
		      const char *key)
{
	for (uint32_t t = 0; t < study->sweep.nr_targets; t++) {
		const char *target = axp_fault_target_name(study->sweep.target[t]);

		fprintf(gnuplot, "$%s%u << EOD\n", sweep, t);
		for (size_t i = 0; i < json_array_size(study->points); i++) {
			const json_t *p = json_array_get(study->points, i);

			if (strcmp(json_string_value(json_object_get(p, "sweep")), sweep) ||
			    strcmp(json_string_value(json_object_get(p, "target")), target))
				continue;
			fprintf(gnuplot, "%.9g %.6f %.6f %.6f\n",
				json_number_value(json_object_get(p, key)),
				100 * json_number_value(json_object_get(p, "accuracy")),
				100 * json_number_value(json_object_get(p, "accuracy_min")),
				100 * json_number_value(json_object_get(p, "accuracy_max")));
		}
		fputs("EOD\n", gnuplot);
	}
}

static void draw_panel(FILE *gnuplot, const struct faults *study, const char *sweep)
{
	fputs("plot ", gnuplot);
	for (uint32_t t = 0; t < study->sweep.nr_targets; t++)
		fprintf(gnuplot, "$%s%u using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.5 title '%s', ",
			sweep, t, axp_fault_target_name(study->sweep.target[t]));
	fprintf(gnuplot, "%.6f with lines dt 2 lc rgb '#808080' title 'without faults'\n",
		100 * accuracy(&study->sound));
}

static void draw(FILE *gnuplot, const void *user)
{
	const struct faults *study = user;
	bool rates = study->sweep.nr_rates, bits = study->sweep.bits;

	if (rates)
		draw_data(gnuplot, study, "rate", "rate");
	if (bits)
		draw_data(gnuplot, study, "bit", "bit");
	fprintf(gnuplot, "set multiplot layout %d,1\nset grid\nset yrange [0:102]\n"
		"set ylabel 'accuracy, %%'\nset key outside right noenhanced\n", rates + bits);
	if (rates) {
		fprintf(gnuplot, "set logscale x\nset format x '10^{%%L}'\n"
			"set xlabel 'fault rate of each bit (kind %s)'\n",
			axp_fault_kind_name(study->args->kind));
		draw_panel(gnuplot, study, "rate");
	}
	if (bits) {
		fprintf(gnuplot, "unset logscale x\nset format x '%%g'\nset xrange [-0.5:31.5]\n"
			"set xtics 4\nset xlabel 'faulty bit, rate %.3g (kind %s)'\n",
			rate_value(study->sweep.bit_rate),
			axp_fault_kind_name(study->args->kind));
		draw_panel(gnuplot, study, "bit");
	}
	fputs("unset multiplot\n", gnuplot);
}

static int write_all(const struct faults *study, struct out_file *json, struct out_file *csv)
{
	json_t *record = make_record(study);
	int rc;

	if (!record)
		return fail("no memory for the report");
	if (!out_file_is_stdout(json) && !out_file_is_stdout(csv))
		print_report(study);
	rc = out_file_write(json, record);
	json_decref(record);
	if (!rc)
		rc = out_file_write_csv(csv, keys, NR_ARGS(keys), study->points);
	if (!rc && study->args->plot)
		rc = plot_write(study->args->plot, 900,
				study->sweep.nr_rates && study->sweep.bits ? 900 : 480, draw, study);
	return rc;
}

static int faults_run(const void *settings, char **operands, int nr)
{
	const struct faults_args *a = settings;
	struct faults study = { .args = a, .model = operands[0] };
	struct out_file json, csv;
	int rc;

	(void)nr;
	if (run_check(&cmd_faults, &a->run) || input_check(&cmd_faults, &a->input) || parse(&study))
		return EXIT_USAGE;
	if (a->limit && a->data[strlen(a->data) - 1] == ']')
		return misuse(&cmd_faults, "--limit and the slice of --data '%s' exclude each other",
			      a->data);
	if (a->json && a->csv && !strcmp(a->json, a->csv))
		return misuse(&cmd_faults, "--json and --csv are the same file");
	if (a->quiet)
		progress_quiet();
	if (a->plot && plot_check())
		return EXIT_FAILED;
	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	if (out_file_open(&csv, a->csv)) {
		out_file_close(&json);
		return EXIT_FAILED;
	}
	rc = run(&study);
	if (!rc)
		rc = write_all(&study, &json, &csv);
	out_file_close(&json);
	out_file_close(&csv);
	json_decref(study.points);
	axp_evaluation_clear(&study.sound);
	axp_dataset_free(study.data);
	axp_graph_free(study.graph);
	return rc;
}

const struct command cmd_faults = {
	.name = "faults",
	.summary = "accuracy of a model on faulty hardware",
	.operands = "MODEL --data DATA",
	.about = "Breaks bits of the CAM rows, LUT words and accumulators that MODEL runs on, at "
		 "a sweep of rates and one bit position after the other, and reports the "
		 "accuracy of each point. Same seed, same faults, same results on the device and "
		 "in software. On the device it is for root.",
	.examples = "  axp faults small.onnx --data csv:test.csv --plot faults --csv faults.csv\n"
		    "  axp faults small.onnx --data csv:test.csv -t lut -r 1e-4,1e-3 --no-bits\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct faults_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = 1,
	.run = faults_run,
};
