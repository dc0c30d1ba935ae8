// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "energy.h"
#include "search.h"
#include "search_log.h"

/* what is measured of each layer; the rest lies between */
static const uint32_t measured_k[] = { 4, 8, 16, 32 };
static const uint32_t measured_n[] = { 6, 12, 24, 48, 96 };
static const uint32_t measured_t[] = { 1, 2, 3, 4 };

/* what is tried */
static const uint32_t tried_k[] = {
	3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64,
};
static const uint32_t tried_n[] = {
	4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 128,
	160, 192, 256,
};
static const uint32_t tried_words[] = { 8, 16, 24, 32 };

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

#define SAMPLES		256u		/* that single layers are measured with */
#define MAX_MACS	1.5e12		/* of all of these measurements */
#define LEAST_SAMPLES	16u
#define MAX_PASSES	8
#define NEAR		0.8		/* of the bound is near enough */
#define LEAST_KL	1e-9
#define REUSE		100		/* samples that a table is programmed for */
#define MAX_TRIES	4		/* nets that the engine runs at last */
#define WORTH		0.99		/* energy that shorter words must come down to */
/* divergence that goes with a point of accuracy: what flips of few samples cannot tell */
#define KL_PER_POINT	0.04

/**
 * struct knot - one measurement
 * @n: centroids, rows or mantissa bits
 * @kl: divergence, nat
 * @other: of centroids, the part of the weights that is 0; of rows, compared bits
 * @error: of rows, squared error of the layer's outputs over all MACs
 */
struct knot {
	uint32_t n;
	double kl;
	double other;
	double error;
};

/**
 * struct traits - what is known of a layer
 * @macs: of a sample
 * @outputs: of a sample
 * @og: output channels of a group
 * @nonzero: part of the MACs whose activation is not 0
 * @largest: magnitude of activations
 * @widest: magnitude of weights
 * @k: by centroids
 * @rows: by rows
 * @t: by mantissa bits
 */
struct traits {
	double macs, outputs;
	uint32_t og;
	double nonzero;
	double largest, widest;
	struct knot k[NR(measured_k)];
	struct knot rows[NR(measured_n)];
	struct knot t[NR(measured_t)];
};

/**
 * struct search - under way
 * @c: compiler
 * @log: of it
 * @model: energy constants
 * @base: energy of all MACs in binary32, femtojoule a sample
 * @least_word: shortest words that are tried
 * @ask: expected divergence of the best net
 * @layer: [layer]
 */
struct search {
	struct axp_compiler *c;
	struct axp_search_log *log;
	const struct axp_energy_model *model;
	double base;
	uint32_t least_word;
	double ask;
	struct traits *layer;
};

/* ----------------------------------------------------------- of one layer */

/**
 * struct bench - FP32 samples that single layers are measured with
 * @c: compiler
 * @x: inputs, evenly out of the calibration inputs
 * @n: number of them
 * @want: outputs of the FP32 net
 * @have: of the net with a layer changed
 * @walk: the samples, before the layer
 */
struct bench {
	struct axp_compiler *c;
	float *x;
	uint32_t n;
	float *want;
	float *have;
	struct axp_walk walk;
};

static bool wants_rows(const struct axp_compiler *c)
{
	return c->opts.any_organisation || c->opts.organisation != AXP_ORG_SIGNIFICAND;
}

static bool wants_significands(const struct axp_compiler *c)
{
	return c->opts.accumulator == AXP_ACC_F32 &&
	       (c->opts.any_organisation || c->opts.organisation == AXP_ORG_SIGNIFICAND);
}

static uint32_t measurements(const struct axp_compiler *c)
{
	return NR(measured_k) + (wants_rows(c) ? NR(measured_n) : 0) +
	       (wants_significands(c) ? NR(measured_t) : 0);
}

/* as many as MAX_MACS allow */
static uint32_t bench_samples(const struct axp_compiler *c)
{
	double rest = 0, all = 0;

	for (uint32_t i = c->nr_layers; i--;) {
		rest += (double)axp_graph_layer(c->graph, i)->macs;
		all += rest * measurements(c);
	}
	all = all > 0 ? MAX_MACS / all : SAMPLES;
	if (all > SAMPLES)
		all = SAMPLES;
	if (all < LEAST_SAMPLES)
		all = LEAST_SAMPLES;
	return c->cal.n < all ? c->cal.n : (uint32_t)all;
}

