/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The associative processing element, literally as its definition says, on the
 * floating-point unit of the machine: one MAC after the other, every row looked
 * at. It shares no code with the engines.
 */
#ifndef REFERENCE_UTIL_H
#define REFERENCE_UTIL_H

#include "axp_util.h"
#include "fault_reference_util.h"

/**
 * struct ref_table - a table
 * @spec: accumulator, organisation
 * @rows: rows
 * @nr_rows: how many
 */
struct ref_table {
	struct axp_table_spec spec;
	const struct axp_row *rows;
	uint32_t nr_rows;
};

/**
 * struct ref_job - a job and its memory
 * @job: op, flags, shape
 * @table: table, or NULL
 * @wgt: weights, binary32 bits
 * @bias: biases, or NULL
 * @act: activations
 * @faults: of the accumulators, or NULL; ref_run_faulty() sets it
 */
struct ref_job {
	struct axp_job job;
	const struct ref_table *table;
	const uint32_t *wgt;
	const uint32_t *bias;
	const uint32_t *act;
	struct ref_faults *faults;
};

/* Writes the results and the exact counters: no energy, no times. */
void ref_run(const struct ref_job *job, uint32_t *out, struct axp_stats *stats);

/* fl(w * a) with the one NaN */
uint32_t ref_mul(uint32_t w, uint32_t a);

/* elements of the activations, weights and results of a dense job */
uint64_t ref_act_elems(const struct axp_job *job);
uint64_t ref_wgt_elems(const struct axp_job *job);
uint64_t ref_out_elems(const struct axp_job *job);

#endif /* REFERENCE_UTIL_H */
