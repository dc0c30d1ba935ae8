/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a plan prepares for the vector engines.
 *
 * Most tables are made from one representative value per class: then every word
 * of a class is fl(centroid * multiplier), a hit is a multiplication by the
 * class's multiplier and a miss one by the activation itself. A fast plan has
 * proved this word by word. Each activation is turned into its multiplier once;
 * the inner loops then are those of a plain convolution, in the order of the
 * job: acc = fl(acc + fl(w * m)). Where w * m is exact, which is proved as well,
 * fl(acc + w * m) is the same in one rounding, and one instruction.
 *
 * Where a table has no multipliers (FIXED words, classes that hit some centroids
 * only, rows of any bits), a fast plan is one of rows: each activation finds its
 * row, the products of all centroids, and the inner loops look products up by
 * the centroids of the weights. Rows of classes that hit every centroid are the
 * table's; others are made for the activation. FIXED rows hold the bytes of their
 * words side by side as well: sixteen products are one byte shuffle for each byte
 * of a word, and sums of bytes have no order. Engines of 16 lanes look words of 16
 * bits up whole, and where lanes are positions by the number of the row.
 *
 * FIXED words have multipliers where each is a product of a centroid and one number,
 * rounded to units. A plan of rounded products computes and rounds these and adds
 * integers; it is a plan of rows without rows: exact hits are counted alike.
 *
 * A fast job is cut into units of its own: one batch item, a block of groups, a
 * share of the output channels, a band of output rows and a segment of columns.
 */
#ifndef AXP_ENGINE_FAST_H
#define AXP_ENGINE_FAST_H

#include "nest.h"
#include "weights.h"

struct axp_plan;

/* Channels of a packed block are padded to this. */
#define AXP_FAST_LANES	16
/* Channels that are done together where zero multipliers are left out. */
#define AXP_FAST_LIST_CHANNELS	64
/* Widest block, and widest where there is one position only. */
#define AXP_FAST_BLOCK	64
#define AXP_FAST_WIDE	128
/* Centroids that a nibble can number, words of nibbles for a tap of such a block. */
#define AXP_FAST_NIBBLES	16
#define AXP_FAST_NIBBLE_WORDS	(AXP_FAST_WIDE / 8)
/* Channels of columns that are classified together, for as many columns as a vector has lanes. */
#define AXP_FAST_SQUARE_CHANNELS	64
#define AXP_FAST_SQUARE	(AXP_FAST_LANES * (AXP_FAST_SQUARE_CHANNELS + AXP_FAST_LANES))
/* Multipliers side by side that registers may hold. */
#define AXP_FAST_WORDS	128
/* Bits of the key of a table of multipliers. */
#define AXP_FAST_KEY_BITS	16
#define AXP_FAST_FIELDS	14

/* Kernel rows and columns of a plan of rows, at most; centroids of a chunk; bytes of a word. */
#define AXP_FAST_ROW_KERNEL		32
#define AXP_FAST_CHUNK		16
#define AXP_FAST_BYTES		4
/* Centroids whose words of 16 bits are looked up whole. */
#define AXP_FAST_WORD_KP		32
/* Rows whose words of a centroid are looked up at once, where lanes are positions. */
#define AXP_FAST_COLUMN		64
/* Number of a row but 0 in a window of these, with 1 less than the row. */
#define AXP_FAST_ROW		0x8000u
/* Steps of a kernel row are padded to this: bytes of several are looked up at once. */
#define AXP_FAST_STEPS		4
/* Index of a padding step: no product. */
#define AXP_FAST_NO_INDEX	0x80
/* Rows that a search remembers, a power of two. */
#define AXP_FAST_MEMO		2048
/* Key without a row of its own: one is made for the activation of this class. */
#define AXP_FAST_MAKE		0x80000000u

/* Multiplier of classes that miss: no product has this one. */
#define AXP_FAST_MISS	0x7fc00001u

/*
 * 1.5 * 2^23: a number of less than 2^22 units, added to it, is rounded to units, which are
 * the lower bits of the sum.
 */
#define AXP_FAST_MAGIC	0x4b400000u

