// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "picture.h"

/* what libpng's callbacks share with the caller */
struct source {
	const char *path;
	struct axp_diag *diag;
	const uint8_t *buf;
	size_t left;
	uint8_t *row;
	int err;
};

static void on_error(png_structp png, png_const_charp text)
{
	struct source *s = png_get_error_ptr(png);

	if (!s->err)
		s->err = axp_fail(s->diag, -EINVAL, "%s: PNG: %s", s->path, text);
	longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
	struct source *s = png_get_io_ptr(png);

	if (n > s->left)
		png_error(png, "the file ends too early");
	memcpy(to, s->buf, n);
	s->buf += n;
	s->left -= n;
}

/* big endian samples of one row, transparency on black */
static void take_row(struct axp_picture *p, uint32_t y, const uint8_t *row, int depth,
		     bool alpha)
{
	uint32_t c = p->channels;
	uint16_t *v = p->v + (size_t)y * p->width * c;
	uint32_t n = c + alpha;

	for (uint32_t x = 0; x < p->width; x++) {
		uint32_t s[4];

		for (uint32_t k = 0; k < n; k++) {
			size_t i = (size_t)x * n + k;

			s[k] = depth == 16 ? (uint32_t)row[2 * i] << 8 | row[2 * i + 1] :
					     row[i] * 257u;
		}
		for (uint32_t k = 0; k < c; k++)
			v[(size_t)x * c + k] = (uint16_t)(alpha ?
				((uint64_t)s[k] * s[c] + 32767) / 65535 : s[k]);
	}
}

static void decode(png_structp png, png_infop info, struct source *s, struct axp_picture *p)
{
	bool alpha;
	int passes;

	png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
	png_set_chunk_malloc_max(png, 8 << 20);
	png_set_read_fn(png, s, on_read);
	png_read_info(png, info);
	s->err = axp_picture_alloc(p, s->path, png_get_image_width(png, info),
				   png_get_image_height(png, info),
				   png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1,
				   s->diag);
	if (s->err)
		png_error(png, "size");
	png_set_expand(png);
	passes = png_set_interlace_handling(png);
	png_read_update_info(png, info);
	alpha = png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA;
	if (png_get_channels(png, info) != p->channels + alpha)
		png_error(png, "unexpected number of channels");
	/* interlaced rows are completed pass by pass: all of them are kept */
	s->row = calloc(passes > 1 ? p->height : 1, png_get_rowbytes(png, info));
	if (!s->row) {
		s->err = axp_fail(s->diag, -ENOMEM, "%s: out of memory", s->path);
		png_error(png, "memory");
	}
	for (int pass = 0; pass < passes; pass++) {
		for (uint32_t y = 0; y < p->height; y++) {
			uint8_t *row = s->row;

			if (passes > 1)
				row += (size_t)y * png_get_rowbytes(png, info);
			png_read_row(png, row, NULL);
			if (pass == passes - 1)
				take_row(p, y, row, png_get_bit_depth(png, info), alpha);
		}
	}
	png_read_end(png, NULL);
}

int axp_picture_png(struct axp_picture *picture, const char *path, const uint8_t *buf,
		    size_t len, struct axp_diag *diag)
{
	struct source s = { .path = path, .diag = diag, .buf = buf, .left = len };
	png_structp png;
	png_infop info;

	png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, on_error, on_warning);
	if (!png)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	info = png_create_info_struct(png);
	if (!info) {
		png_destroy_read_struct(&png, NULL, NULL);
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	}
	if (!setjmp(png_jmpbuf(png)))
		decode(png, info, &s, picture);
	png_destroy_read_struct(&png, &info, NULL);
	free(s.row);
	return s.err;
}
