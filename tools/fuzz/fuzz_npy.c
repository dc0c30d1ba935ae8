// SPDX-License-Identifier: BSD-2-Clause
/* NPY arrays, and NPZ archives of them. */
#include "fuzz.h"
#include "npy.h"
#include "npz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_diag diag = { .text = "" };
	struct axp_tensor *tensor;
	char path[32];
	int rc, fd;

	rc = axp_npy_read_mem(&tensor, data, size, "input", &diag);
	SAYS(rc, diag);
	MUST(!rc == !!tensor);
	axp_tensor_free(tensor);
	fd = file_open(path, data, size);
	diag.text[0] = '\0';
	rc = axp_npz_read(&tensor, path, NULL, &diag);
	SAYS(rc, diag);
	MUST(!rc == !!tensor);
	axp_tensor_free(tensor);
	close(fd);
	return 0;
}
