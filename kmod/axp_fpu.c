// SPDX-License-Identifier: GPL-2.0
/*
 * The only place that opens an FPU section. No floating-point code lives here:
 * engines are compiled apart, with their own flags.
 *
 * An engine step is bounded, and so is the time without preemption. Nothing in
 * a section sleeps, allocates or touches user memory.
 */
#include <linux/preempt.h>
#include <linux/sched.h>

#include "axp.h"
#include "axp_compat.h"

/**
 * axp_fpu_step() - one bounded step of an engine
 * @engine: whose
 * @plan: what to compute
 * @io: memory of the job
 * @cursor: place in the tile, moved
 * @scratch: working memory of this thread
 * @counters: added to
 *
 * Context: process context, may sleep.
 * Return: true when the tile is done.
 */
bool axp_fpu_step(const struct axp_engine *engine, const struct axp_plan *plan,
		  const struct axp_io *io, struct axp_cursor *cursor, void *scratch,
		  struct axp_counters *counters)
{
	bool done;

	might_sleep();
	if (!engine->fpu)
		return engine->step(plan, io, cursor, scratch, counters);

	kernel_fpu_begin();
	done = engine->step(plan, io, cursor, scratch, counters);
	kernel_fpu_end();
	return done;
}
