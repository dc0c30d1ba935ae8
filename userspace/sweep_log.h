/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log of a sweep: a file of one JSON object a line. The first says of which model, data
 * and prices the log is, each other one is the result of a point. A line is appended
 * when its point is done, so that a sweep that was interrupted goes on where it was.
 */
#ifndef AXP_TOOL_SWEEP_LOG_H
#define AXP_TOOL_SWEEP_LOG_H

#include <jansson.h>

/**
 * struct sweep_log - an open log
 * @path: file, NULL: none is kept
 * @fd: open for appending, locked
 */
struct sweep_log {
	const char *path;
	int fd;
};

#define SWEEP_PRICE_KEYS	17

/* what a result says of each price, numbers or null, beside "preset" and "cam_class" */
extern const char *const sweep_price_keys[SWEEP_PRICE_KEYS];

/*
 * Open or begin @path (NULL: no log) for a sweep that is @identity; @results becomes an
 * object of the results that are there, by key. A last line without an end, of a sweep
 * that was killed, is removed. A log of another sweep, or in use by one, and a line that
 * is no result are refused: what is in @results has all members of a result, and no
 * control characters.
 * 0 or EXIT_FAILED after saying why.
 */
int sweep_log_open(struct sweep_log *log, const char *path, const json_t *identity,
		   json_t **results);
/* append one line; @line without an end. 0 or EXIT_FAILED after saying why */
int sweep_log_add(struct sweep_log *log, const char *line);
void sweep_log_close(struct sweep_log *log);

#endif /* AXP_TOOL_SWEEP_LOG_H */
