// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Vector engine of 8 lanes. Compiled with the instructions it needs.
 */
#include "cpu.h"
#include "engines.h"

/* sparse knows no vectors */
#if defined(__x86_64__) && !defined(__CHECKER__)
#include "simd_avx2.inc"
#include "engine_vector.inc"

const struct axp_engine axp_engine_avx2 = {
	.name = "avx2",
	.priority = 30,
	.fpu = true,
	.valid = axp_cpu_has_avx2,
	.step = vector_step,
};
#endif
