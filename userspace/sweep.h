/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sweep: points are compiled and evaluated by threads of this process and by the other
 * processes that mpirun started. A result is one line of JSON wherever it was computed,
 * and it is put where its point is: nothing depends on who computed it, or when.
 */
#ifndef AXP_TOOL_SWEEP_H
#define AXP_TOOL_SWEEP_H

#include <axp/axp.h>

#include "grid.h"
#include "price.h"
#include "ranks.h"
#include "sweep_log.h"

/**
 * struct sweep_job - what every point has in common
 * @model: path
 * @data: labelled samples
 * @calib: calibration samples
 * @samples: of @calib that are used at most, 0: default
 * @threads: of one point; no result depends on it
 * @calib_opts: preprocessing of @calib
 * @data_opts: preprocessing of @data
 * @price: how counters are priced
 */
struct sweep_job {
	const char *model;
	const char *data;
	const char *calib;
	uint64_t samples;
	uint32_t threads;
	struct axp_dataset_opts calib_opts;
	struct axp_dataset_opts data_opts;
	struct price_args price;
};

/*
 * Compute every point of @grid that @results does not have, with @jobs threads and the
 * processes of @ranks (may be NULL), and put it into @results and @log. 0 or
 * EXIT_FAILED after saying why.
 */
int sweep_run(const struct sweep_job *job, const struct grid *grid, unsigned int jobs,
	      const struct ranks *ranks, struct sweep_log *log, json_t *results);
/* what a process other than rank 0 does: points that it is sent, until there are no more */
int sweep_serve(const struct sweep_job *job, const struct grid *grid, const struct ranks *ranks);

/* a dataset of @job, or NULL after saying why */
struct axp_dataset *sweep_data(const struct sweep_job *job, bool calib);

#endif /* AXP_TOOL_SWEEP_H */
