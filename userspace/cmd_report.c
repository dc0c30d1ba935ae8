// SPDX-License-Identifier: BSD-2-Clause
/* axp report: where the energy of models goes, beside every baseline. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "cmd.h"
#include "input.h"
#include "out.h"
#include "price.h"
#include "progress.h"
#include "record.h"
#include "report_charts.h"
#include "run.h"

#define MAX_MODELS	64
#define DRAM_PJ_64	1300.0	/* 64 bits from DRAM, Horowitz, ISSCC 2014, lower end */

struct report_args {
	const char *data;
	const char *reference;
	const char *json;
	const char *csv;
	const char *charts;
	struct price_args price;
	struct run_args run;
	struct input_args input;
	bool quiet;
};

static const struct report_args defaults = { .run = RUN_DEFAULTS };

#define AT(field)	offsetof(struct report_args, field)

static const struct arg args[] = {
	{ "data", 0, "DATA", "Labelled samples to run, as for axp eval. Without it a bound is "
	  "priced: one sample without zeros whose every MAC hits.",
	  ARG_TEXT, AT(data), 0, 0, NULL, false },
	{ "reference", 'r', "MODEL", "ONNX model that accuracy_fp32 is measured on, by backend "
	  "fp32. Default: each MODEL itself, that is its clustered weights in binary32.",
	  ARG_TEXT, AT(reference), 0, 0, NULL, false },
	PRICE_ARGS(struct report_args, price),
	RUN_ARGS(struct report_args, run),
	INPUT_ARGS(struct report_args, input),
	{ "json", 0, "FILE", "Write the report as JSON; - is the standard output, which then "
	  "carries nothing else.", ARG_TEXT, AT(json), 0, 0, NULL, false },
	{ "csv", 0, "FILE", "Write layers and totals of every model and price as CSV; - as with "
	  "--json.", ARG_TEXT, AT(csv), 0, 0, NULL, false },
	{ "charts", 0, "DIR", "Draw charts, SVG and PNG, into this folder (needs gnuplot).",
	  ARG_TEXT, AT(charts), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.", ARG_FLAG, AT(quiet), 0, 0, NULL, false },
};

/**
 * struct model - one model of the report
 * @path: file
 * @graph: of it
 * @reference: graph that FP32 accuracy is of; may be @graph
 * @opts: how it was run
 * @engine: that ran it
 * @stats: of each layer
 * @result: accuracy
 * @fp32: of the reference
 */
struct model {
	const char *path;
	struct axp_graph *graph;
	struct axp_graph *reference;
	struct axp_session_opts opts;
	char engine[32];
	struct axp_stats *stats;
	struct axp_evaluation result;
	struct axp_evaluation fp32;
};

static void release(struct model *m)
{
	axp_evaluation_clear(&m->result);
	axp_evaluation_clear(&m->fp32);
	free(m->stats);
	if (m->reference != m->graph)
		axp_graph_free(m->reference);
	axp_graph_free(m->graph);
}

/* --- running ---------------------------------------------------------------- */

static int evaluate(struct axp_session *session, struct axp_dataset *data,
		    const struct report_args *a, struct axp_evaluation *result)
{
	struct axp_diag diag = { .text = "" };
	int rc = axp_evaluate(session, data, result, progress_show, NULL, &diag);

	progress_clear();
	return rc ? fail("%s: %s", a->data, diag.text[0] ? diag.text : strerror(-rc)) : 0;
}

static int take_stats(struct model *m, const struct axp_session *session)
{
	uint32_t n = axp_graph_nr_layers(m->graph);

	m->stats = calloc(n ? n : 1, sizeof(*m->stats));
	if (!m->stats)
		return fail("no memory for the counters");
	for (uint32_t i = 0; i < n; i++)
		if (axp_session_layer_stats(session, i, &m->stats[i]))
			return fail("%s: no counters of layer %u", m->path, i);
	snprintf(m->engine, sizeof(m->engine), "%s", axp_session_engine(session));
	return 0;
}

static int run_fp32(struct model *m, struct axp_dataset *data, const struct report_args *a)
{
	const struct run_args fp32 = { .backend = AXP_BACKEND_FP32, .batch = a->run.batch };
	struct axp_session_opts opts;
	struct axp_session *session;
	int rc;

	rc = run_open(&session, &opts, &fp32, m->reference, a->reference ? a->reference : m->path);
	if (rc)
		return rc;
	rc = evaluate(session, data, a, &m->fp32);
	axp_session_close(session);
	return rc;
}

static int check_reference(const struct model *m, const struct report_args *a)
{
	uint64_t x[7], y[7];
	uint32_t nx = axp_graph_input_dims(m->graph, x), ny = axp_graph_input_dims(m->reference, y);

	if (nx != ny || memcmp(x, y, nx * sizeof(x[0])) ||
	    axp_graph_output_elems(m->graph) != axp_graph_output_elems(m->reference))
		return fail("--reference %s: its input or output has other dimensions than that of %s",
			    a->reference, m->path);
	return 0;
}

static int run_model(struct model *m, const struct report_args *a)
{
	struct axp_diag diag = { .text = "" };
	struct axp_dataset_opts input;
	struct axp_session *session;
	struct axp_dataset *data;
	int rc;

	m->reference = a->reference ? run_read(a->reference) : m->graph;
	if (!m->reference || check_reference(m, a) ||
	    input_opts(&input, &a->input, m->graph, m->path, a->data))
		return EXIT_FAILED;
	input.need_labels = true;
	rc = axp_dataset_open(&data, a->data, &input, &diag);
	if (rc)
		return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	rc = run_open(&session, &m->opts, &a->run, m->graph, m->path);
	if (!rc) {
		rc = evaluate(session, data, a, &m->result);
		if (!rc)
			rc = take_stats(m, session);
		axp_session_close(session);
	}
	if (!rc)
		rc = run_fp32(m, data, a);
	axp_dataset_free(data);
	return rc;
}

/* --- the record ------------------------------------------------------------- */

static bool add_accuracy(json_t *record, const struct model *m, const struct report_args *a)
{
	double accuracy = (double)m->result.correct / (double)m->result.samples;
	double fp32 = (double)m->fp32.correct / (double)m->fp32.samples;
	json_t *more = json_pack("{s:I, s:I, s:f, s:f, s:f, s:o, s:s, s:o}",
				 "samples", (json_int_t)m->result.samples,
				 "correct", (json_int_t)m->result.correct,
				 "accuracy", accuracy, "accuracy_fp32", fp32, "drop", fp32 - accuracy,
				 "reference", out_string(a->reference ? a->reference : m->path),
				 "backend", run_backend_name(m->opts.backend),
				 "engine", out_string(m->engine));
	bool good = more && !json_object_update(record, more);

	json_decref(more);
	return good;
}

/* weights as memory sees them: not part of any saving */
static json_t *memory(const json_t *price)
{
	json_int_t bits = json_integer_value(json_object_get(price, "weight_bits"));
	json_int_t f32 = json_integer_value(json_object_get(price, "weight_bits_f32"));

	return json_pack("{s:I, s:I, s:f, s:f, s:f}", "bits", bits, "bits_f32", f32,
			 "saving", f32 ? 1 - (double)bits / (double)f32 : 0.0,
			 "dram_pj", (double)bits / 64 * DRAM_PJ_64,
			 "dram_f32_pj", (double)f32 / 64 * DRAM_PJ_64);
}

/* NULL after saying why */
static json_t *model_record(const struct model *m, const struct report_args *a)
{
	json_t *prices = price_list(m->graph, m->stats, &a->price, true, m->path);
	json_t *record;
	const char *base = strrchr(m->path, '/');
	bool good;

	if (!prices)
		return NULL;
	record = json_pack("{s:o, s:o, s:n, s:n, s:n, s:n, s:n, s:n}", "model", out_string(m->path),
			   "name", out_string(base ? base + 1 : m->path), "samples", "accuracy",
			   "accuracy_fp32", "drop", "backend", "engine");
	good = record && record_settings(record, m->graph, 0, 0) &&
	       !json_object_set_new(record, "memory",
				    memory(json_array_get(prices, 0))) &&
	       (!m->stats || add_accuracy(record, m, a)) &&
	       !json_object_set(record, "prices", prices);
	json_decref(prices);
	if (!good) {
		json_decref(record);
		fail("no memory for the report");
		return NULL;
	}
	return record;
}

/* --- CSV -------------------------------------------------------------------- */

static const char *const csv_keys[] = {
	"model", "preset", "cam_class", "plain_words", "layer", "op", "organisation",
	"accumulator", "lanes", "k", "rows", "key_bits", "prune", "samples", "accuracy",
	"accuracy_fp32", "macs", "active", "hits", "hit_rate", "break_even", "search_pj",
	"lut_pj", "mul_pj", "add_pj", "convert_pj", "zero_pj", "program_pj", "energy_pj",
	"baseline_pj", "baseline_gated_pj", "ungated_pj", "saving", "saving_vs_gated",
	"saving_ungated", "weight_bits", "weight_bits_f32", "memory_saving",
};

/* @object, and what is @from the model and its price; false: no memory */
static bool csv_row(json_t *rows, const json_t *model, const json_t *price,
		    const json_t *object, const json_t *name)
{
	static const char *const of_model[] = { "model", "samples", "accuracy", "accuracy_fp32" };
	static const char *const of_price[] = { "preset", "cam_class", "plain_words" };
	const json_t *prune = json_object_get(model, "prune");
	double fraction = json_number_value(json_object_get(prune, "fraction"));
	json_t *row = json_copy((json_t *)object);
	bool good = row;

	for (size_t i = 0; good && i < NR_ARGS(of_model); i++)
		good = !json_object_set(row, of_model[i], json_object_get(model, of_model[i]));
	for (size_t i = 0; good && i < NR_ARGS(of_price); i++)
		good = !json_object_set(row, of_price[i], json_object_get(price, of_price[i]));
	good = good && !json_object_set(row, "layer", (json_t *)name) &&
	       !json_object_set_new(row, "prune", json_real(fraction)) &&
	       !json_array_append(rows, row);
	json_decref(row);
	return good;
}

static json_t *csv_rows(const json_t *record)
{
	const json_t *models = json_object_get(record, "models"), *model, *price, *layer;
	json_t *rows = json_array(), *total = json_string("total");
	bool good = rows && total;
	size_t m, p, l;

	json_array_foreach(models, m, model) {
		json_array_foreach(json_object_get(model, "prices"), p, price) {
			json_array_foreach(json_object_get(price, "layers"), l, layer)
				good = good && csv_row(rows, model, price, layer,
						       json_object_get(layer, "name"));
			good = good && csv_row(rows, model, price, price, total);
		}
	}
	json_decref(total);
	if (!good) {
		json_decref(rows);
		return NULL;
	}
	return rows;
}

static int write_csv(struct out_file *csv, const json_t *record)
{
	json_t *rows;
	int rc;

	if (!csv->file)
		return 0;
	rows = csv_rows(record);
	if (!rows)
		return fail("no memory for the report");
	rc = out_file_write_csv(csv, csv_keys, NR_ARGS(csv_keys), rows);
	json_decref(rows);
	return rc;
}

/* --- text ------------------------------------------------------------------- */

static const struct out_column layer_columns[] = {
	{ "name", "layer", OUT_TEXT, NULL },
	{ "macs", "MACs", OUT_COUNT, NULL },
	{ "active", "active", OUT_PART, "macs" },
	{ "hit_rate", "hits", OUT_PERCENT, NULL },
	{ "break_even", "even at", OUT_PERCENT, NULL },
	{ "search_pj", "search", OUT_PART, "baseline_pj" },
	{ "lut_pj", "LUT", OUT_PART, "baseline_pj" },
	{ "mul_pj", "mult", OUT_PART, "baseline_pj" },
	{ "add_pj", "add", OUT_PART, "baseline_pj" },
	{ "convert_pj", "convert", OUT_PART, "baseline_pj" },
	{ "zero_pj", "zero", OUT_PART, "baseline_pj" },
	{ "energy_pj", "energy", OUT_ENERGY, NULL },
	{ "saving", "saving", OUT_PERCENT, NULL },
	{ "saving_vs_gated", "vs gated", OUT_PERCENT, NULL },
	{ "saving_ungated", "ungated", OUT_PERCENT, NULL },
};

static const struct out_column price_columns[] = {
	{ "preset", "preset", OUT_TEXT, NULL },
	{ "cam_class", "CAM class", OUT_TEXT, NULL },
	{ "energy_pj", "energy", OUT_ENERGY, NULL },
	{ "saving", "saving", OUT_PERCENT, NULL },
	{ "saving_vs_gated", "vs gated", OUT_PERCENT, NULL },
	{ "saving_ungated", "ungated", OUT_PERCENT, NULL },
	{ "hit_rate", "hits", OUT_PERCENT, NULL },
	{ "break_even", "even at", OUT_PERCENT, NULL },
	{ "search_pj", "search", OUT_PART, "baseline_pj" },
	{ "lut_pj", "LUT", OUT_PART, "baseline_pj" },
	{ "mul_pj", "mult", OUT_PART, "baseline_pj" },
	{ "add_pj", "add", OUT_PART, "baseline_pj" },
};

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "-";
}

