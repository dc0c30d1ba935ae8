// SPDX-License-Identifier: BSD-2-Clause
/*
 * Teams: every member runs once a round, and all have returned after it.
 */
#include <string.h>

#include "tap.h"
#include "team.h"

#define MEMBERS	7
#define ROUNDS	2000

struct work {
	uint64_t runs[MEMBERS];		/* each member its own: no locks */
	uint64_t round;
};

static void count(void *user, uint32_t member)
{
	struct work *work = user;

	if (member < MEMBERS && work->runs[member] == work->round)
		work->runs[member]++;
}

int main(void)
{
	static const uint32_t threads[] = { 1, 2, MEMBERS };
	struct axp_team *team;
	unsigned int i, j;
	bool good;

	for (i = 0; i < 3; i++) {
		struct work work = { .round = 0 };

		if (axp_team_open(&team, threads[i]))
			bail_out("no team of %u", threads[i]);
		good = true;
		for (; work.round < ROUNDS; work.round++) {
			axp_team_run(team, count, &work);
			for (j = 0; j < MEMBERS; j++)
				good &= work.runs[j] == (j < threads[i] ? work.round + 1 : 0);
		}
		ok(good, "%u threads: each runs once in each of %u rounds", threads[i], ROUNDS);
		axp_team_close(team);
	}
	ok(!axp_team_open(&team, 3), "a team that never runs");
	axp_team_close(team);
	axp_team_close(NULL);
	return done_testing();
}
