// SPDX-License-Identifier: GPL-2.0
/*
 * Plans of a client, kept as long as there is room: a network runs the same
 * layers again and again.
 */
#include <linux/slab.h>

#include "axp.h"

/* Plans in the cache take at most this part of the client's memory. */
#define AXP_PLAN_CACHE_SHARE	4

static void axp_plan_release(struct kref *ref)
{
	struct axp_cached_plan *plan = container_of(ref, struct axp_cached_plan, ref);

	axp_plan_free(plan->plan);
	axp_uncharge(plan->client, plan->bytes);
	if (plan->key.image)
		axp_table_image_put(plan->key.image);
	axp_object_put(&plan->key.weights->obj);
	axp_mem_free(plan);
}

/**
 * axp_plan_put() - drop a reference
 * @plan: plan
 *
 * Context: may sleep; axp_plan_cache.lock not held.
 */
void axp_plan_put(struct axp_cached_plan *plan)
{
	kref_put(&plan->ref, axp_plan_release);
}

/**
 * axp_plan_cache_init() - an empty cache
 * @cache: initialised
 */
void axp_plan_cache_init(struct axp_plan_cache *cache)
{
	mutex_init(&cache->lock);
	INIT_LIST_HEAD(&cache->lru);
}

static void axp_plan_take_out(struct axp_plan_cache *cache, struct axp_cached_plan *plan,
			      struct list_head *out)
{
	lockdep_assert_held(&cache->lock);
	list_move(&plan->lru, out);
	cache->bytes -= plan->bytes;
}

/* Drop the cache's reference on plans taken out; its lock is not held. */
static bool axp_plan_drop(struct list_head *out)
{
	struct axp_cached_plan *plan, *next;
	bool any = !list_empty(out);

	list_for_each_entry_safe(plan, next, out, lru) {
		list_del_init(&plan->lru);
		axp_plan_put(plan);
	}
	return any;
}

/**
 * axp_plan_cache_trim() - give memory back, least recently used first
 * @client: whose
 * @bytes: how much; U64_MAX: all
 *
 * Return: whether anything was dropped. Plans that jobs still use go later.
 */
bool axp_plan_cache_trim(struct axp_client *client, u64 bytes)
{
	struct axp_plan_cache *cache = &client->plans;
	struct axp_cached_plan *plan, *next;
	LIST_HEAD(out);
	u64 freed = 0;

	mutex_lock(&cache->lock);
	list_for_each_entry_safe_reverse(plan, next, &cache->lru, lru) {
		if (freed >= bytes)
			break;
		freed += plan->bytes;
		axp_plan_take_out(cache, plan, &out);
	}
	mutex_unlock(&cache->lock);
	return axp_plan_drop(&out);
}

/**
 * axp_plan_forget_image() - no new job will name this image
 * @client: owner
 * @image: image
 */
void axp_plan_forget_image(struct axp_client *client, struct axp_table_image *image)
{
	struct axp_plan_cache *cache = &client->plans;
	struct axp_cached_plan *plan, *next;
	LIST_HEAD(out);

	mutex_lock(&cache->lock);
	image->dead = true;
	list_for_each_entry_safe(plan, next, &cache->lru, lru)
		if (plan->key.image == image)
			axp_plan_take_out(cache, plan, &out);
	mutex_unlock(&cache->lock);
	axp_plan_drop(&out);
}

/**
 * axp_plan_forget_weights() - no new job will name these weights
 * @client: owner
 * @weights: weights
 */
void axp_plan_forget_weights(struct axp_client *client, struct axp_weights_object *weights)
{
	struct axp_plan_cache *cache = &client->plans;
	struct axp_cached_plan *plan, *next;
	LIST_HEAD(out);

	mutex_lock(&cache->lock);
	weights->dead = true;
	list_for_each_entry_safe(plan, next, &cache->lru, lru)
		if (plan->key.weights == weights)
			axp_plan_take_out(cache, plan, &out);
	mutex_unlock(&cache->lock);
	axp_plan_drop(&out);
}

