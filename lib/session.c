// SPDX-License-Identifier: BSD-2-Clause
/*
 * Session: a graph made ready for a backend, and run. Memory is planned when it
 * is opened; a run allocates nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "backend.h"
#include "diag.h"
#include "host.h"
#include "opts.h"
#include "pool.h"

#define DEFAULT_BATCH	32u
#define MAX_BATCH	65536u

/**
 * struct step - a node, ready to run
 * @node: of the graph
 * @run: of a host operator
 * @shape: of a layer, for one sample
 * @layer: number of the layer
 * @job: of the backend
 */
struct step {
	const struct axp_node *node;
	struct axp_run run;
	struct axp_layer_shape shape;
	uint32_t layer;
	struct axp_backend_job *job;
};

/**
 * struct axp_session - see axp_session_open()
 * @graph: borrowed
 * @ops: of the backend
 * @be: its state
 * @opts: as given, defaults filled
 * @at_once: samples that run together: max_batch, or 1 when the graph mixes them
 * @arena: places of the values
 * @host: runs what is no layer
 * @memory: the block they lie in
 * @result: outputs of a run until all of it has succeeded
 * @steps: nodes in order, views left out
 * @nr_steps: of @steps
 * @stats: of each layer since open
 * @run_stats: of each layer in the run that is going on
 * @program: what programming the tables cost
 * @observe: see axp_session_observe()
 * @user: for @observe
 * @stop_after: see axp_session_stop_after()
 * @stop_before: see axp_session_stop_before()
 * @filter: see axp_session_filter()
 * @filter_user: for @filter
 */
struct axp_session {
	const struct axp_graph *graph;
	const struct axp_backend_ops *ops;
	void *be;
	struct axp_session_opts opts;
	uint32_t at_once;
	struct axp_arena arena;
	struct axp_host *host;
	char *memory;
	float *result;
	struct step *steps;
	uint32_t nr_steps;
	struct axp_stats *stats, *run_stats;
	struct axp_stats program;
	axp_observe_fn observe;
	void *user;
	int64_t stop_after;
	int64_t stop_before;
	axp_filter_fn filter;
	void *filter_user;
};

static void *place_of(const struct axp_session *s, uint32_t value)
{
	return s->memory + s->arena.offset[value];
}

/* ----------------------------------------------------------------- opening */

static int prepare_host(struct axp_session *s, struct step *step, struct axp_diag *diag)
{
	const struct axp_node *node = step->node;
	struct axp_run *run = &step->run;
	uint32_t i;

	if (axp_run_init(run, s->graph, node))
		return axp_fail(diag, -ENOMEM, "no memory");
	for (i = 0; i < node->nr_in; i++) {
		const struct axp_value *v;

		if (node->in[i] == AXP_NO_VALUE)
			continue;
		v = &s->graph->values[node->in[i]];
		run->in[i] = v->constant ? v->constant->data : place_of(s, node->in[i]);
	}
	for (i = 0; i < node->nr_out; i++)
		if (node->out[i] != AXP_NO_VALUE)
			run->out[i] = place_of(s, node->out[i]);
	return 0;
}

static int prepare_layer(struct axp_session *s, struct step *step, struct axp_diag *diag)
{
	struct axp_layer_shape most;
	int err;

	axp_node_layer_shape(s->graph, step->node, 1, &step->shape);
	most = step->shape;
	if (__builtin_mul_overflow(most.n, s->at_once, &most.n))
		return axp_fail(diag, -EOVERFLOW, "layer %s: batch of %u samples is too large",
				step->node->layer->name, s->at_once);
	err = s->ops->prepare(s->be, step->node->layer, &most, &step->job, &s->program, diag);
	if (err)
		return axp_fail(diag, err, "layer %s: cannot be prepared: %s",
				step->node->layer->name, strerror(-err));
	return 0;
}

