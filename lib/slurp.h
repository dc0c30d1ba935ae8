/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_LIB_SLURP_H
#define AXP_LIB_SLURP_H

#include <axp/axp.h>

/**
 * axp_slurp() - a whole file in memory, unpacked when it is gzip
 * @path: regular file or pipe
 * @max: limit of the unpacked bytes
 * @buf: owned by the caller: free(); never NULL on success, one NUL behind the data
 * @len: bytes
 * @diag: names the file
 *
 * Return: 0; errors of open(2) and read(2); -EINVAL not a file, damaged gzip; -E2BIG
 * more than @max; -ENOMEM.
 */
int axp_slurp(const char *path, uint64_t max, uint8_t **buf, size_t *len,
	      struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_SLURP_H */
