// SPDX-License-Identifier: BSD-2-Clause
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <axp/axp.h>
#include <minizip/zip.h>

#include "scratch.h"
#include "tap.h"
#include "wav.h"

static struct axp_diag why;

static int open_as(struct axp_dataset **d, const struct axp_dataset_opts *o, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int open_as(struct axp_dataset **d, const struct axp_dataset_opts *o, const char *fmt, ...)
{
	char spec[3000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(spec, sizeof(spec), fmt, ap);
	va_end(ap);
	return axp_dataset_open(d, spec, o, &why);
}

/* the labels of all samples, a digit each; "" when that fails */
static const char *labels(struct axp_dataset *d)
{
	static char text[64];
	float x[16];
	uint32_t y;

	memset(text, 0, sizeof(text));
	for (uint64_t i = 0; i < axp_dataset_count(d) && i < 60; i++) {
		if (axp_dataset_get(d, i, x, &y, &why))
			return "";
		text[i] = (char)('0' + y);
	}
	return text;
}

/* must fail with @err and a message that holds @text */
static void refused(const char *what, int err, const char *text,
		    const struct axp_dataset_opts *o, const char *spec)
{
	struct axp_dataset *d = (void *)1;
	int got = axp_dataset_open(&d, spec, o, &why);

	ok(got == err && !d && strstr(why.text, text) && !strchr(why.text, '\n'),
	   "%s: %d, %s", what, got, why.text);
	if (!got)
		axp_dataset_free(d);
}

/* ---------------------------------------------------------------------- csv */

static const char ten[] = "0,9,0\n0,9,1\n0,9,2\n0,9,3\n0,9,4\n0,9,5\n0,9,6\n0,9,7\n0,9,8\n0,9,9\n";

static void test_slices(void)
{
	static const struct {
		const char *slice, *labels;
	} cases[] = {
		{ "", "0123456789" }, { "[:]", "0123456789" }, { "[::]", "0123456789" },
		{ "[2:5]", "234" }, { "[:3]", "012" }, { "[7:]", "789" }, { "[-3:]", "789" },
		{ "[:-8]", "01" }, { "[0::5]", "05" }, { "[1:9:3]", "147" }, { "[::-1]", "9876543210" },
		{ "[5:2:-1]", "543" }, { "[-1:-4:-2]", "97" }, { "[::100]", "0" },
		{ "[-100:100]", "0123456789" }, { "[100::-4]", "951" },
		{ "[3:-9223372036854775807:-9223372036854775807]", "3" },
	};
	const char *path = scratch_file("ten.csv", ten, sizeof(ten) - 1);
	struct axp_dataset *d;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (open_as(&d, NULL, "csv:%s%s", path, cases[i].slice)) {
			ok(false, "slice %s: %s", cases[i].slice, why.text);
			continue;
		}
		ok(!strcmp(labels(d), cases[i].labels) &&
		   axp_dataset_count(d) == strlen(cases[i].labels),
		   "slice %s as in Python", cases[i].slice);
		axp_dataset_free(d);
	}
	for (size_t i = 0; i < 6; i++) {
		static const char *const bad[] = { "[1]", "[1:2:3:4]", "[::0]", "[5:5]", "[20:]", "[-:]" };
		static const int err[] = { -EINVAL, -EINVAL, -EINVAL, -ENODATA, -ENODATA, -EINVAL };
		int got = open_as(&d, NULL, "csv:%s%s", path, bad[i]);

		ok(got == err[i] && why.text[0], "slice %s refused: %s", bad[i], why.text);
	}
}

static void test_csv(void)
{
	static const char text[] = "1, -2.5e1 ,3\r\n\t.5,4,0\r\n\n";
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	uint64_t dims[7];
	char spec[4096];
	uint32_t y;
	float x[4];

	if (open_as(&d, NULL, "csv:%s", scratch_gzip("a.csv.gz", text, sizeof(text) - 1)))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 2 && axp_dataset_elems(d) == 2 &&
	   axp_dataset_dims(d, dims) == 1 && dims[0] == 2 && axp_dataset_has_labels(d) &&
	   !axp_dataset_class_name(d, 0), "csv: two samples of two numbers and a label");
	ok(!axp_dataset_get(d, 0, x, &y, &why) && x[0] == 1 && x[1] == -25 && y == 3 &&
	   !axp_dataset_get(d, 1, x, &y, &why) && x[0] == 0.5f && x[1] == 4 && y == 0,
	   "csv: blanks, exponents, DOS line ends, gzip");
	ok(axp_dataset_get(d, 2, x, &y, &why) == -EINVAL && strstr(why.text, "sample 2"),
	   "a sample past the end: %s", why.text);
	axp_dataset_free(d);

	o.input_dims[0] = 1;
	o.input_dims[1] = 1;
	o.input_dims[2] = 3;
	o.input_ndim = 3;
	if (open_as(&d, &o, "csv:%s", scratch("a.csv.gz")))
		bail_out("%s", why.text);
	ok(!axp_dataset_has_labels(d) && axp_dataset_elems(d) == 3 &&
	   axp_dataset_dims(d, dims) == 3, "csv: as many numbers as the net takes: no labels");
	axp_dataset_free(d);
	o.need_labels = true;
	snprintf(spec, sizeof(spec), "csv:%s", scratch("a.csv.gz"));
	refused("labels needed", -ENODATA, "no labels", &o, spec);

	memset(&o, 0, sizeof(o));
	o.size = sizeof(o);
	o.scale = 2;
	o.mean[0] = 1;
	o.std[0] = 0.5f;
	if (open_as(&d, &o, "csv:%s", scratch("a.csv.gz")))
		bail_out("%s", why.text);
	ok(!axp_dataset_get(d, 0, x, NULL, NULL) && x[0] == 2 && x[1] == -102,
	   "scale, then mean, then std");
	axp_dataset_free(d);
}

