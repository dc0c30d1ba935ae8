/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tensor: a shape, a type and constant data. Dense, C order.
 */
#ifndef AXP_LIB_TENSOR_H
#define AXP_LIB_TENSOR_H

#include <axp/axp.h>

struct axp_mapping;

/* Elements of any one tensor, and of all that is computed while loading. */
#define AXP_MAX_ELEMS		(UINT64_C(1) << 31)
#define AXP_MAX_FOLDED_ELEMS	(UINT64_C(1) << 29)

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
 * @map: holds @data, NULL: its own memory
 */
struct axp_tensor {
	enum axp_dtype dtype;
	struct axp_shape shape;
	uint64_t elems;
	void *data;
	struct axp_mapping *map;
};

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
/* the same, of @data that lies in @map, which it holds */
int axp_tensor_mapped(struct axp_tensor **out, enum axp_dtype dtype,
		      const struct axp_shape *shape, void *data,
		      struct axp_mapping *map) AXP_MUST_CHECK;
/* element @i of an integer tensor (or BOOL) */
int64_t axp_tensor_int(const struct axp_tensor *tensor, uint64_t i);
/* FLOAT, DOUBLE or FLOAT16; all others are integers */
bool axp_dtype_is_float(enum axp_dtype dtype);
/* element @i of @data, of any type; an integer of 2^53 and more is rounded */
double axp_elem_number(enum axp_dtype dtype, const void *data, uint64_t i);
/* of an integer type */
int64_t axp_elem_int(enum axp_dtype dtype, const void *data, uint64_t i);
/* rounded to the nearest FLOAT or FLOAT16, to infinity over their range; cut to integers */
void axp_elem_set_number(enum axp_dtype dtype, void *data, uint64_t i, double v);
/* integers keep the low bits, BOOL becomes 0 or 1 */
void axp_elem_set_int(enum axp_dtype dtype, void *data, uint64_t i, int64_t v);
/* index of the first NaN or infinity of a tensor of floats, or -1 */
int64_t axp_tensor_not_finite(const struct axp_tensor *tensor);

#endif /* AXP_LIB_TENSOR_H */
