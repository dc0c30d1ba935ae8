/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backend: where layers run. Everything else of a graph runs on the host.
 */
#ifndef AXP_LIB_BACKEND_H
#define AXP_LIB_BACKEND_H

#include "layer.h"

struct axp_backend_job;

/**
 * struct axp_backend_ops - one backend
 * @name: "fp32", "soft", "device"
 * @open: @out is the backend's own state, given back as @be
 * @engine: name of what computes
 * @prepare: make @layer ready to run with @shape (shape->n is the largest batch);
 *	@program is added to: what programming its table cost
 * @run: @n samples from @in to @out, dense NCHW binary32; @stats is added to
 * @fault_stats: faults that all jobs met; NULL: the backend has no tables
 * @release: of a prepared job
 * @close: NULL is accepted
 */
struct axp_backend_ops {
	const char *name;
	int (*open)(void **out, const struct axp_session_opts *opts, struct axp_diag *diag);
	const char *(*engine)(void *be);
	int (*prepare)(void *be, const struct axp_layer *layer,
		       const struct axp_layer_shape *shape, struct axp_backend_job **job,
		       struct axp_stats *program, struct axp_diag *diag);
	int (*run)(void *be, struct axp_backend_job *job, uint32_t n, const float *in,
		   float *out, struct axp_stats *stats, struct axp_diag *diag);
	int (*fault_stats)(void *be, struct axp_fault_stats *stats, struct axp_diag *diag);
	void (*release)(void *be, struct axp_backend_job *job);
	void (*close)(void *be);
};

extern const struct axp_backend_ops axp_backend_fp32;	/* oneDNN */
extern const struct axp_backend_ops axp_backend_soft;	/* the engine, in process */
extern const struct axp_backend_ops axp_backend_device;	/* ioctls */

/* MACs of one job of the soft backend, the device's default */
#define AXP_SOFT_MAX_MACS	(1ull << 34)

/**
 * axp_backend_chunk() - samples that one job may take
 * @layer: what runs
 * @shape: of its largest run
 * @max_macs: limit of one job
 * @chunk: 1 to @shape->n
 * @diag: the layer, its MACs and the limit
 *
 * Both backends split large runs in the same way, so that energies, which are
 * rounded once a job, agree to the last femtojoule.
 * Return: 0; -ENOSPC when one sample is over the limit; errors of the shape.
 */
int axp_backend_chunk(const struct axp_layer *layer, const struct axp_layer_shape *shape,
		      uint64_t max_macs, uint32_t *chunk, struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * struct axp_backend_faults - struct axp_session_opts, as a backend keeps it
 * @list: @nr faults
 * @nr: number of faults
 * @layer: 0: all; N: layer N - 1
 * @seed: layer N - 1 has @seed + N
 * @nr_layers: prepared so far
 */
struct axp_backend_faults {
	const struct axp_fault *list;
	uint32_t nr;
	uint32_t layer;
	uint64_t seed;
	uint32_t nr_layers;
};

/* of axp_session_opts; the list is the session's */
void axp_backend_faults_init(struct axp_backend_faults *faults,
			     const struct axp_session_opts *opts);
/* is the next layer that is prepared faulty, and with which seed? Call it once a layer */
bool axp_backend_faults_next(struct axp_backend_faults *faults, uint64_t *seed);
/* elements of one sample */
uint64_t axp_layer_in_elems(const struct axp_layer_shape *shape);
uint64_t axp_layer_out_elems(const struct axp_layer *layer, const struct axp_layer_shape *shape);
/* every field of @more is added to @sum */
void axp_stats_add(struct axp_stats *sum, const struct axp_stats *more);
/* refuse with "layer NAME: what: why" */
int axp_backend_refuse(struct axp_diag *diag, int err, const struct axp_layer *layer,
		       const char *what, const struct axp_why *why);

/**
 * typedef axp_observe_fn - sees a layer run
 * @user: as given
 * @layer: number of the layer
 * @shape: of this run, n samples
 * @in: its input, n * c * h * w
 * @out: its output, n * oc * oh * ow
 */
typedef void (*axp_observe_fn)(void *user, uint32_t layer, const struct axp_layer_shape *shape,
			       const float *in, const float *out);

/* call @observe after each layer of axp_session_run(); NULL stops */
void axp_session_observe(struct axp_session *session, axp_observe_fn observe, void *user);
/* stop a run after @layer (outputs of the graph are then not written); -1: whole graph */
void axp_session_stop_after(struct axp_session *session, int64_t layer);
/* stop a run at @layer: it is observed with its input alone (out is NULL); -1: do not */
void axp_session_stop_before(struct axp_session *session, int64_t layer);

/**
 * typedef axp_filter_fn - stands between a value and the layer that reads it
 * @user: as given
 * @layer: number of the layer
 * @shape: of this run, n samples
 * @in: its input
 *
 * Return: what the layer is to read instead, or @in; NULL: no memory.
 */
typedef const float *(*axp_filter_fn)(void *user, uint32_t layer,
				      const struct axp_layer_shape *shape, const float *in);

/* call @filter before each layer; NULL stops */
void axp_session_filter(struct axp_session *session, axp_filter_fn filter, void *user);
/* samples that run together: what axp_session_walk() takes at most */
uint32_t axp_session_at_once(const struct axp_session *session);

/**
 * axp_session_walk() - run a part of the graph on samples that wait before a layer
 * @session: session
 * @x: @n inputs, to begin at the beginning; NULL: to begin with layer @from
 * @n: samples, at most axp_session_at_once()
 * @from: layer that the samples wait at
 * @to: layer to stop before; the number of layers: run to the end
 * @y: outputs of the graph, NULL unless it is run to the end
 * @diag: layer and reason
 *
 * Counters do not grow. Between two walks the samples are in the session's memory,
 * which axp_session_save() copies and axp_session_load() puts back.
 */
int axp_session_walk(struct axp_session *session, const float *x, uint32_t n, uint32_t from,
		     uint32_t to, float *y, struct axp_diag *diag) AXP_MUST_CHECK;
size_t axp_session_state_bytes(const struct axp_session *session);
void axp_session_save(const struct axp_session *session, void *state);
void axp_session_load(struct axp_session *session, const void *state);
/* where a saved state of samples that wait before @layer has its input */
const float *axp_session_layer_input(const struct axp_session *session, uint32_t layer,
				     const void *state);
/* prepare @layer anew: its weights, biases or table have changed */
int axp_session_renew(struct axp_session *session, uint32_t layer,
		      struct axp_diag *diag) AXP_MUST_CHECK;

/* what axp_session_open() was given, for axp_evaluate() */
const struct axp_graph *axp_session_graph(const struct axp_session *session);
/* samples per run, at least 1 */
uint32_t axp_session_max_batch(const struct axp_session *session);

#endif /* AXP_LIB_BACKEND_H */