static int bench_open(struct bench *b, struct axp_compiler *c, struct axp_diag *diag)
{
	uint64_t out = axp_graph_output_elems(c->graph), elems = c->cal.elems;
	int err;

	b->c = c;
	b->n = bench_samples(c);
	b->x = malloc(b->n * elems * sizeof(*b->x));
	b->want = malloc(b->n * out * sizeof(*b->want));
	b->have = malloc(b->n * out * sizeof(*b->have));
	if (!b->x || !b->want || !b->have)
		return axp_fail(diag, -ENOMEM, "no memory for %u samples", b->n);
	for (uint32_t i = 0; i < b->n; i++)
		memcpy(b->x + i * elems,
		       c->cal.x + (uint64_t)i * c->cal.n / b->n * elems, elems * sizeof(*b->x));
	err = axp_walk_open(&b->walk, c->graph, b->x, b->n, elems, AXP_BACKEND_FP32, c->threads,
			    diag);
	if (!err)
		err = axp_walk_end(&b->walk, b->want, diag);
	axp_session_filter(b->walk.session, axp_compile_filter, c);
	return err;
}

static void bench_close(struct bench *b)
{
	axp_walk_close(&b->walk);
	free(b->x);
	free(b->want);
	free(b->have);
}

/* divergence with the layer as it is now, its means corrected; its biases are put back */
static int diverge(struct bench *b, const double *want, double *kl, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(b->c->graph, b->walk.at);
	size_t bytes = layer->oc * sizeof(*layer->bias);
	double *have = malloc(layer->oc * sizeof(*have));
	float *bias = malloc(bytes);
	struct axp_quality quality;
	int err = 0;

	if (!have || !bias) {
		err = axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		goto out;
	}
	memcpy(bias, layer->bias, bytes);
	if (!b->c->opts.no_bias_correction) {
		err = axp_calibration_means(&b->walk, layer, true, have, diag);
		for (uint32_t o = 0; !err && o < layer->oc; o++)
			layer->bias[o] = (float)((double)layer->bias[o] + want[o] - have[o]);
		if (!err)
			err = axp_session_renew(b->walk.session, b->walk.at, diag);
	}
	if (!err)
		err = axp_walk_end(&b->walk, b->have, diag);
	memcpy(layer->bias, bias, bytes);
	axp_quality_of(&quality, axp_graph_output_elems(b->c->graph), b->want, b->have, NULL,
		       b->n);
	*kl = fmax(quality.kl, LEAST_KL);
	axp_compile_progress(b->c, layer->name, b->n);
out:
	free(have);
	free(bias);
	return err;
}

static int measure_centroids(struct search *s, struct bench *b, const struct axp_moments *m,
			     const double *want, struct knot *knot, struct axp_diag *diag)
{
	struct axp_layer *layer = axp_graph_layer(s->c->graph, b->walk.at);
	size_t bytes = layer->nr_weights * sizeof(*layer->weights);
	uint8_t *index = malloc(layer->nr_weights);
	float *weights = malloc(bytes);
	struct axp_codebook book;
	uint64_t zeros = 0;
	int err;

	if (!index || !weights) {
		err = axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
		goto out;
	}
	memcpy(weights, layer->weights, bytes);
	err = axp_compile_cluster(&book, index, s->c, b->walk.at, m, knot->n, diag);
	if (err)
		goto out;
	for (uint64_t i = 0; i < layer->nr_weights; i++) {
		layer->weights[i] = book.c[index[i]];
		zeros += layer->weights[i] == 0;
	}
	knot->other = (double)zeros / (double)layer->nr_weights;
	err = axp_session_renew(b->walk.session, b->walk.at, diag);
	if (!err)
		err = diverge(b, want, &knot->kl, diag);
	memcpy(layer->weights, weights, bytes);
	if (!err)
		err = axp_session_renew(b->walk.session, b->walk.at, diag);
out:
	free(index);
	free(weights);
	return err;
}

