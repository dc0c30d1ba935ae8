/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mapping: a file in memory without a copy, for as long as somebody reads it. What is
 * written to it stays private.
 */
#ifndef AXP_LIB_MAPPING_H
#define AXP_LIB_MAPPING_H

#include <axp/axp.h>

/**
 * struct axp_mapping - a mapped file
 * @data: its bytes, from the start of a page on
 * @len: bytes
 * @refs: holders, of one thread
 */
struct axp_mapping {
	uint8_t *data;
	size_t len;
	uint32_t refs;
};

/**
 * axp_mapping_open() - map a file
 * @out: one reference: axp_mapping_put(); NULL when the file must be read instead, as
 *	it is no regular file, empty, or gzip, or cannot be mapped
 * @path: file
 * @max: limit of its bytes
 * @diag: names the file
 *
 * Return: 0; errors of open(2); -E2BIG more than @max; -ENOMEM.
 */
int axp_mapping_open(struct axp_mapping **out, const char *path, uint64_t max,
		     struct axp_diag *diag) AXP_MUST_CHECK;
/**
 * axp_mapping_take() - map an open file, whatever is in it
 * @out: one reference: axp_mapping_put()
 * @fd: stays open
 * @name: names the file in messages
 * @max: limit of its bytes
 * @diag: message
 *
 * Return: 0; -EINVAL no regular file, or an empty one; -E2BIG; -ENOMEM; errors of mmap(2).
 */
int axp_mapping_take(struct axp_mapping **out, int fd, const char *name, uint64_t max,
		     struct axp_diag *diag) AXP_MUST_CHECK;
/* @len bytes of the mapping at @data were copied, and never written to: the memory that
 * holds them is given back; they are read from the file again when somebody looks */
void axp_mapping_forget(const void *data, size_t len);
struct axp_mapping *axp_mapping_get(struct axp_mapping *map);
void axp_mapping_put(struct axp_mapping *map);

#endif /* AXP_LIB_MAPPING_H */
