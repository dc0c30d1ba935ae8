// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prices: counters of a layer as energy by part, with any preset. What one event
 * costs is the engine's (energy.h); here it is multiplied and told apart.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "diag.h"
#include "graph.h"
#include "image.h"
#include "layer.h"
#include "opts.h"

/* preset and CAM class that layers without a table are priced with */
#define DEFAULT_PRESET		AXP_PRESET_S28
#define DEFAULT_CAM_CLASS	AXP_CAM_SILICON28

/* the engine's own limits; those of a device are met when it is opened */
static const struct axp_limits no_limits = {
	.max_lanes = UINT32_MAX, .max_cam_rows = UINT32_MAX,
	.max_key_bits = 64, .max_lut_words = UINT32_MAX,
};

/* costs of the events of @layer, and of writing its table */
static int layer_costs(struct axp_costs *costs, uint64_t *program_fj,
		       const struct axp_layer *layer, const struct axp_price_opts *o,
		       struct axp_diag *diag)
{
	const struct axp_assoc *assoc = layer->assoc;
	uint32_t preset = o->preset, cam_class = o->cam_class;
	const struct axp_energy_model *known;
	struct axp_energy_model model;
	struct axp_why why = { 0 };
	struct axp_image *image;
	int err;

	if (!preset)
		preset = assoc ? assoc->spec.preset : DEFAULT_PRESET;
	if (!cam_class)
		cam_class = assoc ? assoc->spec.cam_class : DEFAULT_CAM_CLASS;
	known = axp_energy_preset(preset);
	if (!known)
		return axp_fail(diag, -EOPNOTSUPP,
				"layer %s: energy preset '%s' (%u) exists only on the device",
				layer->name, axp_preset_name(preset), preset);
	if (axp_energy_kappa(cam_class) < 0)
		return axp_fail(diag, -EOPNOTSUPP, "layer %s: CAM class %u is not known",
				layer->name, cam_class);
	model = *known;
	if (o->plain_words)
		model.lut_width = 0;
	*program_fj = 0;
	if (!assoc) {
		axp_costs_without_table(costs, &model);
		return 0;
	}
	err = axp_image_create(&image, NULL, &assoc->spec, assoc->rows, assoc->nr_rows, &model,
			       cam_class, &no_limits, &why);
	if (err)
		return axp_fail(diag, err, "layer %s: table: %s", layer->name, strerror(-err));
	*costs = image->costs;
	*program_fj = axp_image_program_fj(image, 0, assoc->nr_rows);
	axp_image_free(image);
	return 0;
}

/* one sample without zeros whose every MAC hits */
static void bound_stats(struct axp_stats *stats, const struct axp_graph *graph, uint32_t i,
			const struct axp_layer *layer)
{
	uint32_t og = layer->oc / layer->groups;
	struct axp_layer_shape shape;

	*stats = (struct axp_stats){ .macs = layer->macs };
	axp_graph_layer_shape_of(graph, i, &shape);
	stats->outputs = (uint64_t)shape.n * layer->oc * shape.oh * shape.ow;
	if (!layer->assoc) {
		stats->misses = layer->macs;
		return;
	}
	stats->hits_approx = layer->macs;
	stats->searches = layer->macs;
	if (layer->assoc->spec.organisation != AXP_ORG_FLAT &&
	    layer->assoc->spec.organisation != AXP_ORG_BANKED)
		stats->searches = layer->macs / og * ((og - 1) / layer->assoc->spec.lanes + 1);
}

/* @events at @aj attojoule, in femtojoule rounded down */
static uint64_t price(uint64_t events, uint64_t aj)
{
	unsigned __int128 fj = (unsigned __int128)events * aj / 1000;

	return fj > UINT64_MAX ? UINT64_MAX : (uint64_t)fj;
}

static uint64_t index_bits(uint32_t k)
{
	uint64_t bits = 0;

	while (1u << bits < k)
		bits++;
	return bits;
}

static void price_parts(struct axp_price *p, const struct axp_costs *c,
			const struct axp_stats *s, bool table, bool gating)
{
	uint64_t searches, adds, idle, all;

	p->macs = s->macs;
	p->active = s->macs - s->gated;
	p->hits = s->hits_exact + s->hits_approx;
	p->search_fj = price(s->searches, c->search);
	p->lut_fj = price(s->searches, c->row) + price(p->hits, c->hit);
	p->mul_fj = price(s->misses, c->base_mul);
	p->add_fj = price(p->active, c->add);
	p->convert_fj = price(s->misses, c->miss - c->base_mul) + price(s->outputs, c->output);
	p->zero_fj = gating ? price(s->macs, c->zero_detect) : 0;
	p->energy_fj = p->search_fj + p->lut_fj + p->mul_fj + p->add_fj + p->convert_fj +
		       p->zero_fj + p->program_fj;

	p->baseline_fj = price(s->macs, c->base_mul + c->base_add);
	p->baseline_gated_fj = price(s->macs - s->zero_act, c->base_mul + c->base_add) +
			       price(s->macs, c->zero_detect);
	p->fpu_fj = price(p->active, c->base_mul + c->base_add) + p->zero_fj;

	searches = price(s->searches, c->search) + price(s->searches, c->row);
	adds = p->add_fj + price(s->outputs, c->output) + p->zero_fj;
	p->all_miss_fj = searches + price(p->active, c->miss) + adds;
	/* without a table nothing can hit */
	p->all_hit_fj = table ? searches + price(p->active, c->hit) + adds : p->all_miss_fj;

	idle = price(s->outputs, c->output) + p->program_fj;
	all = p->energy_fj - p->zero_fj - idle;
	if (p->active && p->active < p->macs)
		all = (uint64_t)((unsigned __int128)all * p->macs / p->active);
	p->ungated_fj = all + idle;
}

