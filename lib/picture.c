// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diag.h"
#include "picture.h"
#include "slurp.h"

static const uint8_t png_magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
static const uint8_t jpeg_magic[] = { 0xff, 0xd8, 0xff };

bool axp_picture_name(const char *name)
{
	static const char *const ends[] = { ".png", ".jpg", ".jpeg", ".pgm", ".ppm" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcasecmp(dot, ends[i]))
			return true;
	return false;
}

int axp_picture_alloc(struct axp_picture *picture, const char *path, uint64_t width,
		      uint64_t height, uint32_t channels, struct axp_diag *diag)
{
	if (!width || !height)
		return axp_fail(diag, -EINVAL, "%s: %" PRIu64 " x %" PRIu64 " pixels",
				path, width, height);
	if (width > AXP_PICTURE_MAX_SIDE || height > AXP_PICTURE_MAX_SIDE ||
	    width * height > AXP_PICTURE_MAX_PIXELS)
		return axp_fail(diag, -E2BIG,
				"%s: %" PRIu64 " x %" PRIu64 " pixels, the limit is %u a side and %u in all",
				path, width, height, AXP_PICTURE_MAX_SIDE,
				AXP_PICTURE_MAX_PIXELS);
	picture->v = calloc(width * height * channels, sizeof(*picture->v));
	if (!picture->v)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	picture->width = (uint32_t)width;
	picture->height = (uint32_t)height;
	picture->channels = channels;
	return 0;
}

static int decode(struct axp_picture *picture, const char *path, const uint8_t *buf,
		  size_t len, struct axp_diag *diag)
{
	if (!len)
		return axp_fail(diag, -EINVAL, "%s: the file is empty", path);
	if (len >= sizeof(png_magic) && !memcmp(buf, png_magic, sizeof(png_magic)))
		return axp_picture_png(picture, path, buf, len, diag);
	if (len >= sizeof(jpeg_magic) && !memcmp(buf, jpeg_magic, sizeof(jpeg_magic)))
		return axp_picture_jpeg(picture, path, buf, len, diag);
	if (len >= 2 && buf[0] == 'P' && buf[1] >= '1' && buf[1] <= '7')
		return axp_picture_pnm(picture, path, buf, len, diag);
	return axp_fail(diag, -EINVAL, "%s: not a PNG, JPEG, PGM or PPM file", path);
}

int axp_picture_read_mem(struct axp_picture **out, const char *path, const uint8_t *buf,
			 size_t len, struct axp_diag *diag)
{
	struct axp_picture *picture = calloc(1, sizeof(*picture));
	int err;

	*out = NULL;
	if (!picture)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	err = decode(picture, path, buf, len, diag);
	if (err) {
		axp_picture_free(picture);
		return err;
	}
	*out = picture;
	return 0;
}

int axp_picture_read(struct axp_picture **out, const char *path, struct axp_diag *diag)
{
	uint8_t *buf;
	size_t len;
	int err;

	*out = NULL;
	err = axp_slurp(path, AXP_PICTURE_MAX_BYTES, &buf, &len, diag);
	if (err)
		return err;
	err = axp_picture_read_mem(out, path, buf, len, diag);
	free(buf);
	return err;
}

void axp_picture_free(struct axp_picture *picture)
{
	if (!picture)
		return;
	free(picture->v);
	free(picture);
}

float axp_picture_sample(const struct axp_picture *p, uint32_t y, uint32_t x, uint32_t c,
			 uint32_t k)
{
	const uint16_t *v = p->v + ((size_t)y * p->width + x) * p->channels;
	float s;

	if (p->channels == c)
		s = (float)v[k];
	else if (c == 1)	/* Rec. ITU-R BT.601 */
		s = 0.299f * (float)v[0] + 0.587f * (float)v[1] + 0.114f * (float)v[2];
	else
		s = (float)v[0];
	return s / 257.0f;
}
