/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a plan is made of: for plan.c and the engines.
 *
 * A job is cut into units: one batch item, one group, a block of output
 * channels, a band of output rows and a segment of columns. A tile is a run of
 * units. Inside a unit every output position is reduced on its own, in order.
 *
 * Wide plans turn each activation into a row of K products, one per centroid,
 * and add row[index[o]] for all output channels o of the block. The row is the
 * class's, when the class hits every centroid with a stored product, else it is
 * made for the activation. Events are counted once per activation and tap, from
 * masks of centroids and from histograms of the indices of a tap.
 *
 * Narrow plans (few output channels, or weights without a codebook) resolve
 * every MAC on its own, after classifying its activation.
 *
 * Plans whose accumulators are faulty are narrow ones, without a window.
 *
 * Windowed plans classify the activations of a unit's input window first, and
 * make their rows, because several taps use them; others do it at each use.
 */
#ifndef AXP_ENGINE_PLAN_INTERNAL_H
#define AXP_ENGINE_PLAN_INTERNAL_H

#include "fast.h"
#include "faults.h"
#include "plan.h"
#include "softfp.h"

/* Output channels are padded to a multiple of this, and so are product rows. */
#define AXP_LANES	8

/* adding -0.0 changes no binary32 sum: the product of a gated weight */
#define AXP_NO_PRODUCT	AXP_F32_SIGN

/* How a class makes its product row. */
enum axp_class_kind {
	AXP_ROW_STORED,		/* every centroid hits a stored product */
	AXP_ROW_MIXED,		/* some are computed from the activation */
};

/* Events of an activation over the centroids, gated ones left out. */
enum axp_cell_flags {
	AXP_CELL_ZERO = 1 << 0,		/* activation is +-0 */
	AXP_CELL_GATED = 1 << 1,	/* and the job gates it */
	AXP_CELL_MISS_ANY = 1 << 2,
	AXP_CELL_MISS_ALL = 1 << 3,
	AXP_CELL_EXACT_ANY = 1 << 4,
	AXP_CELL_EXACT_ALL = 1 << 5,
	AXP_CELL_CLAMP_ANY = 1 << 6,
	AXP_CELL_STORED = 1 << 7,	/* narrow: every centroid hits a stored product */
	AXP_CELL_CLASS = 1 << 8,	/* narrow: the class, times this */
};

/**
 * struct axp_cell - one activation, ready for use
 * @row: wide: product of each centroid, binary32 bits or units; narrow: words of
 *	its class
 * @flags: enum axp_cell_flags
 * @act: narrow: the activation
 */
struct axp_cell {
	const u32 *row;
	u32 flags;
	u32 act;
};

/**
 * struct axp_use - one activation at one tap
 * @row: its products
 * @index: centroid of each output channel of the block
 */
struct axp_use {
	const u32 *row;
	const u8 *index;
};

/* Masks of a cell, mask_words each. */
enum axp_cell_mask {
	AXP_MASK_MISS,
	AXP_MASK_EXACT,
	AXP_MASK_CLAMP,
	AXP_NR_MASKS,
};

/**
 * struct axp_scratch - places in the working memory of a thread, in bytes
 * @acc: accumulators of a block
 * @uses: the list of uses
 * @forced: bits of each of them that are stuck at 0, and at 1
 * @base: stored words of an activation whose class has none, and their masks
 * @patterns: patterns that an activation matches
 * @cells: of the window, or of the list
 * @masks: of the same
 * @rows: of the same
 * @bytes: all of it
 */
struct axp_scratch {
	size_t acc;
	size_t uses;
	size_t forced;
	size_t base;
	size_t patterns;
	size_t cells;
	size_t masks;
	size_t rows;
	size_t bytes;
};

/**
 * struct axp_plan_tuning - sizes that change how a plan runs, never its results
 * @max_block: output channels of a unit: their accumulators stay in the L1 cache
 * @max_band: output rows of a unit: enough to share a window, few enough to
 *	share a job between threads
 * @max_window: bytes of a window: it stays in the L2 cache
 * @max_list: uses in a list
 * @tile_work: MACs of a tile: less is not worth handing over
 * @max_unit: MACs of a unit of more than one position, about
 * @step_work: MACs of a step: about 50 microseconds
 * @max_class_words: words of all class rows together
 * @max_class_work: comparisons to make them
 * @max_search_work: row comparisons for one activation when classes have no rows
 * @words: lay plans out for engines that look words of 16 bits up whole
 */
struct axp_plan_tuning {
	u32 max_block;
	u32 max_band;
	u32 max_window;
	u32 max_list;
	u32 tile_work;
	u32 max_unit;
	u32 step_work;
	u32 max_class_words;
	u32 max_class_work;
	u32 max_search_work;
	bool words;
};

#define AXP_PLAN_TUNING_DEFAULT {	\
	.max_block = 256,		\
	.max_band = 8,			\
	.max_window = 1u << 20,		\
	.max_list = 1024,		\
	.tile_work = 1u << 17,		\
	.max_unit = 1u << 22,		\
	.step_work = 1u << 15,		\
	.max_class_words = 1u << 22,	\
	.max_class_work = 1u << 26,	\
	.max_search_work = 1u << 16,	\
}

