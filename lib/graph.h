/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Graph: values, nodes in the order of execution, layers, metadata.
 *
 * Stages, each over plain data: onnx_read.c fills values and nodes, sort.c puts
 * the nodes in order, infer.c knows shapes, fold.c removes what is constant and
 * makes layers. After axp_graph_finish() a graph is what the session runs and
 * what onnx_write.c writes.
 */
#ifndef AXP_LIB_GRAPH_H
#define AXP_LIB_GRAPH_H

#include "layer.h"
#include "tensor.h"

struct axp_op;

#define AXP_NO_VALUE	UINT32_MAX	/* an optional input that is left out */
#define AXP_NO_NODE	UINT32_MAX

/**
 * struct axp_value - what nodes read and write
 * @name: unique in the graph
 * @shape: for one sample; of a constant: its own
 * @dtype: type of the elements
 * @constant: the constant, or NULL
 * @given: while the graph is made: what an input will be (borrowed), or NULL. It
 *	becomes the constant where a node needs one
 * @frozen: an input that has become a constant
 * @producer: node, AXP_NO_NODE: the graph's input or a constant
 */
struct axp_value {
	char *name;
	struct axp_shape shape;
	enum axp_dtype dtype;
	struct axp_tensor *constant;
	const struct axp_tensor *given;
	bool frozen;
	uint32_t producer;
};

/**
 * struct axp_node - one operator
 * @name: of the node
 * @op: row of the table of operators
 * @attrs: @op's attributes, op->attrs_size bytes, or NULL
 * @in: values read, AXP_NO_VALUE where left out; of a layer only the activations
 * @nr_in: of @in
 * @out: values written, AXP_NO_VALUE where nobody reads one
 * @nr_out: of @out
 * @layer: NULL: runs on the host
 * @dead: removed by a pass
 */
struct axp_node {
	char *name;
	const struct axp_op *op;
	void *attrs;
	uint32_t *in, nr_in;
	uint32_t *out, nr_out;
	struct axp_layer *layer;
	bool dead;
};

struct axp_property {
	char *key, *value;
};

/**
 * struct axp_graph - a network
 * @name: of the ONNX graph
 * @opset: version of the default operator set
 * @values: all values
 * @nr_values: of @values
 * @nodes: in the order of execution (after axp_graph_finish())
 * @nr_nodes: of @nodes
 * @layers: borrowed from the nodes, in order (after axp_graph_finish())
 * @layer_nodes: the node of each
 * @nr_layers: of @layers
 * @inputs: values
 * @nr_inputs: of @inputs; one unless @tensors
 * @batch_param: name of the inputs' free batch dimension, NULL: it is 1
 * @tensors: made for axp_session_run_tensors(): inputs and outputs of any number, type
 *	and shape; else one FLOAT input and outputs that depend on it
 * @outputs: values; the first is what a session returns
 * @nr_outputs: of @outputs
 * @props: metadata
 * @nr_props: of @props
 * @making: how it was compiled
 * @folded: elements computed while loading
 * @batched: dimension 0 of every computed value grows with the batch and samples
 *	never mix, so that many samples run at once
 */
struct axp_graph {
	char *name;
	uint32_t opset;
	struct axp_value *values;
	uint32_t nr_values, max_values;
	struct axp_node *nodes;
	uint32_t nr_nodes, max_nodes;
	struct axp_layer **layers;
	uint32_t *layer_nodes, nr_layers;
	uint32_t *inputs, nr_inputs;
	char *batch_param;
	bool tensors;
	uint32_t *outputs, nr_outputs;
	struct axp_property *props;
	uint32_t nr_props, max_props;
	struct axp_making making;
	uint64_t folded;
	bool batched;
};

struct axp_graph *axp_graph_new(void);
/* a value without producer; @name is copied. 0 or -ENOMEM */
int axp_graph_add_value(struct axp_graph *graph, const char *name, uint32_t *value) AXP_MUST_CHECK;
/* an empty node; borrowed until the next one is added. 0 or -ENOMEM */
int axp_graph_add_node(struct axp_graph *graph, struct axp_node **node) AXP_MUST_CHECK;
void axp_node_clear(struct axp_node *node);
/* release attributes and inputs, as when the node is replaced */
void axp_node_drop_attrs(struct axp_node *node);

/* sort.c: put the nodes in order; a cycle is refused */
int axp_graph_sort(struct axp_graph *graph, struct axp_diag *diag) AXP_MUST_CHECK;
/* infer.c: shape of every value for @batch samples into @shapes, nr_values of them */
int axp_graph_infer(const struct axp_graph *graph, uint64_t batch, struct axp_shape *shapes,
		    bool *mixes, struct axp_diag *diag) AXP_MUST_CHECK;
/* infer.c: one node, from @shapes of its inputs to those of its outputs; @types: NULL or
 * by value, where the types of the outputs go */
int axp_node_infer(const struct axp_graph *graph, const struct axp_node *node,
		   struct axp_shape *shapes, enum axp_dtype *types, bool *mixes,
		   struct axp_diag *diag) AXP_MUST_CHECK;
/* fold.c: constants, identities, layers, batch normalization, biases */
int axp_graph_fold(struct axp_graph *graph, struct axp_diag *diag) AXP_MUST_CHECK;
/* everything between reading and running; the graph is unusable on failure */
int axp_graph_finish(struct axp_graph *graph, struct axp_diag *diag) AXP_MUST_CHECK;

/* shape of a run of @node's layer for @batch samples */
void axp_node_layer_shape(const struct axp_graph *graph, const struct axp_node *node,
			  uint32_t batch, struct axp_layer_shape *shape);

#endif /* AXP_LIB_GRAPH_H */
