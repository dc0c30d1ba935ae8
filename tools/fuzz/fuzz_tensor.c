// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tensors in files, NPY and TensorProto: what axp run --input takes. What is read can be
 * written, and has the same shape and numbers when it is read again.
 */
#include "fuzz.h"
#include "tensor.h"

static void again(const struct axp_tensor *tensor)
{
	struct axp_diag diag = { .text = "" };
	struct axp_tensor *copy;
	char path[64];

	snprintf(path, sizeof(path), "/dev/shm/axp-fuzz-%d.npy", (int)getpid());
	MUST(!axp_tensor_write(tensor, path, &diag));
	MUST(!axp_tensor_read(&copy, path, &diag));
	MUST(axp_shape_equal(&copy->shape, &tensor->shape));
	MUST(copy->elems == tensor->elems);
	if (copy->dtype == tensor->dtype) {
		MUST(!memcmp(copy->data, tensor->data,
			     tensor->elems * axp_dtype_size(tensor->dtype)));
	} else {
		MUST(!axp_dtype_is_float(copy->dtype));
		for (uint64_t i = 0; i < tensor->elems; i++)
			MUST(axp_tensor_int(copy, i) == axp_tensor_int(tensor, i));
	}
	axp_tensor_free(copy);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_diag diag = { .text = "" };
	struct axp_tensor *tensor;
	uint64_t dims[AXP_MAX_DIMS], elems = 1;
	uint32_t ndim;
	char path[32];
	int fd = file_open(path, data, size);
	int rc = axp_tensor_read(&tensor, path, &diag);

	close(fd);
	SAYS(rc, diag);
	MUST(!rc == !!tensor);
	if (rc)
		return 0;
	ndim = axp_tensor_dims(tensor, dims);
	MUST(ndim <= AXP_MAX_DIMS);
	for (uint32_t i = 0; i < ndim; i++)
		elems *= dims[i];
	MUST(elems == tensor->elems && axp_tensor_data(tensor));
	MUST(axp_dtype_size(axp_tensor_dtype(tensor)));
	again(tensor);
	axp_tensor_free(tensor);
	return 0;
}
