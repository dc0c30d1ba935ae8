// SPDX-License-Identifier: BSD-2-Clause
/* Log of a sweep. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "sweep_log.h"

#define MAX_BYTES	(1ll << 30)

const char *const sweep_price_keys[SWEEP_PRICE_KEYS] = {
	"energy_pj", "baseline_pj", "baseline_gated_pj", "saving", "saving_vs_gated",
	"saving_ungated", "hit_rate", "break_even", "search_pj", "lut_pj", "mul_pj", "add_pj",
	"convert_pj", "zero_pj", "program_pj", "mac_pj", "memory_saving",
};

static int bad_log(const struct sweep_log *log, const char *what)
{
	return fail("%s: %s: %s", log->path, what, strerror(errno));
}

/* the whole file, NUL terminated; NULL after saying why */
static char *slurp(const struct sweep_log *log, size_t *size)
{
	size_t done = 0;
	struct stat st;
	char *text;

	if (fstat(log->fd, &st)) {
		bad_log(log, "cannot be read");
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		fail("%s: cannot be a log: not a regular file", log->path);
		return NULL;
	}
	if (st.st_size > MAX_BYTES) {
		fail("%s: %lld bytes, the limit of a log is %lld", log->path,
		     (long long)st.st_size, MAX_BYTES);
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	if (!text) {
		fail("%s: no memory", log->path);
		return NULL;
	}
	while (done < (size_t)st.st_size) {
		ssize_t n = pread(log->fd, text + done, (size_t)st.st_size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : EIO;
			bad_log(log, "cannot be read");
			free(text);
			return NULL;
		}
		done += (size_t)n;
	}
	text[done] = '\0';
	*size = done;
	return text;
}

/* a string that a terminal may get */
static bool is_plain(const json_t *string)
{
	const char *c = json_string_value(string);

	while (c && *c && (unsigned char)*c >= ' ' && *c != 0x7f)
		c++;
	return c && !*c;
}

static bool is_price(const json_t *price)
{
	if (!is_plain(json_object_get(price, "preset")) ||
	    !is_plain(json_object_get(price, "cam_class")))
		return false;
	for (size_t i = 0; i < SWEEP_PRICE_KEYS; i++) {
		const json_t *value = json_object_get(price, sweep_price_keys[i]);

		if (!json_is_number(value) && !json_is_null(value))
			return false;
	}
	return true;
}

/* what sweep.c writes: a refusal, or counts and prices */
static bool is_result(const json_t *object)
{
	const json_t *error = json_object_get(object, "error");
	const json_t *samples = json_object_get(object, "samples");
	const json_t *correct = json_object_get(object, "correct");
	const json_t *prices = json_object_get(object, "prices"), *price;
	size_t i;

	if (!is_plain(json_object_get(object, "key")))
		return false;
	if (error)
		return is_plain(error);
	if (json_integer_value(samples) < 1 || !json_is_integer(correct) ||
	    json_integer_value(correct) < 0 ||
	    json_integer_value(correct) > json_integer_value(samples) ||
	    !is_plain(json_object_get(object, "digest")) || !json_array_size(prices))
		return false;
	json_array_foreach(prices, i, price)
		if (!is_price(price))
			return false;
	return true;
}

/* 0, or EXIT_FAILED after saying why */
static int take_line(const struct sweep_log *log, size_t nr, const char *line,
		     const json_t *identity, json_t *results)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *key = json_string_value(json_object_get(object, "key"));
	int rc = 0;

	if (nr == 1) {
		if (!json_is_object(object))
			rc = fail("%s: line 1: is not the log of a sweep", log->path);
		else if (!json_equal(object, identity))
			rc = fail("%s: is the log of a sweep over another model, other data or other prices",
				  log->path);
	} else if (!is_result(object)) {
		rc = fail("%s: line %zu: is not the result of a point", log->path, nr);
	} else if (json_object_set(results, key, object)) {
		rc = fail("%s: no memory", log->path);
	}
	json_decref(object);
	return rc;
}

static int take_lines(struct sweep_log *log, char *text, size_t size, const json_t *identity,
		      json_t *results)
{
	char *line = text, *end;
	size_t nr = 0;

	for (; (end = memchr(line, '\n', (size_t)(text + size - line))); line = end + 1) {
		*end = '\0';
		if (take_line(log, ++nr, line, identity, results))
			return EXIT_FAILED;
	}
	/* what a sweep was writing when it was killed */
	if (line < text + size && ftruncate(log->fd, line - text))
		return bad_log(log, "cannot be written");
	if (!nr) {
		char *first = json_dumps(identity, JSON_COMPACT | JSON_SORT_KEYS);
		int rc = first ? sweep_log_add(log, first) : fail("%s: no memory", log->path);

		free(first);
		return rc;
	}
	return 0;
}

int sweep_log_open(struct sweep_log *log, const char *path, const json_t *identity,
		   json_t **results)
{
	size_t size;
	char *text;
	int rc;

	*log = (struct sweep_log){ .path = path, .fd = -1 };
	*results = json_object();
	if (!*results)
		return fail("no memory for the results");
	if (!path)
		return 0;
	log->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (log->fd < 0)
		return bad_log(log, "cannot be opened");
	if (flock(log->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? fail("%s: is in use by another sweep", path) :
					      bad_log(log, "cannot be locked");
	text = slurp(log, &size);
	if (!text)
		return EXIT_FAILED;
	rc = take_lines(log, text, size, identity, *results);
	free(text);
	return rc;
}

int sweep_log_add(struct sweep_log *log, const char *line)
{
	size_t len = strlen(line), done = 0;
	char *whole;

	if (log->fd < 0)
		return 0;
	whole = malloc(len + 1);
	if (!whole)
		return fail("%s: no memory", log->path);
	memcpy(whole, line, len);
	whole[len++] = '\n';
	while (done < len) {
		ssize_t n = write(log->fd, whole + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		done += (size_t)n;
	}
	free(whole);
	if (done < len || fdatasync(log->fd))
		return bad_log(log, "cannot be written");
	return 0;
}

void sweep_log_close(struct sweep_log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}
