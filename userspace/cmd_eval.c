// SPDX-License-Identifier: BSD-2-Clause
/* axp eval: accuracy of a classifier, what its layers did and what that costs. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "input.h"
#include "out.h"
#include "progress.h"
#include "record.h"
#include "run.h"

struct eval_args {
	const char *data;
	const char *reference;
	const char *json;
	uint64_t limit;
	struct run_args run;
	struct input_args input;
	bool no_reference;
	bool confusion;
	bool quiet;
};

static const struct eval_args defaults = { .run = RUN_DEFAULTS };

static const struct arg args[] = {
	{ "data", 0, "DATA", "Labelled samples: idx:IMAGES,LABELS (MNIST style), npy:X,Y, "
	  "npz:FILE,X,Y, csv:FILE (the label last), images:DIR or wav:DIR (a folder per class, "
	  "or files CLASS_*.wav); .gz too. A slice "
	  "may follow, as in Python: csv:digits.csv[:100].",
	  ARG_TEXT, offsetof(struct eval_args, data), 0, 0, NULL, true },
	{ "limit", 0, "N", "Run the first N samples only, as the slice [:N] does.",
	  ARG_COUNT, offsetof(struct eval_args, limit), 1, 1000000000000, NULL, false },
	RUN_ARGS(struct eval_args, run),
	RUN_ENERGY_ARGS(struct eval_args, run),
	{ "reference", 'r', "MODEL", "ONNX model that accuracy_fp32 is measured on, by backend "
	  "fp32. Default: MODEL itself, that is its clustered weights in binary32.",
	  ARG_TEXT, offsetof(struct eval_args, reference), 0, 0, NULL, false },
	{ "no-reference", 0, NULL, "Do not measure accuracy_fp32.",
	  ARG_FLAG, offsetof(struct eval_args, no_reference), 0, 0, NULL, false },
	INPUT_ARGS(struct eval_args, input),
	{ "confusion", 0, NULL, "Count what was taken for what.",
	  ARG_FLAG, offsetof(struct eval_args, confusion), 0, 0, NULL, false },
	{ "json", 0, "FILE", "Write the report as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct eval_args, json), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.",
	  ARG_FLAG, offsetof(struct eval_args, quiet), 0, 0, NULL, false },
};

/**
 * struct eval - one evaluation, from the words of the command line to the record
 * @args: options
 * @model: path
 * @graph: of @model
 * @reference: graph that FP32 accuracy is of; may be @graph
 * @data: samples
 * @opts: how @session runs
 * @session: on the chosen backend
 * @result: of @session
 * @fp32: of the reference
 */
struct eval {
	const struct eval_args *args;
	const char *model;
	struct axp_graph *graph;
	struct axp_graph *reference;
	struct axp_dataset *data;
	struct axp_session_opts opts;
	struct axp_session *session;
	struct axp_evaluation result;
	struct axp_evaluation fp32;
};

static double accuracy(const struct axp_evaluation *result)
{
	return (double)result->correct / (double)result->samples;
}

/* do both take the same samples and give as many classes? */
static int check_reference(const struct eval *eval)
{
	uint64_t a[7], b[7];
	uint32_t na = axp_graph_input_dims(eval->graph, a);
	uint32_t nb = axp_graph_input_dims(eval->reference, b);
	uint64_t oa = axp_graph_output_elems(eval->graph);
	uint64_t ob = axp_graph_output_elems(eval->reference);

	if (na != nb || memcmp(a, b, na * sizeof(a[0])))
		return fail("--reference %s: its input has other dimensions than that of %s",
			    eval->args->reference, eval->model);
	if (oa != ob)
		return fail("--reference %s: %" PRIu64 " outputs, %s has %" PRIu64,
			    eval->args->reference, ob, eval->model, oa);
	return 0;
}

static int evaluate(struct axp_session *session, const struct eval *eval,
		    struct axp_evaluation *result)
{
	struct axp_diag diag = { .text = "" };
	int rc = axp_evaluate(session, eval->data, result, progress_show, NULL, &diag);

	progress_clear();
	if (rc)
		return fail("%s: %s", eval->args->data, diag.text[0] ? diag.text : strerror(-rc));
	return 0;
}

