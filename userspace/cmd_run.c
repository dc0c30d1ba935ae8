// SPDX-License-Identifier: BSD-2-Clause
/* axp run: any graph, once, on whole tensors. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "out.h"
#include "run.h"

struct tensors_args {
	struct texts inputs;
	const char *output;
	const char *json;
	struct run_args run;
};

static const struct tensors_args defaults = { .run = RUN_DEFAULTS };

static const struct arg args[] = {
	{ "input", 'i', "NAME=FILE", "Tensor of the input NAME: a .npy array, or an ONNX "
	  "TensorProto (.pb). Once for every input of the graph.",
	  ARG_TEXTS, offsetof(struct tensors_args, inputs), 0, 0, NULL, false },
	{ "output", 'o', "DIR", "Folder for the outputs, each as NAME.npy; made when it is "
	  "missing. A / in a name becomes _. Default: outputs are not written.",
	  ARG_TEXT, offsetof(struct tensors_args, output), 0, 0, NULL, false },
	RUN_WHERE_ARGS(struct tensors_args, run),
	{ "json", 0, "FILE", "Write what was run as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct tensors_args, json), 0, 0, NULL, false },
};

/**
 * struct job - a graph, its inputs and outputs
 * @args: options
 * @model: path
 * @names: of the inputs, owned
 * @tensors: inputs, owned
 * @inputs: both
 * @graph: of @model
 * @session: on the chosen backend
 * @opts: how it runs
 * @outputs: of the run, owned
 * @files: one for each output, owned; NULL when they are not written
 * @nr: number of outputs
 */
struct job {
	const struct tensors_args *args;
	const char *model;
	char *names[TEXTS_MAX];
	struct axp_tensor *tensors[TEXTS_MAX];
	struct axp_named_tensor inputs[TEXTS_MAX];
	struct axp_graph *graph;
	struct axp_session *session;
	struct axp_session_opts opts;
	struct axp_tensor **outputs;
	char **files;
	uint32_t nr;
};

static int read_inputs(struct job *job)
{
	const struct texts *list = &job->args->inputs;
	struct axp_diag diag = { .text = "" };
	int rc;

	for (uint32_t i = 0; i < list->n; i++) {
		const char *eq = strchr(list->v[i], '=');

		job->names[i] = strndup(list->v[i], (size_t)(eq - list->v[i]));
		if (!job->names[i])
			return fail("no memory for the inputs");
		rc = axp_tensor_read(&job->tensors[i], eq + 1, &diag);
		if (rc)
			return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
		job->inputs[i] = (struct axp_named_tensor){ job->names[i], job->tensors[i] };
	}
	return 0;
}

static int read_model(struct job *job)
{
	AXP_OPTS(struct axp_onnx_opts, opts);
	struct axp_diag diag = { .text = "" };
	int rc;

	opts.inputs = job->inputs;
	opts.nr_inputs = job->args->inputs.n;
	opts.tensors = true;
	rc = axp_onnx_read(&job->graph, job->model, &opts, &diag);
	if (rc && diag.text[0])
		return fail("%s", diag.text);
	return rc ? fail("%s: %s", job->model, strerror(-rc)) : 0;
}

/* names of outputs are any text: a file of it stays inside the folder */
static char *file_of(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + sizeof("/_.npy");
	char *path = malloc(size), *c;

	if (!path)
		return NULL;
	snprintf(path, size, "%s/%s%s.npy", folder, name[0] == '.' ? "_" : "", name);
	for (c = path + strlen(folder) + 1; *c; c++)
		if (*c == '/')
			*c = '_';
	return path;
}

static int name_files(struct job *job)
{
	job->nr = axp_graph_nr_outputs(job->graph);
	job->outputs = calloc(job->nr, sizeof(struct axp_tensor *));
	job->files = calloc(job->nr, sizeof(char *));
	if (!job->outputs || !job->files)
		return fail("no memory for %u outputs", job->nr);
	for (uint32_t i = 0; i < job->nr && job->args->output; i++) {
		struct axp_port port;

		if (axp_graph_output(job->graph, i, &port))
			return fail("%s: output %u is missing", job->model, i);
		job->files[i] = file_of(job->args->output, port.name);
		if (!job->files[i])
			return fail("no memory for %u outputs", job->nr);
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(job->files[i], job->files[j]))
				return fail("%s: two outputs would be written to %s", job->model,
					    job->files[i]);
	}
	return 0;
}

static int compute(struct job *job)
{
	struct axp_diag diag = { .text = "" };
	int rc;

	rc = run_open(&job->session, &job->opts, &job->args->run, job->graph, job->model);
	if (rc)
		return rc;
	rc = axp_session_run_tensors(job->session, job->inputs, job->args->inputs.n,
				     job->outputs, &diag);
	if (rc)
		return fail("%s: %s", job->model, diag.text[0] ? diag.text : strerror(-rc));
	return 0;
}

