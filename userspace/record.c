// SPDX-License-Identifier: BSD-2-Clause
/* Record: layers, settings and counters. */
#include <stdio.h>
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

const char *record_gating_text(const json_t *object)
{
	const char *gating = json_string_value(json_object_get(object, "gating"));

	if (!gating)
		return "nothing";
	return !strcmp(gating, "both") ? "activations and weights" :
	       !strcmp(gating, "none") ? "nothing" : gating;
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

/* what was pruned when @m was made; null: nothing. NULL: no memory */
static json_t *pruning(const struct axp_making *m)
{
	if (!(m->prune > 0))
		return json_null();
	return json_pack("{s:f, s:I, s:I}", "fraction", m->prune, "pruned", (json_int_t)m->pruned,
			 "weights", (json_int_t)m->weights);
}

void record_print_pruning(const json_t *object, int indent)
{
	const json_t *prune = json_object_get(object, "prune");
	double pruned = json_number_value(json_object_get(prune, "pruned"));
	double weights = json_number_value(json_object_get(prune, "weights"));

	if (!json_is_object(prune))
		return;
	printf("%-*s%.4g%% of the weights of each layer but the first and the last: %.0f of all %.0f "
	       "(%.1f%%)\n", indent, "pruning",
	       100 * json_number_value(json_object_get(prune, "fraction")), pruned, weights,
	       100 * pruned / weights);
}

/* what a search came to; null: nothing was searched. NULL: no memory */
static json_t *search(const struct axp_making *m)
{
	bool drop = m->max_drop > 0;

	if (!m->checked)
		return json_null();
	return json_pack("{s:s, s:f, s:f, s:s, s:f, s:f, s:I, s:I}",
			 "measure", drop ? "drop" : "kl", "bound", drop ? m->max_drop : m->max_kl,
			 "reached", drop ? m->drop : m->kl, "outputs", axp_outputs_name(m->outputs),
			 "max_kl", m->max_kl, "kl", m->kl, "calibrated", (json_int_t)m->calibrated,
			 "checked", (json_int_t)m->checked);
}

static const char *outputs_words(const json_t *search)
{
	static const struct { const char *name, *words; } all[] = {
		{ "scores", "scores" }, { "classes", "probabilities of classes" },
		{ "each", "a probability each" }, { "value", "one value" },
	};
	const char *name = json_string_value(json_object_get(search, "outputs"));

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (name && !strcmp(name, all[i].name))
			return all[i].words;
	return "?";
}

static double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

void record_print_search(const json_t *object, int indent)
{
	const json_t *s = json_object_get(object, "search");

	if (!json_is_object(s))
		return;
	printf("%-*s", indent, "search");
	if (!strcmp(json_string_value(json_object_get(s, "measure")), "drop"))
		printf("%.2f points lost, at most %g; ", number_of(s, "reached"),
		       number_of(s, "bound"));
	printf("divergence %.3g nat, at most %g (outputs as %s)\n"
	       "%*schecked on %.0f samples, calibrated on %.0f others\n",
	       number_of(s, "kl"), number_of(s, "max_kl"), outputs_words(s), indent, "",
	       number_of(s, "checked"), number_of(s, "calibrated"));
}

const char *record_saving_note(const json_t *object)
{
	return json_is_object(json_object_get(object, "prune")) ? ", with pruning" : "";
}

bool record_settings(json_t *object, const struct axp_graph *graph, uint32_t preset,
		     uint32_t cam_class)
{
	const char *organisation = NULL, *accumulator = NULL, *gating = NULL;
	const char *presets = NULL, *classes = NULL;
	struct axp_making making;
	json_int_t lanes = 0;

	axp_graph_making(graph, &making);
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
	if (!presets) {
		presets = axp_preset_name(preset ? preset : AXP_PRESET_S28);
		classes = axp_cam_class_name(cam_class ? cam_class : AXP_CAM_SILICON28);
	}
	return merge(object, json_pack("{s:s?, s:s?, s:s?, s:s?, s:o, s:s?, s:o, s:o}",
				       "organisation", organisation, "preset", presets,
				       "cam_class", classes, "accumulator", accumulator,
				       "lanes", lanes ? json_integer(lanes) : json_null(),
				       "gating", gating, "prune", pruning(&making),
				       "search", search(&making)));
}

/* 1 - part / whole, null when there is no whole */
static json_t *saving(uint64_t part, uint64_t whole)
{
	return whole ? json_real(1 - (double)part / (double)whole) : json_null();
}

bool record_stats(json_t *object, const struct axp_stats *stats, bool counted)
{
	const struct { const char *key; uint64_t n; } counts[] = {
		{ "gated", stats->gated }, { "hits_exact", stats->hits_exact },
		{ "hits_approx", stats->hits_approx }, { "misses", stats->misses },
		{ "searches", stats->searches }, { "zero_act", stats->zero_act },
		{ "clamped", stats->clamped },
	};
	const struct { const char *key; uint64_t fj; } energies[] = {
		{ "energy_pj", stats->energy_fj }, { "baseline_pj", stats->baseline_fj },
		{ "baseline_gated_pj", stats->baseline_gated_fj },
	};

	if (json_object_set_new(object, "macs", json_integer(stats->macs)))
		return false;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (json_object_set_new(object, counts[i].key,
					counted ? json_integer(counts[i].n) : json_null()))
			return false;
	for (size_t i = 0; i < sizeof(energies) / sizeof(energies[0]); i++)
		if (json_object_set_new(object, energies[i].key,
					counted ? json_real(energies[i].fj / 1000.0) : json_null()))
			return false;
	return !json_object_set_new(object, "saving",
				    saving(stats->energy_fj, counted ? stats->baseline_fj : 0)) &&
	       !json_object_set_new(object, "saving_vs_gated",
				    saving(stats->energy_fj,
					   counted ? stats->baseline_gated_fj : 0));
}

static bool set_name(json_t *object, const char *key, const char *name, bool known)
{
	return !json_object_set_new(object, key, known ? json_string(name) : json_null());
}

json_t *record_layer(const struct axp_graph *graph, uint32_t layer)
{
	struct axp_layer_info info;
	json_t *object, *lanes;
	bool tables;

	if (axp_graph_layer_info(graph, layer, &info))
		return NULL;
	tables = info.k > 0;
	lanes = tables ? json_integer(info.spec.lanes) : json_null();
	object = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}",
			   "name", out_string(info.name), "op", info.op,
			   "k", (json_int_t)info.k, "rows", (json_int_t)info.rows,
			   "table_rows", (json_int_t)info.table_rows,
			   "key_bits", (json_int_t)info.key_bits,
			   "weights", (json_int_t)info.weights,
			   "macs_per_sample", (json_int_t)info.macs);
	if (!object || json_object_set_new(object, "lanes", lanes) ||
	    json_object_set_new(object, "word_bits",
				tables ? json_integer(info.spec.word_bits) : json_null()) ||
	    !set_name(object, "organisation", axp_organisation_name(info.spec.organisation), tables) ||
	    !set_name(object, "accumulator", axp_accumulator_name(info.spec.accumulator), tables) ||
	    !set_name(object, "gating", gating_name(info.job_flags), tables)) {
		json_decref(object);
		return NULL;
	}
	return object;
}