/* squared error that groups make of the activations, weighted as the histogram is */
static double error_of(const struct axp_histogram *h, const struct axp_quantiser *q)
{
	double sum = 0;

	for (uint32_t i = 0; i < AXP_PREFIXES; i++) {
		const struct axp_prefix *p = &h->prefix[i];
		double v = (double)q->value[i];

		if (!q->keep[i] && p->weight > 0)
			sum += p->square - 2 * v * p->sum + v * v * p->weight;
	}
	return sum > 0 ? sum : 0;
}

static int measure_rows(struct search *s, struct bench *b, uint32_t organisation,
			const double *want, struct knot *knot, struct axp_diag *diag)
{
	struct axp_layer_plan plan = {
		.organisation = organisation,
		.rows = organisation == AXP_ORG_SIGNIFICAND ? 1u << knot->n : knot->n,
	};
	struct axp_group *groups = calloc(AXP_MAX_GROUPS, sizeof(*groups));
	struct axp_quantiser *q = malloc(sizeof(*q));
	uint32_t nr, care = 0;
	int err;

	if (!groups || !q || axp_compile_groups(groups, &nr, s->c, &plan)) {
		err = axp_fail(diag, -ENOMEM, "no memory for rows");
		goto out;
	}
	for (uint32_t i = 0; i < nr; i++)
		care |= groups[i].care;
	knot->other = __builtin_popcount(care);
	axp_quantiser_set(q, groups, nr, organisation == AXP_ORG_SIGNIFICAND,
			  !s->c->opts.no_gating);
	knot->error = error_of(s->c->h, q);
	s->c->q[b->walk.at] = q;
	err = diverge(b, want, &knot->kl, diag);
	s->c->q[b->walk.at] = NULL;
	if (!err)
		err = axp_session_renew(b->walk.session, b->walk.at, diag);
out:
	free(groups);
	free(q);
	return err;
}

/* MACs of a sample whose activation is not 0, as a part of all */
static double nonzero_part(const struct axp_histogram *h, double macs)
{
	double sum = 0;

	for (uint32_t i = 0; i < AXP_PREFIXES; i++)
		if (i & 0x7fff)
			sum += h->prefix[i].macs;
	return macs > 0 ? fmin(sum / macs, 1) : 0;
}

/* one measurement, out of the log or made now */
static int know(struct search *s, struct bench *b, char kind, const struct axp_moments *m,
		const double *want, struct knot *knot, struct axp_diag *diag)
{
	struct axp_log_entry e = { .kind = kind, .layer = b->walk.at, .number = knot->n };
	int err;

	if (axp_search_log_find(s->log, &e)) {
		knot->kl = e.value[0];
		knot->other = e.value[1];
		knot->error = e.value[2];
		axp_compile_progress(s->c, "from the log", b->n);
		return 0;
	}
	if (kind == 'K')
		err = measure_centroids(s, b, m, want, knot, diag);
	else
		err = measure_rows(s, b, kind == 'T' ? AXP_ORG_SIGNIFICAND : AXP_ORG_SHARED, want,
				   knot, diag);
	if (err)
		return err;
	e.value[0] = knot->kl;
	e.value[1] = knot->other;
	e.value[2] = knot->error;
	return axp_search_log_add(s->log, &e, diag);
}

static int measure_layer(struct search *s, struct bench *b, struct axp_diag *diag)
{
	struct axp_compiler *c = s->c;
	struct axp_layer *layer = axp_graph_layer(c->graph, b->walk.at);
	struct traits *t = &s->layer[b->walk.at];
	double *want = malloc(layer->oc * sizeof(*want));
	struct axp_moments m = { 0 };
	struct axp_layer_shape one;
	int err;

	if (!want)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	axp_graph_layer_shape_of(c->graph, b->walk.at, &one);
	err = axp_calibration_histogram(&b->walk, layer, &one, c->opts.no_gating, c->h, diag);
	if (!err)
		err = axp_calibration_means(&b->walk, layer, true, want, diag);
	if (!err)
		err = axp_moments_take(&m, layer, &one, &b->walk, NULL, NULL, b->n, diag);
	t->macs = (double)layer->macs;
	t->outputs = (double)one.n * layer->oc * one.oh * one.ow;
	t->og = layer->oc / layer->groups;
	t->nonzero = nonzero_part(c->h, t->macs * b->n);
	t->largest = (double)c->h->largest;
	for (uint64_t i = 0; i < layer->nr_weights; i++)
		t->widest = fmax(t->widest, fabs((double)layer->weights[i]));
	for (uint32_t i = 0; !err && i < NR(measured_k); i++) {
		t->k[i].n = measured_k[i];
		err = know(s, b, 'K', &m, want, &t->k[i], diag);
	}
	for (uint32_t i = 0; !err && wants_rows(c) && i < NR(measured_n); i++) {
		t->rows[i].n = measured_n[i];
		err = know(s, b, 'N', NULL, want, &t->rows[i], diag);
	}
	for (uint32_t i = 0; !err && wants_significands(c) && i < NR(measured_t); i++) {
		t->t[i].n = measured_t[i];
		err = know(s, b, 'T', NULL, want, &t->t[i], diag);
	}
	axp_moments_clear(&m);
	free(want);
	return err;
}

