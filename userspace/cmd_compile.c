// SPDX-License-Identifier: BSD-2-Clause
/* axp compile: an ONNX model with clustered weights and tables of products. */
#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "input.h"
#include "out.h"
#include "progress.h"
#include "record.h"
#include "run.h"

struct compile_args {
	const char *calib;
	const char *output;
	const char *json;
	uint32_t accumulator;
	uint32_t organisation;
	uint32_t preset;
	uint32_t cam_class;
	uint64_t centroids;
	uint64_t rows;
	uint64_t word_bits;
	uint64_t lanes;
	uint64_t samples;
	uint64_t check_samples;
	uint64_t threads;
	uint64_t prefix_bits;
	struct reals max_kl;
	struct reals max_drop;
	struct reals prune;
	const char *log;
	uint32_t cluster;
	struct input_args input;
	bool no_gating;
	bool no_bias_correction;
	bool quiet;
};

#define UNSAID	UINT32_MAX

/* nat: what a search keeps to when nothing else is said */
#define MAX_KL	0.015f

/* samples that a search should at least be checked with */
#define FEW	100

static const struct compile_args defaults = {
	.accumulator = AXP_ACC_FIXED,
	.organisation = UNSAID,
};

static const char *const cluster_names[] = {
	[AXP_CLUSTER_DEFAULT] = "?",
	[AXP_CLUSTER_KMEANS] = "kmeans",
	[AXP_CLUSTER_OPTIMAL] = "optimal",
	[AXP_CLUSTER_WEIGHTED] = "weighted",
	[AXP_CLUSTER_COMPENSATED] = "compensated",
};

static const char *cluster_word(uint32_t number)
{
	return number < NR_ARGS(cluster_names) ? cluster_names[number] : "?";
}

static int cluster_number(const char *word)
{
	for (uint32_t i = 1; i < NR_ARGS(cluster_names); i++)
		if (!strcmp(word, cluster_names[i]))
			return i;
	return -EINVAL;
}

static const struct arg_names accumulators = {
	axp_accumulator_from_name, axp_accumulator_name, 0,
};

static const struct arg_names organisations = {
	axp_organisation_from_name, axp_organisation_name, 0,
};

const struct arg_names compile_clusters = { cluster_number, cluster_word, 1 };

#define AT(field) offsetof(struct compile_args, field)

