// SPDX-License-Identifier: BSD-2-Clause
/* One layer: rows, centroids, words, and the bias that makes up for them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compensate.h"
#include "compile.h"
#include "diag.h"
#include "image.h"

#define FLAT_PREFIX_BITS	11	/* sign, exponent, two bits of mantissa */
#define SIGN_AND_EXPONENT	9

/**
 * struct choice - what the rows of a layer stand for, before they are words
 * @pairs: one per row
 * @nr: of @pairs
 * @flags: of every row
 * @misses: not every product has a row
 */
struct choice {
	struct axp_pair *pairs;
	uint32_t nr;
	uint32_t flags;
	bool misses;
};

/* is centroid @j answered by the zero gate, before any search? */
static bool gated(const struct axp_compiler *c, const struct axp_codebook *book, uint32_t j)
{
	return book->c[j] == 0 && !c->opts.no_gating;
}

int axp_compile_groups(struct axp_group *groups, uint32_t *nr, const struct axp_compiler *c,
		       const struct axp_layer_plan *plan)
{
	*nr = 0;
	if (plan->organisation == AXP_ORG_FLAT)
		return 0;
	if (plan->organisation == AXP_ORG_SIGNIFICAND) {
		*nr = plan->rows;
		axp_rows_mantissa(groups, c->h, (uint32_t)__builtin_ctz(plan->rows));
		return 0;
	}
	if (plan->prefix_bits)
		return axp_rows_fixed(groups, nr, c->h, plan->prefix_bits - SIGN_AND_EXPONENT,
				      plan->rows);
	return axp_rows_cover(groups, nr, NULL, c->h, plan->rows);
}

/* every group with every centroid, group after group */
static int choose_products(struct choice *choice, const struct axp_compiler *c,
			   const struct axp_codebook *book, const struct axp_group *groups,
			   uint32_t nr, uint32_t organisation)
{
	choice->pairs = calloc((size_t)nr * book->k + 1, sizeof(*choice->pairs));
	if (!choice->pairs)
		return -ENOMEM;
	choice->flags = organisation == AXP_ORG_SIGNIFICAND ? AXP_ROW_SIGNIFICAND : 0;
	for (uint32_t i = 0; i < nr; i++)
		for (uint32_t j = 0; j < book->k; j++)
			if (!gated(c, book, j))
				choice->pairs[choice->nr++] = (struct axp_pair){ groups[i], j };
	return 0;
}

