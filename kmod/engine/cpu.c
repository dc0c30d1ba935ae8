// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the processor, and the system for it, can do.
 */
#include "cpu.h"

#ifdef __x86_64__
#ifdef __KERNEL__

#include <asm/cpufeature.h>

#ifdef CONFIG_UML
/* user mode Linux shows what its host has enabled */
static bool saved(bool wide)
{
	return true;
}
#else
#include <asm/fpu/api.h>
#include <asm/fpu/xstate.h>

/* the kernel saves these registers */
static bool saved(bool wide)
{
	u64 features = XFEATURE_MASK_SSE | XFEATURE_MASK_YMM;

	if (wide)
		features |= XFEATURE_MASK_AVX512;
	return cpu_has_xfeatures(features, NULL);
}
#endif

bool axp_cpu_has_avx2(void)
{
	return boot_cpu_has(X86_FEATURE_AVX2) && boot_cpu_has(X86_FEATURE_FMA) && saved(false);
}

bool axp_cpu_has_avx512(void)
{
	return boot_cpu_has(X86_FEATURE_AVX512F) && boot_cpu_has(X86_FEATURE_AVX512BW) &&
	       boot_cpu_has(X86_FEATURE_AVX512DQ) && boot_cpu_has(X86_FEATURE_AVX512VL) &&
	       boot_cpu_has(X86_FEATURE_AVX512_VNNI) && boot_cpu_has(X86_FEATURE_FMA) &&
	       saved(true);
}

#else /* !__KERNEL__ */

bool axp_cpu_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool axp_cpu_has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
}

#endif /* __KERNEL__ */
#endif /* __x86_64__ */