static int prepare_steps(struct axp_session *s, struct axp_diag *diag)
{
	const struct axp_graph *g = s->graph;
	uint32_t i, layer = 0;
	int err = 0;

	s->steps = calloc(g->nr_nodes ? g->nr_nodes : 1, sizeof(*s->steps));
	if (!s->steps)
		return axp_fail(diag, -ENOMEM, "no memory");
	for (i = 0; i < g->nr_nodes && !err; i++) {
		struct step *step = &s->steps[s->nr_steps];

		if (axp_node_is_view(&g->nodes[i]))
			continue;
		step->node = &g->nodes[i];
		s->nr_steps++;
		if (step->node->layer) {
			step->layer = layer++;
			err = prepare_layer(s, step, diag);
		} else {
			err = prepare_host(s, step, diag);
		}
	}
	return err;
}

static int take_memory(struct axp_session *s, struct axp_diag *diag)
{
	uint32_t n = s->graph->nr_layers ? s->graph->nr_layers : 1;
	uint64_t elems;
	int err;

	err = axp_arena_plan(&s->arena, s->graph, s->at_once, diag);
	if (err)
		return err;
	/* oneDNN and the engines like whole cache lines */
	if (posix_memalign((void **)&s->memory, AXP_ARENA_ALIGN,
			   s->arena.bytes ? s->arena.bytes : AXP_ARENA_ALIGN)) {
		s->memory = NULL;
		return axp_fail(diag, -ENOMEM, "no memory: %llu bytes for values",
				(unsigned long long)s->arena.bytes);
	}
	if (!s->graph->tensors) {
		if (axp_mul_size(axp_graph_output_elems(s->graph), s->opts.max_batch, &elems))
			return axp_fail(diag, -EOVERFLOW, "outputs of %u samples",
					s->opts.max_batch);
		s->result = calloc(elems, sizeof(float));
		if (!s->result)
			return axp_fail(diag, -ENOMEM, "no memory");
	}
	s->stats = calloc(n, sizeof(*s->stats));
	s->run_stats = calloc(n, sizeof(*s->run_stats));
	if (!s->stats || !s->run_stats)
		return axp_fail(diag, -ENOMEM, "no memory");
	return 0;
}

/* faults are of tables */
static int check_faults(struct axp_session *s, struct axp_diag *diag)
{
	const struct axp_session_opts *o = &s->opts;
	struct axp_layer_info info;
	uint32_t i, tables = 0;

	if (!o->nr_faults)
		return 0;
	if (!o->faults)
		return axp_fail(diag, -EINVAL, "%u faults, but no list of them", o->nr_faults);
	if (!s->ops->fault_stats)
		return axp_fail(diag, -EOPNOTSUPP, "backend %s has no tables that could be faulty",
				s->ops->name);
	if (o->fault_layer > s->graph->nr_layers)
		return axp_fail(diag, -EINVAL, "faults of layer %u, the net has %u layers",
				o->fault_layer, s->graph->nr_layers);
	for (i = 0; i < s->graph->nr_layers; i++)
		if ((!o->fault_layer || o->fault_layer == i + 1) &&
		    !axp_graph_layer_info(s->graph, i, &info) && info.k)
			tables++;
	if (!tables)
		return axp_fail(diag, -EINVAL,
				"faults are of tables, and the net has none: compile it");
	return 0;
}

static int open_host(struct axp_session *s, struct axp_diag *diag)
{
	uint32_t threads = s->opts.threads ? s->opts.threads : 1;
	int err;

	threads = threads < s->at_once ? threads : s->at_once;
	threads = threads < AXP_POOL_MAX_THREADS ? threads : AXP_POOL_MAX_THREADS;
	err = axp_host_open(&s->host, s->graph, threads);
	return err ? axp_fail(diag, err, "cannot start %u threads: %s", threads,
			      strerror(-err)) : 0;
}