static int choose_pairs(struct choice *choice, const struct axp_compiler *c,
			const struct axp_codebook *book, const uint8_t *index,
			uint64_t nr_weights, const struct axp_layer_plan *plan)
{
	uint32_t bits = plan->prefix_bits ? plan->prefix_bits : FLAT_PREFIX_BITS;
	uint64_t share[AXP_CLUSTER_MAX_K] = { 0 };

	choice->pairs = calloc(plan->rows, sizeof(*choice->pairs));
	if (!choice->pairs)
		return -ENOMEM;
	for (uint64_t i = 0; i < nr_weights; i++)
		if (!gated(c, book, index[i]))
			share[index[i]]++;
	return axp_rows_pairs(choice->pairs, &choice->nr, c->h, bits - SIGN_AND_EXPONENT, share,
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

	for (uint32_t i = 0; i < choice->nr; i++) {
		float centroid = book->c[choice->pairs[i].centroid];
		float value = choice->pairs[i].group.value;

		/* as axp_word_fixed() may round it */
		word = fmax(word, fabs((double)centroid * (double)value));
		word = fmax(word, fabs((double)(centroid * value)));
	}
	for (uint32_t o = 0; o < layer->oc; o++)
		bias = fmax(bias, fabs((double)layer->bias[o]));
	term = word;
	if (choice->misses) {
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
			       axp_word_fixed(centroid, pair->group.value, assoc->spec.scale,
					      assoc->spec.max_term) :
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

	err = axp_image_create(&image, NULL, &assoc->spec, assoc->rows, assoc->nr_rows,
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

/* importance of each weight: how much its input varies, never 0 */
static double *importances(const struct axp_layer *layer, const struct axp_moments *m)
{
	uint32_t dim = layer->cg * layer->kh * layer->kw;
	double *size = malloc(layer->nr_weights * sizeof(*size)), sum = 0;

	for (uint32_t i = 0; size && i < m->nr; i++) {
		const struct axp_part *p = &m->parts[i];

		for (uint32_t o = 0; o < p->nr; o++) {
			for (uint32_t j = 0; j < p->dim; j++) {
				double v = p->cov[(size_t)j * p->dim + j];

				size[(size_t)(p->first + o) * dim + p->col + j] = v;
				sum += v;
			}
		}
	}
	for (uint64_t i = 0; size && i < layer->nr_weights; i++)
		size[i] = sum > 0 ? size[i] + 0.01 * sum / (double)layer->nr_weights : 1;
	return size;
}

/* the ends stay dense: few weights, and much depends on them */
bool axp_compile_prunes(const struct axp_compiler *c, uint32_t i)
{
	return c->opts.prune > 0 && i && i + 1 < c->nr_layers;
}

static int compensate(struct axp_codebook *book, uint8_t *index, const struct axp_compiler *c,
		      uint32_t i, const struct axp_moments *m, uint32_t k, struct axp_diag *diag)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, i);
	bool *dropped = NULL;
	int err = 0;

	if (axp_compile_prunes(c, i)) {
		dropped = malloc(layer->nr_weights * sizeof(*dropped));
		if (!dropped)
			return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		err = axp_compensate_drop(dropped, layer, m, (double)c->opts.prune, diag);
	}
	if (!err)
		err = axp_compensate(book, index, layer, m, k, dropped, diag);
	free(dropped);
	return err;
}

int axp_compile_cluster(struct axp_codebook *book, uint8_t *index, const struct axp_compiler *c,
			uint32_t i, const struct axp_moments *m, uint32_t k,
			struct axp_diag *diag)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, i);
	enum axp_cluster method = c->opts.cluster;
	double *size = NULL;
	int err;

	if (method == AXP_CLUSTER_COMPENSATED)
		return compensate(book, index, c, i, m, k, diag);
	if (method == AXP_CLUSTER_WEIGHTED) {
		size = importances(layer, m);
		if (!size)
			return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		method = AXP_CLUSTER_OPTIMAL;
	}
	err = axp_cluster(book, index, layer->weights, size, layer->nr_weights, k, method, diag);
	free(size);
	return err ? axp_fail_in(diag, err, "layer %s", layer->name) : 0;
}

/* codebook, indices and rows of a layer become its associative form */
static int make_assoc(struct axp_compiler *c, uint32_t i, const struct axp_codebook *book,
		      const uint8_t *index, const struct choice *choice, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	const struct axp_layer_plan *plan = &c->plan[i];
	const struct axp_compile_opts *o = &c->opts;
	struct axp_assoc *assoc = axp_assoc_new(layer->nr_weights, choice->nr);

	if (!assoc)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	assoc->k = book->k;
	memcpy(assoc->codebook, book->c, book->k * sizeof(book->c[0]));
	memcpy(assoc->index, index, layer->nr_weights);
	assoc->spec.accumulator = o->accumulator;
	assoc->spec.organisation = plan->organisation;
	assoc->spec.lanes = plan->lanes;
	assoc->spec.word_bits = plan->word_bits;
	assoc->spec.preset = o->preset;
	assoc->spec.cam_class = o->cam_class;
	assoc->job_flags = o->no_gating ? 0 : AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT;
	for (uint64_t w = 0; w < layer->nr_weights; w++)
		layer->weights[w] = assoc->codebook[assoc->index[w]];
	layer->assoc = assoc;
	return 0;
}

/* rows and their effect on activations, from what reaches the layer */
static int choose_groups(struct axp_compiler *c, const struct axp_walk *made,
			 const struct axp_layer_shape *shape, struct axp_group *groups,
			 uint32_t *nr, struct axp_diag *diag)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, made->at);
	const struct axp_layer_plan *plan = &c->plan[made->at];
	struct axp_quantiser *q = NULL;
	int err;

	err = axp_calibration_histogram(made, layer, shape, c->opts.no_gating, c->h, diag);
	if (err)
		return err;
	if (axp_compile_groups(groups, nr, c, plan))
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	if (plan->organisation != AXP_ORG_FLAT) {
		q = malloc(sizeof(*q));
		if (!q)
			return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		axp_quantiser_set(q, groups, *nr, plan->organisation == AXP_ORG_SIGNIFICAND,
				  !c->opts.no_gating);
	}
	free(c->q[made->at]);
	c->q[made->at] = q;
	return 0;
}