static void csv_refused(const char *what, int err, const char *text, const char *data)
{
	char spec[4096];

	snprintf(spec, sizeof(spec), "csv:%s", scratch_file("bad.csv", data, strlen(data)));
	refused(what, err, text, NULL, spec);
}

static void test_csv_refused(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	char spec[4096];

	csv_refused("not a number", -EINVAL, "line 2, column 3: 'x'", "1,2,3\n4,5,x\n");
	csv_refused("an empty field", -EINVAL, "line 1, column 2", "1,,3\n");
	csv_refused("two numbers in a field", -EINVAL, "line 1, column 1", "1 2,3\n");
	csv_refused("nan", -EINVAL, "'nan' is not a number", "nan,2,3\n");
	csv_refused("hexadecimal", -EINVAL, "line 1, column 1", "0x10,2\n");
	csv_refused("too large", -EINVAL, "out of the range", "1e39,2\n");
	csv_refused("a shorter line", -EINVAL, "line 2 has 2 numbers, the first line has 3", "1,2,3\n4,5\n");
	csv_refused("a longer line", -EINVAL, "line 2 has 4 numbers", "1,2,3\n4,5,6,7\n");
	csv_refused("a comma at the end", -EINVAL, "line 1, column 3", "1,2,\n");
	csv_refused("an empty line between", -EINVAL, "line 2", "1,2\n\n1,2\n");
	csv_refused("a header", -EINVAL, "'pixel'", "pixel,label\n1,2\n");
	csv_refused("a label that is no integer", -EINVAL, "label 0.5", "1,0.5\n");
	csv_refused("a negative label", -EINVAL, "label -1", "1,-1\n");
	csv_refused("a label over the limit", -EINVAL, "65535", "1,70000\n");
	csv_refused("one number", -EINVAL, "a label", "1\n");
	csv_refused("nothing", -ENODATA, "no sample", "");
	csv_refused("blanks alone", -ENODATA, "no sample", " \n \n");
	snprintf(spec, sizeof(spec), "csv:%s", scratch_file("nul.csv", "1,2\0,3", 6));
	refused("a 0 byte", -EINVAL, "byte 3", NULL, spec);
	snprintf(spec, sizeof(spec), "csv:%s", scratch("absent.csv"));
	refused("no file", -ENOENT, "absent.csv", NULL, spec);
	snprintf(spec, sizeof(spec), "csv:%s", scratch(""));
	refused("a folder", -EINVAL, "folder", NULL, spec);
	refused("a device", -EINVAL, "not a file", NULL, "csv:/dev/null");
	refused("no kind", -EINVAL, "csv:FILE", NULL, "digits.csv");
	refused("an unknown kind", -EINVAL, "tar:x", NULL, "tar:x");
	refused("no name", -EINVAL, "no file", NULL, "csv:[1:2]");

	o.input_dims[0] = 7;
	o.input_ndim = 1;
	snprintf(spec, sizeof(spec), "csv:%s", scratch("ten.csv"));
	refused("other than the net takes", -EINVAL, "has 3 numbers, the net takes 7", &o, spec);
	o.input_ndim = 8;
	refused("too many dimensions", -EINVAL, "8 input dimensions", &o, spec);
	o.input_ndim = 0;
	o.std[1] = -1;
	refused("a negative std", -EINVAL, "std 1", &o, spec);
	o.std[1] = 0;
	o.mean[2] = NAN;
	refused("a mean that is not finite", -EINVAL, "mean 2", &o, spec);
}

static void test_truncated_gzip(void)
{
	char buf[65536], spec[4096];
	FILE *f;
	size_t n;

	for (size_t i = 0; i < sizeof(buf); i += 4)
		memcpy(buf + i, (const char[4]){ (char)('0' + i / 4 * 7 % 10), ',', '1', '\n' }, 4);
	f = fopen(scratch_gzip("whole.gz", buf, sizeof(buf)), "rb");
	n = f ? fread(buf, 1, sizeof(buf), f) : 0;
	if (!n || fclose(f))
		bail_out("reading back");
	snprintf(spec, sizeof(spec), "csv:%s", scratch_file("cut.gz", buf, n / 2));
	refused("half a gzip file", -EINVAL, "too early", NULL, spec);
	buf[n / 2] ^= 0x55;
	buf[n / 2 + 1] ^= 0x55;
	snprintf(spec, sizeof(spec), "csv:%s", scratch_file("damaged.gz", buf, n));
	ok(axp_dataset_open(&(struct axp_dataset *){ NULL }, spec, NULL, &why) == -EINVAL,
	   "a damaged gzip file: %s", why.text);
}