/* The multiplier is scaled by the sign and exponent of the activation. */
#define AXP_FAST_POWER	0x80000000u
/* Exact hits of the class are counted one by one. */
#define AXP_FAST_ODD	1u

/* How the class of an activation is found. */
enum axp_fast_key {
	AXP_FAST_KEY_NONE,	/* there is none: everything misses */
	AXP_FAST_KEY_TOP,	/* upper bits */
	AXP_FAST_KEY_FIELDS,	/* some bits */
	AXP_FAST_KEY_LEADING,	/* upper bits, then those that a pattern compares */
	AXP_FAST_KEY_SEARCH,	/* one by one */
};

/* What +0 and -0 are. */
enum axp_fast_zero {
	AXP_FAST_ZERO_MISS,
	AXP_FAST_ZERO_EXACT,	/* an exact hit with every centroid */
	AXP_FAST_ZERO_USUAL,	/* a hit like any of its class */
	AXP_FAST_ZERO_ODD,	/* counted one by one */
};

/**
 * struct axp_fast_rows - what a plan of rows has beside
 * @fixed: words are units, else binary32
 * @scale: 2^scale as binary32 bits, units of 1
 * @unscale: 2^-scale likewise
 * @max_term: of FIXED words
 * @kp: centroids, padded to AXP_FAST_CHUNK
 * @chunks: of these
 * @bytes: bytes of a word that are looked up; 0: words are looked up whole
 * @tables: of 16 bytes, for each byte of a word
 * @low: FIXED: bytes are those of word - low
 * @words: words are of 16 bits, less than the greatest: engines of 16 lanes look
 *	them up whole, from a window of their own
 * @row: bytes of a row: its words, its bytes, its masks
 * @at_words: words of 16 bits
 * @word_bytes: of these
 * @at_bytes: bytes: [byte of the word][centroid]
 * @at_masks: u32 of each chunk: centroids that miss, and << 16 that clamp
 * @base: rows of classes, the first changes no sum: padding has it
 * @nr_base: number of these
 * @makes: some activations need rows of their own
 * @beyond: what keys have that have no word, see struct axp_fast_words
 * @scaled: FIXED: centroids are in units, too
 * @rounded: FIXED: products are computed from multipliers and rounded to units: there are no
 *	rows
 * @fused: products are rounded once, else to binary32 and then to units
 * @largest: magnitude of the largest activation that misses and has a multiplier
 * @centroids: kp, 0 past the end
 * @index: centroids of weights [group][16 channels][ky][step, padded][channel];
 *	with bytes, channels c and c + 8 lie side by side
 * @index_row: bytes from kernel row to kernel row
 * @index_block: from 16 channels to the next
 * @word_index: with words, centroids of weights [group][block][chunk of taps][pair of
 *	taps][channel][tap of the pair], those of the second tap after those of the first;
 *	pairs are [ky][run][pair], then [ky][run] what is left of odd runs
 * @word_runs: runs of taps of a kernel row: those of a run lie side by side in a window
 * @word_taps: taps of a run
 * @word_chunk: of these are done for all positions of some rows before the others, even
 * @word_rows: output rows of these
 * @word_channels: channels whose words are side by side: those of a chunk, or all
 * @word_col: places from column to column
 * @word_row: indices of a kernel row of a channel, all chunks
 * @word_at: where the pairs of a chunk are in the window, from its first tap, bytes;
 *	then those of the last chunk
 * @word_last: place of these
 * @word_centroids: with words, centroids in units as vectors pack them: the first
 *	and third 4 of 16, then the others
 * @columns: planar, words as above: words of [centroid][row - 1], engines have numbers
 *	of rows in their window; NULL: there are none
 * @column_most: greatest magnitude of the words of each centroid
 * @column_centroids: centroids in units, those that are gated are no numbers
 * @column_shift: from the place of a row to its number
 * @listed: all words of struct axp_fast_words are places of rows of classes, and zeros
 *	have none of them
 * @histogram: [share][group][tap ky, kx, ci][kp] channels with the centroid,
 *	gated ones left out
 * @searches: classes have no rows: patterns are searched
 * @nr_patterns: padded to AXP_FAST_LANES
 * @compared: bits of an activation that tell which patterns it matches, and its words
 * @act: compared bits of patterns
 * @care: which these are
 * @significand: all ones: matches normal numbers only
 * @number: row number of each pattern and centroid, [pattern][kp]; ~0: none
 * @word: likewise its word
 * @power: and all ones if it is scaled by the activation
 * @at_rows: place in the working memory: base rows, then made ones
 * @at_runs: runs of columns that the same kernel columns use
 * @at_taps: histogram of a line [kernel column][chunk]
 * @at_sums: u32 [exact, miss, clamp][kp]
 * @at_acts: activations of a line, gated ones replaced by NaN
 * @at_found: patterns that an activation matches
 * @at_memo: if it searches, struct axp_fast_memo: rows found last
 * @at_heads: with columns, u32 [group of a unit][window row]: 1 + the last row made for
 *	it, 0: none
 * @at_made: what these are for, struct axp_fast_made
 * @at_values: with columns of a close plan, or rounded products and planar: activations of
 *	the window, NaN for those without exact hits
 * @nr_made: rows that may be made
 */
