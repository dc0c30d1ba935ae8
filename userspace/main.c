// SPDX-License-Identifier: BSD-2-Clause
/*
 * axp: the command line of associative processing elements.
 *
 * stdout carries what was asked for, stderr one line when something is wrong.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <axp/axp.h>

#include "cmd.h"
#include "progress.h"

static const struct command *const commands[] = {
	&cmd_info,
	&cmd_compile,
	&cmd_eval,
	&cmd_infer,
	&cmd_run,
	&cmd_faults,
	&cmd_verify,
	&cmd_selftest,
	&cmd_report,
	&cmd_sweep,
	&cmd_top,
	&cmd_monitor,
};

/* one line, whatever names of files hold */
static void say(const char *who, const char *format, va_list ap)
{
	char text[AXP_DIAG_MAX + 256];

	vsnprintf(text, sizeof(text), format, ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	progress_clear();
	fprintf(stderr, "axp: %s%s%s", who ? who : "", who ? ": " : "", text);
}

int fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(NULL, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILED;
}

void note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(NULL, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int misuse(const struct command *cmd, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(cmd ? cmd->name : NULL, format, ap);
	va_end(ap);
	fprintf(stderr, " (see axp %s%s--help)\n", cmd ? cmd->name : "", cmd ? " " : "");
	return EXIT_USAGE;
}

static void help(FILE *file)
{
	fputs("Usage: axp COMMAND [ARGUMENT...]\n\n"
	      "Associative processing elements: compiles an ONNX model to tables of precomputed\n"
	      "products, runs it on /dev/axp or on the same engine in this process, and counts\n"
	      "what it costs.\n\n"
	      "Commands:\n", file);
	for (size_t i = 0; i < NR_ARGS(commands); i++)
		fprintf(file, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help      this text, or with a command's name its own\n\n"
	      "A first run, from a model to its saving:\n"
	      "  axp compile model.onnx --calib idx:train-images.gz -o small.onnx\n"
	      "  axp eval small.onnx --data idx:test-images.gz,test-labels.gz\n"
	      "  axp infer small.onnx photo.png\n\n"
	      "Options:\n"
	      "  -h, --help     this text\n"
	      "  -V, --version  version of the tool and of the library\n\n"
	      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done without a device. More in axp(1).\n", file);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NR_ARGS(commands); i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int run(const struct command *cmd, int argc, char **argv)
{
	void *settings;
	int status, nr;

	settings = calloc(1, cmd->settings);
	if (!settings)
		return fail("no memory for the options");
	if (cmd->defaults)
		memcpy(settings, cmd->defaults, cmd->settings);
	nr = args_parse(cmd, argc, argv, settings, &status);
	if (nr >= 0)
		status = cmd->run(settings, argv, nr);
	free(settings);
	return status;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	const struct command *cmd;

	if (!word) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(word, "-h") || !strcmp(word, "--help") ||
	    (!strcmp(word, "help") && argc == 2)) {
		help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
		printf("axp %d.%d.%d (libaxp %s)\n", AXP_VERSION_MAJOR, AXP_VERSION_MINOR,
		       AXP_VERSION_PATCH, axp_version());
		return EXIT_DONE;
	}
	if (!strcmp(word, "help")) {
		cmd = find(argv[2]);
		if (!cmd)
			return misuse(NULL, "there is no command '%s'", argv[2]);
		args_help(stdout, cmd);
		return EXIT_DONE;
	}
	if (word[0] == '-')
		return misuse(NULL, "there is no option %s", word);
	cmd = find(word);
	if (!cmd)
		return misuse(NULL, "there is no command '%s'", word);
	return run(cmd, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);

	progress_clear();
	errno = 0;
	if ((fflush(stdout) || ferror(stdout)) && status == EXIT_DONE)
		return fail("standard output: %s", errno ? strerror(errno) : "write error");
	return status;
}