/* accuracy of the reference in binary32 */
static int evaluate_fp32(struct eval *eval)
{
	const struct run_args fp32 = {
		.backend = AXP_BACKEND_FP32,
		.batch = eval->args->run.batch,
	};
	struct axp_session_opts opts;
	struct axp_session *session;
	int rc;

	rc = run_open(&session, &opts, &fp32, eval->reference,
		      eval->args->reference ? eval->args->reference : eval->model);
	if (rc)
		return rc;
	rc = evaluate(session, eval, &eval->fp32);
	axp_session_close(session);
	return rc;
}

static int open_data(struct eval *eval)
{
	const struct eval_args *a = eval->args;
	struct axp_dataset_opts input;
	struct axp_diag diag = { .text = "" };
	size_t room = strlen(a->data) + 32;
	char *spec;
	int rc;

	if (input_opts(&input, &a->input, eval->graph, eval->model, a->data))
		return EXIT_FAILED;
	input.need_labels = true;
	spec = malloc(room);
	if (!spec)
		return fail("no memory");
	snprintf(spec, room, "%s", a->data);
	if (a->limit)
		snprintf(spec, room, "%s[:%" PRIu64 "]", a->data, a->limit);
	rc = axp_dataset_open(&eval->data, spec, &input, &diag);
	free(spec);
	if (rc)
		return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	return 0;
}

static int run(struct eval *eval)
{
	const struct eval_args *a = eval->args;
	int rc;

	eval->graph = run_read(eval->model);
	if (!eval->graph)
		return EXIT_FAILED;
	eval->reference = a->reference ? run_read(a->reference) : eval->graph;
	if (!eval->reference || check_reference(eval))
		return EXIT_FAILED;
	rc = open_data(eval);
	if (rc)
		return rc;
	rc = run_open(&eval->session, &eval->opts, &a->run, eval->graph, eval->model);
	if (!rc)
		rc = evaluate(eval->session, eval, &eval->result);
	if (!rc && !a->no_reference)
		rc = evaluate_fp32(eval);
	return rc;
}

static void release(struct eval *eval)
{
	axp_evaluation_clear(&eval->fp32);
	axp_evaluation_clear(&eval->result);
	axp_session_close(eval->session);
	axp_dataset_free(eval->data);
	if (eval->reference != eval->graph)
		axp_graph_free(eval->reference);
	axp_graph_free(eval->graph);
}

/* --- the record ------------------------------------------------------------- */

static json_t *layers(const struct eval *eval, const struct axp_stats *total, bool counted)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < axp_graph_nr_layers(eval->graph); i++) {
		json_t *layer = record_layer(eval->graph, i);
		struct axp_stats stats = { 0 };
		bool good = layer && !axp_session_layer_stats(eval->session, i, &stats) &&
			    record_stats(layer, &stats, counted);

		if (good && counted && total->energy_fj)
			good = !json_object_set_new(layer, "share",
				json_real((double)stats.energy_fj / (double)total->energy_fj));
		if (!good || json_array_append(list, layer)) {
			json_decref(list);
			list = NULL;
		}
		json_decref(layer);
	}
	return list;
}

static json_t *confusion(const struct axp_evaluation *result)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; rows && i < result->classes; i++) {
		json_t *row = json_array();
		bool good = row;

		for (uint32_t j = 0; good && j < result->classes; j++) {
			json_int_t n = result->confusion[(size_t)i * result->classes + j];

			good = !json_array_append_new(row, json_integer(n));
		}
		if (!good || json_array_append(rows, row)) {
			json_decref(rows);
			rows = NULL;
		}
		json_decref(row);
	}
	return rows;
}

static bool add_reference(json_t *record, const struct eval *eval)
{
	const char *model = eval->args->reference ? eval->args->reference : eval->model;

	return !json_object_set_new(record, "accuracy_fp32", json_real(accuracy(&eval->fp32))) &&
	       !json_object_set_new(record, "correct_fp32", json_integer(eval->fp32.correct)) &&
	       !json_object_set_new(record, "reference", out_string(model));
}

