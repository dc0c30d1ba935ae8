// SPDX-License-Identifier: BSD-2-Clause
/* Samples and labels that the caller has in memory. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"

struct memory {
	const float *x;
	const uint32_t *labels;
};

static int get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
	       struct axp_diag *diag)
{
	const struct memory *memory = data->priv;

	(void)diag;
	memcpy(x, memory->x + index * data->elems, data->elems * sizeof(*x));
	*label = memory->labels ? memory->labels[index] : 0;
	return 0;
}

static void close_memory(struct axp_dataset *data)
{
	free(data->priv);
}

static const struct axp_dataset_ops ops = {
	.kind = "memory",
	.scale = 1,
	.get = get,
	.close = close_memory,
};

static int check(const struct axp_dataset *data, const uint32_t *labels, struct axp_diag *diag)
{
	if (!data->raw_count)
		return axp_fail(diag, -ENODATA, "memory: no sample");
	if (data->raw_count > AXP_DATASET_MAX_SAMPLES)
		return axp_fail(diag, -E2BIG,
				"memory: %" PRIu64 " samples, the limit is %" PRIu64,
				data->raw_count, AXP_DATASET_MAX_SAMPLES);
	for (uint64_t i = 0; labels && i < data->raw_count; i++)
		if (labels[i] > AXP_DATASET_MAX_LABEL)
			return axp_fail(diag, -EINVAL,
					"memory: label %" PRIu64 " is %u, the limit is %u", i,
					labels[i], AXP_DATASET_MAX_LABEL);
	return 0;
}

int axp_dataset_memory(struct axp_dataset **out, const float *x, const uint32_t *labels,
		       uint64_t n, const uint64_t *dims, uint32_t ndim,
		       struct axp_diag *diag)
{
	static const struct axp_dataset_opts none = { .size = sizeof(none) };
	struct axp_dataset *data;
	struct memory *memory;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = 0;
	if (!ndim || ndim > 7)
		return axp_fail(diag, -EINVAL, "memory: %u dimensions, not 1 to 7", ndim);
	data = calloc(1, sizeof(*data));
	memory = calloc(1, sizeof(*memory));
	if (!data || !memory) {
		free(data);
		free(memory);
		return axp_fail(diag, -ENOMEM, "out of memory");
	}
	*memory = (struct memory){ x, labels };
	data->ops = &ops;
	data->priv = memory;
	data->raw_count = n;
	data->count = n;
	data->step = 1;
	data->labelled = labels;
	err = axp_transform_init(&data->transform, &none, ops.scale, diag);
	if (!err)
		err = axp_dataset_shape(data, "memory", dims, ndim, false, diag);
	if (!err)
		err = check(data, labels, diag);
	if (err) {
		axp_dataset_free(data);
		return err;
	}
	*out = data;
	return 0;
}
