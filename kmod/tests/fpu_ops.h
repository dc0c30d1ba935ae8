/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine's own binary32 arithmetic, for the suites. Only between
 * kernel_fpu_begin() and kernel_fpu_end().
 */
#ifndef AXP_TESTS_FPU_OPS_H
#define AXP_TESTS_FPU_OPS_H

#include <linux/types.h>

u32 axp_test_fpu_add(u32 a, u32 b);
u32 axp_test_fpu_mul(u32 a, u32 b);
u32 axp_test_fpu_from_int(s32 a);

#endif /* AXP_TESTS_FPU_OPS_H */
