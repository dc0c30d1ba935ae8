// SPDX-License-Identifier: BSD-2-Clause
/*
 * Budgets: every byte of an object is asked for before it is allocated, what is
 * given up is given back, and an object that nobody wants any more is given up.
 */
#include "budget.h"
#include "energy.h"
#include "fault.h"
#include "faults.h"
#include "plan.h"
#include "random_job.h"
#include "tap.h"

#define NR_JOBS		150
/* Calls that a sweep over breaths may take. */
#define MOST_KILLS	200

static const struct axp_limits limits = AXP_LIMITS_DEFAULT;

/**
 * struct purse - an owner of memory
 * @budget: its budget
 * @limit: most that it may have at a time
 * @has: bytes it has now
 * @most: most that it had
 * @asked: bytes of all that was taken
 * @allocated: bytes allocated before
 * @late: something was allocated before it was taken
 */
struct purse {
	struct axp_budget budget;
	u64 limit, has, most, asked;
	u64 allocated;
	bool late;
};

static bool take(struct axp_budget *budget, u64 bytes)
{
	struct purse *p = (struct purse *)budget;

	p->late |= fault_bytes - p->allocated != p->asked;
	if (bytes > p->limit - p->has)
		return false;
	p->has += bytes;
	p->asked += bytes;
	if (p->has > p->most)
		p->most = p->has;
	return true;
}

static void give(struct axp_budget *budget, u64 bytes)
{
	((struct purse *)budget)->has -= bytes;
}

static struct purse purse(u64 limit)
{
	return (struct purse) {
		.budget = { .take = take, .give = give }, .limit = limit,
		.allocated = fault_bytes,
	};
}

/**
 * struct subject - what objects are made of
 * @job: a job
 * @faults: of its table; NULL: it has none
 */
struct subject {
	struct random_job job;
	struct axp_faults *faults;
};

/**
 * struct kind - a kind of objects
 * @name: for messages
 * @of_table: only of jobs that have a table
 * @make: makes one
 * @free: frees it
 */
struct kind {
	const char *name;
	bool of_table;
	int (*make)(const struct subject *s, struct axp_budget *budget, void **out);
	void (*free)(void *object);
};

static int make_image(const struct subject *s, struct axp_budget *budget, void **out)
{
	return axp_image_create((struct axp_image **)out, budget, &s->job.spec, s->job.rows,
				s->job.ref.nr_rows, axp_energy_preset(AXP_PRESET_S28),
				AXP_CAM_NOR, &limits, NULL);
}

static int make_damaged(const struct subject *s, struct axp_budget *budget, void **out)
{
	return axp_image_damage((struct axp_image **)out, budget, s->job.image, s->faults, 0);
}

static void free_image(void *object)
{
	axp_image_free(object);
}

static int make_weights(const struct subject *s, struct axp_budget *budget, void **out)
{
	const struct axp_weights *w = s->job.weights;
	const struct reference *r = &s->job.ref;

	if (r->codebook)
		return axp_weights_create((struct axp_weights **)out, budget, AXP_WGT_U8,
					  r->codebook, w->nr_centroids, r->index, w->count,
					  r->bias, w->nr_bias, NULL);
	return axp_weights_create((struct axp_weights **)out, budget, AXP_WGT_F32, NULL, 0,
				  r->plain, w->count, r->bias, w->nr_bias, NULL);
}

static void free_weights(void *object)
{
	axp_weights_free(object);
}

static int make_plan(const struct subject *s, struct axp_budget *budget, void **out)
{
	return axp_plan_create((struct axp_plan **)out, budget, s->job.image, s->job.weights,
			       &s->job.nest, s->job.ref.job.flags, NULL);
}

static void free_plan(void *object)
{
	axp_plan_free(object);
}

static const struct kind kinds[] = {
	{ "images", true, make_image, free_image },
	{ "damaged images", true, make_damaged, free_image },
	{ "weights", false, make_weights, free_weights },
	{ "plans", false, make_plan, free_plan },
};

/* counts of failures, for one message a kind */
struct tally {
	u32 made, refused, late, leaked, too_early, not_refused, killed, not_killed;
};

static void check_limit(const struct kind *kind, const struct subject *s, struct tally *t)
{
	struct purse free = purse(U64_MAX), enough, less;
	void *object;

	if (kind->make(s, &free.budget, &object))
		bail_out("%s refused", kind->name);
	kind->free(object);
	t->made++;
	t->late += free.late || fault_bytes - free.allocated != free.asked;
	t->leaked += free.has != free.budget.used || !free.has;

	enough = purse(free.most);
	if (kind->make(s, &enough.budget, &object))
		t->too_early++;
	else
		kind->free(object);
	t->leaked += enough.budget.used != free.budget.used;

	less = purse(free.most - 1);
	if (kind->make(s, &less.budget, &object) != -ENOMEM || object)
		t->not_refused++;
	else
		t->refused++;
	t->leaked += less.has != less.budget.used;
}

static void check_kills(const struct kind *kind, const struct subject *s, struct tally *t)
{
	unsigned int at = 1;
	void *object;

	for (unsigned int calls = 0; calls < MOST_KILLS; calls++) {
		int err;

		kill_after = at;
		err = kind->make(s, NULL, &object);
		kill_after = 0;
		if (!kill_hit) {
			if (err)
				bail_out("%s refused", kind->name);
			kind->free(object);
			return;
		}
		kill_hit = false;
		if (err == -EINTR && !object)
			t->killed++;
		else
			t->not_killed++;
		/* the first ones, then fewer */
		at += 1 + at / 8;
	}
}

static void subject_make(struct subject *s, struct rng *rng, u32 number)
{
	const struct axp_fault fault = {
		.target = AXP_FAULT_ACT_KEY, .kind = AXP_FAULT_FLIP, .mask = ~0u, .rate = 1u << 28,
	};

	random_job_make(&s->job, rng, number % 3 == 0 ? RANDOM_DEPTHWISE :
			number % 10 == 1 ? RANDOM_LARGE : RANDOM_ANY);
	s->faults = NULL;
	if (s->job.image && axp_faults_create(&s->faults, &fault, 1, 5, s->job.image, NULL))
		bail_out("faults refused");
}

static void subject_free(struct subject *s)
{
	axp_faults_free(s->faults);
	random_job_free(&s->job);
}

static void test_kind(const struct kind *kind)
{
	struct rng rng = { 0x6b1d };
	struct tally t = {};

	for (u32 i = 0; i < NR_JOBS; i++) {
		struct subject s;

		subject_make(&s, &rng, i);
		if (s.job.image || !kind->of_table) {
			check_limit(kind, &s, &t);
			check_kills(kind, &s, &t);
		}
		subject_free(&s);
	}
	ok(t.made && !t.late, "%s: %u made, every allocation was asked for before", kind->name,
	   t.made);
	ok(!t.leaked, "%s: what is used is what is held", kind->name);
	ok(!t.too_early && !t.not_refused && t.refused == t.made,
	   "%s: a byte less than needed is refused, what is needed is enough", kind->name);
	ok(t.killed && !t.not_killed, "%s: given up %u times, at any breath", kind->name, t.killed);
}

int main(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		test_kind(&kinds[i]);
	return done_testing();
}
