// SPDX-License-Identifier: BSD-2-Clause
/* Chart: gnuplot as a child process. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chart.h"
#include "cmd.h"

extern char **environ;

/* run gnuplot over @script; what it says goes to @said. Its exit status, or -1 with errno */
static int run_gnuplot(FILE *script, FILE *said, char *const argv[])
{
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

int chart_prepare(const char *dir)
{
	char *const argv[] = { (char *)"gnuplot", (char *)"--version", NULL };
	FILE *nothing = tmpfile();
	struct stat st;
	int rc;

	if (!nothing)
		return fail("charts: %s", strerror(errno));
	rc = run_gnuplot(nothing, nothing, argv);
	fclose(nothing);
	if (rc)
		return fail("charts: gnuplot cannot be run%s%s (Debian: gnuplot-nox)",
			    rc < 0 ? ": " : "", rc < 0 ? strerror(errno) : "");
	if (mkdir(dir, 0777) && errno != EEXIST)
		return fail("%s: cannot be made: %s", dir, strerror(errno));
	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		return fail("%s: is no folder", dir);
	return 0;
}

int chart_begin(struct chart *chart)
{
	chart->text = NULL;
	chart->file = open_memstream(&chart->text, &chart->size);
	if (!chart->file)
		return fail("no memory for a chart");
	fputs("set encoding utf8\n"
	      "set border 3 linecolor rgb '#404040'\n"
	      "set tics nomirror textcolor rgb '#202020'\n"
	      "set grid ytics linecolor rgb '#d8d8d8' linetype 1\n"
	      "set key outside right top vertical reverse Left noenhanced samplen 1.4 spacing 1.25\n"
	      "set style fill solid 1.0 noborder\n", chart->file);
	return 0;
}

void chart_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\' || c == '`')
			fprintf(file, "\\%03o", c);
		else if (c >= ' ' && c != 0x7f)
			fputc(c, file);
	}
	fputc('"', file);
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
	line[0] = '\0';
}

static int draw(const struct chart *chart, const char *terminal, const char *path)
{
	char *const argv[] = { (char *)"gnuplot", (char *)"-", NULL };
	FILE *script = tmpfile(), *said = tmpfile();
	char *tmp = NULL;
	char line[256];
	int rc = EXIT_FAILED;

	if (!script || !said || asprintf(&tmp, "%s.%ld", path, (long)getpid()) < 0) {
		fail("%s: %s", path, strerror(errno));
		tmp = NULL;
		goto out;
	}
	fprintf(script, "set terminal %s\nset output ", terminal);
	chart_text(script, tmp);
	fputc('\n', script);
	fwrite(chart->text, 1, chart->size, script);
	fputs("unset output\n", script);
	if (fflush(script) || fseek(script, 0, SEEK_SET)) {
		fail("%s: %s", path, strerror(errno));
		goto out;
	}
	rc = run_gnuplot(script, said, argv);
	if (rc) {
		first_line(said, line, sizeof(line));
		rc = fail("%s: gnuplot failed: %s", path, rc < 0 ? strerror(errno) : line);
		unlink(tmp);
	} else if (rename(tmp, path)) {
		rc = fail("%s: cannot be written: %s", path, strerror(errno));
		unlink(tmp);
	}
out:
	free(tmp);
	if (script)
		fclose(script);
	if (said)
		fclose(said);
	return rc;
}

int chart_end(struct chart *chart, const char *dir, const char *name)
{
	static const struct { const char *suffix, *terminal; } kinds[] = {
		{ "svg", "svg size 960,600 dynamic noenhanced font 'DejaVu Sans,14' "
			 "background '#ffffff'" },
		{ "png", "pngcairo size 1920,1200 noenhanced font 'DejaVu Sans,24' "
			 "linewidth 2 pointscale 2 background '#ffffff'" },
	};
	int rc = 0;

	if (fclose(chart->file)) {
		free(chart->text);
		return fail("no memory for a chart");
	}
	for (size_t i = 0; !rc && i < NR_ARGS(kinds); i++) {
		char *path;

		if (asprintf(&path, "%s/%s.%s", dir, name, kinds[i].suffix) < 0) {
			rc = fail("no memory for a chart");
			break;
		}
		rc = draw(chart, kinds[i].terminal, path);
		free(path);
	}
	free(chart->text);
	return rc;
}

char *chart_name(const char *path, const char *kind)
{
	char *copy = strdup(path), *name = NULL, *base;
	size_t n;

	if (!copy)
		return NULL;
	base = basename(copy);
	n = strlen(base);
	if (n > 5 && !strcmp(base + n - 5, ".onnx"))
		base[n - 5] = '\0';
	for (char *c = base; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._+", *c))
			*c = '-';
	if (asprintf(&name, "%s-%s", base[0] == '.' ? "model" : base, kind) < 0)
		name = NULL;
	free(copy);
	return name;
}
