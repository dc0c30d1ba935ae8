// SPDX-License-Identifier: GPL-2.0
/*
 * Compiled with the floating-point registers, as the engines that use them are.
 */
#include "fpu_ops.h"

union bits {
	u32 u;
	float f;
};

u32 axp_test_fpu_add(u32 a, u32 b)
{
	union bits x = { .u = a }, y = { .u = b };

	x.f += y.f;
	return x.u;
}

u32 axp_test_fpu_mul(u32 a, u32 b)
{
	union bits x = { .u = a }, y = { .u = b };

	x.f *= y.f;
	return x.u;
}

u32 axp_test_fpu_from_int(s32 a)
{
	union bits x;

	x.f = (float)a;
	return x.u;
}
