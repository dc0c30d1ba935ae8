// SPDX-License-Identifier: BSD-2-Clause
/* Plot: gnuplot as a filter. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cmd.h"
#include "plot.h"

int plot_check(void)
{
	FILE *gnuplot = popen("exec gnuplot --version >/dev/null 2>&1", "r");

	if (gnuplot && !pclose(gnuplot))
		return 0;
	return fail("--plot needs gnuplot: apt-get install gnuplot-nox");
}

void plot_string(FILE *gnuplot, const char *text)
{
	fputc('\'', gnuplot);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', gnuplot);
		fputc((unsigned char)*text < ' ' ? '?' : *text, gnuplot);
	}
	fputc('\'', gnuplot);
}

static int write_one(const char *path, const char *terminal, unsigned int width,
		     unsigned int height, void (*draw)(FILE *, const void *), const void *user)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	FILE *gnuplot;
	bool bad;
	int rc;

	if (strchr(path, '\n'))
		return fail("%s: a plot cannot have this name", path);
	gnuplot = popen("exec gnuplot", "w");
	if (!gnuplot)
		return fail("gnuplot: %s", strerror(errno));
	/* it may give up before all is written */
	sigaction(SIGPIPE, &ignore, &before);
	fprintf(gnuplot, "set terminal %s size %u,%u\nset output ", terminal, width, height);
	plot_string(gnuplot, path);
	fputc('\n', gnuplot);
	draw(gnuplot, user);
	bad = fflush(gnuplot) || ferror(gnuplot);
	rc = pclose(gnuplot);
	sigaction(SIGPIPE, &before, NULL);
	return bad || rc ? fail("%s: gnuplot could not write it", path) : 0;
}

int plot_write(const char *prefix, unsigned int width, unsigned int height,
	       void (*draw)(FILE *gnuplot, const void *user), const void *user)
{
	static const struct { const char *end, *terminal; } files[] = {
		{ "svg", "svg enhanced background '#ffffff'" },
		{ "png", "pngcairo enhanced" },
	};
	char path[4096];

	for (size_t i = 0; i < NR_ARGS(files); i++) {
		int n = snprintf(path, sizeof(path), "%s.%s", prefix, files[i].end);

		if (n < 0 || (size_t)n >= sizeof(path))
			return fail("--plot: the name is too long");
		if (write_one(path, files[i].terminal, width, height, draw, user))
			return EXIT_FAILED;
	}
	return 0;
}
