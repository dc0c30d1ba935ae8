// SPDX-License-Identifier: BSD-2-Clause
/*
 * NPY files: known bytes, round trips, everything malformed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "npy.h"
#include "tap.h"

/* a file of @version with header @text and @len bytes of data */
static size_t file(uint8_t *to, int version, const char *text, const void *data, size_t len)
{
	size_t n = strlen(text), at = version == 1 ? 10 : 12;

	memcpy(to, "\x93NUMPY", 6);
	to[6] = (uint8_t)version;
	to[7] = 0;
	to[8] = (uint8_t)n;
	to[9] = (uint8_t)(n >> 8);
	to[10] = 0;
	to[11] = 0;
	memcpy(to + at, text, n);
	memcpy(to + at + n, data, len);
	return at + n + len;
}

static int read_text(struct axp_tensor **t, int version, const char *text, const void *data,
		     size_t len, struct axp_diag *why)
{
	uint8_t buf[4096];
	size_t n = file(buf, version, text, data, len);

	why->text[0] = '\0';
	return axp_npy_read_mem(t, buf, n, "a.npy", why);
}

static void test_types(void)
{
	static const uint8_t data[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	static const struct {
		const char *descr;
		uint32_t elems;
		enum axp_dtype dtype;
		int64_t last;
	} cases[] = {
		{ "|u1", 16, AXP_U8, 0 }, { "<i2", 8, AXP_I32, 0 }, { "<u2", 8, AXP_I32, 0 },
		{ "<i4", 4, AXP_I32, 0 }, { "<u4", 4, AXP_I64, 0 }, { "<i8", 2, AXP_I64, 0xffffffff },
		{ "<u8", 2, AXP_I64, 0xffffffff }, { "|i1", 16, AXP_I8, 0 }, { "|b1", 16, AXP_BOOL, 0 },
	};
	struct axp_tensor *t;
	struct axp_diag why;
	char text[128];
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "{'descr': '%s', 'fortran_order': False, 'shape': (%u,), }\n",
			 cases[i].descr, cases[i].elems);
		if (read_text(&t, 1, text, data, 16, &why)) {
			ok(false, "%s: %s", cases[i].descr, why.text);
			continue;
		}
		ok(t->dtype == cases[i].dtype && t->elems == cases[i].elems &&
		   t->shape.ndim == 1 && axp_tensor_int(t, 0) == 1 &&
		   axp_tensor_int(t, t->elems - 1) == cases[i].last, "%s", cases[i].descr);
		axp_tensor_free(t);
	}
	ok(!read_text(&t, 1, "{'descr': '<i2', 'fortran_order': False, 'shape': (8,)}", data, 16,
		      &why) && axp_tensor_int(t, 4) == -1, "int16 keeps its sign");
	axp_tensor_free(t);
	ok(!read_text(&t, 1, "{'descr': '<u2', 'fortran_order': False, 'shape': (8,)}", data, 16,
		      &why) && axp_tensor_int(t, 4) == 65535, "uint16 has none");
	axp_tensor_free(t);
}

static void test_forms(void)
{
	static const float x[6] = { 1, 2, 3, 4, 5, 6 };
	struct axp_tensor *t;
	struct axp_diag why;
	int v;

	for (v = 1; v <= 3; v++) {
		ok(!read_text(&t, v, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}   \n",
			      x, sizeof(x), &why) && t->shape.ndim == 2 && t->shape.dim[0] == 2 &&
		   t->shape.dim[1] == 3 && !memcmp(t->data, x, sizeof(x)),
		   "version %d, keys in another order", v);
		axp_tensor_free(t);
	}
	ok(!read_text(&t, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", x, 4, &why) &&
	   t->shape.ndim == 0 && t->elems == 1, "a scalar");
	axp_tensor_free(t);
	ok(!read_text(&t, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", x, 0,
		      &why) && t->elems == 0, "no elements");
	axp_tensor_free(t);
}

