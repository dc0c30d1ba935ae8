/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grid: the points of a sweep, from words like "k=8,16 rows=16,32 acc=f32,fixed".
 *
 *   k        centroids: 2 to 256, auto
 *   rows     CAM rows: 1 to 65536, auto
 *   prefix   upper bits of activations that rows of one length compare: 9 to 16, auto
 *   acc      accumulator: f32, fixed
 *   org      organisation: flat, banked, shared, significand, broadcast
 *   word     bits of a LUT word with fixed: 8, 16, 24, 32
 *   lanes    processing elements of a search: 1 to 65536, auto
 *   cluster  how weights are clustered: names of axp compile --cluster
 *   gating   of zeros: on, off
 *   bias     bias correction: on, off
 *   prune    part of the weights that is forced to 0: 0 to 1, in steps of 0.0001
 *
 * A name that is not given has one value: k, rows, prefix and lanes auto (what axp compile
 * takes for each layer), fixed, shared, 16, compensated, on, on, 0. Every combination is a
 * point once: what does not apply (words of f32, lanes of flat and banked, prune=0) is left out
 * of its key, and what does not exist (significand with fixed) out of the grid.
 */
#ifndef AXP_TOOL_GRID_H
#define AXP_TOOL_GRID_H

#include <axp/axp.h>

#include "cmd.h"

#define POINT_KEY	160

enum point_role {
	POINT_GRID,	/* asked for */
	POINT_FLAT,	/* baseline: candidate for the flat organisation's best */
	POINT_LITERAL,	/* baseline: k-means, flat CAM of frequent pairs, no bias correction */
};

/**
 * struct point - one way to compile
 * @key: its settings as text, canonical: equal points have equal keys
 * @role: why it is in the sweep
 * @opts: settings; progress is not set
 */
struct point {
	char key[POINT_KEY];
	enum point_role role;
	struct axp_compile_opts opts;
};

/**
 * struct grid - points, in the order of the grid, then baselines
 * @points: @nr of them
 * @nr: number of points
 * @left_out: combinations that do not exist
 */
struct grid {
	struct point *points;
	size_t nr;
	size_t left_out;
};

/*
 * @words: as on the command line, each may hold several; @nr of them. With @baselines
 * the flat and literal points are added. 0; EXIT_USAGE or EXIT_FAILED after saying why.
 */
int grid_make(struct grid *grid, const struct command *cmd, char *const *words, int nr,
	      bool baselines);
void grid_free(struct grid *grid);

#endif /* AXP_TOOL_GRID_H */
