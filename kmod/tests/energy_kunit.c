// SPDX-License-Identifier: GPL-2.0
/*
 * Energy arithmetic: prices against plain sums, saturation, and totals that carry
 * what is below a microjoule.
 */
#include <kunit/test.h>

#include "../axp.h"
#include "random.h"

/* attojoule and events to femtojoule, rounded down; counts of the test are small */
static u64 exact(const struct axp_costs *c, const struct axp_counters *n, bool gating)
{
	u64 hits = n->hits_exact + n->hits_approx;
	u64 aj = n->searches * (c->search + c->row) + hits * (c->hit + c->add) +
		 n->misses * (c->miss + c->add) + n->outputs * c->output;

	if (gating)
		aj += n->macs * c->zero_detect;
	return div_u64(aj, 1000);
}

static u64 below_2_20(u64 *state)
{
	return axp_test_below(state, 1 << 20);
}

static void energy_price(struct kunit *test)
{
	struct axp_counters n;
	struct axp_energy energy;
	struct axp_costs c;
	u64 state = 10;
	u32 i;

	for (i = 0; i < 10000; i++) {
		c = (struct axp_costs) {
			.search = below_2_20(&state), .row = below_2_20(&state),
			.hit = below_2_20(&state), .miss = below_2_20(&state),
			.add = below_2_20(&state), .zero_detect = below_2_20(&state),
			.output = below_2_20(&state), .base_mul = below_2_20(&state),
			.base_add = below_2_20(&state),
		};
		n = (struct axp_counters) {
			.gated = below_2_20(&state), .hits_exact = below_2_20(&state),
			.hits_approx = below_2_20(&state), .misses = below_2_20(&state),
			.searches = below_2_20(&state), .outputs = below_2_20(&state),
		};
		n.macs = n.gated + n.hits_exact + n.hits_approx + n.misses;
		n.zero_act = axp_test_below(&state, n.macs + 1);
		axp_energy_price(&energy, &c, &n, i & 1);
		KUNIT_ASSERT_EQ(test, energy.device, exact(&c, &n, i & 1));
		KUNIT_ASSERT_EQ(test, energy.baseline,
				div_u64(n.macs * (c.base_mul + c.base_add), 1000));
		KUNIT_ASSERT_EQ(test, energy.baseline_gated,
				div_u64((n.macs - n.zero_act) * (c.base_mul + c.base_add) +
					n.macs * c.zero_detect, 1000));
	}
}

/* What does not fit is the largest number, never a small one. */
static void energy_saturates(struct kunit *test)
{
	struct axp_counters n = { .macs = U64_MAX, .misses = U64_MAX };
	struct axp_costs c = { .miss = U64_MAX, .base_mul = U64_MAX };
	struct axp_energy energy;

	axp_energy_price(&energy, &c, &n, false);
	KUNIT_EXPECT_EQ(test, energy.device, U64_MAX);
	KUNIT_EXPECT_EQ(test, energy.baseline, U64_MAX);
	KUNIT_EXPECT_EQ(test, axp_energy_program_fj(&(struct axp_costs) {
				.program_cam = U64_MAX }, U64_MAX, 0), U64_MAX);
}

static void energy_constants(struct kunit *test)
{
	u32 preset, i;

	for (preset = AXP_PRESET_H45; preset <= AXP_PRESET_J7; preset++) {
		const struct axp_energy_model *m = axp_energy_preset(preset);

		KUNIT_ASSERT_NOT_NULL(test, m);
		for (i = 0; i < AXP_NR_ENERGY_FIELDS; i++) {
			const struct axp_energy_field *f = &axp_energy_fields[i];
			s64 value = *(const s64 *)((const char *)m + f->offset);

			KUNIT_EXPECT_GE_MSG(test, value, f->min, "preset %u, %s", preset, f->name);
			KUNIT_EXPECT_LE_MSG(test, value, f->max, "preset %u, %s", preset, f->name);
		}
	}
	KUNIT_EXPECT_PTR_EQ(test, axp_energy_preset(AXP_PRESET_DEVICE), NULL);
	KUNIT_EXPECT_PTR_EQ(test, axp_energy_preset(AXP_PRESET_CUSTOM), NULL);
	KUNIT_EXPECT_PTR_EQ(test, axp_energy_preset(~0u), NULL);
	KUNIT_EXPECT_EQ(test, axp_energy_kappa(AXP_CAM_NOR), 1000);
	KUNIT_EXPECT_EQ(test, axp_energy_kappa(AXP_CAM_ZERO), 0);
	KUNIT_EXPECT_LT(test, axp_energy_kappa(AXP_CAM_DEVICE), 0);
	KUNIT_EXPECT_LT(test, axp_energy_kappa(AXP_CAM_ZERO + 1), 0);
}