static int take_opts(struct axp_session *s, const struct axp_session_opts *opts,
		     struct axp_diag *diag)
{
	static const struct axp_backend_ops *const backends[] = {
		[AXP_BACKEND_FP32] = &axp_backend_fp32,
		[AXP_BACKEND_SOFT] = &axp_backend_soft,
		[AXP_BACKEND_DEVICE] = &axp_backend_device,
	};
	int err;

	err = axp_opts_copy(&s->opts, sizeof(s->opts), opts, "axp_session_opts", diag);
	if (err)
		return err;
	if (!opts)
		s->opts.backend = AXP_BACKEND_SOFT;
	if ((unsigned int)s->opts.backend > AXP_BACKEND_DEVICE)
		return axp_fail(diag, -EINVAL, "backend is %d, 0 to %d are known",
				(int)s->opts.backend, AXP_BACKEND_DEVICE);
	s->ops = backends[s->opts.backend];
	if (!s->opts.max_batch)
		s->opts.max_batch = DEFAULT_BATCH;
	if (s->opts.max_batch > MAX_BATCH)
		return axp_fail(diag, -E2BIG, "max_batch is %u, the limit is %u",
				s->opts.max_batch, MAX_BATCH);
	s->at_once = s->graph->batched && !s->graph->tensors ? s->opts.max_batch : 1;
	return check_faults(s, diag);
}

int axp_session_open(struct axp_session **out, const struct axp_graph *graph,
		     const struct axp_session_opts *opts, struct axp_diag *diag)
{
	struct axp_session *s;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = '\0';
	s = calloc(1, sizeof(*s));
	if (!s)
		return axp_fail(diag, -ENOMEM, "no memory");
	s->graph = graph;
	s->stop_after = -1;
	s->stop_before = -1;
	err = take_opts(s, opts, diag);
	if (!err)
		err = take_memory(s, diag);
	if (!err)
		err = s->ops->open(&s->be, &s->opts, diag);
	if (!err)
		err = open_host(s, diag);
	if (!err)
		err = prepare_steps(s, diag);
	if (err) {
		axp_session_close(s);
		return axp_fail(diag, err, "session: %s", strerror(-err));
	}
	*out = s;
	return 0;
}

void axp_session_close(struct axp_session *session)
{
	uint32_t i;

	if (!session)
		return;
	for (i = 0; i < session->nr_steps; i++) {
		struct step *step = &session->steps[i];

		if (step->job)
			session->ops->release(session->be, step->job);
		axp_run_clear(&step->run);
	}
	if (session->be)
		session->ops->close(session->be);
	axp_host_close(session->host);
	axp_arena_clear(&session->arena);
	free(session->steps);
	free(session->memory);
	free(session->result);
	free(session->stats);
	free(session->run_stats);
	free(session);
}

/* ----------------------------------------------------------------- running */

static int run_host(const struct axp_session *s, struct step *step, uint32_t n,
		    struct axp_diag *diag)
{
	return axp_host_run(s->host, step->node, &step->run, n, diag);
}

static int run_layer(struct axp_session *s, struct step *step, uint32_t n,
		     struct axp_diag *diag)
{
	struct axp_layer_shape shape = step->shape;
	const float *in = place_of(s, step->node->in[0]);
	float *out = place_of(s, step->node->out[0]);
	int err;

	shape.n *= n;
	if (s->stop_before == step->layer) {
		if (s->observe)
			s->observe(s->user, step->layer, &shape, in, NULL);
		return 0;
	}
	if (s->filter) {
		in = s->filter(s->filter_user, step->layer, &shape, in);
		if (!in)
			return axp_fail(diag, -ENOMEM, "layer %s: no memory",
					step->node->layer->name);
	}
	err = s->ops->run(s->be, step->job, shape.n, in, out, &s->run_stats[step->layer], diag);
	if (err)
		return axp_fail(diag, err, "layer %s: %s", step->node->layer->name,
				strerror(-err));
	if (s->observe)
		s->observe(s->user, step->layer, &shape, in, out);
	return 0;
}

