// SPDX-License-Identifier: BSD-2-Clause
/* One layer: centroids, rows, words, and the bias that makes up for them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "diag.h"
#include "image.h"

#define FLAT_MANTISSA_BITS	2

/**
 * struct choice - what the rows of a layer stand for, before they are words
 * @pairs: one per row
 * @nr: of @pairs
 * @flags: of every row
 */
struct choice {
	struct axp_pair *pairs;
	uint32_t nr;
	uint32_t flags;
};

/* is centroid @j answered by the zero gate, before any search? */
static bool gated(const struct axp_compiler *c, const struct axp_codebook *book, uint32_t j)
{
	return book->c[j] == 0 && !c->opts.no_gating;
}

/* every group with every centroid, group after group */
static int choose_products(struct choice *choice, const struct axp_compiler *c,
			   const struct axp_codebook *book, const struct axp_layer_plan *plan)
{
	struct axp_group *p = calloc(AXP_MAX_GROUPS, sizeof(*p));
	uint32_t nr = 0;
	int err = 0;

	choice->pairs = calloc((size_t)AXP_MAX_GROUPS * book->k, sizeof(*choice->pairs));
	if (!p || !choice->pairs) {
		err = -ENOMEM;
	} else if (c->opts.organisation == AXP_ORG_SIGNIFICAND) {
		nr = plan->rows;
		axp_rows_mantissa(p, c->h, (uint32_t)__builtin_ctz(nr));
		choice->flags = AXP_ROW_SIGNIFICAND;
	} else {
		err = axp_rows_cover(p, &nr, NULL, c->h, plan->rows);
	}
	for (uint32_t i = 0; !err && i < nr; i++)
		for (uint32_t j = 0; j < book->k; j++)
			if (!gated(c, book, j))
				choice->pairs[choice->nr++] = (struct axp_pair){ p[i], j };
	free(p);
	return err;
}

static int choose_pairs(struct choice *choice, const struct axp_compiler *c,
			const struct axp_codebook *book, const uint8_t *index,
			uint64_t nr_weights, const struct axp_layer_plan *plan)
{
	uint64_t share[AXP_CLUSTER_MAX_K] = { 0 };

	choice->pairs = calloc(plan->rows, sizeof(*choice->pairs));
	if (!choice->pairs)
		return -ENOMEM;
	for (uint64_t i = 0; i < nr_weights; i++)
		if (!gated(c, book, index[i]))
			share[index[i]]++;
	return axp_rows_pairs(choice->pairs, &choice->nr, c->h, FLAT_MANTISSA_BITS, share,
			      book->k, plan->rows);
}

static uint32_t bits_of(float f)
{
	union { float f; uint32_t u; } bits = { f };

	return bits.u;
}

/* unit and bound of a FIXED table for the layer's biases as they are */
static int choose_scale(struct axp_table_spec *spec, const struct axp_compiler *c,
			const struct axp_layer *layer, const struct axp_codebook *book,
			const struct choice *choice, struct axp_diag *diag)
{
	double word = 0, term, bias = 0, widest;
	struct axp_fixed fixed;

	for (uint32_t i = 0; i < choice->nr; i++)
		word = fmax(word, fabs((double)book->c[choice->pairs[i].centroid] *
				       (double)choice->pairs[i].group.value));
	for (uint32_t o = 0; o < layer->oc; o++)
		bias = fmax(bias, fabs((double)layer->bias[o]));
	term = word;
	if (c->opts.organisation == AXP_ORG_FLAT) {
		/* misses: twice the largest product that was seen */
		widest = fmax(fabs((double)book->c[0]), fabs((double)book->c[book->k - 1]));
		term = fmax(term, 2 * widest * (double)c->h->largest);
	}
	if (axp_fixed_choose(&fixed, word, term, bias,
			     (uint64_t)layer->cg * layer->kh * layer->kw, spec->word_bits))
		return axp_fail(diag, -ERANGE,
				"layer %s: products up to %g and biases up to %g fit no fixed-point scale",
				layer->name, term, bias);
	spec->scale = fixed.scale;
	spec->max_term = fixed.max_term;
	return 0;
}

static void write_rows(struct axp_assoc *assoc, const struct axp_codebook *book,
		       const struct choice *choice)
{
	for (uint32_t i = 0; i < choice->nr; i++) {
		const struct axp_pair *pair = &choice->pairs[i];
		struct axp_row *row = &assoc->rows[i];
		float centroid = book->c[pair->centroid];

		row->act = pair->group.act;
		row->act_care = pair->group.care;
		row->wgt = bits_of(centroid);
		row->wgt_care = ~0u;
		row->flags = choice->flags;
		row->product = assoc->spec.accumulator == AXP_ACC_FIXED ?
			       axp_word_fixed(centroid, pair->group.value, assoc->spec.scale) :
			       axp_word_f32(centroid, pair->group.value);
	}
}

