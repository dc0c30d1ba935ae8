// SPDX-License-Identifier: BSD-2-Clause
/* Grid: from words to points. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"

#define MAX_VALUES	64
#define MAX_POINTS	100000

#define PART		10000	/* parts of a fraction are counted in these */

enum { K, ROWS, PREFIX, ACC, ORG, WORD, LANES, CLUSTER, GATING, BIAS, PRUNE, NR_AXES };

static int switch_number(const char *word)
{
	return !strcmp(word, "off") ? 0 : !strcmp(word, "on") ? 1 : -EINVAL;
}

static const char *switch_word(uint32_t number)
{
	return number > 1 ? "?" : number ? "on" : "off";
}

static int cluster_number(const char *word)
{
	return compile_clusters.number(word);
}

static const char *cluster_word(uint32_t number)
{
	return compile_clusters.word(number);
}

/**
 * struct axis - one name of the grid
 * @name: short name
 * @other: long name
 * @number: of a word, NULL: values are numbers
 * @word: and back
 * @min: smallest number
 * @max: largest number
 * @step: numbers are multiples of it
 * @preset: value when the name is not given; 0 of a number is auto
 * @automatic: auto may be given
 * @fraction: values are fractions, in units of 1 / PART
 */
static const struct axis {
	const char *name, *other;
	int (*number)(const char *word);
	const char *(*word)(uint32_t number);
	uint32_t min, max, step, preset;
	bool automatic, fraction;
} axes[NR_AXES] = {
	[K] = { "k", "centroids", NULL, NULL, 2, 256, 1, 0, true },
	[ROWS] = { "rows", "rows", NULL, NULL, 1, 65536, 1, 0, true },
	[PREFIX] = { "prefix", "prefix-bits", NULL, NULL, 9, 16, 1, 0, true },
	[ACC] = { "acc", "accumulator", axp_accumulator_from_name, axp_accumulator_name,
		  0, 0, 0, AXP_ACC_FIXED, false },
	[ORG] = { "org", "organisation", axp_organisation_from_name, axp_organisation_name,
		  0, 0, 0, AXP_ORG_SHARED, false },
	[WORD] = { "word", "word-bits", NULL, NULL, 8, 32, 8, 16, false },
	[LANES] = { "lanes", "lanes", NULL, NULL, 1, 65536, 1, 0, true },
	[CLUSTER] = { "cluster", "cluster", cluster_number, cluster_word, 0, 0, 0,
		      AXP_CLUSTER_COMPENSATED, false },
	[GATING] = { "gating", "gating", switch_number, switch_word, 0, 0, 0, 1, false },
	[BIAS] = { "bias", "bias", switch_number, switch_word, 0, 0, 0, 1, false },
	[PRUNE] = { "prune", "prune", NULL, NULL, 0, PART, 1, 0, false, true },
};

/* values of each axis, 0 of them: not given */
struct values {
	uint32_t v[NR_AXES][MAX_VALUES];
	uint32_t nr[NR_AXES];
};

static bool fraction_of(const struct axis *axis, const char *text, uint32_t *out)
{
	double v;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	v = strtod(text, &end) * PART;
	if (*end || !(v >= axis->min && v <= axis->max))
		return false;
	*out = (uint32_t)(v + 0.5);
	return true;
}

static bool value_of(const struct axis *axis, const char *text, uint32_t *out)
{
	unsigned long v;
	char *end;
	int n;

	if (axis->fraction)
		return fraction_of(axis, text, out);

	if (axis->number) {
		n = axis->number(text);
		*out = n;
		return n >= 0;
	}
	if (axis->automatic && !strcmp(text, "auto")) {
		*out = 0;
		return true;
	}
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoul(text, &end, 10);
	*out = v;
	return !errno && !*end && v >= axis->min && v <= axis->max && v % axis->step == 0;
}

