// SPDX-License-Identifier: BSD-2-Clause
/*
 * FP32 backend: oneDNN. One sample (row) is one primitive execution on one
 * thread, so that a result depends neither on the samples that share its batch
 * nor on the number of threads; these run different samples. Weights are brought
 * to oneDNN's order once, when a layer is prepared; those of large matrix products
 * are used as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <dnnl.h>
#include <omp.h>

#include "backend.h"
#include "diag.h"
#include "nest.h"
#include "pool.h"
#include "team.h"

/*
 * A matrix of this many weights is read from memory for every sample, which takes as
 * long in any order: it is not copied.
 */
#define LARGE_MATRIX	(UINT64_C(4) << 20)

/**
 * struct fp32 - state of the backend
 * @engine: the processor
 * @threads: that run samples
 * @team: these
 * @streams: one each
 */
struct fp32 {
	dnnl_engine_t engine;
	uint32_t threads;
	struct axp_team *team;
	dnnl_stream_t *streams;
};

/**
 * struct hand - what one thread needs to run a layer
 * @compute: convolution or inner product; its working memory is its own
 * @src_in: from the caller's order to @compute's, NULL: the same
 * @dst_out: the way back, NULL: the same
 * @user_src: the caller's memory of one sample
 * @user_dst: likewise
 * @src: @compute's; @user_src, or its own
 * @dst: likewise
 * @status: of its last run
 */
struct hand {
	dnnl_primitive_t compute, src_in, dst_out;
	dnnl_memory_t user_src, user_dst, src, dst;
	dnnl_status_t status;
};

/**
 * struct axp_backend_job - a prepared layer
 * @layer: borrowed
 * @in_elems: of one sample
 * @out_elems: of one sample
 * @macs: of one sample
 * @max: samples it was prepared for
 * @weights: in the order that is computed with
 * @bias: of the layer
 * @nr_hands: threads that may be used: not more than samples
 * @hands: one each
 */
struct axp_backend_job {
	const struct axp_layer *layer;
	uint64_t in_elems, out_elems, macs;
	uint32_t max;
	dnnl_memory_t weights, bias;
	uint32_t nr_hands;
	struct hand hands[];
};

/* oneDNN asks OpenMP, whose setting belongs to the thread: borrowed, put back */
static int borrow_openmp(void)
{
	int before = omp_get_max_threads();

	omp_set_num_threads(1);
	return before;
}

static void put_back_openmp(int before)
{
	omp_set_num_threads(before);
}

