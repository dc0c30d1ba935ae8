// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "spec.h"

#define MAX_VALUE	64

static bool count(const char *text, const struct axp_spec_key *key, uint32_t *to)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || (double)v < key->min || (double)v > key->max)
		return false;
	*to = (uint32_t)v;
	return true;
}

static bool real(const char *text, const struct axp_spec_key *key, double *to)
{
	char *end;
	double v;

	if (isspace((unsigned char)*text))
		return false;
	v = strtod(text, &end);
	if (end == text || *end || !isfinite(v) || v < key->min || v > key->max)
		return false;
	*to = v;
	return true;
}

static bool word(const char *text, const struct axp_spec_key *key, uint32_t *to)
{
	for (uint32_t i = 0; key->words[i]; i++) {
		if (!strcmp(key->words[i], text)) {
			*to = i;
			return true;
		}
	}
	return false;
}

static bool size_of(const char *text, const struct axp_spec_key *key, struct axp_spec_size *to)
{
	struct axp_spec_size s = { 0 };
	const char *x = strchr(text, 'x');
	char height[MAX_VALUE];
	bool good;

	if (word(text, key, &s.word)) {
		good = true;
	} else if (!x) {
		good = count(text, key, &s.side);
	} else {
		snprintf(height, sizeof(height), "%.*s", (int)(x - text), text);
		good = count(height, key, &s.height) && count(x + 1, key, &s.width);
	}
	if (good)
		*to = s;
	return good;
}

/* what a value may be, for messages */
static void wanted(const struct axp_spec_key *key, char *text, size_t size)
{
	size_t n;

	if (key->kind == AXP_SPEC_WORD)
		n = (size_t)snprintf(text, size, "one of %s", key->words[0]);
	else if (key->kind == AXP_SPEC_SIZE)
		n = (size_t)snprintf(text, size, "N or HxW (%.0f to %.0f) or one of %s", key->min,
				     key->max, key->words[0]);
	else
		n = (size_t)snprintf(text, size, "a%s number from %g to %g",
				     key->kind == AXP_SPEC_COUNT ? " whole" : "", key->min,
				     key->max);
	for (uint32_t i = 1; key->words && key->words[i] && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, ", %s", key->words[i]);
}

static int store(void *to, const struct axp_spec_key *key, const char *value, const char *what,
		 struct axp_diag *diag)
{
	void *at = (char *)to + key->at;
	char text[256];
	bool good = false;

	switch (key->kind) {
	case AXP_SPEC_COUNT:
		good = count(value, key, at);
		break;
	case AXP_SPEC_REAL:
		good = real(value, key, at);
		break;
	case AXP_SPEC_WORD:
		good = word(value, key, at);
		break;
	case AXP_SPEC_SIZE:
		good = size_of(value, key, at);
		break;
	}
	if (good)
		return 0;
	wanted(key, text, sizeof(text));
	return axp_fail(diag, -EINVAL, "%s: %s '%s': %s is needed", what, key->name, value, text);
}

/* the key of @item, and its value behind "=" */
static int find(const struct axp_spec_key *keys, uint32_t nr, const char *item, bool first,
		const char **value)
{
	size_t len = strcspn(item, "=");

	*value = item;
	if (!item[len])
		return first ? 0 : -1;
	*value = item + len + 1;
	for (uint32_t i = 0; i < nr; i++)
		if (strlen(keys[i].name) == len && !memcmp(keys[i].name, item, len))
			return (int)i;
	return -1;
}

int axp_spec_parse(void *to, const char *text, const char *what, const struct axp_spec_key *keys,
		   uint32_t nr, uint64_t *given, struct axp_diag *diag)
{
	const char *at = text, *value;
	char item[MAX_VALUE];
	int err, i;

	*given = 0;
	for (bool first = true;; first = false) {
		size_t len = strcspn(at, ",");

		if (len >= sizeof(item))
			return axp_fail(diag, -EINVAL, "%s: '%.40s...' is longer than %zu characters",
					what, at, sizeof(item) - 1);
		memcpy(item, at, len);
		item[len] = '\0';
		i = find(keys, nr, item, first, &value);
		if (i < 0)
			return axp_fail(diag, -EINVAL, "%s: '%s' is not one of its settings", what,
					item);
		if (*given & UINT64_C(1) << i)
			return axp_fail(diag, -EINVAL, "%s: %s comes twice", what, keys[i].name);
		*given |= UINT64_C(1) << i;
		err = store(to, &keys[i], value, what, diag);
		if (err)
			return err;
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

/* the fewest digits that read back the same */
static void print_real(char *text, size_t size, double v)
{
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			return;
	}
}

int axp_spec_print(const void *from, const struct axp_spec_key *keys, uint32_t nr, char *text,
		   size_t size)
{
	size_t n = 0;

	for (uint32_t i = 0; i < nr; i++) {
		const void *at = (const char *)from + keys[i].at;
		const struct axp_spec_size *s = at;
		char value[MAX_VALUE];

		switch (keys[i].kind) {
		case AXP_SPEC_COUNT:
			snprintf(value, sizeof(value), "%u", *(const uint32_t *)at);
			break;
		case AXP_SPEC_REAL:
			print_real(value, sizeof(value), *(const double *)at);
			break;
		case AXP_SPEC_WORD:
			snprintf(value, sizeof(value), "%s", keys[i].words[*(const uint32_t *)at]);
			break;
		case AXP_SPEC_SIZE:
			if (s->side)
				snprintf(value, sizeof(value), "%u", s->side);
			else if (s->height)
				snprintf(value, sizeof(value), "%ux%u", s->height, s->width);
			else
				snprintf(value, sizeof(value), "%s", keys[i].words[s->word]);
			break;
		}
		n += (size_t)snprintf(text + n, size - n, "%s%s%s%s", i ? "," : "",
				      i ? keys[i].name : "", i ? "=" : "", value);
		if (n >= size)
			return -ERANGE;
	}
	return 0;
}
