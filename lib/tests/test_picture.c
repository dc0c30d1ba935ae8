// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <jpeglib.h>

#include "picture.h"
#include "scratch.h"
#include "tap.h"

static struct axp_diag why;

static struct axp_picture *read_mem(const void *buf, size_t len)
{
	struct axp_picture *p;

	why.text[0] = 0;
	return axp_picture_read_mem(&p, "file", buf, len, &why) ? NULL : p;
}

static void refused(const char *what, const char *text, const void *buf, size_t len)
{
	struct axp_picture *p = (void *)1;
	int err;

	why.text[0] = 0;
	err = axp_picture_read_mem(&p, "file", buf, len, &why);
	ok(err < 0 && !p && strstr(why.text, text) && !strncmp(why.text, "file: ", 6) &&
	   !strchr(why.text, '\n'), "%s: %d, %s", what, err, why.text);
	if (!err)
		axp_picture_free(p);
}

static bool is(const struct axp_picture *p, uint32_t w, uint32_t h, uint32_t c,
	       const uint16_t *v)
{
	return p && p->width == w && p->height == h && p->channels == c &&
	       !memcmp(p->v, v, sizeof(*v) * w * h * c);
}

/* ---------------------------------------------------------------------- pnm */

static void test_pnm(void)
{
	static const uint16_t two[] = { 0, 65535 }, wide[] = { 0x0102, 0xfffe };
	static const uint16_t colour[] = { 65535, 0, 32768 };
	struct axp_picture *p;

#define READ(s)	(p = read_mem(s, sizeof(s) - 1))
	ok(is(READ("P5\n2 1\n255\n\0\xff"), 2, 1, 1, two), "P5");
	axp_picture_free(p);
	ok(is(READ("P5 # a comment\n 2 #another\n1 65535\n\1\2\xff\xfe"), 2, 1, 1, wide),
	   "P5 of 16 bits, comments");
	axp_picture_free(p);
	ok(is(READ("P2 2 1 7 0\n7\n"), 2, 1, 1, two), "P2, largest value 7");
	axp_picture_free(p);
	ok(is(READ("P3 1 1 2 2 0 1"), 1, 1, 3, colour), "P3");
	axp_picture_free(p);
	ok(is(READ("P6 1 1 2 \2\0\1"), 1, 1, 3, colour), "P6");
	axp_picture_free(p);
#define REFUSED(what, text, s)	refused(what, text, s, sizeof(s) - 1)
	REFUSED("PBM", "P4", "P4 8 1 \1");
	REFUSED("no header", "the header", "P5 2 x");
	REFUSED("a negative width", "the header", "P5 -2 1 255 ab");
	REFUSED("no pixels", "0 x 1 pixels", "P5 0 1 255 ");
	REFUSED("too wide", "the limit is 65535", "P5 65536 1 255 ");
	REFUSED("too many pixels", "67108864 in all", "P5 60000 60000 255 ");
	REFUSED("a huge number", "the limit", "P5 99999999999999999999 1 255 ");
	REFUSED("largest value 0", "largest value 0", "P5 1 1 0 a");
	REFUSED("largest value 65536", "largest value 65536", "P5 1 1 65536 aa");
	REFUSED("a byte missing", "1 bytes of pixels, but 2", "P5 2 1 255\na");
	REFUSED("over the largest value", "sample 1 is 200", "P5 2 1 100\na\310");
	REFUSED("text, a sample missing", "sample 1 of 2", "P2 2 1 9 1");
	REFUSED("text, no number", "sample 0 of 1", "P2 1 1 9 x");
	REFUSED("another file", "not a PNG", "GIF89a");
	REFUSED("nothing", "empty", "");
}

/* ---------------------------------------------------------------------- png */

struct out {
	uint8_t data[65536];
	size_t n;
};

static void on_write(png_structp png, png_bytep from, size_t n)
{
	struct out *o = png_get_io_ptr(png);

	if (o->n + n > sizeof(o->data))
		bail_out("PNG too large");
	memcpy(o->data + o->n, from, n);
	o->n += n;
}

