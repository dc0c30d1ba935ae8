// SPDX-License-Identifier: BSD-2-Clause
/*
 * IDX files as of MNIST: two 0 bytes, type (8: unsigned byte), number of
 * dimensions, the dimensions as big endian 32 bit numbers, the bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dataset.h"
#include "diag.h"
#include "slurp.h"

struct idx_file {
	uint8_t *buf;
	const uint8_t *bytes;
	uint64_t count;
	uint32_t ndim;
	uint64_t dims[7];	/* of one item */
};

struct idx {
	struct idx_file images;
	struct idx_file labels;
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int read_idx(struct idx_file *f, const char *path, uint32_t least, uint32_t most,
		    struct axp_diag *diag)
{
	uint64_t need, elems;
	size_t len, head;
	int err;

	err = axp_slurp(path, AXP_DATASET_MAX_BYTES, &f->buf, &len, diag);
	if (err)
		return err;
	if (len < 4 || f->buf[0] || f->buf[1])
		return axp_fail(diag, -EINVAL, "%s: not an IDX file", path);
	if (f->buf[2] != 8)
		return axp_fail(diag, -EINVAL, "%s: IDX type 0x%02x, only 0x08 (unsigned bytes) is read",
				path, f->buf[2]);
	if (f->buf[3] < least || f->buf[3] > most)
		return axp_fail(diag, -EINVAL, "%s: %u dimensions, not %u to %u", path,
				f->buf[3], least, most);
	f->ndim = f->buf[3] - 1u;
	head = 4 + 4 * (size_t)f->buf[3];
	if (len < head)
		return axp_fail(diag, -EINVAL, "%s: the header ends too early", path);
	f->count = be32(f->buf + 4);
	for (uint32_t i = 0; i < f->ndim; i++)
		f->dims[i] = be32(f->buf + 8 + 4 * i);
	err = axp_dims_elems(path, f->dims, f->ndim, &elems, diag);
	if (err)
		return err;
	if (!f->count || f->count > AXP_DATASET_MAX_SAMPLES)
		return axp_fail(diag, f->count ? -E2BIG : -ENODATA,
				"%s: %" PRIu64 " samples, not 1 to %" PRIu64, path, f->count,
				AXP_DATASET_MAX_SAMPLES);
	need = f->count * elems;	/* below 2^53 */
	if (len - head != need)
		return axp_fail(diag, -EINVAL,
				"%s: %zu bytes follow the header, but %" PRIu64 " samples of %" PRIu64 " need %" PRIu64,
				path, len - head, f->count, elems, need);
	f->bytes = f->buf + head;
	return 0;
}

static int open_files(struct axp_dataset *data, const char *x, const char *y,
		      struct axp_diag *diag)
{
	struct idx *idx = data->priv;
	uint64_t dims[7] = { 1 };
	uint32_t n = 0;
	int err;

	err = read_idx(&idx->images, x, 2, 7, diag);
	if (err)
		return err;
	/* pictures are one channel, high, wide */
	if (idx->images.ndim == 2)
		n = 1;
	for (uint32_t i = 0; i < idx->images.ndim; i++)
		dims[n++] = idx->images.dims[i];
	err = axp_dataset_shape(data, x, dims, n, false, diag);
	if (err)
		return err;
	data->raw_count = idx->images.count;
	if (!y)
		return 0;
	err = read_idx(&idx->labels, y, 1, 1, diag);
	if (err)
		return err;
	if (idx->labels.count != idx->images.count)
		return axp_fail(diag, -EINVAL, "%s: %" PRIu64 " labels for %" PRIu64 " samples", y,
				idx->labels.count, idx->images.count);
	data->labelled = true;
	return 0;
}

static int idx_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	char *x, *y;
	int err;

	data->priv = calloc(1, sizeof(struct idx));
	if (!data->priv)
		return axp_fail(diag, -ENOMEM, "out of memory");
	err = axp_dataset_pair(arg, &x, &y, diag);
	if (!err)
		err = open_files(data, x, y, diag);
	free(x);
	free(y);
	return err;
}

static int idx_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		   struct axp_diag *diag)
{
	const struct idx *idx = data->priv;
	const uint8_t *from = idx->images.bytes + index * data->elems;

	(void)diag;
	for (uint64_t i = 0; i < data->elems; i++)
		x[i] = (float)from[i];
	if (data->labelled)
		*label = idx->labels.bytes[index];
	return 0;
}

static void idx_close(struct axp_dataset *data)
{
	struct idx *idx = data->priv;

	if (!idx)
		return;
	free(idx->images.buf);
	free(idx->labels.buf);
	free(idx);
}

const struct axp_dataset_ops axp_dataset_idx = {
	.kind = "idx",
	.scale = 1.0f / 255.0f,
	.open = idx_open,
	.get = idx_get,
	.close = idx_close,
};