static int measure(struct search *s, struct axp_diag *diag)
{
	struct bench b = { 0 };
	int err;

	err = bench_open(&b, s->c, diag);
	s->c->total = (uint64_t)b.n * measurements(s->c) * s->c->nr_layers +
		      MAX_PASSES * ((uint64_t)s->c->cal.n * s->c->nr_layers + s->c->check.n);
	for (uint32_t i = 0; !err && i < s->c->nr_layers; i++) {
		err = measure_layer(s, &b, diag);
		if (!err)
			err = axp_walk_step(&b.walk, false, diag);
	}
	bench_close(&b);
	return err;
}

/* -------------------------------------------------------------- estimates */

/* a power law through the two knots beside @n, or the two at the end */
static double between(const struct knot *knots, uint32_t nr, uint32_t n)
{
	uint32_t i = 0;
	double x, slope;

	while (i + 2 < nr && knots[i + 1].n < n)
		i++;
	x = log((double)knots[i + 1].n / knots[i].n);
	slope = log(knots[i + 1].kl / knots[i].kl) / x;
	/* more of a thing never harms; beyond the ends not steeper than noise falls */
	if (slope > 0)
		slope = 0;
	if (slope < -4)
		slope = -4;
	return knots[i].kl * exp(slope * log((double)n / knots[i].n));
}

/* the other value at @n, in a straight line over log n */
static double other_at(const struct knot *knots, uint32_t nr, uint32_t n)
{
	uint32_t i = 0;
	double part;

	while (i + 2 < nr && knots[i + 1].n < n)
		i++;
	part = log((double)n / knots[i].n) / log((double)knots[i + 1].n / knots[i].n);
	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return knots[i].other + part * (knots[i + 1].other - knots[i].other);
}

/* divergence of words of @bits: as that of rows that make the same error */
static double rounding(const struct traits *t, uint32_t bits, double samples)
{
	double unit = t->widest * t->largest / (ldexp(1, (int)bits - 1) - 1);
	double error = unit * unit / 12 * t->macs * t->nonzero * samples;

	if (bits == 32 || !(t->rows[0].error > 0))
		return 0;
	return t->rows[0].kl * error / t->rows[0].error;
}

static double divergence(const struct search *s, uint32_t i, const struct axp_layer_plan *p)
{
	const struct traits *t = &s->layer[i];
	double kl = between(t->k, NR(measured_k), p->centroids);

	if (p->organisation == AXP_ORG_SIGNIFICAND)
		return kl + between(t->t, NR(measured_t), (uint32_t)__builtin_ctz(p->rows));
	kl += between(t->rows, NR(measured_n), p->rows);
	return kl + rounding(t, p->word_bits, bench_samples(s->c));
}

