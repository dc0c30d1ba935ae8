// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "tensor.h"

static const struct {
	const char *name;
	size_t size;
} dtypes[] = {
	{ "UNDEFINED", 0 }, { "FLOAT", 4 }, { "UINT8", 1 }, { "INT8", 1 },
	{ "UINT16", 0 }, { "INT16", 0 }, { "INT32", 4 }, { "INT64", 8 },
	{ "STRING", 0 }, { "BOOL", 1 }, { "FLOAT16", 0 }, { "DOUBLE", 0 },
	{ "UINT32", 0 }, { "UINT64", 0 }, { "COMPLEX64", 0 }, { "COMPLEX128", 0 },
	{ "BFLOAT16", 0 },
};

size_t axp_dtype_size(int dtype)
{
	if (dtype < 0 || (size_t)dtype >= sizeof(dtypes) / sizeof(dtypes[0]))
		return 0;
	return dtypes[dtype].size;
}

const char *axp_dtype_name(int dtype)
{
	if (dtype < 0 || (size_t)dtype >= sizeof(dtypes) / sizeof(dtypes[0]))
		return "?";
	return dtypes[dtype].name;
}

int axp_shape_elems(const struct axp_shape *shape, uint64_t *elems)
{
	uint64_t n = 1;
	bool empty = false;
	uint32_t i;

	for (i = 0; i < shape->ndim; i++) {
		if (!shape->dim[i]) {
			empty = true;
			continue;
		}
		if (axp_mul_size(n, shape->dim[i], &n) || n > AXP_MAX_ELEMS)
			return -EOVERFLOW;
	}
	*elems = empty ? 0 : n;
	return 0;
}

bool axp_shape_equal(const struct axp_shape *a, const struct axp_shape *b)
{
	return a->ndim == b->ndim &&
	       !memcmp(a->dim, b->dim, a->ndim * sizeof(a->dim[0]));
}

uint64_t axp_shape_span(const struct axp_shape *shape, uint32_t from, uint32_t to)
{
	uint64_t n = 1;

	for (; from < to; from++)
		n *= shape->dim[from];
	return n;
}

const char *axp_shape_text(const struct axp_shape *shape, char text[128])
{
	size_t at = 1;
	uint32_t i;

	strcpy(text, "[");
	for (i = 0; i < shape->ndim && at < 100; i++)
		at += (size_t)snprintf(text + at, 128 - at, "%s%llu", i ? ", " : "",
				       (unsigned long long)shape->dim[i]);
	snprintf(text + at, 128 - at, "%s]", i < shape->ndim ? ", ..." : "");
	return text;
}

int axp_tensor_new(struct axp_tensor **out, enum axp_dtype dtype,
		   const struct axp_shape *shape)
{
	struct axp_tensor *t;
	uint64_t elems;
	int err;

	*out = NULL;
	err = axp_shape_elems(shape, &elems);
	if (err)
		return err;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->dtype = dtype;
	t->shape = *shape;
	t->elems = elems;
	t->data = calloc(elems ? elems : 1, axp_dtype_size(dtype));
	if (!t->data) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void axp_tensor_free(struct axp_tensor *tensor)
{
	if (!tensor)
		return;
	free(tensor->data);
	free(tensor);
}

int64_t axp_tensor_int(const struct axp_tensor *tensor, uint64_t i)
{
	switch (tensor->dtype) {
	case AXP_U8:
	case AXP_BOOL:
		return ((const uint8_t *)tensor->data)[i];
	case AXP_I8:
		return ((const int8_t *)tensor->data)[i];
	case AXP_I32:
		return ((const int32_t *)tensor->data)[i];
	case AXP_I64:
		return ((const int64_t *)tensor->data)[i];
	case AXP_F32:
		break;
	}
	return 0;
}

int64_t axp_tensor_not_finite(const struct axp_tensor *tensor)
{
	const float *x = tensor->data;
	uint64_t i;

	if (tensor->dtype != AXP_F32)
		return -1;
	for (i = 0; i < tensor->elems; i++)
		if (!isfinite(x[i]))
			return (int64_t)i;
	return -1;
}
