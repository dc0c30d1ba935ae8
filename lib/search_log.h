/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log of a search: what it has measured, to go on from after a break.
 *
 * Text, one line a measurement: "KIND LAYER NUMBER A B C", numbers exact (%a), after a
 * first line that names the search by a hash of all that it depends on.
 */
#ifndef AXP_LIB_SEARCH_LOG_H
#define AXP_LIB_SEARCH_LOG_H

#include "compile.h"

#define AXP_LOG_VALUES	3

/**
 * struct axp_log_entry - one measurement
 * @kind: 'K', 'N', 'T' or 'P'
 * @layer: that it is about; of 'P' 0
 * @number: centroids, rows, bits; of 'P' a hash of the plans of all layers
 * @value: what was measured
 */
struct axp_log_entry {
	char kind;
	uint32_t layer;
	uint32_t number;
	double value[AXP_LOG_VALUES];
};

struct axp_search_log;

/**
 * axp_search_log_open() - read what is there, make ready to add to it
 * @out: new log, owned by the caller: axp_search_log_close()
 * @c: compiler: options, inputs, the net as it was; @c->opts.log NULL: nothing is kept
 * @diag: file, line and reason
 *
 * A last line that was cut off is dropped.
 * Return: 0; -EINVAL the file is no log or that of another search; errors of open(2).
 */
int axp_search_log_open(struct axp_search_log **out, const struct axp_compiler *c,
			struct axp_diag *diag) AXP_MUST_CHECK;
void axp_search_log_close(struct axp_search_log *log);
/* fill the values of @e, whose other members are set; false: not there */
bool axp_search_log_find(const struct axp_search_log *log, struct axp_log_entry *e);
/* add @e; 0 or a negative errno with @diag */
int axp_search_log_add(struct axp_search_log *log, const struct axp_log_entry *e,
		       struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_SEARCH_LOG_H */
