// SPDX-License-Identifier: BSD-2-Clause
/* PGM and PPM, text (P2, P3) and binary (P5, P6); netpbm's pgm(5), ppm(5). */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

#include "diag.h"
#include "picture.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* the next number, after blanks and #-comments; -1: none */
static int64_t number(struct cursor *c)
{
	int64_t v = 0;

	for (; c->at < c->end && (isspace(*c->at) || *c->at == '#'); c->at++)
		if (*c->at == '#')
			while (c->at + 1 < c->end && *c->at != '\n')
				c->at++;
	if (c->at == c->end || !isdigit(*c->at))
		return -1;
	for (; c->at < c->end && isdigit(*c->at); c->at++)
		if (v < INT32_MAX)
			v = v * 10 + (*c->at - '0');
	return v;
}

int axp_picture_pnm(struct axp_picture *picture, const char *path, const uint8_t *buf,
		    size_t len, struct axp_diag *diag)
{
	struct cursor c = { .at = buf + 2, .end = buf + len };
	bool text = buf[1] == '2' || buf[1] == '3';
	int64_t width, height, max, v;
	size_t n, wide;
	int err;

	if (!text && buf[1] != '5' && buf[1] != '6')
		return axp_fail(diag, -EINVAL, "%s: P%c is not PGM or PPM (P2, P3, P5, P6)",
				path, buf[1]);
	width = number(&c);
	height = number(&c);
	max = number(&c);
	if (width < 0 || height < 0 || max < 0)
		return axp_fail(diag, -EINVAL,
				"%s: the header is not a width, a height and a largest value",
				path);
	if (!max || max > 65535)
		return axp_fail(diag, -EINVAL, "%s: largest value %" PRId64 ", not 1 to 65535",
				path, max);
	err = axp_picture_alloc(picture, path, (uint64_t)width, (uint64_t)height,
				buf[1] == '3' || buf[1] == '6' ? 3 : 1, diag);
	if (err)
		return err;
	n = (size_t)width * (size_t)height * picture->channels;
	wide = max > 255 ? 2 : 1;
	if (!text) {
		if (c.at == c.end || !isspace(*c.at))
			return axp_fail(diag, -EINVAL, "%s: no blank after the largest value",
					path);
		c.at++;
		if ((size_t)(c.end - c.at) < n * wide)
			return axp_fail(diag, -EINVAL,
					"%s: %zu bytes of pixels, but %zu are needed", path,
					(size_t)(c.end - c.at), n * wide);
	}
	for (size_t i = 0; i < n; i++) {
		if (text) {
			v = number(&c);
		} else {
			v = wide == 2 ? c.at[0] << 8 | c.at[1] : c.at[0];
			c.at += wide;
		}
		if (v < 0)
			return axp_fail(diag, -EINVAL, "%s: sample %zu of %zu is missing or not a number",
					path, i, n);
		if (v > max)
			return axp_fail(diag, -EINVAL, "%s: sample %zu is %" PRId64 ", the largest value is %" PRId64,
					path, i, v, max);
		picture->v[i] = (uint16_t)((v * 65535 + max / 2) / max);
	}
	return 0;
}