static double real_of(const json_t *record, const char *key)
{
	return json_number_value(json_object_get(record, key));
}

static void print_formats(const json_t *price)
{
	const json_t *format;
	char mac[32];
	size_t i;

	out_energy(mac, sizeof(mac), real_of(price, "mac_pj"));
	printf("one MAC     %s here, all in all; in the same preset, without gating:", mac);
	json_array_foreach(json_object_get(price, "formats"), i, format) {
		out_energy(mac, sizeof(mac), real_of(format, "mac_pj"));
		printf("%s%s %s", i % 3 ? ", " : "\n            ", text_of(format, "format"), mac);
		if (i)
			printf(" (saves %.1f%%)", 100 * real_of(format, "saving"));
	}
	putchar('\n');
}

/* @note: goes behind every saving */
static void print_price(const json_t *price, bool counted, const char *note)
{
	json_t *total = json_copy((json_t *)price);
	char energy[32], program[32], plain[32], gated[32];

	if (total)
		json_object_set_new(total, "name", json_string("total"));
	printf("preset %s, CAM class %s%s; parts are of the plain FP32 energy\n",
	       text_of(price, "preset"), text_of(price, "cam_class"),
	       json_is_true(json_object_get(price, "plain_words")) ?
	       ", LUT words at the price of 32 bits" : "");
	out_table(stdout, layer_columns, NR_ARGS(layer_columns), json_object_get(price, "layers"),
		  total);
	json_decref(total);
	out_energy(energy, sizeof(energy), real_of(price, "energy_pj"));
	out_energy(program, sizeof(program), real_of(price, "program_pj"));
	out_energy(plain, sizeof(plain), real_of(price, "baseline_pj"));
	out_energy(gated, sizeof(gated), real_of(price, "baseline_gated_pj"));
	printf("\nenergy      %s, of it %s to program the tables\n", energy, program);
	printf("saving      %.2f%% against FP32 MACs (%s)%s\n", 100 * real_of(price, "saving"), plain,
	       note);
	if (counted)
		printf("            %.2f%% against FP32 MACs that skip zero activations (%s)%s\n",
		       100 * real_of(price, "saving_vs_gated"), gated, note);
	printf("            %.2f%% without gating, if gated MACs cost what the others do%s\n",
	       100 * real_of(price, "saving_ungated"), note);
	print_formats(price);
}