static int bad_value(const struct command *cmd, const struct axis *axis, const char *text)
{
	const struct arg_names names = { axis->number, axis->word, 0 };
	char words[128];

	if (axis->number) {
		names_list(&names, words, sizeof(words));
		return misuse(cmd, "--grid %s='%s': one of %s is needed", axis->name, text, words);
	}
	if (axis->fraction)
		return misuse(cmd, "--grid %s='%s': a number from 0 to 1 is needed", axis->name,
			      text);
	return misuse(cmd, "--grid %s='%s': a number from %u to %u%s%s is needed", axis->name,
		      text, axis->min, axis->max, axis->step > 1 ? ", a multiple of 8" : "",
		      axis->automatic ? ", or auto," : "");
}

/* "name=value,value" */
static int take_word(struct values *values, const struct command *cmd, char *word)
{
	char *list = strchr(word, '='), *save, *text;
	size_t a;

	if (!list)
		return misuse(cmd, "--grid '%s': NAME=VALUE,... is needed", word);
	*list++ = '\0';
	for (a = 0; a < NR_AXES; a++)
		if (!strcmp(word, axes[a].name) || !strcmp(word, axes[a].other))
			break;
	if (a == NR_AXES)
		return misuse(cmd, "--grid: there is no '%s' (k, rows, prefix, acc, org, "
			      "word, lanes, cluster, gating, bias, prune)", word);
	if (values->nr[a])
		return misuse(cmd, "--grid: %s is given twice", axes[a].name);
	for (text = strtok_r(list, ",", &save); text; text = strtok_r(NULL, ",", &save)) {
		uint32_t v;

		if (!value_of(&axes[a], text, &v))
			return bad_value(cmd, &axes[a], text);
		if (values->nr[a] == MAX_VALUES)
			return misuse(cmd, "--grid: %s has more than %u values", axes[a].name,
				      MAX_VALUES);
		values->v[a][values->nr[a]++] = v;
	}
	if (!values->nr[a])
		return misuse(cmd, "--grid: %s has no value", axes[a].name);
	return 0;
}

static bool alone(uint32_t organisation)
{
	return organisation == AXP_ORG_FLAT || organisation == AXP_ORG_BANKED;
}

/* does the combination exist? */
static bool exists(const uint32_t v[NR_AXES])
{
	if (v[ORG] != AXP_ORG_SIGNIFICAND)
		return true;
	return v[ACC] == AXP_ACC_F32 && !(v[ROWS] & (v[ROWS] - 1));
}

/* settings of @v into @point, those that do not apply left out */
static void set_point(struct point *p, const uint32_t v[NR_AXES], enum point_role role)
{
	size_t used = 0;

	p->role = role;
	p->opts = (struct axp_compile_opts){
		.size = sizeof(p->opts),
		.accumulator = v[ACC],
		.organisation = v[ORG],
		.lanes = alone(v[ORG]) ? 0 : v[LANES],
		.centroids = v[K],
		.rows = v[ROWS],
		.prefix_bits = v[PREFIX],
		.word_bits = v[ACC] == AXP_ACC_FIXED ? v[WORD] : 0,
		.cluster = v[CLUSTER],
		.no_bias_correction = !v[BIAS],
		.no_gating = !v[GATING],
		.prune = (float)v[PRUNE] / PART,
	};
	for (size_t a = 0; a < NR_AXES; a++) {
		if ((a == WORD && v[ACC] != AXP_ACC_FIXED) || (a == LANES && alone(v[ORG])) ||
		    (a == PRUNE && !v[a]))
			continue;
		used += snprintf(p->key + used, sizeof(p->key) - used, "%s%s=", used ? " " : "",
				 axes[a].name);
		if (axes[a].word)
			used += snprintf(p->key + used, sizeof(p->key) - used, "%s",
					 axes[a].word(v[a]));
		else if (axes[a].fraction)
			used += snprintf(p->key + used, sizeof(p->key) - used, "%g",
					 (double)v[a] / PART);
		else if (axes[a].automatic && !v[a])
			used += snprintf(p->key + used, sizeof(p->key) - used, "auto");
		else
			used += snprintf(p->key + used, sizeof(p->key) - used, "%u", v[a]);
	}
}

