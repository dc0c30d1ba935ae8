// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"
#include "opts.h"

static const struct axp_dataset_ops *const kinds[] = {
	&axp_dataset_idx, &axp_dataset_npy, &axp_dataset_npz,
	&axp_dataset_csv, &axp_dataset_images, &axp_dataset_wav,
};

const char *axp_dims_text(const uint64_t *dims, uint32_t ndim, char text[160])
{
	size_t n = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < ndim; i++)
		n += (size_t)snprintf(text + n, 160 - n, "%s%" PRIu64, i ? "x" : "", dims[i]);
	return text;
}

int axp_dims_elems(const char *file, const uint64_t *dims, uint32_t ndim, uint64_t *elems,
		   struct axp_diag *diag)
{
	char text[160];
	uint64_t n = 1;

	for (uint32_t i = 0; i < ndim; i++) {
		if (!dims[i])
			return axp_fail(diag, -EINVAL, "%s: a sample of %s has a dimension of 0",
					file, axp_dims_text(dims, ndim, text));
		if (axp_mul_size(n, dims[i], &n) || n > AXP_DATASET_MAX_ELEMS)
			return axp_fail(diag, -E2BIG,
					"%s: a sample of %s has more than %" PRIu64 " elements",
					file, axp_dims_text(dims, ndim, text),
					AXP_DATASET_MAX_ELEMS);
	}
	*elems = n;
	return 0;
}

static uint32_t without_ones(const uint64_t *dims, uint32_t ndim, uint64_t *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ndim; i++)
		if (dims[i] != 1)
			out[n++] = dims[i];
	return n;
}

int axp_dataset_shape(struct axp_dataset *data, const char *file, const uint64_t *dims,
		      uint32_t ndim, bool flat, struct axp_diag *diag)
{
	char have[160], want[160];
	uint64_t a[7], b[7], elems, wanted;
	bool fits = true;
	uint32_t na, nb;
	int err;

	err = axp_dims_elems(file, dims, ndim, &elems, diag);
	if (err)
		return err;
	if (data->nr_want) {
		err = axp_dims_elems("the net's input", data->want, data->nr_want, &wanted, diag);
		if (err)
			return err;
		na = without_ones(dims, ndim, a);
		nb = without_ones(data->want, data->nr_want, b);
		fits = elems == wanted &&
		       (flat || (na == nb && !memcmp(a, b, na * sizeof(a[0]))));
	}
	if (!fits)
		return axp_fail(diag, -EINVAL, "%s: samples are %s, the net takes %s", file,
				axp_dims_text(dims, ndim, have),
				axp_dims_text(data->want, data->nr_want, want));
	data->ndim = data->nr_want ? data->nr_want : ndim;
	memcpy(data->dims, data->nr_want ? data->want : dims, data->ndim * sizeof(dims[0]));
	data->elems = elems;
	return 0;
}

int axp_dataset_pair(const char *arg, char **first, char **second, struct axp_diag *diag)
{
	const char *comma = strchr(arg, ',');

	*second = NULL;
	*first = comma ? strndup(arg, (size_t)(comma - arg)) : strdup(arg);
	if (comma)
		*second = strdup(comma + 1);
	if (*first && (!comma || *second))
		return 0;
	free(*first);
	free(*second);
	*first = NULL;
	*second = NULL;
	return axp_fail(diag, -ENOMEM, "out of memory");
}

/* ---------------------------------------------------------------- transform */

/* four numbers, up to the last one that is not 0 */
static int take_four(float *to, uint32_t *n, const float *from, const char *what,
		     struct axp_diag *diag)
{
	*n = 1;
	for (uint32_t i = 0; i < 4; i++) {
		if (!isfinite(from[i]))
			return axp_fail(diag, -EINVAL, "%s %u is %g, not a finite number", what,
					i, (double)from[i]);
		to[i] = from[i];
		if (from[i] != 0)
			*n = i + 1;
	}
	return 0;
}

int axp_transform_init(struct axp_transform *t, const struct axp_dataset_opts *opts,
		       float scale, struct axp_diag *diag)
{
	int err;

	t->scale = opts->scale != 0 ? opts->scale : scale;
	if (!isfinite(t->scale))
		return axp_fail(diag, -EINVAL, "scale is %g, not a finite number",
				(double)t->scale);
	err = take_four(t->mean, &t->nr_mean, opts->mean, "mean", diag);
	if (!err)
		err = take_four(t->std, &t->nr_std, opts->std, "std", diag);
	for (uint32_t i = 0; !err && i < 4; i++) {
		if (t->std[i] < 0)
			err = axp_fail(diag, -EINVAL, "std %u is %g, not positive", i,
				       (double)t->std[i]);
		if (t->std[i] == 0)
			t->std[i] = 1;
	}
	return err;
}

