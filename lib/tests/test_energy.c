// SPDX-License-Identifier: BSD-2-Clause
/*
 * Energy model: published vectors, hand-computed events, large totals.
 */
#include <inttypes.h>

#include "energy.h"
#include "energy_vectors.h"
#include "tap.h"

/* |a - b| */
static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

static void test_vectors(void)
{
	/* divisible by the lanes and by tenths, so that fractions are exact */
	const u64 macs = 16000000;

	for (unsigned int i = 0; i < ARRAY_SIZE(energy_vectors); i++) {
		bool shared = energy_vectors[i].organisation == AXP_ORG_SHARED;
		u32 k = energy_vectors[i].k, rows = energy_vectors[i].rows;
		struct axp_table_dims dims = {
			.organisation = energy_vectors[i].organisation,
			.lanes = shared ? energy_vectors[i].lanes : 1,
			.cam_rows = rows,
			.key_bits = energy_vectors[i].bits,
			.word_bits = 32,
			.act_bits = energy_vectors[i].bits,
			.nr_centroids = k,
			.lut_words = energy_vectors[i].organisation == AXP_ORG_FLAT ?
				     rows : k * rows,
		};
		struct axp_counters c = { .macs = macs };
		struct axp_energy energy;
		struct axp_costs costs;
		u64 active, mac_aj;

		axp_energy_costs(&costs, axp_energy_preset(energy_vectors[i].preset),
				 energy_vectors[i].cam_class, &dims);
		c.zero_act = macs / 10 * energy_vectors[i].z;
		c.gated = c.zero_act;
		active = macs - c.gated;
		c.hits_approx = active / 10 * energy_vectors[i].h;
		c.misses = active - c.hits_approx;
		c.searches = active / dims.lanes;
		axp_energy_price(&energy, &costs, &c, energy_vectors[i].z != 0);
		mac_aj = energy.device / (macs / 1000);

		/* half a unit of the vector (5 aJ), half an attojoule of ours */
		ok(distance(costs.search / dims.lanes, energy_vectors[i].search * 10) <= 6 &&
		   distance(costs.hit, energy_vectors[i].lut * 10) <= 6 &&
		   distance(mac_aj, energy_vectors[i].mac * 10) <= 7,
		   "vector %u, %s %s: search %" PRIu64 ", LUT %" PRIu64 ", MAC %" PRIu64 " aJ",
		   i, axp_energy_preset_name(energy_vectors[i].preset),
		   axp_energy_cam_class_name(energy_vectors[i].cam_class),
		   costs.search / dims.lanes, costs.hit, mac_aj);
	}
}

static void test_widths(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(width_vectors); i++) {
		struct axp_table_dims d = {
			.organisation = AXP_ORG_BROADCAST, .lanes = width_vectors[i].lanes,
			.cam_rows = width_vectors[i].rows, .key_bits = 12, .act_bits = 12,
			.nr_centroids = width_vectors[i].k,
			.lut_words = width_vectors[i].rows * width_vectors[i].k,
			.word_bits = width_vectors[i].bits, .fixed = width_vectors[i].fixed,
		};
		const struct axp_energy_model *m = axp_energy_preset(width_vectors[i].preset);
		struct axp_costs c, shared;

		axp_energy_costs(&c, m, AXP_CAM_SILICON28, &d);
		d.organisation = AXP_ORG_SHARED;
		axp_energy_costs(&shared, m, AXP_CAM_SILICON28, &d);
		/* both round to the nearest attojoule */
		ok(distance(c.row, width_vectors[i].row) <= 1 &&
		   distance(c.hit, width_vectors[i].select) <= 1 &&
		   distance(shared.hit, width_vectors[i].shared) <= 1 &&
		   distance(c.program_lut, width_vectors[i].write) <= 1 && !shared.row &&
		   c.miss == shared.miss && c.add == shared.add && c.output == shared.output &&
		   c.search < shared.search,
		   "%s, %u rows of %u words of %u bits to %u lanes: row %" PRIu64 ", select %"
		   PRIu64 " aJ", axp_energy_preset_name(width_vectors[i].preset),
		   width_vectors[i].rows, width_vectors[i].k, width_vectors[i].bits,
		   width_vectors[i].lanes, (u64)c.row, (u64)c.hit);
	}
}

/* numbers small enough to check with a pencil */
static const struct axp_energy_model pencil = {
	.mul = 100000, .add = 10000, .int32_add = 3000, .exp_add = 2000,
	.zero_detect = 1000, .cam_c0 = 1000, .cam_cr = 100, .cam_cb = 10, .cam_crb = 1,
	.lut_a = 5000, .lut_b = 10, .camw_c0 = -70, .camw_cb = 10, .camw_crb = 1,
	.lutw_a = 600, .lutw_b = 5, .wire = 1000, .row_pitch = 1000, .pe_pitch = 100000,
	.gate = 40, .lut_width = 750, .lane_pitch = 20000, .lane_pitch_f32 = 30000,
};