static int add_point(struct grid *grid, const uint32_t v[NR_AXES], enum point_role role)
{
	struct point p, *more;

	if (!exists(v)) {
		grid->left_out++;
		return 0;
	}
	set_point(&p, v, role);
	for (size_t i = 0; i < grid->nr; i++)
		if (!strcmp(grid->points[i].key, p.key))
			return 0;
	if (grid->nr == MAX_POINTS)
		return fail("--grid: more than %u points", MAX_POINTS);
	if (!(grid->nr & (grid->nr - 1))) {
		more = realloc(grid->points, (grid->nr ? 2 * grid->nr : 1) * sizeof(*more));
		if (!more)
			return fail("no memory for the points");
		grid->points = more;
	}
	grid->points[grid->nr++] = p;
	return 0;
}

static int add_grid(struct grid *grid, const struct values *values)
{
	uint32_t at[NR_AXES] = { 0 }, v[NR_AXES];
	size_t a;

	for (;;) {
		for (a = 0; a < NR_AXES; a++)
			v[a] = values->v[a][at[a]];
		if (add_point(grid, v, POINT_GRID))
			return EXIT_FAILED;
		/* the last axis runs fastest */
		for (a = NR_AXES; a > 0; a--) {
			if (++at[a - 1] < values->nr[a - 1])
				break;
			at[a - 1] = 0;
		}
		if (!a)
			return 0;
	}
}

/* flat tables with what the PE around them may have in the grid */
static int add_flat(struct grid *grid, const struct values *values, uint32_t v[NR_AXES])
{
	static const uint32_t rows[] = { 32, 64, 128 }, k[] = { 8, 16 };

	for (size_t j = 0; j < NR_ARGS(k); j++)
		for (size_t r = 0; r < NR_ARGS(rows); r++)
			for (uint32_t w = 0; w < values->nr[WORD]; w++) {
				v[K] = k[j];
				v[ROWS] = rows[r];
				v[WORD] = values->v[WORD][w];
				if (add_point(grid, v, POINT_FLAT))
					return EXIT_FAILED;
			}
	return 0;
}

static int add_baselines(struct grid *grid, const struct values *values)
{
	uint32_t v[NR_AXES];

	for (size_t a = 0; a < NR_AXES; a++)
		v[a] = axes[a].preset;
	v[ORG] = AXP_ORG_FLAT;
	for (uint32_t i = 0; i < values->nr[ACC]; i++) {
		v[ACC] = values->v[ACC][i];
		if (add_flat(grid, values, v))
			return EXIT_FAILED;
	}
	v[ACC] = AXP_ACC_F32;
	v[K] = 16;
	v[ROWS] = 64;
	v[CLUSTER] = AXP_CLUSTER_KMEANS;
	v[BIAS] = 0;
	return add_point(grid, v, POINT_LITERAL);
}

int grid_make(struct grid *grid, const struct command *cmd, char *const *words, int nr,
	      bool baselines)
{
	struct values values = { .nr = { 0 } };
	int rc = 0;

	*grid = (struct grid){ .points = NULL };
	for (int i = 0; !rc && i < nr; i++) {
		char *copy = strdup(words[i]), *save, *word;

		if (!copy)
			return fail("no memory for the grid");
		for (word = strtok_r(copy, " \t\n", &save); !rc && word;
		     word = strtok_r(NULL, " \t\n", &save))
			rc = take_word(&values, cmd, word);
		free(copy);
	}
	if (rc)
		return rc;
	for (size_t a = 0; a < NR_AXES; a++)
		if (!values.nr[a])
			values.v[a][values.nr[a]++] = axes[a].preset;
	rc = add_grid(grid, &values);
	if (!rc && !grid->nr)
		rc = misuse(cmd, "--grid: no combination of it exists");
	if (!rc && baselines)
		rc = add_baselines(grid, &values);
	if (rc)
		grid_free(grid);
	return rc;
}

void grid_free(struct grid *grid)
{
	free(grid->points);
	grid->points = NULL;
	grid->nr = 0;
}
