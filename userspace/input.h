/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Input: how raw values become what a net was trained on. The choice made with
 * axp compile travels in the model's metadata:
 *
 *   axp.input.data   "pixels" (idx:, images:, image files), "sound" (wav:, sound files)
 *                    or "numbers" (csv:, npy:, npz:): the kind of data that the scale
 *                    is for
 *   axp.input.scale  value = raw * scale; other kinds of data keep their default
 *   axp.input.mean   then value -= mean[channel]
 *   axp.input.std    then value /= std[channel]
 *   axp.input.image  settings of pictures, see axp_image_settings()
 *   axp.input.audio  settings of sound, see axp_audio_settings()
 *   axp.classes      names of the classes, with commas
 *
 * What the command line says takes the place of the whole of what is stored under the
 * same name: --audio that of axp.input.audio with all its settings.
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
 * @image: settings of pictures, NULL: not given
 * @audio: settings of sound, likewise
 * @classes: names with commas, likewise
 */
struct input_args {
	struct reals scale;
	struct reals mean;
	struct reals std;
	const char *image;
	const char *audio;
	const char *classes;
};

#define INPUT_ARGS(type, field)								\
	{ "scale", 0, "V", "Multiply raw values by V. Default: what axp compile stored in " \
	  "the model, else 1/255 for idx and images, 1 for others.",		\
	  ARG_REALS, offsetof(type, field.scale), 0, 1, NULL, false },			\
	{ "mean", 0, "LIST", "Then subtract the mean of the channel; a list with commas, " \
	  "its last value is repeated. Default: what is stored in the model, else 0.",	\
	  ARG_REALS, offsetof(type, field.mean), 0, REALS_MAX, NULL, false },		\
	{ "std", 0, "LIST", "Then divide by the deviation of the channel, likewise. "	\
	  "Default: what is stored in the model, else 1.",				\
	  ARG_REALS, offsetof(type, field.std), 0, REALS_MAX, NULL, false },		\
	{ "image", 0, "SETTINGS", "How pictures become inputs: key=value with commas, of " \
	  "resize, filter, order, layout; see axp-input(7). Default: what is stored in " \
	  "the model, else resize=net.",						\
	  ARG_TEXT, offsetof(type, field.image), 0, 0, NULL, false },			\
	{ "audio", 0, "SETTINGS", "How sound becomes inputs: mfcc, logmel or wave and "	\
	  "key=value with commas; see axp-input(7). Default: what is stored in the model.", \
	  ARG_TEXT, offsetof(type, field.audio), 0, 0, NULL, false },			\
	{ "classes", 0, "LIST", "Names of the net's classes, with commas. Default: what is " \
	  "stored in the model.",							\
	  ARG_TEXT, offsetof(type, field.classes), 0, 0, NULL, false }

/* refuse a scale or deviation of 0, or settings: EXIT_USAGE after saying so */
int input_check(const struct command *cmd, const struct input_args *args);
/* what values of this DATA or file are: "pixels", "sound" or "numbers" */
const char *input_kind(const char *source);
/*
 * @opts for @source: @args first, else the metadata of @graph (read from @model); with
 * the dimensions of the graph's input. EXIT_FAILED when the metadata is malformed.
 */
int input_opts(struct axp_dataset_opts *opts, const struct input_args *args,
	       const struct axp_graph *graph, const char *model, const char *source);
/*
 * store what @opts says about @source, opened as @data, in the metadata of @graph; all
 * settings, so that they do not change with their defaults
 */
int input_store(struct axp_graph *graph, const struct axp_dataset_opts *opts,
		const char *source, const struct axp_dataset *data);
/* names of the classes: of @args, else of @graph; NULL: none */
const char *input_classes(const struct input_args *args, const struct axp_graph *graph);

#endif /* AXP_TOOL_INPUT_H */
