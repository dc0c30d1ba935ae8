/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_TOOL_REPORT_CHARTS_H
#define AXP_TOOL_REPORT_CHARTS_H

#include <jansson.h>

/*
 * The charts of the record of axp report: NAME-energy and NAME-hits of each model,
 * NAME-presets where it has several prices, accuracy where there are accuracies.
 * 0 or EXIT_FAILED after saying why.
 */
int report_charts(const json_t *record, const char *dir);

#endif /* AXP_TOOL_REPORT_CHARTS_H */
