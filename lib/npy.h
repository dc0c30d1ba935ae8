/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPY: numpy's array files, versions 1 to 3, C order, little endian.
 */
#ifndef AXP_LIB_NPY_H
#define AXP_LIB_NPY_H

#include "tensor.h"

/* can the numbers of @tensor be samples: floating-point numbers or uint8? */
bool axp_npy_is_samples(const struct axp_tensor *tensor);
/* @n of them from @first on, rounded to float32 */
void axp_npy_samples(const struct axp_tensor *tensor, uint64_t first, uint64_t n, float *x);

/**
 * axp_npy_read_mem() - an array from a file's bytes
 * @out: new tensor, owned by the caller: axp_tensor_free(); NULL on failure
 * @buf: the file, copied
 * @len: bytes
 * @name: stands for the file in messages
 * @diag: file, field, value, limit
 *
 * Floats, uint8, int8, int32, int64 and bool keep their type; int16 and uint16
 * become INT32, uint32 and uint64 (below 2^63) INT64. Others are refused.
 *
 * Return: 0; -EINVAL malformed; -EOPNOTSUPP type or order; -E2BIG over
 * AXP_MAX_DIMS or AXP_MAX_ELEMS; -ENOMEM.
 */
int axp_npy_read_mem(struct axp_tensor **out, const void *buf, size_t len, const char *name,
		     struct axp_diag *diag) AXP_MUST_CHECK;
int axp_npy_read(struct axp_tensor **out, const char *path, struct axp_diag *diag) AXP_MUST_CHECK;
/* version 1.0; @path is replaced as a whole, or left as it was */
int axp_npy_write(const struct axp_tensor *tensor, const char *path,
		  struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_NPY_H */