/* NULL: no memory */
static json_t *make_record(const struct eval *eval)
{
	const struct axp_evaluation *result = &eval->result;
	bool counted = eval->opts.backend != AXP_BACKEND_FP32;
	struct axp_stats total = { 0 };
	char digest[17];
	json_t *record, *more;
	bool good;

	axp_session_stats(eval->session, &total);
	snprintf(digest, sizeof(digest), "%016" PRIx64, result->digest);
	record = json_pack("{s:o, s:s, s:o}", "model", out_string(eval->model),
			   "backend", run_backend_name(eval->opts.backend),
			   "engine", out_string(axp_session_engine(eval->session)));
	good = record && record_settings(record, eval->graph, eval->opts.preset,
					 eval->opts.cam_class);
	more = json_pack("{s:I, s:I, s:f, s:n, s:n, s:n, s:s, s:f}",
			 "samples", (json_int_t)result->samples,
			 "correct", (json_int_t)result->correct, "accuracy", accuracy(result),
			 "accuracy_fp32", "correct_fp32", "reference",
			 "digest", digest, "seconds", result->seconds);
	good = good && more && !json_object_update(record, more);
	json_decref(more);
	good = good && (eval->args->no_reference || add_reference(record, eval));
	good = good && record_stats(record, &total, counted) &&
	       !json_object_set_new(record, "program_pj",
				    counted ? json_real(total.program_fj / 1000.0) : json_null());
	good = good && !json_object_set_new(record, "layers", layers(eval, &total, counted));
	if (good && eval->args->confusion)
		good = !json_object_set_new(record, "confusion", confusion(result));
	if (!good) {
		json_decref(record);
		return NULL;
	}
	return record;
}

/* --- the report ------------------------------------------------------------- */

static const struct out_column columns[] = {
	{ "name", "layer", OUT_TEXT, NULL },
	{ "op", "op", OUT_TEXT, NULL },
	{ "k", "K", OUT_SOME, NULL },
	{ "rows", "rows", OUT_SOME, NULL },
	{ "key_bits", "bits", OUT_SOME, NULL },
	{ "macs", "MACs", OUT_COUNT, NULL },
	{ "gated", "gated", OUT_PART, "macs" },
	{ "hits_exact", "exact", OUT_PART, "macs" },
	{ "hits_approx", "approx", OUT_PART, "macs" },
	{ "misses", "missed", OUT_PART, "macs" },
	{ "energy_pj", "energy", OUT_ENERGY, NULL },
	{ "share", "share", OUT_PERCENT, NULL },
	{ "saving", "saving", OUT_PERCENT, NULL },
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

static json_int_t count_of(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

static void print_confusion(const json_t *matrix)
{
	size_t n = json_array_size(matrix), wrong = 0;

	printf("\ntaken for what (label -> answer: samples)\n");
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			const json_t *row = json_array_get(matrix, i);
			json_int_t count = json_integer_value(json_array_get(row, j));

			if (i == j || !count)
				continue;
			printf("%s%zu -> %zu: %" JSON_INTEGER_FORMAT, !(wrong % 8) ? "  " : ", ", i,
			       j, count);
			if (!(++wrong % 8))
				putchar('\n');
		}
	}
	if (wrong % 8)
		putchar('\n');
	if (!wrong)
		puts("  nothing: every answer is right");
}

static void print_energy(const json_t *record)
{
	char energy[32], program[32], plain[32], gated[32];
	double active = real_of(record, "macs") - real_of(record, "gated");

	out_energy(energy, sizeof(energy), real_of(record, "energy_pj"));
	out_energy(program, sizeof(program), real_of(record, "program_pj"));
	out_energy(plain, sizeof(plain), real_of(record, "baseline_pj"));
	out_energy(gated, sizeof(gated), real_of(record, "baseline_gated_pj"));
	printf("\nmultiplier  %.2f%% of the MACs that are not gated\n",
	       active > 0 ? 100 * real_of(record, "misses") / active : 0);
	printf("energy      %s, of it %s to program the tables\n", energy, program);
	printf("saving      %.2f%% against FP32 MACs (%s)%s\n", 100 * real_of(record, "saving"),
	       plain, record_saving_note(record));
	printf("            %.2f%% against FP32 MACs that skip zero activations (%s)%s\n",
	       100 * real_of(record, "saving_vs_gated"), gated, record_saving_note(record));
}

