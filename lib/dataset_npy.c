// SPDX-License-Identifier: BSD-2-Clause
/* Samples along the first dimension of one array, labels in another. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"
#include "npy.h"
#include "npz.h"

struct npy {
	struct axp_tensor *x;
	struct axp_tensor *y;
};

static int take_labels(const struct axp_dataset *data, const struct axp_tensor *y,
		       const char *path, struct axp_diag *diag)
{
	if (axp_dtype_is_float(y->dtype))
		return axp_fail(diag, -EINVAL, "%s: labels are %s, not integers", path,
				y->dtype == AXP_F32 ? "float32" : y->dtype == AXP_F64 ? "float64" : "float16");
	if (y->elems != data->raw_count || !y->shape.ndim || y->shape.dim[0] != y->elems)
		return axp_fail(diag, -EINVAL,
				"%s: %" PRIu64 " labels in %u dimensions, but %" PRIu64 " samples in one are needed",
				path, y->elems, y->shape.ndim, data->raw_count);
	for (uint64_t i = 0; i < y->elems; i++) {
		int64_t v = axp_tensor_int(y, i);

		if (v < 0 || v > AXP_DATASET_MAX_LABEL)
			return axp_fail(diag, -EINVAL,
					"%s: label %" PRIu64 " is %" PRId64 ", not 0 to %u", path, i,
					v, AXP_DATASET_MAX_LABEL);
	}
	return 0;
}

/* samples are there: @x names them in messages */
static int take_samples(struct axp_dataset *data, const char *x, struct axp_diag *diag)
{
	struct npy *npy = data->priv;
	const struct axp_shape *shape = &npy->x->shape;
	int err;

	if (!axp_npy_is_samples(npy->x))
		return axp_fail(diag, -EINVAL, "%s: samples are %s, not floating-point numbers or uint8", x,
				axp_dtype_name(npy->x->dtype));
	if (shape->ndim < 2)
		return axp_fail(diag, -EINVAL,
				"%s: %u dimensions, but samples and their elements are needed", x,
				shape->ndim);
	if (!shape->dim[0])
		return axp_fail(diag, -ENODATA, "%s: no sample", x);
	if (shape->dim[0] > AXP_DATASET_MAX_SAMPLES)
		return axp_fail(diag, -E2BIG, "%s: %" PRIu64 " samples, the limit is %" PRIu64, x,
				shape->dim[0], AXP_DATASET_MAX_SAMPLES);
	err = axp_dataset_shape(data, x, shape->dim + 1, shape->ndim - 1, false, diag);
	if (err)
		return err;
	data->raw_count = shape->dim[0];
	return 0;
}

static int open_files(struct axp_dataset *data, const char *x, const char *y,
		      struct axp_diag *diag)
{
	struct npy *npy = data->priv;
	int err;

	err = axp_npy_read(&npy->x, x, diag);
	if (!err)
		err = take_samples(data, x, diag);
	if (err || !y)
		return err;
	err = axp_npy_read(&npy->y, y, diag);
	if (!err)
		err = take_labels(data, npy->y, y, diag);
	data->labelled = !err;
	return err;
}

static int open_archive(struct axp_dataset *data, const char *path, const char *x,
			const char *y, struct axp_diag *diag)
{
	struct npy *npy = data->priv;
	int err;

	err = axp_npz_read(&npy->x, path, x, diag);
	if (!err)
		err = take_samples(data, path, diag);
	if (err || !y)
		return err;
	err = axp_npz_read(&npy->y, path, y, diag);
	if (!err)
		err = take_labels(data, npy->y, path, diag);
	data->labelled = !err;
	return err;
}

static int npy_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	char *x, *y;
	int err;

	data->priv = calloc(1, sizeof(struct npy));
	if (!data->priv)
		return axp_fail(diag, -ENOMEM, "out of memory");
	err = axp_dataset_pair(arg, &x, &y, diag);
	if (!err)
		err = open_files(data, x, y, diag);
	free(x);
	free(y);
	return err;
}

/* "FILE[,X[,Y]]" */
static int npz_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	char *path, *arrays, *x = NULL, *y = NULL;
	int err;

	data->priv = calloc(1, sizeof(struct npy));
	if (!data->priv)
		return axp_fail(diag, -ENOMEM, "out of memory");
	err = axp_dataset_pair(arg, &path, &arrays, diag);
	if (!err && arrays)
		err = axp_dataset_pair(arrays, &x, &y, diag);
	if (!err)
		err = open_archive(data, path, x, y, diag);
	free(path);
	free(arrays);
	free(x);
	free(y);
	return err;
}

static int npy_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		   struct axp_diag *diag)
{
	const struct npy *npy = data->priv;

	(void)diag;
	axp_npy_samples(npy->x, index * data->elems, data->elems, x);
	if (data->labelled)
		*label = (uint32_t)axp_tensor_int(npy->y, index);
	return 0;
}

static void npy_close(struct axp_dataset *data)
{
	struct npy *npy = data->priv;

	if (!npy)
		return;
	axp_tensor_free(npy->x);
	axp_tensor_free(npy->y);
	free(npy);
}

const struct axp_dataset_ops axp_dataset_npy = {
	.kind = "npy",
	.scale = 1,
	.open = npy_open,
	.get = npy_get,
	.close = npy_close,
};

const struct axp_dataset_ops axp_dataset_npz = {
	.kind = "npz",
	.scale = 1,
	.open = npz_open,
	.get = npy_get,
	.close = npy_close,
};
