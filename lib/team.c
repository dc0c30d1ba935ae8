// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "team.h"

struct member {
	struct axp_team *team;
	pthread_t thread;
	uint32_t number;
};

/*
 * Looks at what another thread will change, before sleeping: some tens of microseconds. Waking
 * takes as long, which is much beside a small layer, and layers follow upon each other.
 */
#define LOOKS	2000

/**
 * struct axp_team - see axp_team_open()
 * @lock: over everything below; @round, @busy and @quit are also looked at without
 * @start: a new round, or the end
 * @done: the last member has returned
 * @round: counts up with every axp_team_run()
 * @busy: members still in the round
 * @quit: the end
 * @fn: of the round
 * @user: for @fn
 * @looks: LOOKS, or 0 where threads are more than processors
 * @nr: threads that were started, the caller's not among them
 * @members: these
 */
struct axp_team {
	pthread_mutex_t lock;
	pthread_cond_t start, done;
	uint32_t round;
	uint32_t busy;
	bool quit;
	void (*fn)(void *user, uint32_t member);
	void *user;
	uint32_t looks;
	uint32_t nr;
	struct member members[];
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	asm volatile("yield");
#endif
}

/* returns when a round has begun, or soon */
static void await_round(struct axp_team *team, uint32_t seen)
{
	uint32_t i;

	for (i = 0; i < team->looks; i++) {
		if (__atomic_load_n(&team->round, __ATOMIC_RELAXED) != seen ||
		    __atomic_load_n(&team->quit, __ATOMIC_RELAXED))
			return;
		relax();
	}
}

/* likewise when all have returned */
static void await_members(struct axp_team *team)
{
	uint32_t i;

	for (i = 0; i < team->looks && __atomic_load_n(&team->busy, __ATOMIC_RELAXED); i++)
		relax();
}

static void *work(void *arg)
{
	struct member *m = arg;
	struct axp_team *team = m->team;
	uint32_t seen = 0;

	for (;;) {
		await_round(team, seen);
		pthread_mutex_lock(&team->lock);
		while (team->round == seen && !team->quit)
			pthread_cond_wait(&team->start, &team->lock);
		if (team->quit)
			break;
		seen = team->round;
		pthread_mutex_unlock(&team->lock);
		team->fn(team->user, m->number);
		pthread_mutex_lock(&team->lock);
		if (!__atomic_sub_fetch(&team->busy, 1, __ATOMIC_RELAXED))
			pthread_cond_signal(&team->done);
		pthread_mutex_unlock(&team->lock);
	}
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

int axp_team_open(struct axp_team **out, uint32_t threads)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct axp_team *team;
	sigset_t all, old;
	int err = 0;

	*out = NULL;
	team = calloc(1, sizeof(*team) + (size_t)(threads - 1) * sizeof(team->members[0]));
	if (!team)
		return -ENOMEM;
	team->looks = (long)threads <= processors ? LOOKS : 0;
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
	__atomic_store_n(&team->quit, true, __ATOMIC_RELAXED);
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
		__atomic_store_n(&team->busy, team->nr, __ATOMIC_RELAXED);
		__atomic_store_n(&team->round, team->round + 1, __ATOMIC_RELAXED);
		pthread_mutex_unlock(&team->lock);
		/* who wakes while the lock is held sleeps again */
		pthread_cond_broadcast(&team->start);
	}
	fn(user, 0);
	if (!team->nr)
		return;
	await_members(team);
	pthread_mutex_lock(&team->lock);
	while (team->busy)
		pthread_cond_wait(&team->done, &team->lock);
	pthread_mutex_unlock(&team->lock);
}
