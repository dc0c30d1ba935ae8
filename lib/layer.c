// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "fold.h"
#include "layer.h"

struct axp_assoc *axp_assoc_new(uint64_t nr_weights, uint32_t nr_rows)
{
	struct axp_assoc *assoc = calloc(1, sizeof(*assoc));

	if (!assoc)
		return NULL;
	assoc->nr_rows = nr_rows;
	assoc->index = calloc(nr_weights ? nr_weights : 1, 1);
	assoc->rows = calloc(nr_rows ? nr_rows : 1, sizeof(*assoc->rows));
	if (!assoc->index || !assoc->rows) {
		axp_assoc_free(assoc);
		return NULL;
	}
	return assoc;
}

void axp_assoc_free(struct axp_assoc *assoc)
{
	if (!assoc)
		return;
	free(assoc->index);
	free(assoc->rows);
	free(assoc);
}

void axp_layer_job(const struct axp_layer *layer, const struct axp_layer_shape *shape,
		   struct axp_job *job)
{
	memset(job, 0, sizeof(*job));
	job->flags = layer->assoc ? layer->assoc->job_flags : 0;
	if (!layer->is_conv) {
		job->op = AXP_OP_GEMM;
		job->gemm.m = shape->n;
		job->gemm.n = layer->oc;
		job->gemm.k = layer->cg;
		job->gemm.flags = AXP_GEMM_T_WGT;
		return;
	}
	job->op = AXP_OP_CONV2D;
	job->conv2d.n = shape->n;
	job->conv2d.c = shape->c;
	job->conv2d.h = shape->h;
	job->conv2d.w = shape->w;
	job->conv2d.oc = layer->oc;
	job->conv2d.kh = layer->kh;
	job->conv2d.kw = layer->kw;
	job->conv2d.groups = layer->groups;
	job->conv2d.stride_h = layer->stride_h;
	job->conv2d.stride_w = layer->stride_w;
	job->conv2d.dil_h = layer->dil_h;
	job->conv2d.dil_w = layer->dil_w;
	job->conv2d.pad_top = layer->pad_top;
	job->conv2d.pad_bottom = layer->pad_bottom;
	job->conv2d.pad_left = layer->pad_left;
	job->conv2d.pad_right = layer->pad_right;
}

int axp_layer_check_finite(const struct axp_layer *layer, struct axp_diag *diag)
{
	uint64_t i;

	for (i = 0; i < layer->nr_weights; i++)
		if (!isfinite(layer->weights[i]))
			return axp_fail(diag, -EINVAL, "weight %llu is %g, not a finite number",
					(unsigned long long)i, (double)layer->weights[i]);
	for (i = 0; i < layer->oc; i++)
		if (!isfinite(layer->bias[i]))
			return axp_fail(diag, -EINVAL, "bias %llu is %g, not a finite number",
					(unsigned long long)i, (double)layer->bias[i]);
	return 0;
}
