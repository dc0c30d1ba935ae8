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
 * axp_fast_rows_pack() - indices and histograms
 * @fast: units are chosen
 * @plan: its weights are read
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int axp_fast_rows_pack(struct axp_fast *fast, const struct axp_plan *plan);

void axp_fast_rows_free(struct axp_fast_rows *rows);

#endif /* AXP_ENGINE_FAST_ROWS_H */
