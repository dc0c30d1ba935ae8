// SPDX-License-Identifier: BSD-2-Clause
/* Progress: what a long step is at, on stderr. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define TERMINAL_NS	100000000LL	/* between updates of the line */
#define LOG_NS		10000000000LL	/* between lines of a log */

static struct {
	bool started, quiet, terminal, shown;
	int64_t next_ns;
} state;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void progress_quiet(void)
{
	state.quiet = true;
}

void progress_clear(void)
{
	if (state.shown)
		fputs("\r\033[K", stderr);
	state.shown = false;
}

void progress_show(void *user, const char *what, uint64_t done, uint64_t total)
{
	int64_t now;

	(void)user;
	if (state.quiet)
		return;
	now = now_ns();
	if (!state.started) {
		state.started = true;
		state.terminal = isatty(STDERR_FILENO);
		state.next_ns = now + (state.terminal ? 0 : LOG_NS);
	}
	if (now < state.next_ns)
		return;
	state.next_ns = now + (state.terminal ? TERMINAL_NS : LOG_NS);
	fprintf(stderr, "%saxp: %s", state.terminal ? "\r\033[K" : "", what);
	if (total)
		fprintf(stderr, ", %" PRIu64 " of %" PRIu64, done, total);
	else if (done)
		fprintf(stderr, ", %" PRIu64, done);
	if (!state.terminal)
		fputc('\n', stderr);
	else
		state.shown = true;
	fflush(stderr);
}
