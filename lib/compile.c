// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compile: layer after layer, in the order they run, weights become centroids,
 * activations become rows, and the bias takes up what that shifts on average. A
 * layer is made from what reaches it through the layers made before it.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "diag.h"
#include "image.h"
#include "opts.h"

/* defaults: small nets of digits keep their accuracy within half a point */
#define CENTROIDS		16
#define CENTROIDS_ENDS		32
#define ROWS			16
#define ROWS_ENDS		48
#define ROWS_DEPTHWISE		32
#define ROWS_FLAT		64
#define MANTISSA_ROWS		4
#define MANTISSA_ROWS_ENDS	16
#define FLAT_MANTISSA_BITS	2
#define LANES			16
#define MAX_LANES		256
#define MAX_SAMPLES		512
#define MAX_MAX_SAMPLES		(UINT64_C(1) << 24)

/**
 * struct compile - axp_compile() under way
 * @graph: the net
 * @opts: defaults filled but for @centroids, @rows, @lanes
 * @cal: calibration inputs
 * @h: activations of the layer in hand
 * @reference: [layer][oc] mean outputs of the FP32 net
 * @means: [layer][oc] mean outputs of the associative one
 * @saved: [layer] weights and biases as they were
 */
struct compile {
	struct axp_graph *graph;
	struct axp_compile_opts opts;
	struct axp_calibration cal;
	struct axp_histogram *h;
	double **reference;
	double **means;
	struct saved {
		float *weights;
		float *bias;
	} *saved;
	uint32_t nr_layers;
};

/**
 * struct plan - settings of one layer
 * @centroids: K at most
 * @rows: of the CAM at most
 * @lanes: processing elements of a search
 */
struct plan {
	uint32_t centroids;
	uint32_t rows;
	uint32_t lanes;
};

/* ------------------------------------------------------------------ options */

static bool power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static int check_words(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	if (o->accumulator != AXP_ACC_F32 && o->accumulator != AXP_ACC_FIXED)
		return axp_fail(diag, -EINVAL, "accumulator %u is not known", o->accumulator);
	if (o->accumulator == AXP_ACC_FIXED && o->organisation == AXP_ORG_SIGNIFICAND)
		return axp_fail(diag, -EOPNOTSUPP,
				"the significand organisation has no fixed-point form: take accumulator f32");
	if (o->word_bits && o->accumulator == AXP_ACC_F32 && o->word_bits != 32)
		return axp_fail(diag, -EINVAL, "words of %u bits, accumulator f32 takes 32",
				o->word_bits);
	if (o->word_bits && (o->word_bits > 32 || o->word_bits % 8))
		return axp_fail(diag, -EINVAL, "words of %u bits, not 8, 16, 24 or 32",
				o->word_bits);
	return 0;
}

static int check_opts(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	bool alone = o->organisation == AXP_ORG_FLAT || o->organisation == AXP_ORG_BANKED;
	int err = check_words(o, diag);

	if (err)
		return err;
	if (o->organisation > AXP_ORG_SIGNIFICAND)
		return axp_fail(diag, -EINVAL, "organisation %u is not known", o->organisation);
	if (o->preset > AXP_PRESET_CUSTOM)
		return axp_fail(diag, -EINVAL, "energy preset %u is not known", o->preset);
	if (o->cam_class > AXP_CAM_ZERO)
		return axp_fail(diag, -EINVAL, "CAM class %u is not known", o->cam_class);
	if (o->lanes > (alone ? 1 : MAX_LANES))
		return axp_fail(diag, -EINVAL, "%u lanes, the limit of organisation %s is %u",
				o->lanes, axp_organisation_name(o->organisation),
				alone ? 1 : MAX_LANES);
	if (o->centroids && (o->centroids < AXP_CLUSTER_MIN_K || o->centroids > AXP_CLUSTER_MAX_K))
		return axp_fail(diag, -EINVAL, "%u centroids, not %u to %u", o->centroids,
				AXP_CLUSTER_MIN_K, AXP_CLUSTER_MAX_K);
	if (o->rows > AXP_MAX_GROUPS)
		return axp_fail(diag, -EINVAL, "%u rows, the limit is %u", o->rows,
				AXP_MAX_GROUPS);
	if (o->rows && o->organisation == AXP_ORG_SIGNIFICAND &&
	    (!power_of_two(o->rows) || o->rows > 1u << AXP_MAX_MANTISSA_BITS))
		return axp_fail(diag, -EINVAL,
				"%u rows, the significand organisation takes a power of two up to %u",
				o->rows, 1u << AXP_MAX_MANTISSA_BITS);
	if ((unsigned int)o->cluster > AXP_CLUSTER_OPTIMAL)
		return axp_fail(diag, -EINVAL, "clustering %d is not known", (int)o->cluster);
	if (o->max_samples > MAX_MAX_SAMPLES)
		return axp_fail(diag, -EINVAL, "%" PRIu64 " calibration samples, the limit is %" PRIu64,
				o->max_samples, MAX_MAX_SAMPLES);
	return 0;
}

