// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "diag.h"
#include "slurp.h"
#include "sound.h"

#define BLOCK	4096u	/* frames per read */

/* a file in memory, as libsndfile reads it */
struct memory {
	const uint8_t *buf;
	sf_count_t len, at;
};

static sf_count_t on_length(void *user)
{
	return ((struct memory *)user)->len;
}

static sf_count_t on_seek(sf_count_t offset, int whence, void *user)
{
	struct memory *m = user;
	sf_count_t base = whence == SEEK_CUR ? m->at : whence == SEEK_END ? m->len : 0;

	if (offset < -base || offset > m->len - base)
		return -1;
	m->at = base + offset;
	return m->at;
}

static sf_count_t on_read(void *to, sf_count_t count, void *user)
{
	struct memory *m = user;

	if (count > m->len - m->at)
		count = m->len - m->at;
	memcpy(to, m->buf + m->at, (size_t)count);
	m->at += count;
	return count;
}

static sf_count_t on_write(const void *from, sf_count_t count, void *user)
{
	(void)from;
	(void)count;
	(void)user;
	return 0;
}

static sf_count_t on_tell(void *user)
{
	return ((struct memory *)user)->at;
}

static SF_VIRTUAL_IO io = {
	.get_filelen = on_length,
	.seek = on_seek,
	.read = on_read,
	.write = on_write,
	.tell = on_tell,
};

static int check(const SF_INFO *info, const char *path, struct axp_diag *diag)
{
	if (info->channels < 1 || info->channels > (int)AXP_SOUND_MAX_CHANNELS)
		return axp_fail(diag, -E2BIG, "%s: %d channels, not 1 to %u", path, info->channels,
				AXP_SOUND_MAX_CHANNELS);
	if (info->samplerate < 1)
		return axp_fail(diag, -EINVAL, "%s: %d samples per second", path,
				info->samplerate);
	if (info->frames < 1)
		return axp_fail(diag, -EINVAL, "%s: no sample", path);
	if (info->frames > AXP_SOUND_MAX_FRAMES)
		return axp_fail(diag, -E2BIG, "%s: %" PRId64 " samples, the limit is %u", path,
				(int64_t)info->frames, AXP_SOUND_MAX_FRAMES);
	return 0;
}

static int take_samples(struct axp_sound *sound, SNDFILE *file, const SF_INFO *info,
			const char *path, struct axp_diag *diag)
{
	uint32_t channels = (uint32_t)info->channels;
	double *block;
	uint64_t at = 0;

	sound->rate = (uint32_t)info->samplerate;
	sound->n = (uint64_t)info->frames;
	sound->v = malloc(sound->n * sizeof(*sound->v));
	block = malloc((size_t)BLOCK * channels * sizeof(*block));
	if (!sound->v || !block) {
		free(block);
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	}
	while (at < sound->n) {
		sf_count_t got = sf_readf_double(file, block, BLOCK);

		if (got <= 0)
			break;
		for (sf_count_t i = 0; i < got && at < sound->n; i++, at++) {
			double sum = 0;

			for (uint32_t c = 0; c < channels; c++)
				sum += block[(size_t)i * channels + c];
			sound->v[at] = sum / channels;
		}
	}
	free(block);
	if (at < sound->n)
		return axp_fail(diag, -EINVAL, "%s: cut off: %" PRIu64 " of %" PRIu64 " samples",
				path, at, sound->n);
	return 0;
}

/*
 * The size that a RIFF file says its samples have: libsndfile takes what is there of a
 * file that was cut off, without a word.
 */
static int check_riff(const uint8_t *buf, size_t len, const char *path, struct axp_diag *diag)
{
	size_t at = 12;

	if (len < 12 || memcmp(buf, "RIFF", 4) || memcmp(buf + 8, "WAVE", 4))
		return 0;
	while (at + 8 <= len) {
		uint64_t size = (uint64_t)buf[at + 4] | (uint64_t)buf[at + 5] << 8 |
				(uint64_t)buf[at + 6] << 16 | (uint64_t)buf[at + 7] << 24;

		/* what was written to a pipe does not know its size */
		if (size > len - at - 8 && size != UINT32_MAX)
			return axp_fail(diag, -EINVAL,
					"%s: cut off: the chunk at byte %zu has %" PRIu64 " bytes, %zu follow",
					path, at, size, len - at - 8);
		if (!memcmp(buf + at, "data", 4))
			return 0;
		at += 8 + (size_t)size + (size & 1);
	}
	return axp_fail(diag, -EINVAL, "%s: a WAV file without samples", path);
}

int axp_sound_read_mem(struct axp_sound **out, const char *path, const uint8_t *buf, size_t len,
		       struct axp_diag *diag)
{
	struct memory memory = { .buf = buf, .len = (sf_count_t)len };
	struct axp_sound *sound;
	SF_INFO info = { 0 };
	SNDFILE *file;
	int err;

	*out = NULL;
	if (!len)
		return axp_fail(diag, -EINVAL, "%s: the file is empty", path);
	err = check_riff(buf, len, path, diag);
	if (err)
		return err;
	sound = calloc(1, sizeof(*sound));
	if (!sound)
		return axp_fail(diag, -ENOMEM, "%s: out of memory", path);
	file = sf_open_virtual(&io, SFM_READ, &info, &memory);
	if (!file) {
		err = axp_fail(diag, -EINVAL, "%s: no sound that libsndfile reads: %.*s", path,
			       (int)strcspn(sf_strerror(NULL), "\n"), sf_strerror(NULL));
		goto out;
	}
	err = check(&info, path, diag);
	if (!err)
		err = take_samples(sound, file, &info, path, diag);
	sf_close(file);
out:
	if (err)
		axp_sound_free(sound);
	else
		*out = sound;
	return err;
}

int axp_sound_read(struct axp_sound **out, const char *path, struct axp_diag *diag)
{
	uint8_t *buf;
	size_t len;
	int err;

	*out = NULL;
	err = axp_slurp(path, AXP_SOUND_MAX_BYTES, &buf, &len, diag);
	if (err)
		return err;
	err = axp_sound_read_mem(out, path, buf, len, diag);
	free(buf);
	return err;
}

void axp_sound_free(struct axp_sound *sound)
{
	if (!sound)
		return;
	free(sound->v);
	free(sound);
}

bool axp_sound_magic(const uint8_t *buf, size_t len)
{
	return (len >= 12 && !memcmp(buf, "RIFF", 4) && !memcmp(buf + 8, "WAVE", 4)) ||
	       (len >= 4 && (!memcmp(buf, "RF64", 4) || !memcmp(buf, "fLaC", 4)));
}

bool axp_sound_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".wav") || !strcasecmp(dot, ".wave"));
}
