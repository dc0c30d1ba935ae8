/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random reads and writes of what tells about the device beside its ioctls: netlink,
 * fdinfo, sysfs, debugfs, sensors, perf.
 */
#ifndef WILD_TELEMETRY_UTIL_H
#define WILD_TELEMETRY_UTIL_H

#include "wild_util.h"

enum wild_source {
	WILD_NETLINK,
	WILD_FDINFO,
	WILD_SYSFS,
	WILD_DEBUGFS,
	WILD_HWMON,
	WILD_PERF,
	NR_WILD_SOURCES
};

extern const char *const wild_source_names[NR_WILD_SOURCES];

/**
 * struct wild_telemetry - what there is, and what happened; shared by processes
 * @have: this kernel and this module have it
 * @reads: reads, dumps and counts that worked
 * @writes: writes and requests, also those that were refused
 * @family: of netlink
 * @sampling: number of the group
 * @perf: type of the PMU
 * @hwmon: directory of the sensors
 * @preset: energy model and engine as they were found
 * @cam_class: likewise
 * @engine: likewise
 */
struct wild_telemetry {
	bool have[NR_WILD_SOURCES];
	unsigned long reads[NR_WILD_SOURCES];
	unsigned long writes[NR_WILD_SOURCES];
	uint16_t family;
	uint32_t sampling;
	uint32_t perf;
	char hwmon[64];
	char preset[32];
	char cam_class[32];
	char engine[32];
};

void wild_telemetry_find(struct wild_telemetry *t);
/* nobody runs jobs: the energy model and the engine are what they were */
int wild_telemetry_restore(const struct wild_telemetry *t);
/* for struct wild.other: one read or write; false: it failed as it should not */
bool wild_telemetry_call(struct wild *w);

#endif /* WILD_TELEMETRY_UTIL_H */
