/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WAV: a file of 16 bit samples, byte by byte.
 */
#ifndef AXP_TESTS_WAV_H
#define AXP_TESTS_WAV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint8_t *wav_put(uint8_t *to, uint32_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		*to++ = (uint8_t)(v >> 8 * i);
	return to;
}

/* @n samples, all channels counted; returns the bytes, 44 + 2 * @n */
static inline size_t wav_make(uint8_t *to, uint32_t rate, uint32_t channels, const int16_t *v,
			      uint32_t n)
{
	uint8_t *at = to;

	memcpy(at, "RIFF", 4);
	at = wav_put(at + 4, 36 + 2 * n, 4);
	memcpy(at, "WAVEfmt ", 8);
	at = wav_put(at + 8, 16, 4);
	at = wav_put(at, 1, 2);		/* PCM */
	at = wav_put(at, channels, 2);
	at = wav_put(at, rate, 4);
	at = wav_put(at, rate * channels * 2, 4);
	at = wav_put(at, channels * 2, 2);
	at = wav_put(at, 16, 2);
	memcpy(at, "data", 4);
	at = wav_put(at + 4, 2 * n, 4);
	for (uint32_t i = 0; i < n; i++)
		at = wav_put(at, (uint16_t)v[i], 2);
	return (size_t)(at - to);
}

#endif /* AXP_TESTS_WAV_H */
