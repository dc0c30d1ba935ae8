/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scratch folder of a test program: files are made in it, and all of it goes when
 * the program ends.
 */
#ifndef AXP_TESTS_SCRATCH_H
#define AXP_TESTS_SCRATCH_H

#include <stddef.h>

/* path of @name in the folder; the last 16 results stay valid */
const char *scratch(const char *name);
/* write a file there; returns its path */
const char *scratch_file(const char *name, const void *data, size_t len);
/* the same as gzip */
const char *scratch_gzip(const char *name, const void *data, size_t len);
/* make a folder there; returns its path */
const char *scratch_folder(const char *name);

#endif /* AXP_TESTS_SCRATCH_H */
