// SPDX-License-Identifier: BSD-2-Clause
/* axp infer: what a model says about pictures, sound and arrays. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "input.h"
#include "out.h"
#include "progress.h"
#include "run.h"

#define MAX_INPUTS	1000000
#define MAX_ELEMS	268435456ULL	/* of an input or an output */

struct infer_args {
	const char *json;
	uint64_t top;
	struct run_args run;
	struct input_args input;
};

static const struct infer_args defaults = { .run = RUN_DEFAULTS, .top = 3 };

static const struct arg args[] = {
	RUN_ARGS(struct infer_args, run),
	{ "top", 't', "N", "Classes to print. Default: 3.",
	  ARG_COUNT, offsetof(struct infer_args, top), 1, 65536, NULL, false },
	INPUT_ARGS(struct infer_args, input),
	{ "json", 0, "FILE", "Write the answers as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct infer_args, json), 0, 0, NULL, false },
};

/**
 * struct infer - a model and its input and output of one sample
 * @args: options
 * @model: path
 * @graph: of @model
 * @session: on the chosen backend
 * @opts: how it runs
 * @x: input
 * @y: output, then probabilities
 * @nr: elements of @y
 * @order: classes, most probable first
 */
struct infer {
	const struct infer_args *args;
	const char *model;
	struct axp_graph *graph;
	struct axp_session *session;
	struct axp_session_opts opts;
	float *x;
	float *y;
	uint64_t nr;
	uint32_t *order;
};

/* do the outputs already add up to one? else softmax */
static void to_probabilities(float *y, uint64_t nr)
{
	double sum = 0, top = y[0];
	bool negative = false;

	for (uint64_t i = 0; i < nr; i++) {
		sum += y[i];
		negative |= y[i] < 0;
		if (y[i] > top)
			top = y[i];
	}
	if (!negative && fabs(sum - 1) < 1e-3)
		return;
	sum = 0;
	for (uint64_t i = 0; i < nr; i++)
		sum += exp((double)y[i] - top);
	for (uint64_t i = 0; i < nr; i++)
		y[i] = exp((double)y[i] - top) / sum;
}

static int before(const void *a, const void *b, void *y)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const float *p = y;

	if (p[i] != p[j])
		return p[i] > p[j] ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* name @class of the list with commas @text, null without one */
static json_t *class_name(const char *text, uint32_t class)
{

	for (uint32_t i = 0; text && i < class; i++) {
		text = strchr(text, ',');
		if (text)
			text++;
	}
	if (!text || !*text)
		return json_null();
	return json_stringn(text, strcspn(text, ","));
}

static json_t *answers(const struct infer *infer)
{
	const char *names = input_classes(&infer->args->input, infer->graph);
	json_t *list = json_array();

	for (uint64_t i = 0; list && i < infer->args->top && i < infer->nr; i++) {
		uint32_t class = infer->order[i];
		json_t *answer = json_pack("{s:I, s:o, s:f}", "class", (json_int_t)class,
					   "name", class_name(names, class),
					   "probability", (double)infer->y[class]);

		if (json_array_append_new(list, answer)) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

/* a record of @path into @list; 0 or EXIT_FAILED after saying why */
static int classify(struct infer *infer, const char *path, json_t *list)
{
	struct axp_diag diag = { .text = "" };
	struct axp_dataset_opts input;
	int rc;

	if (input_opts(&input, &infer->args->input, infer->graph, infer->model, path))
		return EXIT_FAILED;
	rc = axp_input_read(path, &input, infer->x, &diag);
	if (!rc)
		rc = axp_session_run(infer->session, infer->x, 1, infer->y, &diag);
	if (rc && diag.text[0])
		return fail("%s", diag.text);
	if (rc)
		return fail("%s: %s", path, strerror(-rc));
	for (uint64_t i = 0; i < infer->nr; i++) {
		if (!isfinite(infer->y[i]))
			return fail("%s: output %" PRIu64 " of the net is no finite number", path,
				    i);
		infer->order[i] = i;
	}
	to_probabilities(infer->y, infer->nr);
	qsort_r(infer->order, infer->nr, sizeof(infer->order[0]), before, infer->y);
	if (json_array_append_new(list, json_pack("{s:o, s:o}", "input", out_string(path),
						  "classes", answers(infer))))
		return fail("%s: no memory for the answer", path);
	return 0;
}

static int prepare(struct infer *infer)
{
	uint64_t dims[7], elems = 1;
	uint32_t nr_dims;

	infer->graph = run_read(infer->model);
	if (!infer->graph)
		return EXIT_FAILED;
	nr_dims = axp_graph_input_dims(infer->graph, dims);
	for (uint32_t i = 0; i < nr_dims; i++)
		if (__builtin_mul_overflow(elems, dims[i], &elems) || elems > MAX_ELEMS)
			return fail("%s: its input has more than %llu elements", infer->model,
				    MAX_ELEMS);
	infer->nr = axp_graph_output_elems(infer->graph);
	if (!elems || !infer->nr || infer->nr > MAX_ELEMS)
		return fail("%s: %" PRIu64 " elements of output, 1 to %llu are needed",
			    infer->model, infer->nr, MAX_ELEMS);
	infer->x = calloc(elems, sizeof(float));
	infer->y = calloc(infer->nr, sizeof(float));
	infer->order = calloc(infer->nr, sizeof(uint32_t));
	if (!infer->x || !infer->y || !infer->order)
		return fail("%s: no memory for its input and output", infer->model);
	return run_open(&infer->session, &infer->opts, &infer->args->run, infer->graph,
			infer->model);
}

static void release(struct infer *infer)
{
	free(infer->order);
	free(infer->y);
	free(infer->x);
	axp_session_close(infer->session);
	axp_graph_free(infer->graph);
}

static void print_answers(const json_t *list)
{
	const json_t *record, *answer;
	size_t i, j;

	json_array_foreach(list, i, record) {
		printf("%s:", json_string_value(json_object_get(record, "input")));
		json_array_foreach(json_object_get(record, "classes"), j, answer) {
			const char *name = json_string_value(json_object_get(answer, "name"));

			if (name)
				printf("%s %s", j ? "," : "", name);
			else
				printf("%s class %" JSON_INTEGER_FORMAT, j ? "," : "",
				       json_integer_value(json_object_get(answer, "class")));
			printf(" %.2f%%",
			       100 * json_number_value(json_object_get(answer, "probability")));
		}
		putchar('\n');
	}
}

static int infer_run(const void *settings, char **operands, int nr)
{
	const struct infer_args *a = settings;
	struct infer infer = { .args = a, .model = operands[0] };
	struct out_file json;
	json_t *list = NULL, *record = NULL;
	int rc;

	if (run_check(&cmd_infer, &a->run) || input_check(&cmd_infer, &a->input))
		return EXIT_USAGE;
	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	rc = prepare(&infer);
	list = json_array();
	for (int i = 1; !rc && i < nr; i++)
		rc = classify(&infer, operands[i], list);
	if (!rc) {
		record = json_pack("{s:o, s:s, s:o, s:O}", "model", out_string(infer.model),
				   "backend", run_backend_name(infer.opts.backend),
				   "engine", out_string(axp_session_engine(infer.session)),
				   "inputs", list);
		if (!record)
			rc = fail("no memory for the answers");
	}
	if (!rc && !out_file_is_stdout(&json))
		print_answers(list);
	if (!rc)
		rc = out_file_write(&json, record);
	out_file_close(&json);
	json_decref(record);
	json_decref(list);
	release(&infer);
	return rc;
}

const struct command cmd_infer = {
	.name = "infer",
	.summary = "classify pictures, sound and arrays",
	.operands = "MODEL INPUT...",
	.about = "Runs each INPUT (a PNG, JPEG, PGM or PPM picture, a WAV file, or a .npy "
		 "array) through MODEL and prints the most probable classes. Pictures are resized "
		 "to what the net takes, sound goes through the front end stored in MODEL. When the outputs of the net do not add up to one they go through "
		 "a softmax.",
	.examples = "  axp infer small.onnx seven.png\n"
		    "  axp infer small.onnx --top 5 --json - photos/*.jpg\n"
		    "  axp infer digits.axp.onnx seven.wav\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct infer_args),
	.defaults = &defaults,
	.min_operands = 2,
	.max_operands = MAX_INPUTS,
	.run = infer_run,
};
