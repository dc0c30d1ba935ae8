// SPDX-License-Identifier: BSD-2-Clause
/*
 * Sound: decoding, front ends against vectors that numpy computed, refusals, and no
 * memory.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "audio.h"
#include "audio_vectors.h"
#include "scratch.h"
#include "tap.h"
#include "wav.h"

static struct axp_diag why;

/* the sound of audio_vectors.py */
static struct axp_sound *made_up(uint32_t rate, uint32_t n)
{
	struct axp_sound *s = calloc(1, sizeof(*s));

	if (!s)
		bail_out("no memory");
	s->rate = rate;
	s->n = n;
	s->v = malloc(n * sizeof(*s->v));
	if (!s->v)
		bail_out("no memory");
	for (uint64_t i = 0; i < n; i++)
		s->v[i] = ((double)((7 * i * i + 13 * i) % 2001) - 900) / 1000 *
			  (double)(1 + i) / n;
	return s;
}

static uint64_t elems(const struct axp_audio *a)
{
	uint64_t dims[3], n = 1;
	uint32_t ndim = axp_audio_dims(a, dims);

	for (uint32_t i = 0; i < ndim; i++)
		n *= dims[i];
	return n;
}

static void test_vectors(void)
{
	static float x[16384];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];
		struct axp_sound *sound = made_up(v->rate, v->n);
		struct axp_features *f;
		struct axp_audio a;
		double worst = 0;

		why.text[0] = 0;
		if (axp_audio_parse(&a, v->spec, &why) || axp_features_new(&f, &a, &why) ||
		    axp_features_get(f, sound, "sound", x, &why))
			bail_out("%s: %s", v->what, why.text);
		for (uint32_t k = 0; k * v->step < v->count; k++)
			worst = fmax(worst, fabs((double)x[k * v->step] - (double)v->v[k]) /
				     fmax(1, fabs((double)v->v[k])));
		ok(elems(&a) == v->count && worst < 1e-6, "%s, to %.1g", v->what, worst);
		axp_features_free(f);
		axp_sound_free(sound);
	}
}

static void test_silence(void)
{
	static double zeros[16000];
	struct axp_sound s = { .rate = 16000, .n = 16000, .v = zeros };
	struct axp_features *f;
	struct axp_audio a;
	float x[490];
	bool good = true;

	if (axp_audio_parse(&a, "mfcc", &why) || axp_features_new(&f, &a, &why) ||
	    axp_features_get(f, &s, "s", x, &why))
		bail_out("%s", why.text);
	for (int i = 0; i < 490; i++)
		good &= fabs((double)x[i] - (i % 10 ? 0 : log(1e-6) * 80 / sqrt(80))) < 1e-4;
	ok(good, "silence has no peak and a finite logarithm");
	s.rate = 44100;
	ok(axp_features_get(f, &s, "s.wav", x, &why) == -EINVAL &&
	   strstr(why.text, "s.wav: 44100 samples per second, the net takes 16000"),
	   "another rate: %s", why.text);
	axp_features_free(f);
}

static void test_settings(void)
{
	static const struct {
		const char *spec, *why;
	} bad[] = {
		{ "", "features ''" }, { "fbank", "features 'fbank': one of mfcc, logmel, wave" },
		{ "mfcc,rate=0", "rate '0': a whole number from 1 to 768000" },
		{ "mfcc,rate=8e3", "rate" }, { "mfcc,rate= 8", "rate" }, { "mfcc,fmin=nan", "fmin" },
		{ "mfcc,fmin=-1", "fmin" }, { "mfcc,offset=inf", "offset" }, { "mfcc,dct=5", "dct" },
		{ "mfcc,rate=8,rate=8", "rate comes twice" }, { "rate=8000,mfcc", "'mfcc' is not" },
		{ "mfcc,colour=1", "'colour=1' is not" }, { "mfcc,", "'' is not" },
		{ "mfcc,window=kaiser", "hann, hamming, blackman, rect" },
		{ "mfcc,fft=256", "fft 256 is smaller than frame 480" },
		{ "mfcc,length=479", "length 479 is shorter than frame 480" },
		{ "mfcc,length=240,edges=mirror", "too short to mirror" },
		{ "mfcc,fmin=4000", "fmin < fmax" }, { "mfcc,fmax=8000.5", "rate/2 = 8000" },
		{ "mfcc,offset=0", "silence has no logarithm" },
		{ "mfcc,mels=1,dct=1,coefficients=1", "dct 1 needs" },
		{ "mfcc,mels=9", "coefficients 10 from first 0, but there are 9" },
		{ "mfcc,first=31", "from first 31" },
	};
	char text[AXP_SETTINGS_MAX], again[AXP_SETTINGS_MAX];
	struct axp_audio a, b;

	ok(!axp_audio_settings("mfcc", text, sizeof(text), &why) &&
	   !strncmp(text, "mfcc,rate=16000,length=16000,fit=start,peak=max,", 48) &&
	   strstr(text, ",frame=480,hop=320,") && strstr(text, ",fft=512,") &&
	   strstr(text, ",fmin=20,fmax=4000,") && strstr(text, ",offset=1e-06,"),
	   "all settings: %s", text);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		ok(!axp_audio_settings(vectors[i].spec, text, sizeof(text), &why) &&
		   !axp_audio_settings(text, again, sizeof(again), &why) && !strcmp(text, again) &&
		   !axp_audio_parse(&a, vectors[i].spec, &why) && !axp_audio_parse(&b, text, &why) &&
		   !memcmp(&a, &b, sizeof(a)), "settings of '%s' read back the same",
		   vectors[i].what);
	}
	ok(axp_audio_settings("mfcc", text, 20, &why) == -ERANGE, "no room: %s", why.text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(axp_audio_settings(bad[i].spec, text, sizeof(text), &why) == -EINVAL &&
		   strstr(why.text, bad[i].why) && !strncmp(why.text, "audio: ", 7),
		   "'%s' refused: %s", bad[i].spec, why.text);
	ok(axp_audio_settings("mfcc,rate=1", text, sizeof(text), &why) == -EINVAL &&
	   strstr(why.text, "length 1 is shorter"), "a rate of 1: %s", why.text);
}

