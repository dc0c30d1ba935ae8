// SPDX-License-Identifier: BSD-2-Clause
/* axp verify: a sample through device, library and softfp, compared. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "input.h"
#include "out.h"
#include "progress.h"
#include "run.h"

struct verify_args {
	const char *data;
	const char *device;
	const char *json;
	uint64_t samples;
	uint64_t seed;
	struct input_args input;
	bool library;
	bool quiet;
};

static const struct verify_args defaults = { .samples = 4, .seed = 1 };

static const struct arg args[] = {
	{ "data", 0, "DATA", "Where samples come from, as for axp eval; labels are not needed. "
	  "Default: random values from 0 to 1, a quarter of them 0.",
	  ARG_TEXT, offsetof(struct verify_args, data), 0, 0, NULL, false },
	{ "samples", 'n', "N", "Number of samples, 1 to 1024. Default: 4.",
	  ARG_COUNT, offsetof(struct verify_args, samples), 1, 1024, NULL, false },
	{ "seed", 's', "N", "Seed of random samples. Default: 1.",
	  ARG_COUNT, offsetof(struct verify_args, seed), 0, 1000000000000, NULL, false },
	{ "device", 'd', "PATH", "Device file; it is then an error when it cannot be opened. "
	  "Default: /dev/axp.", ARG_TEXT, offsetof(struct verify_args, device), 0, 0, NULL, false },
	{ "library", 'l', NULL, "Compare the engines of the library alone.",
	  ARG_FLAG, offsetof(struct verify_args, library), 0, 0, NULL, false },
	INPUT_ARGS(struct verify_args, input),
	{ "json", 0, "FILE", "Write the report as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct verify_args, json), 0, 0, NULL, false },
	{ "quiet", 'q', NULL, "No progress on stderr.",
	  ARG_FLAG, offsetof(struct verify_args, quiet), 0, 0, NULL, false },
};

/**
 * struct outcome - what came out of one place
 * @y: outputs of all samples
 * @layers: counters of each layer
 * @engine: what computed
 */
struct outcome {
	float *y;
	struct axp_stats *layers;
	char engine[64];
};

/**
 * struct verify - a comparison under way
 * @args: options
 * @model: path
 * @graph: of @model
 * @in: elements of a sample
 * @out: elements of an output
 * @n: samples
 * @x: samples
 * @golden: of engine softfp
 * @rows: array of records
 * @differ: places that differ
 */
struct verify {
	const struct verify_args *args;
	const char *model;
	struct axp_graph *graph;
	uint64_t in;
	uint64_t out;
	uint32_t n;
	float *x;
	struct outcome golden;
	json_t *rows;
	unsigned int differ;
};

/* --- samples ---------------------------------------------------------------- */

/* SplitMix64: the upper 24 bits as a fraction */
static float next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	uint32_t number;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	number = (uint32_t)((z ^ z >> 31) >> 40);
	return number & 3 ? (float)number * 0x1p-24f : 0;
}

static int read_samples(struct verify *v)
{
	struct axp_dataset_opts input;
	struct axp_diag diag = { .text = "" };
	struct axp_dataset *data;
	int rc;

	if (input_opts(&input, &v->args->input, v->graph, v->model, v->args->data))
		return EXIT_FAILED;
	rc = axp_dataset_open(&data, v->args->data, &input, &diag);
	if (rc)
		return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	if (axp_dataset_elems(data) != v->in) {
		rc = fail("%s: a sample has %" PRIu64 " elements, %s takes %" PRIu64,
			  v->args->data, axp_dataset_elems(data), v->model, v->in);
		axp_dataset_free(data);
		return rc;
	}
	if (axp_dataset_count(data) < v->n)
		v->n = (uint32_t)axp_dataset_count(data);
	for (uint32_t i = 0; !rc && i < v->n; i++)
		rc = axp_dataset_get(data, i, v->x + i * v->in, NULL, &diag);
	axp_dataset_free(data);
	return rc ? fail("%s", diag.text[0] ? diag.text : strerror(-rc)) : 0;
}

static int get_samples(struct verify *v)
{
	uint64_t dims[7], state = v->args->seed;
	uint32_t ndim = axp_graph_input_dims(v->graph, dims);

	v->n = (uint32_t)v->args->samples;
	v->out = axp_graph_output_elems(v->graph);
	v->in = 1;
	for (uint32_t i = 0; i < ndim; i++)
		if (__builtin_mul_overflow(v->in, dims[i], &v->in))
			return fail("%s: its input does not fit 64 bits", v->model);
	v->x = v->in ? calloc(v->n, v->in * sizeof(*v->x)) : NULL;
	if (!v->x)
		return fail("no memory for %u samples", v->n);
	if (v->args->data)
		return read_samples(v);
	for (uint64_t i = 0; i < v->n * v->in; i++)
		v->x[i] = next_random(&state);
	return 0;
}

