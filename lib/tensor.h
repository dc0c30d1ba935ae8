/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tensor: a shape, a type and constant data. Dense, C order.
 */
#ifndef AXP_LIB_TENSOR_H
#define AXP_LIB_TENSOR_H

#include <axp/axp.h>

#define AXP_MAX_DIMS	8

/* Elements of any one tensor, and of all that is computed while loading. */
#define AXP_MAX_ELEMS		(UINT64_C(1) << 31)
#define AXP_MAX_FOLDED_ELEMS	(UINT64_C(1) << 29)

/* Numbers of ONNX's TensorProto.DataType. */
enum axp_dtype {
	AXP_F32 = 1,
	AXP_U8 = 2,
	AXP_I8 = 3,
	AXP_I32 = 6,
	AXP_I64 = 7,
	AXP_BOOL = 9,
};

/**
 * struct axp_shape - dimensions
 * @ndim: number of them, 0: a scalar
 * @dim: dimensions, elements
 */
struct axp_shape {
	uint32_t ndim;
	uint64_t dim[AXP_MAX_DIMS];
};

/**
 * struct axp_tensor - a constant
 * @dtype: type of the elements
 * @shape: dimensions
 * @elems: number of elements
 * @data: elements, in the byte order of the machine
 */
struct axp_tensor {
	enum axp_dtype dtype;
	struct axp_shape shape;
	uint64_t elems;
	void *data;
};

/* bytes of an element, 0: not a type the library holds */
size_t axp_dtype_size(int dtype);
/* name of a TensorProto.DataType, "FLOAT16" and so on; "?" when unknown */
const char *axp_dtype_name(int dtype);

/* product of the dimensions; -EOVERFLOW over AXP_MAX_ELEMS */
int axp_shape_elems(const struct axp_shape *shape, uint64_t *elems) AXP_MUST_CHECK;
bool axp_shape_equal(const struct axp_shape *a, const struct axp_shape *b);
/* product of dimensions @from to @to - 1, known to fit */
uint64_t axp_shape_span(const struct axp_shape *shape, uint32_t from, uint32_t to);
/* "[1, 3, 32, 32]" into @text, for messages */
const char *axp_shape_text(const struct axp_shape *shape, char text[128]);

/**
 * axp_tensor_new() - a zeroed tensor
 * @out: owned by the caller: axp_tensor_free(); NULL on failure
 *
 * Return: 0; -EOVERFLOW; -ENOMEM.
 */
int axp_tensor_new(struct axp_tensor **out, enum axp_dtype dtype,
		   const struct axp_shape *shape) AXP_MUST_CHECK;
void axp_tensor_free(struct axp_tensor *tensor);
/* element @i of an integer tensor (or BOOL) */
int64_t axp_tensor_int(const struct axp_tensor *tensor, uint64_t i);
/* index of the first NaN or infinity of a FLOAT tensor, or -1 */
int64_t axp_tensor_not_finite(const struct axp_tensor *tensor);

#endif /* AXP_LIB_TENSOR_H */
