// SPDX-License-Identifier: BSD-2-Clause
/* axp info: the library, the device, a model. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cmd.h"
#include "out.h"
#include "record.h"
#include "run.h"

struct info_args {
	const char *device;
	const char *json;
};

static const struct arg args[] = {
	{ "device", 'd', "PATH", "Device file; it is then an error when it cannot be opened. "
	  "Default: /dev/axp.", ARG_TEXT, offsetof(struct info_args, device), 0, 0, NULL, false },
	{ "json", 0, "FILE", "Write the same as JSON; - is the standard output, which then "
	  "carries nothing else.",
	  ARG_TEXT, offsetof(struct info_args, json), 0, 0, NULL, false },
};

/* the names of the bits of @mask */
static json_t *names_of(uint64_t mask, uint32_t first, const char *(*name)(uint32_t))
{
	json_t *list = json_array();

	for (uint32_t i = first; i < 64; i++)
		if (mask & 1ULL << i && strcmp(name(i), "?"))
			json_array_append_new(list, json_string(name(i)));
	return list;
}

static json_t *engines(void)
{
	json_t *list = json_array();
	const char *name;

	for (uint32_t i = 0; (name = axp_engine_name(i)); i++)
		json_array_append_new(list, json_string(name));
	return list;
}

static json_t *library(void)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", axp_version(),
			 "engines", engines(),
			 "presets", names_of(~0ULL, 1, axp_preset_name),
			 "cam_classes", names_of(~0ULL, 1, axp_cam_class_name),
			 "organisations", names_of(~0ULL, 0, axp_organisation_name),
			 "accumulators", names_of(~0ULL, 0, axp_accumulator_name));
}

/* --- device ----------------------------------------------------------------- */

static const char *op_name(uint32_t op)
{
	static const char *const names[] = {
		[AXP_OP_DOT] = "dot", [AXP_OP_GEMM] = "gemm", [AXP_OP_CONV2D] = "conv2d",
	};

	return op < NR_ARGS(names) ? names[op] : "?";
}

/* the first line of an attribute of the device in sysfs, or null */
static json_t *attribute(const struct stat *node, const char *name)
{
	char path[128], line[128] = "";
	long long value;
	FILE *file;
	char *end;

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/%s", major(node->st_rdev),
		 minor(node->st_rdev), name);
	file = fopen(path, "r");
	if (!file)
		return json_null();
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	errno = 0;
	value = strtoll(line, &end, 10);
	if (end > line && !*end && !errno)
		return json_integer(value);
	return out_string(line);
}

static json_t *device_limits(const struct axp_caps *caps)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "max_macs_per_job", (json_int_t)caps->max_macs_per_job,
			 "max_bytes", (json_int_t)caps->max_bytes,
			 "max_lanes", (json_int_t)caps->max_lanes,
			 "max_cam_rows", (json_int_t)caps->max_cam_rows,
			 "max_key_bits", (json_int_t)caps->max_key_bits,
			 "max_lut_words", (json_int_t)caps->max_lut_words,
			 "max_objects", (json_int_t)caps->max_objects,
			 "max_jobs_per_submit", (json_int_t)caps->max_jobs_per_submit,
			 "max_inflight", (json_int_t)caps->max_inflight);
}

static json_t *device_totals(const struct stat *node)
{
	static const char *const names[] = {
		"macs", "gated", "hits", "hits_approx", "misses", "searches", "jobs",
		"busy_time_us", "energy_uj", "baseline_energy_uj", "baseline_gated_energy_uj",
	};
	json_t *totals = json_object();

	for (size_t i = 0; i < NR_ARGS(names); i++)
		json_object_set_new(totals, names[i], attribute(node, names[i]));
	return totals;
}

static json_t *device_record(struct axp_device *device, const char *path)
{
	const struct axp_caps *caps = axp_device_caps(device);
	struct stat node = { 0 };
	char engine[sizeof(caps->engine) + 1] = "";

	memcpy(engine, caps->engine, sizeof(caps->engine));
	if (fstat(axp_device_fd(device), &node))
		node.st_rdev = 0;
	return json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:o}",
			 "path", out_string(path), "engine", out_string(engine),
			 "processing_elements", (json_int_t)caps->nr_pe,
			 "features", (json_int_t)caps->features,
			 "operations", names_of(caps->op_mask, 0, op_name),
			 "accumulators", names_of(caps->acc_mask, 0, axp_accumulator_name),
			 "organisations", names_of(caps->org_mask, 0, axp_organisation_name),
			 "presets", names_of(caps->preset_mask, 1, axp_preset_name),
			 "cam_classes", names_of(caps->cam_class_mask, 1, axp_cam_class_name),
			 "limits", device_limits(caps),
			 "energy_model", "preset", attribute(&node, "energy_model/preset"),
			 "cam_class", attribute(&node, "energy_model/cam_class"),
			 "totals", device_totals(&node));
}

