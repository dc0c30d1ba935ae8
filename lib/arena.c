// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "ops/op.h"

/* of so many values the best of several plans is taken, of more the first */
#define MAX_TO_CHOOSE	8192u

/**
 * struct block - memory of a value
 * @value: whose
 * @offset: bytes
 * @size: bytes, a multiple of AXP_ARENA_ALIGN
 * @first: node that writes it; inputs are there from node 0 on
 * @last: node that reads it last; UINT32_MAX: it lives on
 */
struct block {
	uint32_t value;
	uint64_t offset, size;
	uint32_t first, last;
};

struct plan {
	const struct axp_graph *graph;
	uint32_t *root;		/* value whose memory a value uses */
	uint32_t *last;		/* node that reads the root last */
	struct block *blocks;	/* in the order of their first nodes */
	struct block **order;	/* as they are placed; then those that are in the way */
	uint32_t nr;
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

		if (axp_node_is_view(node))
			p->root[node->out[0]] = p->root[node->in[0]];
		for (j = 0; j < node->nr_in; j++)
			if (node->in[j] != AXP_NO_VALUE)
				p->last[p->root[node->in[j]]] = i;
		for (j = 0; j < node->nr_out && !axp_node_is_view(node); j++)
			if (node->out[j] != AXP_NO_VALUE)
				p->last[node->out[j]] = i;
	}
	for (i = 0; i < g->nr_outputs; i++)
		p->last[p->root[g->outputs[i]]] = UINT32_MAX;
}

static int add_block(struct plan *p, uint32_t value, uint32_t first, struct axp_diag *diag)
{
	const struct axp_value *v = &p->graph->values[value];
	uint64_t size;

	/* a value has at most AXP_MAX_ELEMS elements: only the batch can overflow */
	if (axp_mul_size(axp_shape_span(&v->shape, 0, v->shape.ndim) * axp_dtype_size(v->dtype),
			 p->batch, &size) || size > INT64_MAX / 65536)
		return axp_fail(diag, -EOVERFLOW, "value '%s' is too large for a batch of %u",
				v->name, p->batch);
	p->blocks[p->nr++] = (struct block){
		.value = value,
		.size = (size + AXP_ARENA_ALIGN - 1) & ~(uint64_t)(AXP_ARENA_ALIGN - 1),
		.first = first,
		.last = p->last[value],
	};
	return 0;
}

static int list_blocks(struct plan *p, struct axp_diag *diag)
{
	const struct axp_graph *g = p->graph;
	uint32_t i, j;
	int err = 0;

	for (i = 0; i < g->nr_inputs && !err; i++)
		if (!g->values[g->inputs[i]].frozen)
			err = add_block(p, g->inputs[i], 0, diag);
	for (i = 0; i < g->nr_nodes && !err; i++)
		for (j = 0; j < g->nodes[i].nr_out && !axp_node_is_view(&g->nodes[i]); j++)
			if (g->nodes[i].out[j] != AXP_NO_VALUE && !err)
				err = add_block(p, g->nodes[i].out[j], i, diag);
	return err;
}

/* bytes that are in use at the worst node */
static uint64_t largest_live(const struct plan *p, struct block **live)
{
	uint64_t most = 0, bytes = 0;
	uint32_t i, j, n = 0, kept;

	for (i = 0; i < p->nr; i++) {
		if (i && p->blocks[i].first != p->blocks[i - 1].first) {
			for (j = 0, kept = 0; j < n; j++) {
				if (live[j]->last >= p->blocks[i].first)
					live[kept++] = live[j];
				else
					bytes -= live[j]->size;
			}
			n = kept;
		}
		live[n++] = &p->blocks[i];
		bytes += p->blocks[i].size;
		most = bytes > most ? bytes : most;
	}
	return most;
}

static int by_size(const void *a, const void *b)
{
	const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->first != y->first ? (x->first < y->first ? -1 : 1) :
	       x->value < y->value ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
	const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;

	return x->first != y->first ? (x->first < y->first ? -1 : 1) : by_size(a, b);
}