/* With every constant at its limit nothing wraps. */
static void energy_costs_at_the_limits(struct kunit *test)
{
	struct axp_table_dims d = {
		.organisation = AXP_ORG_SHARED, .lanes = 65536, .cam_rows = 65536,
		.key_bits = 64, .act_bits = 32, .lut_words = 1 << 20, .nr_centroids = 256,
		.word_bits = 32,
	};
	struct axp_energy_model m;
	struct axp_costs c, bare;
	u32 i;

	for (i = 0; i < AXP_NR_ENERGY_FIELDS; i++)
		*(s64 *)((char *)&m + axp_energy_fields[i].offset) = axp_energy_fields[i].max;
	axp_energy_costs(&c, &m, AXP_CAM_NOR, &d);
	axp_energy_costs(&bare, &m, AXP_CAM_NOR, NULL);
	KUNIT_EXPECT_EQ(test, c.base_mul, bare.base_mul);
	KUNIT_EXPECT_EQ(test, c.base_mul, (u64)m.mul / 1000);
	/* zeptojoule that do not fit, in attojoule */
	KUNIT_EXPECT_EQ(test, c.search, U64_MAX / 1000);
	KUNIT_EXPECT_EQ(test, c.hit, ((u64)m.lut_a + (u64)m.lut_b * d.lut_words) / 1000);
	d.cam_rows = 4096;
	d.lanes = 1;
	axp_energy_costs(&c, &m, AXP_CAM_NOR, &d);
	KUNIT_EXPECT_GT(test, c.search, (u64)m.cam_crb / 1000 * d.cam_rows * d.act_bits);
	KUNIT_EXPECT_LT(test, c.search, (u64)m.cam_crb / 1000 * d.cam_rows * (d.act_bits + 5));
}

static void energy_totals(struct kunit *test)
{
	struct axp_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	struct axp_client *client = kunit_kzalloc(test, sizeof(*client), GFP_KERNEL);
	const struct axp_stats stats = {
		.macs = 3, .jobs = 1, .energy_fj = 999999999, .baseline_fj = 1500000001,
		.baseline_gated_fj = 1,
	};
	struct axp_totals *copy = kunit_kzalloc(test, sizeof(*copy), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	KUNIT_ASSERT_NOT_NULL(test, client);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	axp_totals_init(&dev->totals);
	client->dev = dev;
	spin_lock_init(&client->stats_lock);
	for (i = 0; i < 1000; i++)
		axp_stats_job(client, NULL, &stats);
	axp_totals_read(&dev->totals, copy);
	KUNIT_EXPECT_EQ(test, copy->stats.macs, 3000ull);
	KUNIT_EXPECT_EQ(test, copy->stats.jobs, 1000ull);
	KUNIT_EXPECT_EQ(test, copy->energy.uj, 999ull);
	KUNIT_EXPECT_EQ(test, copy->energy.fj, 999999000u);
	KUNIT_EXPECT_EQ(test, copy->baseline.uj, 1500ull);
	KUNIT_EXPECT_EQ(test, copy->baseline.fj, 1000u);
	KUNIT_EXPECT_EQ(test, copy->baseline_gated.uj, 0ull);
	KUNIT_EXPECT_EQ(test, copy->baseline_gated.fj, 1000u);
	KUNIT_EXPECT_EQ(test, client->stats.energy_fj, 999999999000ull);
}

static struct kunit_case energy_cases[] = {
	KUNIT_CASE(energy_price),
	KUNIT_CASE(energy_saturates),
	KUNIT_CASE(energy_constants),
	KUNIT_CASE(energy_costs_at_the_limits),
	KUNIT_CASE(energy_totals),
	{}
};

static struct kunit_suite energy_suite = {
	.name = "axp-energy",
	.test_cases = energy_cases,
};

kunit_test_suite(energy_suite);
