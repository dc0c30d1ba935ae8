// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

#define PJ_PER_FJ	1e-3
#define PJ_PER_UJ	1e6

int watch_open(struct watch *watch, struct axp_diag *diag)
{
	memset(watch, 0, sizeof(*watch));
	return axp_monitor_open(&watch->monitor, NULL, diag);
}

void watch_close(struct watch *watch)
{
	axp_monitor_close(watch->monitor);
	free(watch->clients);
	memset(watch, 0, sizeof(*watch));
}

/* Times of two readings can be equal; counters of a client that came back are new. */
static double seconds_between(int64_t before, int64_t now)
{
	return before && now > before ? (now - before) / 1e9 : 0;
}

struct watch_rates watch_device_rates(const struct watch *watch, bool since_start)
{
	const struct axp_monitor_device *now = &watch->now;
	static const struct axp_monitor_device nothing;
	const struct axp_monitor_device *before = since_start ? &nothing : &watch->before;
	struct watch_rates rates = { .known = true };

	rates.seconds = seconds_between(before->time_ns, now->time_ns);
	if (!since_start && rates.seconds <= 0)
		return (struct watch_rates) { .known = false };
	rates.macs = now->stats.macs - before->stats.macs;
	rates.hits = now->stats.hits_exact + now->stats.hits_approx -
		     before->stats.hits_exact - before->stats.hits_approx;
	rates.gated = now->stats.gated - before->stats.gated;
	rates.energy_pj = (now->energy_uj - before->energy_uj) * PJ_PER_UJ;
	rates.baseline_pj = (now->baseline_uj - before->baseline_uj) * PJ_PER_UJ;
	rates.baseline_gated_pj =
		(now->baseline_gated_uj - before->baseline_gated_uj) * PJ_PER_UJ;
	return rates;
}

struct watch_rates watch_client_rates(const struct watch_client *client, bool since_start)
{
	static const struct axp_monitor_client nothing;
	const struct axp_monitor_client *before = since_start ? &nothing : &client->before;
	const struct axp_stats *now = &client->now.stats, *was = &before->stats;
	struct watch_rates rates = { .known = client->now.counted };

	rates.seconds = seconds_between(before->time_ns, client->now.time_ns);
	if (!rates.known || (!since_start && (rates.seconds <= 0 || !before->counted)))
		return (struct watch_rates) { .known = false };
	rates.macs = now->macs - was->macs;
	rates.hits = now->hits_exact + now->hits_approx - was->hits_exact - was->hits_approx;
	rates.gated = now->gated - was->gated;
	rates.energy_pj = (now->energy_fj - was->energy_fj) * PJ_PER_FJ;
	rates.baseline_pj = (now->baseline_fj - was->baseline_fj) * PJ_PER_FJ;
	rates.baseline_gated_pj = (now->baseline_gated_fj - was->baseline_gated_fj) * PJ_PER_FJ;
	return rates;
}

static void remember(double *power, struct watch_rates rates)
{
	memmove(power, power + 1, (WATCH_HISTORY - 1) * sizeof(*power));
	power[WATCH_HISTORY - 1] = rates.known ? rates.energy_pj / rates.seconds : 0;
}

static const struct watch_client *find(const struct watch *watch, uint32_t id)
{
	for (uint32_t i = 0; i < watch->nr_clients; i++)
		if (watch->clients[i].now.id == id)
			return &watch->clients[i];
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	const struct watch_client *x = a, *y = b;

	return (x->now.id > y->now.id) - (x->now.id < y->now.id);
}

int watch_step(struct watch *watch, struct axp_diag *diag)
{
	const struct axp_monitor_client *list;
	struct axp_monitor_device device;
	struct watch_client *clients;
	uint32_t nr;
	int err;

	err = axp_monitor_clients(watch->monitor, &list, &nr, diag);
	if (!err)
		err = axp_monitor_device(watch->monitor, &device, diag);
	if (err)
		return err;
	clients = calloc(nr ? nr : 1, sizeof(*clients));
	if (!clients) {
		if (diag)
			snprintf(diag->text, sizeof(diag->text), "no memory");
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < nr; i++) {
		const struct watch_client *known = find(watch, list[i].id);

		if (known) {
			clients[i] = *known;
			clients[i].before = known->now;
		}
		clients[i].now = list[i];
		remember(clients[i].power, watch_client_rates(&clients[i], false));
	}
	qsort(clients, nr, sizeof(*clients), by_id);
	free(watch->clients);
	watch->clients = clients;
	watch->nr_clients = nr;
	watch->before = watch->now;
	watch->now = device;
	remember(watch->power, watch_device_rates(watch, false));
	return 0;
}
