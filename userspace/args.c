// SPDX-License-Identifier: BSD-2-Clause
/* Options: parsing by table. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const struct arg *find_name(const struct command *cmd, const char *name, size_t len)
{
	for (unsigned int i = 0; i < cmd->nr_args; i++)
		if (strlen(cmd->args[i].name) == len && !memcmp(cmd->args[i].name, name, len))
			return &cmd->args[i];
	return NULL;
}

static const struct arg *find_letter(const struct command *cmd, char letter)
{
	for (unsigned int i = 0; i < cmd->nr_args; i++)
		if (cmd->args[i].letter == letter)
			return &cmd->args[i];
	return NULL;
}

bool reals_parse(struct reals *list, const char *text, uint32_t max)
{
	struct reals r = { 0 };

	if (max > REALS_MAX)
		max = REALS_MAX;
	for (;;) {
		char *end;

		if (r.n == max || isspace((unsigned char)*text))
			return false;
		r.v[r.n] = strtof(text, &end);
		if (end == text || !isfinite(r.v[r.n]))
			return false;
		r.n++;
		if (!*end)
			break;
		if (*end != ',')
			return false;
		text = end + 1;
	}
	*list = r;
	return true;
}

void names_list(const struct arg_names *names, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = names->first; i < 32; i++) {
		const char *word = names->word(i);
		int n;

		if (!strcmp(word, "?"))
			continue;
		n = snprintf(text + used, size - used, "%s%s", used ? ", " : "", word);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += n;
	}
}

static bool count_parse(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	unsigned long long v;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return false;
	*out = v;
	return true;
}

/* 0, or EXIT_USAGE after one line that names option, value and limit */
static int store(const struct command *cmd, const struct arg *arg, const char *text,
		 void *settings)
{
	void *at = (char *)settings + arg->at;
	char words[128];
	int number;

	switch (arg->kind) {
	case ARG_FLAG:
		*(bool *)at = true;
		return 0;
	case ARG_TEXT:
		if (!*text)
			return misuse(cmd, "--%s '': a %s is needed", arg->name, arg->value);
		*(const char **)at = text;
		return 0;
	case ARG_TEXTS:
		if (!*text)
			return misuse(cmd, "--%s '': a %s is needed", arg->name, arg->value);
		if (((struct texts *)at)->n == TEXTS_MAX)
			return misuse(cmd, "--%s '%s': more than %u of them", arg->name, text,
				      TEXTS_MAX);
		((struct texts *)at)->v[((struct texts *)at)->n++] = text;
		return 0;
	case ARG_COUNT:
		if (count_parse(at, text, arg->min, arg->max))
			return 0;
		return misuse(cmd, "--%s '%s': a number from %llu to %llu is needed", arg->name,
			      text, (unsigned long long)arg->min, (unsigned long long)arg->max);
	case ARG_REALS:
		if (reals_parse(at, text, arg->max))
			return 0;
		if (arg->max == 1)
			return misuse(cmd, "--%s '%s': a finite number is needed", arg->name, text);
		return misuse(cmd, "--%s '%s': 1 to %llu finite numbers, with commas, are needed",
			      arg->name, text, (unsigned long long)arg->max);
	case ARG_NAME:
		number = arg->names->number(text);
		if (number >= 0 && (uint32_t)number >= arg->names->first) {
			*(uint32_t *)at = number;
			return 0;
		}
		names_list(arg->names, words, sizeof(words));
		return misuse(cmd, "--%s '%s': one of %s is needed", arg->name, text, words);
	}
	return misuse(cmd, "--%s: not an option of a known kind", arg->name);
}

/* "--name", "--name=value", "--name value"; moves *@i past a value taken from @argv */
static int parse_long(const struct command *cmd, int argc, char **argv, int *i,
		      void *settings, const struct arg **found)
{
	const char *name = argv[*i] + 2;
	const char *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct arg *arg = find_name(cmd, name, len);

	if (!arg)
		return misuse(cmd, "there is no option --%.*s", (int)len, name);
	*found = arg;
	if (arg->kind == ARG_FLAG) {
		if (eq)
			return misuse(cmd, "--%s takes no value", arg->name);
		return store(cmd, arg, NULL, settings);
	}
	if (eq)
		return store(cmd, arg, eq + 1, settings);
	if (*i + 1 >= argc)
		return misuse(cmd, "--%s needs a value: %s", arg->name, arg->value);
	*i += 1;
	return store(cmd, arg, argv[*i], settings);
}

/* "-abc", "-oVALUE", "-o VALUE" */
static int parse_letters(const struct command *cmd, int argc, char **argv, int *i,
			 void *settings, uint64_t *seen)
{
	for (const char *c = argv[*i] + 1; *c; c++) {
		const struct arg *arg = find_letter(cmd, *c);

		if (!arg)
			return misuse(cmd, "there is no option -%c", *c);
		*seen |= 1ULL << (arg - cmd->args);
		if (arg->kind == ARG_FLAG) {
			int rc = store(cmd, arg, NULL, settings);

			if (rc)
				return rc;
			continue;
		}
		if (c[1])
			return store(cmd, arg, c + 1, settings);
		if (*i + 1 >= argc)
			return misuse(cmd, "-%c needs a value: %s", arg->letter, arg->value);
		*i += 1;
		return store(cmd, arg, argv[*i], settings);
	}
	return 0;
}

