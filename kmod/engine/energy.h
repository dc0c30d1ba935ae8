/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Energy model: constants of a technology, costs of one table, price of counters.
 *
 * Integers only. Constants are in zeptojoule (1e-21 J), which holds the four
 * decimals of a femtojoule that the model is published with; the cost of one
 * event is rounded to the nearest attojoule (1e-18 J); a job is priced exactly
 * from these and rounded down to femtojoule once. Nothing wraps: what does not
 * fit 64 bits is U64_MAX.
 */
#ifndef AXP_ENGINE_ENERGY_H
#define AXP_ENGINE_ENERGY_H

#include "counters.h"

/**
 * struct axp_energy_model - constants of one preset, zeptojoule
 * @mul: binary32 multiplication
 * @add: binary32 addition
 * @int32_add: 32 bit integer addition
 * @exp_add: 8 bit integer addition, the exponent adder of significand rows
 * @zero_detect: zero detector, per MAC of a gating PE
 * @cam_c0: CAM search, kappa * (c0 + cR*rows + cB*bits + cRB*rows*bits)
 * @cam_cr: per row
 * @cam_cb: per bit
 * @cam_crb: per row and bit
 * @lut_a: LUT read, a + b*words
 * @lut_b: per word
 * @camw_c0: CAM row write, c0 + cB*bits + cRB*rows*bits, at least 0 (signed)
 * @camw_cb: per bit
 * @camw_crb: per row and bit
 * @lutw_a: LUT word write, a + b*words
 * @lutw_b: per word
 * @wire: one bit over one millimetre
 * @row_pitch: height of a CAM row, nanometre
 * @pe_pitch: distance between processing elements, nanometre
 * @gate: two-input gate, per bit: the multiplexer of a broadcast lane
 * @lut_width: of a LUT access of 32 bits, the part that goes with the width of
 *	the word, thousandths; 0: every word is priced as one of 32 bits
 * @lane_pitch: length of the product bus for each lane of multiplexer and
 *	integer adder, nanometre
 * @lane_pitch_f32: the same with a binary32 adder
 */
struct axp_energy_model {
	s64 mul;
	s64 add;
	s64 int32_add;
	s64 exp_add;
	s64 zero_detect;
	s64 cam_c0;
	s64 cam_cr;
	s64 cam_cb;
	s64 cam_crb;
	s64 lut_a;
	s64 lut_b;
	s64 camw_c0;
	s64 camw_cb;
	s64 camw_crb;
	s64 lutw_a;
	s64 lutw_b;
	s64 wire;
	s64 row_pitch;
	s64 pe_pitch;
	s64 gate;
	s64 lut_width;
	s64 lane_pitch;
	s64 lane_pitch_f32;
};

/* Largest constant: 10 nJ, and for a pitch 10 mm. */
#define AXP_ENERGY_MAX_ZJ	10000000000000LL
#define AXP_PITCH_MAX_NM	10000000LL
#define AXP_PERMILLE		1000

/**
 * struct axp_energy_field - name of a constant, for tables of attributes
 * @name: as in sysfs, with its unit: "mul_zj", "row_pitch_nm"
 * @offset: in struct axp_energy_model
 * @min: smallest value that makes sense
 * @max: largest
 */
struct axp_energy_field {
	const char *name;
	size_t offset;
	s64 min;
	s64 max;
};

#define AXP_NR_ENERGY_FIELDS	23

extern const struct axp_energy_field axp_energy_fields[AXP_NR_ENERGY_FIELDS];

/**
 * struct axp_table_dims - what a table needs of its organisation
 * @organisation: AXP_ORG_*
 * @lanes: processing elements per search
 * @cam_rows: CAM rows searched at once
 * @key_bits: compared bits of a search
 * @act_bits: of these, bits of the activation
 * @lut_words: LUT words one lookup selects from
 * @word_bits: bits of a LUT word
 * @nr_centroids: distinct weight keys
 * @fixed: AXP_ACC_FIXED
 * @significand: some row is AXP_ROW_SIGNIFICAND
 */