static int failed(struct axp_diag *diag, dnnl_status_t status)
{
	static const struct {
		dnnl_status_t status;
		int err;
		const char *text;
	} table[] = {
		{ dnnl_out_of_memory, -ENOMEM, "no memory" },
		{ dnnl_invalid_arguments, -EINVAL, "invalid arguments" },
		{ dnnl_unimplemented, -EOPNOTSUPP, "not implemented" },
		{ dnnl_runtime_error, -EIO, "runtime error" },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return axp_fail(diag, table[i].err, "oneDNN: %s", table[i].text);
	return axp_fail(diag, -EIO, "oneDNN: status %d", (int)status);
}

static void fp32_close(void *be)
{
	struct fp32 *b = be;
	uint32_t i;

	if (!b)
		return;
	axp_team_close(b->team);
	for (i = 0; b->streams && i < b->threads; i++)
		if (b->streams[i])
			dnnl_stream_destroy(b->streams[i]);
	free(b->streams);
	if (b->engine)
		dnnl_engine_destroy(b->engine);
	free(b);
}

static int fp32_open(void **out, const struct axp_session_opts *opts, struct axp_diag *diag)
{
	dnnl_status_t st;
	struct fp32 *b;
	uint32_t i;
	int err;

	*out = NULL;
	if (opts->threads > AXP_POOL_MAX_THREADS)
		return axp_fail(diag, -EINVAL, "fp32 backend: %u threads, the limit is %u",
				opts->threads, AXP_POOL_MAX_THREADS);
	b = calloc(1, sizeof(*b));
	if (!b)
		return axp_fail(diag, -ENOMEM, "no memory");
	b->threads = opts->threads ? opts->threads : 1;
	b->streams = calloc(b->threads, sizeof(dnnl_stream_t));
	err = b->streams ? axp_team_open(&b->team, b->threads) : -ENOMEM;
	if (err) {
		axp_fail(diag, err, "fp32 backend: cannot start %u threads: %s", b->threads,
			 strerror(-err));
		goto fail;
	}
	st = dnnl_engine_create(&b->engine, dnnl_cpu, 0);
	for (i = 0; i < b->threads && !st; i++)
		st = dnnl_stream_create(&b->streams[i], b->engine, dnnl_stream_default_flags);
	if (st) {
		err = failed(diag, st);
		goto fail;
	}
	*out = b;
	return 0;
fail:
	fp32_close(b);
	return err;
}

static const char *fp32_engine(void *be)
{
	(void)be;
	return "oneDNN";
}

/* --------------------------------------------------------------- preparing */

static dnnl_status_t plain_desc(dnnl_memory_desc_t *md, int ndims, const int64_t *dims)
{
	dnnl_dims_t strides;
	int64_t at = 1;
	int i;

	for (i = ndims; i-- > 0; at *= dims[i])
		strides[i] = at;
	return dnnl_memory_desc_init_by_strides(md, ndims, dims, dnnl_f32, strides);
}

static dnnl_status_t any_desc(dnnl_memory_desc_t *md, int ndims, const int64_t *dims)
{
	return dnnl_memory_desc_init_by_tag(md, ndims, dims, dnnl_f32, dnnl_format_tag_any);
}

/**
 * struct shapes - dimensions of one sample, as oneDNN wants them
 * @src: N = 1, C, H, W
 * @wgt: [G,] OC, C, KH, KW
 * @dst: N = 1, OC, OH, OW
 * @bias: OC
 * @nr: dimensions of src and dst
 * @nr_wgt: dimensions of wgt
 */
struct shapes {
	dnnl_dims_t src, wgt, dst, bias;
	int nr, nr_wgt;
};

static void shapes_of(struct shapes *s, const struct axp_layer *l,
		      const struct axp_layer_shape *shape)
{
	memset(s, 0, sizeof(*s));
	s->bias[0] = l->oc;
	s->src[0] = 1;
	s->dst[0] = 1;
	s->src[1] = shape->c;
	s->dst[1] = l->oc;
	if (!l->is_conv) {
		s->nr = 2;
		s->nr_wgt = 2;
		s->wgt[0] = l->oc;
		s->wgt[1] = l->cg;
		return;
	}
	s->nr = 4;
	s->src[2] = shape->h;
	s->src[3] = shape->w;
	s->dst[2] = shape->oh;
	s->dst[3] = shape->ow;
	if (l->groups > 1) {
		s->nr_wgt = 5;
		s->wgt[0] = l->groups;
		s->wgt[1] = l->oc / l->groups;
		s->wgt[2] = l->cg;
		s->wgt[3] = l->kh;
		s->wgt[4] = l->kw;
		return;
	}
	s->nr_wgt = 4;
	s->wgt[0] = l->oc;
	s->wgt[1] = l->cg;
	s->wgt[2] = l->kh;
	s->wgt[3] = l->kw;
}

static dnnl_status_t make_compute(const struct fp32 *b, const struct axp_layer *l,
				  const struct shapes *s, dnnl_primitive_desc_t *pd)
{
	dnnl_memory_desc_t src, wgt, dst, bias;
	dnnl_convolution_desc_t conv;
	dnnl_inner_product_desc_t ip;
	dnnl_status_t st;

	st = any_desc(&src, s->nr, s->src);
	if (!st && !l->is_conv && l->nr_weights >= LARGE_MATRIX)
		st = plain_desc(&wgt, s->nr_wgt, s->wgt);
	else if (!st)
		st = any_desc(&wgt, s->nr_wgt, s->wgt);
	if (!st)
		st = any_desc(&dst, s->nr, s->dst);
	if (!st)
		st = plain_desc(&bias, 1, s->bias);
	if (st)
		return st;
	if (l->is_conv) {
		const dnnl_dims_t strides = { l->stride_h, l->stride_w };
		const dnnl_dims_t dilates = { l->dil_h - 1, l->dil_w - 1 };
		const dnnl_dims_t before = { l->pad_top, l->pad_left };
		/* what a window at the end really needs: the rest is never read */
		const dnnl_dims_t after = {
			(s->dst[2] - 1) * l->stride_h + (int64_t)(l->kh - 1) * l->dil_h + 1 -
				s->src[2] - l->pad_top,
			(s->dst[3] - 1) * l->stride_w + (int64_t)(l->kw - 1) * l->dil_w + 1 -
				s->src[3] - l->pad_left,
		};

		st = dnnl_dilated_convolution_forward_desc_init(&conv, dnnl_forward_inference,
				dnnl_convolution_direct, &src, &wgt, &bias, &dst, strides,
				dilates, before, after);
		if (st)
			return st;
		return dnnl_primitive_desc_create(pd, &conv, NULL, b->engine, NULL);
	}
	st = dnnl_inner_product_forward_desc_init(&ip, dnnl_forward_inference, &src, &wgt, &bias,
						  &dst);
	if (st)
		return st;
	return dnnl_primitive_desc_create(pd, &ip, NULL, b->engine, NULL);
}

static dnnl_status_t make_reorder(const struct fp32 *b, const dnnl_memory_desc_t *from,
				  const dnnl_memory_desc_t *to, dnnl_primitive_t *out)
{
	dnnl_primitive_desc_t pd;
	dnnl_status_t st;

	st = dnnl_reorder_primitive_desc_create(&pd, from, b->engine, to, b->engine, NULL);
	if (st)
		return st;
	st = dnnl_primitive_create(out, pd);
	dnnl_primitive_desc_destroy(pd);
	return st;
}

/* memory of a tensor of @compute: the user's when the order is the same */
static dnnl_status_t make_side(const struct fp32 *b, const dnnl_memory_desc_t *plain,
			       const dnnl_memory_desc_t *wanted, dnnl_memory_t user,
			       bool in, dnnl_memory_t *mem, dnnl_primitive_t *reorder)
{
	dnnl_status_t st;

	if (dnnl_memory_desc_equal(plain, wanted)) {
		*mem = user;
		return dnnl_success;
	}
	st = dnnl_memory_create(mem, wanted, b->engine, DNNL_MEMORY_ALLOCATE);
	if (st)
		return st;
	return in ? make_reorder(b, plain, wanted, reorder) :
		    make_reorder(b, wanted, plain, reorder);
}

static dnnl_status_t move(dnnl_stream_t stream, dnnl_primitive_t reorder, dnnl_memory_t from,
			  dnnl_memory_t to)
{
	const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

	return dnnl_primitive_execute(reorder, stream, 2, args);
}

static dnnl_status_t make_weights(const struct fp32 *b, struct axp_backend_job *job,
				  const struct shapes *s, const dnnl_memory_desc_t *wanted)
{
	dnnl_primitive_t reorder = NULL;
	dnnl_memory_desc_t plain;
	dnnl_memory_t user = NULL;
	dnnl_status_t st;

	st = plain_desc(&plain, s->nr_wgt, s->wgt);
	if (!st)
		st = dnnl_memory_create(&user, &plain, b->engine, job->layer->weights);
	if (!st && job->layer->nr_weights >= LARGE_MATRIX && dnnl_memory_desc_equal(&plain, wanted)) {
		job->weights = user;
		return dnnl_success;
	}
	if (!st)
		st = dnnl_memory_create(&job->weights, wanted, b->engine, DNNL_MEMORY_ALLOCATE);
	if (!st)
		st = make_reorder(b, &plain, wanted, &reorder);
	if (!st)
		st = move(b->streams[0], reorder, user, job->weights);
	if (!st)
		st = dnnl_stream_wait(b->streams[0]);
	if (reorder)
		dnnl_primitive_destroy(reorder);
	if (user)
		dnnl_memory_destroy(user);
	return st;
}

static dnnl_status_t make_hand(const struct fp32 *b, struct hand *hand, const struct shapes *s,
			       dnnl_primitive_desc_t pd)
{
	dnnl_memory_desc_t src, dst;
	dnnl_status_t st;

	st = dnnl_primitive_create(&hand->compute, pd);
	if (!st)
		st = plain_desc(&src, s->nr, s->src);
	if (!st)
		st = plain_desc(&dst, s->nr, s->dst);
	if (!st)
		st = dnnl_memory_create(&hand->user_src, &src, b->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = dnnl_memory_create(&hand->user_dst, &dst, b->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = make_side(b, &src, dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0),
			       hand->user_src, true, &hand->src, &hand->src_in);
	if (!st)
		st = make_side(b, &dst, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
			       hand->user_dst, false, &hand->dst, &hand->dst_out);
	return st;
}

static void drop_hand(struct hand *hand)
{
	if (hand->src != hand->user_src && hand->src)
		dnnl_memory_destroy(hand->src);
	if (hand->dst != hand->user_dst && hand->dst)
		dnnl_memory_destroy(hand->dst);
	if (hand->user_src)
		dnnl_memory_destroy(hand->user_src);
	if (hand->user_dst)
		dnnl_memory_destroy(hand->user_dst);
	if (hand->compute)
		dnnl_primitive_destroy(hand->compute);
	if (hand->src_in)
		dnnl_primitive_destroy(hand->src_in);
	if (hand->dst_out)
		dnnl_primitive_destroy(hand->dst_out);
}

static dnnl_status_t make_all(const struct fp32 *b, struct axp_backend_job *job,
			      const struct shapes *s)
{
	dnnl_primitive_desc_t pd;
	dnnl_memory_desc_t bias;
	dnnl_status_t st;
	uint32_t i;

	st = make_compute(b, job->layer, s, &pd);
	if (st)
		return st;
	st = plain_desc(&bias, 1, s->bias);
	if (!st)
		st = dnnl_memory_create(&job->bias, &bias, b->engine, job->layer->bias);
	if (!st)
		st = make_weights(b, job, s,
				  dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0));
	for (i = 0; i < job->nr_hands && !st; i++)
		st = make_hand(b, &job->hands[i], s, pd);
	dnnl_primitive_desc_destroy(pd);
	return st;
}

static void fp32_release(void *be, struct axp_backend_job *job)
{
	uint32_t i;

	(void)be;
	if (!job)
		return;
	for (i = 0; i < job->nr_hands; i++)
		drop_hand(&job->hands[i]);
	if (job->weights)
		dnnl_memory_destroy(job->weights);
	if (job->bias)
		dnnl_memory_destroy(job->bias);
	free(job);
}

static int fp32_prepare(void *be, const struct axp_layer *layer,
			const struct axp_layer_shape *shape, struct axp_backend_job **out,
			struct axp_stats *program, struct axp_diag *diag)
{
	struct axp_layer_shape one = *shape;
	struct axp_backend_job *job;
	const struct fp32 *b = be;
	struct axp_job nest_job;
	struct axp_nest nest;
	struct shapes s;
	dnnl_status_t st;
	uint32_t hands;
	int err, openmp;

	(void)program;
	*out = NULL;
	one.n = 1;
	axp_layer_job(layer, &one, &nest_job);
	err = axp_nest_from_job(&nest, &nest_job, UINT64_MAX, NULL);
	if (err)
		return axp_fail(diag, err, "layer %s: its shape is refused", layer->name);
	hands = b->threads < shape->n ? b->threads : shape->n;
	job = calloc(1, sizeof(*job) + hands * sizeof(job->hands[0]));
	if (!job)
		return axp_fail(diag, -ENOMEM, "no memory");
	job->layer = layer;
	job->in_elems = axp_layer_in_elems(shape);
	job->out_elems = axp_layer_out_elems(layer, shape);
	job->macs = nest.macs;
	job->max = shape->n;
	job->nr_hands = hands;
	shapes_of(&s, layer, shape);
	openmp = borrow_openmp();
	st = make_all(b, job, &s);
	put_back_openmp(openmp);
	if (st) {
		err = failed(diag, st);
		fp32_release(be, job);
		return axp_fail_in(diag, err, "layer %s", layer->name);
	}
	*out = job;
	return 0;
}

/* ----------------------------------------------------------------- running */

static dnnl_status_t run_one(dnnl_stream_t stream, const struct axp_backend_job *job,
			     const struct hand *hand, const float *in, float *out)
{
	const dnnl_exec_arg_t args[] = {
		{ DNNL_ARG_SRC, hand->src }, { DNNL_ARG_WEIGHTS, job->weights },
		{ DNNL_ARG_BIAS, job->bias }, { DNNL_ARG_DST, hand->dst },
	};
	dnnl_status_t st;

	st = dnnl_memory_set_data_handle(hand->user_src, (void *)(uintptr_t)in);
	if (!st)
		st = dnnl_memory_set_data_handle(hand->user_dst, out);
	if (!st && hand->src_in)
		st = move(stream, hand->src_in, hand->user_src, hand->src);
	if (!st)
		st = dnnl_primitive_execute(hand->compute, stream, 4, args);
	if (!st && hand->dst_out)
		st = move(stream, hand->dst_out, hand->dst, hand->user_dst);
	return st ? st : dnnl_stream_wait(stream);
}

/**
 * struct round - one run of a layer, for all threads
 * @b: backend
 * @job: layer
 * @n: samples
 * @in: of the first
 * @out: of the first
 */
struct round {
	const struct fp32 *b;
	struct axp_backend_job *job;
	uint32_t n;
	const float *in;
	float *out;
};

/* every nr_hands'th sample */
static void run_some(void *user, uint32_t member)
{
	const struct round *r = user;
	struct axp_backend_job *job = r->job;
	dnnl_status_t st = dnnl_success;
	struct hand *hand;
	uint64_t i;
	int openmp;

	if (member >= job->nr_hands)
		return;
	hand = &job->hands[member];
	openmp = borrow_openmp();
	for (i = member; i < r->n && !st; i += job->nr_hands)
		st = run_one(r->b->streams[member], job, hand, r->in + i * job->in_elems,
			     r->out + i * job->out_elems);
	put_back_openmp(openmp);
	hand->status = st;
}

static int fp32_run(void *be, struct axp_backend_job *job, uint32_t n, const float *in,
		    float *out, struct axp_stats *stats, struct axp_diag *diag)
{
	struct round r = { .b = be, .job = job, .n = n, .in = in, .out = out };
	uint32_t i;

	if (n > job->max)
		return axp_fail(diag, -EINVAL, "layer %s: %u samples, prepared for %u",
				job->layer->name, n, job->max);
	if (n > 1)
		axp_team_run(r.b->team, run_some, &r);
	else
		run_some(&r, 0);
	for (i = 0; i < job->nr_hands && i < n; i++)
		if (job->hands[i].status)
			return axp_fail_in(diag, failed(diag, job->hands[i].status), "layer %s",
					   job->layer->name);
	stats->macs += job->macs * n;
	return 0;
}

const struct axp_backend_ops axp_backend_fp32 = {
	.name = "fp32",
	.open = fp32_open,
	.engine = fp32_engine,
	.prepare = fp32_prepare,
	.run = fp32_run,
	.release = fp32_release,
	.close = fp32_close,
};
