/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audio: the front end of a speech net, from samples to log-mel or MFCC features.
 */
#ifndef AXP_LIB_AUDIO_H
#define AXP_LIB_AUDIO_H

#include <axp/axp.h>

#include "sound.h"

enum { AXP_AUDIO_MFCC, AXP_AUDIO_LOGMEL, AXP_AUDIO_WAVE };
enum { AXP_FIT_START, AXP_FIT_CENTRE, AXP_FIT_END };
enum { AXP_PEAK_NONE, AXP_PEAK_ABS, AXP_PEAK_MAX };
enum { AXP_EDGES_CUT, AXP_EDGES_ZERO, AXP_EDGES_MIRROR };
enum { AXP_WINDOW_HANN, AXP_WINDOW_HAMMING, AXP_WINDOW_BLACKMAN, AXP_WINDOW_RECT };
enum { AXP_PERIODIC, AXP_SYMMETRIC };
enum { AXP_SPECTRUM_MAGNITUDE, AXP_SPECTRUM_POWER };
enum { AXP_MEL_HTK, AXP_MEL_SLANEY };
enum { AXP_TRIANGLE_MEL, AXP_TRIANGLE_HZ };
enum { AXP_AREA_NONE, AXP_AREA_SLANEY };
enum { AXP_LOG_LN, AXP_LOG_LOG10, AXP_LOG_DB, AXP_LOG_NONE };
enum { AXP_DCT_HTK, AXP_DCT_ORTHO, AXP_DCT_NONE };
enum { AXP_LAYOUT_TF, AXP_LAYOUT_FT };

/**
 * struct axp_audio - settings of the front end, in the order they act
 * @features: AXP_AUDIO_*; AXP_AUDIO_WAVE ends after @preemphasis
 * @rate: samples per second that a file must have
 * @length: samples taken, 0: @rate
 * @fit: AXP_FIT_*: which part of a longer file is taken, and where a shorter one lies
 *	among zeros
 * @peak: AXP_PEAK_*: divide by the greatest absolute or the greatest sample
 * @preemphasis: x[i] -= @preemphasis * x[i - 1]
 * @frame: samples of a frame, 0: 30 ms
 * @hop: samples from frame to frame, 0: 20 ms
 * @edges: AXP_EDGES_*: whole frames alone, or frames centred on multiples of @hop
 *	with zeros or mirrored samples outside
 * @window: AXP_WINDOW_*
 * @period: AXP_PERIODIC or AXP_SYMMETRIC
 * @fft: size of the transform, zeros behind the frame; 0: power of two
 * @spectrum: AXP_SPECTRUM_*
 * @mels: bands
 * @scale: AXP_MEL_*
 * @triangle: AXP_TRIANGLE_*: bands have straight sides over mel or over Hz
 * @area: AXP_AREA_*: bands of equal height, or of equal area over Hz
 * @fmin: Hz
 * @fmax: Hz, 0: 4000 or half of @rate
 * @log: AXP_LOG_* of max(x, @floor) + @offset
 * @floor: see @log
 * @offset: see @log
 * @dct: type, 1 to 4
 * @norm: AXP_DCT_*: sqrt(2/n) for all coefficients, orthonormal, none (FFTW's)
 * @first: first coefficient kept
 * @coefficients: kept
 * @lifter: L of 1 + L/2 sin(pi k/L), 0: none
 * @layout: AXP_LAYOUT_*: [time, feature] or [feature, time]
 */
struct axp_audio {
	uint32_t features;
	uint32_t rate;
	uint32_t length;
	uint32_t fit;
	uint32_t peak;
	double preemphasis;
	uint32_t frame;
	uint32_t hop;
	uint32_t edges;
	uint32_t window;
	uint32_t period;
	uint32_t fft;
	uint32_t spectrum;
	uint32_t mels;
	uint32_t scale;
	uint32_t triangle;
	uint32_t area;
	double fmin;
	double fmax;
	uint32_t log;
	double floor;
	double offset;
	uint32_t dct;
	uint32_t norm;
	uint32_t first;
	uint32_t coefficients;
	double lifter;
	uint32_t layout;
};

/* settings out of "mfcc,rate=16000,..."; -EINVAL what does not go together */
int axp_audio_parse(struct axp_audio *audio, const char *text, struct axp_diag *diag) AXP_MUST_CHECK;
/* dimensions of the features: 1, time, feature (or 1, samples); returns their number */
uint32_t axp_audio_dims(const struct axp_audio *audio, uint64_t dims[3]);

struct axp_features;

/**
 * axp_features_new() - windows, bands and transforms of a front end
 * @out: owned by the caller: axp_features_free()
 * @audio: settings, copied
 * @diag: message
 *
 * Return: 0; -ENOMEM.
 */
int axp_features_new(struct axp_features **out, const struct axp_audio *audio,
		     struct axp_diag *diag) AXP_MUST_CHECK;
void axp_features_free(struct axp_features *features);
/**
 * axp_features_get() - features of one sound
 * @features: front end; its buffers are used
 * @sound: samples
 * @path: of @sound, for messages
 * @x: as many floats as axp_audio_dims() multiply to
 * @diag: message
 *
 * Return: 0; -EINVAL another sample rate.
 */
int axp_features_get(struct axp_features *features, const struct axp_sound *sound,
		     const char *path, float *x, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_AUDIO_H */