/* numpy's asfortranarray(): the first index runs fastest */
static void test_fortran(void)
{
	static const float x[24] = { 0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21,
				     2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23 };
	static const int16_t y[6] = { 0, 3, -1, 4, 2, 5 };
	static const int16_t z[6] = { 0, -1, 2, 3, 4, 5 };
	struct axp_tensor *t;
	struct axp_diag why;
	bool good = true;
	int i;

	if (read_text(&t, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4), }", x,
		      sizeof(x), &why))
		bail_out("%s", why.text);
	for (i = 0; i < 24; i++)
		good &= ((const float *)t->data)[i] == (float)i;
	ok(good && t->shape.ndim == 3 && t->shape.dim[2] == 4, "Fortran's order");
	axp_tensor_free(t);
	if (read_text(&t, 1, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", y,
		      sizeof(y), &why))
		bail_out("%s", why.text);
	for (good = true, i = 0; i < 6; i++)
		good &= axp_tensor_int(t, (uint64_t)i) == z[i];
	ok(good, "of integers that become wider");
	axp_tensor_free(t);
	if (read_text(&t, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }", x, 12, &why))
		bail_out("%s", why.text);
	ok(!memcmp(t->data, x, 12), "of one dimension");
	axp_tensor_free(t);
	if (read_text(&t, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (), }", x, 4, &why))
		bail_out("%s", why.text);
	ok(t->elems == 1 && !t->shape.ndim, "of none");
	axp_tensor_free(t);
	if (read_text(&t, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 0), }", x, 0, &why))
		bail_out("%s", why.text);
	ok(!t->elems, "without elements");
	axp_tensor_free(t);
}

static void test_refused(void)
{
	static const uint8_t data[64] = { [7] = 0xff, [15] = 0xff };
	static const struct {
		const char *text;
		size_t len;
		int err;
		const char *word;
	} cases[] = {
		{ "{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", 8, -EOPNOTSUPP, "'>f4'" },
		{ "{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}", 16, -EOPNOTSUPP, "'<c8'" },
		{ "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", 16, -EOPNOTSUPP, "'|O'" },
		{ "{'descr': '<f4', 'fortran_order': True, 'shape': (3,)}", 8, -EINVAL, "12" },
		{ "{'descr': '<u8', 'fortran_order': True, 'shape': (1, 2)}", 16, -EINVAL, "63 bits" },
		{ "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,)}", 8, -EINVAL, "fortran_order" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 8, -EINVAL, "12" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 8, -EINVAL, "8 bytes" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 8, -EINVAL, "no number" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536)}", 8, -E2BIG, "2147483648" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 8, -E2BIG, "limit" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2)}", 8, -E2BIG, "dimensions" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': 2}", 8, -EINVAL, "tuple" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)}", 16, -EINVAL, "no end" },
		{ "{'descr': '<f4', 'fortran_order': False}", 8, -EINVAL, "missing" },
		{ "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, -EINVAL, "repeated" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8, -EINVAL, "unknown" },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8, -EINVAL, "follows" },
		{ "{'descr': '<f4", 8, -EINVAL, "no end" },
		{ "['descr']", 8, -EINVAL, "dictionary" },
		{ "", 8, -EINVAL, "dictionary" },
		{ "{'descr': '<u8', 'fortran_order': False, 'shape': (2,)}", 16, -EINVAL, "63 bits" },
	};
	struct axp_tensor *t;
	struct axp_diag why;
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = read_text(&t, 1, cases[i].text, data, cases[i].len, &why);
		if (!ok(err == cases[i].err && !t && strstr(why.text, cases[i].word) &&
			!strncmp(why.text, "a.npy: ", 7), "refused: %s", cases[i].text))
			diag("%d '%s'", err, why.text);
		if (!err)
			axp_tensor_free(t);
	}
}

static void test_damaged(void)
{
	static const float x[4] = { 1, 2, 3, 4 };
	const char *text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }  \n";
	struct axp_tensor *t = NULL;
	struct axp_diag why = { "" };
	uint8_t buf[256], *part;
	bool good = true;
	size_t n, i;

	n = file(buf, 1, text, x, sizeof(x));
	for (i = 0; i < n; i++) {
		part = malloc(i + 1);	/* exactly as long, for the sanitizer */
		memcpy(part, buf, i);
		why.text[0] = '\0';
		good &= axp_npy_read_mem(&t, part, i, "a.npy", &why) < 0 && !t && why.text[0];
		free(part);
	}
	ok(good, "cut off at every byte");
	for (i = 0; i < n - sizeof(x); i++) {
		buf[i] ^= 0x41;
		if (!axp_npy_read_mem(&t, buf, n, "a.npy", NULL))
			axp_tensor_free(t);
		buf[i] ^= 0x41;
	}
	ok(!axp_npy_read_mem(&t, buf, n, "a.npy", &why), "every byte of the header damaged: no crash");
	axp_tensor_free(t);
	buf[6] = 4;
	ok(axp_npy_read_mem(&t, buf, n, "a.npy", &why) == -EOPNOTSUPP, "version 4");
}

static void test_files(void)
{
	const struct axp_shape shapes[] = {
		{ 0, { 0 } }, { 1, { 5 } }, { 3, { 2, 3, 4 } }, { 8, { 1, 2, 1, 2, 1, 2, 1, 2 } },
	};
	const enum axp_dtype types[] = { AXP_F32, AXP_U8, AXP_I8, AXP_I32, AXP_I64, AXP_BOOL };
	char dir[] = "/tmp/axp-npy-XXXXXX";
	struct axp_tensor *t, *u;
	struct axp_diag why = { "" };
	bool good = true;
	char *path;
	size_t i, j;
	uint64_t k;

	if (!mkdtemp(dir) || asprintf(&path, "%s/a.npy", dir) < 0)
		bail_out("no temporary folder");
	for (i = 0; i < 4; i++) {
		for (j = 0; j < 6; j++) {
			if (axp_tensor_new(&t, types[j], &shapes[i]))
				bail_out("no memory");
			for (k = 0; k < t->elems * axp_dtype_size(types[j]); k++)
				((uint8_t *)t->data)[k] = (uint8_t)(k * 37 + j);
			if (axp_npy_write(t, path, &why) || axp_npy_read(&u, path, &why)) {
				diag("%s", why.text);
				good = false;
			} else {
				good &= u->dtype == t->dtype && axp_shape_equal(&u->shape, &t->shape) &&
					!memcmp(u->data, t->data,
						t->elems * axp_dtype_size(types[j]));
				axp_tensor_free(u);
			}
			axp_tensor_free(t);
		}
	}
	ok(good, "write and read: every type, 0 to 8 dimensions");
	unlink(path);
	why.text[0] = '\0';
	ok(axp_npy_read(&t, path, &why) == -ENOENT && strstr(why.text, path), "no such file: %s",
	   why.text);
	rmdir(dir);
	free(path);
}

int main(void)
{
	test_types();
	test_forms();
	test_fortran();
	test_refused();
	test_damaged();
	test_files();
	return done_testing();
}
