// SPDX-License-Identifier: BSD-2-Clause
#include <math.h>
#include <string.h>

#include "graph.h"
#include "ops/op.h"
#include "quality.h"

/* probabilities below this count as this */
#define LEAST	1e-7

static bool ends_in_softmax(const struct axp_graph *graph)
{
	uint32_t node = graph->values[graph->outputs[0]].producer;

	return node != AXP_NO_NODE && !strcmp(graph->nodes[node].op->name, "Softmax");
}

static uint32_t answer(const float *y, uint64_t classes)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < classes; i++)
		if (y[i] > y[best])
			best = i;
	return best;
}

/* log of the sum of exponentials; of probabilities, of their sum */
static double log_sum(const float *y, uint64_t classes, bool softmax)
{
	double most = (double)y[answer(y, classes)], sum = 0;

	if (softmax)
		return 0;
	for (uint64_t i = 0; i < classes; i++)
		sum += exp((double)y[i] - most);
	return most + log(sum);
}

static double log_of(float y, double sum, bool softmax)
{
	return fmax(softmax ? log((double)y) : (double)y - sum, log(LEAST));
}

static double divergence(const float *want, const float *have, uint64_t classes, bool softmax)
{
	double a = log_sum(want, classes, softmax), b = log_sum(have, classes, softmax), kl = 0;

	for (uint64_t i = 0; i < classes; i++) {
		double p = log_of(want[i], a, softmax);

		kl += exp(p) * (p - log_of(have[i], b, softmax));
	}
	return kl > 0 ? kl : 0;
}

void axp_quality_of(struct axp_quality *q, const struct axp_graph *graph, const float *want,
		    const float *have, const uint32_t *labels, uint64_t n)
{
	uint64_t classes = axp_graph_output_elems(graph);
	bool softmax = ends_in_softmax(graph);

	memset(q, 0, sizeof(*q));
	for (uint64_t i = 0; i < n; i++) {
		const float *x = want + i * classes, *y = have + i * classes;
		uint32_t was = answer(x, classes), is = answer(y, classes);

		q->kl += divergence(x, y, classes, softmax) / (double)n;
		q->flips += was != is;
		if (labels)
			q->lost += (int)(was == labels[i]) - (int)(is == labels[i]);
	}
	q->samples = n;
}
