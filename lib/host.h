/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host: operators that run here and not in a backend. In a graph whose samples never
 * mix each thread takes some of the samples; the bits do not depend on how many.
 */
#ifndef AXP_LIB_HOST_H
#define AXP_LIB_HOST_H

#include "graph.h"
#include "ops/op.h"

struct axp_host;

/**
 * axp_host_open() - threads and what each needs
 * @out: owned by the caller: axp_host_close(); NULL on failure
 * @graph: borrowed
 * @threads: at least 1
 *
 * Return: 0; -ENOMEM; what pthread_create() says.
 */
int axp_host_open(struct axp_host **out, const struct axp_graph *graph,
		  uint32_t threads) AXP_MUST_CHECK;
void axp_host_close(struct axp_host *host);

/* arrays of @node's inputs and outputs, shapes for one sample, data left NULL */
int axp_run_init(struct axp_run *run, const struct axp_graph *graph,
		 const struct axp_node *node) AXP_MUST_CHECK;
void axp_run_clear(struct axp_run *run);

/**
 * axp_host_run() - @n samples of a node
 * @host: threads
 * @node: of the graph
 * @run: its data, of @n samples; shapes for one
 * @n: samples
 * @diag: node and reason
 */
int axp_host_run(struct axp_host *host, const struct axp_node *node, const struct axp_run *run,
		 uint32_t n, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_HOST_H */
