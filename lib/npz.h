/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NPZ: numpy's archives, a ZIP file with an NPY file per array.
 */
#ifndef AXP_LIB_NPZ_H
#define AXP_LIB_NPZ_H

#include "tensor.h"

/**
 * axp_npz_read() - an array of an archive
 * @out: new tensor, owned by the caller: axp_tensor_free(); NULL on failure
 * @path: archive, compressed or not
 * @array: its name, without ".npy"; NULL: the only one
 * @diag: file, array, field, value, limit
 *
 * Return: 0; as axp_npy_read_mem(); errors of open(2); -EINVAL no archive, damaged;
 * -ENOENT no such array; -E2BIG over a limit.
 */
int axp_npz_read(struct axp_tensor **out, const char *path, const char *array,
		 struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_NPZ_H */
