// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prices: parts against the engine's own sum, break-even rates and other formats
 * against the published tables, what is refused.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "graph.h"
#include "tap.h"

static struct axp_diag why;

static struct axp_stats stats_of(const struct axp_counters *c)
{
	return (struct axp_stats){
		.macs = c->macs, .gated = c->gated, .zero_act = c->zero_act,
		.hits_exact = c->hits_exact, .hits_approx = c->hits_approx,
		.misses = c->misses, .searches = c->searches, .outputs = c->outputs,
	};
}

static struct axp_price priced(const struct axp_graph *g, const struct axp_stats *stats,
			       uint32_t preset, uint32_t cam_class, bool plain_words)
{
	AXP_OPTS(struct axp_price_opts, o);
	struct axp_price p;

	o.preset = preset;
	o.cam_class = cam_class;
	o.plain_words = plain_words;
	if (axp_price_layer(&p, g, 0, stats, &o, &why))
		bail_out("price: %s", why.text);
	return p;
}

/* what the engine says of the same events */
static struct axp_energy engine_price(const struct fixture *f, uint32_t preset,
				      uint32_t cam_class, uint64_t *program)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	const struct axp_assoc *assoc = f->layer.assoc;
	const struct axp_energy_model *model = axp_energy_preset(preset);
	struct axp_energy energy;
	struct axp_costs costs;
	struct axp_image *image;

	*program = 0;
	if (!assoc) {
		axp_costs_without_table(&costs, model);
		axp_energy_price(&energy, &costs, &f->counters, false);
		return energy;
	}
	if (axp_image_create(&image, NULL, &assoc->spec, assoc->rows, assoc->nr_rows, model,
			     cam_class, &limits, NULL))
		bail_out("table");
	axp_energy_price(&energy, &image->costs, &f->counters,
			 assoc->job_flags & (AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT));
	*program = axp_image_program_fj(image, 0, assoc->nr_rows);
	axp_image_free(image);
	return energy;
}

/* parts are rounded down one by one: up to 8 of them */
static bool near(uint64_t parts, uint64_t whole)
{
	return parts <= whole && whole - parts < 8;
}

static void test_fixtures(void)
{
	for (unsigned int i = 0; i < nr_fixtures; i++) {
		struct axp_layer *layer;
		struct axp_stats stats;
		unsigned int wrong = 0;
		struct fixture f;

		fixture_make(&f, i, 3);
		layer = &f.layer;
		stats = stats_of(&f.counters);
		for (uint32_t preset = AXP_PRESET_H45; preset <= AXP_PRESET_J7; preset++)
			for (uint32_t class = AXP_CAM_NOR; class <= AXP_CAM_ZERO; class++) {
				struct axp_graph g = { .layers = &layer, .nr_layers = 1 };
				struct axp_price p = priced(&g, &stats, preset, class, false);
				uint64_t program;
				struct axp_energy e = engine_price(&f, preset, class, &program);

				wrong += !near(p.energy_fj, e.device + program) ||
					 p.program_fj != program ||
					 !near(p.baseline_fj, e.baseline) ||
					 !near(p.baseline_gated_fj, e.baseline_gated) ||
					 p.energy_fj != p.search_fj + p.lut_fj + p.mul_fj +
					 p.add_fj + p.convert_fj + p.zero_fj + p.program_fj ||
					 p.hits + f.counters.misses != p.active ||
					 p.active + f.counters.gated != p.macs ||
					 p.all_miss_fj + p.program_fj + 8 < p.energy_fj ||
					 p.all_hit_fj + p.program_fj > p.energy_fj + 8 ||
					 (!layer->assoc && !isnan(axp_price_break_even(&p)));
			}
		ok(!wrong, "%s: parts are what the engine's sum is made of", layer->name);
		fixture_free(&f);
	}
}

/* a layer with a grid of @patterns x @k rows of @bits activation bits; flat: @patterns rows */
struct made {
	struct axp_layer layer;
	struct axp_layer *list;
	struct axp_graph graph;
};

