// SPDX-License-Identifier: BSD-2-Clause
/* Tensors in files: numpy's .npy, and ONNX's TensorProto. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "npy.h"
#include "onnx.h"
#include "slurp.h"

static int from_proto(struct axp_tensor **out, const uint8_t *buf, size_t len,
		      struct axp_diag *diag)
{
	struct axp_onnx_opts limits = {
		.size = sizeof(limits), .max_bytes = AXP_ONNX_MAX_BYTES,
		.max_nodes = AXP_ONNX_MAX_NODES, .max_depth = AXP_ONNX_MAX_DEPTH,
	};
	Onnx__TensorProto *p;
	int err;

	err = len ? axp_onnx_scan_as(&onnx__tensor_proto__descriptor, buf, len, &limits, diag) :
		    axp_fail(diag, -EINVAL, "it is empty");
	if (err)
		return err;
	p = onnx__tensor_proto__unpack(NULL, len, buf);
	if (!p)
		return axp_fail(diag, -EINVAL, "not a TensorProto");
	err = axp_onnx_any_tensor(out, p, NULL, diag);
	onnx__tensor_proto__free_unpacked(p, NULL);
	return err;
}

int axp_tensor_read(struct axp_tensor **out, const char *path, struct axp_diag *diag)
{
	uint8_t *buf;
	size_t len;
	int err;

	*out = NULL;
	if (diag)
		diag->text[0] = '\0';
	err = axp_slurp(path, AXP_ONNX_MAX_BYTES, &buf, &len, diag);
	if (err)
		return err;
	if (len >= 6 && !memcmp(buf, "\x93NUMPY", 6)) {
		err = axp_npy_read_mem(out, buf, len, path, diag);
	} else {
		err = from_proto(out, buf, len, diag);
		if (err)
			axp_fail_in(diag, err, "%s: neither .npy nor a TensorProto", path);
	}
	free(buf);
	return err;
}

int axp_tensor_write(const struct axp_tensor *tensor, const char *path, struct axp_diag *diag)
{
	if (diag)
		diag->text[0] = '\0';
	return axp_npy_write(tensor, path, diag);
}