static void print_model(const json_t *model)
{
	const json_t *prices = json_object_get(model, "prices");
	const json_t *mem = json_object_get(model, "memory");
	bool counted = json_is_number(json_object_get(model, "accuracy"));
	char before[32], after[32];

	printf("%s: ", text_of(model, "model"));
	if (counted)
		printf("%.0f samples on backend %s, engine %s\n\n"
		       "accuracy    %.2f%%, FP32 %.2f%% with %s, %.2f points lost\n",
		       real_of(model, "samples"), text_of(model, "backend"),
		       text_of(model, "engine"), 100 * real_of(model, "accuracy"),
		       100 * real_of(model, "accuracy_fp32"), text_of(model, "reference"),
		       100 * real_of(model, "drop"));
	else
		printf("a bound: one sample without zeros, every MAC hits\n\n");
	if (json_is_string(json_object_get(model, "organisation")))
		printf("tables      organisation %s, up to %.0f lanes, accumulator %s, zero gating of %s\n",
		       text_of(model, "organisation"), real_of(model, "lanes"),
		       text_of(model, "accumulator"), record_gating_text(model));
	else
		printf("tables      none: the model is not compiled\n");
	record_print_pruning(model, 12);
	out_energy(before, sizeof(before), real_of(mem, "dram_f32_pj"));
	out_energy(after, sizeof(after), real_of(mem, "dram_pj"));
	printf("memory      weights %.1f%% smaller than in FP32 (%.0f of %.0f bytes; from DRAM %s, "
	       "not %s); clustering does that, no saving below counts it\n\n",
	       100 * real_of(mem, "saving"), real_of(mem, "bits") / 8, real_of(mem, "bits_f32") / 8,
	       after, before);
	if (json_is_object(json_object_get(model, "prune")))
		printf("every saving below is with pruning\n\n");
	if (json_array_size(prices) > 1)
		out_table(stdout, price_columns, NR_ARGS(price_columns), prices, NULL);
	else
		print_price(json_array_get(prices, 0), counted, record_saving_note(model));
}

