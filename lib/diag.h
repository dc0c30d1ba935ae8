/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_LIB_DIAG_H
#define AXP_LIB_DIAG_H

#include <axp/axp.h>

/**
 * axp_fail() - write the message of a failure, and return its errno
 * @diag: may be NULL; a message that is already there (deeper) is kept
 * @err: negative errno
 * @fmt: one line: file, field, value, limit; control characters in what it is filled
 *	with become '?'
 */
int axp_fail(struct axp_diag *diag, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* put "what: " before the message that is there */
int axp_fail_in(struct axp_diag *diag, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* a * b, or -EOVERFLOW */
int axp_mul_size(uint64_t a, uint64_t b, uint64_t *out) AXP_MUST_CHECK;

#endif /* AXP_LIB_DIAG_H */
