/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random sequences of calls: valid, nearly valid and wild. The same seed gives
 * the same calls; what they return depends on who else uses the client.
 */
#ifndef WILD_UTIL_H
#define WILD_UTIL_H

#include "abi_util.h"

#define WILD_HANDLES	4
#define WILD_ROWS	16
#define WILD_JOBS	4
#define WILD_FAULTS	4
#define WILD_WEIGHTS	4096
#define WILD_MAPS	4

/**
 * struct wild_counts - what happened, shared by processes
 * @sequences: sequences of calls
 * @calls: system calls on the device
 * @refused: of these, calls that failed
 * @interrupted: of these, by a signal
 * @maps: mappings
 */
struct wild_counts {
	unsigned long sequences;
	unsigned long calls;
	unsigned long refused;
	unsigned long interrupted;
	unsigned long maps;
};

/**
 * struct wild_arrays - memory that calls point to; threads may scribble in it
 * @rows: of tables
 * @jobs: of submissions
 * @faults: of tables
 * @weights: indices, floats, codebooks, biases
 */
struct wild_arrays {
	struct axp_row rows[WILD_ROWS];
	struct axp_job jobs[WILD_JOBS];
	struct axp_fault faults[WILD_FAULTS];
	uint32_t weights[WILD_WEIGHTS];
};

struct wild_telemetry;

/**
 * struct wild - a thread that makes calls
 * @fd: client
 * @seed: of the random numbers
 * @counts: added to
 * @arrays: memory of the calls
 * @blocking: signals come, so calls may block
 * @most_macs: estimated MACs of a job
 * @other: now and then called instead, or NULL: what the device has beside its file
 * @telemetry: of @other
 * @failed: what went wrong: text, or empty
 * @buf: buffers that were made here, 0: none
 * @table: tables
 * @weights: weights
 * @map: mappings
 * @map_bytes: their sizes
 * @seqno: last number that SUBMIT returned
 */
struct wild {
	int fd;
	uint64_t seed;
	struct wild_counts *counts;
	struct wild_arrays *arrays;
	bool blocking;
	uint64_t most_macs;
	bool (*other)(struct wild *w);
	struct wild_telemetry *telemetry;
	char failed[160];
	uint32_t buf[WILD_HANDLES];
	uint32_t table[WILD_HANDLES];
	uint32_t weights[WILD_HANDLES];
	void *map[WILD_MAPS];
	size_t map_bytes[WILD_MAPS];
	uint64_t seqno;
};

/* 1 to 32 calls; false: a call failed in a way that is not documented */
bool wild_sequence(struct wild *w);
/* changes memory of calls that may be under way */
void wild_scribble(struct wild_arrays *arrays, uint64_t *seed);

#endif /* WILD_UTIL_H */
