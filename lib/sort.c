// SPDX-License-Identifier: BSD-2-Clause
/*
 * Order of execution: every node after the nodes it reads from, otherwise in
 * the order of the file. Without recursion: the depth is the file's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "graph.h"

enum { NEW, OPEN, DONE };

struct visit {
	uint32_t node, next;
};

static int sort_from(const struct axp_graph *graph, uint32_t root, uint8_t *state,
		     struct visit *stack, uint32_t *order, uint32_t *nr,
		     struct axp_diag *diag)
{
	uint32_t depth = 0;

	if (state[root] == DONE)
		return 0;
	stack[depth++] = (struct visit){ root, 0 };
	state[root] = OPEN;
	while (depth) {
		struct visit *v = &stack[depth - 1];
		const struct axp_node *node = &graph->nodes[v->node];
		uint32_t in, from;

		if (v->next == node->nr_in) {
			state[v->node] = DONE;
			order[(*nr)++] = v->node;
			depth--;
			continue;
		}
		in = node->in[v->next++];
		from = in == AXP_NO_VALUE ? AXP_NO_NODE : graph->values[in].producer;
		if (from == AXP_NO_NODE || state[from] == DONE)
			continue;
		if (state[from] == OPEN)
			return axp_fail(diag, -EINVAL, "node %s: input '%s' closes a cycle",
					node->name, graph->values[in].name);
		state[from] = OPEN;
		stack[depth++] = (struct visit){ from, 0 };
	}
	return 0;
}

int axp_graph_sort(struct axp_graph *graph, struct axp_diag *diag)
{
	uint32_t n = graph->nr_nodes, i, j, nr = 0;
	struct axp_node *sorted = calloc(n ? n : 1, sizeof(*sorted));
	struct visit *stack = calloc(n ? n : 1, sizeof(*stack));
	uint32_t *order = calloc(n ? n : 1, sizeof(*order));
	uint8_t *state = calloc(n ? n : 1, 1);
	int err = 0;

	if (!sorted || !stack || !order || !state) {
		free(sorted);
		err = axp_fail(diag, -ENOMEM, "no memory for %u nodes", n);
		goto out;
	}
	for (i = 0; i < n && !err; i++)
		err = sort_from(graph, i, state, stack, order, &nr, diag);
	if (err) {
		free(sorted);
		goto out;
	}
	for (i = 0; i < n; i++) {
		sorted[i] = graph->nodes[order[i]];
		for (j = 0; j < sorted[i].nr_out; j++)
			if (sorted[i].out[j] != AXP_NO_VALUE)
				graph->values[sorted[i].out[j]].producer = i;
	}
	free(graph->nodes);
	graph->nodes = sorted;
	graph->max_nodes = n ? n : 1;
out:
	free(stack);
	free(order);
	free(state);
	return err;
}
