/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler: axp_compile() under way.
 */
#ifndef AXP_LIB_COMPILE_H
#define AXP_LIB_COMPILE_H

#include "calibrate.h"
#include "moments.h"
#include "quality.h"

/**
 * struct axp_layer_plan - settings of one layer
 * @organisation: AXP_ORG_*
 * @centroids: K at most
 * @rows: of the CAM at most
 * @lanes: processing elements of a search
 * @word_bits: of a LUT word
 * @prefix_bits: compared bits of rows of one length; 0: lengths as they fit best
 */
struct axp_layer_plan {
	uint32_t organisation;
	uint32_t centroids;
	uint32_t rows;
	uint32_t lanes;
	uint32_t word_bits;
	uint32_t prefix_bits;
};

/**
 * struct axp_compiler - axp_compile() under way
 * @graph: the net
 * @opts: defaults filled but for @centroids, @rows, @lanes, @word_bits
 * @threads: that run samples
 * @cal: calibration inputs
 * @check: inputs that the result is checked with
 * @y: outputs of the FP32 net for @check
 * @h: activations of the layer in hand
 * @plan: [layer]
 * @q: [layer] what the rows make of activations; NULL: that depends on the weight
 * @filtered: working memory of axp_compile_filter()
 * @filtered_elems: of it
 * @saved: [layer] weights and biases as they were
 * @nr_layers: of @graph
 * @quality: of the net that a search settled on
 * @rough: the rounding of words does not matter yet: a search on its way
 * @done: samples times layers so far, for the progress
 * @total: in all, 0: unknown
 */
struct axp_compiler {
	struct axp_graph *graph;
	struct axp_compile_opts opts;
	uint32_t threads;
	struct axp_calibration cal;
	struct axp_calibration check;
	float *y;
	struct axp_histogram *h;
	struct axp_layer_plan *plan;
	struct axp_quantiser **q;
	float *filtered;
	uint64_t filtered_elems;
	struct saved {
		float *weights;
		float *bias;
	} *saved;
	uint32_t nr_layers;
	struct axp_quality quality;
	bool rough;
	uint64_t done;
	uint64_t total;
};

/* checked options with the defaults that do not depend on a layer */
int axp_compile_take_opts(struct axp_compile_opts *o, const struct axp_compile_opts *from,
			  struct axp_diag *diag) AXP_MUST_CHECK;
/* threads that run samples */
uint32_t axp_compile_threads(const struct axp_compile_opts *o);
/* samples that a search is checked with */
uint64_t axp_compile_check_samples(const struct axp_compiler *c);
/* settings of layer @i, by its role where the options leave them open */
void axp_compile_plan(struct axp_layer_plan *plan, const struct axp_compiler *c, uint32_t i);

/* are weights of layer @i pruned? */
bool axp_compile_prunes(const struct axp_compiler *c, uint32_t i);
/* tell the caller that @samples more have passed a layer */
void axp_compile_progress(struct axp_compiler *c, const char *what, uint64_t samples);
/* a session's filter: what the rows of each layer make of its input; @user: compiler */
const float *axp_compile_filter(void *user, uint32_t layer, const struct axp_layer_shape *shape,
				const float *in);
/* weights and biases as they were, no tables */
void axp_compile_restore(struct axp_compiler *c);

/**
 * axp_compile_pass() - make all layers associative, as planned
 * @c: compiler; the graph is restored first
 * @diag: layer and reason
 *
 * From the first layer to the last, each from what reaches it through those before.
 */
int axp_compile_pass(struct axp_compiler *c, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_compile_layer() - make the layer associative that both nets wait at
 * @c: compiler; on failure the layer is left half done, to be restored
 * @fp32: the net as it was; moves on
 * @made: the net with the layers made so far; moves on
 * @diag: layer and reason
 */
int axp_compile_layer(struct axp_compiler *c, struct axp_walk *fp32, struct axp_walk *made,
		      struct axp_diag *diag) AXP_MUST_CHECK;

/* groups of activations of a plan, from @c->h; @nr is 0 for flat */
int axp_compile_groups(struct axp_group *groups, uint32_t *nr, const struct axp_compiler *c,
		       const struct axp_layer_plan *plan) AXP_MUST_CHECK;
/* codebook and indices of a layer, whose weights are the FP32 net's */
int axp_compile_cluster(struct axp_codebook *book, uint8_t *index, const struct axp_compiler *c,
			uint32_t i, const struct axp_moments *m, uint32_t k,
			struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_compile_check() - run the checked inputs through the compiled net
 * @c: compiler
 * @exact: on the soft backend, bit for bit; else rows and centroids in FP32
 * @quality: filled
 * @stats: counters of the soft backend; NULL unless @exact
 * @diag: layer and reason
 */
int axp_compile_check(struct axp_compiler *c, bool exact, struct axp_quality *quality,
		      struct axp_stats *stats, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_COMPILE_H */