/* ---------------------------------------------------------------------- idx */

static const uint8_t images[] = {
	0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2,
	0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8,
};
static const uint8_t marks[] = { 0, 0, 8, 1, 0, 0, 0, 3, 4, 5, 6 };

static void test_idx(void)
{
	const char *x = scratch_file("x.idx", images, sizeof(images));
	const char *y = scratch_gzip("y.idx.gz", marks, sizeof(marks));
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	uint64_t dims[7];
	uint32_t label;
	float v[4];

	if (open_as(&d, NULL, "idx:%s,%s", x, y))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 3 && axp_dataset_dims(d, dims) == 3 && dims[0] == 1 &&
	   dims[1] == 2 && dims[2] == 2 && axp_dataset_has_labels(d), "idx: 3 samples of 1x2x2");
	ok(!axp_dataset_get(d, 0, v, &label, &why) && v[0] == 0 && fabsf(v[1] - 0.2f) < 1e-7f &&
	   fabsf(v[3] - 1) < 1e-7f && label == 4 && !strcmp(labels(d), "456"),
	   "idx: values over 255, labels");
	axp_dataset_free(d);
	o.scale = 1;
	o.mean[0] = 1;
	if (open_as(&d, &o, "idx:%s", x))
		bail_out("%s", why.text);
	ok(!axp_dataset_has_labels(d) && !axp_dataset_get(d, 1, v, NULL, NULL) && v[3] == 3,
	   "idx: no labels, own scale and mean");
	axp_dataset_free(d);
	o.input_dims[0] = 2;
	o.input_dims[1] = 2;
	o.input_ndim = 2;
	ok(!open_as(&d, &o, "idx:%s", x) && axp_dataset_dims(d, dims) == 2,
	   "idx: dimensions of 1 may be left out");
	axp_dataset_free(d);
	o.input_dims[0] = 4;
	o.input_dims[1] = 1;
	ok(open_as(&d, &o, "idx:%s", x) == -EINVAL && strstr(why.text, "1x2x2") &&
	   strstr(why.text, "4x1"), "idx: another shape: %s", why.text);
}

/* @bytes of images with byte @at set to @v */
static void idx_refused(const char *what, int err, const char *text, size_t bytes, size_t at,
			uint8_t v)
{
	uint8_t copy[sizeof(images) + 1] = { 0 };
	char spec[4096];

	memcpy(copy, images, sizeof(images));
	copy[at] = v;
	snprintf(spec, sizeof(spec), "idx:%s", scratch_file("bad.idx", copy, bytes));
	refused(what, err, text, NULL, spec);
}

static void test_idx_refused(void)
{
	uint8_t more[sizeof(marks) + 1] = { 0 };
	bool all = true;

	idx_refused("idx: not IDX", -EINVAL, "not an IDX file", sizeof(images), 0, 1);
	idx_refused("idx: another type", -EINVAL, "0x0d", sizeof(images), 2, 13);
	idx_refused("idx: no dimensions", -EINVAL, "1 dimensions", sizeof(images), 3, 1);
	idx_refused("idx: too many dimensions", -EINVAL, "200 dimensions", sizeof(images), 3, 200);
	idx_refused("idx: a byte missing", -EINVAL, "need 12", sizeof(images) - 1, 0, 0);
	idx_refused("idx: a byte too much", -EINVAL, "13 bytes follow", sizeof(images) + 1, 0, 0);
	idx_refused("idx: no sample", -ENODATA, "0 samples", sizeof(images), 7, 0);
	idx_refused("idx: too many samples", -E2BIG, "100000000", sizeof(images), 4, 0xff);
	idx_refused("idx: a dimension of 0", -EINVAL, "dimension of 0", sizeof(images), 11, 0);
	idx_refused("idx: samples too large", -E2BIG, "67108864", sizeof(images), 8, 0xff);
	for (size_t n = 0; n < sizeof(images); n++) {
		struct axp_dataset *d;
		char spec[4096];

		snprintf(spec, sizeof(spec), "idx:%s", scratch_file("bad.idx", images, n));
		all &= axp_dataset_open(&d, spec, NULL, &why) == -EINVAL && !d;
	}
	ok(all, "idx: cut at any length");
	memcpy(more, marks, sizeof(marks));
	more[7] = 4;
	scratch_file("more.idx", more, sizeof(more));
	{
		char spec[8192];

		snprintf(spec, sizeof(spec), "idx:%s,%s", scratch("x.idx"), scratch("more.idx"));
		refused("idx: more labels than samples", -EINVAL, "4 labels for 3 samples", NULL, spec);
		snprintf(spec, sizeof(spec), "idx:%s,%s", scratch("x.idx"), scratch("x.idx"));
		refused("idx: pictures for labels", -EINVAL, "3 dimensions", NULL, spec);
		snprintf(spec, sizeof(spec), "idx:%s,%s", scratch("x.idx"), scratch("none"));
		refused("idx: no file of labels", -ENOENT, "none", NULL, spec);
	}
}

