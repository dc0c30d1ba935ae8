// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory plan: what is alive at the same time never overlaps.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "model.h"
#include "ops/op.h"
#include "random.h"
#include "tap.h"

/* a random net of Relu and Add, with views in between */
static struct axp_graph *net(struct rng *rng, uint32_t nodes)
{
	const int64_t dims[] = { 2, 3 };
	Onnx__ModelProto *m = model_new(13, 2, dims);
	struct axp_graph *g;
	struct axp_diag why;
	uint32_t i;

	for (i = 0; i < nodes; i++) {
		char in[64], out[32], a[16] = "x", b[16] = "x";
		uint32_t kind = rng_below(rng, 3);

		if (i) {
			snprintf(a, sizeof(a), "v%u", i - 1);
			snprintf(b, sizeof(b), "v%u", rng_below(rng, i));
		}
		snprintf(out, sizeof(out), i + 1 < nodes ? "v%u" : "y", i);
		snprintf(in, sizeof(in), kind ? "%s,%s" : "%s", a, b);
		if (kind)
			model_node(m, rng_chance(rng, 50) ? "Add" : "Mul", out, in, out);
		else
			model_node(m, "Relu", out, in, out);
	}
	if (model_read(&g, m, &why))
		bail_out("%s", why.text);
	model_free(m);
	return g;
}

/* runs the plan with numbers: each value's own, checked when it is read */
static bool holds(const struct axp_graph *g, const struct axp_arena *arena, uint32_t batch)
{
	char *memory = calloc(1, arena->bytes);
	bool good = true;
	uint32_t i, j;
	uint64_t k;

	for (k = 0; k < 24 * batch; k++)
		memory[arena->offset[g->inputs[0]] + k] = (char)g->inputs[0];
	for (i = 0; i < g->nr_nodes && good; i++) {
		const struct axp_node *node = &g->nodes[i];

		for (j = 0; j < node->nr_in; j++)
			for (k = 0; k < 24 * batch; k++)
				good &= memory[arena->offset[node->in[j]] + k] ==
					(char)node->in[j];
		for (k = 0; k < 24 * batch; k++)
			memory[arena->offset[node->out[0]] + k] = (char)node->out[0];
		for (j = 0; j < node->nr_in; j++)	/* in and out are apart */
			good &= memory[arena->offset[node->in[j]]] == (char)node->in[j];
	}
	free(memory);
	return good;
}

static void test_random(void)
{
	struct rng rng = { 7 };
	unsigned int i, bad = 0, shared = 0;

	for (i = 0; i < 60; i++) {
		uint32_t nodes = 2 + rng_below(&rng, 40), batch = 1 + rng_below(&rng, 4);
		struct axp_graph *g = net(&rng, nodes);
		struct axp_arena arena;

		if (axp_arena_plan(&arena, g, batch, NULL))
			bail_out("no plan");
		bad += !holds(g, &arena, batch);
		shared += arena.bytes < (g->nr_nodes + 1) * 128 * (uint64_t)batch;
		axp_arena_clear(&arena);
		axp_graph_free(g);
	}
	ok(!bad, "60 random nets: no value is overwritten while it is needed");
	ok(shared > 50, "and memory is shared");
}

static void test_chain(void)
{
	const int64_t dims[] = { 4, 4 };
	Onnx__ModelProto *m = model_new(13, 2, dims);
	struct axp_graph *g;
	struct axp_arena arena;
	struct axp_diag why;
	uint32_t i;

	for (i = 0; i < 20; i++) {
		char in[8] = "x", out[8] = "y";

		if (i)
			snprintf(in, sizeof(in), "v%u", i);
		if (i < 19)
			snprintf(out, sizeof(out), "v%u", i + 1);
		model_node(m, "Relu", out, in, out);
	}
	if (model_read(&g, m, &why) || axp_arena_plan(&arena, g, 3, &why))
		bail_out("%s", why.text);
	ok(arena.bytes == 2 * 192, "a chain needs two values: %llu bytes",
	   (unsigned long long)arena.bytes);
	axp_arena_clear(&arena);
	axp_graph_free(g);
	model_free(m);
}

int main(void)
{
	test_random();
	test_chain();
	return done_testing();
}
