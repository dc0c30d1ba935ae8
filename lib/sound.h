/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sound: the samples of a WAV file (or another that libsndfile knows), one channel.
 */
#ifndef AXP_LIB_SOUND_H
#define AXP_LIB_SOUND_H

#include <axp/axp.h>

#define AXP_SOUND_MAX_BYTES	(256u << 20)	/* of a file */
#define AXP_SOUND_MAX_FRAMES	(64u << 20)	/* samples of a channel */
#define AXP_SOUND_MAX_CHANNELS	64u

/**
 * struct axp_sound - decoded samples
 * @rate: samples per second
 * @n: samples, at least 1
 * @v: -1 to 1 for integer formats; several channels are averaged
 */
struct axp_sound {
	uint32_t rate;
	uint64_t n;
	double *v;
};

/**
 * axp_sound_read() - decode a file
 * @out: owned by the caller: axp_sound_free()
 * @path: file
 * @diag: file, field, value, limit
 *
 * Return: 0; errors of open(2); -EINVAL malformed, no sound or no sample; -E2BIG over a
 * limit; -ENOMEM.
 */
int axp_sound_read(struct axp_sound **out, const char *path,
		   struct axp_diag *diag) AXP_MUST_CHECK;
/* the same from memory; @path stands for the file in messages */
int axp_sound_read_mem(struct axp_sound **out, const char *path, const uint8_t *buf, size_t len,
		       struct axp_diag *diag) AXP_MUST_CHECK;
void axp_sound_free(struct axp_sound *sound);

/* do the first bytes say that this is sound? */
bool axp_sound_magic(const uint8_t *buf, size_t len);
/* is this the name of a WAV file: .wav, .WAV, .wave? */
bool axp_sound_name(const char *name);

#endif /* AXP_LIB_SOUND_H */
