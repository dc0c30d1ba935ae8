// SPDX-License-Identifier: BSD-2-Clause
/* Plot: gnuplot as a child process. */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "plot.h"

extern char **environ;

/* run gnuplot over @script; what it says goes to @said. Its exit status, or -1 with errno */
static int run_gnuplot(FILE *script, FILE *said, const char *arg)
{
	char *const argv[] = { (char *)"gnuplot", (char *)arg, NULL };
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t pid;

	err = posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = posix_spawn_file_actions_adddup2(&actions, fileno(script), 0);
		if (!err)
			err = posix_spawn_file_actions_adddup2(&actions, fileno(said), 1);
		if (!err)
			err = posix_spawn_file_actions_adddup2(&actions, fileno(said), 2);
		if (!err)
			err = posix_spawnp(&pid, "gnuplot", &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (err) {
		errno = err;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int plot_check(void)
{
	FILE *nothing = tmpfile();
	int rc;

	if (!nothing)
		return fail("gnuplot: %s", strerror(errno));
	rc = run_gnuplot(nothing, nothing, "--version");
	fclose(nothing);
	if (!rc)
		return 0;
	return fail("gnuplot cannot be run%s%s (Debian: gnuplot-nox)", rc < 0 ? ": " : "",
		    rc < 0 ? strerror(errno) : "");
}

void plot_string(FILE *gnuplot, const char *text)
{
	fputc('"', gnuplot);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\' || c == '`')
			fprintf(gnuplot, "\\%03o", c);
		else
			fputc(c < ' ' || c == 0x7f ? '?' : c, gnuplot);
	}
	fputc('"', gnuplot);
}

/* the first line that says something */
static void first_line(FILE *said, char *line, size_t size)
{
	rewind(said);
	while (fgets(line, size, said)) {
		line[strcspn(line, "\n")] = '\0';
		if (strspn(line, " \t^") < strlen(line) && !strstr(line, "plot "))
			return;
	}
	snprintf(line, size, "it does not say why");
}

/* a whole script for @tmp into @script, then run; 0 or EXIT_FAILED */
static int draw_into(const char *tmp, const char *path, const char *terminal, FILE *script,
		     FILE *said, void (*draw)(FILE *, const void *), const void *user)
{
	char line[256];
	int rc;

	fprintf(script, "set terminal %s\nset output ", terminal);
	plot_string(script, tmp);
	fputc('\n', script);
	draw(script, user);
	fputs("\nunset output\n", script);
	if (fflush(script) || ferror(script) || fseek(script, 0, SEEK_SET))
		return fail("%s: %s", path, strerror(errno));
	rc = run_gnuplot(script, said, "-");
	if (rc) {
		first_line(said, line, sizeof(line));
		rc = fail("%s: gnuplot failed: %s", path, rc < 0 ? strerror(errno) : line);
	} else if (rename(tmp, path)) {
		rc = fail("%s: cannot be written: %s", path, strerror(errno));
	}
	if (rc)
		unlink(tmp);
	return rc;
}

static int write_one(const char *path, const char *terminal,
		     void (*draw)(FILE *, const void *), const void *user)
{
	FILE *script = tmpfile(), *said = tmpfile();
	char *tmp = NULL;
	int rc;

	if (strchr(path, '\n'))
		rc = fail("a plot cannot have a name of two lines");
	else if (!script || !said || asprintf(&tmp, "%s.%ld", path, (long)getpid()) < 0)
		rc = fail("%s: %s", path, strerror(errno));
	else
		rc = draw_into(tmp, path, terminal, script, said, draw, user);
	free(tmp);
	if (script)
		fclose(script);
	if (said)
		fclose(said);
	return rc;
}

int plot_write(const char *prefix, unsigned int width, unsigned int height,
	       void (*draw)(FILE *gnuplot, const void *user), const void *user)
{
	/* PNG with twice the pixels, for print and fine screens */
	static const struct { const char *end, *terminal, *options; unsigned int scale; } files[] = {
		{ "svg", "svg", "dynamic enhanced font 'DejaVu Sans,14' background '#ffffff'", 1 },
		{ "png", "pngcairo", "enhanced font 'DejaVu Sans,24' linewidth 2 pointscale 2 "
		  "background '#ffffff'", 2 },
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < NR_ARGS(files); i++) {
		char terminal[256], *path;

		snprintf(terminal, sizeof(terminal), "%s size %u,%u %s", files[i].terminal,
			 files[i].scale * width, files[i].scale * height, files[i].options);
		if (asprintf(&path, "%s.%s", prefix, files[i].end) < 0)
			return fail("no memory for a plot");
		rc = write_one(path, terminal, draw, user);
		free(path);
	}
	return rc;
}
