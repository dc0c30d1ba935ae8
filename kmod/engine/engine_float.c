// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Scalar engine on the machine's binary32. The only file with float types: it is
 * compiled without contraction, and its steps run where the FPU may be used.
 */
#include "softfp_ops.h"

#define scalar_acc float

/* tables and accumulators are u32 in memory */
union scalar_bits {
	u32 bits;
	float value;
};

static inline scalar_acc scalar_load(u32 bits)
{
	union scalar_bits u = { .bits = bits };

	return u.value;
}

static inline u32 scalar_store(scalar_acc acc)
{
	union scalar_bits u = { .value = acc };

	return u.bits;
}

static inline scalar_acc scalar_add(scalar_acc acc, const u32 *product)
{
	return acc + scalar_load(*product);
}

static inline u32 scalar_mul(u32 a, u32 b)
{
	return scalar_store(scalar_load(a) * scalar_load(b));
}

static inline s32 scalar_to_fixed(u32 a, s32 scale, u32 max_term, bool *clamped)
{
	return axp_sf_to_fixed(a, scale, max_term, clamped);
}

#include "engine_scalar.inc"
#include "engines.h"

/* Results are binary32 only where every operation rounds to it at once. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#define ROUNDS_AT_ONCE	false
#else
#define ROUNDS_AT_ONCE	true
#endif

static bool float_valid(void)
{
	return ROUNDS_AT_ONCE;
}

#ifdef __SSE__
/* round to nearest even, denormals kept, no exception taken */
#define MXCSR_IEEE	0x1f80

static bool float_step(const struct axp_plan *plan, const struct axp_io *io,
		       struct axp_cursor *cursor, void *scratch, struct axp_counters *counters)
{
	const u32 ieee = MXCSR_IEEE;
	u32 saved;
	bool done;

	asm volatile("stmxcsr %0" : "=m" (saved));
	asm volatile("ldmxcsr %0" : : "m" (ieee) : "memory");
	done = scalar_step(plan, io, cursor, scratch, counters);
	asm volatile("ldmxcsr %0" : : "m" (saved) : "memory");
	return done;
}
#else
#define float_step	scalar_step
#endif

const struct axp_engine axp_engine_float = {
	.name = "float",
	.priority = 10,
	.fpu = true,
	.valid = float_valid,
	.step = float_step,
};
