// SPDX-License-Identifier: BSD-2-Clause
/*
 * How a net was compiled, in a model: metadata "axp.prune" where weights were pruned,
 * "axp.search" where settings were searched.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "onnx.h"

static const char *const outputs_names[] = {
	[AXP_OUTPUTS_SCORES] = "scores",
	[AXP_OUTPUTS_CLASSES] = "classes",
	[AXP_OUTPUTS_EACH] = "each",
	[AXP_OUTPUTS_VALUE] = "value",
};

#define NR_OUTPUTS	(sizeof(outputs_names) / sizeof(outputs_names[0]))

const char *axp_outputs_name(uint32_t outputs)
{
	return outputs < NR_OUTPUTS ? outputs_names[outputs] : "?";
}

enum kind { REAL, COUNT, OUTPUTS };

/**
 * struct item - one "key=value"
 * @key: key
 * @offset: in struct axp_making
 * @kind: of the value: double, uint64_t or enum axp_outputs
 * @lo: smallest number
 * @hi: largest number
 */
struct item {
	const char *key;
	size_t offset;
	enum kind kind;
	double lo, hi;
};

#define AT(field)	offsetof(struct axp_making, field)
#define MAX_COUNT	0x1p53

static const struct item prune_items[] = {
	{ "fraction", AT(prune), REAL, 0, 1 },
	{ "pruned", AT(pruned), COUNT, 0, MAX_COUNT },
	{ "weights", AT(weights), COUNT, 1, MAX_COUNT },
};

/* a bound of 0: none. What is lost can be negative */
static const struct item search_items[] = {
	{ "outputs", AT(outputs), OUTPUTS, 0, 0 },
	{ "max_kl", AT(max_kl), REAL, 0, HUGE_VAL },
	{ "kl", AT(kl), REAL, 0, HUGE_VAL },
	{ "max_drop", AT(max_drop), REAL, 0, HUGE_VAL },
	{ "drop", AT(drop), REAL, -100, 100 },
	{ "calibrated", AT(calibrated), COUNT, 1, MAX_COUNT },
	{ "checked", AT(checked), COUNT, 1, MAX_COUNT },
};

#define NR(table)	(sizeof(table) / sizeof((table)[0]))

static char *text_of(const struct axp_making *making, const struct item *items, size_t nr)
{
	char text[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < nr; i++) {
		const char *from = (const char *)making + items[i].offset;
		double real;
		uint64_t count;
		uint32_t outputs;

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=", i ? " " : "",
				       items[i].key);
		switch (items[i].kind) {
		case REAL:
			memcpy(&real, from, sizeof(real));
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%.6g", real);
			break;
		case COUNT:
			memcpy(&count, from, sizeof(count));
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%llu",
					       (unsigned long long)count);
			break;
		case OUTPUTS:
			memcpy(&outputs, from, sizeof(outputs));
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
					       axp_outputs_name(outputs));
			break;
		}
	}
	return strdup(text);
}

char *axp_making_prune_text(const struct axp_making *making)
{
	return text_of(making, prune_items, NR(prune_items));
}

char *axp_making_search_text(const struct axp_making *making)
{
	return text_of(making, search_items, NR(search_items));
}

static bool take_value(struct axp_making *making, const struct item *item, const char *text)
{
	char *to = (char *)making + item->offset, *end;
	uint64_t count;
	double real;

	if (item->kind == OUTPUTS) {
		for (uint32_t i = 0; i < NR_OUTPUTS; i++) {
			if (strcmp(text, outputs_names[i]))
				continue;
			memcpy(to, &i, sizeof(i));
			return true;
		}
		return false;
	}
	if (!((text[0] >= '0' && text[0] <= '9') || text[0] == '-'))
		return false;
	real = strtod(text, &end);
	if (*end || !isfinite(real) || !(real >= item->lo && real <= item->hi))
		return false;
	count = real >= 0 ? (uint64_t)real : 0;
	if (item->kind == COUNT && (double)count != real)
		return false;
	if (item->kind == COUNT)
		memcpy(to, &count, sizeof(count));
	else
		memcpy(to, &real, sizeof(real));
	return true;
}

/* every key once, in any order, and no other */
static int take_text(struct axp_making *making, const char *key, char *text,
		     const struct item *items, size_t nr, struct axp_diag *diag)
{
	uint32_t seen = 0;
	char *save, *word, *value;
	size_t i;

	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (!value)
			return axp_fail(diag, -EINVAL, "metadata %s: '%.60s' has no value", key, word);
		*value++ = '\0';
		for (i = 0; i < nr && strcmp(items[i].key, word); i++)
			;
		if (i == nr)
			return axp_fail(diag, -EINVAL, "metadata %s: there is no '%.60s'", key, word);
		if (seen & 1u << i)
			return axp_fail(diag, -EINVAL, "metadata %s: %s is given twice", key, word);
		seen |= 1u << i;
		if (!take_value(making, &items[i], value))
			return axp_fail(diag, -EINVAL, "metadata %s: %s is '%.60s'", key, word, value);
	}
	for (i = 0; i < nr; i++)
		if (!(seen & 1u << i))
			return axp_fail(diag, -EINVAL, "metadata %s: %s is missing", key,
					items[i].key);
	return 0;
}

static int take(struct axp_graph *graph, const char *key, const struct item *items, size_t nr,
		struct axp_diag *diag)
{
	const char *value = axp_graph_metadata(graph, key);
	char *text;
	int err;

	if (!value)
		return 0;
	if (!axp_graph_is_compiled(graph))
		return axp_fail(diag, -EINVAL, "metadata %s: the net is not compiled", key);
	text = strdup(value);
	if (!text)
		return axp_fail(diag, -ENOMEM, "no memory");
	err = take_text(&graph->making, key, text, items, nr, diag);
	free(text);
	return err;
}

int axp_onnx_making(struct axp_graph *graph, struct axp_diag *diag)
{
	struct axp_making *m = &graph->making;
	int err;

	err = take(graph, AXP_ONNX_KEY_PRUNE, prune_items, NR(prune_items), diag);
	if (!err && m->pruned > m->weights)
		err = axp_fail(diag, -EINVAL, "metadata %s: more weights are pruned than there are",
			       AXP_ONNX_KEY_PRUNE);
	return err ? err : take(graph, AXP_ONNX_KEY_SEARCH, search_items, NR(search_items), diag);
}
