/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows: which activations a CAM tells apart, and what stands for each group.
 *
 * Activations are seen as binary32 patterns; a group is a prefix of sign, exponent
 * and mantissa bits, which is what a ternary CAM row can compare.
 */
#ifndef AXP_LIB_ROWS_H
#define AXP_LIB_ROWS_H

#include "cluster.h"

#define AXP_PREFIX_BITS		16	/* sign, exponent, 7 bits of mantissa */
#define AXP_PREFIXES		(1u << AXP_PREFIX_BITS)
#define AXP_MAX_GROUPS	1024
#define AXP_MAX_MANTISSA_BITS	7

/**
 * struct axp_prefix - moments of the activations that begin with 16 given bits
 * @macs: multiply-accumulates that used them
 * @weight: sum of the weights
 * @sum: weighted sum of the activations
 * @square: weighted sum of their squares
 */
struct axp_prefix {
	double macs;
	double weight;
	double sum;
	double square;
};

/**
 * struct axp_histogram - activations of one layer
 * @prefix: by the upper 16 bits
 * @largest: largest magnitude
 */
struct axp_histogram {
	struct axp_prefix prefix[AXP_PREFIXES];
	float largest;
};

struct axp_histogram *axp_histogram_new(void);
void axp_histogram_free(struct axp_histogram *h);

/* @a: finite; @macs: how many MACs use it; @weight: what an error of it costs */
static inline void axp_histogram_add(struct axp_histogram *h, float a, double macs,
				     double weight)
{
	struct axp_prefix *p;
	union { float f; uint32_t u; } bits = { a };
	float size = a < 0 ? -a : a;

	p = &h->prefix[bits.u >> (32 - AXP_PREFIX_BITS)];
	p->macs += macs;
	p->weight += weight;
	p->sum += weight * (double)a;
	p->square += weight * (double)a * (double)a;
	if (size > h->largest)
		h->largest = size;
}

/**
 * struct axp_group - the activation side of CAM rows
 * @act: compared bits
 * @care: which bits are compared; 0: matches everything
 * @value: what stands for the activations that match
 */
struct axp_group {
	uint32_t act;
	uint32_t care;
	float value;
};

/**
 * axp_rows_cover() - the best prefixes under a budget of rows
 * @out: AXP_MAX_GROUPS places; longest prefixes first, for a CAM where the lowest
 *	row wins
 * @nr: groups, 1 to @budget
 * @cost: weighted sum of squared distances of the activations to their values; may
 *	be NULL
 * @h: activations
 * @budget: 1 to AXP_MAX_GROUPS
 *
 * The prefixes are the antichain of least cost among the prefixes that occur (tree
 * knapsack), each standing for its activations by their weighted mean. Every bit
 * pattern matches one of them: what never occurred falls to a group beside it, whose
 * row is widened over it behind all longer ones; magnitudes beyond those that
 * occurred fall to the smallest and the largest group (which can take a row of the
 * budget).
 *
 * Return: 0, -ENOMEM.
 */
int axp_rows_cover(struct axp_group *out, uint32_t *nr, double *cost,
		   const struct axp_histogram *h, uint32_t budget) AXP_MUST_CHECK;

/**
 * axp_rows_mantissa() - 2^@bits groups told apart by mantissa bits alone
 * @out: groups; @value is a significand, 1 <= value < 2
 * @h: activations
 * @bits: 0 to AXP_MAX_MANTISSA_BITS
 *
 * The value of least weighted squared error of value * 2^exponent; the middle where
 * nothing occurred.
 */
void axp_rows_mantissa(struct axp_group *out, const struct axp_histogram *h,
		       uint32_t bits);

/**
 * axp_rows_fixed() - the most frequent prefixes of one length
 * @out: @budget places, most frequent first
 * @nr: groups, at most @budget
 * @h: activations
 * @mantissa_bits: compared behind sign and exponent, 0 to AXP_MAX_MANTISSA_BITS
 * @budget: 1 to AXP_MAX_GROUPS
 *
 * What a binary CAM can do; each group stands for its activations by their weighted
 * mean, all others miss.
 */
int axp_rows_fixed(struct axp_group *out, uint32_t *nr, const struct axp_histogram *h,
		   uint32_t mantissa_bits, uint32_t budget) AXP_MUST_CHECK;

/**
 * struct axp_quantiser - what the rows of a layer make of an activation
 * @value: by the upper 16 bits
 * @keep: likewise: no row matches, or the gate is before them
 */
struct axp_quantiser {
	float value[AXP_PREFIXES];
	bool keep[AXP_PREFIXES];
};

/**
 * axp_quantiser_set() - from groups, the first that matches counts
 * @q: filled
 * @groups: as axp_rows_cover(), axp_rows_fixed() or axp_rows_mantissa() give them
 * @nr: of @groups
 * @significand: they are from axp_rows_mantissa()
 * @gated: activations of 0 are answered by the gate
 */
void axp_quantiser_set(struct axp_quantiser *q, const struct axp_group *groups, uint32_t nr,
		       bool significand, bool gated);

static inline float axp_quantise(const struct axp_quantiser *q, float a)
{
	union { float f; uint32_t u; } bits = { a };
	uint32_t prefix = bits.u >> (32 - AXP_PREFIX_BITS);

	return q->keep[prefix] ? a : q->value[prefix];
}

/**
 * struct axp_pair - the most frequent operands
 * @group: activations
 * @centroid: weight
 */
struct axp_pair {
	struct axp_group group;
	uint32_t centroid;
};

/**
 * axp_rows_pairs() - the most frequent (prefix, centroid) pairs, most frequent first
 * @out: @budget places
 * @nr: pairs, at most @budget
 * @h: activations
 * @mantissa_bits: compared behind sign and exponent, at most 7
 * @share: how many of the weights have each centroid; the frequency of a pair is
 *	taken as the product of both frequencies
 * @k: centroids; those of share 0 get no row
 * @budget: at least 1
 *
 * Return: 0, -ENOMEM.
 */
int axp_rows_pairs(struct axp_pair *out, uint32_t *nr, const struct axp_histogram *h,
		   uint32_t mantissa_bits, const uint64_t *share, uint32_t k,
		   uint32_t budget) AXP_MUST_CHECK;

/**
 * struct axp_fixed - fixed-point form of the products of a table
 * @scale: words are in units of 2^-scale
 * @max_term: bound of every word and miss, units
 */
struct axp_fixed {
	int32_t scale;
	uint32_t max_term;
};

/**
 * axp_fixed_choose() - the finest unit that cannot overflow
 * @out: unit and bound
 * @word: largest magnitude of a product in the LUT
 * @term: largest magnitude of a product, misses too, at least @word
 * @bias: largest magnitude of a bias
 * @length: terms of a sum
 * @word_bits: 8, 16, 24 or 32
 *
 * Return: 0; -ERANGE no scale of -64 to 126 holds them.
 */
int axp_fixed_choose(struct axp_fixed *out, double word, double term, double bias,
		     uint64_t length, uint32_t word_bits) AXP_MUST_CHECK;

/* Bound of FIXED words from which on the product is rounded to binary32 first. */
#define AXP_WORD_WIDE	(1u << 22)

/*
 * LUT words: fl(c * value), and the nearest unit of 2^-scale, ties to even: of the product
 * where @max_term is less than AXP_WORD_WIDE, which an engine computes in one rounding, else
 * of fl(c * value) as the PE computes it.
 */
uint32_t axp_word_f32(float c, float value);
uint32_t axp_word_fixed(float c, float value, int32_t scale, uint32_t max_term);

#endif /* AXP_LIB_ROWS_H */