/* femtojoule a sample, from counters as the engine would have them */
static double energy(const struct search *s, uint32_t i, const struct axp_layer_plan *p)
{
	const struct traits *t = &s->layer[i];
	const struct axp_compile_opts *o = &s->c->opts;
	double zeros = other_at(t->k, NR(measured_k), p->centroids);
	double nonzero = o->no_gating ? 1 : t->nonzero;
	bool alone = p->organisation == AXP_ORG_BANKED;
	double searches, hits = t->macs * nonzero * (o->no_gating ? 1 : 1 - zeros);
	struct axp_counters counters = { 0 };
	struct axp_table_dims dims = {
		.organisation = p->organisation,
		.lanes = p->lanes,
		.cam_rows = p->rows,
		.nr_centroids = p->centroids - !o->no_gating,
		.word_bits = p->word_bits,
		.fixed = o->accumulator == AXP_ACC_FIXED,
		.significand = p->organisation == AXP_ORG_SIGNIFICAND,
	};
	struct axp_costs costs;
	struct axp_energy price;
	const double scale = 1000;	/* below one event there is much to tell apart */

	dims.act_bits = dims.significand ? (uint32_t)__builtin_ctz(p->rows) :
			(uint32_t)ceil(other_at(t->rows, NR(measured_n), p->rows));
	dims.key_bits = dims.act_bits;
	dims.lut_words = dims.cam_rows * dims.nr_centroids;
	searches = alone ? hits : t->macs * nonzero / t->og * ceil((double)t->og / p->lanes);
	axp_energy_costs(&costs, s->model, o->cam_class, &dims);
	counters.macs = (uint64_t)(t->macs * scale);
	counters.hits_approx = (uint64_t)(hits * scale);
	counters.searches = (uint64_t)(searches * scale);
	counters.outputs = (uint64_t)(t->outputs * scale);
	axp_energy_price(&price, &costs, &counters, !o->no_gating);
	return (double)price.device / scale +
	       (double)axp_energy_program_fj(&costs, dims.cam_rows, dims.lut_words) / REUSE;
}

/* ------------------------------------------------------------ the cheapest */

struct best {
	struct axp_layer_plan plan;
	double cost;
};

static void consider(const struct search *s, uint32_t i, double mu,
		     const struct axp_layer_plan *p, struct best *best)
{
	double cost;

	if ((uint64_t)p->centroids * p->rows > 65536)
		return;
	cost = energy(s, i, p) / s->base + mu * divergence(s, i, p);
	if (cost < best->cost) {
		best->plan = *p;
		best->cost = cost;
	}
}

static void try_rows(const struct search *s, uint32_t i, double mu, struct axp_layer_plan p,
		     struct best *best)
{
	const struct axp_compile_opts *o = &s->c->opts;
	bool fixed = o->accumulator == AXP_ACC_FIXED;

	for (uint32_t w = 0; w < NR(tried_words); w++) {
		p.word_bits = o->word_bits ? o->word_bits : fixed ? tried_words[w] : 32;
		if (p.word_bits < s->least_word)
			continue;
		for (uint32_t n = 0; n < NR(tried_n); n++) {
			p.rows = o->rows ? o->rows : tried_n[n];
			consider(s, i, mu, &p, best);
			if (o->rows)
				break;
		}
		if (o->word_bits || !fixed)
			break;
	}
}

static void try_significands(const struct search *s, uint32_t i, double mu,
			     struct axp_layer_plan p, struct best *best)
{
	p.word_bits = 32;
	for (uint32_t t = 0; t <= 5; t++) {
		p.rows = s->c->opts.rows ? s->c->opts.rows : 1u << t;
		if (t || s->c->opts.rows)
			consider(s, i, mu, &p, best);
		if (s->c->opts.rows)
			break;
	}
}

/* the cheapest setting of layer @i when a nat costs mu */
static void choose(const struct search *s, uint32_t i, double mu, struct best *best)
{
	static const uint32_t organisations[] = {
		AXP_ORG_SHARED, AXP_ORG_BROADCAST, AXP_ORG_BANKED, AXP_ORG_SIGNIFICAND,
	};
	const struct axp_compile_opts *o = &s->c->opts;
	struct axp_layer_plan p = s->c->plan[i];

	best->cost = INFINITY;
	for (uint32_t org = 0; org < NR(organisations); org++) {
		bool alone = organisations[org] == AXP_ORG_BANKED;

		if (!o->any_organisation && o->organisation != organisations[org])
			continue;
		p.organisation = organisations[org];
		p.lanes = alone ? 1 : o->lanes ? o->lanes : s->layer[i].og < 16 ? s->layer[i].og : 16;
		for (uint32_t k = 0; k < NR(tried_k); k++) {
			p.centroids = o->centroids ? o->centroids : tried_k[k];
			if (p.organisation != AXP_ORG_SIGNIFICAND)
				try_rows(s, i, mu, p, best);
			else if (wants_significands(s->c))
				try_significands(s, i, mu, p, best);
			if (o->centroids)
				break;
		}
	}
}