/* ---------------------------------------------------------------------- npy */

static const char *npy_file(const char *name, const char *descr, const char *shape,
			    const void *data, size_t len)
{
	uint8_t buf[1024] = "\x93NUMPY\x01\x00";
	int n = snprintf((char *)buf + 10, 200,
			 "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);

	while ((10 + n) % 64 != 63)
		buf[10 + n++] = ' ';
	buf[10 + n++] = '\n';
	buf[8] = (uint8_t)n;
	memcpy(buf + 10 + n, data, len);
	return scratch_file(name, buf, 10 + (size_t)n + len);
}

static void test_npy(void)
{
	static const float v[] = { 1, 2, 3, 4, 5, 6, -7, 8 };
	static const uint8_t u[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const int64_t l[] = { 3, 1 };
	static const int32_t bad[] = { 3, -1 };
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	uint64_t dims[7];
	char spec[8192];
	uint32_t y;
	float x[4];

	npy_file("x.npy", "<f4", "(2, 2, 2)", v, sizeof(v));
	npy_file("u.npy", "|u1", "(2, 2, 2)", u, sizeof(u));
	npy_file("l.npy", "<i8", "(2,)", l, sizeof(l));
	npy_file("b.npy", "<i4", "(2,)", bad, sizeof(bad));
	npy_file("one.npy", "<f4", "(8,)", v, sizeof(v));
	o.input_dims[0] = 1;
	o.input_dims[1] = 2;
	o.input_dims[2] = 2;
	o.input_ndim = 3;
	if (open_as(&d, &o, "npy:%s,%s", scratch("x.npy"), scratch("l.npy")))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 2 && axp_dataset_dims(d, dims) == 3 && axp_dataset_elems(d) == 4 &&
	   !axp_dataset_get(d, 1, x, &y, &why) && x[0] == 5 && x[2] == -7 && y == 1,
	   "npy: float32 samples as they are, int64 labels");
	axp_dataset_free(d);
	if (open_as(&d, NULL, "npy:%s[1:]", scratch("u.npy")))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 1 && !axp_dataset_get(d, 0, x, NULL, NULL) && x[3] == 8 &&
	   !axp_dataset_has_labels(d), "npy: uint8 samples, no labels, a slice");
	axp_dataset_free(d);
	npy_file("d.npy", "<f8", "(2, 2)", (const double[]){ 1, 0.1, -3, 1e-50 }, 32);
	if (open_as(&d, NULL, "npy:%s", scratch("d.npy")))
		bail_out("%s", why.text);
	ok(!axp_dataset_get(d, 0, x, NULL, NULL) && x[1] == 0.1f && !axp_dataset_get(d, 1, x, NULL, NULL) &&
	   x[0] == -3 && x[1] == 0, "npy: float64 samples, rounded");
	axp_dataset_free(d);
	npy_file("d.npy", "<f8", "(1, 2)", (const double[]){ 1, 1e300 }, 16);
	if (open_as(&d, NULL, "npy:%s", scratch("d.npy")))
		bail_out("%s", why.text);
	ok(axp_dataset_get(d, 0, x, NULL, &why) == -EINVAL && strstr(why.text, "element 1 is inf"),
	   "npy: float64 over the range: %s", why.text);
	axp_dataset_free(d);
	snprintf(spec, sizeof(spec), "npy:%s,%s", scratch("x.npy"), scratch("b.npy"));
	refused("npy: a negative label", -EINVAL, "label 1 is -1", NULL, spec);
	snprintf(spec, sizeof(spec), "npy:%s,%s", scratch("x.npy"), scratch("one.npy"));
	refused("npy: float labels", -EINVAL, "float32", NULL, spec);
	snprintf(spec, sizeof(spec), "npy:%s,%s", scratch("x.npy"), scratch("u.npy"));
	refused("npy: labels in many dimensions", -EINVAL, "8 labels", NULL, spec);
	snprintf(spec, sizeof(spec), "npy:%s", scratch("l.npy"));
	refused("npy: integer samples", -EINVAL, "INT64", NULL, spec);
	snprintf(spec, sizeof(spec), "npy:%s", scratch("one.npy"));
	refused("npy: one dimension", -EINVAL, "1 dimensions", NULL, spec);
	npy_file("none.npy", "<f4", "(0, 2)", v, 0);
	snprintf(spec, sizeof(spec), "npy:%s", scratch("none.npy"));
	refused("npy: no sample", -ENODATA, "no sample", NULL, spec);
	npy_file("cut.npy", "<f4", "(2, 2, 2)", v, sizeof(v) - 1);
	snprintf(spec, sizeof(spec), "npy:%s", scratch("cut.npy"));
	refused("npy: cut", -EINVAL, "cut.npy", NULL, spec);

	npy_file("nan.npy", "<f4", "(1, 2)", (const float[]){ 1, NAN }, 8);
	if (open_as(&d, NULL, "npy:%s", scratch("nan.npy")))
		bail_out("%s", why.text);
	ok(axp_dataset_get(d, 0, x, NULL, &why) == -EINVAL && strstr(why.text, "element 1 is nan"),
	   "npy: a NaN is refused: %s", why.text);
	axp_dataset_free(d);

	x[0] = 77;
	ok(!axp_input_read(npy_file("in.npy", "<f4", "(1, 1, 2, 2)", v, 16), &o, x, &why) &&
	   x[0] == 1 && x[3] == 4, "an input from a batch of one");
	ok(!axp_input_read(npy_file("in.npy", "<f4", "(2, 2)", v + 1, 16), &o, x, &why) && x[0] == 2,
	   "an input without dimensions of 1");
	ok(axp_input_read(npy_file("in.npy", "<f4", "(4,)", v + 2, 16), &o, x, &why) == -EINVAL &&
	   x[0] == 2 && strstr(why.text, "samples are 4, the net takes 1x2x2"),
	   "an input of another shape: %s", why.text);
	ok(axp_input_read(npy_file("in.npy", "<f4", "(2, 2)", (const float[]){ 1, 2, 3, INFINITY }, 16),
			  &o, x, &why) == -EINVAL && x[0] == 2, "an input that is not finite: %s", why.text);
	ok(axp_input_read(scratch("absent"), &o, x, &why) == -ENOENT, "no input: %s", why.text);
	o.input_ndim = 0;
	ok(axp_input_read(scratch("in.npy"), &o, x, &why) == -EINVAL && strstr(why.text, "dimensions"),
	   "an input without dimensions: %s", why.text);
}