void axp_transform_apply(const struct axp_transform *t, float *x, const uint64_t *dims,
			 uint32_t ndim)
{
	uint64_t channels = ndim == 3 ? dims[t->last ? 2 : 0] : 1, part = 1;
	uint64_t step = t->last ? channels : 1;

	for (uint32_t i = 0; i < ndim; i++)
		part *= dims[i];
	part /= channels;
	for (uint64_t c = 0; c < channels; c++) {
		float mean = t->mean[c < t->nr_mean ? c : t->nr_mean - 1];
		float std = t->std[c < t->nr_std ? c : t->nr_std - 1];
		float *v = x + (t->last ? c : c * part);

		for (uint64_t i = 0; i < part; i++, v += step) {
			*v *= t->scale;
			*v -= mean;
			*v /= std;
		}
	}
}

/* -------------------------------------------------------------------- slice */

/**
 * struct slice - "[start:stop:step]" as in Python
 * @v: start, stop, step
 * @given: which of them were written
 */
struct slice {
	int64_t v[3];
	bool given[3];
};

/*
 * The length of @spec without its slice. A bracket at the end that holds
 * anything but digits, signs and colons is part of the name.
 */
static int parse_slice(const char *spec, size_t *len, struct slice *s, struct axp_diag *diag)
{
	size_t n = strlen(spec), colons = 0;
	const char *open, *at;
	char *end;

	*len = n;
	*s = (struct slice){ .v = { 0, 0, 1 } };
	if (!n || spec[n - 1] != ']')
		return 0;
	open = strrchr(spec, '[');
	if (!open || strspn(open + 1, "0123456789:-+") != (size_t)(spec + n - 1 - (open + 1)))
		return 0;
	for (at = open + 1; *at; at++)
		colons += *at == ':';
	if (!colons || colons > 2)
		goto bad;
	colons = 0;
	for (at = open + 1; *at != ']'; colons++) {
		if (*at != ':') {
			errno = 0;
			s->v[colons] = strtoll(at, &end, 10);
			if (end == at || errno)
				goto bad;
			s->given[colons] = true;
			at = end;
		}
		if (*at == ']')
			break;
		if (*at != ':')
			goto bad;
		at++;
	}
	if (!s->v[2])
		return axp_fail(diag, -EINVAL, "slice %s: the step is 0", open);
	*len = (size_t)(open - spec);
	return 0;
bad:
	return axp_fail(diag, -EINVAL, "slice %s is not [start:stop:step]", open);
}

/* bound @v to where a walk over @n samples may begin or end */
static int64_t bound(int64_t v, int64_t n, bool back)
{
	int64_t least = back ? -1 : 0, most = back ? n - 1 : n;

	if (v < 0)
		v = v < -n ? -1 : v + n;
	return v < least ? least : v > most ? most : v;
}

static int apply_slice(struct axp_dataset *data, const char *spec, const struct slice *s,
		       struct axp_diag *diag)
{
	int64_t n = (int64_t)data->raw_count, step = s->v[2], start, stop, count = 0;
	bool back = step < 0;

	start = s->given[0] ? bound(s->v[0], n, back) : back ? n - 1 : 0;
	stop = s->given[1] ? bound(s->v[1], n, back) : back ? -1 : n;
	if (step > n)
		step = n;	/* one sample at most, and no overflow */
	if (step < -n)
		step = -n;
	if (!back && start < stop)
		count = (stop - start + step - 1) / step;
	else if (back && start > stop)
		count = (start - stop - step - 1) / -step;
	if (!count)
		return axp_fail(diag, -ENODATA, "%s: no sample of %" PRIu64 " is left", spec,
				data->raw_count);
	data->first = (uint64_t)start;
	data->step = step;
	data->count = (uint64_t)count;
	return 0;
}

/* ------------------------------------------------------------------- public */

static int find_kind(const char *spec, const struct axp_dataset_ops **ops, const char **arg,
		     struct axp_diag *diag)
{
	const char *colon = strchr(spec, ':');

