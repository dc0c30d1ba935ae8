/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Plans of rows, see fast.h.
 */
#ifndef AXP_ENGINE_FAST_ROWS_H
#define AXP_ENGINE_FAST_ROWS_H

#include "fast.h"

/**
 * axp_fast_rows() - rows of the classes of a plan, and how they are found
 * @fast: @rows, the keys and the gating fields are filled; lanes are chosen
 * @plan: with a codebook
 *
 * Return: 0; -EOPNOTSUPP: too large; -ENOMEM or -EINTR. What is left is freed by
 * axp_fast_rows_free().
 */
int axp_fast_rows(struct axp_fast *fast, const struct axp_plan *plan);

/**
 * axp_fast_rows_begin() - what plans of rows and of rounded products have both
 * @fast: @rows and the gating fields are filled, and centroids; lanes are chosen
 * @plan: with a codebook
 *
 * Return: 0; -EOPNOTSUPP: too large; -ENOMEM.
 */
int axp_fast_rows_begin(struct axp_fast *fast, const struct axp_plan *plan);

/* words of 16 bits, none the greatest or least of these, for engines that look these up */
bool axp_fast_has_words(const struct axp_fast_rows *rows, const struct axp_plan *plan);

/**
 * axp_fast_rows_keys() - how the row of an activation, or its multiplier, is found
 * @fast: the keys are filled
 * @plan: with classes or without
 * @value: of each class
 *
 * Return: 0 or -ENOMEM.
 */
int axp_fast_rows_keys(struct axp_fast *fast, const struct axp_plan *plan, const u32 *value);

/**
 * axp_fast_rows_pack() - indices and histograms
 * @fast: units are chosen
 * @plan: its weights are read
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int axp_fast_rows_pack(struct axp_fast *fast, const struct axp_plan *plan);

void axp_fast_rows_free(struct axp_fast_rows *rows);

#endif /* AXP_ENGINE_FAST_ROWS_H */