static int write_outputs(const struct job *job)
{
	const char *folder = job->args->output;
	struct axp_diag diag = { .text = "" };
	int rc;

	if (!folder)
		return 0;
	if (mkdir(folder, 0777) && errno != EEXIST)
		return fail("%s: %s", folder, strerror(errno));
	for (uint32_t i = 0; i < job->nr; i++) {
		rc = axp_tensor_write(job->outputs[i], job->files[i], &diag);
		if (rc)
			return fail("%s", diag.text[0] ? diag.text : strerror(-rc));
	}
	return 0;
}

static json_t *shape_of(const struct axp_tensor *tensor)
{
	uint64_t dims[8];
	uint32_t nr = axp_tensor_dims(tensor, dims);
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < nr; i++)
		json_array_append_new(list, json_integer((json_int_t)dims[i]));
	return list;
}

static json_t *record_of(const struct job *job)
{
	json_t *list = json_array();
	uint64_t bytes, live;

	for (uint32_t i = 0; i < job->nr; i++) {
		const struct axp_tensor *t = job->outputs[i];
		struct axp_port port;

		if (axp_graph_output(job->graph, i, &port))
			continue;
		json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o}",
			"name", out_string(port.name),
			"type", axp_dtype_name((int)axp_tensor_dtype(t)), "shape", shape_of(t),
			"file", job->files[i] ? out_string(job->files[i]) : json_null()));
	}
	axp_session_memory(job->session, &bytes, &live);
	return json_pack("{s:o, s:s, s:o, s:I, s:I, s:I, s:o}", "model", out_string(job->model),
			 "backend", run_backend_name(job->opts.backend),
			 "engine", out_string(axp_session_engine(job->session)),
			 "layers", (json_int_t)axp_graph_nr_layers(job->graph),
			 "memory_bytes", (json_int_t)bytes, "live_bytes", (json_int_t)live,
			 "outputs", list);
}

static void print_outputs(const json_t *record)
{
	const json_t *output, *dim;
	size_t i, j;

	json_array_foreach(json_object_get(record, "outputs"), i, output) {
		const char *file = json_string_value(json_object_get(output, "file"));

		printf("%s: %s [", json_string_value(json_object_get(output, "name")),
		       json_string_value(json_object_get(output, "type")));
		json_array_foreach(json_object_get(output, "shape"), j, dim)
			printf("%s%" JSON_INTEGER_FORMAT, j ? ", " : "", json_integer_value(dim));
		printf("]%s%s\n", file ? ", " : "", file ? file : "");
	}
}

static void release(struct job *job)
{
	for (uint32_t i = 0; i < job->args->inputs.n; i++) {
		axp_tensor_free(job->tensors[i]);
		free(job->names[i]);
	}
	for (uint32_t i = 0; i < job->nr; i++) {
		if (job->outputs)
			axp_tensor_free(job->outputs[i]);
		if (job->files)
			free(job->files[i]);
	}
	free(job->outputs);
	free(job->files);
	axp_session_close(job->session);
	axp_graph_free(job->graph);
	free(job);
}

static int check(const struct tensors_args *a)
{
	for (uint32_t i = 0; i < a->inputs.n; i++) {
		const char *eq = strchr(a->inputs.v[i], '=');

		if (!eq || eq == a->inputs.v[i] || !eq[1])
			return misuse(&cmd_run, "--input '%s': NAME=FILE is needed",
				      a->inputs.v[i]);
	}
	return run_check(&cmd_run, &a->run);
}

static int run_run(const void *settings, char **operands, int nr)
{
	const struct tensors_args *a = settings;
	struct out_file json;
	json_t *record = NULL;
	struct job *job;
	int rc;

	(void)nr;
	if (check(a))
		return EXIT_USAGE;
	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	job = calloc(1, sizeof(*job));
	if (!job) {
		out_file_close(&json);
		return fail("no memory");
	}
	job->args = a;
	job->model = operands[0];
	rc = read_inputs(job);
	if (!rc)
		rc = read_model(job);
	if (!rc)
		rc = name_files(job);
	if (!rc)
		rc = compute(job);
	if (!rc)
		rc = write_outputs(job);
	if (!rc) {
		record = record_of(job);
		if (!record)
			rc = fail("no memory for the answers");
	}
	if (!rc && !out_file_is_stdout(&json))
		print_outputs(record);
	if (!rc)
		rc = out_file_write(&json, record);
	out_file_close(&json);
	json_decref(record);
	release(job);
	return rc;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run any graph on tensors",
	.operands = "MODEL",
	.about = "Runs MODEL once on the tensors given for its inputs and writes each output as "
		 "a .npy file. Any graph of supported operators will do, with any number of "
		 "inputs and outputs of any type and shape, compiled or not.",
	.examples = "  axp run net.onnx --input x=x.npy --output out\n"
		    "  axp run net.onnx -i image=input_0.pb -i size=input_1.pb -o out --backend fp32\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct tensors_args),
	.defaults = &defaults,
	.min_operands = 1,
	.max_operands = 1,
	.run = run_run,
};
