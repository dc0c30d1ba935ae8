/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dataset: samples of one kind of file behind one small table of functions.
 */
#ifndef AXP_LIB_DATASET_H
#define AXP_LIB_DATASET_H

#include <axp/axp.h>

#include "picture.h"

#define AXP_DATASET_MAX_BYTES	(UINT64_C(4) << 30)	/* of one file, unpacked */
#define AXP_DATASET_MAX_SAMPLES	UINT64_C(100000000)
#define AXP_DATASET_MAX_ELEMS	(UINT64_C(1) << 26)	/* of one sample */
#define AXP_DATASET_MAX_LABEL	65535u

/**
 * struct axp_transform - raw numbers to inputs of a net
 * @scale: value = raw * scale
 * @mean: then value -= mean[channel]
 * @std: then value /= std[channel]
 * @nr_mean: of @mean, at least 1; the last one is repeated
 * @nr_std: of @std, likewise
 * @last: the channel is the last dimension, not the first
 */
struct axp_transform {
	float scale;
	float mean[4];
	float std[4];
	uint32_t nr_mean;
	uint32_t nr_std;
	bool last;
};

/* from options; @scale is the default of the kind of data */
int axp_transform_init(struct axp_transform *t, const struct axp_dataset_opts *opts,
		       float scale, struct axp_diag *diag) AXP_MUST_CHECK;
/* @x: raw numbers of a sample of @dims, in place; three dimensions have channels */
void axp_transform_apply(const struct axp_transform *t, float *x, const uint64_t *dims,
			 uint32_t ndim);

struct axp_dataset;

/**
 * struct axp_dataset_ops - one kind of data
 * @kind: "idx", "npy", "npz", "csv", "images", "wav"
 * @scale: default of struct axp_dataset_opts.scale
 * @open: @arg is the specification without kind and slice; sets raw_count, labelled,
 *	priv, and the dimensions with axp_dataset_shape()
 * @get: raw sample @index, not transformed; @label is 0 when there is none
 * @class_name: may be NULL
 * @close: also after a failed open; priv may be NULL
 */
struct axp_dataset_ops {
	const char *kind;
	float scale;
	int (*open)(struct axp_dataset *data, const char *arg, struct axp_diag *diag);
	int (*get)(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		   struct axp_diag *diag);
	const char *(*class_name)(const struct axp_dataset *data, uint32_t label);
	void (*close)(struct axp_dataset *data);
};

extern const struct axp_dataset_ops axp_dataset_idx;
extern const struct axp_dataset_ops axp_dataset_npy;
extern const struct axp_dataset_ops axp_dataset_npz;
extern const struct axp_dataset_ops axp_dataset_csv;
extern const struct axp_dataset_ops axp_dataset_images;
extern const struct axp_dataset_ops axp_dataset_wav;

/**
 * struct axp_dataset - an open dataset
 * @ops: kind
 * @priv: state of the kind
 * @want: dimensions asked for
 * @nr_want: of @want, 0: any
 * @raw_count: samples before the slice
 * @first: of the slice
 * @step: of the slice, not 0
 * @count: samples of the slice
 * @dims: of a sample
 * @ndim: of @dims
 * @elems: of a sample
 * @labelled: labels are there
 * @need_labels: they are needed
 * @classes: names of the net's classes with commas, or NULL; while opening
 * @nr_classes: of the net, 0: not known
 * @audio: settings of sound, or NULL; while opening
 * @fit: settings of pictures
 * @transform: raw numbers to inputs
 */
struct axp_dataset {
	const struct axp_dataset_ops *ops;
	void *priv;
	uint64_t want[7];
	uint32_t nr_want;
	uint64_t raw_count;
	uint64_t first;
	int64_t step;
	uint64_t count;
	uint64_t dims[7];
	uint32_t ndim;
	uint64_t elems;
	bool labelled;
	bool need_labels;
	const char *classes;
	uint32_t nr_classes;
	const char *audio;
	struct axp_picture_fit fit;
	struct axp_transform transform;
};

/**
 * axp_dataset_shape() - set the dimensions of the samples, or refuse them
 * @data: dataset being opened
 * @file: for the message
 * @dims: as found
 * @ndim: as found, at most 7
 * @flat: only the number of elements has to fit what the net takes
 *
 * Dimensions of 1 do not have to be in the file: [28, 28] fits [1, 28, 28].
 */
int axp_dataset_shape(struct axp_dataset *data, const char *file, const uint64_t *dims,
		      uint32_t ndim, bool flat, struct axp_diag *diag) AXP_MUST_CHECK;
/* "FIRST[,SECOND]": @second is NULL when it is not there; free() both */
int axp_dataset_pair(const char *arg, char **first, char **second,
		     struct axp_diag *diag) AXP_MUST_CHECK;
/* element count of @dims within AXP_DATASET_MAX_ELEMS, none of them 0 */
int axp_dims_elems(const char *file, const uint64_t *dims, uint32_t ndim, uint64_t *elems,
		   struct axp_diag *diag) AXP_MUST_CHECK;
/* "1x28x28" */
const char *axp_dims_text(const uint64_t *dims, uint32_t ndim, char text[160]);

#endif /* AXP_LIB_DATASET_H */