static const struct arg args[] = {
	{ "calib", 0, "DATA", "Samples that the tables are fitted to, 250 to 500 will do, and "
	  "those that a search is checked with; labels are used for --max-drop alone: "
	  "idx:IMAGES, npy:X, npz:FILE,X, csv:FILE, images:DIR or wav:DIR; .gz too. A slice "
	  "may follow, as in Python: csv:digits.csv[1::5].",
	  ARG_TEXT, AT(calib), 0, 0, NULL, true },
	{ "output", 'o', "FILE", "The compiled model, again an ONNX file. An existing file is "
	  "replaced as a whole, or left as it was.", ARG_TEXT, AT(output), 0, 0, NULL, true },
	{ "accumulator", 'a', "NAME", "What adds the products: binary32, or a 32 bit integer. "
	  "Default: fixed.", ARG_NAME, AT(accumulator), 0, 0, &accumulators, false },
	{ "max-kl", 0, "NAT", "Search the settings of each layer with which the net takes the "
	  "least energy while its outputs diverge by no more than this from those of the "
	  "original (Kullback-Leibler divergence). Default: 0.015, when no setting of "
	  "layers (--organisation, --centroids, --rows, --prefix-bits, --word-bits, --lanes, "
	  "--cluster) is given; else nothing is searched.", ARG_REALS, AT(max_kl), 0, 1, NULL, false },
	{ "max-drop", 0, "POINTS", "The same, but no more than this many percentage points of "
	  "accuracy may be lost on the samples of DATA, which need labels.",
	  ARG_REALS, AT(max_drop), 0, 1, NULL, false },
	{ "log", 0, "FILE", "Keep what a search has measured; a search that was broken off goes on "
	  "from there.", ARG_TEXT, AT(log), 0, 0, NULL, false },
	{ "organisation", 0, "NAME", "How CAM and LUT are built. Default: what a search finds for "
	  "each layer, shared where nothing is searched.",
	  ARG_NAME, AT(organisation), 0, 0, &organisations, false },
	{ "preset", 'p', "NAME", "Energy constants that the tables carry. Default: s28.",
	  ARG_NAME, AT(preset), 0, 0, &run_presets, false },
	{ "cam-class", 0, "NAME", "Energy class of the CAM. Default: silicon28.",
	  ARG_NAME, AT(cam_class), 0, 0, &run_cam_classes, false },
	{ "centroids", 'k', "K", "Values that the weights of a layer may have. Default: what a "
	  "search finds; without one 16, and 32 in the first, the last and depthwise layers.",
	  ARG_COUNT, AT(centroids), 2, 256, NULL, false },
	{ "rows", 0, "N", "CAM rows of a layer. Default: what a search finds; without one 16, 48 in "
	  "the first and the last, 32 in depthwise layers; 64 for flat; 4 and 16 for "
	  "significand.", ARG_COUNT, AT(rows), 1, 65536, NULL, false },
	{ "prefix-bits", 0, "B", "CAM rows that all compare the B upper bits of an activation, sign "
	  "and exponent 9 of them; the most frequent ones, others miss. Default: rows "
	  "of the lengths that fit best, without misses; 11 for flat.",
	  ARG_COUNT, AT(prefix_bits), 9, 16, NULL, false },
	{ "word-bits", 0, "B", "Bits of a LUT word with accumulator fixed: 8, 16, 24 or 32. "
	  "Default: what a search finds, 32 without one.", ARG_COUNT, AT(word_bits), 8, 32, NULL, false },
	{ "lanes", 0, "N", "Processing elements that one search feeds (organisations shared, "
	  "significand and broadcast). Default: 16, but not more than a layer has outputs.",
	  ARG_COUNT, AT(lanes), 1, 65536, NULL, false },
	{ "cluster", 0, "NAME", "How weights are clustered: by Lloyd's k-means, by exact k-means, "
	  "the same weighted by how much inputs vary, or for the least error of the outputs. "
	  "Default: compensated.",
	  ARG_NAME, AT(cluster), 0, 0, &compile_clusters, false },
	{ "prune", 0, "FRACTION", "Force this part of the weights of each layer but the first and "
	  "the last to 0, those that the others make up for best. Default: 0.",
	  ARG_REALS, AT(prune), 0, 1, NULL, false },
	{ "no-gating", 0, NULL, "Do not skip MACs with a zero operand.",
	  ARG_FLAG, AT(no_gating), 0, 0, NULL, false },
	{ "no-bias-correction", 0, NULL, "Leave the biases as they are.",
	  ARG_FLAG, AT(no_bias_correction), 0, 0, NULL, false },
	{ "samples", 0, "N", "Calibration samples to use. Default: 512. A search takes two thirds of "
	  "DATA at most, unless the others are more than it checks with.",
	  ARG_COUNT, AT(samples), 1, 1000000, NULL, false },
	{ "check-samples", 0, "N", "Samples of DATA that a search is checked with, none of those above. "
	  "Default: 1000, fewer for large nets.",
	  ARG_COUNT, AT(check_samples), 1, 1000000, NULL, false },
	{ "threads", 'j', "N", "Threads. The result does not depend on them. Default: one per "
	  "processor.", ARG_COUNT, AT(threads), 1, 64, NULL, false },
	INPUT_ARGS(struct compile_args, input),
	{ "json", 0, "FILE", "Write the summary as JSON; - is the standard output, which then "
	  "carries nothing else.", ARG_TEXT, AT(json), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.", ARG_FLAG, AT(quiet), 0, 0, NULL, false },
};

/* a search unless settings of layers are given without a bound */
static bool searches(const struct compile_args *a)
{
	return a->max_kl.n || a->max_drop.n ||
	       !(a->organisation != UNSAID || a->centroids || a->rows || a->prefix_bits ||
		 a->word_bits || a->lanes || a->cluster);
}

static int check(const struct compile_args *a)
{
	if (a->word_bits % 8)
		return misuse(&cmd_compile, "--word-bits '%u': one of 8, 16, 24, 32 is needed",
			      (unsigned int)a->word_bits);
	if (a->max_kl.n && !(a->max_kl.v[0] > 0))
		return misuse(&cmd_compile, "--max-kl '%g': more than 0 is needed",
			      (double)a->max_kl.v[0]);
	if (a->max_drop.n && !(a->max_drop.v[0] > 0))
		return misuse(&cmd_compile, "--max-drop '%g': more than 0 is needed",
			      (double)a->max_drop.v[0]);
	if (a->log && !searches(a))
		return misuse(&cmd_compile, "--log '%s': nothing is searched", a->log);
	if (a->word_bits && a->word_bits != 32 && a->accumulator != AXP_ACC_FIXED)
		return misuse(&cmd_compile, "--word-bits '%u' is for --accumulator fixed",
			      (unsigned int)a->word_bits);
	if (a->lanes > 1 && (a->organisation == AXP_ORG_FLAT || a->organisation == AXP_ORG_BANKED))
		return misuse(&cmd_compile, "--lanes '%u': organisation %s has one lane per search",
			      (unsigned int)a->lanes, axp_organisation_name(a->organisation));
	return input_check(&cmd_compile, &a->input);
}

/* say early what would only be found out after the work */
static int check_output(const char *model, const char *output)
{
	struct stat in, out;
	char *dir;
	int rc = 0;

	if (!stat(output, &out)) {
		if (!stat(model, &in) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
			return fail("%s: is the model itself, choose another file", output);
		if (!S_ISREG(out.st_mode))
			return fail("%s: cannot be written: not a regular file", output);
	}
	dir = strdup(output);
	if (!dir)
		return fail("no memory");
	if (access(dirname(dir), W_OK | X_OK))
		rc = fail("%s: cannot be written: %s", output, strerror(errno));
	free(dir);
	return rc;
}

static int compile(struct axp_graph *graph, const struct compile_args *a, const char *model)
{
	bool search = searches(a), unsaid = a->organisation == UNSAID;
	struct axp_compile_opts opts = {
		.size = sizeof(opts),
		.accumulator = a->accumulator,
		.organisation = unsaid ? AXP_ORG_SHARED : a->organisation,
		.any_organisation = search && unsaid,
		.lanes = a->lanes,
		.preset = a->preset,
		.cam_class = a->cam_class,
		.centroids = a->centroids,
		.rows = a->rows,
		.word_bits = a->word_bits,
		.cluster = a->cluster,
		.no_bias_correction = a->no_bias_correction,
		.no_gating = a->no_gating,
		.max_samples = a->samples,
		.check_samples = a->check_samples,
		.threads = (uint32_t)a->threads,
		.prefix_bits = (uint32_t)a->prefix_bits,
		.prune = a->prune.v[0],
		.max_kl = a->max_kl.n ? a->max_kl.v[0] : search && !a->max_drop.n ? MAX_KL : 0,
		.max_drop = a->max_drop.v[0],
		.log = a->log,
		.progress = progress_show,
	};
	struct axp_diag diag = { .text = "" };
	struct axp_dataset_opts input;
	struct axp_dataset *calib;
	int rc;

	if (input_opts(&input, &a->input, graph, model, a->calib))
		return EXIT_FAILED;
	input.need_labels = a->max_drop.n;
	rc = axp_dataset_open(&calib, a->calib, &input, &diag);
	if (rc)
		return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	rc = axp_compile(graph, calib, &opts, &diag);
	progress_clear();
	if (rc)
		rc = fail("%s: %s", model, diag.text[0] ? diag.text : strerror(-rc));
	else
		rc = input_store(graph, &input, a->calib, calib);
	axp_dataset_free(calib);
	if (rc)
		return rc;
	rc = axp_onnx_write(graph, a->output, &diag);
	if (rc)
		return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	return 0;
}

/* few samples cannot tell what a net loses: say so */
static void warn_of_few(const json_t *record)
{
	const json_t *n = json_object_get(json_object_get(record, "search"), "checked");

	if (n && json_integer_value(n) < FEW)
		note("the search was checked on %" JSON_INTEGER_FORMAT " samples, fewer than %u: what "
		     "other data will lose is hardly known", json_integer_value(n), FEW);
}

/* NULL: no memory */
static json_t *make_record(const struct axp_graph *graph, const struct compile_args *a,
			   const char *model)
{
	struct stat before, after;
	json_int_t bytes_before = 0, bytes_after = 0;
	json_t *layers = json_array();
	json_t *record;
	bool good = layers;

	for (uint32_t i = 0; good && i < axp_graph_nr_layers(graph); i++)
		good = !json_array_append_new(layers, record_layer(graph, i));
	if (!stat(model, &before) && !stat(a->output, &after)) {
		bytes_before = before.st_size;
		bytes_after = after.st_size;
	}
	record = json_pack("{s:o, s:o, s:o, s:I, s:I}", "model", out_string(model),
			   "output", out_string(a->output), "calib", out_string(a->calib),
			   "bytes_before", bytes_before, "bytes_after", bytes_after);
	good = good && record && record_settings(record, graph, 0, 0);
	if (good)
		good = !json_object_set(record, "layers", layers);
	json_decref(layers);
	if (!good) {
		json_decref(record);
		return NULL;
	}
	return record;
}

static const struct out_column columns[] = {
	{ "name", "layer", OUT_TEXT, NULL },
	{ "op", "op", OUT_TEXT, NULL },
	{ "weights", "weights", OUT_COUNT, NULL },
	{ "macs_per_sample", "MACs", OUT_COUNT, NULL },
	{ "k", "K", OUT_COUNT, NULL },
	{ "organisation", "organisation", OUT_TEXT, NULL },
	{ "rows", "CAM rows", OUT_COUNT, NULL },
	{ "key_bits", "key bits", OUT_COUNT, NULL },
	{ "table_rows", "table rows", OUT_COUNT, NULL },
	{ "word_bits", "word bits", OUT_COUNT, NULL },
	{ "lanes", "lanes", OUT_COUNT, NULL },
};

static void print_summary(const json_t *record)
{
	static const struct { const char *key, *title; } lines[] = {
		{ "accumulator", "accumulator" }, { "organisation", "organisation" },
		{ "preset", "preset" }, { "cam_class", "CAM class" },
	};

	printf("%s: compiled from %s (%" JSON_INTEGER_FORMAT " bytes, before %"
	       JSON_INTEGER_FORMAT ")\n\n",
	       json_string_value(json_object_get(record, "output")),
	       json_string_value(json_object_get(record, "model")),
	       json_integer_value(json_object_get(record, "bytes_after")),
	       json_integer_value(json_object_get(record, "bytes_before")));
	out_table(stdout, columns, NR_ARGS(columns), json_object_get(record, "layers"), NULL);
	putchar('\n');
	for (size_t i = 0; i < NR_ARGS(lines); i++) {
		const char *text = json_string_value(json_object_get(record, lines[i].key));

		printf("%s%s %s", i ? ", " : "", lines[i].title, text ? text : "-");
	}
	printf(", zero gating of %s\n", record_gating_text(record));
	record_print_pruning(record, 12);
	record_print_search(record, 12);
}

static int compile_run(const void *settings, char **operands, int nr)
{
	const struct compile_args *a = settings;
	const char *model = operands[0];
	struct axp_graph *graph = NULL;
	struct out_file json;
	json_t *record = NULL;
	int rc;

	(void)nr;
	rc = check(a);
	if (rc)
		return rc;
	if (a->quiet)
		progress_quiet();
	if (check_output(model, a->output) || out_file_open(&json, a->json))
		return EXIT_FAILED;
	graph = run_read(model);
	rc = graph ? compile(graph, a, model) : EXIT_FAILED;
	if (!rc) {
		record = make_record(graph, a, model);
		if (!record)
			rc = fail("no memory for the summary");
	}
	if (!rc)
		warn_of_few(record);
	if (!rc && !out_file_is_stdout(&json))
		print_summary(record);
	if (!rc)
		rc = out_file_write(&json, record);
	out_file_close(&json);
	json_decref(record);
	axp_graph_free(graph);
	return rc;
}

const struct command cmd_compile = {
	.name = "compile",
	.summary = "make an ONNX model associative: cluster weights, build tables",
	.operands = "MODEL --calib DATA -o FILE",
	.about = "Clusters the weights of every convolution and fully connected layer of MODEL, "
		 "chooses the CAM rows that fit the activations seen in DATA, fills the LUTs "
		 "with products and corrects the biases. The result is an ONNX model that other "
		 "tools can run too, and the same for the same arguments.",
	.examples = "  axp compile model.onnx --calib csv:calib.csv --scale 0.0625 -o small.onnx\n"
		    "  axp compile model.onnx --calib idx:images.gz[:500] -a fixed -o small.onnx\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct compile_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = 1,
	.run = compile_run,
};