static int run_steps(struct axp_session *s, uint32_t n, struct axp_diag *diag)
{
	uint32_t i;
	int err;

	for (i = 0; i < s->nr_steps; i++) {
		struct step *step = &s->steps[i];

		err = step->node->layer ? run_layer(s, step, n, diag) :
					  run_host(s, step, n, diag);
		if (err)
			return err;
		if (step->node->layer &&
		    (s->stop_after == step->layer || s->stop_before == step->layer))
			return 0;
	}
	return 0;
}

static int run_some(struct axp_session *s, const float *x, uint32_t n, float *y,
		    struct axp_diag *diag)
{
	uint32_t input = s->graph->inputs[0];
	const struct axp_shape *in = &s->graph->values[input].shape;
	uint64_t elems = axp_graph_output_elems(s->graph);
	int err;

	memcpy(place_of(s, input), x, axp_shape_span(in, 0, in->ndim) * n * sizeof(float));
	err = run_steps(s, n, diag);
	if (err)
		return err;
	memcpy(y, place_of(s, s->graph->outputs[0]), elems * n * sizeof(float));
	return 0;
}

static void add_run_stats(struct axp_session *s)
{
	uint32_t i;

	for (i = 0; i < s->graph->nr_layers; i++)
		axp_stats_add(&s->stats[i], &s->run_stats[i]);
}

int axp_session_run(struct axp_session *session, const float *x, uint32_t n, float *y,
		    struct axp_diag *diag)
{
	struct axp_session *s = session;
	const struct axp_shape *in;
	uint64_t in_elems, out_elems;
	uint32_t done, some;
	int err;

	if (diag)
		diag->text[0] = '\0';
	if (s->graph->tensors)
		return axp_fail(diag, -EINVAL,
				"the graph was read for tensors, not for batches of samples");
	in = &s->graph->values[s->graph->inputs[0]].shape;
	in_elems = axp_shape_span(in, 0, in->ndim);
	out_elems = axp_graph_output_elems(s->graph);
	if (!n || n > s->opts.max_batch)
		return axp_fail(diag, -EINVAL, "%u samples, 1 to %u can run at once", n,
				s->opts.max_batch);
	memset(s->run_stats, 0, s->graph->nr_layers * sizeof(*s->run_stats));
	for (done = 0; done < n; done += some) {
		some = n - done < s->at_once ? n - done : s->at_once;
		err = run_some(s, x + done * in_elems, some, s->result + done * out_elems, diag);
		if (err)
			return err;
	}
	add_run_stats(s);
	if (s->stop_after < 0 && s->stop_before < 0)
		memcpy(y, s->result, out_elems * n * sizeof(float));
	return 0;
}

int axp_session_run_layer(struct axp_session *session, uint32_t layer, const float *in,
			  uint32_t n, float *out, struct axp_diag *diag)
{
	struct axp_session *s = session;
	struct axp_stats stats = { 0 };
	const struct step *step = NULL;
	uint64_t in_elems, out_elems;
	uint32_t done, some;
	float *result;
	int err = 0;

	if (diag)
		diag->text[0] = '\0';
	if (layer >= s->graph->nr_layers)
		return axp_fail(diag, -EINVAL, "layer %u, but there are %u", layer,
				s->graph->nr_layers);
	if (!n || n > s->opts.max_batch)
		return axp_fail(diag, -EINVAL, "%u samples, 1 to %u can run at once", n,
				s->opts.max_batch);
	for (uint32_t i = 0; i < s->nr_steps; i++)
		if (s->steps[i].node->layer && s->steps[i].layer == layer)
			step = &s->steps[i];
	in_elems = step->shape.n * axp_layer_in_elems(&step->shape);
	out_elems = step->shape.n * axp_layer_out_elems(step->node->layer, &step->shape);
	result = calloc(n, out_elems * sizeof(*result));
	if (!result)
		return axp_fail(diag, -ENOMEM, "no memory for %u samples of layer %s", n,
				step->node->layer->name);
	for (done = 0; !err && done < n; done += some) {
		some = n - done < s->at_once ? n - done : s->at_once;
		err = s->ops->run(s->be, step->job, step->shape.n * some, in + done * in_elems,
				  result + done * out_elems, &stats, diag);
	}
	if (err) {
		err = axp_fail(diag, err, "layer %s: %s", step->node->layer->name,
			       strerror(-err));
	} else {
		axp_stats_add(&s->stats[layer], &stats);
		memcpy(out, result, n * out_elems * sizeof(*out));
	}
	free(result);
	return err;
}

