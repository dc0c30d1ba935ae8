/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options: one table per command is what is parsed, what --help says and what the
 * manual page's OPTIONS are made of.
 */
#ifndef AXP_TOOL_ARGS_H
#define AXP_TOOL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct command;

enum arg_kind {
	ARG_FLAG,	/* bool */
	ARG_TEXT,	/* const char *, not empty */
	ARG_TEXTS,	/* struct texts, one more each time */
	ARG_COUNT,	/* uint64_t within min..max */
	ARG_REALS,	/* struct reals, at most max of them */
	ARG_NAME,	/* uint32_t out of names */
};

#define TEXTS_MAX	256

/**
 * struct texts - what an option that may be repeated was given
 * @n: how many
 * @v: words, in order
 */
struct texts {
	uint32_t n;
	const char *v[TEXTS_MAX];
};

#define REALS_MAX	4

/**
 * struct reals - a comma separated list of finite numbers
 * @n: how many, 0: not given
 * @v: values
 */
struct reals {
	uint32_t n;
	float v[REALS_MAX];
};

/**
 * struct arg_names - words for the numbers of a property
 * @number: of a word, or negative
 * @word: of a number, "?" when there is none
 * @first: smallest number that may be chosen
 */
struct arg_names {
	int (*number)(const char *word);
	const char *(*word)(uint32_t number);
	uint32_t first;
};

/**
 * struct arg - one option
 * @name: "--name"
 * @letter: "-l", or 0
 * @value: what stands for the value in the help, NULL for ARG_FLAG
 * @help: sentences; names and defaults belong in here
 * @kind: of the value
 * @at: offset of the value in the settings of the command
 * @min: ARG_COUNT: smallest
 * @max: ARG_COUNT: largest; ARG_REALS: how many
 * @names: ARG_NAME
 * @required: refuse the command without it
 */
struct arg {
	const char *name;
	char letter;
	const char *value;
	const char *help;
	enum arg_kind kind;
	size_t at;
	uint64_t min;
	uint64_t max;
	const struct arg_names *names;
	bool required;
};

#define NR_ARGS(table)	(sizeof(table) / sizeof((table)[0]))

/**
 * args_parse() - options of @cmd out of @argv
 * @cmd: command
 * @argc: number of words after the command's name
 * @argv: these words; operands are moved to the front, in order
 * @settings: filled
 * @status: exit status when there is nothing to run
 *
 * Return: number of operands; -1: --help was served or the usage was wrong, @status
 * says which.
 */
int args_parse(const struct command *cmd, int argc, char **argv, void *settings, int *status);

/* "1,2.5" into @list; false when it is no list of at most @max finite numbers */
bool reals_parse(struct reals *list, const char *text, uint32_t max);
/* "a, b, c": the words that may be chosen */
void names_list(const struct arg_names *names, char *text, size_t size);

/* what --help prints, and the manual page's OPTIONS as reStructuredText */
void args_help(FILE *file, const struct command *cmd);
void args_rst(FILE *file, const struct command *cmd);

#endif /* AXP_TOOL_ARGS_H */
