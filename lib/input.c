// SPDX-License-Identifier: BSD-2-Clause
/* One input of a net out of one file. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio.h"
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
	int err;

	err = axp_npy_read_mem(&t, buf, len, path, diag);
	if (err)
		return err;
	if (!axp_npy_is_samples(t))
		err = axp_fail(diag, -EINVAL, "%s: elements are %s, not floating-point numbers or uint8", path,
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
	if (!err)
		axp_npy_samples(t, 0, as->elems, x);
	axp_tensor_free(t);
	return err;
}

static int take_picture(float *x, const uint8_t *buf, size_t len, const char *path,
			struct axp_dataset *as, struct axp_diag *diag)
{
	struct axp_picture *p;
	uint32_t chw[3];
	char text[160];
	int err;

	if (as->audio && len)
		return axp_fail(diag, -EINVAL,
				"%s: is no sound, WAV or FLAC, but the net takes sound (it has audio settings)",
				path);
	if (!axp_picture_fit_dims(&as->fit, as->want, as->nr_want, chw))
		return axp_fail(diag, -EINVAL,
				"%s: the net takes %s, a picture is 1 or 3 channels, height, width (image setting layout: the channels last)",
				path, axp_dims_text(as->want, as->nr_want, text));
	err = axp_picture_read_mem(&p, path, buf, len, diag);
	if (err)
		return err;
	err = axp_picture_fit(&as->fit, p, path, chw, x, diag);
	axp_picture_free(p);
	return err;
}

static int take_sound(float *x, const uint8_t *buf, size_t len, const char *path,
		      struct axp_dataset *as, struct axp_diag *diag)
{
	struct axp_features *features;
	struct axp_sound *sound;
	struct axp_audio audio;
	uint64_t dims[3];
	uint32_t ndim;
	int err;

	if (!as->audio)
		return axp_fail(diag, -EINVAL,
				"%s: is sound, but the net has no audio settings, which say what it takes of sound",
				path);
	err = axp_audio_parse(&audio, as->audio, diag);
	if (err)
		return err;
	ndim = axp_audio_dims(&audio, dims);
	err = axp_dataset_shape(as, path, dims, ndim, false, diag);
	if (!err)
		err = axp_sound_read_mem(&sound, path, buf, len, diag);
	if (err)
		return err;
	err = axp_features_new(&features, &audio, diag);
	if (!err)
		err = axp_features_get(features, sound, path, x, diag);
	axp_features_free(features);
	axp_sound_free(sound);
	return err;
}

/* what a file is, by its first bytes */
typedef int (*take_fn)(float *x, const uint8_t *buf, size_t len, const char *path,
		       struct axp_dataset *as, struct axp_diag *diag);

static take_fn kind_of(const uint8_t *buf, size_t len, float *scale)
{
	*scale = 1;
	if (len >= 6 && !memcmp(buf, "\x93NUMPY", 6))
		return take_npy;
	if (axp_sound_magic(buf, len))
		return take_sound;
	*scale = axp_dataset_images.scale;
	return take_picture;
}

int axp_input_read(const char *path, const struct axp_dataset_opts *opts, float *x,
		   struct axp_diag *diag)
{
	struct axp_dataset as = { 0 };
	struct axp_dataset_opts o;
	uint8_t *buf = NULL;
	float *v = NULL, scale;
	uint64_t elems;
	take_fn take;
	size_t len;
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
	take = kind_of(buf, len, &scale);
	as.audio = o.audio;
	err = axp_picture_fit_parse(&as.fit, o.image, diag);
	if (!err)
		err = axp_transform_init(&as.transform, &o, scale, diag);
	if (err)
		goto out;
	as.transform.last = as.fit.layout == AXP_LAYOUT_NHWC;
	v = malloc(elems * sizeof(*v));
	if (!v) {
		err = axp_fail(diag, -ENOMEM, "%s: out of memory", path);
		goto out;
	}
	err = take(v, buf, len, path, &as, diag);
	if (err)
		goto out;
	axp_transform_apply(&as.transform, v, as.want, as.nr_want);
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
