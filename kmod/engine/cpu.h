/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the processor, and the system for it, can do.
 */
#ifndef AXP_ENGINE_CPU_H
#define AXP_ENGINE_CPU_H

#include "port.h"

/* AVX2 and FMA */
bool axp_cpu_has_avx2(void);
/* AVX-512 F, BW, DQ, VL and VNNI */
bool axp_cpu_has_avx512(void);

#endif /* AXP_ENGINE_CPU_H */
