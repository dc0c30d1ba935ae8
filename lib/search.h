/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search: the settings of each layer with which a net takes the least energy within
 * a bound on what its outputs may change.
 */
#ifndef AXP_LIB_SEARCH_H
#define AXP_LIB_SEARCH_H

#include "compile.h"

/**
 * axp_search() - choose c->plan and compile with it
 * @c: compiler, its inputs loaded; the graph is as it was
 * @diag: layer and reason
 *
 * What one layer does to the outputs is measured: the divergence with its weights
 * clustered to K values alone, and with its activations told apart by N rows alone,
 * all else in FP32. Between the measured K and N it is taken to be a power law, and
 * that of settings together the sum of theirs. Then for a price mu of divergence each
 * layer has its cheapest setting of energy + mu * divergence, found by trying all.
 * The net is compiled for a mu that is expected to meet the bound and measured as a
 * whole; from what it says a better mu follows. The cheapest net within the bound is
 * run bit for bit at last, which must meet the bound, too.
 *
 * Return: 0; -ERANGE no setting meets the bound; errors of axp_compile().
 */
int axp_search(struct axp_compiler *c, struct axp_diag *diag) AXP_MUST_CHECK;

/* bound on the divergence, nat */
double axp_search_bound(const struct axp_compile_opts *o);

#endif /* AXP_LIB_SEARCH_H */
