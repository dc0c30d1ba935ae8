// SPDX-License-Identifier: BSD-2-Clause
/* Audio: the settings of the front end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audio.h"
#include "diag.h"
#include "spec.h"

#define MAX_RATE	768000
#define MAX_LENGTH	16777216
#define MAX_FRAME	65536
#define MAX_MELS	1024
#define MAX_REAL	1e9

#define AT(field)	offsetof(struct axp_audio, field)
#define COUNT(field, min, max)	{ #field, AXP_SPEC_COUNT, AT(field), min, max, NULL }
#define REAL(field, min, max)	{ #field, AXP_SPEC_REAL, AT(field), min, max, NULL }
#define WORD(field, ...)	{ #field, AXP_SPEC_WORD, AT(field), 0, 0, \
				  (const char *const[]){ __VA_ARGS__, NULL } }

static const struct axp_spec_key keys[] = {
	WORD(features, "mfcc", "logmel", "wave"),
	COUNT(rate, 1, MAX_RATE),
	COUNT(length, 1, MAX_LENGTH),
	WORD(fit, "start", "centre", "end"),
	WORD(peak, "none", "abs", "max"),
	REAL(preemphasis, 0, 1),
	COUNT(frame, 2, MAX_FRAME),
	COUNT(hop, 1, MAX_LENGTH),
	WORD(edges, "cut", "zero", "mirror"),
	WORD(window, "hann", "hamming", "blackman", "rect"),
	WORD(period, "periodic", "symmetric"),
	COUNT(fft, 2, MAX_FRAME),
	WORD(spectrum, "magnitude", "power"),
	COUNT(mels, 1, MAX_MELS),
	WORD(scale, "htk", "slaney"),
	WORD(triangle, "mel", "hz"),
	WORD(area, "none", "slaney"),
	REAL(fmin, 0, MAX_RATE),
	REAL(fmax, 0, MAX_RATE),
	WORD(log, "ln", "log10", "db", "none"),
	REAL(floor, 0, MAX_REAL),
	REAL(offset, 0, MAX_REAL),
	COUNT(dct, 1, 4),
	WORD(norm, "htk", "ortho", "none"),
	COUNT(first, 0, MAX_MELS),
	COUNT(coefficients, 1, MAX_MELS),
	REAL(lifter, 0, MAX_REAL),
	WORD(layout, "tf", "ft"),
};

#define NR_KEYS	(sizeof(keys) / sizeof(keys[0]))

/* the front end of MLPerf Tiny's keyword spotting */
static const struct axp_audio defaults = {
	.features = AXP_AUDIO_MFCC,
	.rate = 16000,
	.peak = AXP_PEAK_MAX,
	.mels = 40,
	.fmin = 20,
	.offset = 1e-6,
	.dct = 2,
	.coefficients = 10,
};

static void complete(struct axp_audio *a)
{
	if (!a->length)
		a->length = a->rate;
	if (!a->frame)
		a->frame = a->rate * 3 / 100 > 2 ? a->rate * 3 / 100 : 2;
	if (!a->hop)
		a->hop = a->rate / 50 ? a->rate / 50 : 1;
	if (!a->fft)
		for (a->fft = 2; a->fft < a->frame;)
			a->fft *= 2;
	if (a->fmax == 0)
		a->fmax = a->rate < 8000 ? a->rate / 2.0 : 4000;
}

static int check(const struct axp_audio *a, struct axp_diag *diag)
{
	if (a->features == AXP_AUDIO_WAVE)
		return 0;
	if (a->fft < a->frame)
		return axp_fail(diag, -EINVAL, "audio: fft %u is smaller than frame %u", a->fft,
				a->frame);
	if (a->edges == AXP_EDGES_CUT && a->length < a->frame)
		return axp_fail(diag, -EINVAL, "audio: length %u is shorter than frame %u",
				a->length, a->frame);
	if (a->edges == AXP_EDGES_MIRROR && a->length <= a->frame / 2)
		return axp_fail(diag, -EINVAL, "audio: length %u is too short to mirror frame %u",
				a->length, a->frame);
	if (a->fmin >= a->fmax || a->fmax > a->rate / 2.0)
		return axp_fail(diag, -EINVAL,
				"audio: fmin %g, fmax %g: fmin < fmax <= rate/2 = %g is needed",
				a->fmin, a->fmax, a->rate / 2.0);
	if (a->log != AXP_LOG_NONE && a->floor == 0 && a->offset == 0)
		return axp_fail(diag, -EINVAL,
				"audio: floor and offset are 0, silence has no logarithm");
	if (a->features != AXP_AUDIO_MFCC)
		return 0;
	if (a->dct == 1 && a->mels < 2)
		return axp_fail(diag, -EINVAL, "audio: dct 1 needs 2 mels");
	if (a->first + a->coefficients > a->mels)
		return axp_fail(diag, -EINVAL,
				"audio: coefficients %u from first %u, but there are %u mels",
				a->coefficients, a->first, a->mels);
	return 0;
}

int axp_audio_parse(struct axp_audio *audio, const char *text, struct axp_diag *diag)
{
	struct axp_audio a = defaults;
	uint64_t given;
	int err;

	err = axp_spec_parse(&a, text, "audio", keys, NR_KEYS, &given, diag);
	if (err)
		return err;
	complete(&a);
	err = check(&a, diag);
	if (!err)
		*audio = a;
	return err;
}

int axp_audio_settings(const char *spec, char *text, size_t size, struct axp_diag *diag)
{
	struct axp_audio a;
	int err;

	if (diag)
		diag->text[0] = 0;
	err = axp_audio_parse(&a, spec, diag);
	if (!err && axp_spec_print(&a, keys, NR_KEYS, text, size))
		err = axp_fail(diag, -ERANGE, "audio: all settings need more than %zu bytes", size);
	return err;
}

uint32_t axp_audio_dims(const struct axp_audio *a, uint64_t dims[3])
{
	uint64_t frames, width = a->features == AXP_AUDIO_MFCC ? a->coefficients : a->mels;

	dims[0] = 1;
	dims[1] = a->length;
	if (a->features == AXP_AUDIO_WAVE)
		return 2;
	frames = a->edges == AXP_EDGES_CUT ? 1 + (a->length - a->frame) / a->hop :
		 1 + a->length / a->hop;
	dims[1] = a->layout == AXP_LAYOUT_TF ? frames : width;
	dims[2] = a->layout == AXP_LAYOUT_TF ? width : frames;
	return 3;
}
