// SPDX-License-Identifier: BSD-2-Clause
/* Data sets "csv:FILE", gzip too; every sample of what is accepted can be had. */
#include "dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	dataset_check_file("csv", data, size);
	return 0;
}
