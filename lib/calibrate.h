/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calibration: inputs of a net, and what its layers do on them.
 */
#ifndef AXP_LIB_CALIBRATE_H
#define AXP_LIB_CALIBRATE_H

#include "rows.h"
#include "walk.h"

/**
 * struct axp_calibration - calibration inputs
 * @x: inputs, one after the other
 * @labels: of them, NULL: the data has none
 * @n: number of inputs
 * @elems: of one input
 */
struct axp_calibration {
	float *x;
	uint32_t *labels;
	uint32_t n;
	uint64_t elems;
};

/**
 * axp_calibration_split() - how many inputs of a dataset calibrate, if others check
 * @count: inputs in all
 * @most: that calibrate, at most
 * @check: that are to check
 *
 * All that are wanted where there are enough for both, else two thirds of them at least:
 * nets of 250 inputs lost less with these than with half. Those that check are the
 * others; one input is both.
 *
 * Return: the number.
 */
uint64_t axp_calibration_split(uint64_t count, uint64_t most, uint64_t check);

/**
 * axp_calibration_load() - take inputs out of a dataset, evenly spread over it
 * @cal: filled; axp_calibration_clear() releases
 * @graph: the net
 * @data: dataset
 * @most: number of inputs at most; fewer where the values of all of them on their
 *	way through the net would be more than 8 GiB
 * @apart: none of those that are taken with @apart 0 and this number; 0, or all there are:
 *	any
 * @diag: field, value, limit
 *
 * Return: 0; -EINVAL samples do not fit the net; -E2BIG; -ENOMEM; errors of
 * axp_dataset_get().
 */
int axp_calibration_load(struct axp_calibration *cal, const struct axp_graph *graph,
			 struct axp_dataset *data, uint64_t most, uint64_t apart,
			 struct axp_diag *diag) AXP_MUST_CHECK;
void axp_calibration_clear(struct axp_calibration *cal);

/**
 * axp_calibration_histogram() - activations that a layer takes in
 * @w: samples that wait at the layer
 * @at: the layer
 * @shape: its shape for one sample
 * @zeros: count activations of 0 too
 * @h: filled
 * @diag: layer and reason
 *
 * An activation counts once for every MAC that uses it; an error of it weighs as the
 * sum of the squares of the weights it meets.
 */
int axp_calibration_histogram(const struct axp_walk *w, const struct axp_layer *at,
			      const struct axp_layer_shape *shape, bool zeros,
			      struct axp_histogram *h, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * axp_calibration_means() - mean output of each channel of a layer
 * @w: samples that wait at the layer
 * @at: the layer
 * @stay: they stay there; else they move on to the next layer
 * @means: [oc]
 * @diag: layer and reason
 */
int axp_calibration_means(struct axp_walk *w, const struct axp_layer *at, bool stay,
			  double *means, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_CALIBRATE_H */