static int take_opts(struct axp_compile_opts *o, const struct axp_compile_opts *from,
		     struct axp_diag *diag)
{
	int err;

	err = axp_opts_copy(o, sizeof(*o), from, "axp_compile_opts", diag);
	if (!from)
		o->organisation = AXP_ORG_SHARED;
	if (!err)
		err = check_opts(o, diag);
	if (err)
		return err;
	if (!o->preset)
		o->preset = AXP_PRESET_S28;
	if (!o->cam_class)
		o->cam_class = AXP_CAM_SILICON28;
	if (!o->word_bits)
		o->word_bits = 32;
	if (!o->max_samples)
		o->max_samples = MAX_SAMPLES;
	if (!o->cluster)
		o->cluster = AXP_CLUSTER_OPTIMAL;
	return 0;
}

static void plan_layer(struct plan *p, const struct compile *c, uint32_t i)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, i);
	const struct axp_compile_opts *o = &c->opts;
	uint32_t og = layer->oc / layer->groups;
	bool end = i == 0 || i + 1 == c->nr_layers;
	bool depthwise = layer->groups > 1 && layer->cg == 1;

	p->centroids = end || depthwise ? CENTROIDS_ENDS : CENTROIDS;
	p->rows = end ? ROWS_ENDS : depthwise ? ROWS_DEPTHWISE : ROWS;
	p->lanes = og < LANES ? og : LANES;
	if (o->organisation == AXP_ORG_SIGNIFICAND)
		p->rows = end || depthwise ? MANTISSA_ROWS_ENDS : MANTISSA_ROWS;
	if (o->organisation == AXP_ORG_FLAT)
		p->rows = ROWS_FLAT;
	if (o->organisation == AXP_ORG_FLAT || o->organisation == AXP_ORG_BANKED)
		p->lanes = 1;
	if (o->centroids)
		p->centroids = o->centroids;
	if (o->rows)
		p->rows = o->rows;
	if (o->lanes)
		p->lanes = o->lanes;
}

/* ------------------------------------------------------------------ a table */

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
static bool gated(const struct compile *c, const struct axp_codebook *book, uint32_t j)
{
	return book->c[j] == 0 && !c->opts.no_gating;
}

/* every group with every centroid, group after group */
static int choose_products(struct choice *choice, const struct compile *c,
			   const struct axp_codebook *book, const struct plan *plan)
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

