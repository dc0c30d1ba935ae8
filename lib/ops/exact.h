/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exponential and logarithm of the operators. libm's differ between machines, and a
 * network must give the same bits wherever its layers do: these use +, -, *, / and
 * nothing else.
 */
#ifndef AXP_LIB_OPS_EXACT_H
#define AXP_LIB_OPS_EXACT_H

/* e^x, relative error about 1e-15; 0 and infinity past the range of binary64 */
double axp_exp(double x);
/* e^x - 1, also near 0 */
double axp_expm1(double x);
/* ln(x), absolute error about 1e-15 near 1; -inf of 0, NaN below */
double axp_log(double x);

#endif /* AXP_LIB_OPS_EXACT_H */
