// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

#include "diag.h"
#include "picture.h"

/* libjpeg's error manager, and what its callbacks share with the caller */
struct source {
	struct jpeg_error_mgr mgr;
	jmp_buf jump;
	const char *path;
	struct axp_diag *diag;
	uint8_t *row;
	int err;
};

static void refuse(struct source *s, j_common_ptr info)
{
	char text[JMSG_LENGTH_MAX];

	info->err->format_message(info, text);
	s->err = axp_fail(s->diag, -EINVAL, "%s: JPEG: %s", s->path, text);
}

static void on_fatal(j_common_ptr info)
{
	struct source *s = (struct source *)info->err;

	if (!s->err)
		refuse(s, info);
	longjmp(s->jump, 1);
}

/* A warning (level -1) means damaged data: pixels would be made up. */
static void on_message(j_common_ptr info, int level)
{
	if (level < 0)
		on_fatal(info);
}

static void on_output(j_common_ptr info)
{
	(void)info;
}

static void decode(struct jpeg_decompress_struct *info, struct source *s,
		   struct axp_picture *p, const uint8_t *buf, size_t len)
{
	jpeg_mem_src(info, buf, len);
	jpeg_read_header(info, TRUE);
	switch (info->jpeg_color_space) {
	case JCS_GRAYSCALE:
		info->out_color_space = JCS_GRAYSCALE;
		break;
	case JCS_RGB:
	case JCS_YCbCr:
		info->out_color_space = JCS_RGB;
		break;
	default:
		s->err = axp_fail(s->diag, -EINVAL,
				  "%s: JPEG: %d components that are neither gray, RGB nor YCbCr (CMYK?)",
				  s->path, info->num_components);
		return;
	}
	s->err = axp_picture_alloc(p, s->path, info->image_width, info->image_height,
				   info->out_color_space == JCS_RGB ? 3 : 1, s->diag);
	if (s->err)
		return;
	info->dct_method = JDCT_ISLOW;
	jpeg_start_decompress(info);
	s->row = malloc((size_t)p->width * p->channels);
	if (!s->row) {
		s->err = axp_fail(s->diag, -ENOMEM, "%s: out of memory", s->path);
		return;
	}
	while (info->output_scanline < info->output_height) {
		size_t n = (size_t)p->width * p->channels;
		uint16_t *v = p->v + info->output_scanline * n;
		JSAMPROW rows[1] = { s->row };

		jpeg_read_scanlines(info, rows, 1);
		for (size_t i = 0; i < n; i++)
			v[i] = (uint16_t)(s->row[i] * 257u);
	}
	jpeg_finish_decompress(info);
}

int axp_picture_jpeg(struct axp_picture *picture, const char *path, const uint8_t *buf,
		     size_t len, struct axp_diag *diag)
{
	struct jpeg_decompress_struct info = { 0 };
	struct source s = { .path = path, .diag = diag };

	info.err = jpeg_std_error(&s.mgr);
	s.mgr.error_exit = on_fatal;
	s.mgr.emit_message = on_message;
	s.mgr.output_message = on_output;
	if (!setjmp(s.jump)) {
		jpeg_create_decompress(&info);
		decode(&info, &s, picture, buf, len);
	}
	jpeg_destroy_decompress(&info);
	free(s.row);
	return s.err;
}