/* @rows: @h rows of packed samples */
static void make_png(struct out *o, uint32_t w, uint32_t h, int depth, int type,
		     int interlace, const uint8_t *rows, size_t stride, bool transparent)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color palette[3] = { { 255, 0, 0 }, { 0, 255, 0 }, { 10, 20, 30 } };
	png_byte alpha[2] = { 0, 51 };
	png_bytep at[64];

	o->n = 0;
	png_set_write_fn(png, o, on_write, NULL);
	png_set_IHDR(png, info, w, h, depth, type, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 3);
	if (transparent)
		png_set_tRNS(png, info, alpha, 2, NULL);
	png_set_gAMA(png, info, 0.3);	/* samples are taken as they are */
	for (uint32_t y = 0; y < h; y++)
		at[y] = (png_bytep)rows + y * stride;
	png_set_rows(png, info, at);
	png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	png_destroy_write_struct(&png, &info);
}

static void test_png(void)
{
	static const uint16_t gray[] = { 0, 257, 25700, 65535 }, deep[] = { 1, 0xfffe };
	static const uint16_t rgba[] = { 51 * 257, 0, 20 * 257, 0, 0, 0 };
	static const uint16_t colours[] = { 10 * 257, 20 * 257, 30 * 257, 0, 51 * 257, 0 };
	static const uint16_t opaque[] = { 65535, 0, 0, 0, 65535, 0 };
	static const uint16_t bits[] = { 65535, 0, 65535, 65535 };
	static const uint16_t half[] = { 0x8000 };
	static uint8_t picture[32 * 32];
	struct axp_picture *p, *q;
	static struct out o;
	bool all = true;

	make_png(&o, 2, 2, 8, PNG_COLOR_TYPE_GRAY, 0, (const uint8_t[]){ 0, 1, 100, 255 }, 2, false);
	ok(is(p = read_mem(o.data, o.n), 2, 2, 1, gray), "PNG gray, 8 bits; gamma changes nothing");
	axp_picture_free(p);
	make_png(&o, 2, 1, 16, PNG_COLOR_TYPE_GRAY, 0, (const uint8_t[]){ 0, 1, 255, 254 }, 4, false);
	ok(is(p = read_mem(o.data, o.n), 2, 1, 1, deep), "PNG gray, 16 bits keep their precision");
	axp_picture_free(p);
	make_png(&o, 4, 1, 1, PNG_COLOR_TYPE_GRAY, 0, (const uint8_t[]){ 0xb0 }, 1, false);
	ok(is(p = read_mem(o.data, o.n), 4, 1, 1, bits), "PNG gray, 1 bit");
	axp_picture_free(p);
	make_png(&o, 2, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, 0,
		 (const uint8_t[]){ 255, 0, 100, 51, 9, 9, 9, 0 }, 8, false);
	ok(is(p = read_mem(o.data, o.n), 2, 1, 3, rgba), "PNG with alpha: on black");
	axp_picture_free(p);
	make_png(&o, 1, 1, 16, PNG_COLOR_TYPE_GRAY_ALPHA, 0,
		 (const uint8_t[]){ 255, 255, 0x80, 0 }, 4, false);
	ok(is(p = read_mem(o.data, o.n), 1, 1, 1, half), "PNG gray with alpha, 16 bits");
	axp_picture_free(p);
	make_png(&o, 2, 1, 8, PNG_COLOR_TYPE_PALETTE, 0, (const uint8_t[]){ 2, 1 }, 2, true);
	ok(is(p = read_mem(o.data, o.n), 2, 1, 3, colours), "PNG palette with transparency");
	axp_picture_free(p);
	make_png(&o, 2, 1, 2, PNG_COLOR_TYPE_PALETTE, 0, (const uint8_t[]){ 0x10 }, 1, false);
	ok(is(p = read_mem(o.data, o.n), 2, 1, 3, opaque), "PNG palette of 2 bits");
	axp_picture_free(p);

	for (uint32_t i = 0; i < sizeof(picture); i++)
		picture[i] = (uint8_t)(i * i >> 3);
	make_png(&o, 32, 32, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7, picture, 32, false);
	p = read_mem(o.data, o.n);
	make_png(&o, 32, 32, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, picture, 32, false);
	q = read_mem(o.data, o.n);
	ok(p && q && is(p, 32, 32, 1, q->v), "PNG interlaced: the same pixels");
	axp_picture_free(p);
	axp_picture_free(q);

	for (size_t n = 0; n < o.n; n++) {
		uint8_t *cut = malloc(n ? n : 1);	/* for the sanitizer: no byte more */

		memcpy(cut, o.data, n);
		p = read_mem(cut, n);
		all &= !p && !strncmp(why.text, "file: ", 6);
		axp_picture_free(p);
		free(cut);
	}
	ok(all, "PNG cut at any length");
	o.data[20] = 0xff;	/* the width; then the checksum is wrong too */
	refused("PNG with a damaged header", "PNG: ", o.data, o.n);
	make_png(&o, 32, 32, 8, PNG_COLOR_TYPE_GRAY, 0, picture, 32, false);
	o.data[o.n - 40] ^= 0x10;
	refused("PNG with a damaged body", "PNG: ", o.data, o.n);
}