/* ------------------------------------------------------------------- images */

static void test_images(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	char spec[4096];
	uint64_t dims[7];
	uint32_t y;
	float x[16];

	scratch_folder("set");
	scratch_folder("set/b");
	scratch_folder("set/a");
	scratch_file("set/.hidden", "", 0);
	scratch_file("set/b/2.pgm", "P5 2 1 255\n\x00\xff", 13);
	scratch_file("set/b/1.PPM", "P3 2 1 255 255 0 0 0 0 255", 26);
	scratch_file("set/a/x.pgm", "P2 2 1 # gray\n1 1 0", 19);
	snprintf(spec, sizeof(spec), "images:%s", scratch("set"));
	o.input_dims[0] = 1;
	o.input_dims[1] = 1;
	o.input_dims[2] = 2;
	o.input_ndim = 3;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 3 && axp_dataset_has_labels(d) && !strcmp(labels(d), "011") &&
	   !strcmp(axp_dataset_class_name(d, 0), "a") && !strcmp(axp_dataset_class_name(d, 1), "b") &&
	   !axp_dataset_class_name(d, 2), "images: classes are folders, both sorted");
	ok(!axp_dataset_get(d, 0, x, &y, NULL) && x[0] == 1 && x[1] == 0, "images: values over 255");
	ok(!axp_dataset_get(d, 1, x, &y, NULL) && fabsf(x[0] - 0.299f) < 1e-6f &&
	   fabsf(x[1] - 0.114f) < 1e-6f, "images: colour as gray");
	axp_dataset_free(d);
	o.input_dims[0] = 3;
	o.mean[0] = 0.5f;
	o.mean[1] = 0.25f;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(!axp_dataset_get(d, 2, x, &y, NULL) && x[0] == -0.5f && x[1] == 0.5f && x[2] == -0.25f &&
	   x[3] == 0.75f && x[5] == 0.75f, "images: gray as colour, mean by channel, the last repeated");
	axp_dataset_free(d);
	if (open_as(&d, NULL, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_dims(d, dims) == 3 && dims[0] == 1 && dims[1] == 1 && dims[2] == 2,
	   "images: without a net the first picture decides");
	axp_dataset_free(d);

	o.input_dims[0] = 2;
	refused("images: two channels", -EINVAL, "2x1x2", &o, spec);
	scratch_file("set/b/3.jpg", "", 0);
	o.input_dims[0] = 1;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_get(d, 3, x, &y, &why) == -EINVAL && strstr(why.text, "3.jpg: the file is empty"),
	   "images: a JPEG of 0 bytes: %s", why.text);
	axp_dataset_free(d);
	unlink(scratch("set/b/3.jpg"));
	scratch_folder("set/c");
	refused("images: an empty class", -ENODATA, "set/c", NULL, spec);
	scratch_file("set/c/notes.txt", "x", 1);
	refused("images: no picture", -EINVAL, "notes.txt", NULL, spec);
	unlink(scratch("set/c/notes.txt"));
	scratch_folder("set/c/deeper.png");
	refused("images: a folder in a class", -EINVAL, "deeper.png", NULL, spec);
	rmdir(scratch("set/c/deeper.png"));
	rmdir(scratch("set/c"));
	scratch_file("set/loose.png", "x", 1);
	refused("images: a file among the classes", -EINVAL, "loose.png", NULL, spec);
	snprintf(spec, sizeof(spec), "images:%s", scratch("set/b"));
	o.need_labels = true;
	refused("images: no classes", -EINVAL, ": not a folder", &o, spec);
	o.need_labels = false;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 2 && !axp_dataset_has_labels(d) && !axp_dataset_class_name(d, 0) &&
	   !axp_dataset_get(d, 1, x, &y, NULL) && y == 0, "images: pictures alone, without labels");
	axp_dataset_free(d);
	snprintf(spec, sizeof(spec), "images:%s", scratch("gone"));
	refused("images: no folder", -ENOENT, "gone", NULL, spec);
	scratch_folder("void");
	snprintf(spec, sizeof(spec), "images:%s", scratch("void"));
	refused("images: an empty folder", -ENODATA, "void", NULL, spec);
}

