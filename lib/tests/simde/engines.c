// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of engines with an emulated avx512 in front: linked before the
 * library, tests of the engines run it on machines without these instructions.
 */
#include "engines.h"

#define AXP_EMULATED_AVX512 "simde/intrin.h"
#include "simd_avx512.inc"
#include "engine_vector.inc"

static const struct axp_engine emulated = {
	.name = "avx512-emulated",
	.priority = 40,
	.fpu = true,
	.step = vector_step,
};

const struct axp_engine *const axp_engines[] = {
	&emulated,
	&axp_engine_float,
	&axp_engine_softfp,
	NULL,
};

const struct axp_engine *axp_engine_select(const char *name)
{
	(void)name;
	return &emulated;
}