/* --------------------------------------------------------------------- jpeg */

static size_t make_jpeg(uint8_t *to, size_t room, uint32_t w, uint32_t h, int channels,
			J_COLOR_SPACE space, const uint8_t *pixels)
{
	struct jpeg_compress_struct info;
	struct jpeg_error_mgr mgr;
	unsigned char *buf = NULL;
	unsigned long n = 0;

	info.err = jpeg_std_error(&mgr);
	jpeg_create_compress(&info);
	jpeg_mem_dest(&info, &buf, &n);
	info.image_width = w;
	info.image_height = h;
	info.input_components = channels;
	info.in_color_space = space;
	jpeg_set_defaults(&info);
	jpeg_set_quality(&info, 95, TRUE);
	jpeg_start_compress(&info, TRUE);
	while (info.next_scanline < h) {
		JSAMPROW row = (JSAMPROW)pixels + (size_t)info.next_scanline * w * (size_t)channels;

		jpeg_write_scanlines(&info, &row, 1);
	}
	jpeg_finish_compress(&info);
	jpeg_destroy_compress(&info);
	if (n > room)
		bail_out("JPEG too large");
	memcpy(to, buf, n);
	free(buf);
	return n;
}

static void test_jpeg(void)
{
	static uint8_t buf[65536], pixels[24 * 16 * 4];
	struct axp_picture *p;
	bool near = true, all = true;
	size_t n, start;

	for (uint32_t i = 0; i < 24 * 16; i++) {
		pixels[3 * i] = (uint8_t)(i % 24 * 10);
		pixels[3 * i + 1] = (uint8_t)(i / 24 * 15);
		pixels[3 * i + 2] = 128;
	}
	n = make_jpeg(buf, sizeof(buf), 24, 16, 3, JCS_RGB, pixels);
	p = read_mem(buf, n);
	for (uint32_t i = 0; p && i < 24 * 16 * 3; i++)
		near &= abs((int)p->v[i] / 257 - (int)pixels[i]) <= 12 && p->v[i] % 257 == 0;
	ok(p && p->width == 24 && p->height == 16 && p->channels == 3 && near, "JPEG, colour");
	axp_picture_free(p);
	/* the tables and the header are over after 600 bytes: what is cut then is data */
	for (size_t len = 0; len + 2 < n; len += len < 700 ? 1 : 5) {
		uint8_t *cut = malloc(len ? len : 1);

		memcpy(cut, buf, len);
		p = read_mem(cut, len);
		all &= !p && !strncmp(why.text, "file: ", 6);
		axp_picture_free(p);
		free(cut);
	}
	ok(all, "JPEG cut at any length");
	start = n - 20;
	buf[start] = 0xff;
	buf[start + 1] = 0xd9;
	refused("JPEG that ends in its middle", "JPEG: ", buf, n);

	n = make_jpeg(buf, sizeof(buf), 24, 16, 1, JCS_GRAYSCALE, pixels);
	p = read_mem(buf, n);
	ok(p && p->channels == 1 && p->width == 24, "JPEG, gray");
	axp_picture_free(p);
	n = make_jpeg(buf, sizeof(buf), 24, 16, 4, JCS_CMYK, pixels);
	refused("JPEG of printers' colours", "CMYK", buf, n);
	refused("JPEG that is a header alone", "JPEG: ", "\xff\xd8\xff\xe0", 4);
}

