// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "npy.h"
#include "replace.h"
#include "slurp.h"

#define MAX_BYTES	(UINT64_C(1) << 34)
#define MAX_HEADER	65536u

/* types of the file; @widen: read as a larger integer, else the same bytes */
static const struct npy_type {
	const char *descr;
	size_t size;
	enum axp_dtype to;
	bool widen;
} types[] = {
	{ "f4", 4, AXP_F32, false }, { "u1", 1, AXP_U8, false },
	{ "i1", 1, AXP_I8, false }, { "i4", 4, AXP_I32, false },
	{ "i8", 8, AXP_I64, false }, { "b1", 1, AXP_BOOL, false },
	{ "i2", 2, AXP_I32, true }, { "u2", 2, AXP_I32, true },
	{ "u4", 4, AXP_I64, true }, { "u8", 8, AXP_I64, true },
	{ "f2", 2, AXP_F16, false }, { "f8", 8, AXP_F64, false },
	/* found when writing only */
	{ "i2", 2, AXP_I16, false }, { "u2", 2, AXP_U16, false }, { "u4", 4, AXP_U32, false },
};

struct header {
	const struct npy_type *type;
	struct axp_shape shape;
	bool descr, order, dims, fortran;
};

/* ------------------------------------------- the header, a Python dictionary */

struct text {
	const char *p, *end, *name;
	struct axp_diag *diag;
};

static int bad(struct text *t, const char *what)
{
	return axp_fail(t->diag, -EINVAL, "%s: NPY header: %s", t->name, what);
}

static void skip_space(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' || *t->p == '\t'))
		t->p++;
}

static bool take(struct text *t, char c)
{
	skip_space(t);
	if (t->p >= t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

static bool take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	skip_space(t);
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n))
		return false;
	t->p += n;
	return true;
}

static int take_string(struct text *t, char *to, size_t size)
{
	size_t n = 0;
	char quote;

	skip_space(t);
	if (t->p >= t->end || (*t->p != '\'' && *t->p != '"'))
		return bad(t, "a string is wanted");
	quote = *t->p++;
	while (t->p < t->end && *t->p != quote) {
		if (n + 1 >= size || *t->p < ' ' || *t->p > '~')
			return bad(t, "a string is too long or not plain");
		to[n++] = *t->p++;
	}
	if (t->p >= t->end)
		return bad(t, "a string has no end");
	t->p++;
	to[n] = '\0';
	return 0;
}

static int take_shape(struct text *t, struct axp_shape *shape)
{
	if (!take(t, '('))
		return bad(t, "shape is not a tuple");
	shape->ndim = 0;
	while (!take(t, ')')) {
		uint64_t v = 0;
		const char *start;

		skip_space(t);
		for (start = t->p; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++) {
			v = v * 10 + (uint64_t)(*t->p - '0');
			if (v > AXP_MAX_ELEMS)
				return axp_fail(t->diag, -E2BIG,
						"%s: NPY header: a dimension is over the limit of %llu",
						t->name, (unsigned long long)AXP_MAX_ELEMS);
		}
		if (start == t->p)
			return bad(t, "shape holds something that is no number");
		if (shape->ndim == AXP_MAX_DIMS)
			return axp_fail(t->diag, -E2BIG,
					"%s: NPY header: more than %u dimensions", t->name,
					AXP_MAX_DIMS);
		shape->dim[shape->ndim++] = v;
		if (!take(t, ',')) {
			if (!take(t, ')'))
				return bad(t, "shape has no end");
			break;
		}
	}
	return 0;
}

static int take_descr(struct text *t, struct header *h)
{
	char descr[32];
	size_t i;
	int err;

	err = take_string(t, descr, sizeof(descr));
	if (err)
		return err;
	if (descr[0] == '<' || descr[0] == '|' || descr[0] == '=') {
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
			if (strcmp(types[i].descr, descr + 1))
				continue;
			h->type = &types[i];
			return 0;
		}
	}
	return axp_fail(t->diag, -EOPNOTSUPP,
			"%s: NPY header: descr is '%s', little endian f2 to f8, u1 to u8, i1 to i8 and b1 are supported",
			t->name, descr);
}

