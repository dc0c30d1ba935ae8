/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AXP_TOOL_PROGRESS_H
#define AXP_TOOL_PROGRESS_H

#include <stdint.h>

/*
 * An axp_progress_fn: on a terminal one line that is rewritten, else a line every few
 * seconds of a long step. Silent after progress_quiet().
 */
void progress_show(void *user, const char *what, uint64_t done, uint64_t total);
void progress_quiet(void);
/* remove the line before something else is printed */
void progress_clear(void);

#endif /* AXP_TOOL_PROGRESS_H */