/* ---------------------------------------------------------------------- fit */

/* @text: settings; 0 or a negative errno */
static int fit_as(const char *text, const struct axp_picture *p, uint32_t c, uint32_t h,
		  uint32_t w, float *x)
{
	const uint32_t chw[3] = { c, h, w };
	struct axp_picture_fit fit;
	int err;

	why.text[0] = 0;
	err = axp_picture_fit_parse(&fit, text, &why);
	return err ? err : axp_picture_fit(&fit, p, "file", chw, x, &why);
}

static bool close_to(const float *x, const float *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabsf(x[i] - want[i]) < 1e-4f))
			return false;
	return true;
}

static void test_stretch(void)
{
	static uint16_t colour[] = { 257, 514, 771, 2570, 5140, 7710 };
	static uint16_t ramp[] = { 0, 257 * 100, 257 * 200, 257 * 100 };
	struct axp_picture rgb = { .width = 2, .height = 1, .channels = 3, .v = colour };
	struct axp_picture gray = { .width = 2, .height = 2, .channels = 1, .v = ramp };
	static const float up[16] = {
		0, 25, 75, 100, 50, 62.5f, 87.5f, 100, 150, 137.5f, 112.5f, 100, 200, 175, 125, 100,
	};
	float x[16];

	fit_as(NULL, &rgb, 3, 1, 2, x);
	ok(x[0] == 1 && x[1] == 10 && x[2] == 2 && x[3] == 20 && x[4] == 3 && x[5] == 30,
	   "channels become planes");
	fit_as(NULL, &rgb, 1, 1, 2, x);
	ok(fabsf(x[0] - 1.815f) < 1e-5f && fabsf(x[1] - 18.15f) < 1e-4f, "gray by BT.601");
	fit_as(NULL, &gray, 3, 2, 2, x);
	ok(x[1] == 100 && x[5] == 100 && x[10] == 200, "gray in three planes");
	fit_as(NULL, &gray, 1, 4, 4, x);
	ok(close_to(x, up, 16), "2x2 to 4x4, bilinear between centres of pixels");
	fit_as(NULL, &gray, 1, 1, 1, x);
	ok(fabsf(x[0] - 100) < 1e-4f, "2x2 to 1x1: the mean");
	fit_as(NULL, &gray, 1, 1, 4, x);
	ok(fabsf(x[0] - 100) < 1e-4f && fabsf(x[3] - 100) < 1e-4f, "2x2 to 4 wide, 1 high");
}

/* pictures whose pixel (y, x) is 10 y + x */
static struct axp_picture *ramp(uint32_t h, uint32_t w)
{
	struct axp_picture *p = calloc(1, sizeof(*p));

	if (!p || axp_picture_alloc(p, "ramp", w, h, 1, NULL))
		bail_out("no memory");
	for (uint32_t i = 0; i < h * w; i++)
		p->v[i] = (uint16_t)(257 * (10 * (i / w) + i % w));
	return p;
}