/* ------------------------------------------------------------------ tensors */

static const struct axp_tensor *tensor_named(const struct axp_named_tensor *list, uint32_t nr,
					     const char *name)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i].name, name))
			return list[i].tensor;
	return NULL;
}

static int take_inputs(struct axp_session *s, const struct axp_named_tensor *list, uint32_t nr,
		       struct axp_diag *diag)
{
	const struct axp_graph *g = s->graph;
	char have[128], want[128];
	uint32_t i;

	for (i = 0; i < g->nr_inputs; i++) {
		const struct axp_value *v = &g->values[g->inputs[i]];
		const struct axp_tensor *t;

		if (v->frozen)
			continue;	/* the graph was made with it */
		t = tensor_named(list, nr, v->name);
		if (!t)
			return axp_fail(diag, -EINVAL, "input '%s' is not given", v->name);
		if (t->dtype != v->dtype || !axp_shape_equal(&t->shape, &v->shape))
			return axp_fail(diag, -EINVAL,
					"input '%s' is %s %s, the graph was read for %s %s",
					v->name, axp_dtype_name(t->dtype),
					axp_shape_text(&t->shape, have), axp_dtype_name(v->dtype),
					axp_shape_text(&v->shape, want));
		if (t->elems)
			memcpy(place_of(s, g->inputs[i]), t->data,
			       t->elems * axp_dtype_size(t->dtype));
	}
	return 0;
}

static int give_outputs(const struct axp_session *s, struct axp_tensor **out,
			struct axp_diag *diag)
{
	const struct axp_graph *g = s->graph;
	uint32_t i;
	int err;

	for (i = 0; i < g->nr_outputs; i++) {
		const struct axp_value *v = &g->values[g->outputs[i]];

		err = axp_tensor_new(&out[i], v->dtype, &v->shape);
		if (err) {
			while (i--) {
				axp_tensor_free(out[i]);
				out[i] = NULL;
			}
			return axp_fail(diag, err, "no memory for the outputs");
		}
		if (out[i]->elems)
			memcpy(out[i]->data,
			       v->constant ? v->constant->data : place_of(s, g->outputs[i]),
			       out[i]->elems * axp_dtype_size(v->dtype));
	}
	return 0;
}

int axp_session_run_tensors(struct axp_session *session, const struct axp_named_tensor *inputs,
			    uint32_t nr_inputs, struct axp_tensor **outputs,
			    struct axp_diag *diag)
{
	struct axp_session *s = session;
	int err;

	if (diag)
		diag->text[0] = '\0';
	memset(outputs, 0, s->graph->nr_outputs * sizeof(*outputs));
	if (!s->graph->tensors)
		return axp_fail(diag, -EINVAL,
				"the graph was read for batches of samples, not for tensors");
	memset(s->run_stats, 0, s->graph->nr_layers * sizeof(*s->run_stats));
	err = take_inputs(s, inputs, nr_inputs, diag);
	if (!err)
		err = run_steps(s, 1, diag);
	if (!err)
		err = give_outputs(s, outputs, diag);
	if (err)
		return err;
	add_run_stats(s);
	return 0;
}

void axp_session_memory(const struct axp_session *session, uint64_t *bytes, uint64_t *live)
{
	*bytes = session->arena.bytes;
	*live = session->arena.live;
}

