// SPDX-License-Identifier: BSD-2-Clause
/* Audio: from samples to features. All of it in binary64, the result in binary32. */
#include <errno.h>
#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
#include "diag.h"

/**
 * struct axp_features - a front end ready to run
 * @a: settings
 * @dims: of the result
 * @samples: @a.length of them
 * @window: @a.frame weights
 * @bands: [@a.mels][@bins] weights
 * @bins: of the spectrum
 * @in: @a.fft samples
 * @out: @bins complex amplitudes
 * @power: @bins magnitudes or powers
 * @mel: @a.mels values, input of the DCT
 * @cepstrum: @a.mels values
 * @fft: @in to @out
 * @dct: @mel to @cepstrum
 */
struct axp_features {
	struct axp_audio a;
	uint64_t dims[3];
	double *samples;
	double *window;
	double *bands;
	uint32_t bins;
	double *in;
	fftw_complex *out;
	double *power;
	double *mel;
	double *cepstrum;
	fftw_plan fft;
	fftw_plan dct;
};

/* the planner of FFTW is the one part of it that threads must not share */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

/* -------------------------------------------------------------------- tables */

/* Blackman: the coefficients 0.42, 0.5 and 0.08 of the classical window */
static double window_at(const struct axp_audio *a, uint32_t i)
{
	double n = a->period == AXP_PERIODIC ? a->frame : a->frame - 1;
	double at = 2 * M_PI * i / n;

	switch (a->window) {
	case AXP_WINDOW_HANN:
		return 0.5 - 0.5 * cos(at);
	case AXP_WINDOW_HAMMING:
		return 0.54 - 0.46 * cos(at);
	case AXP_WINDOW_BLACKMAN:
		return 0.42 - 0.5 * cos(at) + 0.08 * cos(2 * at);
	}
	return 1;
}

/*
 * HTK: 2595 log10(1 + f/700) (The HTK Book, 5.4). Slaney: linear to 1000 Hz, then
 * logarithmic, 27 steps to 6400 Hz (M. Slaney, Auditory Toolbox, 1998).
 */
#define SLANEY_HZ	(200.0 / 3)	/* per mel */
#define SLANEY_KNEE	15.0		/* mels at 1000 Hz */
#define SLANEY_STEP	(log(6.4) / 27)

static double mel_of(uint32_t scale, double hz)
{
	if (scale == AXP_MEL_HTK)
		return 2595 * log10(1 + hz / 700);
	return hz < 1000 ? hz / SLANEY_HZ : SLANEY_KNEE + log(hz / 1000) / SLANEY_STEP;
}

static double hz_of(uint32_t scale, double mel)
{
	if (scale == AXP_MEL_HTK)
		return 700 * (pow(10, mel / 2595) - 1);
	return mel < SLANEY_KNEE ? mel * SLANEY_HZ : 1000 * exp((mel - SLANEY_KNEE) * SLANEY_STEP);
}

/* band @m rises from edge @m to edge @m + 1, and falls to edge @m + 2 */
static void fill_bands(struct axp_features *f)
{
	const struct axp_audio *a = &f->a;
	double low = mel_of(a->scale, a->fmin);
	double step = (mel_of(a->scale, a->fmax) - low) / (a->mels + 1);
	bool hz = a->triangle == AXP_TRIANGLE_HZ;

	for (uint32_t m = 0; m < a->mels; m++) {
		double edge[3], height = 1;

		for (uint32_t i = 0; i < 3; i++) {
			edge[i] = low + (m + i) * step;
			if (hz)
				edge[i] = hz_of(a->scale, edge[i]);
		}
		if (a->area == AXP_AREA_SLANEY)
			height = 2 / (hz_of(a->scale, low + (m + 2) * step) -
				      hz_of(a->scale, low + m * step));
		for (uint32_t k = 0; k < f->bins; k++) {
			double at = (double)k * a->rate / a->fft, up, down;

			if (!hz)
				at = mel_of(a->scale, at);
			up = (at - edge[0]) / (edge[1] - edge[0]);
			down = (edge[2] - at) / (edge[2] - edge[1]);
			f->bands[(size_t)m * f->bins + k] = height * fmax(0, fmin(up, down));
		}
	}
}