/* @asked: the user named the device, so that it has to be there */
static int add_device(json_t *record, const char *path, bool asked)
{
	struct axp_diag diag = { .text = "" };
	struct axp_device *device;
	int rc = axp_device_open(&device, path, &diag);
	const char *shown = path ? path : "/dev/axp";
	json_t *object;

	if (rc && !diag.text[0])
		snprintf(diag.text, sizeof(diag.text), "%s: %s", shown, strerror(-rc));
	if (rc && asked)
		return fail("%s", diag.text);
	if (rc) {
		object = json_pack("{s:o, s:o}", "path", out_string(shown),
				   "error", out_string(diag.text));
	} else {
		object = device_record(device, shown);
		axp_device_close(device);
	}
	if (json_object_set_new(record, "device", object))
		return fail("no memory for the report");
	return 0;
}

/* --- model ------------------------------------------------------------------ */

static int add_model(json_t *record, const char *path)
{
	static const char *const keys[] = {
		"axp.format", "axp.input.data", "axp.input.scale", "axp.input.mean",
		"axp.input.std", "axp.input.image", "axp.input.audio", "axp.classes",
	};
	struct axp_graph *graph = run_read(path);
	json_t *model, *dims, *layers, *metadata;
	uint64_t d[7], macs = 0, weights = 0;
	bool good;

	if (!graph)
		return EXIT_FAILED;
	dims = json_array();
	layers = json_array();
	metadata = json_object();
	for (uint32_t i = 0, n = axp_graph_input_dims(graph, d); i < n; i++)
		json_array_append_new(dims, json_integer(d[i]));
	for (uint32_t i = 0; i < axp_graph_nr_layers(graph); i++) {
		struct axp_layer_info info;

		json_array_append_new(layers, record_layer(graph, i));
		if (axp_graph_layer_info(graph, i, &info))
			continue;
		macs += info.macs;
		weights += info.weights;
	}
	for (size_t i = 0; i < NR_ARGS(keys); i++)
		if (axp_graph_metadata(graph, keys[i]))
			json_object_set_new(metadata, keys[i],
					    out_string(axp_graph_metadata(graph, keys[i])));
	model = json_pack("{s:o, s:b, s:o, s:I, s:I, s:I, s:o}", "path", out_string(path),
			  "compiled", axp_graph_is_compiled(graph), "input", dims,
			  "outputs", (json_int_t)axp_graph_output_elems(graph),
			  "macs_per_sample", (json_int_t)macs, "weights", (json_int_t)weights,
			  "metadata", metadata);
	good = model && record_settings(model, graph, 0, 0) &&
	       !json_object_set_new(model, "layers", layers) &&
	       !json_object_set(record, "model", model);
	json_decref(model);
	axp_graph_free(graph);
	return good ? 0 : fail("%s: no memory for the report", path);
}

/* --- text ------------------------------------------------------------------- */

static void print_words(const char *title, const json_t *list)
{
	const json_t *word;
	size_t i;

	printf("%-16s", title);
	json_array_foreach(list, i, word)
		printf("%s%s", i ? ", " : "", json_string_value(word));
	putchar('\n');
}

static void print_library(const json_t *library)
{
	printf("%-16slibaxp %s\n", "library",
	       json_string_value(json_object_get(library, "version")));
	print_words("engines", json_object_get(library, "engines"));
	print_words("accumulators", json_object_get(library, "accumulators"));
	print_words("organisations", json_object_get(library, "organisations"));
	print_words("presets", json_object_get(library, "presets"));
	print_words("CAM classes", json_object_get(library, "cam_classes"));
}

static void print_keys(const char *title, const json_t *object)
{
	const char *key;
	json_t *value;
	size_t i = 0;

	json_object_foreach((json_t *)object, key, value) {
		char text[64];

		out_value(text, sizeof(text), value,
			  json_is_integer(value) ? OUT_COUNT : OUT_TEXT);
		printf("%-16s%-26s %s\n", i++ ? "" : title, key, text);
	}
}