/* plans of all layers for a mu; the divergence that is expected */
static double plan_for(const struct search *s, double mu, struct axp_layer_plan *plan)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->c->nr_layers; i++) {
		struct best best;

		choose(s, i, mu, &best);
		plan[i] = best.plan;
		sum += divergence(s, i, &best.plan);
	}
	return sum;
}

/* plans that are expected to diverge by @kl at most; false: there are none */
static bool plan_within(const struct search *s, double kl, struct axp_layer_plan *plan)
{
	double low = -10, high = 20;	/* log2 of mu */

	if (plan_for(s, exp2(high), plan) > kl)
		return false;
	while (high - low > 0.05) {
		double middle = (low + high) / 2;

		if (plan_for(s, exp2(middle), plan) > kl)
			low = middle;
		else
			high = middle;
	}
	plan_for(s, exp2(high), plan);
	return true;
}

/* ------------------------------------------------------------ whole nets */

static double total_energy(const struct search *s, const struct axp_layer_plan *plan)
{
	double sum = 0;

	for (uint32_t i = 0; i < s->c->nr_layers; i++)
		sum += energy(s, i, &plan[i]);
	return sum;
}

double axp_search_bound(const struct axp_compile_opts *o)
{
	double drop = o->max_drop > 0 ? KL_PER_POINT * (double)o->max_drop : INFINITY;

	return o->max_kl > 0 ? fmin((double)o->max_kl, drop) : drop;
}

static bool within(const struct search *s, const struct axp_quality *q)
{
	const struct axp_compile_opts *o = &s->c->opts;

	return q->kl <= axp_search_bound(o) &&
	       !(o->max_drop > 0 && axp_quality_points(q) > (double)o->max_drop);
}

/* names a plan in the log; FNV-1a, 32 bits */
static uint32_t plan_number(const struct axp_compiler *c)
{
	const unsigned char *p = (const unsigned char *)c->plan;
	uint32_t hash = 0x811c9dc5;

	for (size_t i = 0; i < c->nr_layers * sizeof(*c->plan); i++)
		hash = (hash ^ p[i]) * 0x01000193;
	return hash;
}

/* compile with the plan and look at it, or find both in the log */
static int pass(struct search *s, struct axp_quality *q, struct axp_diag *diag)
{
	struct axp_log_entry e = { .kind = 'P', .number = plan_number(s->c) };
	int err;

	memset(q, 0, sizeof(*q));
	q->samples = s->c->check.n;
	if (axp_search_log_find(s->log, &e)) {
		q->kl = e.value[0];
		q->lost = (int64_t)e.value[1];
		q->flips = (uint64_t)e.value[2];
		return 0;
	}
	err = axp_compile_pass(s->c, diag);
	if (!err)
		err = axp_compile_check(s->c, false, q, NULL, diag);
	if (err)
		return err;
	e.value[0] = q->kl;
	e.value[1] = (double)q->lost;
	e.value[2] = (double)q->flips;
	return axp_search_log_add(s->log, &e, diag);
}

static int no_setting(const struct search *s, const struct axp_quality *q, struct axp_diag *diag)
{
	if (s->c->opts.max_drop > 0)
		return axp_fail(diag, -ERANGE,
				"no setting within the bound: the best loses %.2f points (divergence %.3g nat) on %u samples",
				axp_quality_points(q), q->kl, s->c->check.n);
	return axp_fail(diag, -ERANGE,
			"no setting within the bound: the best diverges by %.3g nat on %u samples",
			q->kl, s->c->check.n);
}

/*
 * The divergence that is asked of the estimates is moved until what is measured lies
 * just within the bound. @best: plans of the cheapest net that does.
 */