static int parse_header(struct text *t, struct header *h)
{
	char key[32];
	int err;

	if (!take(t, '{'))
		return bad(t, "not a dictionary");
	while (!take(t, '}')) {
		err = take_string(t, key, sizeof(key));
		if (err)
			return err;
		if (!take(t, ':'))
			return bad(t, "':' is missing");
		if (!strcmp(key, "descr") && !h->descr) {
			h->descr = true;
			err = take_descr(t, h);
		} else if (!strcmp(key, "shape") && !h->dims) {
			h->dims = true;
			err = take_shape(t, &h->shape);
		} else if (!strcmp(key, "fortran_order") && !h->order) {
			h->order = true;
			h->fortran = take_word(t, "True");
			if (!h->fortran && !take_word(t, "False"))
				err = bad(t, "fortran_order is neither True nor False");
		} else {
			err = bad(t, "unknown or repeated key");
		}
		if (err)
			return err;
		if (!take(t, ',')) {
			if (!take(t, '}'))
				return bad(t, "the dictionary has no end");
			break;
		}
	}
	if (!h->descr || !h->dims || !h->order)
		return bad(t, "descr, fortran_order or shape is missing");
	skip_space(t);
	return t->p == t->end ? 0 : bad(t, "something follows the dictionary");
}

/* -------------------------------------------------------------------- data */

static int widen(const struct npy_type *type, const unsigned char *p, struct axp_tensor *t,
		 uint64_t i)
{
	uint64_t v = 0;

	for (size_t b = 0; b < type->size; b++)
		v |= (uint64_t)p[b] << (8 * b);
	if (type->to == AXP_I32)
		((int32_t *)t->data)[i] = type->descr[0] == 'i' ? (int16_t)v : (int32_t)v;
	else if (v > INT64_MAX)
		return -EINVAL;
	else
		((int64_t *)t->data)[i] = (int64_t)v;
	return 0;
}

/* elements of the file at @p into @t, which is in C order */
static int take_elements(const struct header *h, const unsigned char *p, struct axp_tensor *t)
{
	uint64_t at[AXP_MAX_DIMS] = { 0 }, step[AXP_MAX_DIMS], from = 0, i, n = 1;
	const struct npy_type *type = h->type;
	uint32_t ndim = h->shape.ndim, d;
	int err = 0;

	if (!h->fortran && !type->widen) {
		memcpy(t->data, p, t->elems * type->size);
		return 0;
	}
	for (d = 0; d < ndim; d++) {
		uint32_t by = h->fortran ? d : ndim - 1 - d;

		step[by] = n;
		n *= h->shape.dim[by];
	}
	for (i = 0; i < t->elems && !err; i++) {
		if (type->widen)
			err = widen(type, p + from * type->size, t, i);
		else
			memcpy((char *)t->data + i * type->size, p + from * type->size, type->size);
		for (d = ndim; d-- > 0;) {
			from += step[d];
			if (++at[d] < h->shape.dim[d])
				break;
			from -= step[d] * at[d];
			at[d] = 0;
		}
	}
	return err;
}

int axp_npy_read_mem(struct axp_tensor **out, const void *buf, size_t len, const char *name,
		     struct axp_diag *diag)
{
	const unsigned char *p = buf;
	struct header h = { 0 };
	struct text text;
	uint64_t elems, bytes;
	size_t start, size;
	int err;

