// SPDX-License-Identifier: BSD-2-Clause
/* Price: parts, savings and comparisons of one run, under one or every preset. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "out.h"
#include "price.h"
#include "record.h"

static const char *preset_word(uint32_t number)
{
	if (number == PRICE_ALL_PRESETS)
		return "all";
	return number < PRICE_ALL_PRESETS ? axp_preset_name(number) : "?";
}

static int preset_number(const char *word)
{
	int number = axp_preset_from_name(word);

	if (!strcmp(word, "all"))
		return PRICE_ALL_PRESETS;
	return number < PRICE_ALL_PRESETS ? number : -EINVAL;
}

static const char *class_word(uint32_t number)
{
	return number == PRICE_ALL_CLASSES ? "all" : axp_cam_class_name(number);
}

static int class_number(const char *word)
{
	return strcmp(word, "all") ? axp_cam_class_from_name(word) : PRICE_ALL_CLASSES;
}

const struct arg_names price_presets = { preset_number, preset_word, 1 };
const struct arg_names price_cam_classes = { class_number, class_word, 1 };

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *ratio(uint64_t part, uint64_t whole)
{
	return whole ? json_real((double)part / (double)whole) : json_null();
}

/* 1 - part / whole */
static json_t *saving(uint64_t part, uint64_t whole)
{
	return whole ? json_real(1 - (double)part / (double)whole) : json_null();
}

static bool add_price(json_t *object, const struct axp_price *p, bool counted)
{
	const struct { const char *key; uint64_t n; } counts[] = {
		{ "macs", p->macs }, { "active", p->active }, { "hits", p->hits },
		{ "weight_bits", p->weight_bits }, { "weight_bits_f32", p->weight_bits_f32 },
	};
	const struct { const char *key; uint64_t fj; } energies[] = {
		{ "search_pj", p->search_fj }, { "lut_pj", p->lut_fj }, { "mul_pj", p->mul_fj },
		{ "add_pj", p->add_fj }, { "convert_pj", p->convert_fj },
		{ "zero_pj", p->zero_fj }, { "program_pj", p->program_fj },
		{ "energy_pj", p->energy_fj }, { "baseline_pj", p->baseline_fj },
		{ "baseline_gated_pj", p->baseline_gated_fj }, { "ungated_pj", p->ungated_fj },
	};
	const struct { const char *key; json_t *value; } ratios[] = {
		{ "saving", saving(p->energy_fj, p->baseline_fj) },
		{ "saving_vs_gated", counted ? saving(p->energy_fj, p->baseline_gated_fj) :
					       json_null() },
		{ "saving_ungated", saving(p->ungated_fj, p->baseline_fj) },
		{ "hit_rate", ratio(p->hits, p->active) },
		{ "break_even", real(axp_price_break_even(p)) },
		{ "memory_saving", saving(p->weight_bits, p->weight_bits_f32) },
		{ "mac_pj", p->macs ? real(p->energy_fj / 1000.0 / (double)p->macs) : json_null() },
	};
	bool good = true;

	for (size_t i = 0; i < NR_ARGS(counts); i++)
		good &= !json_object_set_new(object, counts[i].key, json_integer(counts[i].n));
	for (size_t i = 0; i < NR_ARGS(energies); i++)
		good &= !json_object_set_new(object, energies[i].key,
					     json_real(energies[i].fj / 1000.0));
	for (size_t i = 0; i < NR_ARGS(ratios); i++)
		good &= !json_object_set_new(object, ratios[i].key, ratios[i].value);
	return good;
}

/* MACs of other formats, and what they save against binary32 */
static json_t *formats(uint32_t preset)
{
	double fp32 = (double)axp_mac_energy(preset, 0, NULL);
	json_t *list = json_array();
	const char *name;
	uint64_t aj;

	for (uint32_t i = 0; list && (aj = axp_mac_energy(preset, i, &name)); i++) {
		if (json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "format", name,
							  "mac_pj", (double)aj * 1e-6, "saving",
							  1 - (double)aj / fp32))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* preset and class that prices of @graph have: the tables', when they agree */
static void resolve(const struct axp_graph *graph, uint32_t *preset, uint32_t *cam_class)
{
	struct axp_layer_info info;

	for (uint32_t i = 0; i < axp_graph_nr_layers(graph); i++) {
		if (axp_graph_layer_info(graph, i, &info) || !info.k)
			continue;
		if (!*preset)
			*preset = info.spec.preset;
		if (!*cam_class)
			*cam_class = info.spec.cam_class;
	}
	if (!*preset)
		*preset = AXP_PRESET_S28;
	if (!*cam_class)
		*cam_class = AXP_CAM_SILICON28;
}

/* NULL after saying why */
static json_t *one_price(const struct axp_graph *graph, const struct axp_stats *stats,
			 const struct axp_price_opts *opts, bool with_layers, const char *model)
{
	struct axp_price sum = { 0 }, p;
	struct axp_diag diag = { .text = "" };
	json_t *layers = with_layers ? json_array() : NULL;
	json_t *record;
	bool good = true;

	for (uint32_t i = 0; good && i < axp_graph_nr_layers(graph); i++) {
		json_t *layer;

		if (axp_price_layer(&p, graph, i, stats ? &stats[i] : NULL, opts, &diag)) {
			json_decref(layers);
			fail("%s: %s", model, diag.text);
			return NULL;
		}
		axp_price_add(&sum, &p);
		if (!layers)
			continue;
		layer = record_layer(graph, i);
		good = layer && add_price(layer, &p, stats) && !json_array_append(layers, layer);
		json_decref(layer);
	}
	record = json_pack("{s:s, s:s, s:b, s:o}", "preset", axp_preset_name(opts->preset),
			   "cam_class", axp_cam_class_name(opts->cam_class), "plain_words",
			   opts->plain_words, "formats", formats(opts->preset));
	good = good && record && add_price(record, &sum, stats) &&
	       (!layers || !json_object_set(record, "layers", layers));
	json_decref(layers);
	if (!good) {
		json_decref(record);
		fail("no memory for the prices");
		return NULL;
	}
	return record;
}

json_t *price_list(const struct axp_graph *graph, const struct axp_stats *stats,
		   const struct price_args *args, bool layers, const char *model)
{
	uint32_t preset = args->preset, cam_class = args->cam_class;
	uint32_t preset_from, preset_to, class_from, class_to;
	json_t *list = json_array();

	if (!list) {
		fail("no memory for the prices");
		return NULL;
	}
	resolve(graph, &preset, &cam_class);
	preset_from = preset == PRICE_ALL_PRESETS ? AXP_PRESET_H45 : preset;
	preset_to = preset == PRICE_ALL_PRESETS ? AXP_PRESET_J7 : preset;
	class_from = cam_class == PRICE_ALL_CLASSES ? AXP_CAM_NOR : cam_class;
	class_to = cam_class == PRICE_ALL_CLASSES ? AXP_CAM_ZERO : cam_class;
	for (preset = preset_from; preset <= preset_to; preset++)
		for (cam_class = class_from; cam_class <= class_to; cam_class++) {
			const struct axp_price_opts opts = {
				.size = sizeof(opts), .preset = preset,
				.cam_class = cam_class, .plain_words = args->plain_words,
			};
			json_t *price = one_price(graph, stats, &opts, layers, model);

			if (!price || json_array_append_new(list, price)) {
				json_decref(list);
				return NULL;
			}
		}
	return list;
}
