// SPDX-License-Identifier: BSD-2-Clause
/* Record: layers, settings and counters. */
#include <string.h>

#include "out.h"
#include "record.h"

static const char *gating_name(uint32_t flags)
{
	switch (flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT)) {
	case 0:
		return "none";
	case AXP_JOB_GATE_ACT:
		return "activations";
	case AXP_JOB_GATE_WGT:
		return "weights";
	default:
		return "both";
	}
}

/* NULL: none yet; else what all have, or "mixed" */
static void common(const char **all, const char *one)
{
	if (!*all)
		*all = one;
	else if (strcmp(*all, one))
		*all = "mixed";
}

/* @more into @object, which it is not part of any more; NULL: no memory */
static bool merge(json_t *object, json_t *more)
{
	bool done = more && !json_object_update(object, more);

	json_decref(more);
	return done;
}

bool record_settings(json_t *object, const struct axp_graph *graph, uint32_t preset,
		     uint32_t cam_class)
{
	const char *organisation = NULL, *accumulator = NULL, *gating = NULL;
	const char *presets = NULL, *classes = NULL;
	json_int_t lanes = 0;

	for (uint32_t i = 0; i < axp_graph_nr_layers(graph); i++) {
		struct axp_layer_info info;

		if (axp_graph_layer_info(graph, i, &info) || !info.k)
			continue;
		common(&organisation, axp_organisation_name(info.spec.organisation));
		common(&accumulator, axp_accumulator_name(info.spec.accumulator));
		common(&gating, gating_name(info.job_flags));
		common(&presets, axp_preset_name(preset ? preset : info.spec.preset));
		common(&classes, axp_cam_class_name(cam_class ? cam_class : info.spec.cam_class));
		if (lanes < info.spec.lanes)
			lanes = info.spec.lanes;
	}
	return merge(object, json_pack("{s:s?, s:s?, s:s?, s:s?, s:o, s:s?}",
				       "organisation", organisation, "preset", presets,
				       "cam_class", classes, "accumulator", accumulator,
				       "lanes", lanes ? json_integer(lanes) : json_null(),
				       "gating", gating));
}

static double pj(uint64_t fj)
{
	return fj / 1000.0;
}

/* 1 - part / whole, null when there is no whole */
static json_t *saving(uint64_t part, uint64_t whole)
{
	return whole ? json_real(1 - (double)part / (double)whole) : json_null();
}

bool record_stats(json_t *object, const struct axp_stats *stats, bool counted)
{
	if (!counted)
		return merge(object, json_pack("{s:I, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n}",
			"macs", (json_int_t)stats->macs, "gated", "hits_exact", "hits_approx",
			"misses", "searches", "zero_act", "clamped", "energy_pj", "program_pj",
			"baseline_pj", "baseline_gated_pj", "saving", "saving_vs_gated"));
	return merge(object, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o}",
		"macs", (json_int_t)stats->macs,
		"gated", (json_int_t)stats->gated,
		"hits_exact", (json_int_t)stats->hits_exact,
		"hits_approx", (json_int_t)stats->hits_approx,
		"misses", (json_int_t)stats->misses,
		"searches", (json_int_t)stats->searches,
		"zero_act", (json_int_t)stats->zero_act,
		"clamped", (json_int_t)stats->clamped,
		"energy_pj", pj(stats->energy_fj),
		"program_pj", pj(stats->program_fj),
		"baseline_pj", pj(stats->baseline_fj),
		"baseline_gated_pj", pj(stats->baseline_gated_fj),
		"saving", saving(stats->energy_fj, stats->baseline_fj),
		"saving_vs_gated", saving(stats->energy_fj, stats->baseline_gated_fj)));
}

json_t *record_layer(const struct axp_graph *graph, uint32_t layer)
{
	struct axp_layer_info info;
	json_t *object;
	bool tables;

	if (axp_graph_layer_info(graph, layer, &info))
		return NULL;
	tables = info.k > 0;
	object = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}",
			   "name", out_string(info.name), "op", info.op,
			   "k", (json_int_t)info.k, "rows", (json_int_t)info.rows,
			   "table_rows", (json_int_t)info.table_rows,
			   "key_bits", (json_int_t)info.key_bits,
			   "weights", (json_int_t)info.weights,
			   "macs_per_sample", (json_int_t)info.macs);
	if (object && !merge(object, json_pack("{s:s?, s:s?, s:o, s:s?}",
			"organisation", tables ? axp_organisation_name(info.spec.organisation) : NULL,
			"accumulator", tables ? axp_accumulator_name(info.spec.accumulator) : NULL,
			"lanes", tables ? json_integer(info.spec.lanes) : json_null(),
			"gating", tables ? gating_name(info.job_flags) : NULL))) {
		json_decref(object);
		object = NULL;
	}
	return object;
}
