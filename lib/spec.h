/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spec: settings as one line of text, "word,key=value,key=value", by table.
 */
#ifndef AXP_LIB_SPEC_H
#define AXP_LIB_SPEC_H

#include <axp/axp.h>

enum axp_spec_kind {
	AXP_SPEC_COUNT,		/* uint32_t */
	AXP_SPEC_REAL,		/* double */
	AXP_SPEC_WORD,		/* uint32_t, index into the words */
	AXP_SPEC_SIZE,		/* struct axp_spec_size: N, HxW or a word */
};

/**
 * struct axp_spec_size - of a picture
 * @height: 0 when there is @side or @word
 * @width: likewise
 * @side: of the shorter side, or 0
 * @word: index into the words when all others are 0
 */
struct axp_spec_size {
	uint32_t height;
	uint32_t width;
	uint32_t side;
	uint32_t word;
};

/**
 * struct axp_spec_key - one setting
 * @name: of the first one, "name=" may be left out
 * @kind: of the value
 * @at: offset of the value in the structure
 * @min: least value of numbers
 * @max: greatest value of numbers
 * @words: of AXP_SPEC_WORD and AXP_SPEC_SIZE, NULL at the end
 */
struct axp_spec_key {
	const char *name;
	enum axp_spec_kind kind;
	size_t at;
	double min;
	double max;
	const char *const *words;
};

/**
 * axp_spec_parse() - settings out of text
 * @to: structure that holds the defaults; settings of @text are stored
 * @text: line
 * @what: what it sets, for messages: "audio"
 * @keys: table
 * @nr: of @keys, at most 64
 * @given: bit i: keys[i] is in @text
 * @diag: key, value, limit
 *
 * Return: 0; -EINVAL a key that is not known or comes twice, a value that is malformed
 * or out of its range. @to is changed even then.
 */
int axp_spec_parse(void *to, const char *text, const char *what, const struct axp_spec_key *keys,
		   uint32_t nr, uint64_t *given, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_spec_print() - text out of settings, every key of them; reads back the same
 * @from: structure
 * @keys: table
 * @nr: of @keys
 * @text: result
 * @size: of @text
 *
 * Return: 0, or -ERANGE: @size is too small.
 */
int axp_spec_print(const void *from, const struct axp_spec_key *keys, uint32_t nr, char *text,
		   size_t size) AXP_MUST_CHECK;

#endif /* AXP_LIB_SPEC_H */
