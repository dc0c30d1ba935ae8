// SPDX-License-Identifier: BSD-2-Clause
/*
 * TensorProto: data from raw bytes or from the field of its type.
 */
#include <errno.h>
#include <string.h>

#include "diag.h"
#include "onnx.h"

#define PIECE	(UINT64_C(4) << 20)	/* bytes copied at a time */

static int shape_of(struct axp_shape *shape, const Onnx__TensorProto *p, struct axp_diag *diag)
{
	size_t i;

	if (p->n_dims > AXP_MAX_DIMS)
		return axp_fail(diag, -E2BIG, "%zu dimensions, the limit is %u", p->n_dims,
				AXP_MAX_DIMS);
	for (i = 0; i < p->n_dims; i++) {
		if (p->dims[i] < 0)
			return axp_fail(diag, -EINVAL, "dimension %zu is %lld", i,
					(long long)p->dims[i]);
		shape->dim[i] = (uint64_t)p->dims[i];
	}
	shape->ndim = (uint32_t)p->n_dims;
	return 0;
}

/* the typed field holds small integers as int32, one a value */
static int from_int32(struct axp_tensor *t, const Onnx__TensorProto *p, struct axp_diag *diag)
{
	int32_t lo = t->dtype == AXP_I8 ? INT8_MIN : t->dtype == AXP_I16 ? INT16_MIN :
		     t->dtype == AXP_I32 ? INT32_MIN : 0;
	int32_t hi = t->dtype == AXP_I8 ? INT8_MAX : t->dtype == AXP_I16 ? INT16_MAX :
		     t->dtype == AXP_I32 ? INT32_MAX : t->dtype == AXP_BOOL ? 1 :
		     t->dtype == AXP_U8 ? UINT8_MAX : UINT16_MAX;
	uint64_t i;

	for (i = 0; i < t->elems; i++) {
		int32_t v = p->int32_data[i];

		if (v < lo || v > hi)
			return axp_fail(diag, -EINVAL, "int32_data, element %llu, is %d, not %s",
					(unsigned long long)i, v, axp_dtype_name(t->dtype));
		/* halves are given by their bits */
		axp_elem_set_int(t->dtype == AXP_F16 ? AXP_U16 : t->dtype, t->data, i, v);
	}
	return 0;
}

static int from_uint64(struct axp_tensor *t, const Onnx__TensorProto *p, struct axp_diag *diag)
{
	uint64_t i;

	for (i = 0; i < t->elems; i++) {
		if (p->uint64_data[i] > UINT32_MAX)
			return axp_fail(diag, -EINVAL, "uint64_data, element %llu, is %llu, not %s",
					(unsigned long long)i,
					(unsigned long long)p->uint64_data[i],
					axp_dtype_name((int)t->dtype));
		((uint32_t *)t->data)[i] = (uint32_t)p->uint64_data[i];
	}
	return 0;
}

/**
 * struct raw - bytes of a tensor
 * @data: where they are
 * @len: 0: in the field of its type
 * @map: holds them, NULL: nobody else
 */
struct raw {
	const uint8_t *data;
	size_t len;
	struct axp_mapping *map;
};

static int find_raw(struct raw *raw, const Onnx__TensorProto *p,
		    const struct axp_onnx_file *file, struct axp_diag *diag)
{
	const Onnx__TensorProto__Segment *s = p->segment;

	*raw = (struct raw){ p->raw_data.data, p->has_raw_data ? p->raw_data.len : 0, NULL };
	if (!s)
		return 0;
	if (!file || !s->has_begin || !s->has_end || s->begin < 0 || s->end < s->begin ||
	    (uint64_t)s->end > file->len)
		return axp_fail(diag, -EOPNOTSUPP, "its data is in segments");
	if (raw->len)
		return axp_fail(diag, -EINVAL, "data is given twice");
	*raw = (struct raw){ file->buf + s->begin, (size_t)(s->end - s->begin), file->map };
	return 0;
}

/* the data must be as long as the shape says, before memory is taken for it */
static int check_length(const Onnx__TensorProto *p, const struct raw *raw, uint64_t elems,
			struct axp_diag *diag)
{
	uint64_t bytes = elems * axp_dtype_size(p->data_type);
	size_t have;

	if (raw->len) {
		if (p->n_float_data || p->n_int32_data || p->n_int64_data || p->n_double_data ||
		    p->n_uint64_data)
			return axp_fail(diag, -EINVAL, "data is given twice");
		if (raw->len != bytes)
			return axp_fail(diag, -EINVAL,
					"raw_data is %zu bytes long, the shape wants %llu",
					raw->len, (unsigned long long)bytes);
		return 0;
	}
	have = p->data_type == AXP_F32 ? p->n_float_data :
	       p->data_type == AXP_I64 ? p->n_int64_data :
	       p->data_type == AXP_F64 ? p->n_double_data :
	       p->data_type == AXP_U32 ? p->n_uint64_data : p->n_int32_data;
	if (have != elems)
		return axp_fail(diag, -EINVAL, "%zu values, the shape wants %llu", have,
				(unsigned long long)elems);
	return 0;
}

