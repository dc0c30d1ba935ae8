/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What clients did that are gone: their last samples, by netlink.
 */
#ifndef SAMPLING_UTIL_H
#define SAMPLING_UTIL_H

#include "axp_util.h"
#include "netlink_util.h"

#define SAMPLING_CLIENTS	8192

/**
 * struct sampling - a listener to samples
 * @have: the module has netlink
 * @ask: for requests
 * @listen: member of the group
 * @first: number of the newest sample when listening began
 * @last: of the newest that came
 * @lost: some did not come
 * @nr: number of @clients
 * @clients: numbers of clients and what they did
 */
struct sampling {
	bool have;
	struct nl ask;
	struct nl listen;
	uint64_t first;
	uint64_t last;
	bool lost;
	unsigned int nr;
	struct {
		uint32_t id;
		struct axp_stats stats;
	} clients[SAMPLING_CLIENTS];
};

/* without netlink @s->have is false, and the others do nothing */
void sampling_open(struct sampling *s);
void sampling_start(struct sampling *s);
/* take what has come: often enough for the memory of a socket */
void sampling_take(struct sampling *s);
/* all clients are gone: false when some samples were lost, and so @sum is unknown */
bool sampling_stop(struct sampling *s, struct axp_stats *sum);

#endif /* SAMPLING_UTIL_H */