int axp_price_layer(struct axp_price *out, const struct axp_graph *graph, uint32_t layer,
		    const struct axp_stats *stats, const struct axp_price_opts *opts,
		    struct axp_diag *diag)
{
	struct axp_price p = { 0 };
	const struct axp_layer *l;
	struct axp_price_opts o;
	struct axp_stats bound;
	struct axp_costs costs;
	bool gating = false;
	int err;

	if (diag)
		diag->text[0] = '\0';
	err = axp_opts_copy(&o, sizeof(o), opts, "axp_price_opts", diag);
	if (err)
		return err;
	if (layer >= graph->nr_layers)
		return axp_fail(diag, -EINVAL, "layer %u, the graph has %u", layer,
				graph->nr_layers);
	l = graph->layers[layer];
	err = layer_costs(&costs, &p.program_fj, l, &o, diag);
	if (err)
		return err;
	if (!stats) {
		bound_stats(&bound, graph, layer, l);
		stats = &bound;
		p.program_fj = 0;
	} else if (l->assoc) {
		gating = l->assoc->job_flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT);
	}
	if (stats->gated > stats->macs || stats->zero_act > stats->macs)
		return axp_fail(diag, -EINVAL, "layer %s: more MACs are gated or zero than there are",
				l->name);
	price_parts(&p, &costs, stats, l->assoc, gating);
	p.weight_bits_f32 = l->nr_weights * 32;
	p.weight_bits = l->assoc ? l->nr_weights * index_bits(l->assoc->k) +
				   (uint64_t)l->assoc->k * 32 : p.weight_bits_f32;
	*out = p;
	return 0;
}

void axp_price_add(struct axp_price *sum, const struct axp_price *more)
{
	/* nothing but 64 bit counts */
	uint64_t a[sizeof(*sum) / sizeof(uint64_t)], b[sizeof(*sum) / sizeof(uint64_t)];

	memcpy(a, sum, sizeof(a));
	memcpy(b, more, sizeof(b));
	for (size_t i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		a[i] += b[i];
	memcpy(sum, a, sizeof(a));
}

double axp_price_break_even(const struct axp_price *p)
{
	if (p->all_miss_fj <= p->all_hit_fj)
		return NAN;
	return ((double)p->all_miss_fj - (double)p->fpu_fj) /
	       ((double)p->all_miss_fj - (double)p->all_hit_fj);
}

/*
 * Multipliers and adders of other formats, attojoule: sources as those of the presets,
 * Documentation/energy.rst.
 */
static const struct {
	uint64_t fp16_mul, fp16_add, bf16_mul, bf16_add, int8_mul;
} formats[] = {
	[AXP_PRESET_H45] = { 1100000, 400000, 679000, 275000, 200000 },
	[AXP_PRESET_S28] = { 557300, 202600, 344000, 139300, 101300 },
	[AXP_PRESET_FPNEW22] = { 3472000, 1488000, 3052000, 1308000, 410400 },
	[AXP_PRESET_FPMAX28] = { 4512400, 1640900, 2785400, 1128100, 820400 },
	[AXP_PRESET_AL40] = { 7730600, 2811100, 4771900, 1932700, 1405600 },
	[AXP_PRESET_J7] = { 340000, 160000, 210000, 110000, 70000 },
};

uint64_t axp_mac_energy(uint32_t preset, uint32_t i, const char **name)
{
	static const char *const names[] = {
		"FP32", "FP16", "FP16+FP32", "BF16", "BF16+FP32", "INT8+INT32"
	};
	const struct axp_energy_model *m = axp_energy_preset(preset);
	struct axp_costs fp32;

	if (!m || i >= sizeof(names) / sizeof(names[0]))
		return 0;
	if (name)
		*name = names[i];
	axp_costs_without_table(&fp32, m);
	switch (i) {
	case 0:
		return fp32.base_mul + fp32.base_add;
	case 1:
		return formats[preset].fp16_mul + formats[preset].fp16_add;
	case 2:
		return formats[preset].fp16_mul + fp32.base_add;
	case 3:
		return formats[preset].bf16_mul + formats[preset].bf16_add;
	case 4:
		return formats[preset].bf16_mul + fp32.base_add;
	default:
		return formats[preset].int8_mul + (uint64_t)m->int32_add / 1000;
	}
}
