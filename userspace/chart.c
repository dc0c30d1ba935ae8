// SPDX-License-Identifier: BSD-2-Clause
/* Chart: the look that all charts have, and their names. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chart.h"
#include "cmd.h"
#include "plot.h"

int chart_prepare(const char *dir)
{
	struct stat st;

	if (plot_check())
		return EXIT_FAILED;
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
	fputs("set encoding utf8\nset termoption noenhanced\n"
	      "set border 3 linecolor rgb '#404040'\n"
	      "set tics nomirror textcolor rgb '#202020'\n"
	      "set grid ytics linecolor rgb '#d8d8d8' linetype 1\n"
	      "set key outside right top vertical reverse Left noenhanced samplen 1.4 spacing 1.25\n"
	      "set style fill solid 1.0 noborder\n", chart->file);
	return 0;
}

static void put_text(FILE *gnuplot, const void *user)
{
	const struct chart *chart = user;

	fwrite(chart->text, 1, chart->size, gnuplot);
}

int chart_end(struct chart *chart, const char *dir, const char *name)
{
	char *prefix;
	int rc;

	if (fclose(chart->file) || asprintf(&prefix, "%s/%s", dir, name) < 0) {
		rc = fail("no memory for a chart");
	} else {
		rc = plot_write(prefix, 960, 600, put_text, chart);
		free(prefix);
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
