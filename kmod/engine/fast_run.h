/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * State of one thread inside a unit of a fast plan, at the start of its working
 * memory.
 */
#ifndef AXP_ENGINE_FAST_RUN_H
#define AXP_ENGINE_FAST_RUN_H

#include "counters.h"
#include "fast.h"

/**
 * struct axp_fast_sum - what a kind of activations meets
 * @uses: pairs of an output position and a tap that use them
 * @zeros: zero weights in these, over the unit's output channels
 */
struct axp_fast_sum {
	u64 uses;
	u64 zeros;
};

/**
 * struct axp_fast_odd - an activation whose exact hits are counted one by one
 * @line: group of the unit and channel, group * channels + channel
 * @y: window row
 * @x: window column
 * @act: activation
 */
struct axp_fast_odd {
	u32 line;
	u32 y;
	u32 x;
	u32 act;
};

/**
 * struct axp_fast_runs - columns of a window that the same kernel columns use
 * @nr: number of runs
 * @run: @columns columns @x, @x + stride, up to @end; their kernel columns are
 *	@kx[first] and @nr_kx - 1 more
 * @kx: kernel columns, run by run
 */
struct axp_fast_runs {
	u32 nr;
	struct {
		u32 x, end;
		u32 first, nr_kx;
		u32 columns;
	} run[3 * AXP_FAST_ROW_KERNEL];
	u8 kx[3 * AXP_FAST_ROW_KERNEL * AXP_FAST_ROW_KERNEL];
};

/**
 * struct axp_fast_memo - a row that was searched, and has words of the table alone
 * @act: compared bits of its activations
 * @place: of the row; 0: none
 */
struct axp_fast_memo {
	u32 act;
	u32 place;
};

/**
 * struct axp_fast_made - an activation that has a row of its own
 * @next: 1 + another of its group and window row, 0: none
 * @ci: channel of the group
 * @x: window column
 */
struct axp_fast_made {
	u32 next;
	u32 ci;
	u32 x;
};

/**
 * struct axp_fast_run - see above
 * @all: all activations
 * @zero: +0 and -0
 * @miss: activations that miss, zeros left out
 * @same: activations that are their multipliers, zeros left out
 * @extra: exact hits of activations counted one by one, less those that a usual
 *	activation would have
 * @inexact: activations with inexact products
 * @nr_odd: activations that are yet to be counted one by one
 * @odd: some activation is not multiplied: the unit is done MAC by MAC
 * @nr_made: rows made
 * @gaps: close columns: some activation has no number of a row
 * @exact: exact hits, of plans of rows; likewise below
 * @misses: misses
 * @clamped: clamped misses
 */
struct axp_fast_run {
	struct axp_fast_sum all;
	struct axp_fast_sum zero[2];
	struct axp_fast_sum miss;
	struct axp_fast_sum same;
	s64 extra;
	u32 inexact;
	u32 nr_odd;
	bool odd;
	u32 nr_made;
	bool gaps;
	u64 exact, misses, clamped;
};

#endif /* AXP_ENGINE_FAST_RUN_H */