static void make(struct made *m, uint32_t organisation, uint32_t patterns, uint32_t bits,
		 uint32_t k, uint32_t lanes, bool fixed, uint32_t word_bits)
{
	bool flat = organisation == AXP_ORG_FLAT;
	uint32_t nr = flat ? patterns : patterns * k, i;
	struct axp_assoc *a = axp_assoc_new(16, nr);

	if (!a)
		bail_out("no memory");
	*m = (struct made){ .layer = { .name = (char *)"made", .oc = 16, .groups = 1,
				       .nr_weights = 16, .assoc = a } };
	m->list = &m->layer;
	m->graph = (struct axp_graph){ .layers = &m->list, .nr_layers = 1 };
	a->k = k;
	a->spec = (struct axp_table_spec){
		.accumulator = fixed ? AXP_ACC_FIXED : AXP_ACC_F32, .organisation = organisation,
		.lanes = lanes, .word_bits = word_bits, .max_term = fixed ? 100 : 0,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	for (i = 0; i < nr; i++)
		a->rows[i] = (struct axp_row){
			.act = (flat ? i : i / k) << (32 - bits), .act_care = ~0u << (32 - bits),
			.wgt = i % k, .wgt_care = ~0u,
		};
}

static void test_break_even(void)
{
	/* published with two decimals: class silicon28, 16 centroids, 16 lanes */
	static const struct {
		uint32_t organisation, rows, bits, preset;
		double rate;
	} published[] = {
		{ AXP_ORG_FLAT, 16, 24, AXP_PRESET_H45, 0.17 },
		{ AXP_ORG_FLAT, 64, 24, AXP_PRESET_S28, 0.55 },
		{ AXP_ORG_FLAT, 256, 24, AXP_PRESET_S28, 2.22 },
		{ AXP_ORG_FLAT, 256, 24, AXP_PRESET_AL40, 0.24 },
		{ AXP_ORG_BANKED, 16, 12, AXP_PRESET_S28, 0.18 },
		{ AXP_ORG_BANKED, 32, 12, AXP_PRESET_J7, 0.27 },
		{ AXP_ORG_SHARED, 32, 12, AXP_PRESET_S28, 0.05 },
		{ AXP_ORG_SHARED, 64, 16, AXP_PRESET_H45, 0.06 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(published); i++) {
		uint32_t org = published[i].organisation;
		struct axp_stats s = { .macs = 1600000, .hits_approx = 800000, .misses = 800000 };
		struct axp_price p, at;
		struct made m;
		double rate;

		make(&m, org, published[i].rows, published[i].bits - (org == AXP_ORG_FLAT ? 4 : 0),
		     16, org == AXP_ORG_SHARED ? 16 : 1, false, 32);
		s.searches = org == AXP_ORG_SHARED ? s.macs / 16 : s.macs;
		p = priced(&m.graph, &s, published[i].preset, AXP_CAM_SILICON28, false);
		rate = axp_price_break_even(&p);
		ok(fabs(rate - published[i].rate) <= 0.0051, "%s %ux%u, %s: break-even at %.4f",
		   axp_organisation_name(org), published[i].rows, published[i].bits,
		   axp_preset_name(published[i].preset), rate);
		if (rate <= 1) {
			s.hits_approx = (uint64_t)(rate * (double)s.macs);
			s.misses = s.macs - s.hits_approx;
			at = priced(&m.graph, &s, published[i].preset, AXP_CAM_SILICON28, false);
			ok(fabs((double)(at.energy_fj - at.program_fj) / (double)at.fpu_fj - 1) <
			   1e-5, "and there it costs what the FPU alone does");
		}
		axp_assoc_free(m.layer.assoc);
	}
	ok(isnan(axp_price_break_even(&(struct axp_price){ 0 })), "nothing counted: no rate");
}

static void test_ungated(void)
{
	struct axp_stats some = { .macs = 3200, .gated = 1600, .zero_act = 1500,
				  .hits_exact = 1200, .misses = 400, .searches = 100,
				  .outputs = 10 };
	struct axp_stats all = { .macs = 3200, .hits_exact = 2400, .misses = 800,
				 .searches = 200, .outputs = 10 };
	struct axp_price a, b, sum;
	struct made m;

	make(&m, AXP_ORG_SHARED, 16, 12, 8, 16, true, 16);
	m.layer.assoc->job_flags = AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT;
	a = priced(&m.graph, &some, 0, 0, false);
	m.layer.assoc->job_flags = 0;
	b = priced(&m.graph, &all, 0, 0, false);
	ok(b.ungated_fj == b.energy_fj && !b.zero_fj && a.zero_fj,
	   "without gating nothing is projected");
	ok(a.ungated_fj + 16 > b.energy_fj && a.ungated_fj < b.energy_fj + 16,
	   "gated MACs at the cost of the others: %llu, counted %llu fJ",
	   (unsigned long long)a.ungated_fj, (unsigned long long)b.energy_fj);
	some.gated = 3200;
	some.hits_exact = 0;
	some.misses = 0;
	some.searches = 0;
	a = priced(&m.graph, &some, 0, 0, false);
	ok(!a.active && a.energy_fj == a.zero_fj + a.convert_fj + a.program_fj &&
	   a.ungated_fj == a.convert_fj + a.program_fj && isnan(axp_price_break_even(&a)),
	   "everything gated");
	sum = a;
	axp_price_add(&sum, &b);
	ok(sum.macs == a.macs + b.macs && sum.weight_bits_f32 == a.weight_bits_f32 + b.weight_bits_f32 &&
	   sum.energy_fj == a.energy_fj + b.energy_fj && sum.ungated_fj == a.ungated_fj + b.ungated_fj,
	   "sums");
	ok(b.weight_bits == 16 * 3 + 8 * 32 && b.weight_bits_f32 == 16 * 32,
	   "memory: 3 bits for 8 centroids, and the codebook");
	axp_assoc_free(m.layer.assoc);
}

static void test_words(void)
{
	struct axp_stats s = { .macs = 1000000, .hits_approx = 1000000, .searches = 62500 };
	struct axp_price wide, narrow, plain, row;
	struct made m;

	make(&m, AXP_ORG_SHARED, 16, 12, 8, 16, true, 32);
	wide = priced(&m.graph, &s, AXP_PRESET_S28, 0, false);
	m.layer.assoc->spec.word_bits = 8;
	narrow = priced(&m.graph, &s, AXP_PRESET_S28, 0, false);
	plain = priced(&m.graph, &s, AXP_PRESET_S28, 0, true);
	/* 178.27 + 0.5955 * 128 = 254.494 fJ; 0.4375 of it 111.341 */
	ok(wide.lut_fj == 254494000 && narrow.lut_fj == 111341000, "8 bit words: %llu of %llu fJ",
	   (unsigned long long)narrow.lut_fj, (unsigned long long)wide.lut_fj);
	ok(plain.lut_fj == wide.lut_fj && plain.program_fj == wide.program_fj &&
	   plain.energy_fj == wide.energy_fj, "plain words: the price of 32 bits");
	m.layer.assoc->spec.organisation = AXP_ORG_BROADCAST;
	row = priced(&m.graph, &s, AXP_PRESET_S28, 0, false);
	/* 1693264 aJ a row (energy_vectors.h), 15984 aJ a selection */
	ok(row.lut_fj == 62500ull * 1693264 / 1000 + 15984000, "broadcast: %llu fJ",
	   (unsigned long long)row.lut_fj);
	axp_assoc_free(m.layer.assoc);
}

static void test_formats(void)
{
	/* picojoule, as published: FP32, FP16, FP16+FP32, BF16, BF16+FP32, INT8+INT32 */
	static const double published[6][6] = {
		{ 4.600, 1.500, 2.000, 0.954, 1.579, 0.300 },
		{ 2.330, 0.760, 1.013, 0.483, 0.800, 0.152 },
		{ 9.440, 4.960, 6.304, 4.360, 5.884, 0.616 },
		{ 18.870, 6.153, 10.173, 3.913, 8.446, 1.231 },
		{ 32.328, 10.542, 15.659, 6.705, 12.700, 2.108 },
		{ 1.690, 0.500, 0.720, 0.320, 0.590, 0.100 },
	};
	unsigned int wrong = 0;
	const char *name;

	for (uint32_t p = 0; p < 6; p++)
		for (uint32_t i = 0; i < 6; i++)
			wrong += fabs((double)axp_mac_energy(AXP_PRESET_H45 + p, i, &name) * 1e-6 -
				      published[p][i]) > 0.00101;
	ok(!wrong, "MACs of other formats are as published, %u are not", wrong);
	ok(axp_mac_energy(AXP_PRESET_S28, 5, &name) && !strcmp(name, "INT8+INT32") &&
	   axp_mac_energy(AXP_PRESET_S28, 0, NULL), "they have names");
	ok(!axp_mac_energy(AXP_PRESET_S28, 6, &name) && !axp_mac_energy(AXP_PRESET_CUSTOM, 0, &name) &&
	   !axp_mac_energy(AXP_PRESET_DEVICE, 0, &name), "nothing else has");
}

static void test_refused(void)
{
	struct axp_stats s = { .macs = 10, .gated = 11 };
	AXP_OPTS(struct axp_price_opts, o);
	struct axp_price p = { .macs = 77 };
	struct made m;

	make(&m, AXP_ORG_SHARED, 16, 12, 8, 16, true, 16);
	ok(axp_price_layer(&p, &m.graph, 1, &s, NULL, &why) == -EINVAL && strstr(why.text, "layer 1"),
	   "no such layer: %s", why.text);
	ok(axp_price_layer(&p, &m.graph, 0, &s, NULL, &why) == -EINVAL && strstr(why.text, "more MACs"),
	   "counters that cannot be: %s", why.text);
	o.preset = AXP_PRESET_CUSTOM;
	ok(axp_price_layer(&p, &m.graph, 0, &s, &o, &why) == -EOPNOTSUPP &&
	   strstr(why.text, "layer made: energy preset 'custom'"), "%s", why.text);
	o.preset = 0;
	o.cam_class = 9;
	ok(axp_price_layer(&p, &m.graph, 0, &s, &o, &why) == -EOPNOTSUPP &&
	   strstr(why.text, "CAM class 9"), "%s", why.text);
	ok(p.macs == 77, "a price that cannot be said is left as it was");
	axp_assoc_free(m.layer.assoc);
}

int main(void)
{
	test_fixtures();
	test_break_even();
	test_ungated();
	test_words();
	test_formats();
	test_refused();
	return done_testing();
}
