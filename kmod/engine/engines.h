/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The engines of this build, one file each.
 */
#ifndef AXP_ENGINE_ENGINES_H
#define AXP_ENGINE_ENGINES_H

#include "engine.h"

extern const struct axp_engine axp_engine_softfp;
extern const struct axp_engine axp_engine_float;
#ifdef __x86_64__
extern const struct axp_engine axp_engine_avx2;
extern const struct axp_engine axp_engine_avx512;
#endif

#endif /* AXP_ENGINE_ENGINES_H */