/**
 * struct axp_plan - see above
 * @tuning: sizes it was made with
 * @image: table, or NULL
 * @classes: of the table, or NULL
 * @weights: weights
 * @nest: shape
 * @flags: AXP_JOB_GATE_*
 * @fixed: AXP_ACC_FIXED
 * @scale: of FIXED words
 * @max_term: of FIXED words
 * @faults: of accumulators; NULL: they are sound
 * @searches_per_mac: flat and banked
 * @searches_per_act: shared and significand: searches of an activation and tap
 * @taps: reduction length
 * @k: centroids; 0: plain weights
 * @row_words: k, padded
 * @mask_words: words of a mask over the centroids
 * @valid: centroids that are not gated
 * @wide: wide plan
 * @windowed: the plan has a window
 * @compiled: classes have product rows
 * @class_kind: enum axp_class_kind
 * @class_word: stored words, row_words a class; AXP_NO_PRODUCT or 0 if gated
 * @class_miss: mask of valid centroids without a row
 * @class_power: mask of centroids whose word is scaled by the activation
 * @packed: indices [group][block][tap][channel of the block]
 * @histogram: [group][block][tap][centroid]
 * @gated: channels with a gated centroid, [group][block][tap]
 * @bias: converted to units, or the weights' own; NULL: none
 * @own_bias: @bias is the plan's
 * @block: output channels of a unit
 * @block_lanes: padded
 * @nr_blocks: blocks of a group
 * @band: output rows of a unit
 * @nr_bands: bands
 * @seg: output columns of a unit
 * @nr_segs: segments
 * @window_cells: most cells of a window
 * @list_max: uses collected before they are added
 * @cell_work: work of making one cell, in MACs
 * @mac_work: narrow: work of one MAC
 * @nr_units: units of the job
 * @tile_units: units of a tile
 * @nr_tiles: tiles
 * @scratch: layout of working memory
 * @fast: for the vector engines; NULL: they run the plan like the scalar ones
 * @budget: while it is made
 */
struct axp_plan {
	struct axp_plan_tuning tuning;
	const struct axp_image *image;
	const struct axp_classes *classes;
	const struct axp_weights *weights;
	struct axp_nest nest;
	u32 flags;
	bool fixed;
	s32 scale;
	u32 max_term;
	const struct axp_faults *faults;
	bool searches_per_mac;
	u32 searches_per_act;
	u64 taps;

	u32 k;
	u32 row_words;
	u32 mask_words;
	u32 valid[AXP_MAX_CENTROIDS / 32];
	bool wide;
	bool windowed;
	bool compiled;
	u8 *class_kind;
	u32 *class_word;
	u32 *class_miss;
	u32 *class_power;

	u8 *packed;
	u16 *histogram;
	u16 *gated;
	u32 *bias;
	bool own_bias;

	u32 block, block_lanes, nr_blocks;
	u32 band, nr_bands;
	u32 seg, nr_segs;
	u32 window_cells;
	u32 list_max;
	u32 cell_work;
	u32 mac_work;
	u64 nr_units;
	u32 tile_units;
	u32 nr_tiles;
	struct axp_scratch scratch;
	struct axp_fast *fast;
	struct axp_budget *budget;
};

/**
 * struct axp_unit - one unit, decoded
 * @act: first activation of its batch item and group
 * @wgt: first weight of its group and block
 * @out: first result of its batch item, group and block
 * @bias: number of its first bias
 * @group_block: group * nr_blocks + block
 * @block: number of the block
 * @channels: output channels
 * @y0: first output row
 * @x0: first output column
 * @rows: output rows
 * @cols: output columns
 * @in_y0: first input row of the window
 * @in_x0: first input column of the window
 * @in_rows: input rows of the window, may be 0
 * @in_cols: input columns of the window, may be 0
 */
struct axp_unit {
	u64 act;
	u64 wgt;
	u64 out;
	u64 bias;
	u64 group_block;
	u32 block;
	u32 channels;
	u32 y0, x0;
	u32 rows, cols;
	u32 in_y0, in_x0;
	u32 in_rows, in_cols;
};

/* axp_plan_create() with other sizes than AXP_PLAN_TUNING_DEFAULT */
int axp_plan_create_tuned(struct axp_plan **out, struct axp_budget *budget,
			  const struct axp_image *image, const struct axp_weights *weights,
			  const struct axp_nest *nest, u32 flags,
			  const struct axp_plan_tuning *tuning, struct axp_why *why);

/* decode unit @number of the job */
void axp_plan_unit(const struct axp_plan *plan, u64 number, struct axp_unit *unit);

/**
 * axp_plan_taps() - taps of one axis that fall inside the input
 * @in: input places
 * @kernel: kernel places
 * @at: input place of tap 0, may lie outside
 * @dil: dilation
 * @first: first tap inside
 * @end: one past the last; @first when there is none
 */
static inline void axp_plan_taps(u32 in, u32 kernel, s64 at, u32 dil, u32 *first, u32 *end)
{
	u64 low = at < 0 ? (u64)-at : 0;
	u64 high = at < (s64)in ? (u64)((s64)in - 1 - at) : 0;

	if (dil != 1) {
		low = div_u64(low + dil - 1, dil);
		high = div_u64(high, dil);
	}
	if (at >= (s64)in || low >= kernel || high < low) {
		*first = 0;
		*end = 0;
		return;
	}
	*first = (u32)low;
	*end = (u32)min_t(u64, high + 1, kernel);
}

/* whether centroid @j is in a mask of centroids */
static inline bool axp_plan_has(const u32 *mask, u32 j)
{
	return mask[j / 32] >> (j % 32) & 1;
}

/* class of an activation; without a table there is one class, which misses */
static inline u32 axp_plan_class(const struct axp_plan *plan, u32 act)
{
	return plan->classes ? axp_classify(plan->classes, act) : 0;
}

#endif /* AXP_ENGINE_PLAN_INTERNAL_H */
