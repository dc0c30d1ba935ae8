/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Faults: what is broken in the hardware of a table. Draws come from counters, not
 * from a state: every engine and thread, at any place, sees the same ones.
 */
#ifndef AXP_ENGINE_FAULTS_H
#define AXP_ENGINE_FAULTS_H

#include "image.h"

/**
 * struct axp_faults - checked faults of one table; immutable
 * @nr: number of @list
 * @per_job: CAM or LUT differ from job to job
 * @accumulators: some accumulator is faulty
 * @key: key of the draws of each fault
 * @list: the faults
 */
struct axp_faults {
	u32 nr;
	bool per_job;
	bool accumulators;
	u64 key[AXP_MAX_FAULTS];
	struct axp_fault list[AXP_MAX_FAULTS];
};

/**
 * axp_faults_create() - check faults
 * @out: new faults, owned by the caller: axp_faults_free(); NULL on failure
 * @list: @nr faults, copied
 * @nr: at least 1
 * @seed: of their draws
 * @image: a table they are for, sound; rows named must exist
 * @why: index is the fault; may be NULL
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ERANGE, -ENOSPC, -ENOMEM.
 */
int axp_faults_create(struct axp_faults **out, const struct axp_fault *list, u32 nr, u64 seed,
		      const struct axp_image *image, struct axp_why *why);
void axp_faults_free(struct axp_faults *faults);

/**
 * axp_image_damage() - what CAM and LUT hold instead of what was written
 * @out: new image, owned by the caller: axp_image_free(); NULL on failure
 * @budget: whose memory; NULL: without limit
 * @image: sound image
 * @faults: borrowed until axp_image_free(); made for this table
 * @job: number of the job; of no consequence unless @faults->per_job
 *
 * The lowest matching row wins, whatever the organisation. Dimensions and costs are
 * those of @image.
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int axp_image_damage(struct axp_image **out, struct axp_budget *budget,
		     const struct axp_image *image, const struct axp_faults *faults, u64 job);

/* bits of the accumulator of @channel that are stuck at 0, and at 1 */
void axp_faults_forced(const struct axp_faults *faults, u64 channel, u32 *zero, u32 *one);

/**
 * axp_faults_flips() - bits of an accumulator that flip after a MAC
 * @faults: faults
 * @job: number of the job
 * @channel: number of the bias of the output
 * @out: element of the output, from the start of the results
 * @tap: number of the tap, (ky * kw + kx) * cg + ci
 */
u32 axp_faults_flips(const struct axp_faults *faults, u64 job, u64 channel, u64 out, u64 tap);

#endif /* AXP_ENGINE_FAULTS_H */
