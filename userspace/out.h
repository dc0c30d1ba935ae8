/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output: a command makes one record (a JSON object); text and JSON are two renderings
 * of it, so that they cannot differ.
 */
#ifndef AXP_TOOL_OUT_H
#define AXP_TOOL_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

enum out_format {
	OUT_TEXT,
	OUT_COUNT,	/* 1,234,567 */
	OUT_SOME,	/* a count, 0 as "-" */
	OUT_PERCENT,	/* a fraction, as 12.3% */
	OUT_PART,	/* of another key of the record, as 12.3% */
	OUT_ENERGY,	/* picojoule, in a fitting unit */
	OUT_NUMBER,	/* up to three digits, 1e-05 */
};

/**
 * struct out_column - one column of a table
 * @key: of the records
 * @title: head of the column
 * @format: how its values look; null shows as "-", none as nothing
 * @of: OUT_PART: the key that is the whole
 */
struct out_column {
	const char *key;
	const char *title;
	enum out_format format;
	const char *of;
};

/* @rows (array of records), then @total (a record, or NULL), as aligned columns */
void out_table(FILE *file, const struct out_column *columns, unsigned int nr,
	       const json_t *rows, const json_t *total);
/* one value as a cell of a table, into @text */
void out_value(char *text, size_t size, const json_t *value, enum out_format format);
/* picojoule in a fitting unit */
void out_energy(char *text, size_t size, double pj);

/* a string that JSON can hold: bytes that are no UTF-8 become '?' */
json_t *out_string(const char *text);

/**
 * struct out_file - where --json goes
 * @path: as given, NULL: nowhere
 * @tmp: file being written beside @path, NULL: written in place
 * @file: open stream
 */
struct out_file {
	const char *path;
	char *tmp;
	FILE *file;
};

/*
 * A regular file is replaced as a whole by writing it, or stays as it was; "-" is
 * the standard output. Both return 0 or EXIT_FAILED after saying why. A NULL @path is
 * accepted: nothing is written.
 */
int out_file_open(struct out_file *out, const char *path);
int out_file_write(struct out_file *out, const json_t *record);
/* the same as comma separated values: @keys as a first line, then a line per record */
int out_file_write_csv(struct out_file *out, const char *const *keys, unsigned int nr,
		       const json_t *rows);
/* give up; nothing happens after it was written */
void out_file_close(struct out_file *out);
/* does JSON take the standard output? */
bool out_file_is_stdout(const struct out_file *out);

#endif /* AXP_TOOL_OUT_H */
