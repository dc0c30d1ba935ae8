// SPDX-License-Identifier: BSD-2-Clause
/* axp monitor: one line per sample, for scripts and logs. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <jansson.h>

#include "cmd.h"
#include "out.h"
#include "watch.h"

struct monitor_args {
	uint64_t interval_ms;
	uint64_t count;
	bool json;
	bool totals;
	bool device_only;
};

static const struct monitor_args defaults = { .interval_ms = 1000 };

static const struct arg args[] = {
	{ "interval", 'i', "MS", "Milliseconds between two lines of the device, 100 to 3600000. "
	  "Default: 1000.", ARG_COUNT, offsetof(struct monitor_args, interval_ms), 100, 3600000,
	  NULL, false },
	{ "count", 'n', "N", "Stop after N lines of the device. Default: never.", ARG_COUNT,
	  offsetof(struct monitor_args, count), 1, UINT32_MAX, NULL, false },
	{ "json", 0, NULL, "A JSON object a line.", ARG_FLAG,
	  offsetof(struct monitor_args, json), 0, 0, NULL, false },
	{ "totals", 't', NULL, "Leave out what depends on time: rates, power, busy time.", ARG_FLAG,
	  offsetof(struct monitor_args, totals), 0, 0, NULL, false },
	{ "device-only", 0, NULL, "Lines of the device only.", ARG_FLAG,
	  offsetof(struct monitor_args, device_only), 0, 0, NULL, false },
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* CLOCK_MONOTONIC as UTC, "2026-11-25T23:00:00.123Z" */
static json_t *when(int64_t time_ns)
{
	char text[64], fraction[8];
	struct timespec real;
	struct tm utc;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &real);
	ns = (int64_t)real.tv_sec * 1000000000 + real.tv_nsec - (now_ns() - time_ns);
	real.tv_sec = ns / 1000000000;
	gmtime_r(&real.tv_sec, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(fraction, sizeof(fraction), ".%03dZ", (int)(ns / 1000000 % 1000));
	strcat(text, fraction);
	return json_string(text);
}

/* --- records ---------------------------------------------------------------- */

static void set(json_t *record, const char *key, uint64_t value)
{
	json_object_set_new(record, key, value == UINT64_MAX ? json_null() :
							       json_integer((json_int_t)value));
}

/* @part / @whole, null without a whole */
static void set_share(json_t *record, const char *key, double part, double whole)
{
	json_object_set_new(record, key, whole > 0 ? json_real(part / whole) : json_null());
}

static void set_counters(json_t *record, const struct axp_stats *stats, bool totals)
{
	set(record, "jobs", stats->jobs);
	set(record, "macs", stats->macs);
	set(record, "gated", stats->gated);
	set(record, "hits", stats->hits_exact + stats->hits_approx);
	set(record, "hits_approx", stats->hits_approx);
	set(record, "misses", stats->misses);
	set(record, "searches", stats->searches);
	set(record, "rows_programmed", stats->rows_programmed);
	if (!totals)
		set(record, "busy_us", stats->busy_ns / 1000);
	set_share(record, "hit_rate", stats->hits_exact + stats->hits_approx, stats->macs);
	set_share(record, "gated_share", stats->gated, stats->macs);
}

static void set_savings(json_t *record, double energy, double baseline, double baseline_gated)
{
	set_share(record, "saving", baseline - energy, baseline);
	set_share(record, "saving_gated", baseline_gated - energy, baseline_gated);
}

static json_t *device_record(const struct watch *watch, bool totals)
{
	const struct axp_monitor_device *d = &watch->now;
	struct watch_rates rates = watch_device_rates(watch, false);
	json_t *r = json_object();

	json_object_set_new(r, "time", when(d->time_ns));
	json_object_set_new(r, "what", json_string("device"));
	json_object_set_new(r, "engine", out_string(d->engine));
	set(r, "clients", d->nr_clients);
	set(r, "queued", d->nr_jobs);
	set_counters(r, &d->stats, totals);
	set(r, "energy_uj", d->energy_uj);
	set(r, "baseline_uj", d->baseline_uj);
	set(r, "baseline_gated_uj", d->baseline_gated_uj);
	set_savings(r, d->energy_uj, d->baseline_uj, d->baseline_gated_uj);
	if (totals)
		return r;
	json_object_set_new(r, "gmac_per_s", rates.known ?
			    json_real(rates.macs / rates.seconds / 1e9) : json_null());
	json_object_set_new(r, "power_w", rates.known ?
			    json_real(rates.energy_pj / rates.seconds / 1e12) : json_null());
	return r;
}

static json_t *client_record(const struct axp_monitor_client *c, int64_t time_ns, bool totals)
{
	json_t *r = json_object();

	json_object_set_new(r, "time", when(time_ns));
	json_object_set_new(r, "what", json_string("client"));
	set(r, "client", c->id);
	set(r, "pid", c->pid);
	json_object_set_new(r, "command", out_string(c->comm));
	set(r, "queued", c->nr_jobs);
	set(r, "memory", c->memory);
	set_counters(r, &c->stats, totals);
	set(r, "energy_fj", c->stats.energy_fj);
	set(r, "baseline_fj", c->stats.baseline_fj);
	set(r, "baseline_gated_fj", c->stats.baseline_gated_fj);
	set_savings(r, c->stats.energy_fj, c->stats.baseline_fj, c->stats.baseline_gated_fj);
	return r;
}

