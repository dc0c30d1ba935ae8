// SPDX-License-Identifier: BSD-2-Clause
/* Data sets "csv:FILE", gzip too; every sample of what is accepted can be had. */
#include <axp/axp.h>

#include "fuzz.h"

#define MAX_ELEMS	(1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_dataset_opts opts = { .size = sizeof(opts) };
	struct axp_diag diag = { .text = "" };
	struct axp_dataset *set;
	char path[32], spec[64];
	int fd = file_open(path, data, size);
	int rc;

	snprintf(spec, sizeof(spec), "csv:%s", path);
	rc = axp_dataset_open(&set, spec, &opts, &diag);
	SAYS(rc, diag);
	MUST(!rc == !!set);
	if (!rc) {
		uint64_t elems = axp_dataset_elems(set), n = axp_dataset_count(set), dims[7];
		float *x = elems <= MAX_ELEMS ? calloc(elems, sizeof(*x)) : NULL;
		uint32_t label;

		MUST(n && elems && axp_dataset_dims(set, dims) <= 7);
		for (uint64_t i = 0; x && i < n && i < 64; i++) {
			rc = axp_dataset_get(set, i, x, &label, &diag);
			SAYS(rc, diag);
		}
		free(x);
		axp_dataset_free(set);
	}
	close(fd);
	return 0;
}
