/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiler: axp_compile() under way.
 */
#ifndef AXP_LIB_COMPILE_H
#define AXP_LIB_COMPILE_H

#include "calibrate.h"

/**
 * struct axp_compiler - axp_compile() under way
 * @graph: the net
 * @opts: defaults filled but for @centroids, @rows, @lanes
 * @cal: calibration inputs
 * @h: activations of the layer in hand
 * @reference: [layer][oc] mean outputs of the FP32 net
 * @means: [layer][oc] mean outputs of the associative one
 * @saved: [layer] weights and biases as they were
 * @nr_layers: of @graph
 */
struct axp_compiler {
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
 * struct axp_layer_plan - settings of one layer
 * @centroids: K at most
 * @rows: of the CAM at most
 * @lanes: processing elements of a search
 */
struct axp_layer_plan {
	uint32_t centroids;
	uint32_t rows;
	uint32_t lanes;
};

/* checked options with the defaults that do not depend on a layer */
int axp_compile_take_opts(struct axp_compile_opts *o, const struct axp_compile_opts *from,
			  struct axp_diag *diag) AXP_MUST_CHECK;
/* settings of layer @i, by its role where the options leave them open */
void axp_compile_plan(struct axp_layer_plan *plan, const struct axp_compiler *c, uint32_t i);

/**
 * axp_compile_layer() - make layer @i associative; the layers before it are
 * @c: compiler; on failure the layer is left half done, to be restored
 * @i: number of the layer
 * @diag: layer and reason
 */
int axp_compile_layer(struct axp_compiler *c, uint32_t i,
		      struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_COMPILE_H */
