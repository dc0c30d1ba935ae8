/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Faults literally as Documentation/pe-semantics.rst defines them, bit by bit. It
 * shares no code with the engines.
 */
#ifndef FAULT_REFERENCE_UTIL_H
#define FAULT_REFERENCE_UTIL_H

#include "axp_util.h"

struct ref_table;
struct ref_job;

/**
 * struct ref_faults - faults of a table
 * @list: faults
 * @nr: how many
 * @seed: of the draws
 * @job: number of the job
 * @met: what jobs met, added up
 */
struct ref_faults {
	const struct axp_fault *list;
	uint32_t nr;
	uint64_t seed;
	uint64_t job;
	struct axp_fault_stats met;
};

/* ref_run() with a table that has @faults; takes the next number of a job */
void ref_run_faulty(const struct ref_job *job, struct ref_faults *faults, uint32_t *out,
		    struct axp_stats *stats);

/* what the accumulator of @channel holds instead of @acc when it is loaded */
uint32_t ref_fault_load(struct ref_faults *faults, uint64_t channel, uint32_t acc);
/* and after the MAC of @tap for element @out */
uint32_t ref_fault_mac(struct ref_faults *faults, uint64_t channel, uint64_t out, uint64_t tap,
		       uint32_t acc);

#endif /* FAULT_REFERENCE_UTIL_H */
