// SPDX-License-Identifier: BSD-2-Clause
/* A folder of pictures per class. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"
#include "folder.h"
#include "picture.h"

struct images {
	struct axp_folder folder;
	uint32_t chw[3];
};

/* a net for pictures says how large they are; without a net the first picture decides */
static int take_shape(struct axp_dataset *data, const char *dir, struct axp_diag *diag)
{
	struct images *im = data->priv;
	struct axp_picture *p;
	uint64_t dims[3];
	char text[160];
	bool last = data->fit.layout == AXP_LAYOUT_NHWC;
	int err;

	if (!data->nr_want) {
		err = axp_picture_read(&p, im->folder.files.v[0], diag);
		if (err)
			return err;
		dims[last ? 2 : 0] = p->channels;
		dims[last ? 0 : 1] = p->height;
		dims[last ? 1 : 2] = p->width;
		axp_picture_free(p);
	} else if (data->nr_want == 3) {
		memcpy(dims, data->want, sizeof(dims));
	}
	if ((data->nr_want && data->nr_want != 3) ||
	    !axp_picture_fit_dims(&data->fit, dims, 3, im->chw))
		return axp_fail(diag, -EINVAL,
				"%s: the net takes %s, pictures are 1 or 3 channels, height, width (image setting layout: the channels last)",
				dir, axp_dims_text(data->want, data->nr_want, text));
	return axp_dataset_shape(data, dir, dims, 3, false, diag);
}

static int images_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	struct images *im = calloc(1, sizeof(*im));
	int err;

	data->priv = im;
	if (!im)
		return axp_fail(diag, -ENOMEM, "out of memory");
	if (data->audio)
		return axp_fail(diag, -EINVAL,
				"%s: holds pictures, the net takes sound (it has audio settings)", arg);
	err = axp_folder_read(&im->folder, data, arg, ".png, .jpg, .jpeg, .pgm or .ppm",
			      axp_picture_name, false, diag);
	if (!err)
		err = take_shape(data, arg, diag);
	if (err)
		return err;
	data->raw_count = im->folder.files.n;
	data->labelled = im->folder.label;
	return 0;
}

static int images_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		      struct axp_diag *diag)
{
	const struct images *im = data->priv;
	const char *path = im->folder.files.v[index];
	struct axp_picture *p;
	int err;

	err = axp_picture_read(&p, path, diag);
	if (err)
		return err;
	err = axp_picture_fit(&data->fit, p, path, im->chw, x, diag);
	axp_picture_free(p);
	if (data->labelled)
		*label = im->folder.label[index];
	return err;
}

static const char *images_class_name(const struct axp_dataset *data, uint32_t label)
{
	const struct images *im = data->priv;

	return label < im->folder.classes.n ? im->folder.classes.v[label] : NULL;
}

static void images_close(struct axp_dataset *data)
{
	struct images *im = data->priv;

	if (!im)
		return;
	axp_folder_drop(&im->folder);
	free(im);
}

const struct axp_dataset_ops axp_dataset_images = {
	.kind = "images",
	.scale = 1.0f / 255.0f,
	.open = images_open,
	.get = images_get,
	.class_name = images_class_name,
	.close = images_close,
};