static void test_memory(void)
{
	static const float v[] = { 1, 2, 3, 4, 5, 6 };
	static const uint32_t labels[] = { 2, 0, 65535 }, wrong[] = { 0, 65536, 0 };
	static const uint64_t dims[] = { 1, 2 }, none[] = { 2, 0 };
	struct axp_dataset *d;
	uint64_t got[7];
	uint32_t label;
	float x[2];

	ok(!axp_dataset_memory(&d, v, labels, 3, dims, 2, &why) && axp_dataset_count(d) == 3 &&
	   axp_dataset_elems(d) == 2 && axp_dataset_dims(d, got) == 2 && got[1] == 2 &&
	   axp_dataset_has_labels(d), "memory: samples and labels: %s", why.text);
	ok(!axp_dataset_get(d, 2, x, &label, &why) && x[0] == 5 && x[1] == 6 && label == 65535,
	   "memory: the last one");
	ok(axp_dataset_get(d, 3, x, &label, &why) == -EINVAL, "memory: no fourth");
	axp_dataset_free(d);
	ok(!axp_dataset_memory(&d, v, NULL, 6, dims, 1, &why) && !axp_dataset_has_labels(d),
	   "memory: no labels");
	axp_dataset_free(d);
	ok(axp_dataset_memory(&d, v, wrong, 3, dims, 2, &why) == -EINVAL && !d &&
	   strstr(why.text, "65536"), "memory: %s", why.text);
	ok(axp_dataset_memory(&d, v, NULL, 0, dims, 2, &why) == -ENODATA && !d, "memory: %s",
	   why.text);
	ok(axp_dataset_memory(&d, v, NULL, 3, none, 2, &why) < 0 && !d, "memory: %s", why.text);
	ok(axp_dataset_memory(&d, v, NULL, 3, dims, 0, &why) == -EINVAL && !d &&
	   axp_dataset_memory(&d, v, NULL, 3, dims, 8, &why) == -EINVAL && !d, "memory: %s",
	   why.text);
}

/* -------------------------------------------------------------------- classes */

static void test_classes(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	static const char pixel[] = "P2 1 1 1 1";
	struct axp_dataset *d;
	char spec[4096];

	scratch_folder("net");
	scratch_folder("net/cat");
	scratch_folder("net/1");
	scratch_file("net/cat/a.pgm", pixel, sizeof(pixel) - 1);
	scratch_file("net/1/b.pgm", pixel, sizeof(pixel) - 1);
	snprintf(spec, sizeof(spec), "images:%s", scratch("net"));
	o.need_labels = true;
	o.nr_classes = 3;
	refused("classes: a folder is missing, names are not known", -EINVAL,
		"2 classes are there, the net has 3", &o, spec);
	o.classes = "cat,dog,emu";
	refused("classes: a folder is missing, and which", -EINVAL, "the folder of class 'emu' is missing",
		&o, spec);
	o.need_labels = false;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(!strcmp(labels(d), "10") && !strcmp(axp_dataset_class_name(d, 2), "emu") &&
	   !axp_dataset_class_name(d, 3), "classes by name and by number; all there is will do without labels");
	axp_dataset_free(d);
	o.need_labels = true;
	o.nr_classes = 2;
	o.classes = "dog,cat";
	refused("classes: by name and by number", -EINVAL, "'cat' is there by name and by number", &o, spec);
	o.classes = "dog,bird";
	refused("classes: none of the net's", -EINVAL, "'cat' is not a class of the net", &o, spec);
	o.classes = "cat,dog";
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(!strcmp(labels(d), "10"), "classes: every one is there");
	axp_dataset_free(d);
	o.classes = "cat,dog,emu";
	refused("classes: more than the net has", -EINVAL, "3 names, the net has 2 outputs", &o, spec);
	o.classes = "cat,,emu";
	refused("classes: an empty name", -EINVAL, "name 1 is empty", &o, spec);
	o.classes = "cat,emu,cat";
	o.nr_classes = 0;
	refused("classes: a name twice", -EINVAL, "'cat' is there twice", &o, spec);
}

