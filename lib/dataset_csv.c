// SPDX-License-Identifier: BSD-2-Clause
/*
 * CSV: one sample a line, numbers in C notation with commas between them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "diag.h"
#include "slurp.h"

struct csv {
	float *x;		/* raw_count * elems */
	uint32_t *label;	/* raw_count, or NULL */
};

/**
 * struct parser - where we are in the text
 * @file: for messages
 * @c_locale: a point is a point, whatever the program's locale
 * @at: next character
 * @line: from 1
 * @v: the numbers of one line
 * @room: of @v
 * @n: of @v
 */
struct parser {
	const char *file;
	locale_t c_locale;
	char *at;
	uint64_t line;
	double *v;
	uint64_t room;
	uint64_t n;
};

static int push(struct parser *p, double v, struct axp_diag *diag)
{
	if (p->n > AXP_DATASET_MAX_ELEMS)
		return axp_fail(diag, -E2BIG, "%s: line %" PRIu64 " has more than %" PRIu64 " numbers",
				p->file, p->line, AXP_DATASET_MAX_ELEMS);
	if (p->n == p->room) {
		uint64_t room = p->room ? 2 * p->room : 64;
		double *q = realloc(p->v, room * sizeof(*q));

		if (!q)
			return axp_fail(diag, -ENOMEM, "%s: out of memory", p->file);
		p->v = q;
		p->room = room;
	}
	p->v[p->n++] = v;
	return 0;
}

/* numbers up to the end of the line; the caller knows it is not empty */
static int parse_line(struct parser *p, struct axp_diag *diag)
{
	char *field, *end;
	size_t len, shown;
	double v;
	int err;

	for (p->n = 0;; p->at++) {
		p->at += strspn(p->at, " \t");
		field = p->at;
		len = strspn(field, "+-.0123456789eE");
		v = strtod_l(field, &end, p->c_locale);
		if (end == field + len)
			p->at += len;
		p->at += strspn(p->at, " \t\r");
		if (!len || end != field + len || (*p->at && *p->at != ',' && *p->at != '\n')) {
			shown = strcspn(field, ",\r\n");
			return axp_fail(diag, -EINVAL,
					"%s: line %" PRIu64 ", column %" PRIu64 ": '%.*s' is not a number",
					p->file, p->line, p->n + 1, (int)(shown < 32 ? shown : 32),
					field);
		}
		if (!isfinite((float)v))
			return axp_fail(diag, -EINVAL,
					"%s: line %" PRIu64 ", column %" PRIu64 ": %g is out of the range of binary32",
					p->file, p->line, p->n + 1, v);
		err = push(p, v, diag);
		if (err)
			return err;
		if (*p->at != ',')
			return 0;
	}
}

/* what the first line says about the others */
static int take_shape(struct axp_dataset *data, const struct parser *p, struct axp_diag *diag)
{
	uint64_t want = 0, dims[1];
	int err;

	if (data->nr_want) {
		err = axp_dims_elems("the net's input", data->want, data->nr_want, &want, diag);
		if (err)
			return err;
	}
	data->labelled = !want || p->n != want;
	dims[0] = p->n - data->labelled;
	if (!dims[0])
		return axp_fail(diag, -EINVAL, "%s: line 1 is one number, but a sample and a label are needed",
				p->file);
	if (want && dims[0] != want)
		return axp_fail(diag, -EINVAL,
				"%s: line 1 has %" PRIu64 " numbers, the net takes %" PRIu64 " (and a label)",
				p->file, p->n, want);
	return axp_dataset_shape(data, p->file, dims, 1, true, diag);
}

static int store(struct axp_dataset *data, uint64_t row, const struct parser *p,
		 struct axp_diag *diag)
{
	uint64_t n = data->elems + data->labelled;
	struct csv *csv = data->priv;
	double label;

