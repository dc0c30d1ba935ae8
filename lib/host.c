// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "host.h"
#include "team.h"

/* elements of output below which starting the threads costs more than it saves */
#define MIN_ELEMS	32768u

/**
 * struct hand - one thread
 * @run: arrays for any node of the graph
 * @diag: what went wrong
 * @err: of the last node
 */
struct hand {
	struct axp_run run;
	struct axp_diag diag;
	int err;
};

/**
 * struct axp_host - see axp_host_open()
 * @graph: borrowed
 * @team: threads
 * @nr: of @hands
 * @hands: one each
 */
struct axp_host {
	const struct axp_graph *graph;
	struct axp_team *team;
	uint32_t nr;
	struct hand hands[];
};

static int take_arrays(struct axp_run *run, size_t nr_in, size_t nr_out)
{
	nr_in = nr_in ? nr_in : 1;
	nr_out = nr_out ? nr_out : 1;
	run->in = calloc(nr_in, sizeof(*run->in));
	run->in_shape = calloc(nr_in, sizeof(*run->in_shape));
	run->in_type = calloc(nr_in, sizeof(*run->in_type));
	run->out = calloc(nr_out, sizeof(*run->out));
	run->out_shape = calloc(nr_out, sizeof(*run->out_shape));
	run->out_type = calloc(nr_out, sizeof(*run->out_type));
	return run->in && run->in_shape && run->in_type && run->out && run->out_shape &&
	       run->out_type ? 0 : -ENOMEM;
}

int axp_run_init(struct axp_run *run, const struct axp_graph *graph,
		 const struct axp_node *node)
{
	uint32_t i;
	int err;

	memset(run, 0, sizeof(*run));
	run->attrs = node->attrs;
	run->nr_in = node->nr_in;
	run->nr_out = node->nr_out;
	err = take_arrays(run, node->nr_in, node->nr_out);
	if (err)
		return err;
	for (i = 0; i < node->nr_in; i++) {
		if (node->in[i] == AXP_NO_VALUE)
			continue;
		run->in_shape[i] = graph->values[node->in[i]].shape;
		run->in_type[i] = graph->values[node->in[i]].dtype;
	}
	for (i = 0; i < node->nr_out; i++) {
		if (node->out[i] == AXP_NO_VALUE)
			continue;
		run->out_shape[i] = graph->values[node->out[i]].shape;
		run->out_type[i] = graph->values[node->out[i]].dtype;
	}
	return 0;
}

void axp_run_clear(struct axp_run *run)
{
	free(run->in);
	free(run->in_shape);
	free(run->in_type);
	free(run->out);
	free(run->out_shape);
	free(run->out_type);
	memset(run, 0, sizeof(*run));
}

void axp_host_close(struct axp_host *host)
{
	uint32_t i;

	if (!host)
		return;
	axp_team_close(host->team);
	for (i = 0; i < host->nr; i++)
		axp_run_clear(&host->hands[i].run);
	free(host);
}

int axp_host_open(struct axp_host **out, const struct axp_graph *graph, uint32_t threads)
{
	uint32_t nr_in = 0, nr_out = 0, i;
	struct axp_host *host;
	int err;

	*out = NULL;
	host = calloc(1, sizeof(*host) + threads * sizeof(host->hands[0]));
	if (!host)
		return -ENOMEM;
	host->graph = graph;
	host->nr = threads;
	for (i = 0; i < graph->nr_nodes; i++) {
		const struct axp_node *node = &graph->nodes[i];

		nr_in = node->nr_in > nr_in ? node->nr_in : nr_in;
		nr_out = node->nr_out > nr_out ? node->nr_out : nr_out;
	}
	err = axp_team_open(&host->team, threads);
	for (i = 0; i < threads && !err; i++)
		err = take_arrays(&host->hands[i].run, nr_in, nr_out);
	if (err) {
		axp_host_close(host);
		return err;
	}
	*out = host;
	return 0;
}

/* bytes of one sample of a shape for one sample */
static uint64_t sample_bytes(const struct axp_shape *one, enum axp_dtype dtype)
{
	return axp_shape_span(one, 0, one->ndim) * axp_dtype_size((int)dtype);
}

/* computed values grow with the batch in their first dimension; constants do not */
static void run_samples(const struct axp_host *host, struct hand *hand,
			const struct axp_node *node, const struct axp_run *all, uint32_t from,
			uint32_t n)
{
	struct axp_run *run = &hand->run;
	uint32_t i;

	run->attrs = all->attrs;
	run->nr_in = all->nr_in;
	run->nr_out = all->nr_out;
	run->diag = &hand->diag;
	hand->diag.text[0] = '\0';
	for (i = 0; i < all->nr_in; i++) {
		run->in[i] = all->in[i];
		run->in_type[i] = all->in_type[i];
		run->in_shape[i] = all->in_shape[i];
		if (!all->in[i] || host->graph->values[node->in[i]].constant)
			continue;
		run->in[i] = (const char *)all->in[i] +
			     from * sample_bytes(&all->in_shape[i], all->in_type[i]);
		if (n != 1)
			run->in_shape[i].dim[0] *= n;
	}
	for (i = 0; i < all->nr_out; i++) {
		run->out[i] = all->out[i];
		run->out_type[i] = all->out_type[i];
		run->out_shape[i] = all->out_shape[i];
		if (!all->out[i])
			continue;
		run->out[i] = (char *)all->out[i] +
			      from * sample_bytes(&all->out_shape[i], all->out_type[i]);
		if (n != 1)
			run->out_shape[i].dim[0] *= n;
	}
	hand->err = node->op->run(run);
}

/* one node, for all threads */
struct round {
	struct axp_host *host;
	const struct axp_node *node;
	const struct axp_run *all;
	uint32_t n, threads;
};

static void run_share(void *user, uint32_t member)
{
	const struct round *r = user;
	uint32_t from, to;

	if (member >= r->threads)
		return;
	from = (uint32_t)((uint64_t)r->n * member / r->threads);
	to = (uint32_t)((uint64_t)r->n * (member + 1) / r->threads);
	run_samples(r->host, &r->host->hands[member], r->node, r->all, from, to - from);
}

int axp_host_run(struct axp_host *host, const struct axp_node *node, const struct axp_run *run,
		 uint32_t n, struct axp_diag *diag)
{
	const struct axp_shape *out = &run->out_shape[0];
	struct round r = { host, node, run, n, host->nr < n ? host->nr : n };
	uint32_t i;

	if (axp_shape_span(out, 0, out->ndim) * n < MIN_ELEMS)
		r.threads = 1;
	if (r.threads > 1)
		axp_team_run(host->team, run_share, &r);
	else
		run_share(&r, 0);
	for (i = 0; i < r.threads; i++) {
		int err = host->hands[i].err;

		if (!err)
			continue;
		axp_fail(diag, err, "%s", host->hands[i].diag.text[0] ?
			 host->hands[i].diag.text : "cannot be computed");
		return axp_fail_in(diag, err, "node %s (%s)", node->name, node->op->name);
	}
	return 0;
}