static void test_resize(void)
{
	static uint16_t colour[] = { 257, 514, 771, 2570, 5140, 7710 };
	struct axp_picture rgb = { .width = 2, .height = 1, .channels = 3, .v = colour };
	struct axp_picture *p = ramp(4, 8), *q = ramp(5, 5), *r = ramp(6, 3);
	float x[32];

	ok(!fit_as("resize=none", p, 1, 2, 4, x) &&
	   close_to(x, (float[]){ 12, 13, 14, 15, 22, 23, 24, 25 }, 8), "the centre is cropped");
	ok(!fit_as("resize=none", q, 1, 2, 4, x) &&
	   close_to(x, (float[]){ 20, 21, 22, 23, 30, 31, 32, 33 }, 8),
	   "half a pixel: 1.5 becomes 2, 0.5 becomes 0, as Python rounds");
	ok(!fit_as("2", p, 1, 2, 4, x) &&
	   close_to(x, (float[]){ 5.5, 7.5, 9.5, 11.5, 25.5, 27.5, 29.5, 31.5 }, 8),
	   "the shorter side becomes 2, and all of it is taken");
	ok(!fit_as("resize=2", p, 1, 2, 2, x) &&
	   close_to(x, (float[]){ 7.5, 9.5, 27.5, 29.5 }, 4), "the same, and the centre of it");
	ok(!fit_as("resize=cover", p, 1, 2, 2, x) &&
	   close_to(x, (float[]){ 7.5, 9.5, 27.5, 29.5 }, 4), "cover is that size here");
	ok(!fit_as("resize=cover", r, 1, 3, 3, x) &&
	   close_to(x, (float[]){ 20, 21, 22, 30, 31, 32, 40, 41, 42 }, 9),
	   "cover of a tall picture: only height is cropped");
	ok(!fit_as("resize=4x4", p, 1, 4, 2, x) &&
	   close_to(x, (float[]){ 2.5, 4.5, 12.5, 14.5, 22.5, 24.5, 32.5, 34.5 }, 8),
	   "height x width");
	ok(!fit_as("resize=net,filter=nearest", p, 1, 2, 2, x) &&
	   close_to(x, (float[]){ 12, 16, 32, 36 }, 4), "the nearest pixel");
	/* a triangle of 8 pixels' width around 1.5 and 5.5; at the border what is left of it */
	ok(!fit_as("filter=antialias", p, 1, 4, 2, x) &&
	   close_to(x, (float[]){ 1.89285714f, 5.10714286f, 11.89285714f, 15.10714286f }, 4),
	   "all pixels that a smaller one covers");
	ok(!fit_as("order=bgr", &rgb, 3, 1, 2, x) &&
	   close_to(x, (float[]){ 3, 30, 2, 20, 1, 10 }, 6), "blue, green, red");
	ok(!fit_as("layout=nhwc", &rgb, 3, 1, 2, x) &&
	   close_to(x, (float[]){ 1, 2, 3, 10, 20, 30 }, 6), "channels last");
	ok(!fit_as("layout=nhwc,order=bgr", &rgb, 3, 1, 2, x) &&
	   close_to(x, (float[]){ 3, 2, 1, 30, 20, 10 }, 6), "channels last, blue first");
	ok(fit_as("resize=none", p, 1, 5, 4, x) == -EINVAL && strstr(why.text, "4 x 8 pixels"),
	   "smaller than the net takes: %s", why.text);
	ok(fit_as("resize=3", p, 1, 4, 4, x) == -EINVAL && strstr(why.text, "3 x 6"),
	   "smaller after resizing: %s", why.text);
	axp_picture_free(p);
	axp_picture_free(q);
	axp_picture_free(r);
}