static void test_costs(void)
{
	struct axp_table_dims d = {
		.organisation = AXP_ORG_FLAT, .lanes = 1, .cam_rows = 100,
		.key_bits = 20, .act_bits = 10, .lut_words = 100, .word_bits = 32,
		.nr_centroids = 16,
	};
	struct axp_energy_model plain = pencil;
	struct axp_costs c;

	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	/* 1000 + 100*100 + 10*20 + 100*20 = 13200 zJ */
	ok(c.search == 13, "flat search: %" PRIu64 " aJ", (u64)c.search);
	ok(c.hit == 6, "flat hit: 5000 + 10*100 zJ");
	ok(c.miss == 100 && c.add == 10 && c.output == 0, "F32: miss, addition, no conversion");
	/* -70 + 10*20 + 100*20 = 2130; 600 + 5*100 = 1100 */
	ok(c.program_cam == 2 && c.program_lut == 1, "flat programming");

	axp_energy_costs(&c, &pencil, AXP_CAM_SILICON28, &d);
	ok(c.search == 8, "silicon28: 13200 * 0.575 = 7590 zJ");
	axp_energy_costs(&c, &pencil, AXP_CAM_ZERO, &d);
	ok(c.search == 0 && c.program_cam == 2, "class zero: searches free, writes not");

	d.organisation = AXP_ORG_BANKED;
	d.key_bits = 10;
	d.lut_words = 1600;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	/* 1000 + 10000 + 100 + 1000; 10 bits over 16*100 um at 1 aJ/mm: 16000 zJ */
	ok(c.search == 28, "banked search with its wires: %" PRIu64 " aJ", (u64)c.search);
	ok(c.hit == 21, "banked hit: 5000 + 10*1600 zJ");

	d.organisation = AXP_ORG_SHARED;
	d.lanes = 16;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	/* 12100; ceil(log2 100) + 1 = 8 bits over 1.6 mm: 12800 zJ */
	ok(c.search == 25, "shared search with its broadcast: %" PRIu64 " aJ", (u64)c.search);
	/* (600 + 5*1600) * 16 lanes */
	ok(c.program_lut == 138, "a LUT word is written in every lane");

	d.organisation = AXP_ORG_BROADCAST;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.search == 12, "broadcast search: 12100 zJ, no row number leaves it");
	/* 16 * (5000 + 10*100) = 96000; 16*32 bits over 16 * 30 um at 1 aJ/mm: 245760 zJ */
	ok(c.row == 342, "a row of 16 words to 16 lanes: %" PRIu64 " aJ", (u64)c.row);
	/* 40 * 32 * (log2 16 + 3) = 8960 zJ */
	ok(c.hit == 9, "a lane selects a word: %" PRIu64 " aJ", (u64)c.hit);
	ok(c.program_lut == 1, "broadcast: 600 + 5*100 zJ, once for all lanes");
	d.nr_centroids = 9;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	/* 9*6000 = 54000; 288 bits: 138240 */
	ok(c.row == 192 && c.hit == 9, "9 of 16 words are read, 4 levels select");
	d.nr_centroids = 1;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.row == 21 && c.hit == 0, "one word: nothing to select");
	d.nr_centroids = 0;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.row == 0 && c.hit == 0, "no word: no row");
	d.nr_centroids = 16;
	d.fixed = true;
	d.word_bits = 8;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	/* 96000 * (0.25 + 0.75*8/32) = 42000; 128 bits over 16 * 20 um: 40960 */
	ok(c.row == 83, "bytes to lanes with an integer adder: %" PRIu64 " aJ", (u64)c.row);
	ok(c.hit == 2, "a byte is selected: 40 * 8 * 7 = 2240 zJ");
	d.significand = true;
	d.fixed = false;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.hit == 4, "significand rows add the exponent adder, broadcast too");
	d.word_bits = 32;

	d.organisation = AXP_ORG_SIGNIFICAND;
	d.significand = true;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.hit == 23, "significand hit adds the exponent adder");

	d.fixed = true;
	d.significand = false;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.miss == 110 && c.add == 3 && c.output == 10,
	   "FIXED: conversions and the integer adder");

	/* hit: 21000 zJ; write: (600 + 5*1600) * 16 = 137600 zJ */
	d.organisation = AXP_ORG_SHARED;
	for (u32 bits = 8; bits <= 32; bits += 8) {
		/* 0.25 + 0.75 * bits/32: 0.4375, 0.625, 0.8125, 1 */
		static const u64 hit[] = { 9, 13, 17, 21 }, write[] = { 60, 86, 112, 138 };

		d.word_bits = bits;
		axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
		ok(c.hit == hit[bits / 8 - 1] && c.program_lut == write[bits / 8 - 1],
		   "%u bit words: hit %" PRIu64 ", write %" PRIu64 " aJ", bits, (u64)c.hit,
		   (u64)c.program_lut);
		plain.lut_width = 0;
		axp_energy_costs(&c, &plain, AXP_CAM_NOR, &d);
		ok(c.hit == 21 && c.program_lut == 138, "%u bit words at the price of 32", bits);
	}

	d.cam_rows = 0;
	d.act_bits = 0;
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, &d);
	ok(c.program_cam == 0, "a negative write fit is 0");
	axp_energy_costs(&c, &pencil, AXP_CAM_NOR, NULL);
	ok(c.search == 0 && c.hit == 0 && c.miss == 100 && c.add == 10, "no table: FPU only");
}

