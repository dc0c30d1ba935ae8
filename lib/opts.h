/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_LIB_OPTS_H
#define AXP_LIB_OPTS_H

#include <axp/axp.h>

/**
 * axp_opts_copy() - an option structure of a caller of any age
 * @to: the structure as this library knows it, @known bytes, filled; its first
 *	member, the size, becomes @known
 * @known: sizeof
 * @from: the caller's, NULL: all zero; its first member is its size
 * @name: of the structure, for the message
 * @diag: message
 *
 * Return: 0; -EINVAL smaller than its first member; -E2BIG something is set that
 * this library does not know.
 */
int axp_opts_copy(void *to, size_t known, const void *from, const char *name,
		  struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_OPTS_H */
