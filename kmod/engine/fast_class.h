/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Multipliers of the classes of a table.
 */
#ifndef AXP_ENGINE_FAST_CLASS_H
#define AXP_ENGINE_FAST_CLASS_H

#include "classes.h"
#include "fast.h"

/**
 * axp_fast_classes() - find and prove the multipliers of a plan
 * @fast: its fields up to @gate_wgt are filled
 * @plan: compiled, or without a table
 *
 * Return: 0; -EOPNOTSUPP: some class has none; -ENOMEM; -EINTR.
 */
int axp_fast_classes(struct axp_fast *fast, const struct axp_plan *plan);

/**
 * typedef axp_fast_product - a product that grows with @x
 * @c: centroid, positive
 * @x: multiplier, positive
 */
typedef u32 (*axp_fast_product)(u32 c, u32 x);

/**
 * axp_fast_first() - the least multiplier whose product is a word or more
 * @product: how it is computed
 * @c: centroid
 * @word: what it has to reach
 * @low: least multiplier, bits
 * @high: greatest
 *
 * Return: bits of the multiplier; @high + 1: there is none.
 */
u32 axp_fast_first(axp_fast_product product, u32 c, u32 word, u32 low, u32 high);

/**
 * axp_fast_narrow() - the multipliers that give a word; they are neighbours
 * @product: how it is computed
 * @c: centroid
 * @word: magnitude of the word
 * @low: least multiplier, bits
 * @high: greatest
 *
 * Return: whether there are any; else @low and @high mean nothing.
 */
bool axp_fast_narrow(axp_fast_product product, u32 c, u32 word, u32 *low, u32 *high);

/**
 * axp_fast_keys() - how the class of an activation is found
 * @fast: @key and what goes with it are filled
 * @classes: of the table
 *
 * Return: number of keys.
 */
u32 axp_fast_keys(struct axp_fast *fast, const struct axp_classes *classes);

/* class of a key; of the numbers that are not zero, where these have keys of their own */
u32 axp_fast_class_of_key(const struct axp_fast *fast, const struct axp_classes *classes, u32 key);

#endif /* AXP_ENGINE_FAST_CLASS_H */