	*out = NULL;
	if (len < 10 || memcmp(p, "\x93NUMPY", 6))
		return axp_fail(diag, -EINVAL, "%s: not an NPY file", name);
	if (p[6] < 1 || p[6] > 3)
		return axp_fail(diag, -EOPNOTSUPP, "%s: NPY version is %u, 1 to 3 are supported",
				name, p[6]);
	start = p[6] == 1 ? 10 : 12;
	size = (size_t)p[8] | (size_t)p[9] << 8;
	if (p[6] > 1) {
		if (len < 12)
			return axp_fail(diag, -EINVAL, "%s: NPY header is cut off", name);
		size |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
	}
	if (size > MAX_HEADER || size > len - start)
		return axp_fail(diag, -EINVAL,
				"%s: NPY header is %zu bytes long, %zu follow and the limit is %u",
				name, size, len - start, MAX_HEADER);
	text = (struct text){ (const char *)p + start, (const char *)p + start + size, name, diag };
	err = parse_header(&text, &h);
	if (err)
		return err;
	if (axp_shape_elems(&h.shape, &elems))
		return axp_fail(diag, -E2BIG, "%s: NPY shape has more than %llu elements", name,
				(unsigned long long)AXP_MAX_ELEMS);
	bytes = elems * h.type->size;
	if (bytes != len - start - size)
		return axp_fail(diag, -EINVAL,
				"%s: NPY data is %zu bytes long, the shape wants %llu", name,
				len - start - size, (unsigned long long)bytes);
	err = axp_tensor_new(out, h.type->to, &h.shape);
	if (err)
		return axp_fail(diag, err, "%s: no memory", name);
	err = take_elements(&h, p + start + size, *out);
	if (err) {
		axp_tensor_free(*out);
		*out = NULL;
		return axp_fail(diag, err, "%s: a value does not fit 63 bits", name);
	}
	return 0;
}

bool axp_npy_is_samples(const struct axp_tensor *tensor)
{
	return axp_dtype_is_float(tensor->dtype) || tensor->dtype == AXP_U8;
}

void axp_npy_samples(const struct axp_tensor *tensor, uint64_t first, uint64_t n, float *x)
{
	if (tensor->dtype == AXP_F32)
		memcpy(x, (const float *)tensor->data + first, n * sizeof(*x));
	else
		for (uint64_t i = 0; i < n; i++)
			x[i] = (float)axp_elem_number(tensor->dtype, tensor->data, first + i);
}

int axp_npy_read(struct axp_tensor **out, const char *path, struct axp_diag *diag)
{
	uint8_t *buf;
	size_t len;
	int err;

	*out = NULL;
	err = axp_slurp(path, MAX_BYTES, &buf, &len, diag);
	if (err)
		return err;
	err = axp_npy_read_mem(out, buf, len, path, diag);
	free(buf);
	return err;
}

int axp_npy_write(const struct axp_tensor *tensor, const char *path, struct axp_diag *diag)
{
	uint64_t bytes = tensor->elems * axp_dtype_size(tensor->dtype);
	const char *descr = NULL;
	char head[512];
	size_t at, i;
	uint8_t *buf;
	int err;

	for (i = 0; i < sizeof(types) / sizeof(types[0]) && !descr; i++)
		if (types[i].to == tensor->dtype && !types[i].widen)
			descr = types[i].descr;
	at = 10 + (size_t)snprintf(head + 10, sizeof(head) - 10,
				   "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
				   axp_dtype_size(tensor->dtype) == 1 ? '|' : '<', descr);
	for (i = 0; i < tensor->shape.ndim; i++)
		at += (size_t)snprintf(head + at, sizeof(head) - at, "%s%llu%s", i ? " " : "",
				       (unsigned long long)tensor->shape.dim[i],
				       i + 1 < tensor->shape.ndim || !i ? "," : "");
	at += (size_t)snprintf(head + at, sizeof(head) - at, "), }");
	while ((at + 1) % 64)
		head[at++] = ' ';
	head[at++] = '\n';
	memcpy(head, "\x93NUMPY\x01\x00", 8);
	head[8] = (char)((at - 10) & 0xff);
	head[9] = (char)((at - 10) >> 8);
	buf = malloc(at + bytes);
	if (!buf)
		return axp_fail(diag, -ENOMEM, "%s: no memory", path);
	memcpy(buf, head, at);
	memcpy(buf + at, tensor->data, bytes);
	err = axp_replace_file(path, buf, at + bytes, diag);
	free(buf);
	return err;
}
