// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Table of engines, best first.
 */
#include "engines.h"

const struct axp_engine *const axp_engines[] = {
#ifdef __x86_64__
	&axp_engine_avx512,
	&axp_engine_avx2,
#endif
	&axp_engine_float,
	&axp_engine_softfp,
	NULL,
};

const struct axp_engine *axp_engine_select(const char *name)
{
	const struct axp_engine *const *at;

	for (at = axp_engines; *at; at++) {
		if (name && *name && strcmp(name, (*at)->name))
			continue;
		if (!(*at)->valid || (*at)->valid())
			return *at;
	}
	return NULL;
}
