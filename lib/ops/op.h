/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operator: one row each. "Supported" means "has a row".
 *
 * A family of operators is a file: structures of attributes, their specs, shape
 * inference and execution together, ending in its rows; ops.c lists the families.
 */
#ifndef AXP_LIB_OPS_OP_H
#define AXP_LIB_OPS_OP_H

#include <stddef.h>

#include "../diag.h"
#include "../graph.h"

/* -------------------------------------------------------------- attributes */

enum axp_attr_kind {
	AXP_ATTR_INT,		/* int64_t */
	AXP_ATTR_FLOAT,		/* float */
	AXP_ATTR_WORD,		/* uint32_t: index into words */
	AXP_ATTR_INTS,		/* struct axp_ints */
	AXP_ATTR_FLOATS,	/* struct axp_floats */
	AXP_ATTR_TENSOR,	/* struct axp_tensor *, owned */
};

#define AXP_MAX_INTS	32

struct axp_ints {
	uint32_t n;
	int64_t v[AXP_MAX_INTS];
};

struct axp_floats {
	uint32_t n;
	float v[AXP_MAX_INTS];
};

/**
 * struct axp_attr_spec - one attribute of an operator
 * @name: NULL ends a list
 * @kind: its type
 * @offset: in the operator's structure
 * @required: refused when left out
 * @min: AXP_ATTR_INT, AXP_ATTR_INTS: smallest value
 * @max: AXP_ATTR_INT, AXP_ATTR_INTS: largest value
 * @def: AXP_ATTR_INT: default
 * @fdef: AXP_ATTR_FLOAT: default
 * @words: AXP_ATTR_WORD: accepted strings, the first is the default, NULL ends
 */
struct axp_attr_spec {
	const char *name;
	enum axp_attr_kind kind;
	size_t offset;
	bool required;
	int64_t min, max, def;
	float fdef;
	const char *const *words;
};

/**
 * struct axp_attr - an attribute as a file gives it, borrowed
 * @name: of the attribute
 * @kind: its type; a string is AXP_ATTR_WORD
 * @i: AXP_ATTR_INT
 * @f: AXP_ATTR_FLOAT
 * @s: AXP_ATTR_WORD, @n bytes
 * @ints: AXP_ATTR_INTS, @n of them
 * @floats: AXP_ATTR_FLOATS, @n of them
 * @n: see above
 * @tensor: AXP_ATTR_TENSOR; taken by axp_attrs_parse() on success (set to NULL)
 */
struct axp_attr {
	const char *name;
	enum axp_attr_kind kind;
	int64_t i;
	float f;
	const char *s;
	const int64_t *ints;
	const float *floats;
	size_t n;
	struct axp_tensor *tensor;
};

const char *axp_attr_kind_name(enum axp_attr_kind kind);

/**
 * axp_attrs_parse() - check attributes against the specs of an operator
 * @out: new structure of the operator, all defaults filled; NULL on failure
 * @op: row
 * @attr: @n attributes
 * @n: number of them
 * @diag: unknown, duplicate, ill-typed, out of range or missing: which
 *
 * Return: 0; -EOPNOTSUPP unknown; -EINVAL; -ENOMEM.
 */
int axp_attrs_parse(void **out, const struct axp_op *op, struct axp_attr *attr, size_t n,
		    struct axp_diag *diag) AXP_MUST_CHECK;
void axp_attrs_free(const struct axp_op *op, void *attrs);

/* --------------------------------------------------------------- operators */

/**
 * struct axp_infer - what shape inference of a node sees
 * @attrs: of the node
 * @nr_in: inputs
 * @in: their shapes; NULL where left out
 * @in_type: their types
 * @constant: those that are constants, else NULL
 * @nr_out: outputs, at least 1
 * @out: to be filled
 * @out_type: to be filled; set to the type of the first input before
 * @mixes: set when samples of a batch take part in each other's results
 * @diag: for messages, which name the input or attribute
 */