/* --- places ----------------------------------------------------------------- */

static void clear(struct outcome *o)
{
	free(o->y);
	free(o->layers);
}

static int run_session(struct verify *v, const struct axp_session_opts *opts, const char *name,
		       struct outcome *o)
{
	uint32_t layers = axp_graph_nr_layers(v->graph);
	struct axp_diag diag = { .text = "" };
	struct axp_session *session;
	int rc;

	o->y = calloc(v->n, v->out * sizeof(*o->y));
	o->layers = calloc(layers ? layers : 1, sizeof(*o->layers));
	if (!o->y || !o->layers)
		return fail("no memory for the results");
	rc = axp_session_open(&session, v->graph, opts, &diag);
	if (rc)
		return fail("%s: %s: %s", v->model, name, diag.text[0] ? diag.text : strerror(-rc));
	snprintf(o->engine, sizeof(o->engine), "%s", axp_session_engine(session));
	rc = axp_session_run(session, v->x, v->n, o->y, &diag);
	for (uint32_t i = 0; !rc && i < layers; i++)
		rc = axp_session_layer_stats(session, i, &o->layers[i]);
	axp_session_close(session);
	return rc ? fail("%s: %s: %s", v->model, name, diag.text[0] ? diag.text : strerror(-rc)) : 0;
}

/* the first layer whose events differ from those of softfp, -1: none */
static int64_t compare_layers(const struct verify *v, const struct outcome *o)
{
	for (uint32_t i = 0; i < axp_graph_nr_layers(v->graph); i++) {
		struct axp_stats a = v->golden.layers[i], b = o->layers[i];
		struct axp_layer_info info;

		a.queue_ns = b.queue_ns;
		a.busy_ns = b.busy_ns;
		/* without a table the device's own model prices the layer */
		if (axp_graph_layer_info(v->graph, i, &info) || !info.k) {
			a.energy_fj = b.energy_fj;
			a.baseline_fj = b.baseline_fj;
			a.baseline_gated_fj = b.baseline_gated_fj;
		}
		if (memcmp(&a, &b, sizeof(a)))
			return i;
	}
	return -1;
}

static uint64_t compare_outputs(const struct verify *v, const struct outcome *o)
{
	uint64_t differ = 0;

	for (uint64_t i = 0; i < v->n * v->out; i++)
		differ += memcmp(&v->golden.y[i], &o->y[i], sizeof(float)) != 0;
	return differ;
}

static int add_row(struct verify *v, const char *where, uint32_t threads, const struct outcome *o)
{
	uint64_t outputs = compare_outputs(v, o);
	int64_t layer = compare_layers(v, o);
	struct axp_layer_info info = { .name = "" };
	json_t *row;

	if (layer >= 0 && axp_graph_layer_info(v->graph, (uint32_t)layer, &info))
		info.name = "?";
	v->differ += outputs || layer >= 0;
	row = json_pack("{s:s, s:o, s:o, s:b, s:I, s:o}", "where", where,
			"engine", out_string(o->engine),
			"threads", threads ? json_integer(threads) : json_null(),
			"equal", !outputs && layer < 0, "outputs_differ", (json_int_t)outputs,
			"layer_differs", layer < 0 ? json_null() : out_string(info.name));
	return row && !json_array_append_new(v->rows, row) ? 0 : fail("no memory for the report");
}

static int compare(struct verify *v, const struct axp_session_opts *opts, const char *where,
		   const char *name)
{
	struct outcome o = { 0 };
	int rc = run_session(v, opts, name, &o);

	if (!rc)
		rc = add_row(v, where, opts->threads, &o);
	clear(&o);
	return rc;
}

/* every engine with one thread and with three, against softfp with one */
static int compare_engines(struct verify *v)
{
	struct axp_session_opts opts = {
		.size = sizeof(opts), .backend = AXP_BACKEND_SOFT, .engine = "softfp",
		.threads = 1, .max_batch = v->n,
	};
	const char *engine;
	int rc = run_session(v, &opts, "softfp", &v->golden);

	for (uint32_t i = 0; !rc && (engine = axp_engine_name(i)); i++)
		for (opts.threads = 1; !rc && opts.threads <= 3; opts.threads += 2) {
			progress_show(NULL, engine, i, 0);
			opts.engine = engine;
			rc = compare(v, &opts, "library", engine);
		}
	return rc;
}

