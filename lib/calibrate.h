/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calibration: inputs of a net, and what its layers do on them.
 */
#ifndef AXP_LIB_CALIBRATE_H
#define AXP_LIB_CALIBRATE_H

#include "backend.h"
#include "rows.h"

/**
 * struct axp_calibration - calibration inputs, and the progress of their runs
 * @x: inputs, one after the other
 * @n: number of inputs
 * @elems: of one input
 * @progress: may be NULL
 * @user: for @progress
 * @done: inputs run so far
 * @total: inputs to run in all
 */
struct axp_calibration {
	float *x;
	uint32_t n;
	uint64_t elems;
	axp_progress_fn progress;
	void *user;
	uint64_t done;
	uint64_t total;
};

/**
 * axp_calibration_load() - take inputs out of a dataset, evenly spread over it
 * @cal: filled; axp_calibration_clear() releases
 * @graph: the net
 * @data: labels are not used
 * @most: number of inputs at most
 * @diag: field, value, limit
 *
 * Return: 0; -EINVAL samples do not fit the net; -E2BIG; -ENOMEM; errors of
 * axp_dataset_get().
 */
int axp_calibration_load(struct axp_calibration *cal, const struct axp_graph *graph,
			 struct axp_dataset *data, uint64_t most,
			 struct axp_diag *diag) AXP_MUST_CHECK;
void axp_calibration_clear(struct axp_calibration *cal);

/**
 * axp_calibration_means() - mean output of each channel of each layer
 * @cal: inputs
 * @graph: run as it is
 * @layer: run up to this layer and fill its means alone; -1: all layers
 * @means: [layer][oc]
 * @what: for the progress
 * @diag: layer and reason
 *
 * Runs on the soft backend, whose results are the same on every machine.
 */
int axp_calibration_means(struct axp_calibration *cal, struct axp_graph *graph,
			  int64_t layer, double **means, const char *what,
			  struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_calibration_histogram() - activations that a layer takes in
 * @cal: inputs
 * @graph: run as it is, up to the layer
 * @layer: number of the layer
 * @zeros: count activations of 0 too
 * @h: filled
 * @what: for the progress
 * @diag: layer and reason
 *
 * An activation counts once for every MAC that uses it; an error of it weighs as the
 * sum of the squares of the weights it meets.
 */
int axp_calibration_histogram(struct axp_calibration *cal, struct axp_graph *graph,
			      uint32_t layer, bool zeros, struct axp_histogram *h,
			      const char *what, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_CALIBRATE_H */