static int plan(struct axp_features *f, struct axp_diag *diag)
{
	static const fftw_r2r_kind kinds[] = {
		[1] = FFTW_REDFT00, [2] = FFTW_REDFT10, [3] = FFTW_REDFT01, [4] = FFTW_REDFT11,
	};
	const struct axp_audio *a = &f->a;
	bool mfcc = a->features == AXP_AUDIO_MFCC;

	pthread_mutex_lock(&planner);
	f->fft = fftw_plan_dft_r2c_1d((int)a->fft, f->in, f->out, FFTW_ESTIMATE);
	if (mfcc)
		f->dct = fftw_plan_r2r_1d((int)a->mels, f->mel, f->cepstrum, kinds[a->dct],
					  FFTW_ESTIMATE);
	pthread_mutex_unlock(&planner);
	if (!f->fft || (mfcc && !f->dct))
		return axp_fail(diag, -ENOMEM, "audio: no transform of %u samples", a->fft);
	return 0;
}

static int make_spectrum(struct axp_features *f, struct axp_diag *diag)
{
	const struct axp_audio *a = &f->a;

	f->bins = a->fft / 2 + 1;
	f->window = malloc(a->frame * sizeof(*f->window));
	f->bands = malloc((size_t)a->mels * f->bins * sizeof(*f->bands));
	f->in = calloc(a->fft, sizeof(*f->in));
	f->out = calloc(f->bins, sizeof(*f->out));
	f->power = malloc(f->bins * sizeof(*f->power));
	f->mel = malloc(a->mels * sizeof(*f->mel));
	f->cepstrum = malloc(a->mels * sizeof(*f->cepstrum));
	if (!f->window || !f->bands || !f->in || !f->out || !f->power || !f->mel || !f->cepstrum)
		return axp_fail(diag, -ENOMEM, "audio: out of memory");
	for (uint32_t i = 0; i < a->frame; i++)
		f->window[i] = window_at(a, i);
	fill_bands(f);
	return plan(f, diag);
}

int axp_features_new(struct axp_features **out, const struct axp_audio *audio,
		     struct axp_diag *diag)
{
	struct axp_features *f = calloc(1, sizeof(*f));
	int err = 0;

	*out = NULL;
	if (!f)
		return axp_fail(diag, -ENOMEM, "audio: out of memory");
	f->a = *audio;
	axp_audio_dims(audio, f->dims);
	f->samples = malloc(audio->length * sizeof(*f->samples));
	if (!f->samples)
		err = axp_fail(diag, -ENOMEM, "audio: out of memory");
	if (!err && audio->features != AXP_AUDIO_WAVE)
		err = make_spectrum(f, diag);
	if (err)
		axp_features_free(f);
	else
		*out = f;
	return err;
}

void axp_features_free(struct axp_features *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&planner);
	if (f->fft)
		fftw_destroy_plan(f->fft);
	if (f->dct)
		fftw_destroy_plan(f->dct);
	pthread_mutex_unlock(&planner);
	free(f->samples);
	free(f->window);
	free(f->bands);
	free(f->in);
	free(f->out);
	free(f->power);
	free(f->mel);
	free(f->cepstrum);
	free(f);
}

/* ------------------------------------------------------------------- running */

/* crop or pad, then scale by the peak, then pre-emphasis */
static void take_samples(struct axp_features *f, const struct axp_sound *sound)
{
	const struct axp_audio *a = &f->a;
	uint64_t n = sound->n < a->length ? sound->n : a->length;
	uint64_t spare = a->length - n, more = sound->n - n, to = 0, from = 0;
	double *x = f->samples, peak = 0;

	if (a->fit == AXP_FIT_CENTRE) {
		to = spare / 2;
		from = more / 2;
	} else if (a->fit == AXP_FIT_END) {
		to = spare;
		from = more;
	}
	memset(x, 0, a->length * sizeof(*x));
	memcpy(x + to, sound->v + from, n * sizeof(*x));
	for (uint64_t i = 0; a->peak != AXP_PEAK_NONE && i < a->length; i++)
		peak = fmax(peak, a->peak == AXP_PEAK_ABS ? fabs(x[i]) : x[i]);
	for (uint64_t i = 0; peak > 0 && i < a->length; i++)
		x[i] /= peak;
	for (uint64_t i = a->length; a->preemphasis > 0 && i-- > 1;)
		x[i] -= a->preemphasis * x[i - 1];
}