static void print_report(const json_t *record)
{
	bool counted = json_is_number(json_object_get(record, "energy_pj"));
	json_t *total = json_copy((json_t *)record);

	printf("%s: %" JSON_INTEGER_FORMAT " samples on backend %s, engine %s, %.2f s\n\n",
	       text_of(record, "model"), count_of(record, "samples"), text_of(record, "backend"),
	       text_of(record, "engine"), real_of(record, "seconds"));
	printf("accuracy    %.2f%% (%" JSON_INTEGER_FORMAT " right)\n",
	       100 * real_of(record, "accuracy"), count_of(record, "correct"));
	if (json_is_string(json_object_get(record, "reference")))
		printf("FP32        %.2f%% (%" JSON_INTEGER_FORMAT " right) with %s; %+.2f points\n",
		       100 * real_of(record, "accuracy_fp32"), count_of(record, "correct_fp32"),
		       text_of(record, "reference"),
		       100 * (real_of(record, "accuracy") - real_of(record, "accuracy_fp32")));
	if (json_is_string(json_object_get(record, "organisation")))
		printf("tables      organisation %s, up to %" JSON_INTEGER_FORMAT
		       " lanes, accumulator %s, zero gating of %s\n",
		       text_of(record, "organisation"), count_of(record, "lanes"),
		       text_of(record, "accumulator"), record_gating_text(record));
	else
		printf("tables      none: the model is not compiled\n");
	record_print_pruning(record, 12);
	if (counted)
		printf("prices      preset %s, CAM class %s\n", text_of(record, "preset"),
		       text_of(record, "cam_class"));
	printf("outputs     digest %s\n\n", text_of(record, "digest"));
	if (total) {
		json_object_set_new(total, "name", json_string("total"));
		json_object_set_new(total, "share", counted ? json_real(1) : json_null());
	}
	out_table(stdout, columns, counted ? NR_ARGS(columns) : 6,
		  json_object_get(record, "layers"), total);
	json_decref(total);
	if (counted)
		print_energy(record);
	if (json_object_get(record, "confusion"))
		print_confusion(json_object_get(record, "confusion"));
}

static int eval_run(const void *settings, char **operands, int nr)
{
	const struct eval_args *a = settings;
	struct eval eval = { .args = a, .model = operands[0] };
	struct out_file json;
	json_t *record = NULL;
	int rc;

	(void)nr;
	if (run_check(&cmd_eval, &a->run) || input_check(&cmd_eval, &a->input))
		return EXIT_USAGE;
	if (a->reference && a->no_reference)
		return misuse(&cmd_eval, "--reference and --no-reference exclude each other");
	if (a->limit && a->data[strlen(a->data) - 1] == ']')
		return misuse(&cmd_eval, "--limit and the slice of --data '%s' exclude each other",
			      a->data);
	if (a->quiet)
		progress_quiet();
	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	rc = run(&eval);
	if (!rc) {
		record = make_record(&eval);
		if (!record)
			rc = fail("no memory for the report");
	}
	if (!rc && !out_file_is_stdout(&json))
		print_report(record);
	if (!rc)
		rc = out_file_write(&json, record);
	out_file_close(&json);
	json_decref(record);
	release(&eval);
	return rc;
}

const struct command cmd_eval = {
	.name = "eval",
	.summary = "accuracy, counters and energy of a model over a dataset",
	.operands = "MODEL --data DATA",
	.about = "Runs every sample of DATA through MODEL and reports the accuracy beside that "
		 "of binary32, what happened to every multiply-accumulate of every layer, and "
		 "the modelled energy beside two baselines: binary32 MACs, and binary32 MACs "
		 "that skip zero activations.",
	.examples = "  axp eval small.onnx --data csv:test.csv --reference model.onnx\n"
		    "  axp eval small.onnx --data images:photos --backend soft --json report.json\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct eval_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = 1,
	.run = eval_run,
};
