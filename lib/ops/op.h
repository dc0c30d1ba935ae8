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
	AXP_ATTR_TENSOR,	/* struct axp_tensor *, owned */
};

#define AXP_MAX_INTS	32

struct axp_ints {
	uint32_t n;
	int64_t v[AXP_MAX_INTS];
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
 * @constant: those that are constants, else NULL
 * @out: to be filled
 * @mixes: set when samples of a batch take part in each other's results
 * @diag: for messages, which name the input or attribute
 */
struct axp_infer {
	const void *attrs;
	uint32_t nr_in;
	const struct axp_shape **in;
	const struct axp_tensor **constant;
	struct axp_shape out;
	bool mixes;
	struct axp_diag *diag;
};

/**
 * struct axp_run - what the execution of a node sees
 * @attrs: of the node
 * @nr_in: inputs
 * @in: binary32 data; NULL where left out
 * @in_shape: shapes
 * @out: binary32 data
 * @out_shape: shape
 */
struct axp_run {
	const void *attrs;
	uint32_t nr_in;
	const float **in;
	struct axp_shape *in_shape;
	float *out;
	struct axp_shape out_shape;
};

/**
 * struct axp_op - one operator, for a range of opsets
 * @name: ONNX op_type
 * @since: first opset of this row
 * @until: last opset of this row
 * @min_in: inputs that must be there
 * @max_in: inputs that may be there
 * @attrs: specs, NULL: none
 * @attrs_size: of the structure they fill
 * @infer: shape of the output
 * @run: FP32 execution on the host; reads binary32 only
 * @view: the output is the first input under another shape: nothing to run
 * @const_from: inputs from this one on must be constants
 * @const_any: these may be of any type (@infer checks them), else FLOAT
 * @fold: what a node with constant inputs is, for types that @run cannot take
 * @layer: makes the layer of a node with constant weights; such an operator never
 *	runs on the host
 *
 * Each row has one of @run, @view, @fold, @layer, and may have @fold beside.
 */
struct axp_op {
	const char *name;
	uint32_t since, until;
	uint32_t min_in, max_in;
	const struct axp_attr_spec *attrs;
	size_t attrs_size;
	int (*infer)(struct axp_infer *inf);
	void (*run)(const struct axp_run *run);
	bool view;
	uint32_t const_from;
	bool const_any;
	int (*fold)(const void *attrs, const struct axp_tensor *const *in, uint32_t nr_in,
		    struct axp_tensor **out, struct axp_diag *diag);
	int (*layer)(struct axp_layer *layer, struct axp_node *node,
		     const struct axp_shape *in, const struct axp_tensor *const *constant,
		     struct axp_diag *diag);
};

#define AXP_OPSET_MIN	9u
#define AXP_OPSET_MAX	17u

/* row of an operator; NULL: @known says whether another opset has it */
const struct axp_op *axp_op_find(const char *name, uint32_t opset, bool *known);
/* row @i of all rows, or NULL past the last */
const struct axp_op *axp_op_row(uint32_t i);

extern const struct axp_op axp_ops_conv[], axp_ops_gemm[], axp_ops_pool[], axp_ops_norm[],
	axp_ops_eltwise[], axp_ops_act[], axp_ops_shape[], axp_ops_constant[];

/* an axis of @ndim dimensions, negative counts from the end; -EINVAL */
int axp_axis(int64_t axis, uint32_t ndim, uint32_t *out, struct axp_diag *diag);

#endif /* AXP_LIB_OPS_OP_H */
