// SPDX-License-Identifier: BSD-2-Clause
/*
 * Logs of sweeps (axp sweep --log): the input as a file, and as what follows the first
 * line of the sweep's own log. What was accepted can be added to and gone on from, and
 * makes a report without control characters.
 */
#include <stdarg.h>

#include "fuzz.h"
#include "userspace/cmd_sweep.c"

static json_t *identity;
static char *head;
static struct grid grid;

/* main.c's, which prints them */
static int say(int status, const char *format, va_list ap)
{
	char text[AXP_DIAG_MAX + 256];

	vsnprintf(text, sizeof(text), format, ap);
	MUST(text[0]);
	return status;
}

int fail(const char *format, ...)
{
	va_list ap;
	int rc;

	va_start(ap, format);
	rc = say(EXIT_FAILED, format, ap);
	va_end(ap);
	return rc;
}

void note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(0, format, ap);
	va_end(ap);
}

int misuse(const struct command *cmd, const char *format, ...)
{
	va_list ap;
	int rc;

	(void)cmd;
	va_start(ap, format);
	rc = say(EXIT_USAGE, format, ap);
	va_end(ap);
	return rc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char words[] = "k=4 rows=8 word=8,16";
	char *list[] = { words };

	(void)argc;
	(void)argv;
	identity = json_pack("{s:s, s:s}", "log", "axp sweep 1", "model", "0123456789abcdef");
	head = json_dumps(identity, JSON_COMPACT | JSON_SORT_KEYS);
	MUST(identity && head && !grid_make(&grid, &cmd_sweep, list, 1, true));
	return 0;
}

static json_t *open_results(struct sweep_log *log, const char *path)
{
	json_t *results = NULL, *result;
	const char *key;

	if (sweep_log_open(log, path, identity, &results)) {
		sweep_log_close(log);
		json_decref(results);
		return NULL;
	}
	MUST(json_is_object(results));
	json_object_foreach(results, key, result)
		MUST(!strcmp(json_string_value(json_object_get(result, "key")), key));
	return results;
}

/* points that the log does not have are computed before the report is made */
static json_t *complete(const json_t *results)
{
	json_t *all = json_copy((json_t *)results);

	MUST(all);
	for (size_t i = 0; i < grid.nr; i++) {
		const char *key = grid.points[i].key;

		if (!json_object_get(all, key))
			MUST(!json_object_set_new(all, key, json_pack("{s:s, s:s}", "key", key,
								      "error", "none")));
	}
	return all;
}

/* all that axp sweep does with results; the text is what a terminal gets */
static void report(const json_t *results)
{
	struct sweep_job job = { .model = "net.onnx", .data = "csv:x", .calib = "csv:x" };
	json_t *all = complete(results), *record;
	struct out_file json, csv;
	FILE *was = stdout;
	size_t size;
	char *text;

	record = make_record(&defaults, &job, &grid, all, 0.5);
	json_decref(all);
	MUST(record && json_array_size(json_object_get(record, "points")) == grid.nr);
	stdout = open_memstream(&text, &size);
	MUST(stdout);
	print_record(record);
	fclose(stdout);
	stdout = was;
	for (size_t i = 0; i < size; i++)
		MUST(text[i] == '\n' || ((unsigned char)text[i] >= ' ' && text[i] != 0x7f));
	free(text);
	MUST(!out_file_open(&json, "/dev/null") && !out_file_write(&json, record));
	MUST(!out_file_open(&csv, "/dev/null") &&
	     !out_file_write_csv(&csv, csv_keys, NR_ARGS(csv_keys),
				 json_object_get(record, "points")));
	out_file_close(&json);
	out_file_close(&csv);
	json_decref(record);
}

/* what was cut off is gone: a result more, and the log is read again */
static void go_on(struct sweep_log *log, const char *path, json_t *results)
{
	static const char line[] = "{\"key\":\"new\",\"error\":\"none\"}";
	json_t *more = json_loads(line, 0, NULL), *again;

	MUST(more && !sweep_log_add(log, line) && !json_object_set_new(results, "new", more));
	sweep_log_close(log);
	again = open_results(log, path);
	MUST(again && json_equal(again, results));
	json_decref(again);
}

static void check_log(const char *first, const uint8_t *data, size_t size)
{
	size_t head_size = first ? strlen(first) + 1 : 0;
	uint8_t *whole = malloc(head_size + size + 1);
	struct sweep_log log;
	json_t *results;
	char path[32];
	int fd;

	MUST(whole);
	if (first)
		sprintf((char *)whole, "%s\n", first);
	memcpy(whole + head_size, data, size);
	fd = file_open(path, whole, head_size + size);
	free(whole);
	results = open_results(&log, path);
	if (results) {
		report(results);
		go_on(&log, path, results);
		sweep_log_close(&log);
	}
	json_decref(results);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_log(NULL, data, size);
	check_log(head, data, size);
	return 0;
}
