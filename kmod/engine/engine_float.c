// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Scalar engine on the machine's binary32. The only file with float types: it is
 * compiled without contraction, and its steps run where the FPU may be used.
 */
#include "softfp_ops.h"

typedef float scalar_acc;

/* registers of tables and accumulators are u32 in memory */
typedef float scalar_alias __attribute__((may_alias));

static inline scalar_acc scalar_load(u32 bits)
{
	return *(const scalar_alias *)&bits;
}

static inline u32 scalar_store(scalar_acc acc)
{
	u32 bits;

	*(scalar_alias *)&bits = acc;
	return bits;
}

static inline scalar_acc scalar_add(scalar_acc acc, const u32 *product)
{
	return acc + *(const scalar_alias *)product;
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
static bool float_valid(void)
{
	return __FLT_EVAL_METHOD__ == 0;
}

#if defined(__x86_64__) || defined(__SSE__)
/* round to nearest even, denormals kept, no exception taken */
#define MXCSR_IEEE	0x1f80

static bool float_step(const struct axp_plan *plan, const struct axp_io *io,
		       struct axp_cursor *cursor, void *scratch, struct axp_counters *counters)
{
	u32 saved = __builtin_ia32_stmxcsr();
	bool done;

	__builtin_ia32_ldmxcsr(MXCSR_IEEE);
	done = scalar_step(plan, io, cursor, scratch, counters);
	__builtin_ia32_ldmxcsr(saved);
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
