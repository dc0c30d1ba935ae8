// SPDX-License-Identifier: BSD-2-Clause
/*
 * Report: layers and summary of a run, as JSON.
 */
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

static const char *const fields[] = {
	"dense_geomean", "fixed_geomean", "zeros50_geomean", "depthwise", "fc_batch1",
	"avx2_geomean", "kernel_over_library", "two_threads", "ioctl_overhead_us",
	"resnet8_over_onednn",
	/* not asked for, worth knowing */
	"dense_rounded_geomean", "softfp_over_naive", "resnet8_layers_over_onednn",
};

void report_init(struct report *r)
{
	size_t i;

	r->layers = need(json_array());
	r->summary = need(json_object());
	r->missing = need(json_object());
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		json_object_set_new(r->summary, fields[i], json_null());
}

void report_set(struct report *r, const char *field, double value)
{
	if (json_object_set_new(r->summary, field, need(json_real(value))))
		fail("a figure is no number", 0);
	json_object_del(r->missing, field);
}

void report_missing(struct report *r, const char *field, const char *why)
{
	json_object_set_new(r->missing, field, need(json_string(why)));
}

void report_add(struct report *r, const char *path)
{
	json_t *root, *value, *layers;
	json_error_t error;
	const char *field;

	root = json_load_file(path, 0, &error);
	layers = json_object_get(root, "layers");
	if (!json_is_array(layers) || !json_is_object(json_object_get(root, "summary"))) {
		fprintf(stderr, "bench: error: %s is no report: %s\n", path, error.text);
		exit(1);
	}
	json_array_extend(r->layers, layers);
	json_object_foreach(json_object_get(root, "summary"), field, value)
		if (json_is_number(value) && json_is_null(json_object_get(r->summary, field)))
			report_set(r, field, json_number_value(value));
	/* reasons of a mode that ran say more than that it did not run here */
	json_object_foreach(json_object_get(root, "missing"), field, value)
		if (json_is_null(json_object_get(r->summary, field)) &&
		    !json_object_get(r->missing, field))
			json_object_set(r->missing, field, value);
	json_decref(root);
}

/* what /proc/cpuinfo calls the processor; not everywhere does it */
static json_t *processor(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256], name[128];
	json_t *found = NULL;

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "model name : %127[^\n]", name) == 1)
			found = json_string(name);
	if (file)
		fclose(file);
	return found ? found : json_null();
}

static json_t *machine(void)
{
	const dnnl_version_t *v = dnnl_version();
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", v->major, v->minor, v->patch);
	return need(json_pack("{s:o, s:i, s:s, s:s}", "processor", processor(), "processors",
			      (int)sysconf(_SC_NPROCESSORS_ONLN), "onednn", version, "engine",
			      axp_engine_select(NULL)->name));
}

void report_write(struct report *r, const char *path)
{
	json_t *value, *root;
	const char *field;

	json_object_foreach(r->summary, field, value) {
		if (!json_is_null(value)) {
			printf("%-27s %.3f\n", field, json_real_value(value));
			continue;
		}
		if (!json_object_get(r->missing, field))
			report_missing(r, field, "its mode was not run");
		printf("%-27s not measured: %s\n", field,
		       json_string_value(json_object_get(r->missing, field)));
	}
	if (!path)
		return;
	root = need(json_pack("{s:o, s:O, s:O, s:O}", "machine", machine(), "layers",
			      r->layers, "summary", r->summary, "missing", r->missing));
	if (json_dump_file(root, path, JSON_INDENT(1))) {
		fprintf(stderr, "bench: error: %s cannot be written\n", path);
		exit(1);
	}
	json_decref(root);
}
