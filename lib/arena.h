/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arena: where each value of a graph lies in one block of memory, so that values
 * which are not alive at the same time share their place.
 */
#ifndef AXP_LIB_ARENA_H
#define AXP_LIB_ARENA_H

#include "graph.h"

#define AXP_ARENA_ALIGN	64u	/* bytes */

/**
 * struct axp_arena - places of the values of a graph
 * @offset: bytes, by value; AXP_NO_PLACE for constants and unused values
 * @bytes: size of the block
 * @live: bytes of the values that are alive together, at the node where these are
 *	most: no plan can do with less
 *
 * A view lies where its input does. The graph's inputs and outputs have places.
 */
struct axp_arena {
	uint64_t *offset;
	uint64_t bytes;
	uint64_t live;
};

#define AXP_NO_PLACE	UINT64_MAX

/**
 * axp_arena_plan() - place every value that is computed, and the inputs
 * @arena: filled; axp_arena_clear() releases
 * @graph: finished
 * @batch: samples at once
 * @diag: message
 *
 * Return: 0; -EOVERFLOW; -ENOMEM.
 */
int axp_arena_plan(struct axp_arena *arena, const struct axp_graph *graph, uint32_t batch,
		   struct axp_diag *diag) AXP_MUST_CHECK;
void axp_arena_clear(struct axp_arena *arena);

#endif /* AXP_LIB_ARENA_H */