static const char *event_name(uint32_t event)
{
	static const char *const names[] = {
		[AXP_NL_EVENT_DEVICE] = "device-changed",
		[AXP_NL_EVENT_CLIENT_NEW] = "client-new",
		[AXP_NL_EVENT_CLIENT_DEL] = "client-gone",
		[AXP_NL_EVENT_TABLE_NEW] = "table-new",
		[AXP_NL_EVENT_TABLE_WRITE] = "table-written",
		[AXP_NL_EVENT_TABLE_DEL] = "table-gone",
	};

	return event < NR_ARGS(names) ? names[event] : "?";
}

static json_t *message_record(const struct axp_monitor_message *m, bool totals)
{
	json_t *r;

	if (m->kind == AXP_MONITOR_SAMPLE) {
		r = client_record(&m->client, m->time_ns, totals);
		set(r, "lost", m->lost);
		set(r, "dropped", m->dropped);
		return r;
	}
	r = json_object();
	json_object_set_new(r, "time", when(m->time_ns));
	json_object_set_new(r, "what", json_string(event_name(m->event)));
	if (m->client.id)
		set(r, "client", m->client.id);
	if (m->table) {
		set(r, "table", m->table);
		set(r, "generation", m->generation);
		set(r, "rows", m->rows);
	}
	return r;
}

/* --- lines ------------------------------------------------------------------ */

/* "2026-11-25T23:00:00.123Z device macs=12 hit_rate=0.5": time and what bare */
static void print_text(const json_t *record)
{
	const char *key;
	json_t *value;
	bool first = true;

	json_object_foreach((json_t *)record, key, value) {
		if (!first)
			putchar(' ');
		first = false;
		if (strcmp(key, "time") && strcmp(key, "what"))
			printf("%s=", key);
		if (json_is_integer(value))
			printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else if (json_is_real(value))
			printf("%.6g", json_real_value(value));
		else if (json_is_string(value))
			for (const char *c = json_string_value(value); *c; c++)
				putchar((unsigned char)*c <= ' ' || *c == 0x7f ? '?' : *c);
		else
			putchar('-');
	}
	putchar('\n');
}

/* takes @record; EXIT_FAILED when the line cannot be written */
static int print(json_t *record, bool json)
{
	int rc = 0;

	if (!record)
		return fail("no memory for a line");
	if (!json)
		print_text(record);
	else if (json_dumpf(record, stdout, JSON_COMPACT))
		rc = EXIT_FAILED;
	else
		putchar('\n');
	json_decref(record);
	errno = 0;
	if (rc || fflush(stdout) || ferror(stdout))
		return fail("standard output: %s", errno ? strerror(errno) : "write error");
	return 0;
}

/* --- the loop --------------------------------------------------------------- */

/* As much as this user may hear; says what is missing. */
static bool listen(struct watch *watch)
{
	struct axp_diag diag = { .text = "" };
	int rc = axp_monitor_listen(watch->monitor, true, true, &diag);

	if (!rc)
		return true;
	note("lines of clients are missing: %s", diag.text);
	return !axp_monitor_listen(watch->monitor, false, true, NULL);
}

/* Messages until @until; none when nobody listens. */
static int hear(struct watch *watch, const struct monitor_args *a, bool listening, int64_t until)
{
	struct axp_monitor_message message;
	struct axp_diag diag;
	struct timespec ts;
	int64_t left;
	int rc;

	while (!stopped && (left = until - now_ns()) > 0) {
		if (!listening) {
			ts.tv_sec = left / 1000000000;
			ts.tv_nsec = left % 1000000000;
			nanosleep(&ts, NULL);
			continue;
		}
		diag.text[0] = '\0';
		rc = axp_monitor_next(watch->monitor, &message, left, &diag);
		if (rc == -ETIMEDOUT || rc == -EINTR)
			continue;
		if (rc)
			return fail("%s", diag.text);
		rc = print(message_record(&message, a->totals), a->json);
		if (rc)
			return rc;
	}
	return 0;
}

static int monitor_run(const void *settings, char **operands, int nr)
{
	const struct sigaction on_stop = { .sa_handler = stop };
	const struct monitor_args *a = settings;
	struct axp_diag diag = { .text = "" };
	struct watch watch;
	bool listening = false;
	int64_t next;
	int rc = 0;

	(void)operands;
	(void)nr;
	if (watch_open(&watch, &diag))
		return fail("%s", diag.text);
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	if (!a->device_only)
		listening = listen(&watch);
	next = now_ns();
	for (uint64_t line = 0; !rc && !stopped; line++) {
		if (watch_step(&watch, &diag))
			rc = fail("%s", diag.text);
		else
			rc = print(device_record(&watch, a->totals), a->json);
		if (a->count && line + 1 == a->count)
			break;
		next += (int64_t)a->interval_ms * 1000000;
		if (!rc)
			rc = hear(&watch, a, listening, next);
	}
	watch_close(&watch);
	return rc;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.summary = "lines of the device's and the clients' counters, for scripts and logs",
	.operands = "",
	.about = "Prints a line of the device's totals now and then, and a line for every "
		 "sample of a client (ten a second each at most) and for every change of the "
		 "device and its tables. Samples of clients need root or CAP_NET_ADMIN; without, "
		 "the other lines come, and one on the standard error says what is missing.",
	.examples = "  axp monitor\n"
		    "  axp monitor --json --interval 10000 >>axp.log\n"
		    "  axp monitor --device-only --count 1\n",
	.args = args,
	.nr_args = NR_ARGS(args),
	.settings = sizeof(struct monitor_args),
	.defaults = &defaults,
	.min_operands = 0,
	.max_operands = 0,
	.run = monitor_run,
};