struct axp_infer {
	const void *attrs;
	uint32_t nr_in;
	const struct axp_shape **in;
	enum axp_dtype *in_type;
	const struct axp_tensor **constant;
	uint32_t nr_out;
	struct axp_shape *out;
	enum axp_dtype *out_type;
	bool mixes;
	struct axp_diag *diag;
};

/**
 * struct axp_run - what the execution of a node sees
 * @attrs: of the node
 * @nr_in: inputs
 * @in: data; NULL where left out
 * @in_shape: shapes
 * @in_type: types
 * @nr_out: outputs
 * @out: data; NULL where nobody wants it
 * @out_shape: shapes
 * @out_type: types
 * @diag: for messages
 */
struct axp_run {
	const void *attrs;
	uint32_t nr_in;
	const void **in;
	struct axp_shape *in_shape;
	enum axp_dtype *in_type;
	uint32_t nr_out;
	void **out;
	struct axp_shape *out_shape;
	enum axp_dtype *out_type;
	struct axp_diag *diag;
};

/**
 * struct axp_op - one operator, for a range of opsets
 * @name: ONNX op_type
 * @since: first opset of this row
 * @until: last opset of this row
 * @min_in: inputs that must be there
 * @max_in: inputs that may be there
 * @max_out: outputs that may be there, 0: one
 * @attrs: specs, NULL: none
 * @attrs_size: of the structure they fill
 * @infer: shape and type of the outputs
 * @run: execution on the host; 0, or -EINVAL for values that have no result
 * @view: the output is the first input under another shape: nothing to run, unless
 *	there is a second output
 * @const_from: inputs from this one on must be constants
 * @const_any: these may be of any type (@infer checks them), else FLOAT
 * @any_type: the others may be of any type (@infer checks them), else FLOAT
 * @of_shape: the output follows from the shapes of the inputs: always a constant
 * @layer: makes the layer of a node with constant weights; it may leave the data of
 *	the constant as the weights, and the caller sees to whose they are
 * @is_layer: whether a node becomes one, NULL: always; a row without @run is never
 *	anything else
 *
 * Each row has @run, @view or @layer.
 */
struct axp_op {
	const char *name;
	uint32_t since, until;
	uint32_t min_in, max_in, max_out;
	const struct axp_attr_spec *attrs;
	size_t attrs_size;
	int (*infer)(struct axp_infer *inf);
	int (*run)(struct axp_run *run);
	bool view;
	uint32_t const_from;
	bool const_any, any_type, of_shape;
	int (*layer)(struct axp_layer *layer, struct axp_node *node,
		     const struct axp_shape *in, const struct axp_tensor *const *constant,
		     struct axp_diag *diag);
	bool (*is_layer)(const struct axp_graph *graph, const struct axp_node *node);
};

/* nothing to run: the output lies where the first input does */
static inline bool axp_node_is_view(const struct axp_node *node)
{
	return node->op->view && node->nr_out == 1;
}

/* an operator of an old model is known where it had the form of a row already */
#define AXP_OPSET_MIN	1u
#define AXP_OPSET_MAX	17u

/* row of an operator; NULL: @known says whether another opset has it */
const struct axp_op *axp_op_find(const char *name, uint32_t opset, bool *known);
/* row @i of all rows, or NULL past the last */
const struct axp_op *axp_op_row(uint32_t i);

extern const struct axp_op axp_ops_conv[], axp_ops_gemm[], axp_ops_pool[], axp_ops_norm[],
	axp_ops_eltwise[], axp_ops_act[], axp_ops_shape[], axp_ops_slice[], axp_ops_pad[],
	axp_ops_reduce[], axp_ops_resize[], axp_ops_constant[], axp_ops_branch[];

/* @name is a list of at most AXP_MAX_DIMS integers; -EINVAL */
int axp_int_list(const struct axp_tensor *t, const char *name, struct axp_diag *diag);
/* an axis of @ndim dimensions, negative counts from the end; -EINVAL */
int axp_axis(int64_t axis, uint32_t ndim, uint32_t *out, struct axp_diag *diag);

#endif /* AXP_LIB_OPS_OP_H */
