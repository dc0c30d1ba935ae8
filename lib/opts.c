// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "diag.h"
#include "opts.h"

int axp_opts_copy(void *to, size_t known, const void *from, const char *name,
		  struct axp_diag *diag)
{
	const unsigned char *p = from;
	size_t size = known, i;

	memset(to, 0, known);
	if (from)
		memcpy(&size, from, sizeof(size));
	if (size < sizeof(size))
		return axp_fail(diag, -EINVAL, "struct %s: size is %zu, %zu is the smallest (AXP_OPTS sets it)",
				name, size, sizeof(size));
	for (i = known; i < size; i++)
		if (p[i])
			return axp_fail(diag, -E2BIG,
					"struct %s: byte %zu is set, this library knows %zu bytes",
					name, i, known);
	if (from)
		memcpy(to, from, size < known ? size : known);
	memcpy(to, &known, sizeof(known));
	return 0;
}