/* ------------------------------------------------------------------------ wav */

static const char *wav_file(const char *name, uint32_t rate, int16_t v)
{
	int16_t samples[10];
	uint8_t buf[64];

	for (int i = 0; i < 10; i++)
		samples[i] = (int16_t)(v * i);
	return scratch_file(name, buf, wav_make(buf, rate, 1, samples, 10));
}

static void test_wav(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	struct axp_dataset *d;
	char spec[4096];
	uint64_t dims[7];
	uint32_t y;
	float x[16];

	scratch_folder("flat");
	wav_file("flat/two_b.wav", 8000, 2);
	wav_file("flat/one_a.wav", 8000, 1);
	wav_file("flat/one-_a.wav", 8000, 1);
	wav_file("flat/one_b.WAV", 8000, 3);
	snprintf(spec, sizeof(spec), "wav:%s", scratch("flat"));
	refused("wav: without settings", -EINVAL, "audio settings are needed", NULL, spec);
	o.audio = "wave,rate=8000,length=4,peak=non";
	refused("wav: settings", -EINVAL, "audio: peak 'non'", &o, spec);
	o.audio = "wave,rate=8000,length=4,peak=none";
	o.scale = 32768;
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 4 && axp_dataset_dims(d, dims) == 2 && dims[0] == 1 &&
	   dims[1] == 4 && !strcmp(labels(d), "1002") && !strcmp(axp_dataset_class_name(d, 0), "one") &&
	   !strcmp(axp_dataset_class_name(d, 1), "one-") && !strcmp(axp_dataset_class_name(d, 2), "two"),
	   "wav: the class is in the name");
	ok(!axp_dataset_get(d, 3, x, &y, &why) && y == 2 && x[0] == 0 && x[3] == 6,
	   "wav: samples, scaled");
	axp_dataset_free(d);
	o.classes = "zero,one,two,one-";
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(!strcmp(labels(d), "3112"), "wav: labels are those of the net");
	axp_dataset_free(d);
	o.need_labels = true;
	refused("wav: files of a class are missing", -EINVAL, "every file of class 'zero' is missing", &o, spec);
	o.need_labels = false;
	o.classes = NULL;
	o.input_ndim = 2;
	o.input_dims[0] = 1;
	o.input_dims[1] = 5;
	refused("wav: other than the net takes", -EINVAL, "samples are 1x4, the net takes 1x5", &o, spec);
	o.input_ndim = 0;
	wav_file("flat/one_c.wav", 11025, 1);
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_get(d, 3, x, &y, &why) == -EINVAL && strstr(why.text, "one_c.wav: 11025"),
	   "wav: another rate: %s", why.text);
	axp_dataset_free(d);
	scratch_file("flat/one_c.wav", "", 0);
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_get(d, 3, x, &y, &why) == -EINVAL && strstr(why.text, "one_c.wav: the file is empty"),
	   "wav: 0 bytes: %s", why.text);
	axp_dataset_free(d);
	scratch_file("flat/three.wav", "", 0);
	if (open_as(&d, &o, "%s", spec))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 6 && !axp_dataset_has_labels(d), "wav: not all have a class: no labels");
	axp_dataset_free(d);
	o.need_labels = true;
	refused("wav: no class in the name", -EINVAL, "three.wav: the name does not begin", &o, spec);
	o.need_labels = false;
	unlink(scratch("flat/three.wav"));
	scratch_file("flat/notes.txt", "", 0);
	refused("wav: another file", -EINVAL, "notes.txt: not a", &o, spec);
	unlink(scratch("flat/notes.txt"));
	scratch_folder("flat/folder");
	refused("wav: files and folders", -EINVAL, "not a", &o, spec);

	scratch_folder("deep");
	scratch_folder("deep/no");
	scratch_folder("deep/yes");
	wav_file("deep/yes/1.wav", 8000, 5);
	wav_file("deep/no/2.wav", 8000, 6);
	if (open_as(&d, &o, "wav:%s", scratch("deep")))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 2 && !strcmp(labels(d), "01") &&
	   !axp_dataset_get(d, 1, x, NULL, NULL) && x[1] == 5, "wav: a folder per class");
	axp_dataset_free(d);
	scratch_folder("still");
	snprintf(spec, sizeof(spec), "wav:%s", scratch("still"));
	refused("wav: an empty folder", -ENODATA, "still", &o, spec);
	snprintf(spec, sizeof(spec), "wav:%s", scratch("nowhere"));
	refused("wav: no folder", -ENOENT, "nowhere", &o, spec);

	o.input_ndim = 3;
	o.input_dims[0] = 1;
	o.input_dims[1] = 4;
	o.input_dims[2] = 1;
	ok(!axp_input_read(scratch("deep/yes/1.wav"), &o, x, &why) && x[2] == 10, "an input from sound");
	o.audio = NULL;
	ok(axp_input_read(scratch("deep/yes/1.wav"), &o, x, &why) == -EINVAL &&
	   strstr(why.text, "1.wav: is sound"), "sound for a net of something else: %s", why.text);
}

