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