struct axp_table_dims {
	u32 organisation;
	u32 lanes;
	u32 cam_rows;
	u32 key_bits;
	u32 act_bits;
	u32 lut_words;
	u32 word_bits;
	u32 nr_centroids;
	bool fixed;
	bool significand;
};

/**
 * struct axp_costs - cost of each event with one table, attojoule
 * @search: one CAM search, its row number sent to the lanes included
 * @row: per search: the LUT row that all lanes select from, sent to them
 *	(broadcast), else 0
 * @hit: LUT read or selection from the row, exponent adder
 * @miss: multiplication, conversion to fixed point
 * @add: accumulation of one product
 * @zero_detect: per MAC of a job that gates
 * @output: per result: conversion from fixed point
 * @program_cam: writing one CAM row
 * @program_lut: writing one LUT word, into the LUT of every lane that has one
 * @base_mul: baseline multiplication
 * @base_add: baseline addition
 */
struct axp_costs {
	u64 search;
	u64 row;
	u64 hit;
	u64 miss;
	u64 add;
	u64 zero_detect;
	u64 output;
	u64 program_cam;
	u64 program_lut;
	u64 base_mul;
	u64 base_add;
};

/**
 * struct axp_energy - energy of something, femtojoule
 * @device: search, LUT, multiplier, adder, zero detector
 * @baseline: every MAC on a binary32 multiplier and adder
 * @baseline_gated: the same with zero activations gated
 */
struct axp_energy {
	u64 device;
	u64 baseline;
	u64 baseline_gated;
};

/**
 * axp_energy_preset() - constants of a preset
 * @preset: AXP_PRESET_H45 to AXP_PRESET_J7
 *
 * Return: the constants, or NULL for any other preset.
 */
const struct axp_energy_model *axp_energy_preset(u32 preset);

/**
 * axp_energy_preset_name() - "device", "h45" .. "j7", "custom"
 * @preset: AXP_PRESET_*
 *
 * Return: the name, or NULL for an unknown preset.
 */
const char *axp_energy_preset_name(u32 preset);

/**
 * axp_energy_cam_class_name() - "device", "nor", "silicon28", "lowpower", "zero"
 * @cam_class: AXP_CAM_*
 *
 * Return: the name, or NULL for an unknown class.
 */
const char *axp_energy_cam_class_name(u32 cam_class);

/**
 * axp_energy_kappa() - factor of a CAM class on the energy of a search
 * @cam_class: AXP_CAM_NOR to AXP_CAM_ZERO
 *
 * Return: thousandths, or -1 for any other class.
 */
int axp_energy_kappa(u32 cam_class);

/**
 * axp_energy_costs() - what each event costs with one table
 * @costs: filled
 * @model: constants
 * @cam_class: AXP_CAM_NOR to AXP_CAM_ZERO
 * @dims: the table in its organisation; NULL: no table, FPU only
 */
void axp_energy_costs(struct axp_costs *costs, const struct axp_energy_model *model,
		      u32 cam_class, const struct axp_table_dims *dims);

/**
 * axp_energy_price() - energy of counted events
 * @energy: filled, femtojoule, each rounded down once
 * @costs: of the table the events were counted with
 * @counters: the events
 * @gating: the job had a gating flag: every MAC passes the zero detector
 */
void axp_energy_price(struct axp_energy *energy, const struct axp_costs *costs,
		      const struct axp_counters *counters, bool gating);

/**
 * axp_energy_program_fj() - energy of programming
 * @costs: of the table
 * @cam_rows: CAM rows written
 * @lut_words: LUT words written (not multiplied by the lanes)
 *
 * Return: femtojoule, rounded down.
 */
u64 axp_energy_program_fj(const struct axp_costs *costs, u64 cam_rows, u64 lut_words);

#endif /* AXP_ENGINE_ENERGY_H */
