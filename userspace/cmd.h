/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command: one verb of the tool. A command is one file, cmd_<name>.c, and one row of
 * the table in main.c.
 */
#ifndef AXP_TOOL_CMD_H
#define AXP_TOOL_CMD_H

#include "args.h"

enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_PARTLY = 3,	/* nothing failed, but there was no device */
};

/**
 * struct command - one verb
 * @name: matched exactly
 * @summary: one line
 * @operands: what follows the name in the usage line
 * @about: a paragraph, shown by --help
 * @examples: lines, shown by --help
 * @args: options, @nr_args of them
 * @nr_args: number of options
 * @settings: size of the structure the options are stored in
 * @defaults: its initial contents, NULL: zero
 * @min_operands: fewest words that are no options
 * @max_operands: most of them
 * @run: @operands are @nr words; returns an exit status
 */
struct command {
	const char *name;
	const char *summary;
	const char *operands;
	const char *about;
	const char *examples;
	const struct arg *args;
	unsigned int nr_args;
	size_t settings;
	const void *defaults;
	int min_operands;
	int max_operands;
	int (*run)(const void *settings, char **operands, int nr);
};

extern const struct command cmd_info, cmd_compile, cmd_eval, cmd_infer, cmd_run;
extern const struct command cmd_faults, cmd_selftest, cmd_verify;
extern const struct command cmd_top, cmd_monitor;
extern const struct command cmd_report, cmd_sweep;

/* words of enum axp_cluster */
extern const struct arg_names compile_clusters;

/* "axp: " and one line on stderr; return EXIT_FAILED and EXIT_USAGE */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int misuse(const struct command *cmd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* the same without an end: something the user should know */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* AXP_TOOL_CMD_H */
