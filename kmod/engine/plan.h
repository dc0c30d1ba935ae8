/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Plan: one table image, one set of weights and one shape, compiled for the
 * engines: activation classes, product rows, packed indices, histograms, tiles.
 * Immutable; made once, used by any number of jobs and threads.
 */
#ifndef AXP_ENGINE_PLAN_H
#define AXP_ENGINE_PLAN_H

#include "image.h"
#include "nest.h"
#include "weights.h"

/* Working memory of one thread is at most this, whatever the job. */
#define AXP_SCRATCH_MAX		(8u << 20)

struct axp_plan;

/**
 * axp_plan_create() - compile
 * @out: new plan, owned by the caller: axp_plan_free(); NULL on failure
 * @budget: whose memory; NULL: without limit
 * @image: table; NULL: FPU only. Borrowed until axp_plan_free()
 * @weights: borrowed until axp_plan_free()
 * @nest: copied
 * @flags: AXP_JOB_GATE_ACT, AXP_JOB_GATE_WGT
 * @why: what was refused; may be NULL
 *
 * Checks what only the three together can tell: the weights cover the shape,
 * the biases match, a FIXED sum cannot overflow.
 *
 * Return: 0, -EINVAL, -ERANGE, -EOVERFLOW, -ENOMEM, -EINTR.
 */
int axp_plan_create(struct axp_plan **out, struct axp_budget *budget,
		    const struct axp_image *image, const struct axp_weights *weights,
		    const struct axp_nest *nest, u32 flags, struct axp_why *why);
void axp_plan_free(struct axp_plan *plan);

/* independent parts of a job, at least 1 */
u32 axp_plan_nr_tiles(const struct axp_plan *plan);
/* working memory one thread needs, at most AXP_SCRATCH_MAX; 64-byte aligned */
size_t axp_plan_scratch_bytes(const struct axp_plan *plan);

#endif /* AXP_ENGINE_PLAN_H */
