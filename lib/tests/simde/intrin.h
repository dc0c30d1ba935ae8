/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AVX-512 emulated: SIMDe's definitions of the instructions that the engine uses,
 * see kmod/engine/intrin_avx512.inc, and those that SIMDe lacks.
 */
#ifndef AXP_TESTS_SIMDE_INTRIN_H
#define AXP_TESTS_SIMDE_INTRIN_H

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <immintrin.h>

/* the words of a vector */
union emulated {
	__m512i all;
	__m512 floats;
	__m256 half[2];
	__m256i half_words[2];
	u32 word[16];
	u16 pair[32];
};

#undef _mm512_test_epi32_mask
#undef _mm512_mask_cmple_epu32_mask
#undef _mm512_mask_cmpgt_epu32_mask
#undef _mm512_maskz_loadu_epi32
#undef _mm512_mask_storeu_epi32
#undef _mm512_cvtps_epi32
#undef _mm512_mulhi_epu16
#undef _mm512_mask3_fmadd_ps
#undef _mm512_mask_cmpeq_epi16_mask
#undef _mm512_permutexvar_epi64
#undef _mm512_i32gather_epi32
#undef _mm256_mask_storeu_epi16
#define _mm256_mask_storeu_epi16 emulated_store_halves
#define _mm512_test_epi32_mask emulated_test
#define _mm512_mask_cmple_epu32_mask(mask, a, b) ((mask) & _mm512_cmple_epu32_mask(a, b))
#define _mm512_mask_cmpgt_epu32_mask(mask, a, b) \
	((u16)((mask) & ~_mm512_cmple_epu32_mask(a, b)))
#define _mm512_maskz_loadu_epi32 emulated_load
#define _mm512_mask_storeu_epi32 emulated_store
#define _mm512_cvtps_epi32 emulated_round
#define _mm512_mulhi_epu16 emulated_mulhi
#define _mm512_i32gather_epi32 emulated_gather
#define _mm512_mask3_fmadd_ps(a, b, c, mask) _mm512_mask_mov_ps(c, mask, _mm512_fmadd_ps(a, b, c))
#define _mm512_mask_cmpeq_epi16_mask emulated_equal_halves
#define _mm512_permutexvar_epi64 emulated_permute_pairs
#define _mm512_set1_ps_at emulated_broadcast
#define _mm512_mul_ps_at(a, at) _mm512_mul_ps(a, emulated_broadcast(at))
#define _mm512_fmadd_ps_at(a, at, c) _mm512_fmadd_ps(a, emulated_broadcast(at), c)
#define _mm512_fmadd_ps_from(a, from, c) _mm512_fmadd_ps(a, _mm512_loadu_ps(from), c)
#define _mm256_set1_ps_at _mm256_broadcast_ss
#define _mm512_cvtepu8_epi32_at emulated_widen
#define _mm512_loadu_4 emulated_quarters

static inline __m512 emulated_broadcast(const void *at)
{
	float value;

	memcpy(&value, at, sizeof(value));
	return _mm512_set1_ps(value);
}

static inline __m512i emulated_widen(const void *at)
{
	union emulated x;

	for (u32 i = 0; i < 16; i++)
		x.word[i] = ((const u8 *)at)[i];
	return x.all;
}

static inline u16 emulated_test(__m512i a, __m512i b)
{
	union emulated x = { .all = a }, y = { .all = b };
	u16 mask = 0;

	for (u32 i = 0; i < 16; i++)
		mask |= (u16)(!!(x.word[i] & y.word[i]) << i);
	return mask;
}

static inline u32 emulated_equal_halves(u32 mask, __m512i a, __m512i b)
{
	union emulated x = { .all = a }, y = { .all = b };
	u32 equal = 0;

	for (u32 i = 0; i < 32; i++)
		equal |= (u32)(x.pair[i] == y.pair[i]) << i;
	return equal & mask;
}

static inline __m512i emulated_permute_pairs(__m512i index, __m512i a)
{
	union emulated x = { .all = a }, i = { .all = index }, y;

	for (u32 j = 0; j < 16; j++)
		y.word[j] = x.word[i.word[j & ~1u] % 8 * 2 + j % 2];
	return y.all;
}

static inline __m512i emulated_load(u16 mask, const void *at)
{
	union emulated x = { .word = { 0 } };

	for (u32 i = 0; i < 16; i++)
		if (mask >> i & 1)
			memcpy(&x.word[i], (const char *)at + i * sizeof(u32), sizeof(u32));
	return x.all;
}

static inline void emulated_store(void *at, u16 mask, __m512i a)
{
	union emulated x = { .all = a };

	for (u32 i = 0; i < 16; i++)
		if (mask >> i & 1)
			memcpy((char *)at + i * sizeof(u32), &x.word[i], sizeof(u32));
}

static inline void emulated_store_halves(void *at, u16 mask, __m256i a)
{
	union emulated x = { .half_words = { a } };

	for (u32 i = 0; i < 16; i++)
		if (mask >> i & 1)
			memcpy((char *)at + i * sizeof(u16), &x.pair[i], sizeof(u16));
}

static inline __m512i emulated_round(__m512 a)
{
	union emulated x = { .floats = a };

	for (u32 i = 0; i < 2; i++)
		x.half_words[i] = _mm256_cvtps_epi32(x.half[i]);
	return x.all;
}

static inline __m512i emulated_mulhi(__m512i a, __m512i b)
{
	union emulated x = { .all = a }, y = { .all = b };

	for (u32 i = 0; i < 32; i++)
		x.pair[i] = (u16)((u32)x.pair[i] * y.pair[i] >> 16);
	return x.all;
}

static inline __m512i emulated_gather(__m512i index, const void *base, int scale)
{
	union emulated x = { .all = index };

	for (u32 i = 0; i < 16; i++)
		memcpy(&x.word[i], (const char *)base + (s64)(s32)x.word[i] * scale, sizeof(u32));
	return x.all;
}

static inline __m512i emulated_quarters(const void *a, const void *b, const void *c, const void *d)
{
	union emulated x;

	memcpy(x.word, a, 16);
	memcpy(x.word + 4, b, 16);
	memcpy(x.word + 8, c, 16);
	memcpy(x.word + 12, d, 16);
	return x.all;
}

#endif /* AXP_TESTS_SIMDE_INTRIN_H */
