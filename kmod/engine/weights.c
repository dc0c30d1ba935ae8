// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Weights: checked copies of a codebook with indices, or of plain binary32.
 */
#include "weights.h"
#include "why.h"

/* Weights between two calls of axp_breathe(). */
#define BREATH	65536

/* places of a hash of at most AXP_MAX_CENTROIDS patterns */
#define PLACES	1024

size_t axp_weights_data_bytes(u32 format, u64 count)
{
	u64 bytes;

	switch (format) {
	case AXP_WGT_F32:
		if (check_mul_overflow(count, (u64)sizeof(u32), &bytes))
			return 0;
		break;
	case AXP_WGT_U8:
		bytes = count;
		break;
	case AXP_WGT_U4:
		bytes = count / 2 + (count & 1);
		break;
	default:
		return 0;
	}
	return bytes == (size_t)bytes ? (size_t)bytes : 0;
}

static int check_format(u32 format, const u32 *codebook, u32 nr_centroids, u64 count,
			const u32 *bias, u32 nr_bias, struct axp_why *why)
{
	u32 max;

	switch (format) {
	case AXP_WGT_F32:
		max = 0;
		break;
	case AXP_WGT_U8:
		max = AXP_MAX_CENTROIDS;
		break;
	case AXP_WGT_U4:
		max = 16;
		break;
	default:
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_FORMAT, 0, format, AXP_WGT_U4);
	}
	if (nr_centroids > max || (max && (!nr_centroids || !codebook)))
		return axp_refuse(why, -EINVAL, AXP_WHY_CENTROIDS, 0, nr_centroids, max);
	if (!count)
		return axp_refuse(why, -EINVAL, AXP_WHY_COUNT, 0, 0, 1);
	if (nr_bias && !bias)
		return axp_refuse(why, -EINVAL, AXP_WHY_BIAS, 0, nr_bias, 0);
	return 0;
}

static int copy_indices(struct axp_weights *w, u32 format, const u8 *data, struct axp_why *why)
{
	u64 i;

	w->index = axp_budget_alloc(w->budget, (size_t)w->count, 1);
	if (!w->index)
		return -ENOMEM;
	for (i = 0; i < w->count; i++) {
		u8 index = format == AXP_WGT_U8 ? data[i] : data[i / 2] >> (i & 1) * 4 & 15;

		if (index >= w->nr_centroids)
			return axp_refuse(why, -ERANGE, AXP_WHY_INDEX,
					  (u32)min_t(u64, i, U32_MAX), index, w->nr_centroids);
		w->index[i] = index;
		if (!(i % BREATH) && axp_breathe())
			return -EINTR;
	}
	return 0;
}

/* centroid numbers by bit pattern, plus one; 0 is a free place */
static u16 *place_of(u16 *places, const u32 *codebook, u32 bits)
{
	u32 at = (bits * 0x9e3779b1u) >> 22;

	while (places[at] && codebook[places[at] - 1] != bits)
		at = (at + 1) % PLACES;
	return &places[at];
}

/*
 * Plain weights with few distinct patterns become a codebook, in order of first
 * appearance; others are copied as they are.
 */
static int copy_plain(struct axp_weights *w, const u32 *data)
{
	u16 *places = axp_budget_alloc(w->budget, PLACES, sizeof(u16));
	int err = 0;
	u64 i;

	w->index = axp_budget_alloc(w->budget, (size_t)w->count, 1);
	if (!places || !w->index)
		err = -ENOMEM;
	for (i = 0; i < w->count && !err; i++) {
		u16 *place = place_of(places, w->codebook, data[i]);

		if (!*place) {
			if (w->nr_centroids == AXP_MAX_CENTROIDS)
				break;
			w->codebook[w->nr_centroids++] = data[i];
			*place = (u16)w->nr_centroids;
		}
		w->index[i] = (u8)(*place - 1);
		if (!(i % BREATH))
			err = axp_breathe();
	}
	axp_budget_free(w->budget, places, PLACES, sizeof(u16));
	if (err || i == w->count)
		return err;

	axp_budget_free(w->budget, w->index, (size_t)w->count, 1);
	w->index = NULL;
	w->nr_centroids = 0;
	memset(w->codebook, 0, sizeof(w->codebook));
	w->plain = axp_budget_alloc(w->budget, (size_t)w->count, sizeof(u32));
	if (!w->plain)
		return -ENOMEM;
	memcpy(w->plain, data, (size_t)w->count * sizeof(u32));
	return 0;
}

int axp_weights_create(struct axp_weights **out, struct axp_budget *budget, u32 format,
		       const u32 *codebook, u32 nr_centroids, const void *data, u64 count,
		       const u32 *bias, u32 nr_bias, struct axp_why *why)
{
	struct axp_weights *w;
	int err;

	*out = NULL;
	err = check_format(format, codebook, nr_centroids, count, bias, nr_bias, why);
	if (err)
		return err;
	if (!axp_weights_data_bytes(AXP_WGT_F32, count))
		return axp_refuse(why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, count, U64_MAX / 4);

	w = axp_budget_alloc(budget, 1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->budget = budget;
	w->count = count;
	if (format == AXP_WGT_F32) {
		err = copy_plain(w, data);
	} else {
		w->nr_centroids = nr_centroids;
		memcpy(w->codebook, codebook, nr_centroids * sizeof(u32));
		err = copy_indices(w, format, data, why);
	}
	if (!err && nr_bias) {
		w->nr_bias = nr_bias;
		w->bias = axp_budget_alloc(budget, nr_bias, sizeof(u32));
		if (w->bias)
			memcpy(w->bias, bias, nr_bias * sizeof(u32));
		else
			err = -ENOMEM;
	}
	if (err) {
		axp_weights_free(w);
		return err;
	}
	w->budget = NULL;
	*out = w;
	return 0;
}

void axp_weights_free(struct axp_weights *w)
{
	if (!w)
		return;
	axp_mem_free(w->bias);
	axp_mem_free(w->plain);
	axp_mem_free(w->index);
	axp_mem_free(w);
}