static bool served(const struct command *cmd, const char *word)
{
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		args_help(stdout, cmd);
	else if (!strcmp(word, "--help-rst"))
		args_rst(stdout, cmd);
	else
		return false;
	return true;
}

int args_parse(const struct command *cmd, int argc, char **argv, void *settings, int *status)
{
	uint64_t seen = 0;
	bool only_operands = false;
	int nr = 0;

	*status = EXIT_USAGE;
	for (int i = 0; i < argc; i++) {
		const struct arg *arg = NULL;
		int rc;

		if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
			argv[nr++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--")) {
			only_operands = true;
			continue;
		}
		if (served(cmd, argv[i])) {
			*status = EXIT_DONE;
			return -1;
		}
		if (argv[i][1] == '-')
			rc = parse_long(cmd, argc, argv, &i, settings, &arg);
		else
			rc = parse_letters(cmd, argc, argv, &i, settings, &seen);
		if (rc)
			return -1;
		if (arg)
			seen |= 1ULL << (arg - cmd->args);
	}
	for (unsigned int i = 0; i < cmd->nr_args; i++) {
		if (cmd->args[i].required && !(seen & 1ULL << i)) {
			misuse(cmd, "--%s %s is missing", cmd->args[i].name, cmd->args[i].value);
			return -1;
		}
	}
	if (nr < cmd->min_operands) {
		misuse(cmd, "%s is missing", cmd->operands);
		return -1;
	}
	if (nr > cmd->max_operands) {
		misuse(cmd, "'%s' is one word too many", argv[cmd->max_operands]);
		return -1;
	}
	return nr;
}

/* --- help ------------------------------------------------------------------- */

#define HELP_WIDTH	79
#define HELP_INDENT	22

/* @text folded to lines of HELP_WIDTH columns, each after @indent blanks */
static void fold(FILE *file, const char *text, int indent, int column)
{
	while (*text) {
		int len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > HELP_WIDTH) {
			fputc('\n', file);
			column = 0;
		} else if (column > indent) {
			fputc(' ', file);
			column++;
		}
		if (column < indent) {
			fprintf(file, "%*s", indent - column, "");
			column = indent;
		}
		fprintf(file, "%.*s", len, text);
		column += len;
		text += len;
		if (*text == '\n') {
			fputc('\n', file);
			column = 0;
		}
		if (*text)
			text++;
	}
	fputc('\n', file);
}

static int option_head(FILE *file, const struct arg *arg)
{
	int n = 0;

	if (arg->letter)
		n += fprintf(file, "-%c%s%s, ", arg->letter, arg->value ? " " : "",
			     arg->value ? arg->value : "");
	n += fprintf(file, "--%s%s%s", arg->name, arg->value ? " " : "",
		     arg->value ? arg->value : "");
	return n;
}

/* the words of an ARG_NAME are appended to its help */
static void option_text(char *text, size_t size, const struct arg *arg)
{
	char words[128];

	snprintf(text, size, "%s", arg->help);
	if (arg->kind != ARG_NAME)
		return;
	names_list(arg->names, words, sizeof(words));
	snprintf(text, size, "%s One of %s.", arg->help, words);
}

void args_help(FILE *file, const struct command *cmd)
{
	char text[1024];

	fprintf(file, "Usage: axp %s %s%s[OPTION...]\n\n", cmd->name, cmd->operands,
		*cmd->operands ? " " : "");
	fold(file, cmd->about, 0, 0);
	fputs("\nOptions:\n", file);
	for (unsigned int i = 0; i < cmd->nr_args; i++) {
		int column = 2;

		fputs("  ", file);
		column += option_head(file, &cmd->args[i]);
		if (column + 2 > HELP_INDENT) {
			fputc('\n', file);
			column = 0;
		}
		option_text(text, sizeof(text), &cmd->args[i]);
		fold(file, text, HELP_INDENT, column);
	}
	fputs("  -h, --help", file);
	fold(file, "This text.", HELP_INDENT, 12);
	fprintf(file, "\nExamples:\n%s\n", cmd->examples);
	fprintf(file, "Exit status: 0 done, 1 failed, 2 wrong usage. More in axp-%s(1).\n",
		cmd->name);
}

void args_rst(FILE *file, const struct command *cmd)
{
	char text[1024];

	for (unsigned int i = 0; i < cmd->nr_args; i++) {
		option_head(file, &cmd->args[i]);
		fputc('\n', file);
		option_text(text, sizeof(text), &cmd->args[i]);
		fold(file, text, 4, 0);
		fputc('\n', file);
	}
	fputs("-h, --help\n    Print a summary of the command and exit.\n", file);
}