struct axp_fast_rows {
	bool fixed;
	u32 scale, unscale;
	u32 max_term;
	u32 kp, chunks;
	u32 bytes, tables;
	u32 low;
	bool words;
	u32 row, at_words, word_bytes, at_bytes, at_masks;
	u8 *base;
	u32 nr_base;
	bool makes;
	u32 beyond;
	bool scaled;
	bool rounded, fused;
	u32 largest;
	u32 *centroids;
	u8 *index;
	size_t index_row, index_block;
	u16 *word_index;
	u32 word_runs, word_taps, word_chunk, word_row;
	u32 word_rows, word_channels, word_col;
	u32 *word_centroids;
	u16 *columns;
	u16 *column_most;
	u32 *column_centroids;
	u32 column_shift;
	bool listed;
	u32 *word_at;
	u32 word_last;
	u16 *histogram;
	bool searches;
	u32 nr_patterns;
	u32 compared;
	u32 *act, *care, *significand;
	u32 *number, *word, *power;
	size_t at_rows, at_runs, at_taps, at_sums, at_acts, at_found;
	size_t at_memo, at_heads, at_made, at_values;
	u32 nr_made;
};

/**
 * struct axp_fast_step - one tap of a kernel row, in the order of the job
 * @at: its place in the window, from that of the kernel row
 * @ci: its input channel
 * @kx: its kernel column
 */
struct axp_fast_step {
	u32 at;
	u32 ci;
	u32 kx;
};

/**
 * struct axp_fast_words - multipliers of a plan where few neighbouring keys have some; or
 *	places of rows where few have others than the rest
 * @nr: number of words; 0: it has no such table
 * @mask: word of an activation: ((act & mask) >> shift) - base
 * @shift: see above
 * @base: likewise; what is past the last word misses
 * @sign: AXP_F32_SIGN: negative activations have negative multipliers
 * @power: words are scaled by the activation, numbers that are not normal miss
 * @whole: all words are multipliers, and zero has none of them
 * @word: multipliers or AXP_FAST_MISS
 */
struct axp_fast_words {
	u32 nr;
	u32 mask, shift, base;
	u32 sign;
	bool power, whole;
	u32 word[AXP_FAST_WORDS];
};

