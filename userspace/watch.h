/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watch: the device and its clients at two moments, what happened in between, and a
 * short history of it.
 */
#ifndef AXP_TOOL_WATCH_H
#define AXP_TOOL_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <axp/axp.h>

#define WATCH_HISTORY	24	/* moments */

/**
 * struct watch_rates - a stretch of time, or everything up to now
 * @known: the others mean something
 * @seconds: its length, 0: since the beginning
 * @macs: multiply-accumulates
 * @hits: of these, products out of a table
 * @gated: of these, skipped
 * @energy_pj: energy, picojoule
 * @baseline_pj: of the same MACs on a binary32 multiplier and adder
 * @baseline_gated_pj: likewise with zero activations gated
 */
struct watch_rates {
	bool known;
	double seconds;
	double macs;
	double hits;
	double gated;
	double energy_pj;
	double baseline_pj;
	double baseline_gated_pj;
};

/**
 * struct watch_client - a client, now and before
 * @now: newest
 * @before: the one before, its @before.id is 0 in the first moment
 * @power: energy per second of the last moments, picojoule, newest last
 */
struct watch_client {
	struct axp_monitor_client now;
	struct axp_monitor_client before;
	double power[WATCH_HISTORY];
};

/**
 * struct watch - what is watched
 * @monitor: source
 * @now: device, newest
 * @before: the one before; its @before.time_ns is 0 in the first moment
 * @power: as of a client
 * @clients: in the order of numbers
 * @nr_clients: how many
 */
struct watch {
	struct axp_monitor *monitor;
	struct axp_monitor_device now;
	struct axp_monitor_device before;
	double power[WATCH_HISTORY];
	struct watch_client *clients;
	uint32_t nr_clients;
};

int watch_open(struct watch *watch, struct axp_diag *diag);
void watch_close(struct watch *watch);
/* the next moment */
int watch_step(struct watch *watch, struct axp_diag *diag);

/* since the moment before, or since the beginning */
struct watch_rates watch_device_rates(const struct watch *watch, bool since_start);
struct watch_rates watch_client_rates(const struct watch_client *client, bool since_start);

#endif /* AXP_TOOL_WATCH_H */
