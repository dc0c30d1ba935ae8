// SPDX-License-Identifier: BSD-2-Clause
/* One input of a net out of one file. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"
#include "npy.h"
#include "opts.h"
#include "picture.h"
#include "slurp.h"

/* an array of the net's dimensions; ones may be added or left out */
static int take_npy(float *x, const uint8_t *buf, size_t len, const char *path,
		    struct axp_dataset *as, struct axp_diag *diag)
{
	struct axp_tensor *t;
	uint32_t skip, nr;
	uint64_t i;
	int err;

	err = axp_npy_read_mem(&t, buf, len, path, diag);
	if (err)
		return err;
	if (t->dtype != AXP_F32 && t->dtype != AXP_U8)
		err = axp_fail(diag, -EINVAL, "%s: elements are %s, not float32 or uint8", path,
			       axp_dtype_name(t->dtype));
	/* one more dimension than a net has is a batch of one */
	skip = t->shape.ndim && t->shape.dim[0] == 1;
	nr = t->shape.ndim - skip;
	if (!err)
		err = axp_dataset_shape(as, path, t->shape.dim + skip, nr < 8 ? nr : 7, false,
					diag);
	if (!err && t->elems != as->elems)
		err = axp_fail(diag, -EINVAL, "%s: %" PRIu64 " elements, the net takes %" PRIu64,
			       path, t->elems, as->elems);
	for (i = 0; !err && i < as->elems; i++)
		x[i] = t->dtype == AXP_F32 ? ((const float *)t->data)[i] :
					     (float)((const uint8_t *)t->data)[i];
	axp_tensor_free(t);
	return err;
}

static int take_picture(float *x, const uint8_t *buf, size_t len, const char *path,
			struct axp_dataset *as, struct axp_diag *diag)
{
	struct axp_picture *p;
	char text[160];
	int err;

	if (as->nr_want != 3 || (as->want[0] != 1 && as->want[0] != 3) ||
	    as->want[1] > AXP_PICTURE_MAX_SIDE || as->want[2] > AXP_PICTURE_MAX_SIDE)
		return axp_fail(diag, -EINVAL,
				"%s: the net takes %s, a picture is 1 or 3 channels, height, width",
				path, axp_dims_text(as->want, as->nr_want, text));
	err = axp_picture_read_mem(&p, path, buf, len, diag);
	if (err)
		return err;
	axp_picture_planes(p, (uint32_t)as->want[0], (uint32_t)as->want[1],
			   (uint32_t)as->want[2], x);
	axp_picture_free(p);
	return 0;
}

int axp_input_read(const char *path, const struct axp_dataset_opts *opts, float *x,
		   struct axp_diag *diag)
{
	struct axp_dataset as = { 0 };
	struct axp_dataset_opts o;
	uint8_t *buf = NULL;
	float *v = NULL;
	uint64_t elems;
	size_t len;
	bool npy;
	int err;

	if (diag)
		diag->text[0] = 0;
	err = axp_opts_copy(&o, sizeof(o), opts, "axp_dataset_opts", diag);
	if (err)
		return err;
	if (!o.input_ndim || o.input_ndim > 7)
		return axp_fail(diag, -EINVAL, "%s: %u input dimensions, not 1 to 7", path,
				o.input_ndim);
	as.nr_want = o.input_ndim;
	memcpy(as.want, o.input_dims, sizeof(as.want));
	err = axp_dims_elems("the net's input", as.want, as.nr_want, &elems, diag);
	if (!err)
		err = axp_slurp(path, AXP_DATASET_MAX_BYTES, &buf, &len, diag);
	if (err)
		return err;
	npy = len >= 6 && !memcmp(buf, "\x93NUMPY", 6);
	err = axp_transform_init(&as.transform, &o, npy ? axp_dataset_npy.scale :
				 axp_dataset_images.scale, diag);
	if (err)
		goto out;
	v = malloc(elems * sizeof(*v));
	if (!v) {
		err = axp_fail(diag, -ENOMEM, "%s: out of memory", path);
		goto out;
	}
	err = npy ? take_npy(v, buf, len, path, &as, diag) :
		    take_picture(v, buf, len, path, &as, diag);
	if (err)
		goto out;
	axp_transform_apply(&as.transform, v, elems, as.nr_want == 3 ? as.want[0] : 1);
	for (uint64_t i = 0; !err && i < elems; i++)
		if (!isfinite(v[i]))
			err = axp_fail(diag, -EINVAL,
				       "%s: element %" PRIu64 " is %g, not a finite number", path, i,
				       (double)v[i]);
	if (!err)
		memcpy(x, v, elems * sizeof(*x));
out:
	free(v);
	free(buf);
	return err;
}