static bool axp_plan_key_equal(const struct axp_plan_key *a, const struct axp_plan_key *b)
{
	return a->image == b->image && a->weights == b->weights && a->op == b->op &&
	       a->flags == b->flags && !memcmp(a->shape, b->shape, sizeof(a->shape));
}

static struct axp_cached_plan *axp_plan_find(struct axp_client *client,
					     const struct axp_plan_key *key)
{
	struct axp_plan_cache *cache = &client->plans;
	struct axp_cached_plan *plan;

	mutex_lock(&cache->lock);
	list_for_each_entry(plan, &cache->lru, lru) {
		if (axp_plan_key_equal(&plan->key, key)) {
			kref_get(&plan->ref);
			list_move(&plan->lru, &cache->lru);
			mutex_unlock(&cache->lock);
			return plan;
		}
	}
	mutex_unlock(&cache->lock);
	return NULL;
}

/*
 * Keep a plan for later jobs, unless it cannot be named again or is too large.
 * Two threads may add equal plans; the older one ages out.
 */
static void axp_plan_keep(struct axp_client *client, struct axp_cached_plan *plan)
{
	struct axp_plan_cache *cache = &client->plans;
	u64 limit = client->dev->params.max_bytes / AXP_PLAN_CACHE_SHARE;
	struct axp_cached_plan *old, *next;
	LIST_HEAD(out);

	if (plan->bytes > limit)
		return;

	mutex_lock(&cache->lock);
	if (!plan->key.weights->dead && !(plan->key.image && plan->key.image->dead)) {
		list_for_each_entry_safe_reverse(old, next, &cache->lru, lru) {
			if (cache->bytes + plan->bytes <= limit)
				break;
			axp_plan_take_out(cache, old, &out);
		}
		kref_get(&plan->ref);
		list_add(&plan->lru, &cache->lru);
		cache->bytes += plan->bytes;
	}
	mutex_unlock(&cache->lock);
	axp_plan_drop(&out);
}

static int axp_plan_compile(struct axp_cached_plan *plan, const struct axp_job *job,
			    u64 max_macs, struct axp_budget *budget, struct axp_why *why)
{
	const struct axp_plan_key *key = &plan->key;
	int err;

	err = axp_nest_from_job(&plan->nest, job, max_macs, why);
	if (err)
		return err;
	return axp_plan_create(&plan->plan, budget, key->image ? key->image->image : NULL,
			       key->weights->weights, &plan->nest,
			       key->flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT), why);
}

static int axp_plan_make(struct axp_client *client, const struct axp_plan_key *key,
			 const struct axp_job *job, struct axp_cached_plan **out,
			 struct axp_why *why)
{
	struct axp_client_budget budget;
	struct axp_cached_plan *plan;
	u64 bytes;
	int err = -ENOMEM;

	axp_client_budget_init(&budget, client, why);
	plan = axp_budget_alloc(&budget.budget, 1, sizeof(*plan));
	if (plan) {
		kref_init(&plan->ref);
		INIT_LIST_HEAD(&plan->lru);
		plan->client = client;
		plan->key = *key;
		err = axp_plan_compile(plan, job, client->dev->params.max_macs_per_job,
				       &budget.budget, why);
	}
	err = axp_client_budget_end(&budget, err, &bytes);
	if (err) {
		axp_mem_free(plan);
		return err;
	}
	plan->bytes = bytes;
	if (key->image)
		kref_get(&key->image->ref);
	kref_get(&key->weights->obj.ref);
	*out = plan;
	return 0;
}

/**
 * axp_plan_get() - the plan of a job, made or found
 * @client: owner
 * @key: image, weights and shape; the caller holds references on both
 * @job: shape again
 * @out: plan with a reference of the caller's
 * @why: what was refused
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ERANGE, -EOVERFLOW, -ENOSPC, -ENOMEM or -EINTR.
 */
int axp_plan_get(struct axp_client *client, const struct axp_plan_key *key,
		 const struct axp_job *job, struct axp_cached_plan **out,
		 struct axp_why *why)
{
	int err;

	*out = axp_plan_find(client, key);
	if (*out)
		return 0;
	err = axp_plan_make(client, key, job, out, why);
	if (!err)
		axp_plan_keep(client, *out);
	return err;
}
