/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of a data set, whatever it is made of. */
#ifndef AXP_FUZZ_DATASET_H
#define AXP_FUZZ_DATASET_H

#include <axp/axp.h>

#include "fuzz.h"

#define MAX_ELEMS	(1u << 20)
#define MAX_SAMPLES	64

/* refused with a message, or every sample can be asked for */
static inline void dataset_check(const char *spec, const struct axp_dataset_opts *opts)
{
	struct axp_diag diag = { .text = "" };
	struct axp_dataset *set;
	uint64_t elems, n, dims[7];
	uint32_t label;
	float *x;
	int rc = axp_dataset_open(&set, spec, opts, &diag);

	SAYS(rc, diag);
	MUST(!rc == !!set);
	if (rc)
		return;
	elems = axp_dataset_elems(set);
	n = axp_dataset_count(set);
	MUST(n && elems && axp_dataset_dims(set, dims) <= 7);
	MUST(!opts->need_labels || axp_dataset_has_labels(set));
	x = elems <= MAX_ELEMS ? calloc(elems, sizeof(*x)) : NULL;
	for (uint64_t i = 0; x && i < n && i < MAX_SAMPLES; i++) {
		rc = axp_dataset_get(set, i, x, &label, &diag);
		SAYS(rc, diag);
	}
	free(x);
	axp_dataset_free(set);
}

/* the input as a file of @kind */
static inline void dataset_check_file(const char *kind, const uint8_t *data, size_t size)
{
	struct axp_dataset_opts opts = { .size = sizeof(opts) };
	char path[32], spec[64];
	int fd = file_open(path, data, size);

	snprintf(spec, sizeof(spec), "%s:%s", kind, path);
	dataset_check(spec, &opts);
	close(fd);
}

#endif /* AXP_FUZZ_DATASET_H */
