/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Multipliers of the classes of a table.
 */
#ifndef AXP_ENGINE_FAST_CLASS_H
#define AXP_ENGINE_FAST_CLASS_H

#include "fast.h"

/**
 * axp_fast_classes() - find and prove the multipliers of a plan
 * @fast: its fields up to @gate_wgt are filled
 * @plan: compiled, or without a table
 *
 * Return: 0; -EOPNOTSUPP: some class has none; -ENOMEM.
 */
int axp_fast_classes(struct axp_fast *fast, const struct axp_plan *plan);

#endif /* AXP_ENGINE_FAST_CLASS_H */
