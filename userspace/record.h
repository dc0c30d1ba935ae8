/* SPDX-License-Identifier: BSD-2-Clause */
/* Record: what models and runs are, as JSON objects for out.h. */
#ifndef AXP_TOOL_RECORD_H
#define AXP_TOOL_RECORD_H

#include <stdbool.h>
#include <jansson.h>
#include <axp/axp.h>

/*
 * Into @object: organisation, accumulator, lanes, preset, cam_class and gating of the
 * compiled layers of @graph: the common value, "mixed", or null without such layers;
 * lanes is the largest; and prune and
 * search, null when nothing was. @preset and @cam_class other than 0 replace the tables', and are
 * s28 and silicon28 where there are no tables.
 * These return false when there is no memory.
 */
bool record_settings(json_t *object, const struct axp_graph *graph, uint32_t preset,
		     uint32_t cam_class);
/*
 * Into @object: counters, energies and savings of @stats. Without @counted only the MACs
 * are known (the FP32 reference), the others are null.
 */
bool record_stats(json_t *object, const struct axp_stats *stats, bool counted);
/* what layer @layer is; NULL: no memory */
json_t *record_layer(const struct axp_graph *graph, uint32_t layer);

/* a line for a person about what was pruned in @object, if anything was */
void record_print_pruning(const json_t *object, int indent);
/* lines for a person about what a search came to in @object, if there was one */
void record_print_search(const json_t *object, int indent);
/* what goes behind every saving of @object: nothing, or that it is with pruning */
const char *record_saving_note(const json_t *object);
/* what the gating of @object is, in words */
const char *record_gating_text(const json_t *object);

#endif /* AXP_TOOL_RECORD_H */