	if (p->n != n)
		return axp_fail(diag, -EINVAL,
				"%s: line %" PRIu64 " has %" PRIu64 " numbers, the first line has %" PRIu64,
				p->file, p->line, p->n, n);
	for (uint64_t i = 0; i < data->elems; i++)
		csv->x[row * data->elems + i] = (float)p->v[i];
	if (!data->labelled)
		return 0;
	label = p->v[data->elems];
	if (label < 0 || label > AXP_DATASET_MAX_LABEL || label != floor(label))
		return axp_fail(diag, -EINVAL,
				"%s: line %" PRIu64 ": the label %g is not a whole number of 0 to %u",
				p->file, p->line, label, AXP_DATASET_MAX_LABEL);
	csv->label[row] = (uint32_t)label;
	return 0;
}

static int parse(struct axp_dataset *data, struct parser *p, size_t len,
		 struct axp_diag *diag)
{
	uint64_t lines = 1, bytes;
	struct csv *csv = data->priv;
	char *text = p->at;
	int err;

	if (strlen(text) != len)
		return axp_fail(diag, -EINVAL, "%s: byte %zu is 0: not text", p->file, strlen(text));
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = 0;
	if (!len)
		return axp_fail(diag, -ENODATA, "%s: no sample", p->file);
	for (char *s = text; (s = strchr(s, '\n')); s++)
		lines++;
	if (lines > AXP_DATASET_MAX_SAMPLES)
		return axp_fail(diag, -E2BIG, "%s: %" PRIu64 " lines, the limit is %" PRIu64,
				p->file, lines, AXP_DATASET_MAX_SAMPLES);
	for (data->raw_count = 0; data->raw_count < lines; data->raw_count++, p->at++) {
		p->line = data->raw_count + 1;
		err = parse_line(p, diag);
		if (!err && !data->raw_count) {
			err = take_shape(data, p, diag);
			if (err)
				return err;
			if (axp_mul_size(lines, data->elems * sizeof(*csv->x), &bytes) ||
			    bytes > 2 * AXP_DATASET_MAX_BYTES)
				return axp_fail(diag, -E2BIG, "%s: %" PRIu64 " samples of %" PRIu64 " are too many",
						p->file, lines, data->elems);
			csv->x = malloc(bytes);
			csv->label = calloc(lines, sizeof(*csv->label));
			if (!csv->x || !csv->label)
				return axp_fail(diag, -ENOMEM, "%s: out of memory", p->file);
		}
		if (!err)
			err = store(data, data->raw_count, p, diag);
		if (err)
			return err;
	}
	return 0;
}

static int csv_open(struct axp_dataset *data, const char *arg, struct axp_diag *diag)
{
	struct parser p = { .file = arg };
	uint8_t *buf = NULL;
	size_t len;
	int err;

	data->priv = calloc(1, sizeof(struct csv));
	p.c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!data->priv || !p.c_locale) {
		err = axp_fail(diag, -ENOMEM, "out of memory");
		goto out;
	}
	err = axp_slurp(arg, AXP_DATASET_MAX_BYTES, &buf, &len, diag);
	if (err)
		goto out;
	p.at = (char *)buf;
	err = parse(data, &p, len, diag);
out:
	if (p.c_locale)
		freelocale(p.c_locale);
	free(p.v);
	free(buf);
	return err;
}

static int csv_get(struct axp_dataset *data, uint64_t index, float *x, uint32_t *label,
		   struct axp_diag *diag)
{
	const struct csv *csv = data->priv;

	(void)diag;
	memcpy(x, csv->x + index * data->elems, data->elems * sizeof(*x));
	if (data->labelled)
		*label = csv->label[index];
	return 0;
}

static void csv_close(struct axp_dataset *data)
{
	struct csv *csv = data->priv;

	if (!csv)
		return;
	free(csv->x);
	free(csv->label);
	free(csv);
}

const struct axp_dataset_ops axp_dataset_csv = {
	.kind = "csv",
	.scale = 1,
	.open = csv_open,
	.get = csv_get,
	.close = csv_close,
};
