// SPDX-License-Identifier: BSD-2-Clause
/*
 * FP32 backend: oneDNN. One sample (row) is one primitive execution, so that a
 * result never depends on which other samples share its batch. Weights are
 * brought to oneDNN's order once, when a layer is prepared.
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

/**
 * struct fp32 - state of the backend
 * @engine: the processor
 * @stream: in order
 * @threads: of one primitive
 */
struct fp32 {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	int threads;
};

/* oneDNN asks OpenMP, whose setting belongs to the caller: borrowed, put back */
static int borrow_threads(const struct fp32 *b)
{
	int before = omp_get_max_threads();

	omp_set_num_threads(b->threads);
	return before;
}

static void put_back_threads(int before)
{
	omp_set_num_threads(before);
}

/**
 * struct axp_backend_job - a prepared layer
 * @layer: borrowed
 * @in_elems: of one sample
 * @out_elems: of one sample
 * @macs: of one sample
 * @max: samples it was prepared for
 * @compute: convolution or inner product
 * @src_in: from the caller's order to @compute's, NULL: the same
 * @dst_out: the way back, NULL: the same
 * @user_src: the caller's memory of one sample
 * @user_dst: likewise
 * @src: @compute's; @user_src, or its own
 * @dst: likewise
 * @weights: @compute's, reordered
 * @bias: of the layer
 */
struct axp_backend_job {
	const struct axp_layer *layer;
	uint64_t in_elems, out_elems, macs;
	uint32_t max;
	dnnl_primitive_t compute, src_in, dst_out;
	dnnl_memory_t user_src, user_dst, src, dst, weights, bias;
};

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

	if (!b)
		return;
	if (b->stream)
		dnnl_stream_destroy(b->stream);
	if (b->engine)
		dnnl_engine_destroy(b->engine);
	free(b);
}

static int fp32_open(void **out, const struct axp_session_opts *opts, struct axp_diag *diag)
{
	struct fp32 *b;
	dnnl_status_t st;

	*out = NULL;
	if (opts->threads > AXP_POOL_MAX_THREADS)
		return axp_fail(diag, -EINVAL, "fp32 backend: %u threads, the limit is %u",
				opts->threads, AXP_POOL_MAX_THREADS);
	b = calloc(1, sizeof(*b));
	if (!b)
		return axp_fail(diag, -ENOMEM, "no memory");
	b->threads = opts->threads ? (int)opts->threads : 1;
	st = dnnl_engine_create(&b->engine, dnnl_cpu, 0);
	if (!st)
		st = dnnl_stream_create(&b->stream, b->engine, dnnl_stream_default_flags);
	if (st) {
		fp32_close(b);
		return failed(diag, st);
	}
	*out = b;
	return 0;
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
	if (!st)
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

static dnnl_status_t move(const struct fp32 *b, dnnl_primitive_t reorder, dnnl_memory_t from,
			  dnnl_memory_t to)
{
	const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, from }, { DNNL_ARG_TO, to } };

	return dnnl_primitive_execute(reorder, b->stream, 2, args);
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
	if (!st)
		st = dnnl_memory_create(&job->weights, wanted, b->engine, DNNL_MEMORY_ALLOCATE);
	if (!st)
		st = make_reorder(b, &plain, wanted, &reorder);
	if (!st)
		st = move(b, reorder, user, job->weights);
	if (!st)
		st = dnnl_stream_wait(b->stream);
	if (reorder)
		dnnl_primitive_destroy(reorder);
	if (user)
		dnnl_memory_destroy(user);
	return st;
}

static dnnl_status_t make_memories(const struct fp32 *b, struct axp_backend_job *job,
				   const struct shapes *s, dnnl_primitive_desc_t pd)
{
	dnnl_memory_desc_t src, dst, bias;
	dnnl_status_t st;

	st = plain_desc(&src, s->nr, s->src);
	if (!st)
		st = plain_desc(&dst, s->nr, s->dst);
	if (!st)
		st = plain_desc(&bias, 1, s->bias);
	if (!st)
		st = dnnl_memory_create(&job->user_src, &src, b->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = dnnl_memory_create(&job->user_dst, &dst, b->engine, DNNL_MEMORY_NONE);
	if (!st)
		st = dnnl_memory_create(&job->bias, &bias, b->engine, job->layer->bias);
	if (!st)
		st = make_side(b, &src, dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0),
			       job->user_src, true, &job->src, &job->src_in);
	if (!st)
		st = make_side(b, &dst, dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
			       job->user_dst, false, &job->dst, &job->dst_out);
	if (!st)
		st = make_weights(b, job, s,
				  dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0));
	return st;
}

