/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layer: a convolution or matrix product with constant weights, the unit that
 * is clustered, given a table and offloaded.
 */
#ifndef AXP_LIB_LAYER_H
#define AXP_LIB_LAYER_H

#include <axp/axp.h>

/**
 * struct axp_assoc - the associative form of a layer
 * @k: centroids
 * @codebook: their values
 * @index: one per weight, in the order of axp_layer.weights
 * @spec: of the table; preset and cam_class are explicit, never 0
 * @nr_rows: rows of the table
 * @rows: the table
 * @job_flags: AXP_JOB_GATE_ACT, AXP_JOB_GATE_WGT, AXP_JOB_KY_CI_KX
 * @dims_rows: CAM rows in the organisation (reports)
 * @dims_key_bits: compared bits (reports)
 */
struct axp_assoc {
	uint32_t k;
	float codebook[256];
	uint8_t *index;
	struct axp_table_spec spec;
	uint32_t nr_rows;
	struct axp_row *rows;
	uint32_t job_flags;
	uint32_t dims_rows;
	uint32_t dims_key_bits;
};

/**
 * struct axp_layer - one layer of a graph
 * @name: of its node, unique in the graph
 * @op: "Conv", "Gemm", "MatMul"
 * @is_conv: a 2-D convolution; else act[n, c] * weights[oc, c]
 * @one_d: a convolution in one direction: [N, C, W], here of height 1
 * @oc: output channels
 * @cg: input channels of a group
 * @kh: kernel height, 1 when not a convolution; likewise the next ones
 * @kw: kernel width
 * @groups: groups
 * @stride_h: strides
 * @stride_w: strides
 * @dil_h: dilations
 * @dil_w: dilations
 * @pad_top: explicit padding (auto_pad is resolved by shape inference)
 * @pad_bottom: padding
 * @pad_left: padding
 * @pad_right: padding
 * @weights: binary32, [oc][cg][kh][kw]: what FP32 runs, clustered when @assoc
 * @held: tensor that @weights lie in, NULL: their own memory
 * @nr_weights: oc * cg * kh * kw
 * @bias: [oc], never NULL
 * @assoc: NULL: not compiled
 * @macs: of one sample, known after shape inference
 */
struct axp_layer {
	char *name;
	const char *op;
	bool is_conv, one_d;
	uint32_t oc, cg, kh, kw, groups;
	uint32_t stride_h, stride_w, dil_h, dil_w;
	uint32_t pad_top, pad_bottom, pad_left, pad_right;
	float *weights;
	struct axp_tensor *held;
	uint64_t nr_weights;
	float *bias;
	struct axp_assoc *assoc;
	uint64_t macs;
};

/**
 * struct axp_layer_shape - input and output of one run of a layer
 * @n: samples (rows of act when not a convolution)
 * @c: input channels, groups * cg
 * @h: input height, 1 when not a convolution
 * @w: input width
 * @oh: output height
 * @ow: output width
 */
struct axp_layer_shape {
	uint32_t n, c, h, w, oh, ow;
};

struct axp_assoc *axp_assoc_new(uint64_t nr_weights, uint32_t nr_rows);
void axp_assoc_free(struct axp_assoc *assoc);
/* flags and shape of the job of @layer for @shape; handles and refs left 0 */
void axp_layer_job(const struct axp_layer *layer, const struct axp_layer_shape *shape,
		   struct axp_job *job);

/* the graph's layers, in topological order; mutable for axp_compile() */
struct axp_layer *axp_graph_layer(struct axp_graph *graph, uint32_t i);

/* input and output of layer @layer for one sample */
void axp_graph_layer_shape_of(const struct axp_graph *graph, uint32_t layer,
			      struct axp_layer_shape *shape);

#endif /* AXP_LIB_LAYER_H */
