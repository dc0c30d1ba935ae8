/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Loop nest: the one shape that every operation is brought to.
 */
#ifndef AXP_ENGINE_NEST_H
#define AXP_ENGINE_NEST_H

#include "port.h"

/**
 * struct axp_nest - a grouped 2-D convolution with element strides
 * @n: batch
 * @g: groups
 * @cg: input channels of a group
 * @og: output channels of a group
 * @h: input height
 * @w: input width
 * @kh: kernel height
 * @kw: kernel width
 * @oh: output height
 * @ow: output width
 * @stride_h: vertical stride
 * @stride_w: horizontal stride
 * @dil_h: vertical dilation
 * @dil_w: horizontal dilation
 * @pad_top: rows of padding above
 * @pad_left: columns of padding at the left
 * @ci_before_kx: reduce (ky, ci, kx) instead of (ky, kx, ci)
 * @act_n: elements from one batch item to the next; likewise below
 * @act_g: group
 * @act_c: channel in a group
 * @act_h: row
 * @act_w: column
 * @wgt_g: group
 * @wgt_o: output channel
 * @wgt_c: input channel
 * @wgt_h: kernel row
 * @wgt_w: kernel column
 * @out_n: batch item
 * @out_g: group
 * @out_o: output channel in a group
 * @out_h: row
 * @out_w: column
 * @nr_bias: biases a job of this shape takes: @g * @og, dot: count, gemm: n
 * @act_elems: one past the last activation element addressed
 * @wgt_elems: one past the last weight addressed
 * @out_elems: one past the last output element addressed
 * @macs: multiply-accumulates, padding cells not counted
 *
 * Output (b, gi, o, y, x) = bias[gi*og + o] + sum over ky, kx, ci of
 * wgt[gi, o, ci, ky, kx] * act[b, gi, ci, y*stride_h + ky*dil_h - pad_top,
 * x*stride_w + kx*dil_w - pad_left], cells outside h x w left out.
 *
 * A dot product is a group: g = count, cg = len. A matrix product is a
 * 1x1 convolution: n = M, cg = K, og = N.
 */
struct axp_nest {
	u32 n, g, cg, og;
	u32 h, w, kh, kw, oh, ow;
	u32 stride_h, stride_w, dil_h, dil_w, pad_top, pad_left;
	bool ci_before_kx;
	u64 act_n, act_g, act_c, act_h, act_w;
	u64 wgt_g, wgt_o, wgt_c, wgt_h, wgt_w;
	u64 out_n, out_g, out_o, out_h, out_w;
	u64 nr_bias;
	u64 act_elems, wgt_elems, out_elems;
	u64 macs;
};

/**
 * axp_nest_from_job() - shape of a job, every product and sum checked
 * @nest: filled; unchanged on failure
 * @job: op, flags and shape are read; handles and references are not
 * @max_macs: limit of MACs of a job
 * @why: what was refused; may be NULL
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -EOVERFLOW, -ENOSPC.
 */
int axp_nest_from_job(struct axp_nest *nest, const struct axp_job *job, u64 max_macs,
		      struct axp_why *why);

/* last reduction length of an output: cg * kh * kw, the bound for FIXED */
static inline u64 axp_nest_length(const struct axp_nest *nest)
{
	return (u64)nest->cg * nest->kh * nest->kw;
}

#endif /* AXP_ENGINE_NEST_H */
