/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Totals of the device, and whether they are the sum over its clients: nothing is
 * lost, and nothing counted twice.
 */
#ifndef TOTALS_UTIL_H
#define TOTALS_UTIL_H

#include "axp_util.h"

#define NR_TOTALS	12

/**
 * struct totals - counters and energies of the device, as sysfs has them
 * @value: see totals_util.c for which is which
 */
struct totals {
	long long value[NR_TOTALS];
};

struct totals totals_read(void);
/* also of processes that share @sum */
void totals_add(struct axp_stats *sum, const struct axp_stats *stats);
/* whether the device has counted @sum since @was; else @how says what it has */
bool totals_are_sum(const struct totals *was, const struct axp_stats *sum, char *how,
		    size_t size);

/* wait for all jobs of a client: 0 or a negative errno */
int client_drain(int fd);
/* eight known answers by a new client, and what it counted: see sample_run() */
int client_fresh(uint64_t seed, struct axp_stats *stats);

/**
 * struct account - all clients of the device from some time on
 * @was: totals then
 * @sum: what clients did that are gone
 * @lost: clients of which that is not known
 */
struct account {
	struct totals was;
	struct axp_stats sum;
	unsigned long lost;
};

/* no client does anything meanwhile; children share the account */
struct account *account_open(void);
/* take down what a client did once its jobs are done; it does nothing afterwards */
void account_add(struct account *a, int fd);
/* likewise, and close its file */
void account_close(struct account *a, int fd);
/*
 * All clients are gone: the totals are their sum, a fresh client gets the known answers,
 * and the totals are the sum with that one too. Else @how says what is not. Frees @a.
 */
bool account_settle(struct account *a, char *how, size_t size);

/* for kselftest_harness.h */
#define EXPECT_SETTLED(_account)					\
	do {								\
		char _how[256];						\
									\
		EXPECT_TRUE(account_settle(_account, _how, sizeof(_how)))	\
			TH_LOG("%s", _how);				\
	} while (0)

#endif /* TOTALS_UTIL_H */