static void print_device(const json_t *device)
{
	const json_t *error = json_object_get(device, "error");

	if (error) {
		printf("device          none: %s\n", json_string_value(error));
		return;
	}
	printf("device          %s: engine %s, %" JSON_INTEGER_FORMAT " worker threads\n",
	       json_string_value(json_object_get(device, "path")),
	       json_string_value(json_object_get(device, "engine")),
	       json_integer_value(json_object_get(device, "processing_elements")));
	print_words("operations", json_object_get(device, "operations"));
	print_words("accumulators", json_object_get(device, "accumulators"));
	print_words("organisations", json_object_get(device, "organisations"));
	print_words("presets", json_object_get(device, "presets"));
	print_words("CAM classes", json_object_get(device, "cam_classes"));
	print_keys("energy model", json_object_get(device, "energy_model"));
	print_keys("limits", json_object_get(device, "limits"));
	print_keys("totals", json_object_get(device, "totals"));
}

static const struct out_column columns[] = {
	{ "name", "layer", OUT_TEXT, NULL },
	{ "op", "op", OUT_TEXT, NULL },
	{ "weights", "weights", OUT_COUNT, NULL },
	{ "macs_per_sample", "MACs", OUT_COUNT, NULL },
	{ "k", "K", OUT_COUNT, NULL },
	{ "rows", "CAM rows", OUT_COUNT, NULL },
	{ "key_bits", "key bits", OUT_COUNT, NULL },
	{ "table_rows", "table rows", OUT_COUNT, NULL },
	{ "lanes", "lanes", OUT_COUNT, NULL },
	{ "organisation", "organisation", OUT_TEXT, NULL },
	{ "accumulator", "accumulator", OUT_TEXT, NULL },
};

#define PLAIN_COLUMNS	4	/* without tables */

static void print_model(const json_t *model)
{
	bool compiled = json_is_true(json_object_get(model, "compiled"));
	const json_t *dim;
	json_t *total;
	size_t i;

	printf("model           %s: %s\n", json_string_value(json_object_get(model, "path")),
	       compiled ? "compiled" : "not compiled");
	printf("%-16s", "input");
	json_array_foreach(json_object_get(model, "input"), i, dim)
		printf("%s%" JSON_INTEGER_FORMAT, i ? " x " : "", json_integer_value(dim));
	printf("\n%-16s%" JSON_INTEGER_FORMAT "\n", "outputs",
	       json_integer_value(json_object_get(model, "outputs")));
	if (compiled)
		printf("%-16spreset %s, CAM class %s, zero gating of %s\n", "tables",
		       json_string_value(json_object_get(model, "preset")),
		       json_string_value(json_object_get(model, "cam_class")),
		       record_gating_text(model));
	record_print_pruning(model, 16);
	record_print_search(model, 16);
	print_keys("metadata", json_object_get(model, "metadata"));
	putchar('\n');
	total = json_pack("{s:s, s:O, s:O}", "name", "total",
			  "weights", json_object_get(model, "weights"),
			  "macs_per_sample", json_object_get(model, "macs_per_sample"));
	out_table(stdout, columns, compiled ? NR_ARGS(columns) : PLAIN_COLUMNS,
		  json_object_get(model, "layers"), total);
	json_decref(total);
}

static int info_run(const void *settings, char **operands, int nr)
{
	const struct info_args *a = settings;
	struct out_file json;
	json_t *record;
	int rc = 0;

	if (out_file_open(&json, a->json))
		return EXIT_FAILED;
	record = json_object();
	if (!record)
		rc = fail("no memory for the report");
	for (int i = 0; !rc && i < nr; i++)
		rc = add_model(record, operands[i]);
	if (!rc && !nr && json_object_set_new(record, "library", library()))
		rc = fail("no memory for the report");
	if (!rc && (!nr || a->device))
		rc = add_device(record, a->device, a->device);
	if (!rc && !out_file_is_stdout(&json)) {
		if (json_object_get(record, "library"))
			print_library(json_object_get(record, "library"));
		if (json_object_get(record, "device"))
			print_device(json_object_get(record, "device"));
		if (json_object_get(record, "model"))
			print_model(json_object_get(record, "model"));
	}
	if (!rc)
		rc = out_file_write(&json, record);
	out_file_close(&json);
	json_decref(record);
	return rc;
}

const struct command cmd_info = {
	.name = "info",
	.summary = "what a model, the device and the library can do",
	.operands = "[MODEL]",
	.about = "Without MODEL: the engines, presets and organisations of the library and, when "
		 "the device is there, its capabilities, limits, energy model and totals. With "
		 "MODEL: its layers and tables.",
	.examples = "  axp info\n"
		    "  axp info small.onnx\n"
		    "  axp info --device /dev/axp --json -\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct info_args),
	.defaults = NULL,
	.min_operands = 0,
	.max_operands = 1,
	.run = info_run,
};
