// SPDX-License-Identifier: BSD-2-Clause
/* Picture: resized, cropped and laid out for a net. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "picture.h"

#define AT(field)	offsetof(struct axp_picture_fit, field)
#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })

static const struct axp_spec_key keys[] = {
	{ "resize", AXP_SPEC_SIZE, AT(resize), 1, AXP_PICTURE_MAX_SIDE,
	  WORDS("net", "cover", "none") },
	{ "filter", AXP_SPEC_WORD, AT(filter), 0, 0, WORDS("bilinear", "antialias", "nearest") },
	{ "order", AXP_SPEC_WORD, AT(order), 0, 0, WORDS("rgb", "bgr") },
	{ "layout", AXP_SPEC_WORD, AT(layout), 0, 0, WORDS("nchw", "nhwc") },
};

#define NR_KEYS	(sizeof(keys) / sizeof(keys[0]))

int axp_picture_fit_parse(struct axp_picture_fit *fit, const char *text, struct axp_diag *diag)
{
	struct axp_picture_fit f = { 0 };
	uint64_t given;
	int err = 0;

	if (text)
		err = axp_spec_parse(&f, text, "image", keys, NR_KEYS, &given, diag);
	if (!err)
		*fit = f;
	return err;
}

int axp_image_settings(const char *spec, char *text, size_t size, struct axp_diag *diag)
{
	struct axp_picture_fit fit;
	int err;

	if (diag)
		diag->text[0] = 0;
	err = axp_picture_fit_parse(&fit, spec, diag);
	if (!err && axp_spec_print(&fit, keys, NR_KEYS, text, size))
		err = axp_fail(diag, -ERANGE, "image: all settings need more than %zu bytes", size);
	return err;
}

bool axp_picture_fit_dims(const struct axp_picture_fit *fit, const uint64_t *dims, uint32_t ndim,
			  uint32_t chw[3])
{
	bool last = fit->layout == AXP_LAYOUT_NHWC;

	if (ndim != 3 || (dims[last ? 2 : 0] != 1 && dims[last ? 2 : 0] != 3))
		return false;
	for (uint32_t i = 0; i < 3; i++) {
		if (dims[i] > AXP_PICTURE_MAX_SIDE)
			return false;
		chw[last ? (i + 1) % 3 : i] = (uint32_t)dims[i];
	}
	return true;
}

/* ---------------------------------------------------------------------- sizes */

static uint32_t scaled(uint32_t side, uint64_t num, uint64_t den)
{
	uint64_t v = side * num / den;

	return v ? (v < UINT32_MAX ? (uint32_t)v : UINT32_MAX) : 1;
}

/* height and width after resizing */
static void resized(const struct axp_picture_fit *fit, const struct axp_picture *p, uint32_t h,
		    uint32_t w, uint32_t to[2])
{
	const struct axp_spec_size *s = &fit->resize;

	to[0] = h;
	to[1] = w;
	if (s->height) {
		to[0] = s->height;
		to[1] = s->width;
	} else if (s->side) {
		to[0] = p->height <= p->width ? s->side : scaled(s->side, p->height, p->width);
		to[1] = p->height <= p->width ? scaled(s->side, p->width, p->height) : s->side;
	} else if (s->word == AXP_RESIZE_COVER) {
		if ((uint64_t)h * p->width >= (uint64_t)w * p->height)
			to[1] = scaled(h, p->width, p->height);
		else
			to[0] = scaled(w, p->height, p->width);
	} else if (s->word == AXP_RESIZE_NONE) {
		to[0] = p->height;
		to[1] = p->width;
	}
}

/* where the centre begins; half a pixel goes to the even side, as Python rounds */
static uint32_t centre(uint32_t from, uint32_t to)
{
	uint32_t spare = from - to;

	return spare / 2 + (spare & 1 && spare / 2 & 1);
}

/* ----------------------------------------------------------------------- taps */

/**
 * struct taps - the pixels of a line that make one pixel of the result
 * @first: pixel
 * @n: of @weight
 * @weight: add up to 1
 */
struct taps {
	uint32_t first;
	uint32_t n;
	float *weight;
};

/* bilinear between centres of pixels; the border is repeated */
static void between(struct taps *t, double at, uint32_t from)
{
	uint32_t lo;
	float part;

	if (at < 0)
		at = 0;
	lo = (uint32_t)at;
	if (lo > from - 1)
		lo = from - 1;
	part = (float)(at - (double)lo);
	t->first = lo;
	t->n = lo + 1 < from && part > 0 ? 2 : 1;
	t->weight[0] = t->n == 2 ? 1 - part : 1;
	t->weight[1] = part;
}

