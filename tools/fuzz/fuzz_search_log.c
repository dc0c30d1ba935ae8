// SPDX-License-Identifier: BSD-2-Clause
/*
 * Logs of searches (axp compile --log): the input as a file, and as what follows the
 * first line of the search's own log. What was accepted can be added to and gone on from.
 */
#include <inttypes.h>
#include <math.h>

#include "fuzz.h"
#include "search_log.h"

/* a net without layers: its fingerprint is of the options alone */
static struct axp_search_log *open_log(const char *path)
{
	struct axp_compiler c = { .opts = { .size = sizeof(c.opts), .log = path } };
	struct axp_diag diag = { .text = "" };
	struct axp_search_log *log;
	int rc = axp_search_log_open(&log, &c, &diag);

	SAYS(rc, diag);
	MUST(!rc == !!log);
	return log;
}

static void read_file(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	MUST(n >= 0);
	text[n] = '\0';
}

/* what the search makes of an entry: numbers that fit what they become */
static void check_entry(const struct axp_search_log *log, const char *line)
{
	struct axp_log_entry e = { .kind = line[0] };

	if (sscanf(line + 1, " %" SCNu32 " %" SCNu32, &e.layer, &e.number) != 2 ||
	    !axp_search_log_find(log, &e) || e.kind != 'P')
		return;
	MUST(fabs(e.value[1]) <= UINT32_MAX && e.value[2] >= 0 && e.value[2] <= UINT32_MAX);
}

static void check(const uint8_t *head, size_t head_size, const uint8_t *data, size_t size)
{
	const struct axp_log_entry added = { 'K', 7, 77777, { 0.1, -2.5e-300, 3 } };
	uint8_t *whole = malloc(head_size + size + 1);
	struct axp_log_entry found = added;
	struct axp_diag diag = { .text = "" };
	struct axp_search_log *log;
	char path[32], *text;
	int fd;

	MUST(whole);
	if (head_size)
		memcpy(whole, head, head_size);
	memcpy(whole + head_size, data, size);
	fd = file_open(path, whole, head_size + size);
	free(whole);
	log = open_log(path);
	if (log) {
		text = malloc(head_size + size + 64);
		MUST(text);
		read_file(fd, text, head_size + size + 64);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			check_entry(log, line);
		free(text);
		if (!axp_search_log_find(log, &found)) {
			MUST(!axp_search_log_add(log, &added, &diag));
			axp_search_log_close(log);
			log = open_log(path);
			MUST(log && axp_search_log_find(log, &found));
			MUST(!memcmp(found.value, added.value, sizeof(added.value)));
		}
		axp_search_log_close(log);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char head[64];

	if (!head[0]) {
		char path[32];
		int fd = file_open(path, data, 0);
		struct axp_search_log *log = open_log(path);

		MUST(log);
		axp_search_log_close(log);
		read_file(fd, head, sizeof(head));
		close(fd);
	}
	check(NULL, 0, data, size);
	check((const uint8_t *)head, strlen(head), data, size);
	return 0;
}
