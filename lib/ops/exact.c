// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "exact.h"

static const double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;

/* 2^k, -1022 <= k <= 1023 */
static double power_of_two(int k)
{
	uint64_t bits = (uint64_t)(k + 1023) << 52;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* 2^k * e^r, |r| <= ln(2) / 2: Taylor's series ends below 2^-53 after r^13 / 13! */
double axp_exp(double x)
{
	double k, r, term = 1, sum = 1;
	int i;

	if (!(x > -700))
		return x != x ? x : 0;
	if (x > 709)
		return INFINITY;
	k = (double)(int)(x * 0x1.71547652b82fep0 + (x < 0 ? -0.5 : 0.5));
	r = x - k * ln2_hi - k * ln2_lo;
	for (i = 1; i < 14; i++) {
		term = term * r / i;
		sum += term;
	}
	return sum * power_of_two((int)k);
}

double axp_expm1(double x)
{
	double term = x, sum = x;
	int i;

	if (!(x > -0.35 && x < 0.35))
		return axp_exp(x) - 1;
	for (i = 2; i < 15; i++) {
		term = term * x / i;
		sum += term;
	}
	return sum;
}

/* x = 2^k * m, m near 1: ln(m) = 2 artanh((m - 1) / (m + 1)) */
double axp_log(double x)
{
	double m = x, s, square, term, sum;
	int k = 0, i;
	uint64_t bits;

	if (!(x > 0))
		return x == 0 ? -INFINITY : NAN;
	if (isinf(x))
		return x;
	if (x < 0x1p-1022) {
		m = x * 0x1p54;
		k = -54;
	}
	memcpy(&bits, &m, sizeof(bits));
	k += (int)(bits >> 52) - 1023;
	bits = (bits & 0xfffffffffffff) | UINT64_C(1023) << 52;
	memcpy(&m, &bits, sizeof(m));
	if (m > 0x1.6a09e667f3bcdp0) {
		m /= 2;
		k++;
	}
	s = (m - 1) / (m + 1);
	square = s * s;
	term = s;
	sum = s;
	for (i = 3; i < 25; i += 2) {
		term *= square;
		sum += term / i;
	}
	return k * ln2_hi + (2 * sum + k * ln2_lo);
}