/* a triangle as wide as two pixels of the result */
static void triangle(struct taps *t, double centre, double ratio, uint32_t from)
{
	double low = centre - ratio, sum = 0;

	t->first = low > 0 ? (uint32_t)ceil(low) : 0;
	t->n = 0;
	for (uint32_t i = t->first; i < from && i <= centre + ratio; i++, t->n++) {
		t->weight[t->n] = (float)fmax(0, 1 - fabs(i - centre) / ratio);
		sum += t->weight[t->n];
	}
	for (uint32_t i = 0; i < t->n; i++)
		t->weight[i] = (float)(t->weight[i] / sum);
}

/* taps of @n pixels from @skip on, of @from pixels resized to @to */
static int make_taps(struct taps **out, uint32_t filter, uint32_t from, uint32_t to,
		     uint32_t skip, uint32_t n)
{
	double ratio = (double)from / (double)to;
	bool wide = filter == AXP_FILTER_ANTIALIAS && ratio > 1;
	size_t room = wide ? (size_t)ceil(2 * ratio) + 2 : 2;
	struct taps *taps = malloc(n * sizeof(*taps));
	float *weight = malloc(n * room * sizeof(*weight));

	if (!taps || !weight) {
		free(taps);
		free(weight);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++) {
		double at = ((double)i + skip + 0.5) * (double)from / (double)to - 0.5;

		taps[i].weight = weight + i * room;
		if (filter == AXP_FILTER_NEAREST)
			at = floor(at + 0.5);
		if (wide)
			triangle(&taps[i], at, ratio, from);
		else
			between(&taps[i], at, from);
	}
	*out = taps;
	return 0;
}

static void free_taps(struct taps *taps)
{
	if (taps)
		free(taps[0].weight);
	free(taps);
}

static float across(const struct axp_picture *p, const struct taps *t, uint32_t y, uint32_t c,
		    uint32_t k)
{
	float sum = t->weight[0] * axp_picture_sample(p, y, t->first, c, k);

	for (uint32_t i = 1; i < t->n; i++)
		sum += t->weight[i] * axp_picture_sample(p, y, t->first + i, c, k);
	return sum;
}

/* lines of the picture that the taps of @n lines begin and end with */
static void lines(const struct taps *t, uint32_t n, uint32_t *first, uint32_t *end)
{
	*first = t[0].first;
	*end = t[n - 1].first + t[n - 1].n;
}

/* first every line, then from line to line */
static int resample(const struct axp_picture *p, const struct taps *ty, const struct taps *tx,
		    const struct axp_picture_fit *fit, const uint32_t chw[3], float *x)
{
	uint32_t c = chw[0], h = chw[1], w = chw[2], first, end;
	float *wide;

	lines(ty, h, &first, &end);
	wide = malloc((size_t)(end - first) * w * sizeof(*wide));
	if (!wide)
		return -ENOMEM;
	for (uint32_t k = 0; k < c; k++) {
		uint32_t to = fit->order == AXP_ORDER_BGR ? c - 1 - k : k;

		for (uint32_t y = first; y < end; y++)
			for (uint32_t j = 0; j < w; j++)
				wide[(size_t)(y - first) * w + j] = across(p, &tx[j], y, c, k);
		for (uint32_t i = 0; i < h; i++) {
			const float *line = wide + (size_t)(ty[i].first - first) * w;

			for (uint32_t j = 0; j < w; j++) {
				size_t at = fit->layout == AXP_LAYOUT_NHWC ?
					    ((size_t)i * w + j) * c + to :
					    ((size_t)to * h + i) * w + j;
				float sum = ty[i].weight[0] * line[j];

				for (uint32_t n = 1; n < ty[i].n; n++)
					sum += ty[i].weight[n] * line[(size_t)n * w + j];
				x[at] = sum;
			}
		}
	}
	free(wide);
	return 0;
}

int axp_picture_fit(const struct axp_picture_fit *fit, const struct axp_picture *picture,
		    const char *path, const uint32_t chw[3], float *x, struct axp_diag *diag)
{
	struct taps *ty = NULL, *tx = NULL;
	uint32_t h = chw[1], w = chw[2], to[2];
	int err;

	resized(fit, picture, h, w, to);
	if (to[0] < h || to[1] < w)
		return axp_fail(diag, -EINVAL,
				"%s: %u x %u pixels (height, width) after resizing, the net takes %u x %u",
				path, to[0], to[1], h, w);
	err = make_taps(&ty, fit->filter, picture->height, to[0], centre(to[0], h), h);
	if (!err)
		err = make_taps(&tx, fit->filter, picture->width, to[1], centre(to[1], w), w);
	if (!err)
		err = resample(picture, ty, tx, fit, chw, x);
	free_taps(ty);
	free_taps(tx);
	return err ? axp_fail(diag, err, "%s: out of memory", path) : 0;
}
