// SPDX-License-Identifier: BSD-2-Clause
/* Chart of a sweep: accuracy against saving, and the Pareto front. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "cmd.h"
#include "plot.h"
#include "sweep_chart.h"

static const struct { const char *organisation, *colour; int shape; } kinds[] = {
	{ "shared", CHART_BLUE, 7 },
	{ "broadcast", CHART_GREEN, 9 },
	{ "significand", CHART_PINK, 13 },
	{ "banked", CHART_ORANGE, 5 },
	{ "flat", CHART_GREY, 11 },
	{ "pruned", CHART_RED, 6 },	/* of any organisation */
};

static const char *text_of(const json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	return text ? text : "-";
}

static double real_of(const json_t *record, const char *key)
{
	return json_number_value(json_object_get(record, key));
}

static bool pruned(const json_t *point)
{
	return real_of(point, "prune") > 0;
}

/* "$name" of the points of an organisation; false: there are none */
static bool put_points(FILE *file, const json_t *points, const char *organisation)
{
	const json_t *point;
	bool any = false;
	size_t i;

	json_array_foreach(points, i, point) {
		if (!json_is_number(json_object_get(point, "saving")) ||
		    strcmp(pruned(point) ? "pruned" : text_of(point, "organisation"),
			   organisation) || !strcmp(text_of(point, "role"), "literal"))
			continue;
		if (!any)
			fprintf(file, "$%s << EOD\n", organisation);
		any = true;
		fprintf(file, "%.9g %.9g\n", 100 * real_of(point, "saving"),
			100 * real_of(point, "accuracy"));
	}
	if (any)
		fputs("EOD\n", file);
	return any;
}

static int by_saving(const void *a, const void *b)
{
	double x = real_of(*(const json_t *const *)a, "saving");
	double y = real_of(*(const json_t *const *)b, "saving");

	return x < y ? -1 : x > y;
}

static int put_front(FILE *file, const json_t *points)
{
	const json_t **front = calloc(json_array_size(points) + 1, sizeof(*front)), *point;
	size_t i, n = 0;

	if (!front)
		return fail("no memory for a chart");
	json_array_foreach(points, i, point)
		if (json_is_true(json_object_get(point, "pareto")) && !pruned(point))
			front[n++] = point;
	qsort(front, n, sizeof(*front), by_saving);
	fputs("$front << EOD\n", file);
	for (i = 0; i < n; i++)
		fprintf(file, "%.9g %.9g\n", 100 * real_of(front[i], "saving"),
			100 * real_of(front[i], "accuracy"));
	fputs("EOD\n", file);
	free(front);
	return 0;
}

static void put_one(FILE *file, const char *name, const json_t *point)
{
	fprintf(file, "$%s << EOD\n%.9g %.9g\nEOD\n", name, 100 * real_of(point, "saving"),
		100 * real_of(point, "accuracy"));
}

/* accuracies that are far below the others do not get to squeeze them */
static double lowest(const json_t *record)
{
	const json_t *point;
	double low = real_of(record, "accuracy_fp32"), floor = low - 0.3;
	size_t i;

	json_array_foreach(json_object_get(record, "points"), i, point) {
		double a = real_of(point, "accuracy");

		if (json_is_number(json_object_get(point, "saving")) && a >= floor && a < low)
			low = a;
	}
	return low;
}

static void put_frame(FILE *file, const json_t *record)
{
	double fp32 = 100 * real_of(record, "accuracy_fp32"), low = 100 * lowest(record);
	double room = fp32 - low > 4 ? 0.08 * (fp32 - low) : 0.4;
	char title[512];

	snprintf(title, sizeof(title), "%s: accuracy against saving (preset %s, CAM class %s%s)",
		 text_of(record, "name"), text_of(record, "preset"), text_of(record, "cam_class"),
		 json_is_true(json_object_get(record, "plain_words")) ? ", plain words" : "");
	fputs("set title ", file);
	plot_string(file, title);
	fprintf(file, "\nset grid xtics ytics linecolor rgb '#d8d8d8' linetype 1\n"
		"set xlabel 'energy saved against plain FP32 MACs'\nset ylabel 'accuracy'\n"
		"set format x '%%g%%%%'\nset format y '%%g%%%%'\n"
		"set offsets graph 0.04, graph 0.04, 0, 0\nset xrange [*:*<100]\n"
		"set yrange [%.9g:%.9g]\n", low - room,
		fp32 + room > 100 ? 100 + room / 4 : fp32 + room);
}

int sweep_chart(const json_t *record, const char *dir)
{
	const json_t *points = json_object_get(record, "points");
	const json_t *literal = json_object_get(record, "literal");
	const json_t *flat = json_object_get(record, "flat_best");
	bool there[NR_ARGS(kinds)];
	struct chart c;
	char *name;
	int rc;

	if (chart_begin(&c))
		return EXIT_FAILED;
	put_frame(c.file, record);
	for (size_t k = 0; k < NR_ARGS(kinds); k++)
		there[k] = put_points(c.file, points, kinds[k].organisation);
	rc = put_front(c.file, points);
	if (json_is_object(literal))
		put_one(c.file, "literal", literal);
	if (json_is_object(flat))
		put_one(c.file, "best", flat);
	fprintf(c.file, "set arrow 1 from graph 0, first %.9g to graph 1, first %.9g nohead "
		"dashtype 2 linewidth 1.5 linecolor rgb '" CHART_GREY "'\n",
		100 * real_of(record, "accuracy_fp32"), 100 * real_of(record, "accuracy_fp32"));
	fprintf(c.file, "plot $front with fsteps linewidth 2 linecolor rgb '#404040' "
		"title 'Pareto front'");
	for (size_t k = 0; k < NR_ARGS(kinds); k++)
		if (there[k])
			fprintf(c.file, ", $%s with points pointtype %d pointsize 1.1 linecolor rgb '%s' title '%s'",
				kinds[k].organisation, kinds[k].shape, kinds[k].colour,
				kinds[k].organisation);
	if (json_is_object(flat))
		fputs(", $best with points pointtype 4 pointsize 2.4 linewidth 2 linecolor rgb '#404040' "
		      "title 'best flat'", c.file);
	if (json_is_object(literal))
		fputs(", $literal with points pointtype 2 pointsize 1.8 linewidth 2.5 linecolor rgb '"
		      CHART_RED "' title 'literal recipe'", c.file);
	fputs(", NaN with lines dashtype 2 linewidth 1.5 linecolor rgb '" CHART_GREY
	      "' title 'FP32'\n", c.file);
	name = chart_name(text_of(record, "name"), "pareto");
	if (!name && !rc)
		rc = fail("no memory for a chart");
	if (rc) {
		fclose(c.file);
		free(c.text);
		free(name);
		return rc;
	}
	rc = chart_end(&c, dir, name);
	free(name);
	return rc;
}
