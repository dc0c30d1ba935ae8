/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Table image: the rows of one CAM + LUT, checked, with their activation
 * classes and their costs. Immutable once made.
 */
#ifndef AXP_ENGINE_IMAGE_H
#define AXP_ENGINE_IMAGE_H

#include "classes.h"
#include "energy.h"

struct axp_faults;

/**
 * struct axp_limits - device parameters a table must fit
 * @max_lanes: processing elements that one search may feed
 * @max_cam_rows: CAM rows
 * @max_key_bits: compared bits
 * @max_lut_words: LUT words, and rows of a table
 */
struct axp_limits {
	u32 max_lanes;
	u32 max_cam_rows;
	u32 max_key_bits;
	u32 max_lut_words;
};

#define AXP_LIMITS_DEFAULT {		\
	.max_lanes = 256,		\
	.max_cam_rows = 4096,		\
	.max_key_bits = 64,		\
	.max_lut_words = 65536,		\
}

/**
 * struct axp_image - one table
 * @spec: as the client gave it
 * @dims: what the organisation makes of the rows
 * @costs: attojoule per event, captured when the image was made
 * @nr_rows: number of rows
 * @rows: the rows, lowest number wins
 * @classes: what an activation may match
 * @faults: a damaged image's, see axp_image_damage(); NULL: a sound image
 * @cam_bits: bits of CAM rows that differ from the sound image
 * @lut_bits: bits of LUT words that differ from the sound image
 * @budget: while it is made
 */
struct axp_image {
	struct axp_table_spec spec;
	struct axp_table_dims dims;
	struct axp_costs costs;
	u32 nr_rows;
	struct axp_row *rows;
	struct axp_classes *classes;
	const struct axp_faults *faults;
	u64 cam_bits;
	u64 lut_bits;
	struct axp_budget *budget;
};

/**
 * axp_image_create() - check rows against their table and price its events
 * @out: new image, owned by the caller: axp_image_free(); NULL on failure
 * @budget: whose memory; NULL: without limit
 * @spec: accumulator, organisation, energy
 * @rows: @nr_rows rows, copied
 * @nr_rows: may be 0
 * @model: energy constants (the caller resolved @spec->preset)
 * @cam_class: AXP_CAM_* (likewise, never AXP_CAM_DEVICE)
 * @limits: device parameters
 * @why: what was refused, index is the row; may be NULL
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ERANGE, -ENOSPC, -ENOMEM, -EINTR.
 */
int axp_image_create(struct axp_image **out, struct axp_budget *budget,
		     const struct axp_table_spec *spec, const struct axp_row *rows, u32 nr_rows,
		     const struct axp_energy_model *model, u32 cam_class,
		     const struct axp_limits *limits, struct axp_why *why);
void axp_image_free(struct axp_image *image);

/**
 * axp_image_match() - the literal definition of a search, linear in the rows
 * @image: table
 * @wgt: weight, binary32 bits
 * @act: activation, binary32 bits
 *
 * Return: the lowest matching row, or -1.
 */
s32 axp_image_match(const struct axp_image *image, u32 wgt, u32 act);

/**
 * axp_image_program_fj() - energy of writing rows of a table
 * @image: table, as it is after the write
 * @first: first row written
 * @nr_rows: number of rows written, within the table
 *
 * Every row is one LUT word (of each lane). Flat and banked tables write a CAM
 * row for each; shared and significand ones one for each distinct pattern.
 *
 * Return: femtojoule, rounded down.
 */
u64 axp_image_program_fj(const struct axp_image *image, u32 first, u32 nr_rows);

/* costs of a job without a table: FPU only */
void axp_costs_without_table(struct axp_costs *costs, const struct axp_energy_model *model);

#endif /* AXP_ENGINE_IMAGE_H */