static int approach(struct search *s, struct axp_layer_plan *best, struct axp_diag *diag)
{
	double bound = axp_search_bound(&s->c->opts), ask = bound, low = 0, high = INFINITY;
	double least = INFINITY;
	struct axp_quality q = { 0 };
	bool found = false;
	int err;

	for (int i = 0; i < MAX_PASSES; i++) {
		double ratio, e;

		/* below what the finest settings are expected to do: take these */
		if (!plan_within(s, ask, s->c->plan))
			high = ask;
		err = pass(s, &q, diag);
		if (err)
			return err;
		e = total_energy(s, s->c->plan);
		ratio = bound / fmax(q.kl, LEAST_KL);
		if (within(s, &q)) {
			if (e < least) {
				memcpy(best, s->c->plan, s->c->nr_layers * sizeof(*best));
				least = e;
				s->ask = ask;
				found = true;
			}
			low = ask;
			if (q.kl > NEAR * bound)
				break;
		} else {
			if (ask == high)
				break;	/* nothing finer */
			high = ask;
			ratio = fmin(ratio, 0.8);
		}
		ask *= fmin(fmax(ratio * 0.95, 0.1), 10);
		if (low > 0 && (ask <= low || ask >= high))
			ask = isfinite(high) ? sqrt(low * high) : low * 2;
		if (high / low < 1.1)
			break;
	}
	return found ? 0 : no_setting(s, &q, diag);
}

/* compile with c->plan and look at it as the engine computes it */
static int finish(struct search *s, bool *good, struct axp_quality *q, struct axp_diag *diag)
{
	int err;

	s->c->rough = false;
	err = axp_compile_pass(s->c, diag);
	if (!err)
		err = axp_compile_check(s->c, true, q, NULL, diag);
	*good = !err && within(s, q);
	if (*good)
		s->c->quality = *q;
	return err;
}

/* words of 8 bits, whose rounding only the engine knows: tried once, if worth it */
static int narrow(struct search *s, const struct axp_layer_plan *best, bool *good,
		  struct axp_diag *diag)
{
	struct axp_quality q;
	int err = 0;

	*good = false;
	s->least_word = 8;
	if (s->c->opts.accumulator == AXP_ACC_FIXED && !s->c->opts.word_bits &&
	    plan_within(s, s->ask, s->c->plan) &&
	    total_energy(s, s->c->plan) < WORTH * total_energy(s, best))
		err = finish(s, good, &q, diag);
	s->least_word = 16;
	return err;
}

/* the best net on the engine; where rounding takes it over the bound, finer ones */
static int settle(struct search *s, struct axp_diag *diag)
{
	size_t bytes = s->c->nr_layers * sizeof(struct axp_layer_plan);
	struct axp_layer_plan *best = malloc(bytes);
	double bound = axp_search_bound(&s->c->opts), ask;
	struct axp_quality q = { 0 };
	bool good = false;
	int err;

	if (!best)
		return axp_fail(diag, -ENOMEM, "no memory");
	s->c->rough = true;
	err = approach(s, best, diag);
	if (!err)
		err = narrow(s, best, &good, diag);
	if (!err && !good)
		memcpy(s->c->plan, best, bytes);
	ask = s->ask;
	for (int i = 0; !err && !good && i < MAX_TRIES; i++) {
		err = finish(s, &good, &q, diag);
		ask *= fmin(0.8, 0.9 * bound / fmax(q.kl, LEAST_KL));
		if (!err && !good && !plan_within(s, ask, s->c->plan))
			break;
	}
	if (!err && !good)
		err = no_setting(s, &q, diag);
	free(best);
	return err;
}

int axp_search(struct axp_compiler *c, struct axp_diag *diag)
{
	const struct axp_energy_model *model = axp_energy_preset(c->opts.preset);
	struct search s = { .c = c, .model = model, .least_word = 16 };
	int err;

	if (!model)
		return axp_fail(diag, -EOPNOTSUPP,
				"preset %s exists only on the device: it cannot be searched with",
				axp_preset_name(c->opts.preset));
	s.layer = calloc(c->nr_layers, sizeof(*s.layer));
	if (!s.layer)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (uint32_t i = 0; i < c->nr_layers; i++)
		s.base += (double)axp_graph_layer(c->graph, i)->macs *
			  (double)(model->mul + model->add) * 1e-6;
	err = axp_search_log_open(&s.log, c, diag);
	if (!err)
		err = measure(&s, diag);
	if (!err)
		err = settle(&s, diag);
	axp_search_log_close(s.log);
	free(s.layer);
	return err;
}
