/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Plans of rounded products, see fast.h.
 */
#ifndef AXP_ENGINE_FAST_ROUNDED_H
#define AXP_ENGINE_FAST_ROUNDED_H

#include "fast.h"

/**
 * axp_fast_rounded() - find and prove the multipliers of a plan of FIXED words
 * @fast: @rows, the keys and the gating fields are filled; lanes are chosen
 * @plan: FIXED, with a codebook
 *
 * Return: 0; -EOPNOTSUPP: some class has none, or rows are better; -ENOMEM or -EINTR.
 * What is left is freed by axp_fast_rows_free().
 */
int axp_fast_rounded(struct axp_fast *fast, const struct axp_plan *plan);

#endif /* AXP_ENGINE_FAST_ROUNDED_H */
