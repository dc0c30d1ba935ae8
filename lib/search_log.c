// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "search_log.h"

#define TITLE		"axp-search 1 "
#define FNV_START	0xcbf29ce484222325u
#define FNV_PRIME	0x100000001b3u

/**
 * struct axp_search_log - see axp_search_log_open()
 * @path: for messages
 * @file: open to add to
 * @nr: entries
 * @max: room
 * @entry: these
 */
struct axp_search_log {
	const char *path;
	FILE *file;
	uint32_t nr, max;
	struct axp_log_entry *entry;
};

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return hash;
}

static uint64_t mix_samples(uint64_t hash, const struct axp_calibration *cal)
{
	hash = mix(hash, &cal->n, sizeof(cal->n));
	hash = mix(hash, cal->x, cal->n * cal->elems * sizeof(*cal->x));
	return cal->labels ? mix(hash, cal->labels, cal->n * sizeof(*cal->labels)) : hash;
}

/* of all that the measurements depend on: not of the bound, which is judged anew */
static uint64_t fingerprint(const struct axp_compiler *c)
{
	const struct axp_compile_opts *o = &c->opts;
	const uint32_t numbers[] = {
		o->accumulator, o->organisation, o->lanes, o->preset, o->cam_class,
		o->centroids, o->rows, o->word_bits, o->cluster, o->no_bias_correction,
		o->no_gating, o->any_organisation,
	};
	uint64_t hash = mix(FNV_START, numbers, sizeof(numbers));

	hash = mix(hash, &o->prune, sizeof(o->prune));
	for (uint32_t i = 0; i < c->nr_layers; i++) {
		const struct axp_layer *l = axp_graph_layer(c->graph, i);

		hash = mix(hash, l->weights, l->nr_weights * sizeof(*l->weights));
		hash = mix(hash, l->bias, l->oc * sizeof(*l->bias));
	}
	return mix_samples(mix_samples(hash, &c->cal), &c->check);
}

static int add_entry(struct axp_search_log *log, const struct axp_log_entry *e)
{
	if (log->nr == log->max) {
		uint32_t max = log->max ? 2 * log->max : 64;
		struct axp_log_entry *more = realloc(log->entry, max * sizeof(*more));

		if (!more)
			return -ENOMEM;
		log->entry = more;
		log->max = max;
	}
	log->entry[log->nr++] = *e;
	return 0;
}

static bool parse(struct axp_log_entry *e, const char *line)
{
	int end = 0;

	if (sscanf(line, "%c %" SCNu32 " %" SCNu32 " %la %la %la%n", &e->kind, &e->layer,
		   &e->number, &e->value[0], &e->value[1], &e->value[2], &end) != 6 ||
	    line[end] != '\n' || !strchr("KNTP", e->kind))
		return false;
	/* samples lost and changed of those that check: they become integers */
	return e->kind != 'P' || (fabs(e->value[1]) <= UINT32_MAX && e->value[2] >= 0 &&
				  e->value[2] <= UINT32_MAX);
}

/* entries that are there; @end: behind the last whole line */
static int read_entries(struct axp_search_log *log, uint64_t hash, long *end,
			struct axp_diag *diag)
{
	struct axp_log_entry e;
	char line[256], title[64];
	unsigned int nr = 0;

	snprintf(title, sizeof(title), TITLE "%016" PRIx64 "\n", hash);
	while (fgets(line, sizeof(line), log->file)) {
		size_t n = strlen(line);

		if (!n || line[n - 1] != '\n') {
			if (feof(log->file))
				break;	/* cut off */
			return axp_fail(diag, -EINVAL, "%s: line %u is no line of a search log",
					log->path, nr + 1);
		}
		if (!nr++) {
			if (strncmp(line, TITLE, strlen(TITLE)))
				return axp_fail(diag, -EINVAL, "%s: is no search log", log->path);
			if (strcmp(line, title))
				return axp_fail(diag, -EINVAL,
						"%s: is the log of another search (model, data or options differ): remove it or name another file",
						log->path);
		} else if (!parse(&e, line)) {
			return axp_fail(diag, -EINVAL, "%s: line %u is no line of a search log",
					log->path, nr);
		} else if (add_entry(log, &e)) {
			return axp_fail(diag, -ENOMEM, "no memory");
		}
		*end = ftell(log->file);
	}
	if (ferror(log->file))
		return axp_fail(diag, -EIO, "%s: cannot be read", log->path);
	return 0;
}

int axp_search_log_open(struct axp_search_log **out, const struct axp_compiler *c,
			struct axp_diag *diag)
{
	struct axp_search_log *log = calloc(1, sizeof(*log));
	uint64_t hash;
	long end = 0;
	int err = 0;

	*out = log;
	if (!log)
		return axp_fail(diag, -ENOMEM, "no memory");
	log->path = c->opts.log;
	if (!log->path)
		return 0;
	hash = fingerprint(c);
	log->file = fopen(log->path, "a+e");
	if (!log->file) {
		err = axp_fail(diag, -errno, "%s: cannot be opened: %s", log->path,
			       strerror(errno));
		goto out;
	}
	rewind(log->file);
	err = read_entries(log, hash, &end, diag);
	if (!err && (ftruncate(fileno(log->file), end) || fseek(log->file, 0, SEEK_END)))
		err = axp_fail(diag, -errno, "%s: cannot be written: %s", log->path,
			       strerror(errno));
	if (!err && !end &&
	    (fprintf(log->file, TITLE "%016" PRIx64 "\n", hash) < 0 || fflush(log->file)))
		err = axp_fail(diag, -errno, "%s: cannot be written: %s", log->path,
			       strerror(errno));
out:
	if (err) {
		axp_search_log_close(log);
		*out = NULL;
	}
	return err;
}

void axp_search_log_close(struct axp_search_log *log)
{
	if (!log)
		return;
	if (log->file)
		fclose(log->file);
	free(log->entry);
	free(log);
}

bool axp_search_log_find(const struct axp_search_log *log, struct axp_log_entry *e)
{
	for (uint32_t i = 0; i < log->nr; i++) {
		const struct axp_log_entry *l = &log->entry[i];

		if (l->kind == e->kind && l->layer == e->layer && l->number == e->number) {
			*e = *l;
			return true;
		}
	}
	return false;
}

int axp_search_log_add(struct axp_search_log *log, const struct axp_log_entry *e,
		       struct axp_diag *diag)
{
	if (!log->file)
		return 0;
	if (fprintf(log->file, "%c %" PRIu32 " %" PRIu32 " %a %a %a\n", e->kind, e->layer,
		    e->number, e->value[0], e->value[1], e->value[2]) < 0 || fflush(log->file))
		return axp_fail(diag, -errno, "%s: cannot be written: %s", log->path,
				strerror(errno));
	return 0;
}