static void test_price(void)
{
	struct axp_costs costs = {
		.search = 1, .hit = 20, .miss = 300, .add = 4000, .zero_detect = 50000,
		.output = 600000, .base_mul = 7, .base_add = 3,
	};
	struct axp_counters c = {
		.macs = 20, .gated = 4, .zero_act = 5, .hits_exact = 3, .hits_approx = 6,
		.misses = 7, .searches = 9, .outputs = 2,
	};
	struct axp_energy e;

	axp_energy_price(&e, &costs, &c, false);
	/* 9 + 9*20 + 7*300 + 16*4000 + 2*600000 = 1266289 aJ */
	ok(e.device == 1266, "device energy: %" PRIu64 " fJ", (u64)e.device);
	ok(e.baseline == 0, "200 aJ of baseline are 0 fJ");
	/* 15*10 + 20*50000 */
	ok(e.baseline_gated == 1000, "gated baseline pays its zero detector");
	axp_energy_price(&e, &costs, &c, true);
	costs.row = 1000;
	axp_energy_price(&e, &costs, &c, false);
	/* 9 * 1000 more */
	ok(e.device == 1275, "a row for every search: %" PRIu64 " fJ", (u64)e.device);
	costs.row = 0;
	axp_energy_price(&e, &costs, &c, true);
	ok(e.device == 2266, "a gating job pays the zero detector for every MAC");

	/* the rounding happens once: 3 x 0.4 fJ and 3 x 0.3 fJ are 2 fJ, not 1 */
	memset(&costs, 0, sizeof(costs));
	memset(&c, 0, sizeof(c));
	costs.miss = 400;
	costs.add = 300;
	c.macs = 3;
	c.misses = 3;
	axp_energy_price(&e, &costs, &c, false);
	ok(e.device == 2, "rounded down once");

	/* 2^40 MACs, 10 nJ in all: 2^40 * 1e7 fJ */
	costs.miss = 6000000123ull;
	costs.add = 3999999876ull;
	costs.base_mul = costs.miss;
	costs.base_add = costs.add;
	c.macs = 1ull << 40;
	c.misses = c.macs;
	axp_energy_price(&e, &costs, &c, false);
	/* 1099511627776 * 9999999999 aJ, less than a femtojoule a MAC off 2^40 * 1e7 */
	ok(e.device == 10995116276660488372ull && e.baseline == e.device,
	   "2^40 MACs at 10 nJ are exact: %" PRIu64 " fJ", (u64)e.device);
	costs.miss = U64_MAX;
	axp_energy_price(&e, &costs, &c, false);
	ok(e.device == U64_MAX, "what does not fit is the largest value, never a small one");

	costs.program_cam = 1500;
	costs.program_lut = 400;
	ok(axp_energy_program_fj(&costs, 3, 5) == 6, "programming: 3 * 1500 + 5 * 400 aJ");
}

static void test_names(void)
{
	unsigned int found = 0;

	for (u32 p = AXP_PRESET_H45; p <= AXP_PRESET_J7; p++)
		found += axp_energy_preset(p) && axp_energy_preset_name(p);
	ok(found == 6, "six presets with names");
	ok(!axp_energy_preset(AXP_PRESET_DEVICE) && !axp_energy_preset(AXP_PRESET_CUSTOM) &&
	   !axp_energy_preset(1000), "no constants for device, custom or unknown presets");
	ok(!axp_energy_preset_name(8) && !axp_energy_cam_class_name(5), "no name past the last");
	ok(axp_energy_kappa(AXP_CAM_NOR) == 1000 && axp_energy_kappa(AXP_CAM_SILICON28) == 575 &&
	   axp_energy_kappa(AXP_CAM_LOWPOWER) == 190 && axp_energy_kappa(AXP_CAM_ZERO) == 0 &&
	   axp_energy_kappa(AXP_CAM_DEVICE) < 0 && axp_energy_kappa(77) < 0, "CAM classes");
	ok(AXP_NR_ENERGY_FIELDS * sizeof(s64) == sizeof(struct axp_energy_model),
	   "every constant has a name");
	found = 0;
	for (u32 p = AXP_PRESET_H45; p <= AXP_PRESET_J7; p++) {
		for (u32 f = 0; f < AXP_NR_ENERGY_FIELDS; f++) {
			const struct axp_energy_field *field = &axp_energy_fields[f];
			s64 value;

			memcpy(&value, (const char *)axp_energy_preset(p) + field->offset,
			       sizeof(value));
			found += value >= field->min && value <= field->max && value != 0;
		}
	}
	ok(found == 6 * AXP_NR_ENERGY_FIELDS, "every constant of every preset is within its range");
}

int main(void)
{
	test_vectors();
	test_widths();
	test_costs();
	test_price();
	test_names();
	return done_testing();
}
