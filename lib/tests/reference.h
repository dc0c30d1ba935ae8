/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The definition of the device, MAC by MAC: own loops over the job descriptor, a
 * linear scan of the rows, the machine's own binary32. Shares no code with the
 * engines.
 */
#ifndef AXP_TESTS_REFERENCE_H
#define AXP_TESTS_REFERENCE_H

#include "counters.h"

/**
 * struct reference - one job and all it uses
 * @job: op, flags and shape
 * @spec: of the table; NULL: no table
 * @rows: @nr_rows rows
 * @nr_rows: number of rows
 * @codebook: centroids; NULL: @plain
 * @index: index of each weight
 * @plain: binary32 weights
 * @bias: biases; NULL: none
 * @act: activations
 * @faults: of the table's hardware; NULL: it is sound
 * @nr_faults: number of faults
 * @seed: of the faults
 * @fault_job: number of the job among those of the faults
 */
struct reference {
	struct axp_job job;
	const struct axp_table_spec *spec;
	const struct axp_row *rows;
	u32 nr_rows;
	const u32 *codebook;
	const u8 *index;
	const u32 *plain;
	const u32 *bias;
	const u32 *act;
	const struct axp_fault *faults;
	u32 nr_faults;
	u64 seed;
	u64 fault_job;
};

/* run the job: results into @out, events added to @c */
void reference_run(const struct reference *ref, u32 *out, struct axp_counters *c);

/* the rows that the faults leave, in a new array; wrong bits are added to @cam and @lut */
struct axp_row *reference_damage(const struct reference *ref, u64 *cam, u64 *lut);

#endif /* AXP_TESTS_REFERENCE_H */