static void test_settings(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "resize '': N or HxW" }, { "256,", "'' is not one" }, { "resize=0", "1 to 65535" },
		{ "resize=3x", "resize '3x'" }, { "resize=3x4x5", "resize '3x4x5'" },
		{ "resize=-1", "resize" }, { "resize=65536", "resize" }, { "order=gbr", "rgb, bgr" },
		{ "net,resize=3", "comes twice" }, { "size=3", "'size=3' is not one" },
		{ "net,cover", "'cover' is not one" },
		{ "resize=11111111111111111111111111111111111111111111111111111111111111111", "longer" },
	};
	char text[AXP_SETTINGS_MAX], again[AXP_SETTINGS_MAX];

	ok(!axp_image_settings("order=bgr", text, sizeof(text), &why) &&
	   !strcmp(text, "net,filter=bilinear,order=bgr,layout=nchw"), "all settings: %s", text);
	ok(!axp_image_settings("resize=224x192,filter=antialias", text, sizeof(text), &why) &&
	   !axp_image_settings(text, again, sizeof(again), &why) && !strcmp(text, again) &&
	   strstr(text, "224x192"), "they read back the same: %s", text);
	ok(axp_image_settings("256", text, 10, &why) == -ERANGE, "no room: %s", why.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(axp_image_settings(bad[i].text, text, sizeof(text), &why) == -EINVAL &&
		   strstr(why.text, bad[i].why) && !strncmp(why.text, "image: ", 7),
		   "'%s' refused: %s", bad[i].text, why.text);
}

static void test_input(void)
{
	AXP_OPTS(struct axp_dataset_opts, o);
	static uint8_t pixels[4] = { 0, 255, 51, 102 };
	static struct out png;
	float x[16] = { 9, 9 };
	const char *path;

	make_png(&png, 2, 2, 8, PNG_COLOR_TYPE_GRAY, 0, pixels, 2, false);
	path = scratch_file("in.png", png.data, png.n);
	o.input_dims[0] = 1;
	o.input_dims[1] = 2;
	o.input_dims[2] = 2;
	o.input_ndim = 3;
	o.mean[0] = 0.5f;
	o.std[0] = 0.5f;
	ok(!axp_input_read(path, &o, x, &why) && x[0] == -1 && x[1] == 1 &&
	   fabsf(x[2] + 0.6f) < 1e-6f, "an input from a picture, scale 1/255, mean, std");
	o.input_ndim = 2;
	ok(axp_input_read(path, &o, x, &why) == -EINVAL && strstr(why.text, "the net takes 1x2"),
	   "a net that takes no pictures: %s", why.text);
	o.input_ndim = 3;
	o.input_dims[0] = 2;
	ok(axp_input_read(path, &o, x, &why) == -EINVAL && strstr(why.text, "2x2x2"),
	   "a net of two channels: %s", why.text);
	o.image = "layout=nhwc";
	o.input_dims[0] = 2;
	o.input_dims[2] = 1;
	o.mean[0] = 0;
	o.std[0] = 0;
	ok(!axp_input_read(path, &o, x, &why) && x[0] == 0 && x[1] == 1, "an input with channels last");
	o.input_dims[2] = 3;
	o.mean[2] = 1;
	ok(!axp_input_read(path, &o, x, &why) && x[0] == 0 && x[1] == 0 && x[2] == -1 && x[3] == 1 &&
	   x[5] == 0, "and a mean per channel");
	o.image = NULL;
	ok(axp_input_read(path, &o, x, &why) == -EINVAL && strstr(why.text, "2x2x3") &&
	   strstr(why.text, "layout"), "channels last, and nobody said so: %s", why.text);
	o.mean[2] = 0;
	o.input_dims[0] = 1;
	o.input_dims[2] = 2;
	x[0] = 7;
	ok(axp_input_read(scratch_file("in.txt", "hello", 5), &o, x, &why) == -EINVAL && x[0] == 7 &&
	   strstr(why.text, "in.txt: not a PNG"), "no picture: %s", why.text);
}

int main(void)
{
	ok(axp_picture_name("a.PNG") && axp_picture_name("b.c.jpeg") && axp_picture_name("x.ppm") &&
	   !axp_picture_name("png") && !axp_picture_name("a.gif") && !axp_picture_name("a.png.txt"),
	   "names of pictures");
	test_pnm();
	test_png();
	test_jpeg();
	test_stretch();
	test_resize();
	test_settings();
	test_input();
	axp_picture_free(NULL);
	return done_testing();
}
