/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Engines: ways to run a plan. All give the same bits and the same counters.
 */
#ifndef AXP_ENGINE_ENGINE_H
#define AXP_ENGINE_ENGINE_H

#include "counters.h"
#include "plan.h"

/**
 * struct axp_io - memory of one job
 * @act: nest.act_elems activations, binary32 bits
 * @out: nest.out_elems results
 * @job: number of the job among those of its faults, see axp_image_damage()
 *
 * @act may change under a running job (a client can write its buffers): results
 * are then unspecified, but no engine may address anything by what it reads.
 */
struct axp_io {
	const u32 *act;
	u32 *out;
	u64 job;
};

/**
 * struct axp_cursor - where a thread stands inside a tile
 * @tile: number of the tile
 * @state: the engine's; zero before the first step of a tile
 */
struct axp_cursor {
	u32 tile;
	u32 state[15];
};

/**
 * struct axp_engine - one implementation
 * @name: "softfp", "float", later "avx2", "avx512"
 * @priority: the highest valid one is the default
 * @fpu: steps use floating-point or vector registers: in the kernel each step
 *	runs between kernel_fpu_begin() and kernel_fpu_end()
 * @valid: the machine can run it; NULL: always
 * @step: does a bounded amount of work (about 50 microseconds on a current
 *	core) on the tile of @cursor. Does not allocate, sleep or fault.
 *	@counters is added to, complete when the tile is. Returns true when the
 *	tile is done. @scratch belongs to this thread until then.
 */
struct axp_engine {
	const char *name;
	int priority;
	bool fpu;
	bool (*valid)(void);
	bool (*step)(const struct axp_plan *plan, const struct axp_io *io,
		     struct axp_cursor *cursor, void *scratch,
		     struct axp_counters *counters);
};

/* all engines of this build, best first, NULL at the end */
extern const struct axp_engine *const axp_engines[];

/**
 * axp_engine_select() - find an engine
 * @name: its name; NULL or "": the best valid one
 *
 * Return: the engine, or NULL when there is none of that name or this machine
 * cannot run it.
 */
const struct axp_engine *axp_engine_select(const char *name);

#endif /* AXP_ENGINE_ENGINE_H */
