/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: how raw values become what a net was trained on. The choice made with
 * axp compile travels in the model's metadata:
 *
 *   axp.input.data   "pixels" (idx:, images:, image files) or "numbers" (csv:, npy:):
 *                    the kind of data that the scale is for
 *   axp.input.scale  value = raw * scale; other kinds of data keep their default
 *   axp.input.mean   then value -= mean[channel]
 *   axp.input.std    then value /= std[channel]
 */
#ifndef AXP_TOOL_INPUT_H
#define AXP_TOOL_INPUT_H

#include <axp/axp.h>

#include "cmd.h"

/**
 * struct input_args - options of preprocessing; n of a list is 0: not given
 * @scale: factor
 * @mean: per channel
 * @std: per channel
 */
struct input_args {
	struct reals scale;
	struct reals mean;
	struct reals std;
};

#define INPUT_ARGS(type, field)								\
	{ "scale", 0, "V", "Multiply raw values by V. Default: what axp compile stored in " \
	  "the model, else 1/255 for idx and images, 1 for csv and npy.",		\
	  ARG_REALS, offsetof(type, field.scale), 0, 1, NULL, false },			\
	{ "mean", 0, "LIST", "Then subtract the mean of the channel; a list with commas, " \
	  "its last value is repeated. Default: what is stored in the model, else 0.",	\
	  ARG_REALS, offsetof(type, field.mean), 0, REALS_MAX, NULL, false },		\
	{ "std", 0, "LIST", "Then divide by the deviation of the channel, likewise. "	\
	  "Default: what is stored in the model, else 1.",				\
	  ARG_REALS, offsetof(type, field.std), 0, REALS_MAX, NULL, false }

/* refuse a scale or deviation of 0: EXIT_USAGE after saying so */
int input_check(const struct command *cmd, const struct input_args *args);
/* are values of this DATA or file pixels (or else numbers)? */
bool input_is_pixels(const char *source);
/*
 * @opts for @source: @args first, else the metadata of @graph (read from @model); with
 * the dimensions of the graph's input. EXIT_FAILED when the metadata is malformed.
 */
int input_opts(struct axp_dataset_opts *opts, const struct input_args *args,
	       const struct axp_graph *graph, const char *model, const char *source);
/* store what @opts says about @source in the metadata of @graph */
int input_store(struct axp_graph *graph, const struct axp_dataset_opts *opts,
		const char *source);

#endif /* AXP_TOOL_INPUT_H */