/**
 * struct axp_fast - see above
 * @key: enum axp_fast_key
 * @key_shift: KEY_TOP, KEY_LEADING: right shift of the activation
 * @other: KEY_LEADING: what activations have that differ, instead of @table
 * @nr_fields: KEY_FIELDS: number of fields
 * @field_mask: bits of the activation
 * @field_shift: right shift that brings them to their place
 * @normal_bit: KEY_FIELDS: the key has a lowest bit more: the number is normal
 * @keys: number of keys
 * @table: multiplier of each key; KEY_SEARCH: of each class
 * @kind: likewise: AXP_FAST_POWER and AXP_FAST_ODD; NULL: none of these
 * @words: see struct axp_fast_words
 * @usual: activations but -0, and Inf and NaN beside zero weights, need not more than
 *	their multiplier, whether they miss, and whether they are near it
 * @power_low: least biased exponent of an activation that scales without underflow
 * @power_high: greatest without overflow
 * @near: an activation further than this from its multiplier is no exact hit,
 *	distance of the bit patterns
 * @zero: enum axp_fast_zero of +0 and -0
 * @zero_multiplier: their multipliers; KEY_TOP: not those of the table
 * @exact: products of multipliers of classes are exact
 * @exact_mask: so are those of misses without any of these bits
 * @exact_low: and a biased exponent from this
 * @exact_high: to this
 * @zero_weights: some centroid is +-0
 * @rows: products are looked up; NULL: they are computed
 * @gate_act: zero activations are gated
 * @gate_wgt: zero weights are gated, and there are some
 * @nest: the job's shape with batch or rows joined to columns
 * @planar: lanes are output columns, not output channels
 * @flat: planar, rows of a band are one
 * @close: flat, and no padding lies between rows of the window: output position and
 *	cell are a constant apart for a tap, which is left out past the ends of a row
 * @at_once: groups that the window has room for; those of a unit have it in turns
 * @edges: with @close, bits by output position [kernel column][position]: the tap is inside;
 *	with @flat and rounded products: the position is one
 * @edge_words: of a kernel column
 * @lead: places before the window, so that the first cell inside the input is aligned
 * @weights: packed: [group][block][tap in order][channel], planar: [group][channel][tap in order]
 * @nibbles: the same for blocks of AXP_FAST_WIDE channels, where each is multiplied once:
 *	numbers of centroids, [group][block][tap][u32 i of 16], that of channel 16 s + i of
 *	the block in its bits from 4 s on; or NULL
 * @nibble_centroids: what these number
 * @bias: [group][padded channel], binary32 bits
 * @zeros: zero weights of [share][group][tap ky, kx, ci]; NULL: none
 * @steps: cg * kw steps of a kernel row
 * @taps: reduction length
 * @lanes: output channels of a group, padded
 * @block: channels of a block
 * @nr_blocks: blocks of a group
 * @groups: groups of a unit
 * @nr_groups: blocks of groups
 * @share: blocks of a unit
 * @nr_shares: shares of a group
 * @band: output rows of a unit
 * @nr_bands: bands
 * @seg: output columns of a unit
 * @nr_segs: segments
 * @span_h: rows of a window
 * @span_w: columns of a window
 * @col: places from column to column; 0: there are phases
 * @phase: places of a phase: column x is at (x % stride) * phase + x / stride
 * @row: places from row to row of the window
 * @chan: from channel to channel
 * @chunk: if there is a place from column to column, channels that are side by side there
 * @chunk_step: from such channels to the next
 * @lists: zero multipliers may be left out, see engine_lists.inc
 * @list_kx: kernel columns of some taps
 * @list_ci: input channels of these
 * @list_rows: output rows whose sums stay in the L1 cache
 * @group: from group to group
 * @window: places of a window
 * @planes: rows of a channel may be done as one line
 * @masked: kernel rows are bits of a word
 * @zero_line: u32 of the zero weights that meet a row of a channel; 0: they are not kept
 * @nr_units: units of the job
 * @tile_units: units of a tile
 * @nr_tiles: tiles
 * @at_window: place in the working memory, bytes; likewise below
 * @at_flags: steps that are not exact, bytes [window row][tile of a row][channel]
 * @at_uses: u32 [column]: kernel columns that use it; or [channel]: 1
 * @at_rows: u32 [row]: kernel rows that use it
 * @at_plane: u32 [row][column]: product of these
 * @at_zeros: u32 [column]: zero weights that meet it
 * @at_masks: with @masked, u32 [window row]: kernel rows that use it
 * @at_zero_lines: with @zero_line, [row % stride][group][channel]: kernel rows that use the
 *	row, 0: none yet, then the zero weights
 * @at_line: one line or plane of activations and of multipliers
 * @at_spare: another line or plane
 * @at_cells: with @lists, multipliers [window row][column][channel]
 * @at_lists: numbers of those that are not zero [part of the channels][window row][column]
 * @at_ends: where these begin [part][window row][column, and the end]
 * @at_square: columns of some channels
 * @at_odd: activations of a line that are counted one by one
 * @at_out: results of a tile
 * @bytes: working memory
 */