/* ------------------------------------------------------------------------ npz */

static void npz_add(zipFile zip, const char *array, const char *npy, int level)
{
	char buf[1024];
	FILE *f = fopen(scratch(npy), "rb");
	size_t n = f ? fread(buf, 1, sizeof(buf), f) : 0;

	if (!n || fclose(f) ||
	    zipOpenNewFileInZip(zip, array, NULL, NULL, 0, NULL, 0, NULL, level ? Z_DEFLATED : 0,
				level) ||
	    zipWriteInFileInZip(zip, buf, (unsigned int)n) || zipCloseFileInZip(zip))
		bail_out("writing an archive");
}

static void test_npz(void)
{
	static const float v[] = { 1, 2, 3, 4, 5, 6 };
	static const int64_t l[] = { 7, 9 };
	static char whole[8192];
	struct axp_dataset *d;
	char spec[8192];
	zipFile zip;
	uint32_t y;
	float x[4];
	size_t n;
	FILE *f;

	npy_file("x.npy", "<f4", "(2, 3)", v, sizeof(v));
	npy_file("l.npy", "<i8", "(2,)", l, sizeof(l));
	zip = zipOpen(scratch("a.npz"), APPEND_STATUS_CREATE);
	npz_add(zip, "images.npy", "x.npy", 9);
	npz_add(zip, "labels.npy", "l.npy", 0);
	npz_add(zip, "text.npy", "ten.csv", 9);
	zipClose(zip, NULL);
	zip = zipOpen(scratch("one.npz"), APPEND_STATUS_CREATE);
	npz_add(zip, "arr_0.npy", "x.npy", 9);
	zipClose(zip, NULL);

	if (open_as(&d, NULL, "npz:%s,images,labels", scratch("a.npz")))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 2 && axp_dataset_elems(d) == 3 && axp_dataset_has_labels(d) &&
	   !axp_dataset_get(d, 1, x, &y, &why) && x[0] == 4 && x[2] == 6 && y == 9,
	   "npz: samples and labels by name, packed and not");
	axp_dataset_free(d);
	if (open_as(&d, NULL, "npz:%s[1:]", scratch("one.npz")))
		bail_out("%s", why.text);
	ok(axp_dataset_count(d) == 1 && !axp_dataset_has_labels(d) &&
	   !axp_dataset_get(d, 0, x, NULL, &why) && x[1] == 5, "npz: the only array, a slice");
	axp_dataset_free(d);
	snprintf(spec, sizeof(spec), "npz:%s", scratch("a.npz"));
	refused("npz: which array?", -EINVAL, "3 arrays", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s,image", scratch("a.npz"));
	refused("npz: no such array", -ENOENT, "no array 'image'", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s,images,images", scratch("a.npz"));
	refused("npz: samples for labels", -EINVAL, "float32", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s,labels", scratch("a.npz"));
	refused("npz: labels for samples", -EINVAL, "INT64", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s,text", scratch("a.npz"));
	refused("npz: something else inside", -EINVAL, "text.npy: not an NPY file", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s", scratch("x.npy"));
	refused("npz: an NPY file", -EINVAL, "not an NPZ", NULL, spec);
	snprintf(spec, sizeof(spec), "npz:%s", scratch("nothing.npz"));
	refused("npz: no file", -ENOENT, "nothing.npz", NULL, spec);

	f = fopen(scratch("one.npz"), "rb");
	n = f ? fread(whole, 1, sizeof(whole), f) : 0;
	if (!n || fclose(f))
		bail_out("reading back");
	{
		bool all = true;
		char *cut;

		/* the last four bytes are zeros, and nothing is lost without them */
		for (size_t len = 0; len < n - 4; len++) {
			snprintf(spec, sizeof(spec), "npz:%s", scratch_file("cut.npz", whole, len));
			all &= axp_dataset_open(&d, spec, NULL, &why) < 0 && !d &&
			       strstr(why.text, "cut.npz");
		}
		ok(all, "npz: cut at any length");
		/* the directory says what the array unpacks to */
		cut = memmem(whole, n, "PK\1\2", 4);
		cut[24 + 3] = 0x7f;
		snprintf(spec, sizeof(spec), "npz:%s", scratch_file("bomb.npz", whole, n));
		refused("npz: more than a file can hold", -EINVAL, "bytes in a file of", NULL, spec);
		cut[24 + 3] = 0;
		cut = memmem(whole, n, "arr_0.npy", 9);
		cut[30] ^= 0x55;
		snprintf(spec, sizeof(spec), "npz:%s", scratch_file("hurt.npz", whole, n));
		refused("npz: damaged", -EINVAL, "hurt.npz", NULL, spec);
	}
}

int main(void)
{
	test_memory();
	test_slices();
	test_csv();
	test_csv_refused();
	test_truncated_gzip();
	test_idx();
	test_idx_refused();
	test_npy();
	test_images();
	test_classes();
	test_wav();
	test_npz();
	axp_dataset_free(NULL);
	return done_testing();
}