/* the engine's own check of the table, and its sizes for reports */
static int measure(struct axp_assoc *assoc, const struct axp_layer *layer,
		   struct axp_diag *diag)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	struct axp_why why = { 0 };
	struct axp_image *image;
	int err;

	err = axp_image_create(&image, &assoc->spec, assoc->rows, assoc->nr_rows,
			       axp_energy_preset(AXP_PRESET_S28), assoc->spec.cam_class,
			       &limits, &why);
	if (err)
		return axp_backend_refuse(diag, err, layer, "table", &why);
	assoc->dims_rows = image->dims.cam_rows;
	assoc->dims_key_bits = image->dims.key_bits;
	axp_image_free(image);
	return 0;
}

/* scale, words and sizes of a layer's table for its biases as they are */
static int fill_table(struct axp_compiler *c, struct axp_layer *layer,
		      const struct axp_codebook *book, const struct choice *choice,
		      struct axp_diag *diag)
{
	struct axp_assoc *assoc = layer->assoc;
	int err = 0;

	if (assoc->spec.accumulator == AXP_ACC_FIXED)
		err = choose_scale(&assoc->spec, c, layer, book, choice, diag);
	if (err)
		return err;
	write_rows(assoc, book, choice);
	return measure(assoc, layer, diag);
}

/* add to each bias what the channel lost on average */
static int correct_bias(struct axp_compiler *c, uint32_t i, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	char what[96];
	int err;

	snprintf(what, sizeof(what), "correcting %s", layer->name);
	err = axp_calibration_means(&c->cal, c->graph, i, c->means, what, diag);
	for (uint32_t o = 0; !err && o < layer->oc; o++) {
		layer->bias[o] = (float)((double)layer->bias[o] + c->reference[i][o] -
					 c->means[i][o]);
		if (!isfinite(layer->bias[o]))
			err = axp_fail(diag, -ERANGE, "layer %s: bias %u is out of range",
				       layer->name, o);
	}
	return err;
}

static int make_assoc(struct axp_compiler *c, struct axp_layer *layer, const struct axp_layer_plan *plan,
		      struct axp_codebook *book, struct choice *choice, struct axp_diag *diag)
{
	const struct axp_compile_opts *o = &c->opts;
	struct axp_assoc *assoc;
	uint8_t *index;
	int err;

	index = malloc(layer->nr_weights);
	if (!index)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	err = axp_cluster(book, index, layer->weights, layer->nr_weights, plan->centroids,
			  o->cluster, diag);
	if (err) {
		free(index);
		return axp_fail_in(diag, err, "layer %s", layer->name);
	}
	err = o->organisation == AXP_ORG_FLAT ?
	      choose_pairs(choice, c, book, index, layer->nr_weights, plan) :
	      choose_products(choice, c, book, plan);
	assoc = err ? NULL : axp_assoc_new(layer->nr_weights, choice->nr);
	if (!assoc) {
		free(index);
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	}
	assoc->k = book->k;
	memcpy(assoc->codebook, book->c, book->k * sizeof(book->c[0]));
	memcpy(assoc->index, index, layer->nr_weights);
	free(index);
	assoc->spec.accumulator = o->accumulator;
	assoc->spec.organisation = o->organisation;
	assoc->spec.lanes = plan->lanes;
	assoc->spec.word_bits = o->word_bits;
	assoc->spec.preset = o->preset;
	assoc->spec.cam_class = o->cam_class;
	assoc->job_flags = o->no_gating ? 0 : AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT;
	for (uint64_t i = 0; i < layer->nr_weights; i++)
		layer->weights[i] = assoc->codebook[assoc->index[i]];
	layer->assoc = assoc;
	return 0;
}

int axp_compile_layer(struct axp_compiler *c, uint32_t i, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	struct choice choice = { 0 };
	struct axp_codebook book;
	struct axp_layer_plan plan;
	char what[96];
	int err;

	axp_compile_plan(&plan, c, i);
	memset(c->h, 0, sizeof(*c->h));
	snprintf(what, sizeof(what), "calibrating %s", layer->name);
	err = axp_calibration_histogram(&c->cal, c->graph, i, c->opts.no_gating, c->h, what,
					diag);
	if (!err)
		err = make_assoc(c, layer, &plan, &book, &choice, diag);
	if (!err)
		err = fill_table(c, layer, &book, &choice, diag);
	if (!err && !c->opts.no_bias_correction) {
		err = correct_bias(c, i, diag);
		/* larger biases can leave less room for the sum */
		if (!err && c->opts.accumulator == AXP_ACC_FIXED)
			err = fill_table(c, layer, &book, &choice, diag);
	}
	free(choice.pairs);
	return err;
}