struct axp_fast {
	u32 key;
	u32 key_shift;
	u32 other;
	u32 nr_fields;
	u32 field_mask[AXP_FAST_FIELDS];
	u32 field_shift[AXP_FAST_FIELDS];
	bool normal_bit;
	u32 keys;
	u32 *table;
	u32 *kind;
	struct axp_fast_words words;
	bool usual;
	u32 power_low, power_high;
	u32 near;
	u32 zero[2];
	u32 zero_multiplier[2];
	bool exact;
	u32 exact_mask;
	u32 exact_low, exact_high;
	bool zero_weights;
	struct axp_fast_rows *rows;
	bool gate_act;
	bool gate_wgt;

	struct axp_nest nest;
	bool planar;
	bool flat;
	bool close;
	u32 at_once;
	u32 *edges;
	u32 edge_words;
	u32 lead;
	u32 *weights;
	u32 *nibbles;
	u32 nibble_centroids[AXP_FAST_NIBBLES];
	u32 *bias;
	u32 *zeros;
	struct axp_fast_step *steps;
	u32 taps;
	u32 lanes;
	u32 block, nr_blocks;
	u32 groups, nr_groups;
	u32 share, nr_shares;
	u32 band, nr_bands;
	u32 seg, nr_segs;
	u32 span_h, span_w;
	u32 col;
	u32 phase;
	u32 row, chan, group;
	u32 chunk, chunk_step;
	bool lists;
	u32 list_kx, list_ci, list_rows;
	u32 window;
	bool planes;
	bool masked;
	u32 zero_line;
	u64 nr_units;
	u32 tile_units;
	u32 nr_tiles;

	size_t at_window, at_flags, at_uses, at_rows, at_plane, at_zeros, at_masks;
	size_t at_zero_lines, at_line, at_spare;
	size_t at_cells, at_lists, at_ends;
	size_t at_square, at_odd, at_out;
	size_t bytes;
};

/* tap (kx, ci) of step @s of a kernel row */
static inline void axp_fast_tap(const struct axp_nest *n, u32 s, u32 *kx, u32 *ci)
{
	if (n->ci_before_kx) {
		*ci = s / n->kw;
		*kx = s % n->kw;
	} else {
		*kx = s / n->cg;
		*ci = s % n->cg;
	}
}

/* weight of group @g, output channel @o, tap (ky, kx, ci) */
static inline u64 axp_fast_weight_at(const struct axp_nest *n, u64 g, u64 o, u64 ky, u64 kx,
				     u64 ci)
{
	return g * n->wgt_g + o * n->wgt_o + ci * n->wgt_c + ky * n->wgt_h + kx * n->wgt_w;
}

/*
 * Activations of a line of a plan of rows, whole vectors: a line is not interrupted.
 * Rows of many centroids cost more, and so do searches.
 */
static inline u32 axp_fast_row_line(const struct axp_fast *f)
{
	u32 most = f->rows->rounded ? 1024 : 256;
	u32 line = f->rows->searches ? 16 : most / DIV_ROUND_UP(f->rows->chunks, 4);

	return line - line % AXP_FAST_LANES;
}

/* numbers of a window row of a part of the channels; a vector may be written past the end */
static inline u32 axp_fast_list(const struct axp_fast *f)
{
	return f->span_w * f->list_ci + AXP_FAST_LANES;
}

/* place of a cell in the window of its group */
static inline u32 axp_fast_place(const struct axp_fast *f, u32 ci, u32 y, u32 x)
{
	u32 stride = f->nest.stride_w;
	u32 at = y * f->row;

	if (f->col)
		return at + ci / f->chunk * f->chunk_step + ci % f->chunk + x * f->col;
	return at + ci * f->chan + x % stride * f->phase + x / stride;
}

/**
 * axp_fast_create() - prepare a plan for the vector engines
 * @out: new fast plan, owned by the caller: axp_fast_free(); NULL when the
 *	plan has a form that the scalar engines run
 * @plan: compiled; its classes and weights are read
 *
 * Return: 0, -ENOMEM, -EINTR.
 */
int axp_fast_create(struct axp_fast **out, const struct axp_plan *plan);
void axp_fast_free(struct axp_fast *fast);

#endif /* AXP_ENGINE_FAST_H */