	for (size_t i = 0; colon && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i]->kind) == (size_t)(colon - spec) &&
		    !strncmp(spec, kinds[i]->kind, (size_t)(colon - spec))) {
			*ops = kinds[i];
			*arg = colon + 1;
			return 0;
		}
	}
	return axp_fail(diag, -EINVAL,
			"data '%s': not idx:IMAGES[,LABELS], npy:X[,Y], npz:FILE[,X[,Y]], csv:FILE, images:DIR or wav:DIR",
			spec);
}

static int take_opts(struct axp_dataset *data, const struct axp_dataset_opts *opts,
		     struct axp_diag *diag)
{
	int err;

	if (opts->input_ndim > 7)
		return axp_fail(diag, -EINVAL, "%u input dimensions, the limit is 7",
				opts->input_ndim);
	data->nr_want = opts->input_ndim;
	memcpy(data->want, opts->input_dims, sizeof(data->want));
	data->need_labels = opts->need_labels;
	data->classes = opts->classes;
	data->nr_classes = opts->nr_classes;
	data->audio = opts->audio;
	err = axp_picture_fit_parse(&data->fit, opts->image, diag);
	if (!err)
		err = axp_transform_init(&data->transform, opts, data->ops->scale, diag);
	data->transform.last = data->fit.layout == AXP_LAYOUT_NHWC;
	return err;
}

int axp_dataset_open(struct axp_dataset **out, const char *spec,
		     const struct axp_dataset_opts *opts, struct axp_diag *diag)
{
	const struct axp_dataset_ops *ops = NULL;
	struct axp_dataset_opts o;
	struct axp_dataset *data;
	struct slice slice;
	const char *arg = NULL;
	char *name;
	size_t len;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = 0;
	err = axp_opts_copy(&o, sizeof(o), opts, "axp_dataset_opts", diag);
	if (!err)
		err = find_kind(spec, &ops, &arg, diag);
	if (!err)
		err = parse_slice(arg, &len, &slice, diag);
	if (err)
		return err;
	if (!len)
		return axp_fail(diag, -EINVAL, "data '%s': no file", spec);
	name = strndup(arg, len);
	data = calloc(1, sizeof(*data));
	if (!name || !data) {
		err = axp_fail(diag, -ENOMEM, "out of memory");
		goto out_free;
	}
	data->ops = ops;
	err = take_opts(data, &o, diag);
	if (!err)
		err = ops->open(data, name, diag);
	if (!err && o.need_labels && !data->labelled)
		err = axp_fail(diag, -ENODATA, "data '%s' has no labels, but they are needed",
			       spec);
	if (!err)
		err = apply_slice(data, spec, &slice, diag);
	if (err)
		goto out_free;
	free(name);
	data->classes = NULL;
	data->audio = NULL;
	*out = data;
	return 0;
out_free:
	free(name);
	axp_dataset_free(data);
	return err;
}

void axp_dataset_free(struct axp_dataset *data)
{
	if (!data)
		return;
	if (data->ops)
		data->ops->close(data);
	free(data);
}

uint64_t axp_dataset_count(const struct axp_dataset *data)
{
	return data->count;
}

uint64_t axp_dataset_elems(const struct axp_dataset *data)
{
	return data->elems;
}

uint32_t axp_dataset_dims(const struct axp_dataset *data, uint64_t dims[7])
{
	memcpy(dims, data->dims, data->ndim * sizeof(dims[0]));
	return data->ndim;
}

bool axp_dataset_has_labels(const struct axp_dataset *data)
{
	return data->labelled;
}

const char *axp_dataset_class_name(const struct axp_dataset *data, uint32_t label)
{
	return data->ops->class_name ? data->ops->class_name(data, label) : NULL;
}

int axp_dataset_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		    struct axp_diag *diag)
{
	uint64_t raw = data->first + index * (uint64_t)data->step;
	uint32_t y = 0;
	int err;

	if (diag)
		diag->text[0] = 0;
	if (index >= data->count)
		return axp_fail(diag, -EINVAL, "sample %" PRIu64 ", but there are %" PRIu64,
				index, data->count);
	err = data->ops->get(data, raw, x, &y, diag);
	if (err)
		return err;
	axp_transform_apply(&data->transform, x, data->dims, data->ndim);
	for (uint64_t i = 0; i < data->elems; i++)
		if (!isfinite(x[i]))
			return axp_fail(diag, -EINVAL,
					"sample %" PRIu64 ": element %" PRIu64 " is %g, not a finite number",
					raw, i, (double)x[i]);
	if (label)
		*label = y;
	return 0;
}
