// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "team.h"

struct member {
	struct axp_team *team;
	pthread_t thread;
	uint32_t number;
};

/**
 * struct axp_team - see axp_team_open()
 * @lock: over everything below
 * @start: a new round, or the end
 * @done: the last member has returned
 * @round: counts up with every axp_team_run()
 * @busy: members still in the round
 * @quit: the end
 * @fn: of the round
 * @user: for @fn
 * @nr: threads that were started, the caller's not among them
 * @members: these
 */
struct axp_team {
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	uint64_t round;
	uint32_t busy;
	bool quit;
	void (*fn)(void *user, uint32_t member);
	void *user;
	uint32_t nr;
	struct member members[];
};

static void *work(void *arg)
{
	struct member *m = arg;
	struct axp_team *team = m->team;
	uint64_t seen = 0;

	pthread_mutex_lock(&team->lock);
	for (;;) {
		while (team->round == seen && !team->quit)
			pthread_cond_wait(&team->start, &team->lock);
		if (team->quit)
			break;
		seen = team->round;
		pthread_mutex_unlock(&team->lock);
		team->fn(team->user, m->number);
		pthread_mutex_lock(&team->lock);
		if (!--team->busy)
			pthread_cond_signal(&team->done);
	}
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

int axp_team_open(struct axp_team **out, uint32_t threads)
{
	struct axp_team *team;
	sigset_t all, old;
	int err = 0;

	*out = NULL;
	team = calloc(1, sizeof(*team) + (size_t)(threads - 1) * sizeof(team->members[0]));
	if (!team)
		return -ENOMEM;
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->start, NULL);
	pthread_cond_init(&team->done, NULL);
	/* signals are the program's, not ours */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (team->nr < threads - 1 && !err) {
		struct member *m = &team->members[team->nr];

		m->team = team;
		m->number = team->nr + 1;
		err = -pthread_create(&m->thread, NULL, work, m);
		team->nr += !err;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		axp_team_close(team);
		return err;
	}
	*out = team;
	return 0;
}

void axp_team_close(struct axp_team *team)
{
	uint32_t i;

	if (!team)
		return;
	pthread_mutex_lock(&team->lock);
	team->quit = true;
	pthread_cond_broadcast(&team->start);
	pthread_mutex_unlock(&team->lock);
	for (i = 0; i < team->nr; i++)
		pthread_join(team->members[i].thread, NULL);
	pthread_cond_destroy(&team->start);
	pthread_cond_destroy(&team->done);
	pthread_mutex_destroy(&team->lock);
	free(team);
}

void axp_team_run(struct axp_team *team, void (*fn)(void *user, uint32_t member), void *user)
{
	if (team->nr) {
		pthread_mutex_lock(&team->lock);
		team->fn = fn;
		team->user = user;
		team->busy = team->nr;
		team->round++;
		pthread_cond_broadcast(&team->start);
		pthread_mutex_unlock(&team->lock);
	}
	fn(user, 0);
	if (!team->nr)
		return;
	pthread_mutex_lock(&team->lock);
	while (team->busy)
		pthread_cond_wait(&team->done, &team->lock);
	pthread_mutex_unlock(&team->lock);
}