static bool is_external(const Onnx__TensorProto *p)
{
	return p->n_external_data ||
	       (p->has_data_location &&
		p->data_location != ONNX__TENSOR_PROTO__DATA_LOCATION__DEFAULT);
}

/* in the model or beside it, as long as the shape says */
static int find_data(struct raw *raw, const Onnx__TensorProto *p, uint64_t elems,
		     const struct axp_onnx_file *file, struct axp_diag *diag)
{
	uint64_t bytes = elems * axp_dtype_size(p->data_type);
	int err;

	if (!is_external(p)) {
		err = find_raw(raw, p, file, diag);
		return err ? err : check_length(p, raw, elems, diag);
	}
	*raw = (struct raw){ NULL, (size_t)bytes, NULL };
	if (!bytes && p->n_external_data)
		return 0;
	return axp_onnx_external_find(file ? file->external : NULL, p, bytes, &raw->data, &raw->map,
				      diag);
}

/* piece by piece, so that a mapped file is not in memory beside its copy */
static void copy(void *to, const struct raw *raw, uint64_t bytes)
{
	uint64_t at, n;

	for (at = 0; at < bytes; at += n) {
		n = bytes - at < PIECE ? bytes - at : PIECE;
		memcpy((char *)to + at, raw->data + at, n);
		if (raw->map)
			axp_mapping_forget(raw->data + at, n);
	}
}

static int fill(struct axp_tensor *t, const Onnx__TensorProto *p, const struct raw *raw,
		struct axp_diag *diag)
{
	uint64_t bytes = t->elems * axp_dtype_size(t->dtype);

	if (!bytes)
		return 0;
	if (raw->len)
		copy(t->data, raw, bytes);
	else if (t->dtype == AXP_F32)
		memcpy(t->data, p->float_data, bytes);
	else if (t->dtype == AXP_I64)
		memcpy(t->data, p->int64_data, bytes);
	else if (t->dtype == AXP_F64)
		memcpy(t->data, p->double_data, bytes);
	else if (t->dtype == AXP_U32)
		return from_uint64(t, p, diag);
	else
		return from_int32(t, p, diag);
	return 0;
}

int axp_onnx_any_tensor(struct axp_tensor **out, const Onnx__TensorProto *p,
			const struct axp_onnx_file *file, struct axp_diag *diag)
{
	struct axp_shape shape = { 0 };
	struct raw raw;
	uint64_t elems;
	int err;

	*out = NULL;

	if (p->has_data_location && (int)p->data_location == AXP_ONNX_SEGMENTS)
		return axp_fail(diag, -EOPNOTSUPP, "its data is in segments");
	if (!axp_dtype_size(p->data_type))
		return axp_fail(diag, -EOPNOTSUPP, "data_type %d (%s) is not supported",
				p->data_type, axp_dtype_name(p->data_type));
	err = shape_of(&shape, p, diag);
	if (err)
		return err;
	if (axp_shape_elems(&shape, &elems))
		return axp_fail(diag, -E2BIG, "more than %llu elements",
				(unsigned long long)AXP_MAX_ELEMS);
	err = find_data(&raw, p, elems, file, diag);
	if (err)
		return err;
	/* in the file where the machine can read it there, else a copy */
	if (raw.map && (uintptr_t)raw.data % axp_dtype_size(p->data_type) == 0) {
		err = axp_tensor_mapped(out, (enum axp_dtype)p->data_type, &shape,
					(void *)(uintptr_t)raw.data, raw.map);
		return err ? axp_fail(diag, err, "no memory") : 0;
	}
	err = axp_tensor_new(out, (enum axp_dtype)p->data_type, &shape);
	if (err)
		return axp_fail(diag, err, "no memory");
	err = fill(*out, p, &raw, diag);
	if (err) {
		axp_tensor_free(*out);
		*out = NULL;
	}
	return err;
}

int axp_onnx_tensor(struct axp_tensor **out, const Onnx__TensorProto *proto,
		    const struct axp_onnx_file *file, const char *what, struct axp_diag *diag)
{
	int64_t bad;
	int err;

	err = axp_onnx_any_tensor(out, proto, file, diag);
	bad = err ? -1 : axp_tensor_not_finite(*out);
	if (bad >= 0) {
		err = axp_fail(diag, -EINVAL, "element %lld is %g, not a finite number",
			       (long long)bad,
			       axp_elem_number((*out)->dtype, (*out)->data, (uint64_t)bad));
		axp_tensor_free(*out);
		*out = NULL;
	}
	return err ? axp_fail_in(diag, err, "%s", what) : 0;
}
