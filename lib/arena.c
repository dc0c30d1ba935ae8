// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "ops/op.h"

/**
 * struct block - memory in use while nodes run
 * @offset: bytes
 * @size: bytes, a multiple of AXP_ARENA_ALIGN
 * @last: node that reads it last; UINT32_MAX: it lives on
 */
struct block {
	uint64_t offset, size;
	uint32_t last;
};

struct plan {
	const struct axp_graph *graph;
	struct axp_arena *arena;
	uint32_t *root;		/* value whose memory a value uses */
	uint32_t *last;		/* node that reads the root last */
	struct block *live;	/* in the order of their offsets */
	uint32_t nr_live;
	uint32_t batch;
};

static void find_lifetimes(const struct plan *p)
{
	const struct axp_graph *g = p->graph;
	uint32_t i, j;

	for (i = 0; i < g->nr_values; i++)
		p->root[i] = i;
	for (i = 0; i < g->nr_nodes; i++) {
		const struct axp_node *node = &g->nodes[i];

		if (node->op->view)
			p->root[node->out[0]] = p->root[node->in[0]];
		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE)
				p->last[p->root[node->in[j]]] = i;
		if (!node->op->view)
			p->last[node->out[0]] = i;
	}
	for (i = 0; i < g->nr_outputs; i++)
		p->last[p->root[g->outputs[i]]] = UINT32_MAX;
}

/* the first gap that is large enough */
static void place(struct plan *p, uint32_t value, uint64_t size)
{
	uint64_t at = 0;
	uint32_t i;

	for (i = 0; i < p->nr_live; i++) {
		if (p->live[i].offset - at >= size)
			break;
		at = p->live[i].offset + p->live[i].size;
	}
	memmove(&p->live[i + 1], &p->live[i], (p->nr_live - i) * sizeof(*p->live));
	p->live[i] = (struct block){ at, size, p->last[value] };
	p->nr_live++;
	p->arena->offset[value] = at;
	if (at + size > p->arena->bytes)
		p->arena->bytes = at + size;
}

static int place_value(struct plan *p, uint32_t value, struct axp_diag *diag)
{
	const struct axp_value *v = &p->graph->values[value];
	uint64_t size;

	/* a value has at most AXP_MAX_ELEMS elements: only the batch can overflow */
	if (axp_mul_size(axp_shape_span(&v->shape, 0, v->shape.ndim) * sizeof(float), p->batch,
			 &size) || size > INT64_MAX / 65536)
		return axp_fail(diag, -EOVERFLOW, "value '%s' is too large for a batch of %u",
				v->name, p->batch);
	place(p, value, (size + AXP_ARENA_ALIGN - 1) & ~(uint64_t)(AXP_ARENA_ALIGN - 1));
	return 0;
}

static void drop_dead(struct plan *p, uint32_t node)
{
	uint32_t i, n = 0;

	for (i = 0; i < p->nr_live; i++)
		if (p->live[i].last > node)
			p->live[n++] = p->live[i];
	p->nr_live = n;
}

static int place_all(struct plan *p, struct axp_diag *diag)
{
	const struct axp_graph *g = p->graph;
	uint32_t i;
	int err;

	err = place_value(p, g->input, diag);
	for (i = 0; i < g->nr_nodes && !err; i++) {
		uint32_t out = g->nodes[i].out[0];

		if (g->nodes[i].op->view)
			p->arena->offset[out] = p->arena->offset[p->root[out]];
		else
			err = place_value(p, out, diag);
		drop_dead(p, i);
	}
	return err;
}

int axp_arena_plan(struct axp_arena *arena, const struct axp_graph *graph, uint32_t batch,
		   struct axp_diag *diag)
{
	struct plan p = { .graph = graph, .arena = arena, .batch = batch };
	uint32_t n = graph->nr_values, i;
	int err;

	memset(arena, 0, sizeof(*arena));
	arena->offset = calloc(n, sizeof(*arena->offset));
	p.root = calloc(n, sizeof(*p.root));
	p.last = calloc(n, sizeof(*p.last));
	p.live = calloc((size_t)graph->nr_nodes + 2, sizeof(*p.live));
	if (!arena->offset || !p.root || !p.last || !p.live) {
		err = axp_fail(diag, -ENOMEM, "no memory");
	} else {
		for (i = 0; i < n; i++)
			arena->offset[i] = AXP_NO_PLACE;
		find_lifetimes(&p);
		err = place_all(&p, diag);
	}
	free(p.root);
	free(p.last);
	free(p.live);
	if (err)
		axp_arena_clear(arena);
	return err;
}

void axp_arena_clear(struct axp_arena *arena)
{
	free(arena->offset);
	memset(arena, 0, sizeof(*arena));
}
