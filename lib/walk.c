// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "graph.h"
#include "walk.h"

#define CHUNK	32u

int axp_walk_open(struct axp_walk *w, const struct axp_graph *graph, const float *x, uint32_t n,
		  uint64_t elems, enum axp_backend backend, uint32_t threads,
		  struct axp_diag *diag)
{
	AXP_OPTS(struct axp_session_opts, opts);
	size_t bytes;
	int err;

	memset(w, 0, sizeof(*w));
	w->graph = graph;
	w->x = x;
	w->n = n;
	w->elems = elems;
	opts.backend = backend;
	opts.threads = threads;
	opts.max_batch = CHUNK < n ? CHUNK : n;
	/* prices do not matter here; the custom preset is known to the device alone */
	opts.preset = AXP_PRESET_S28;
	opts.cam_class = AXP_CAM_SILICON28;
	err = axp_session_open(&w->session, graph, &opts, diag);
	if (err)
		return err;
	w->chunk = axp_session_at_once(w->session);
	w->nr_chunks = (n + w->chunk - 1) / w->chunk;
	bytes = axp_session_state_bytes(w->session);
	w->state = calloc(w->nr_chunks, sizeof(*w->state));
	for (uint32_t i = 0; w->state && i < w->nr_chunks; i++) {
		w->state[i] = malloc(bytes);
		if (!w->state[i])
			return axp_fail(diag, -ENOMEM, "no memory for %u samples on their way", n);
	}
	if (!w->state)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (uint32_t i = 0; !err && i < w->nr_chunks; i++) {
		err = axp_session_walk(w->session, x + (uint64_t)i * w->chunk * elems,
				       axp_walk_chunk(w, i), 0, 0, NULL, diag);
		axp_session_save(w->session, w->state[i]);
	}
	return err;
}

void axp_walk_close(struct axp_walk *w)
{
	for (uint32_t i = 0; w->state && i < w->nr_chunks; i++)
		free(w->state[i]);
	free(w->state);
	axp_session_close(w->session);
	memset(w, 0, sizeof(*w));
}

uint32_t axp_walk_chunk(const struct axp_walk *w, uint32_t i)
{
	uint32_t left = w->n - i * w->chunk;

	return left < w->chunk ? left : w->chunk;
}

const float *axp_walk_input(const struct axp_walk *w, uint32_t i)
{
	return axp_session_layer_input(w->session, w->at, w->state[i]);
}

int axp_walk_step(struct axp_walk *w, bool stay, struct axp_diag *diag)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < w->nr_chunks; i++) {
		axp_session_load(w->session, w->state[i]);
		err = axp_session_walk(w->session, NULL, axp_walk_chunk(w, i), w->at, w->at + 1,
				       NULL, diag);
		if (!stay)
			axp_session_save(w->session, w->state[i]);
	}
	if (!err && !stay)
		w->at++;
	return err;
}

int axp_walk_end(struct axp_walk *w, float *y, struct axp_diag *diag)
{
	uint64_t elems = axp_graph_output_elems(w->graph);
	int err = 0;

	for (uint32_t i = 0; !err && i < w->nr_chunks; i++) {
		axp_session_load(w->session, w->state[i]);
		err = axp_session_walk(w->session, NULL, axp_walk_chunk(w, i), w->at,
				       w->graph->nr_layers, y + (uint64_t)i * w->chunk * elems,
				       diag);
	}
	return err;
}
