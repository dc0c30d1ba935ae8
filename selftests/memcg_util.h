/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A memory cgroup, and what a client can ask for that takes much memory.
 */
#ifndef MEMCG_UTIL_H
#define MEMCG_UTIL_H

#include "totals_util.h"

#define MIB	(1024 * 1024ull)

/* What a child in the cgroup found, as its exit status. */
enum memcg_found {
	MEMCG_FINE,
	MEMCG_NO_CGROUP,	/* cannot enter it, or set its limit */
	MEMCG_NO_DEVICE,
	MEMCG_NOT_PREPARED,
	MEMCG_NOT_CREATED,
	MEMCG_NOT_CHARGED,
	MEMCG_NOT_RETURNED,
	MEMCG_NOT_LIMITED,
	MEMCG_NOT_USABLE,	/* a client does not work afterwards */
	MEMCG_WRONG_ERROR,
	MEMCG_WRONG_WHY,
	MEMCG_TOO_MUCH,
	MEMCG_KILLED = 100,
};

/* an empty cgroup; false: there is no memory controller */
bool memcg_create(void);
void memcg_remove(void);
/* memory.NAME of the cgroup; -1: there is none */
long long memcg_read(const char *name);
/* set memory.max to what is in use now and @room; 0 or a negative errno */
int memcg_limit(uint64_t room);
/* kills by the out-of-memory killer in the cgroup */
long long memcg_kills(void);

struct memcg_client;

/**
 * struct memcg_want - something that takes memory
 * @name: for messages
 * @room: a limit that it does not fit, bytes more than are in use when it is prepared
 * @most: how often it can be asked for
 * @prepare: before memory is limited; NULL: nothing is needed
 * @ask: 0 or a negative errno
 */
struct memcg_want {
	const char *name;
	uint64_t room;
	unsigned int most;
	int (*prepare)(struct memcg_client *c);
	int (*ask)(struct memcg_client *c);
};

extern const struct memcg_want memcg_buffer, memcg_weights, memcg_many_weights, memcg_table,
	memcg_many_tables, memcg_plan, memcg_many_plans, memcg_faults, memcg_jobs, memcg_scratch;

/* data that is shared with children; made before memcg_run() */
#define MEMCG_DATA	(8 * MIB)
extern uint8_t *memcg_data;

#define MEMCG_MADE	4096

/**
 * struct memcg_client - a client that wants something
 * @account: what its clients did is added to it
 * @fd: open device
 * @why: of the last call that failed
 * @seqno: last job
 * @act: activations
 * @out: results
 * @job: what is submitted
 * @table: handle
 * @asked: how often it asked
 * @made: handles that it got
 * @nr_made: how many
 */
struct memcg_client {
	struct account *account;
	int fd;
	struct axp_why why;
	uint64_t seqno;
	struct axp_mem act, out;
	struct axp_job job;
	uint32_t table;
	unsigned int asked;
	uint32_t made[MEMCG_MADE];
	unsigned int nr_made;
};

/*
 * Run @child in the cgroup, in a process of its own whose memory is there from the
 * start. What its client did is added to @account. Returns what @child does, or
 * MEMCG_KILLED.
 */
int memcg_run(struct account *account,
	      int (*child)(struct memcg_client *c, const struct memcg_want *want),
	      const struct memcg_want *want);

/* give back what it made and wait for its jobs; 0 or a negative errno */
int memcg_release(struct memcg_client *c);
/* does a small job on this file give the right result? */
bool memcg_works(int fd);

#endif /* MEMCG_UTIL_H */