/* @absent: why there was no device, empty when there was one */
static int compare_device(struct verify *v, struct axp_diag *absent)
{
	struct axp_session_opts opts = {
		.size = sizeof(opts), .backend = AXP_BACKEND_DEVICE, .device = v->args->device,
		.max_batch = v->n,
	};
	struct axp_device *device;
	int rc = axp_device_open(&device, v->args->device, absent);

	if (rc) {
		if (!absent->text[0])
			snprintf(absent->text, sizeof(absent->text), "%s", strerror(-rc));
		return v->args->device ? fail("%s", absent->text) : 0;
	}
	absent->text[0] = '\0';
	axp_device_close(device);
	progress_show(NULL, "device", 0, 0);
	return compare(v, &opts, "device", "device");
}

/* --- the report ------------------------------------------------------------- */

static void print_report(const struct verify *v)
{
	printf("%s: %u %s; bits of %" PRIu64 " outputs, counters and energy of %u layers against "
	       "softfp\n\n", v->model, v->n, v->args->data ? "samples" : "random samples",
	       v->n * v->out, axp_graph_nr_layers(v->graph));
	for (size_t i = 0; i < json_array_size(v->rows); i++) {
		const json_t *row = json_array_get(v->rows, i);
		const json_t *threads = json_object_get(row, "threads");
		const char *layer = json_string_value(json_object_get(row, "layer_differs"));

		printf("%-8s %-8s", json_string_value(json_object_get(row, "where")),
		       json_string_value(json_object_get(row, "engine")));
		if (json_is_integer(threads))
			printf(" %d thread%s ", (int)json_integer_value(threads),
			       json_integer_value(threads) == 1 ? " " : "s");
		else
			printf("           ");
		if (json_is_true(json_object_get(row, "equal")))
			puts(" equal");
		else
			printf(" DIFFERS: %" JSON_INTEGER_FORMAT " outputs; counters %s%s\n",
			       json_integer_value(json_object_get(row, "outputs_differ")),
			       layer ? "from layer " : "are equal", layer ? layer : "");
	}
}

static int finish(const struct verify *v, const char *absent, struct out_file *json)
{
	json_t *record = json_pack("{s:o, s:i, s:b, s:o, s:O}", "model", out_string(v->model),
				   "samples", v->n, "equal", !v->differ,
				   "no_device", absent[0] ? out_string(absent) : json_null(),
				   "places", v->rows);
	int rc;

	if (!record)
		return fail("no memory for the report");
	if (!out_file_is_stdout(json))
		print_report(v);
	rc = out_file_write(json, record);
	json_decref(record);
	if (rc)
		return rc;
	if (v->differ)
		return fail("%s: %u places differ from softfp", v->model, v->differ);
	if (!absent[0])
		return EXIT_DONE;
	note("the engines of the library agree, no device was compared: %s", absent);
	return EXIT_PARTLY;
}

static int run(struct verify *v, struct out_file *json)
{
	struct axp_diag absent = { .text = "" };
	int rc;

	v->graph = run_read(v->model);
	v->rows = json_array();
	if (!v->graph || !v->rows)
		return EXIT_FAILED;
	rc = get_samples(v);
	if (!rc)
		rc = compare_engines(v);
	if (!rc && !v->args->library)
		rc = compare_device(v, &absent);
	progress_clear();
	return rc ? rc : finish(v, absent.text, json);
}

static int verify_run(const void *settings, char **operands, int nr)
{
	const struct verify_args *a = settings;
	struct verify v = { .args = a, .model = operands[0] };
	struct out_file json;
	int rc;

	(void)nr;
	if (input_check(&cmd_verify, &a->input))
		return EXIT_USAGE;
	if (a->library && a->device)
		return misuse(&cmd_verify, "--library and --device exclude each other");
	if (a->quiet)
		progress_quiet();
	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	rc = run(&v, &json);
	out_file_close(&json);
	clear(&v.golden);
	json_decref(v.rows);
	free(v.x);
	axp_graph_free(v.graph);
	return rc;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "a model on device, library and softfp, compared",
	.operands = "MODEL",
	.about = "Runs a few samples through every engine of the library, with one thread and "
		 "with three, and through the device, and compares all bits of the outputs, "
		 "and counters and energy of each layer, with the golden engine softfp. Exit "
		 "status 3: all agree, but there is no device to compare.",
	.examples = "  axp verify small.onnx\n"
		    "  axp verify small.onnx --data csv:test.csv --samples 32\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct verify_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = 1,
	.run = verify_run,
};
