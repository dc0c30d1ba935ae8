/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_LIB_REPLACE_H
#define AXP_LIB_REPLACE_H

#include <axp/axp.h>

/**
 * axp_replace_file() - put new contents in place of a file, or leave it alone
 * @path: file; may not exist yet
 * @buf: contents
 * @len: bytes
 * @diag: names the file
 *
 * Written beside @path under another name, synced, then renamed over it: a
 * reader sees the old file or the new one, whatever happens in between.
 * A symbolic link is followed, and permissions of an old file are kept.
 *
 * Return: 0; errors of open(2), write(2), fsync(2), rename(2).
 */
int axp_replace_file(const char *path, const void *buf, size_t len,
		     struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_REPLACE_H */