static void print_report(const json_t *record)
{
	const json_t *model;
	size_t i;

	json_array_foreach(json_object_get(record, "models"), i, model) {
		if (i)
			putchar('\n');
		print_model(model);
	}
}

/* --- the command ------------------------------------------------------------ */

/* NULL after saying why */
static json_t *make_record(const struct report_args *a, char **paths, int nr)
{
	json_t *models = json_array();

	for (int i = 0; models && i < nr; i++) {
		struct model m = { .path = paths[i] };
		json_t *one = NULL;

		m.graph = run_read(paths[i]);
		if (m.graph && (!a->data || !run_model(&m, a)))
			one = model_record(&m, a);
		release(&m);
		if (!one || json_array_append_new(models, one)) {
			json_decref(models);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o}", "data", a->data ? out_string(a->data) : json_null(),
			 "models", models);
}

static int check(const struct report_args *a)
{
	if (a->run.backend == AXP_BACKEND_FP32)
		return misuse(&cmd_report, "--backend fp32 counts nothing that could be priced");
	if (a->reference && !a->data)
		return misuse(&cmd_report, "--reference is for --data");
	if (a->json && a->csv && !strcmp(a->json, "-") && !strcmp(a->csv, "-"))
		return misuse(&cmd_report, "--json - and --csv - exclude each other");
	if (run_check(&cmd_report, &a->run))
		return EXIT_USAGE;
	return input_check(&cmd_report, &a->input);
}