/* sample @i, which may lie outside */
static double sample(const struct axp_features *f, int64_t i)
{
	int64_t n = f->a.length;

	if (i >= 0 && i < n)
		return f->samples[i];
	if (f->a.edges != AXP_EDGES_MIRROR)
		return 0;
	if (i < 0)
		i = -i;
	if (i >= n)
		i = 2 * (n - 1) - i;
	return i >= 0 && i < n ? f->samples[i] : 0;
}

static double log_of(const struct axp_audio *a, double x)
{
	x = fmax(x, a->floor) + a->offset;
	switch (a->log) {
	case AXP_LOG_LN:
		return log(x);
	case AXP_LOG_LOG10:
		return log10(x);
	case AXP_LOG_DB:
		return (a->spectrum == AXP_SPECTRUM_POWER ? 10 : 20) * log10(x);
	}
	return x;
}

static void mel_bands(struct axp_features *f, int64_t start)
{
	const struct axp_audio *a = &f->a;

	for (uint32_t i = 0; i < a->frame; i++)
		f->in[i] = f->window[i] * sample(f, start + i);
	memset(f->in + a->frame, 0, (a->fft - a->frame) * sizeof(*f->in));
	fftw_execute(f->fft);
	for (uint32_t k = 0; k < f->bins; k++) {
		double re = f->out[k][0], im = f->out[k][1];

		f->power[k] = re * re + im * im;
		if (a->spectrum == AXP_SPECTRUM_MAGNITUDE)
			f->power[k] = sqrt(f->power[k]);
	}
	for (uint32_t m = 0; m < a->mels; m++) {
		double sum = 0;

		for (uint32_t k = 0; k < f->bins; k++)
			sum += f->bands[(size_t)m * f->bins + k] * f->power[k];
		f->mel[m] = log_of(a, sum);
	}
}

/*
 * FFTW's transforms have no factor, 1/sqrt(2n) makes them orthogonal (type 1: n - 1)
 * but for the terms that occur once where others occur twice: those need sqrt(1/2)
 * among the outputs and sqrt(2) among the inputs.
 */
static void cepstrum(struct axp_features *f)
{
	const struct axp_audio *a = &f->a;
	uint32_t n = a->mels;
	bool ortho = a->norm == AXP_DCT_ORTHO;
	double factor = a->norm == AXP_DCT_NONE ? 1 : 1 / sqrt(2.0 * (a->dct == 1 ? n - 1 : n));

	if (ortho && (a->dct == 1 || a->dct == 3))
		f->mel[0] *= M_SQRT2;
	if (ortho && a->dct == 1)
		f->mel[n - 1] *= M_SQRT2;
	fftw_execute(f->dct);
	for (uint32_t k = 0; k < n; k++)
		f->cepstrum[k] *= factor;
	if (ortho && (a->dct == 1 || a->dct == 2))
		f->cepstrum[0] *= M_SQRT1_2;
	if (ortho && a->dct == 1)
		f->cepstrum[n - 1] *= M_SQRT1_2;
	for (uint32_t k = 0; a->lifter > 0 && k < n; k++)
		f->cepstrum[k] *= 1 + a->lifter / 2 * sin(M_PI * k / a->lifter);
}

int axp_features_get(struct axp_features *f, const struct axp_sound *sound, const char *path,
		     float *x, struct axp_diag *diag)
{
	const struct axp_audio *a = &f->a;
	bool ft = a->layout == AXP_LAYOUT_FT;
	uint64_t frames = ft ? f->dims[2] : f->dims[1], width = ft ? f->dims[1] : f->dims[2];
	const double *v = a->features == AXP_AUDIO_MFCC ? f->cepstrum + a->first : f->mel;

	if (sound->rate != a->rate)
		return axp_fail(diag, -EINVAL,
				"%s: %u samples per second, the net takes %u: convert the file, or set rate",
				path, sound->rate, a->rate);
	take_samples(f, sound);
	if (a->features == AXP_AUDIO_WAVE) {
		for (uint32_t i = 0; i < a->length; i++)
			x[i] = (float)f->samples[i];
		return 0;
	}
	for (uint64_t t = 0; t < frames; t++) {
		int64_t start = (int64_t)(t * a->hop);

		mel_bands(f, a->edges == AXP_EDGES_CUT ? start : start - a->frame / 2);
		if (a->features == AXP_AUDIO_MFCC)
			cepstrum(f);
		for (uint64_t i = 0; i < width; i++)
			x[ft ? i * frames + t : t * width + i] = (float)v[i];
	}
	return 0;
}
