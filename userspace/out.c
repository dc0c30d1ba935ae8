// SPDX-License-Identifier: BSD-2-Clause
/* Output: records as text tables. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

#define CELL		40	/* bytes of a cell */
#define MAX_COLUMNS	16
#define NAME_WIDTH	26	/* longer texts show their end */

static void format_count(char *text, size_t size, json_int_t value)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, value);
	size_t used = 0;

	for (int i = 0; i < n && used + 2 < size; i++) {
		if (i && (n - i) % 3 == 0 && digits[i - 1] != '-')
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

void out_energy(char *text, size_t size, double pj)
{
	static const struct { double from, scale; const char *unit; } units[] = {
		{ 1e12, 1e-12, "J" }, { 1e9, 1e-9, "mJ" }, { 1e6, 1e-6, "uJ" },
		{ 1e3, 1e-3, "nJ" }, { 0, 1, "pJ" },
	};
	unsigned int i = 0;

	while (fabs(pj) < units[i].from)
		i++;
	pj *= units[i].scale;
	snprintf(text, size, "%.*f %s", fabs(pj) >= 100 ? 1 : fabs(pj) >= 10 ? 2 : 3, pj,
		 units[i].unit);
}

static void format_text(char *text, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len > NAME_WIDTH)
		snprintf(text, size, "..%s", from + len - NAME_WIDTH + 2);
	else
		snprintf(text, size, "%s", from);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

void out_value(char *text, size_t size, const json_t *value, enum out_format format)
{
	snprintf(text, size, "%s", value ? "-" : "");
	switch (format) {
	case OUT_TEXT:
		if (json_is_string(value))
			format_text(text, size, json_string_value(value));
		break;
	case OUT_COUNT:
	case OUT_SOME:
		if (json_is_integer(value) && (format == OUT_COUNT || json_integer_value(value)))
			format_count(text, size, json_integer_value(value));
		break;
	case OUT_PERCENT:
	case OUT_PART:
		if (json_is_number(value))
			snprintf(text, size, "%.1f%%", 100 * json_number_value(value));
		break;
	case OUT_ENERGY:
		if (json_is_number(value))
			out_energy(text, size, json_number_value(value));
		break;
	case OUT_NUMBER:
		if (json_is_number(value))
			snprintf(text, size, "%.3g", json_number_value(value));
		break;
	}
}

static void cell(char *text, size_t size, const json_t *row, const struct out_column *column)
{
	const json_t *value = json_object_get(row, column->key);
	const json_t *whole;

	if (column->format != OUT_PART) {
		out_value(text, size, value, column->format);
		return;
	}
	whole = json_object_get(row, column->of);
	if (json_is_number(value) && json_is_number(whole) && json_number_value(whole) > 0)
		snprintf(text, size, "%.1f%%",
			 100 * json_number_value(value) / json_number_value(whole));
	else
		snprintf(text, size, "%s", value ? "-" : "");
}

/* one of @nr cells; nothing follows the text of the last one */
static void print_cell(FILE *file, const struct out_column *columns, unsigned int nr,
		       unsigned int c, const char *text, int width)
{
	if (c)
		fputs("  ", file);
	if (columns[c].format == OUT_TEXT)
		fprintf(file, "%-*s", c + 1 < nr ? width : 0, text);
	else
		fprintf(file, "%*s", width, text);
}

static void print_row(FILE *file, const struct out_column *columns, unsigned int nr,
		      const json_t *row, const int *width)
{
	char text[CELL];

	for (unsigned int c = 0; c < nr; c++) {
		cell(text, sizeof(text), row, &columns[c]);
		print_cell(file, columns, nr, c, text, width[c]);
	}
	fputc('\n', file);
}

void out_table(FILE *file, const struct out_column *columns, unsigned int nr,
	       const json_t *rows, const json_t *total)
{
	int width[MAX_COLUMNS];
	char text[CELL];

	if (nr > MAX_COLUMNS)
		nr = MAX_COLUMNS;
	for (unsigned int c = 0; c < nr; c++) {
		width[c] = strlen(columns[c].title);
		for (size_t r = 0; r <= json_array_size(rows); r++) {
			const json_t *row = json_array_get(rows, r);

			if (!row)
				row = total;
			if (!row)
				continue;
			cell(text, sizeof(text), row, &columns[c]);
			if (width[c] < (int)strlen(text))
				width[c] = strlen(text);
		}
	}
	for (unsigned int c = 0; c < nr; c++)
		print_cell(file, columns, nr, c, columns[c].title, width[c]);
	fputc('\n', file);
	for (size_t r = 0; r < json_array_size(rows); r++)
		print_row(file, columns, nr, json_array_get(rows, r), width);
	if (total)
		print_row(file, columns, nr, total, width);
}

json_t *out_string(const char *text)
{
	json_t *value = json_string(text);
	char *plain;

	if (value)
		return value;
	plain = strdup(text);
	if (!plain)
		return NULL;
	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(plain);
	free(plain);
	return value;
}
