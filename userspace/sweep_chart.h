/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_TOOL_SWEEP_CHART_H
#define AXP_TOOL_SWEEP_CHART_H

#include <jansson.h>

/* NAME-pareto of the record of axp sweep. 0 or EXIT_FAILED after saying why. */
int sweep_chart(const json_t *record, const char *dir);

#endif /* AXP_TOOL_SWEEP_CHART_H */