static void fp32_release(void *be, struct axp_backend_job *job)
{
	(void)be;
	if (!job)
		return;
	if (job->src != job->user_src && job->src)
		dnnl_memory_destroy(job->src);
	if (job->dst != job->user_dst && job->dst)
		dnnl_memory_destroy(job->dst);
	if (job->user_src)
		dnnl_memory_destroy(job->user_src);
	if (job->user_dst)
		dnnl_memory_destroy(job->user_dst);
	if (job->weights)
		dnnl_memory_destroy(job->weights);
	if (job->bias)
		dnnl_memory_destroy(job->bias);
	if (job->compute)
		dnnl_primitive_destroy(job->compute);
	if (job->src_in)
		dnnl_primitive_destroy(job->src_in);
	if (job->dst_out)
		dnnl_primitive_destroy(job->dst_out);
	free(job);
}

static int fp32_prepare(void *be, const struct axp_layer *layer,
			const struct axp_layer_shape *shape, struct axp_backend_job **out,
			struct axp_stats *program, struct axp_diag *diag)
{
	struct axp_layer_shape one = *shape;
	struct axp_backend_job *job;
	dnnl_primitive_desc_t pd;
	const struct fp32 *b = be;
	struct axp_job nest_job;
	struct axp_nest nest;
	struct shapes s;
	dnnl_status_t st;
	int err, threads;

	(void)program;
	*out = NULL;
	one.n = 1;
	axp_layer_job(layer, &one, &nest_job);
	err = axp_nest_from_job(&nest, &nest_job, UINT64_MAX, NULL);
	if (err)
		return axp_fail(diag, err, "layer %s: its shape is refused", layer->name);
	job = calloc(1, sizeof(*job));
	if (!job)
		return axp_fail(diag, -ENOMEM, "no memory");
	job->layer = layer;
	job->in_elems = axp_layer_in_elems(shape);
	job->out_elems = axp_layer_out_elems(layer, shape);
	job->macs = nest.macs;
	job->max = shape->n;
	shapes_of(&s, layer, shape);
	threads = borrow_threads(b);
	st = make_compute(b, layer, &s, &pd);
	if (!st) {
		st = dnnl_primitive_create(&job->compute, pd);
		if (!st)
			st = make_memories(b, job, &s, pd);
		dnnl_primitive_desc_destroy(pd);
	}
	put_back_threads(threads);
	if (st) {
		err = failed(diag, st);
		fp32_release(be, job);
		return axp_fail_in(diag, err, "layer %s", layer->name);
	}
	*out = job;
	return 0;
}

/* ----------------------------------------------------------------- running */

static dnnl_status_t run_one(const struct fp32 *b, struct axp_backend_job *job,
			     const float *in, float *out)
{
	const dnnl_exec_arg_t args[] = {
		{ DNNL_ARG_SRC, job->src }, { DNNL_ARG_WEIGHTS, job->weights },
		{ DNNL_ARG_BIAS, job->bias }, { DNNL_ARG_DST, job->dst },
	};
	dnnl_status_t st;

	st = dnnl_memory_set_data_handle(job->user_src, (void *)(uintptr_t)in);
	if (!st)
		st = dnnl_memory_set_data_handle(job->user_dst, out);
	if (!st && job->src_in)
		st = move(b, job->src_in, job->user_src, job->src);
	if (!st)
		st = dnnl_primitive_execute(job->compute, b->stream, 4, args);
	if (!st && job->dst_out)
		st = move(b, job->dst_out, job->dst, job->user_dst);
	return st ? st : dnnl_stream_wait(b->stream);
}

static int fp32_run(void *be, struct axp_backend_job *job, uint32_t n, const float *in,
		    float *out, struct axp_stats *stats, struct axp_diag *diag)
{
	const struct fp32 *b = be;
	dnnl_status_t st = dnnl_success;
	uint32_t i;
	int threads;

	if (n > job->max)
		return axp_fail(diag, -EINVAL, "layer %s: %u samples, prepared for %u",
				job->layer->name, n, job->max);
	threads = borrow_threads(b);
	for (i = 0; i < n && !st; i++)
		st = run_one(b, job, in + i * job->in_elems, out + i * job->out_elems);
	put_back_threads(threads);
	if (st)
		return axp_fail_in(diag, failed(diag, st), "layer %s", job->layer->name);
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
