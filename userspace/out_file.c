// SPDX-License-Identifier: BSD-2-Clause
/* Output: where --json goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "out.h"

#define JSON_STYLE	(JSON_INDENT(2) | JSON_REAL_PRECISION(15))

bool out_file_is_stdout(const struct out_file *out)
{
	return out->file == stdout;
}

/* a new file beside @path, with the rights that open(2) would give */
static int open_beside(struct out_file *out)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if (asprintf(&out->tmp, "%s.XXXXXX", out->path) < 0) {
		out->tmp = NULL;
		return fail("%s: no memory", out->path);
	}
	fd = mkstemp(out->tmp);
	if (fd < 0) {
		free(out->tmp);
		out->tmp = NULL;
		return fail("%s: cannot be written: %s", out->path, strerror(errno));
	}
	out->file = fchmod(fd, 0666 & ~mask) ? NULL : fdopen(fd, "w");
	if (!out->file) {
		fail("%s: cannot be written: %s", out->path, strerror(errno));
		close(fd);
		out_file_close(out);
		return EXIT_FAILED;
	}
	return 0;
}

int out_file_open(struct out_file *out, const char *path)
{
	struct stat st;

	*out = (struct out_file){ .path = path };
	if (!path)
		return 0;
	if (!strcmp(path, "-")) {
		out->file = stdout;
		return 0;
	}
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		out->file = fopen(path, "w");
		return out->file ? 0 : fail("%s: cannot be written: %s", path, strerror(errno));
	}
	return open_beside(out);
}

/* what was written is all there is; errno and @bad tell of it */
static int finish(struct out_file *out, bool bad)
{
	bad = bad || ferror(out->file) || fflush(out->file);
	if (!bad && out->tmp)
		bad = fsync(fileno(out->file));
	if (!bad && out->file != stdout) {
		FILE *file = out->file;

		out->file = NULL;
		bad = fclose(file);
	}
	if (!bad && out->tmp)
		bad = rename(out->tmp, out->path);
	if (bad) {
		fail("%s: %s", out_file_is_stdout(out) ? "standard output" : out->path,
		     errno ? strerror(errno) : "write error");
		out_file_close(out);
		return EXIT_FAILED;
	}
	free(out->tmp);
	out->tmp = NULL;
	return 0;
}

int out_file_write(struct out_file *out, const json_t *record)
{
	if (!out->file)
		return 0;
	errno = 0;
	return finish(out, json_dumpf(record, out->file, JSON_STYLE) ||
			   fputc('\n', out->file) == EOF);
}

/* numbers as JSON has them; a text in quotes, none as nothing */
static void put_csv(FILE *file, const json_t *value)
{
	if (json_is_integer(value)) {
		fprintf(file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		fprintf(file, "%.15g", json_real_value(value));
	} else if (json_is_boolean(value)) {
		fputc(json_is_true(value) ? '1' : '0', file);
	} else if (json_is_string(value)) {
		fputc('"', file);
		for (const char *c = json_string_value(value); *c; c++) {
			if (*c == '"')
				fputc('"', file);
			fputc(*c, file);
		}
		fputc('"', file);
	}
}

int out_file_write_csv(struct out_file *out, const char *const *keys, unsigned int nr,
		       const json_t *rows)
{
	if (!out->file)
		return 0;
	errno = 0;
	for (unsigned int c = 0; c < nr; c++)
		fprintf(out->file, "%s%s", c ? "," : "", keys[c]);
	fputc('\n', out->file);
	for (size_t r = 0; r < json_array_size(rows); r++) {
		for (unsigned int c = 0; c < nr; c++) {
			if (c)
				fputc(',', out->file);
			put_csv(out->file, json_object_get(json_array_get(rows, r), keys[c]));
		}
		fputc('\n', out->file);
	}
	return finish(out, false);
}

void out_file_close(struct out_file *out)
{
	if (out->file && out->file != stdout)
		fclose(out->file);
	out->file = NULL;
	if (out->tmp)
		unlink(out->tmp);
	free(out->tmp);
	out->tmp = NULL;
}
