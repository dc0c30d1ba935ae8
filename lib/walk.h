/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walk: samples on their way through a net, all of them from layer to layer.
 */
#ifndef AXP_LIB_WALK_H
#define AXP_LIB_WALK_H

#include "backend.h"

/**
 * struct axp_walk - samples that wait before a layer
 * @graph: the net
 * @session: runs them
 * @x: inputs
 * @n: samples
 * @elems: of an input
 * @chunk: samples that move together
 * @nr_chunks: of them
 * @state: [chunk] values between two layers
 * @at: layer that they wait at; the number of layers: all are through
 */
struct axp_walk {
	const struct axp_graph *graph;
	struct axp_session *session;
	const float *x;
	uint32_t n;
	uint64_t elems;
	uint32_t chunk;
	uint32_t nr_chunks;
	void **state;
	uint32_t at;
};

/**
 * axp_walk_open() - bring samples before the first layer
 * @w: filled; axp_walk_close() releases, after a failure too
 * @graph: borrowed; a layer that changes is made known by axp_session_renew()
 * @x: @n inputs, borrowed
 * @n: samples, at least 1
 * @elems: of an input
 * @backend: AXP_BACKEND_FP32 or AXP_BACKEND_SOFT
 * @threads: of the backend
 * @diag: reason
 */
int axp_walk_open(struct axp_walk *w, const struct axp_graph *graph, const float *x, uint32_t n,
		  uint64_t elems, enum axp_backend backend, uint32_t threads,
		  struct axp_diag *diag) AXP_MUST_CHECK;
void axp_walk_close(struct axp_walk *w);

/* samples of chunk @i */
uint32_t axp_walk_chunk(const struct axp_walk *w, uint32_t i);
/* the input of the layer that chunk @i waits at */
const float *axp_walk_input(const struct axp_walk *w, uint32_t i);

/**
 * axp_walk_step() - run the layer that all samples wait at, and what is before the next
 * @w: walk
 * @stay: the samples stay where they are (for an observer)
 * @diag: layer and reason
 */
int axp_walk_step(struct axp_walk *w, bool stay, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_walk_end() - run the rest of the net; the samples stay where they are
 * @w: walk
 * @y: outputs of the graph for all samples
 * @diag: layer and reason
 */
int axp_walk_end(struct axp_walk *w, float *y, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_WALK_H */