/* add to each bias what the channel loses on average, and move on */
static int correct_bias(struct axp_compiler *c, struct axp_walk *made, const double *want,
			const struct axp_codebook *book, const struct choice *choice,
			struct axp_diag *diag)
{
	uint32_t i = made->at;
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	double *have = calloc(layer->oc, sizeof(*have));
	int err;

	if (!have)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	err = axp_session_renew(made->session, i, diag);
	if (!err)
		err = axp_calibration_means(made, layer, true, have, diag);
	for (uint32_t o = 0; !err && o < layer->oc; o++) {
		layer->bias[o] = (float)((double)layer->bias[o] + want[o] - have[o]);
		if (!isfinite(layer->bias[o]))
			err = axp_fail(diag, -ERANGE, "layer %s: bias %u is out of range",
				       layer->name, o);
	}
	free(have);
	/* larger biases can leave less room for the sum */
	if (!err && c->opts.accumulator == AXP_ACC_FIXED)
		err = fill_table(c, layer, book, choice, diag);
	return err;
}

static int cluster_and_rows(struct axp_compiler *c, struct axp_walk *made,
			    const struct axp_moments *m, const struct axp_group *groups,
			    uint32_t nr, struct axp_codebook *book, struct choice *choice,
			    struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(c->graph, made->at);
	const struct axp_layer_plan *plan = &c->plan[made->at];
	uint8_t *index = malloc(layer->nr_weights);
	int err;

	if (!index)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	err = axp_compile_cluster(book, index, c, made->at, m, plan->centroids, diag);
	if (err)
		goto out;
	choice->misses = plan->organisation == AXP_ORG_FLAT || plan->prefix_bits;
	err = plan->organisation == AXP_ORG_FLAT ?
	      choose_pairs(choice, c, book, index, layer->nr_weights, plan) :
	      choose_products(choice, c, book, groups, nr, plan->organisation);
	if (err) {
		axp_fail(diag, err, "layer %s: no memory", layer->name);
		goto out;
	}
	err = make_assoc(c, made->at, book, index, choice, diag);
	if (!err)
		err = fill_table(c, layer, book, choice, diag);
out:
	free(index);
	return err;
}

static bool wants_moments(const struct axp_compiler *c)
{
	return c->opts.cluster == AXP_CLUSTER_COMPENSATED ||
	       c->opts.cluster == AXP_CLUSTER_WEIGHTED;
}

int axp_compile_layer(struct axp_compiler *c, struct axp_walk *fp32, struct axp_walk *made,
		      struct axp_diag *diag)
{
	uint32_t i = made->at, nr;
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	struct axp_group *groups = calloc(AXP_MAX_GROUPS, sizeof(*groups));
	double *want = calloc(layer->oc, sizeof(*want));
	struct axp_moments moments = { 0 };
	struct choice choice = { 0 };
	struct axp_codebook book;
	struct axp_layer_shape one;
	int err;

	if (!groups || !want) {
		err = axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		goto out;
	}
	axp_graph_layer_shape_of(c->graph, i, &one);
	err = choose_groups(c, made, &one, groups, &nr, diag);
	if (!err && wants_moments(c))
		err = axp_moments_take(&moments, layer, &one, made, c->q[i], fp32, c->cal.n, diag);
	/* the FP32 net leaves the layer before it changes */
	if (!err)
		err = axp_calibration_means(fp32, layer, false, want, diag);
	if (!err)
		err = cluster_and_rows(c, made, &moments, groups, nr, &book, &choice, diag);
	if (!err && !c->opts.no_bias_correction)
		err = correct_bias(c, made, want, &book, &choice, diag);
	if (!err)
		err = axp_session_renew(made->session, i, diag);
	if (!err)
		err = axp_walk_step(made, false, diag);
out:
	axp_moments_clear(&moments);
	free(choice.pairs);
	free(groups);
	free(want);
	return err;
}
