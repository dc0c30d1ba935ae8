// SPDX-License-Identifier: BSD-2-Clause
/* Charts of a report. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "cmd.h"
#include "plot.h"
#include "record.h"
#include "report_charts.h"

#define LABEL	22	/* longer names of layers show their end */

static const struct { const char *key, *title, *colour; } parts[] = {
	{ "search_pj", "CAM search", CHART_BLUE },
	{ "lut_pj", "LUT", CHART_SKY },
	{ "mul_pj", "multiplier", CHART_RED },
	{ "add_pj", "adder", CHART_ORANGE },
	{ "convert_pj", "conversion", CHART_PINK },
	{ "zero_pj", "zero detector", CHART_GREY },
	{ "program_pj", "programming", CHART_GREEN },
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

static void put_label(FILE *file, const char *name)
{
	char label[LABEL + 3];
	size_t n = strlen(name);

	snprintf(label, sizeof(label), "%s%s", n > LABEL ? ".." : "",
		 n > LABEL ? name + n - LABEL : name);
	plot_string(file, label);
}

/* layers and their sum */
static const json_t *row_of(const json_t *price, size_t i, const char **name)
{
	const json_t *layers = json_object_get(price, "layers");
	const json_t *row = json_array_get(layers, i);

	if (row)
		*name = text_of(row, "name");
	else if (i == json_array_size(layers))
		*name = "all layers";
	else
		return NULL;
	return row ? row : price;
}

static void put_title(FILE *file, const json_t *model, const json_t *price, const char *what)
{
	char title[512];

	snprintf(title, sizeof(title), "%s%s: %s (preset %s, CAM class %s%s)",
		 text_of(model, "name"), record_saving_note(model), what, text_of(price, "preset"),
		 text_of(price, "cam_class"),
		 json_is_true(json_object_get(price, "plain_words")) ? ", plain words" : "");
	fputs("set title ", file);
	plot_string(file, title);
	fputc('\n', file);
}

static void put_layer_axis(FILE *file, size_t layers)
{
	fprintf(file, "set xrange [-0.7:%zu.7]\n", layers);
	if (layers <= 6)
		fputs("set xtics norotate center scale 0\n", file);
	else
		fputs("set xtics rotate by 40 right scale 0\n", file);
}

/* the price that the tables were compiled for, or the first */
static const json_t *price_of(const json_t *model)
{
	const json_t *prices = json_object_get(model, "prices"), *price;
	size_t i;

	json_array_foreach(prices, i, price)
		if (!strcmp(text_of(price, "preset"), text_of(model, "preset")) &&
		    !strcmp(text_of(price, "cam_class"), text_of(model, "cam_class")))
			return price;
	return json_array_get(prices, 0);
}

static int energy_chart(const json_t *model, const json_t *price, const char *dir,
			const char *name)
{
	size_t layers = json_array_size(json_object_get(price, "layers")), i = 0;
	const json_t *row;
	const char *label;
	struct chart c;
	bool used[NR_ARGS(parts)] = { false };
	unsigned int first = 1;

	if (chart_begin(&c))
		return EXIT_FAILED;
	put_title(c.file, model, price, "where the energy goes");
	fputs("$data << EOD\n", c.file);
	for (i = 0; (row = row_of(price, i, &label)); i++) {
		double whole = real_of(row, "baseline_pj");

		put_label(c.file, label);
		for (size_t p = 0; p < NR_ARGS(parts); p++) {
			double part = real_of(row, parts[p].key);

			used[p] |= part > 0;
			fprintf(c.file, " %.9g", whole > 0 ? 100 * part / whole : 0);
		}
		fputc('\n', c.file);
	}
	fputs("EOD\n"
	      "set style data histogram\nset style histogram rowstacked\nset boxwidth 0.66\n"
	      "set ylabel 'energy, % of plain FP32 MACs of the layer'\n"
	      "set yrange [0:*]\nset format y '%g%%'\n", c.file);
	put_layer_axis(c.file, layers);
	fputs("plot ", c.file);
	for (size_t p = 0; p < NR_ARGS(parts); p++) {
		if (!used[p])
			continue;
		fprintf(c.file, "%s$data using %zu%s linecolor rgb '%s' title '%s'",
			first ? "" : ", ", p + 2, first ? ":xtic(1)" : "", parts[p].colour,
			parts[p].title);
		first = 0;
	}
	fputc('\n', c.file);
	return chart_end(&c, dir, name);
}

static int hits_chart(const json_t *model, const json_t *price, const char *dir,
		      const char *name)
{
	size_t layers = json_array_size(json_object_get(price, "layers"));
	const json_t *row;
	const char *label;
	struct chart c;

	if (chart_begin(&c))
		return EXIT_FAILED;
	put_title(c.file, model, price, "hit rate by layer");
	fputs("$data << EOD\n", c.file);
	for (size_t i = 0; (row = row_of(price, i, &label)); i++) {
		const json_t *even = json_object_get(row, "break_even");

		fprintf(c.file, "%zu ", i);
		put_label(c.file, label);
		fprintf(c.file, " %.9g ", 100 * real_of(row, "hit_rate"));
		if (json_is_number(even))
			fprintf(c.file, "%.9g\n", 100 * json_number_value(even));
		else
			fputs("NaN\n", c.file);
	}
	fputs("EOD\n"
	      "set boxwidth 0.55\nset ylabel 'of the MACs that are not gated'\n"
	      "set yrange [0:100<*]\nset format y '%g%%'\n", c.file);
	put_layer_axis(c.file, layers);
	fputs("plot $data using 1:3:xtic(2) with boxes linecolor rgb '" CHART_SKY
	      "' title 'hit rate', \\\n"
	      " $data using 1:4:(0.36) with xerrorbars pointtype 0 linewidth 3 "
	      "linecolor rgb '" CHART_RED "' title 'break-even hit rate'\n", c.file);
	return chart_end(&c, dir, name);
}

static int presets_chart(const json_t *model, const char *dir, const char *name)
{
	const json_t *prices = json_object_get(model, "prices"), *price;
	bool one_class = true;
	struct chart c;
	char text[256];
	size_t i;

	json_array_foreach(prices, i, price)
		one_class &= !strcmp(text_of(price, "cam_class"),
				     text_of(json_array_get(prices, 0), "cam_class"));
	if (chart_begin(&c))
		return EXIT_FAILED;
	fputs("set title ", c.file);
	snprintf(text, sizeof(text), "%s%s: the same counters under other prices%s%s%s",
		 text_of(model, "name"), record_saving_note(model), one_class ? " (CAM class " : "",
		 one_class ? text_of(json_array_get(prices, 0), "cam_class") : "",
		 one_class ? ")" : "");
	plot_string(c.file, text);
	fputs("\n$data << EOD\n", c.file);
	json_array_foreach(prices, i, price) {
		snprintf(text, sizeof(text), "%s%s%s", text_of(price, "preset"),
			 one_class ? "" : " ", one_class ? "" : text_of(price, "cam_class"));
		plot_string(c.file, text);
		fprintf(c.file, " %.9g %.9g", 100 * real_of(price, "saving"),
			100 * real_of(price, "saving_ungated"));
		if (json_is_number(json_object_get(price, "saving_vs_gated")))
			fprintf(c.file, " %.9g\n", 100 * real_of(price, "saving_vs_gated"));
		else
			fputs(" NaN\n", c.file);
	}
	fputs("EOD\n"
	      "set style data histogram\nset style histogram clustered gap 1.5\n"
	      "set ylabel 'energy saved'\nset yrange [*<0:100]\nset format y '%g%%'\n", c.file);
	fputs(one_class ? "set xtics scale 0\n" : "set xtics rotate by 40 right scale 0\n",
	      c.file);
	fputs("plot $data using 2:xtic(1) linecolor rgb '" CHART_BLUE "' title 'against FP32', "
	      "$data using 4 linecolor rgb '" CHART_ORANGE "' title 'against zero-gated FP32', "
	      "$data using 3 linecolor rgb '" CHART_GREEN "' title 'without gating, against FP32'\n",
	      c.file);
	return chart_end(&c, dir, name);
}

/* a range with room for labels around what was seen */
struct range {
	double low, high;
};

static void see(struct range *r, double value)
{
	if (value < r->low)
		r->low = value;
	if (value > r->high)
		r->high = value;
}

static void put_range(FILE *file, char axis, const struct range *r)
{
	double room = 0.15 * (r->high - r->low);

	if (room < 0.5)
		room = 0.5;
	/* no axis past what there can be */
	fprintf(file, "set %crange [%.9g:%.9g]\n", axis, r->low - room,
		r->high + room > 100 ? 100 : r->high + room);
}

static bool is_pruned(const json_t *model)
{
	return json_is_object(json_object_get(model, "prune"));
}

static int accuracy_chart(const json_t *record, const char *dir)
{
	const json_t *models = json_object_get(record, "models"), *model, *price = NULL;
	struct range x = { 1e9, -1e9 }, y = { 1e9, -1e9 };
	bool pruned = false;
	double fp32 = -1;
	struct chart c;
	char title[256];
	size_t i;

	if (chart_begin(&c))
		return EXIT_FAILED;
	fputs("$data << EOD\n", c.file);
	json_array_foreach(models, i, model) {
		price = price_of(model);
		see(&x, 100 * real_of(price, "saving"));
		see(&y, 100 * real_of(model, "accuracy"));
		fprintf(c.file, "%.9g %.9g ", 100 * real_of(price, "saving"),
			100 * real_of(model, "accuracy"));
		put_label(c.file, text_of(model, "name"));
		/* neighbours: one label above, one below */
		pruned |= is_pruned(model);
		fprintf(c.file, " %d %d\n", i % 2 ? -1 : 1, is_pruned(model));
		if (json_is_number(json_object_get(model, "accuracy_fp32")) &&
		    fp32 < real_of(model, "accuracy_fp32")) {
			fp32 = real_of(model, "accuracy_fp32");
			see(&y, 100 * fp32);
		}
	}
	snprintf(title, sizeof(title), "accuracy against saving (preset %s, CAM class %s)",
		 text_of(price, "preset"), text_of(price, "cam_class"));
	fputs("EOD\nset title ", c.file);
	plot_string(c.file, title);
	fputs("\nset grid xtics ytics linecolor rgb '#d8d8d8' linetype 1\n"
	      "set xlabel 'energy saved against plain FP32 MACs'\nset ylabel 'accuracy'\n"
	      "set format x '%g%%'\nset format y '%g%%'\n", c.file);
	put_range(c.file, 'x', &x);
	put_range(c.file, 'y', &y);
	fputs("plot ", c.file);
	if (fp32 >= 0)
		fprintf(c.file, "%.9g with lines dashtype 2 linewidth 1.5 linecolor rgb '"
			CHART_GREY "' title 'FP32', ", 100 * fp32);
	if (pruned)
		fputs("$data using ($5 == 1 ? $1 : NaN):2 with points pointtype 6 pointsize 1.6 "
		      "linecolor rgb '" CHART_RED "' title 'pruned models', ", c.file);
	fputs("$data using ($5 == 1 ? NaN : $1):2 with points pointtype 7 pointsize 1.6 linecolor rgb '"
	      CHART_BLUE "' title 'models', $data using 1:2:($4 > 0 ? stringcolumn(3) : '') with labels offset 0,1 notitle, "
	      "$data using 1:2:($4 < 0 ? stringcolumn(3) : '') with labels offset 0,-1 notitle\n", c.file);
	return chart_end(&c, dir, "accuracy");
}

static int model_chart(const json_t *model, const char *dir, const char *kind)
{
	const json_t *price = price_of(model);
	char *name = chart_name(text_of(model, "name"), kind);
	int rc;

	if (!name)
		return fail("no memory for a chart");
	if (!strcmp(kind, "energy"))
		rc = energy_chart(model, price, dir, name);
	else if (!strcmp(kind, "hits"))
		rc = hits_chart(model, price, dir, name);
	else
		rc = presets_chart(model, dir, name);
	free(name);
	return rc;
}

int report_charts(const json_t *record, const char *dir)
{
	const json_t *models = json_object_get(record, "models"), *model;
	bool accuracies = false;
	size_t i;

	json_array_foreach(models, i, model) {
		if (model_chart(model, dir, "energy") || model_chart(model, dir, "hits"))
			return EXIT_FAILED;
		if (json_array_size(json_object_get(model, "prices")) > 1 &&
		    model_chart(model, dir, "presets"))
			return EXIT_FAILED;
		accuracies |= json_is_number(json_object_get(model, "accuracy"));
	}
	return accuracies ? accuracy_chart(record, dir) : 0;
}
