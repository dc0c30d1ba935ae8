// SPDX-License-Identifier: GPL-2.0
/*
 * Clients one after the other get the known answers, and the totals of the device
 * are their sum: for scripts to run after whatever may have broken something.
 */
#include "../../kselftest_harness.h"
#include "totals_util.h"

#define NR_CLIENTS	3

TEST(known_answers_and_totals)
{
	struct account *account = account_open();
	struct axp_stats stats;
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		ASSERT_EQ(0, client_fresh(1 + 100 * i, &stats));
		EXPECT_GT(stats.macs, 0);
		totals_add(&account->sum, &stats);
	}
	EXPECT_SETTLED(account);
}

TEST_HARNESS_MAIN
