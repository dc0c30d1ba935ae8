// SPDX-License-Identifier: BSD-2-Clause
/* axp top: a live view of the device and its clients. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <curses.h>

#include "cmd.h"
#include "watch.h"

struct top_args {
	uint64_t interval_ms;
	bool once;
	bool totals;
};

static const struct top_args defaults = { .interval_ms = 1000 };

static const struct arg args[] = {
	{ "interval", 'i', "MS", "Milliseconds between two looks, 100 to 3600000. Default: 1000.",
	  ARG_COUNT, offsetof(struct top_args, interval_ms), 100, 3600000, NULL, false },
	{ "once", '1', NULL, "Print one screen as text and exit: what happened in one interval.",
	  ARG_FLAG, offsetof(struct top_args, once), 0, 0, NULL, false },
	{ "totals", 't', NULL, "Show everything since a client opened the device, and since the "
	  "module was loaded, instead of what happened in the last interval.", ARG_FLAG,
	  offsetof(struct top_args, totals), 0, 0, NULL, false },
};

/* --- a screen, as lines of text --------------------------------------------- */

#define LINE		512	/* bytes; characters of a graph take three */
#define GRAPH_BYTES	(WATCH_HISTORY * 4 + 1)

/**
 * struct screen - lines
 * @line: of @nr
 * @nr: how many
 * @room: of @line
 * @head: line that is the head of the table
 */
struct screen {
	char (*line)[LINE];
	unsigned int nr;
	unsigned int room;
	unsigned int head;
};