static int choose_pairs(struct choice *choice, const struct compile *c,
			const struct axp_codebook *book, const uint8_t *index,
			uint64_t nr_weights, const struct plan *plan)
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
static int choose_scale(struct axp_table_spec *spec, const struct compile *c,
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

/* ------------------------------------------------------------------ a layer */

/* scale, words and sizes of a layer's table for its biases as they are */
static int fill_table(struct compile *c, struct axp_layer *layer,
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
static int correct_bias(struct compile *c, uint32_t i, struct axp_diag *diag)
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

static int make_assoc(struct compile *c, struct axp_layer *layer, const struct plan *plan,
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

static int compile_layer(struct compile *c, uint32_t i, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(c->graph, i);
	struct choice choice = { 0 };
	struct axp_codebook book;
	struct plan plan;
	char what[96];
	int err;

	plan_layer(&plan, c, i);
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

/* ---------------------------------------------------------------- all layers */

static double **new_means(const struct compile *c)
{
	double **means = calloc(c->nr_layers, sizeof(*means));

	for (uint32_t i = 0; means && i < c->nr_layers; i++) {
		means[i] = calloc(axp_graph_layer(c->graph, i)->oc, sizeof(**means));
		if (means[i])
			continue;
		while (i)
			free(means[--i]);
		free(means);
		return NULL;
	}
	return means;
}

static void free_means(const struct compile *c, double **means)
{
	for (uint32_t i = 0; means && i < c->nr_layers; i++)
		free(means[i]);
	free(means);
}

static int save(struct compile *c)
{
	c->saved = calloc(c->nr_layers, sizeof(*c->saved));
	for (uint32_t i = 0; c->saved && i < c->nr_layers; i++) {
		const struct axp_layer *layer = axp_graph_layer(c->graph, i);
		struct saved *s = &c->saved[i];

		s->weights = malloc(layer->nr_weights * sizeof(*s->weights));
		s->bias = malloc(layer->oc * sizeof(*s->bias));
		if (!s->weights || !s->bias)
			return -ENOMEM;
		memcpy(s->weights, layer->weights, layer->nr_weights * sizeof(*s->weights));
		memcpy(s->bias, layer->bias, layer->oc * sizeof(*s->bias));
	}
	return c->saved ? 0 : -ENOMEM;
}

static void restore(struct compile *c)
{
	for (uint32_t i = 0; i < c->nr_layers; i++) {
		struct axp_layer *layer = axp_graph_layer(c->graph, i);
		const struct saved *s = &c->saved[i];

		memcpy(layer->weights, s->weights, layer->nr_weights * sizeof(*s->weights));
		memcpy(layer->bias, s->bias, layer->oc * sizeof(*s->bias));
		axp_assoc_free(layer->assoc);
		layer->assoc = NULL;
	}
}

static void clear(struct compile *c)
{
	for (uint32_t i = 0; c->saved && i < c->nr_layers; i++) {
		free(c->saved[i].weights);
		free(c->saved[i].bias);
	}
	free(c->saved);
	free_means(c, c->reference);
	free_means(c, c->means);
	axp_histogram_free(c->h);
	axp_calibration_clear(&c->cal);
}

static int run_all(struct compile *c, struct axp_diag *diag)
{
	uint32_t passes = c->opts.no_bias_correction ? 1 : 2;
	int err = 0;

	c->cal.progress = c->opts.progress;
	c->cal.user = c->opts.user;
	c->cal.total = (uint64_t)c->cal.n * (passes * c->nr_layers + passes - 1);
	if (!c->opts.no_bias_correction)
		err = axp_calibration_means(&c->cal, c->graph, -1, c->reference,
					    "running the FP32 net", diag);
	for (uint32_t i = 0; !err && i < c->nr_layers; i++)
		err = compile_layer(c, i, diag);
	if (err)
		restore(c);
	return err;
}

int axp_compile(struct axp_graph *graph, struct axp_dataset *calib,
		const struct axp_compile_opts *opts, struct axp_diag *diag)
{
	struct compile c = { .graph = graph };
	int err;

	if (diag)
		diag->text[0] = 0;
	err = take_opts(&c.opts, opts, diag);
	if (err)
		return err;
	c.nr_layers = axp_graph_nr_layers(graph);
	if (!c.nr_layers)
		return axp_fail(diag, -EINVAL, "the net has no Conv, Gemm or MatMul with constant weights");
	for (uint32_t i = 0; i < c.nr_layers; i++)
		if (axp_graph_layer(graph, i)->assoc)
			return axp_fail(diag, -EINVAL, "layer %s has a table: the net is compiled already",
					axp_graph_layer(graph, i)->name);
	err = axp_calibration_load(&c.cal, graph, calib, c.opts.max_samples, diag);
	if (err)
		return err;
	c.h = axp_histogram_new();
	c.reference = new_means(&c);
	c.means = new_means(&c);
	if (!c.h || !c.reference || !c.means || save(&c))
		err = axp_fail(diag, -ENOMEM, "no memory");
	else
		err = run_all(&c, diag);
	clear(&c);
	return err;
}