int axp_session_layer_stats(const struct axp_session *session, uint32_t layer,
			    struct axp_stats *stats)
{
	if (layer >= session->graph->nr_layers)
		return -EINVAL;
	*stats = session->stats[layer];
	return 0;
}

void axp_session_stats(const struct axp_session *session, struct axp_stats *stats)
{
	uint32_t i;

	*stats = session->program;
	for (i = 0; i < session->graph->nr_layers; i++)
		axp_stats_add(stats, &session->stats[i]);
}

int axp_session_fault_stats(const struct axp_session *session, struct axp_fault_stats *stats,
			    struct axp_diag *diag)
{
	memset(stats, 0, sizeof(*stats));
	return session->ops->fault_stats ?
	       session->ops->fault_stats(session->be, stats, diag) : 0;
}

const char *axp_session_engine(const struct axp_session *session)
{
	return session->ops->engine(session->be);
}

void axp_session_observe(struct axp_session *session, axp_observe_fn observe, void *user)
{
	session->observe = observe;
	session->user = user;
}

void axp_session_stop_after(struct axp_session *session, int64_t layer)
{
	session->stop_after = layer;
}

const struct axp_graph *axp_session_graph(const struct axp_session *session)
{
	return session->graph;
}

uint32_t axp_session_max_batch(const struct axp_session *session)
{
	return session->opts.max_batch;
}

void axp_session_stop_before(struct axp_session *session, int64_t layer)
{
	session->stop_before = layer;
}

/* ----------------------------------------------------------- layer by layer */

void axp_session_filter(struct axp_session *session, axp_filter_fn filter, void *user)
{
	session->filter = filter;
	session->filter_user = user;
}

uint32_t axp_session_at_once(const struct axp_session *session)
{
	return session->at_once;
}

size_t axp_session_state_bytes(const struct axp_session *session)
{
	return session->arena.bytes;
}

void axp_session_save(const struct axp_session *session, void *state)
{
	memcpy(state, session->memory, session->arena.bytes);
}

void axp_session_load(struct axp_session *session, const void *state)
{
	memcpy(session->memory, state, session->arena.bytes);
}

const float *axp_session_layer_input(const struct axp_session *session, uint32_t layer,
				     const void *state)
{
	const struct axp_graph *g = session->graph;
	uint32_t in = g->nodes[g->layer_nodes[layer]].in[0];

	return (const float *)((const char *)state + session->arena.offset[in]);
}

static struct step *step_of(struct axp_session *s, uint32_t layer)
{
	uint32_t i = 0;

	while (!s->steps[i].node->layer || s->steps[i].layer != layer)
		i++;
	return &s->steps[i];
}

int axp_session_walk(struct axp_session *session, const float *x, uint32_t n, uint32_t from,
		     uint32_t to, float *y, struct axp_diag *diag)
{
	struct axp_session *s = session;
	struct step *step = s->steps, *end = s->steps + s->nr_steps;
	const struct axp_shape *in;
	int err;

	if (s->graph->tensors)
		return axp_fail(diag, -EINVAL,
				"the graph was read for tensors, not for batches of samples");
	in = &s->graph->values[s->graph->inputs[0]].shape;
	if (x)
		memcpy(place_of(s, s->graph->inputs[0]), x,
		       axp_shape_span(in, 0, in->ndim) * n * sizeof(float));
	else
		step = step_of(s, from);
	if (to < s->graph->nr_layers)
		end = step_of(s, to);
	for (; step < end; step++) {
		err = step->node->layer ? run_layer(s, step, n, diag) :
					  run_host(s, step, n, diag);
		if (err)
			return err;
	}
	if (y)
		memcpy(y, place_of(s, s->graph->outputs[0]),
		       axp_graph_output_elems(s->graph) * n * sizeof(float));
	return 0;
}

int axp_session_renew(struct axp_session *session, uint32_t layer, struct axp_diag *diag)
{
	struct step *step = step_of(session, layer);

	session->ops->release(session->be, step->job);
	step->job = NULL;
	return prepare_layer(session, step, diag);
}