static int report_run(const void *settings, char **operands, int nr)
{
	const struct report_args *a = settings;
	struct out_file json, csv = { .file = NULL };
	json_t *record = NULL;
	int rc = check(a);

	if (rc)
		return rc;
	if (a->quiet)
		progress_quiet();
	if ((a->charts && chart_prepare(a->charts)) || out_file_open(&json, a->json))
		return EXIT_FAILED;
	rc = out_file_open(&csv, a->csv);
	if (!rc) {
		record = make_record(a, operands, nr);
		rc = record ? 0 : EXIT_FAILED;
	}
	if (!rc && a->charts)
		rc = report_charts(record, a->charts);
	if (!rc && !out_file_is_stdout(&json) && !out_file_is_stdout(&csv))
		print_report(record);
	if (!rc)
		rc = out_file_write(&json, record);
	if (!rc)
		rc = write_csv(&csv, record);
	out_file_close(&json);
	out_file_close(&csv);
	json_decref(record);
	return rc;
}

const struct command cmd_report = {
	.name = "report",
	.summary = "where the energy of models goes, beside every baseline",
	.operands = "MODEL... [--data DATA]",
	.about = "Runs DATA through each MODEL and splits the modelled energy of every layer by "
		 "part: CAM search, LUT, multiplier, adder, conversions, zero detectors. Says what "
		 "is saved against plain FP32 MACs, against FP32 MACs that skip zeros and without "
		 "gating, the hit rate beside the one that would break even, and MACs of other "
		 "number formats. The same counters can be priced under every preset.",
	.examples = "  axp report small.onnx --data csv:test.csv --reference model.onnx\n"
		    "  axp report a.onnx b.onnx --data csv:test.csv --preset all --charts charts\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct report_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = MAX_MODELS,
	.run = report_run,
};
