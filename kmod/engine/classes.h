/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Activation classes of a table.
 *
 * A pattern is one distinct (act & act_care, act_care, flags) of the rows. Two
 * activations that match the same patterns see the same rows: they are of one
 * class. Where all care masks are prefixes, classes are intervals of bit
 * patterns; where the union of the care masks is small, they are a table over
 * these bits; where leading bits leave one pattern, it alone is compared; else patterns are
 * scanned.
 */
#ifndef AXP_ENGINE_CLASSES_H
#define AXP_ENGINE_CLASSES_H

#include "softfp.h"

/* Bits of the union of care masks that a table over them may have. */
#define AXP_CLASS_DIRECT_BITS	14
/* Intervals are found by their upper bits first, and patterns by so many leading ones. */
#define AXP_CLASS_TOP_BITS	12

enum axp_class_mode {
	AXP_CLASS_SCAN,
	AXP_CLASS_DIRECT,
	AXP_CLASS_INTERVAL,
	AXP_CLASS_LEADING,
};

/**
 * struct axp_pattern - one distinct activation key
 * @act: compared bits, others are 0
 * @care: which bits are compared
 * @significand: matches normal numbers only
 * @first: its rows are rows[first] up to the next pattern's first
 */
struct axp_pattern {
	u32 act;
	u32 care;
	u32 significand;
	u32 first;
};

/**
 * struct axp_class_field - adjacent bits that move together
 * @mask: bits of the activation
 * @shift: right shift that brings them to their place in the key
 */
struct axp_class_field {
	u32 mask;
	u32 shift;
};

/**
 * struct axp_classes - patterns and classes of one table
 * @mode: how an activation finds its class
 * @nr_patterns: number of patterns, in the order of their lowest rows
 * @patterns: @nr_patterns + 1, the last only ends the rows of the one before
 * @rows: row numbers, pattern by pattern, ascending in each
 * @nr_classes: number of classes; 0 when scanning
 * @first: members of class c are members[first[c]] up to first[c + 1]
 * @members: pattern numbers, ascending in each class
 * @nr_fields: DIRECT: number of fields
 * @fields: DIRECT: they make the key
 * @normal_bit: DIRECT: the key has a lowest bit more: the number is normal
 * @nr_cells: keys, or intervals
 * @cell_class: class of each key or interval
 * @shift: LEADING: right shift that leaves the key
 * @act: LEADING: compared bits of the pattern of each key
 * @care: LEADING: which bits are compared; an activation that differs is of class 0
 * @start: INTERVAL: first bit pattern of each interval
 * @top: INTERVAL: interval of each (upper bits << 20), and the last interval
 * @budget: while they are made
 */
struct axp_classes {
	enum axp_class_mode mode;
	u32 nr_patterns;
	struct axp_pattern *patterns;
	u32 *rows;
	u32 nr_classes;
	u32 *first;
	u32 *members;
	u32 nr_fields;
	struct axp_class_field fields[AXP_CLASS_DIRECT_BITS];
	bool normal_bit;
	u32 nr_cells;
	u32 *cell_class;
	u32 shift;
	u32 *act;
	u32 *care;
	u32 *start;
	u32 *top;
	struct axp_budget *budget;
};

static inline bool axp_pattern_matches(const struct axp_pattern *p, u32 act)
{
	return !((act ^ p->act) & p->care) && (!p->significand || axp_f32_is_normal(act));
}

/**
 * axp_classify() - class of an activation
 * @classes: not of mode SCAN
 * @act: binary32 bits
 *
 * Return: class number.
 */
static inline u32 axp_classify(const struct axp_classes *classes, u32 act)
{
	u32 i, low, high;

	if (classes->mode == AXP_CLASS_DIRECT) {
		u32 key = 0;

		for (i = 0; i < classes->nr_fields; i++)
			key |= (act & classes->fields[i].mask) >> classes->fields[i].shift;
		if (classes->normal_bit)
			key = key << 1 | axp_f32_is_normal(act);
		return classes->cell_class[key];
	}
	if (classes->mode == AXP_CLASS_LEADING) {
		u32 key = act >> classes->shift;

		return (act ^ classes->act[key]) & classes->care[key] ? 0 :
			classes->cell_class[key];
	}
	i = act >> (32 - AXP_CLASS_TOP_BITS);
	low = classes->top[i];
	high = classes->top[i + 1];
	while (low < high) {
		u32 middle = low + (high - low + 1) / 2;

		if (classes->start[middle] <= act)
			low = middle;
		else
			high = middle - 1;
	}
	return classes->cell_class[low];
}

/**
 * axp_classes_create() - patterns and classes of rows
 * @out: new classes, owned by the caller: axp_classes_free(); NULL on failure
 * @budget: or NULL
 * @rows: checked rows
 * @nr_rows: may be 0
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int axp_classes_create(struct axp_classes **out, struct axp_budget *budget,
		       const struct axp_row *rows, u32 nr_rows);
void axp_classes_free(struct axp_classes *classes);

#endif /* AXP_ENGINE_CLASSES_H */