static void add_line(struct screen *screen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_line(struct screen *screen, const char *format, ...)
{
	va_list ap;

	if (screen->nr == screen->room)
		return;
	va_start(ap, format);
	vsnprintf(screen->line[screen->nr++], LINE, format, ap);
	va_end(ap);
}

/* a value with a prefix of the unit: "1.23 mW" */
static void with_unit(char *text, size_t size, double value, const char *unit)
{
	static const struct { double from; const char *prefix; } steps[] = {
		{ 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" }, { 1, "" }, { 1e-3, "m" },
		{ 1e-6, "u" }, { 1e-9, "n" }, { 1e-12, "p" },
	};
	unsigned int i = 0;

	if (value == 0) {
		snprintf(text, size, "0 %s", unit);
		return;
	}
	while (i + 1 < NR_ARGS(steps) && fabs(value) < steps[i].from)
		i++;
	value /= steps[i].from;
	snprintf(text, size, "%.*f %s%s", fabs(value) >= 100 ? 1 : fabs(value) >= 10 ? 2 : 3,
		 value, steps[i].prefix, unit);
}

static void share(char *text, size_t size, double part, double whole)
{
	if (whole > 0)
		snprintf(text, size, "%.1f%%", 100 * part / whole);
	else
		snprintf(text, size, "-");
}

/* what is shown of a stretch of time */
struct cells {
	char macs[24];
	char hits[16];
	char gated[16];
	char energy[24];
	char saving[16];
	char saving_gated[16];
};

static void fill_cells(struct cells *c, struct watch_rates r, bool totals)
{
	double per = totals ? 1 : r.seconds;

	if (!r.known) {
		snprintf(c->macs, sizeof(c->macs), "-");
		snprintf(c->energy, sizeof(c->energy), "-");
		r = (struct watch_rates) { .known = false };
	} else {
		snprintf(c->macs, sizeof(c->macs), "%.4f", r.macs / per / 1e9);
		with_unit(c->energy, sizeof(c->energy), r.energy_pj / per / 1e12,
			  totals ? "J" : "W");
	}
	share(c->hits, sizeof(c->hits), r.hits, r.macs);
	share(c->gated, sizeof(c->gated), r.gated, r.macs);
	share(c->saving, sizeof(c->saving), r.baseline_pj - r.energy_pj, r.baseline_pj);
	share(c->saving_gated, sizeof(c->saving_gated), r.baseline_gated_pj - r.energy_pj,
	      r.baseline_gated_pj);
}

/* the last moments as bars, the highest of them is full */
static void graph(char *text, const double *power)
{
	static const char *const blocks[] = {
		" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588",
	};
	static const char *const plain[] = { " ", ".", ".", ":", "-", "=", "+", "*", "#" };
	const char *const *bars = !strcmp(nl_langinfo(CODESET), "UTF-8") ? blocks : plain;
	double most = 0;
	size_t used = 0;

	for (int i = 0; i < WATCH_HISTORY; i++)
		most = fmax(most, power[i]);
	for (int i = 0; i < WATCH_HISTORY; i++) {
		int level = most > 0 && power[i] > 0 ? 1 + (int)(7 * power[i] / most) : 0;

		used += (size_t)snprintf(text + used, GRAPH_BYTES - used, "%s", bars[level]);
	}
}

static void printable(char *text, size_t size, const char *from)
{
	snprintf(text, size, "%s", from);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
}

static void draw_device(struct screen *screen, const struct watch *watch, bool totals)
{
	const struct axp_monitor_device *d = &watch->now;
	struct cells c;
	char bars[GRAPH_BYTES], engine[32];

	printable(engine, sizeof(engine), d->engine);
	add_line(screen, "axp: engine %s, %u worker threads, %u clients, energy model %s, CAM class %s",
		 engine, d->nr_pe, d->nr_clients, axp_preset_name(d->preset),
		 axp_cam_class_name(d->cam_class));
	fill_cells(&c, watch_device_rates(watch, totals), totals);
	graph(bars, watch->power);
	add_line(screen, "device: %s %s, hits %s, gated %s, %s %s, saving %s (zero-gated %s)  %s",
		 c.macs, totals ? "GMAC" : "GMAC/s", c.hits, c.gated,
		 totals ? "energy" : "power", c.energy, c.saving, c.saving_gated,
		 totals ? "" : bars);
	add_line(screen, "%s", "");
}

static void draw_client(struct screen *screen, const struct watch_client *client, bool totals)
{
	const struct axp_monitor_client *now = &client->now;
	struct cells c;
	char bars[GRAPH_BYTES], command[20], jobs[24] = "-";

	printable(command, sizeof(command), now->comm);
	fill_cells(&c, watch_client_rates(client, totals), totals);
	graph(bars, client->power);
	if (now->nr_jobs != UINT64_MAX)
		snprintf(jobs, sizeof(jobs), "%llu", (unsigned long long)now->nr_jobs);
	add_line(screen, "%6u %8u %-15s %6s %9.1f %10s %7s %7s %12s %7s %7s  %s", now->id,
		 now->pid, command, jobs, now->memory / 1048576.0, c.macs, c.hits, c.gated,
		 c.energy, c.saving, c.saving_gated, totals ? "" : bars);
}

static void draw(struct screen *screen, const struct watch *watch, bool totals)
{
	const char *missing = axp_monitor_missing(watch->monitor);

	screen->nr = 0;
	draw_device(screen, watch, totals);
	screen->head = screen->nr;
	add_line(screen, "%6s %8s %-15s %6s %9s %10s %7s %7s %12s %7s %7s  %s", "CLIENT", "PID",
		 "COMMAND", "QUEUED", "MEM(MIB)", totals ? "GMAC" : "GMAC/S", "HITS", "GATED",
		 totals ? "ENERGY" : "POWER", "SAVING", "(GATED)", totals ? "" : "POWER SO FAR");
	for (uint32_t i = 0; i < watch->nr_clients; i++)
		draw_client(screen, &watch->clients[i], totals);
	if (missing)
		add_line(screen, "%s", missing);
}

/* a screen for @watch; false: no memory */
static bool make_room(struct screen *screen, const struct watch *watch)
{
	unsigned int need = watch->nr_clients + 8;
	void *larger;

	if (need <= screen->room)
		return true;
	larger = realloc(screen->line, need * sizeof(*screen->line));
	if (!larger)
		return false;
	screen->line = larger;
	screen->room = need;
	return true;
}

/* --- once ------------------------------------------------------------------- */

static void print_line(const char *line)
{
	size_t len = strlen(line);

	while (len && line[len - 1] == ' ')
		len--;
	printf("%.*s\n", (int)len, line);
}

static int show_once(struct watch *watch, const struct top_args *a, struct axp_diag *diag)
{
	struct timespec ts = { .tv_sec = (time_t)(a->interval_ms / 1000),
			       .tv_nsec = (long)(a->interval_ms % 1000) * 1000000 };
	struct screen screen = { .nr = 0 };

	if (watch_step(watch, diag))
		return fail("%s", diag->text);
	if (!a->totals) {
		nanosleep(&ts, NULL);
		if (watch_step(watch, diag))
			return fail("%s", diag->text);
	}
	if (!make_room(&screen, watch))
		return fail("no memory for a screen");
	draw(&screen, watch, a->totals);
	for (unsigned int i = 0; i < screen.nr; i++)
		print_line(screen.line[i]);
	free(screen.line);
	return EXIT_DONE;
}

/* --- live ------------------------------------------------------------------- */

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void show_screen(const struct screen *screen)
{
	erase();
	for (unsigned int i = 0; i < screen->nr && (int)i < LINES - 1; i++) {
		if (i == screen->head)
			attron(A_REVERSE);
		mvaddstr((int)i, 0, screen->line[i]);
		if (i == screen->head)
			attroff(A_REVERSE);
	}
	mvaddstr(LINES - 1, 0, "q quit   t totals or rates");
	refresh();
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Keys until @until; false: the user leaves. */
static bool keys(struct screen *screen, const struct watch *watch, bool *totals, int64_t until)
{
	int64_t left;

	while (!stopped && (left = until - now_ms()) > 0) {
		timeout((int)left);
		switch (getch()) {
		case 'q':
		case 'Q':
			return false;
		case 't':
		case 'T':
			*totals = !*totals;
			draw(screen, watch, *totals);
			/* fallthrough */
		case KEY_RESIZE:
			show_screen(screen);
			break;
		}
	}
	return !stopped;
}

static int show_live(struct watch *watch, const struct top_args *a, struct axp_diag *diag)
{
	const struct sigaction on_stop = { .sa_handler = stop };
	struct screen screen = { .nr = 0 };
	bool totals = a->totals, memory = true;
	SCREEN *terminal;
	int64_t next;
	int rc = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail("standard input and output are no terminal: use --once, or axp monitor");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return fail("the terminal '%s' is not known: set TERM, or use --once",
			    getenv("TERM") ? getenv("TERM") : "");
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	next = now_ms();
	do {
		rc = watch_step(watch, diag);
		memory = !rc && make_room(&screen, watch);
		if (!memory)
			break;
		draw(&screen, watch, totals);
		show_screen(&screen);
		next += (int64_t)a->interval_ms;
	} while (keys(&screen, watch, &totals, next));
	endwin();
	delscreen(terminal);
	free(screen.line);
	if (rc)
		return fail("%s", diag->text);
	return memory ? EXIT_DONE : fail("no memory for a screen");
}

static int top_run(const void *settings, char **operands, int nr)
{
	const struct top_args *a = settings;
	struct axp_diag diag = { .text = "" };
	struct watch watch;
	int rc;

	(void)operands;
	(void)nr;
	/* which characters a graph may have */
	setlocale(LC_CTYPE, "");
	if (watch_open(&watch, &diag))
		return fail("%s", diag.text);
	rc = a->once ? show_once(&watch, a, &diag) : show_live(&watch, a, &diag);
	watch_close(&watch);
	return rc;
}

const struct command cmd_top = {
	.name = "top",
	.summary = "live view of the device and its clients",
	.operands = "",
	.about = "Shows the clients of the device: MACs per second, hits, gated MACs, power "
		 "(energy of the model per second), saving against binary32 MACs and against "
		 "zero-gated ones, with small graphs of the power so far. Root sees all clients, "
		 "others their own; the last line says what is missing.",
	.examples = "  axp top\n"
		    "  axp top --interval 200\n"
		    "  axp top --once --totals\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct top_args),
	.defaults = &defaults,
	.min_operands = 0,
	.max_operands = 0,
	.run = top_run,
};
