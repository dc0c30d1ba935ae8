// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "mapping.h"
#include "tensor.h"

static const struct {
	const char *name;
	size_t size;
} dtypes[] = {
	{ "UNDEFINED", 0 }, { "FLOAT", 4 }, { "UINT8", 1 }, { "INT8", 1 },
	{ "UINT16", 2 }, { "INT16", 2 }, { "INT32", 4 }, { "INT64", 8 },
	{ "STRING", 0 }, { "BOOL", 1 }, { "FLOAT16", 2 }, { "DOUBLE", 8 },
	{ "UINT32", 4 }, { "UINT64", 0 }, { "COMPLEX64", 0 }, { "COMPLEX128", 0 },
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

int axp_tensor_mapped(struct axp_tensor **out, enum axp_dtype dtype,
		      const struct axp_shape *shape, void *data, struct axp_mapping *map)
{
	struct axp_tensor *t = calloc(1, sizeof(*t));
	int err = t ? axp_shape_elems(shape, &t->elems) : -ENOMEM;

	*out = NULL;
	if (err) {
		free(t);
		return err;
	}
	t->dtype = dtype;
	t->shape = *shape;
	t->data = data;
	t->map = axp_mapping_get(map);
	*out = t;
	return 0;
}

int axp_tensor_create(struct axp_tensor **out, enum axp_dtype dtype, uint32_t ndim,
		      const uint64_t *dims, const void *data, struct axp_diag *diag)
{
	struct axp_shape shape = { .ndim = ndim };
	uint64_t elems;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = '\0';
	if (!axp_dtype_size((int)dtype))
		return axp_fail(diag, -EINVAL, "type %d of elements is not supported", (int)dtype);
	if (ndim > AXP_MAX_DIMS)
		return axp_fail(diag, -EINVAL, "%u dimensions, the limit is %u", ndim, AXP_MAX_DIMS);
	if (ndim)
		memcpy(shape.dim, dims, ndim * sizeof(*dims));
	if (axp_shape_elems(&shape, &elems))
		return axp_fail(diag, -E2BIG, "more than %llu elements",
				(unsigned long long)AXP_MAX_ELEMS);
	err = axp_tensor_new(out, dtype, &shape);
	if (err)
		return axp_fail(diag, err, "no memory for %llu elements",
				(unsigned long long)elems);
	if (data && elems)
		memcpy((*out)->data, data, elems * axp_dtype_size((int)dtype));
	return 0;
}

enum axp_dtype axp_tensor_dtype(const struct axp_tensor *tensor)
{
	return tensor->dtype;
}

uint32_t axp_tensor_dims(const struct axp_tensor *tensor, uint64_t dims[8])
{
	memcpy(dims, tensor->shape.dim, tensor->shape.ndim * sizeof(dims[0]));
	return tensor->shape.ndim;
}

const void *axp_tensor_data(const struct axp_tensor *tensor)
{
	return tensor->data;
}

void axp_tensor_free(struct axp_tensor *tensor)
{
	if (!tensor)
		return;
	if (tensor->map)
		axp_mapping_put(tensor->map);
	else
		free(tensor->data);
	free(tensor);
}

bool axp_dtype_is_float(enum axp_dtype dtype)
{
	return dtype == AXP_F32 || dtype == AXP_F64 || dtype == AXP_F16;
}

/* binary16: sign, 5 bits of exponent, 10 of fraction */
static double half_value(uint16_t h)
{
	double sign = h >> 15 ? -1 : 1, fraction = h & 0x3ff;
	int exponent = h >> 10 & 0x1f;

	if (exponent == 0x1f)
		return fraction != 0 ? NAN : sign * INFINITY;
	if (!exponent)
		return sign * ldexp(fraction, -24);
	return sign * ldexp(fraction + 1024, exponent - 25);
}

/* to the nearest, ties to even */
static uint16_t half_bits(double v)
{
	uint16_t sign = signbit(v) ? 0x8000 : 0;
	double scaled;
	int exponent;

	if (isnan(v))
		return sign | 0x7e00;
	v = fabs(v);
	if (v >= 65520.0)
		return sign | 0x7c00;
	if (v < 0x1p-14)
		return sign | (uint16_t)rint(v * 0x1p24);
	frexp(v, &exponent);
	scaled = rint(ldexp(v, 11 - exponent));
	/* a fraction that rounds up to 2048 moves into the exponent by itself */
	return sign | (uint16_t)(((exponent + 13) << 10) + (int)scaled);
}

int64_t axp_elem_int(enum axp_dtype dtype, const void *data, uint64_t i)
{
	switch (dtype) {
	case AXP_U8:
	case AXP_BOOL:
		return ((const uint8_t *)data)[i];
	case AXP_I8:
		return ((const int8_t *)data)[i];
	case AXP_U16:
		return ((const uint16_t *)data)[i];
	case AXP_I16:
		return ((const int16_t *)data)[i];
	case AXP_I32:
		return ((const int32_t *)data)[i];
	case AXP_U32:
		return ((const uint32_t *)data)[i];
	case AXP_I64:
		return ((const int64_t *)data)[i];
	case AXP_F32:
	case AXP_F16:
	case AXP_F64:
		break;
	}
	return 0;
}

double axp_elem_number(enum axp_dtype dtype, const void *data, uint64_t i)
{
	if (dtype == AXP_F32)
		return ((const float *)data)[i];
	if (dtype == AXP_F64)
		return ((const double *)data)[i];
	if (dtype == AXP_F16)
		return half_value(((const uint16_t *)data)[i]);
	return (double)axp_elem_int(dtype, data, i);
}

void axp_elem_set_int(enum axp_dtype dtype, void *data, uint64_t i, int64_t v)
{
	switch (dtype) {
	case AXP_BOOL:
		((uint8_t *)data)[i] = v != 0;
		break;
	case AXP_U8:
	case AXP_I8:
		((uint8_t *)data)[i] = (uint8_t)v;
		break;
	case AXP_U16:
	case AXP_I16:
		((uint16_t *)data)[i] = (uint16_t)v;
		break;
	case AXP_I32:
	case AXP_U32:
		((uint32_t *)data)[i] = (uint32_t)v;
		break;
	case AXP_I64:
		((int64_t *)data)[i] = v;
		break;
	case AXP_F32:
		((float *)data)[i] = (float)v;
		break;
	case AXP_F64:
		((double *)data)[i] = (double)v;
		break;
	case AXP_F16:
		((uint16_t *)data)[i] = half_bits((double)v);
		break;
	}
}

void axp_elem_set_number(enum axp_dtype dtype, void *data, uint64_t i, double v)
{
	if (dtype == AXP_F32)
		((float *)data)[i] = (float)v;
	else if (dtype == AXP_F64)
		((double *)data)[i] = v;
	else if (dtype == AXP_F16)
		((uint16_t *)data)[i] = half_bits(v);
	else
		axp_elem_set_int(dtype, data, i, (int64_t)v);
}

int64_t axp_tensor_int(const struct axp_tensor *tensor, uint64_t i)
{
	return axp_elem_int(tensor->dtype, tensor->data, i);
}

int64_t axp_tensor_not_finite(const struct axp_tensor *tensor)
{
	const float *x = tensor->data;
	uint64_t i;

	if (!axp_dtype_is_float(tensor->dtype))
		return -1;
	for (i = 0; i < tensor->elems; i++)
		if (tensor->dtype == AXP_F32 ? !isfinite(x[i]) :
		    !isfinite(axp_elem_number(tensor->dtype, tensor->data, i)))
			return (int64_t)i;
	return -1;
}