static int by_life(const void *a, const void *b)
{
	const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;
	uint32_t lx = x->last - x->first, ly = y->last - y->first;

	return lx != ly ? (lx > ly ? -1 : 1) : by_size(a, b);
}

/*
 * Each block takes the first gap among those placed before it that are alive with it.
 * @placed: these, in the order of their offsets. Returns the bytes of all.
 */
static uint64_t place_all(struct plan *p, struct block **placed)
{
	uint64_t bytes = 0;
	uint32_t i, j, n = 0;

	for (i = 0; i < p->nr; i++) {
		struct block *b = p->order[i];
		uint64_t at = 0;

		for (j = 0; j < n; j++) {
			const struct block *o = placed[j];

			if (o->last < b->first || b->last < o->first)
				continue;
			if (o->offset >= at + b->size)
				break;
			if (o->offset + o->size > at)
				at = o->offset + o->size;
		}
		b->offset = at;
		for (j = n++; j > 0 && placed[j - 1]->offset > at; j--)
			placed[j] = placed[j - 1];
		placed[j] = b;
		if (at + b->size > bytes)
			bytes = at + b->size;
	}
	return bytes;
}

static void plan_blocks(struct plan *p, struct axp_arena *arena, struct block **work)
{
	static int (*const orders[])(const void *, const void *) = { by_time, by_size, by_life };
	uint32_t nr_orders = p->nr <= MAX_TO_CHOOSE ? 3 : 1, k, i;
	const struct axp_graph *g = p->graph;

	arena->live = largest_live(p, work);
	arena->bytes = UINT64_MAX;
	for (k = 0; k < nr_orders && arena->bytes > arena->live; k++) {
		uint64_t bytes;

		for (i = 0; i < p->nr; i++)
			p->order[i] = &p->blocks[i];
		qsort(p->order, p->nr, sizeof(struct block *), orders[k]);
		bytes = place_all(p, work);
		if (bytes >= arena->bytes)
			continue;
		arena->bytes = bytes;
		for (i = 0; i < p->nr; i++)
			arena->offset[p->blocks[i].value] = p->blocks[i].offset;
	}
	for (i = 0; i < g->nr_nodes; i++)
		if (axp_node_is_view(&g->nodes[i]))
			arena->offset[g->nodes[i].out[0]] =
				arena->offset[p->root[g->nodes[i].out[0]]];
}

int axp_arena_plan(struct axp_arena *arena, const struct axp_graph *graph, uint32_t batch,
		   struct axp_diag *diag)
{
	struct plan p = { .graph = graph, .batch = batch };
	size_t n = graph->nr_values ? graph->nr_values : 1, i;
	struct block **work;
	int err;

	memset(arena, 0, sizeof(*arena));
	arena->offset = calloc(n, sizeof(*arena->offset));
	p.root = calloc(n, sizeof(*p.root));
	p.last = calloc(n, sizeof(*p.last));
	p.blocks = calloc(n, sizeof(*p.blocks));
	p.order = calloc(n, sizeof(struct block *));
	work = calloc(n, sizeof(struct block *));
	if (!arena->offset || !p.root || !p.last || !p.blocks || !p.order || !work) {
		err = axp_fail(diag, -ENOMEM, "no memory");
	} else {
		for (i = 0; i < n; i++)
			arena->offset[i] = AXP_NO_PLACE;
		find_lifetimes(&p);
		err = list_blocks(&p, diag);
		if (!err)
			plan_blocks(&p, arena, work);
	}
	free(p.root);
	free(p.last);
	free(p.blocks);
	free(p.order);
	free(work);
	if (err)
		axp_arena_clear(arena);
	return err;
}

void axp_arena_clear(struct axp_arena *arena)
{
	free(arena->offset);
	memset(arena, 0, sizeof(*arena));
}
