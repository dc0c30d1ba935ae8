/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Budget: whose memory an object takes while it is made.
 */
#ifndef AXP_ENGINE_BUDGET_H
#define AXP_ENGINE_BUDGET_H

#include "port.h"

/**
 * struct axp_budget - memory of one object in the making
 * @take: asks the owner for that many bytes more, before they are allocated; false:
 *	refused. NULL: there is no owner, and no limit
 * @give: gives them back
 * @used: bytes taken and not given back: those of the object, once it is made
 *
 * What a failed call has taken is still in @used: all of it is free again, and the
 * caller gives it back.
 */
struct axp_budget {
	bool (*take)(struct axp_budget *budget, u64 bytes);
	void (*give)(struct axp_budget *budget, u64 bytes);
	u64 used;
};

static inline bool axp_budget_take(struct axp_budget *budget, u64 bytes)
{
	if (!budget)
		return true;
	if (budget->take && !budget->take(budget, bytes))
		return false;
	budget->used += bytes;
	return true;
}

static inline void axp_budget_give(struct axp_budget *budget, u64 bytes)
{
	if (!budget)
		return;
	if (budget->give)
		budget->give(budget, bytes);
	budget->used -= bytes;
}

/**
 * axp_budget_rewind() - give back what was taken since
 * @budget: or NULL
 * @used: @used of then
 *
 * For parts of an object that are given up, and freed with axp_mem_free().
 */
static inline void axp_budget_rewind(struct axp_budget *budget, u64 used)
{
	if (budget)
		axp_budget_give(budget, budget->used - used);
}

/**
 * axp_budget_alloc() - allocate zeroed memory for an object in the making
 * @budget: whose; NULL: without limit
 * @n: elements
 * @size: bytes of one
 *
 * Return: memory for axp_mem_free() or axp_budget_free(), or NULL.
 */
static inline void *axp_budget_alloc(struct axp_budget *budget, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (check_mul_overflow(n, size, &bytes) || !axp_budget_take(budget, bytes))
		return NULL;
	p = axp_mem_alloc(n, size);
	if (!p)
		axp_budget_give(budget, bytes);
	return p;
}

/**
 * axp_budget_free() - free what the object needs no longer
 * @budget: as it was allocated with
 * @p: memory or NULL
 * @n: likewise
 * @size: likewise
 */
static inline void axp_budget_free(struct axp_budget *budget, const void *p, size_t n, size_t size)
{
	if (!p)
		return;
	axp_mem_free(p);
	axp_budget_give(budget, n * size);
}

#endif /* AXP_ENGINE_BUDGET_H */