/* ------------------------------------------------------------------- decoding */

static void refused(const char *what, int err, const char *text, const void *buf, size_t len)
{
	struct axp_sound *s = (void *)1;
	int got;

	why.text[0] = 0;
	got = axp_sound_read_mem(&s, "file", buf, len, &why);
	ok(got == err && !s && strstr(why.text, text) && !strncmp(why.text, "file: ", 6) &&
	   !strchr(why.text, '\n'), "%s: %d, %s", what, got, why.text);
	if (!got)
		axp_sound_free(s);
}

static void test_decoding(void)
{
	static const int16_t v[] = { 0, 16384, -32768, 32767 };
	struct axp_sound *s;
	uint8_t buf[4096];
	size_t n = wav_make(buf, 8000, 1, v, 4);
	bool all = true;

	ok(!axp_sound_read_mem(&s, "file", buf, n, &why) && s->rate == 8000 && s->n == 4 &&
	   s->v[0] == 0 && s->v[1] == 0.5 && s->v[2] == -1 && s->v[3] == 32767.0 / 32768,
	   "16 bit samples over 32768");
	axp_sound_free(s);
	n = wav_make(buf, 44100, 2, v, 4);
	ok(!axp_sound_read_mem(&s, "file", buf, n, &why) && s->rate == 44100 && s->n == 2 &&
	   s->v[0] == 0.25 && s->v[1] == -0.5 / 32768, "two channels: the mean");
	axp_sound_free(s);
	for (size_t len = 0; len < n; len++) {
		uint8_t *cut = malloc(len ? len : 1);	/* for the sanitizer: no byte more */

		memcpy(cut, buf, len);
		why.text[0] = 0;
		all &= axp_sound_read_mem(&s, "file", cut, len, &why) == -EINVAL && !s &&
		       !strncmp(why.text, "file: ", 6);
		free(cut);
	}
	ok(all, "cut at any length");
	refused("nothing", -EINVAL, "the file is empty", buf, 0);
	refused("text", -EINVAL, "no sound", "hello, world", 12);
	n = wav_make(buf, 8000, 1, v, 0);
	refused("no sample", -EINVAL, "no sample", buf, n);
	n = wav_make(buf, 8000, 1, v, 4);
	buf[22] = 0;
	refused("no channel", -EINVAL, "no sound", buf, n);
	n = wav_make(buf, 8000, 1, v, 4);
	memset(buf + 24, 0, 4);
	refused("no rate", -EINVAL, "file: ", buf, n);
	n = wav_make(buf, 8000, 1, v, 4);
	memset(buf + 40, 0xff, 4);
	ok(!axp_sound_read_mem(&s, "file", buf, n, &why) && s->n == 4, "written to a pipe: %s",
	   why.text);
	axp_sound_free(s);
	ok(axp_sound_read(&s, scratch("absent.wav"), &why) == -ENOENT && !s, "no file: %s",
	   why.text);
	ok(axp_sound_name("a.WAV") && axp_sound_name("a.b.wave") && !axp_sound_name("wav") &&
	   !axp_sound_name("a.wav.txt"), "names of WAV files");
	axp_sound_free(NULL);
	axp_features_free(NULL);
}

int main(void)
{
	test_vectors();
	test_silence();
	test_settings();
	test_decoding();
	return done_testing();
}
