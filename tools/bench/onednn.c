// SPDX-License-Identifier: BSD-2-Clause
/*
 * oneDNN FP32: a layer in the format it likes best.
 */
#include <omp.h>

#include "bench.h"

static dnnl_engine_t cpu;
static dnnl_stream_t stream;

static void dnnl(dnnl_status_t status)
{
	if (status != dnnl_success)
		fail("oneDNN status", status);
}

static dnnl_memory_t new_memory(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
	dnnl_memory_t m;
	float *p;
	size_t i;

	dnnl(dnnl_memory_create(&m, md, cpu, DNNL_MEMORY_ALLOCATE));
	dnnl(dnnl_memory_get_data_handle(m, (void **)&p));
	for (i = 0; i < dnnl_memory_desc_get_size(md) / sizeof(float); i++)
		p[i] = (float)uniform();
	return m;
}

static void any_format(dnnl_memory_desc_t *md, int dims, const dnnl_dims_t d)
{
	dnnl(dnnl_memory_desc_init_by_tag(md, dims, d, dnnl_f32, dnnl_format_tag_any));
}

void onednn_make(struct onednn *d, const struct axp_conv2d *c, const struct axp_nest *n)
{
	dnnl_memory_desc_t src, wgt, dst;
	dnnl_primitive_desc_t pd;

	if (c->h == 1) {
		dnnl_inner_product_desc_t desc;

		any_format(&src, 2, (dnnl_dims_t){ c->n, c->c });
		any_format(&wgt, 2, (dnnl_dims_t){ c->oc, c->c });
		any_format(&dst, 2, (dnnl_dims_t){ c->n, c->oc });
		dnnl(dnnl_inner_product_forward_desc_init(&desc, dnnl_forward_inference, &src,
							  &wgt, NULL, &dst));
		dnnl(dnnl_primitive_desc_create(&pd, &desc, NULL, cpu, NULL));
	} else {
		dnnl_convolution_desc_t desc;

		any_format(&src, 4, (dnnl_dims_t){ c->n, c->c, c->h, c->w });
		any_format(&dst, 4, (dnnl_dims_t){ c->n, c->oc, n->oh, n->ow });
		if (c->groups > 1)
			any_format(&wgt, 5, (dnnl_dims_t){ c->groups, c->oc / c->groups,
							   c->c / c->groups, c->kh, c->kw });
		else
			any_format(&wgt, 4, (dnnl_dims_t){ c->oc, c->c, c->kh, c->kw });
		dnnl(dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference,
			dnnl_convolution_auto, &src, &wgt, NULL, &dst,
			(dnnl_dims_t){ c->stride_h, c->stride_w },
			(dnnl_dims_t){ c->pad_top, c->pad_left },
			(dnnl_dims_t){ c->pad_bottom, c->pad_right }));
		dnnl(dnnl_primitive_desc_create(&pd, &desc, NULL, cpu, NULL));
	}
	dnnl(dnnl_primitive_create(&d->primitive, pd));
	d->args[0] = (dnnl_exec_arg_t){ DNNL_ARG_SRC, new_memory(pd, dnnl_query_src_md) };
	d->args[1] = (dnnl_exec_arg_t){ DNNL_ARG_WEIGHTS, new_memory(pd, dnnl_query_weights_md) };
	d->args[2] = (dnnl_exec_arg_t){ DNNL_ARG_DST, new_memory(pd, dnnl_query_dst_md) };
	dnnl(dnnl_primitive_desc_destroy(pd));
}

void onednn_free(struct onednn *d)
{
	int i;

	for (i = 0; i < 3; i++)
		dnnl(dnnl_memory_destroy(d->args[i].memory));
	dnnl(dnnl_primitive_destroy(d->primitive));
}

void onednn_start(bool avx2)
{
	/* the environment was read before main() */
	omp_set_num_threads(1);
	if (avx2)
		dnnl(dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2));
	dnnl(dnnl_engine_create(&cpu, dnnl_cpu, 0));
	dnnl(dnnl_stream_create(&stream, cpu, dnnl_stream_default_flags));
}

void onednn_stop(void)
{
	dnnl(dnnl_stream_destroy(stream));
	dnnl(dnnl_engine_destroy(cpu));
}

void onednn_run(struct onednn *d)
{
	dnnl(dnnl_primitive_execute(d->primitive, stream, 3, d->args));
}

void onednn_wait(void)
{
	dnnl(dnnl_stream_wait(stream));
}
