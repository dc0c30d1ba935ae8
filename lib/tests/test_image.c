// SPDX-License-Identifier: BSD-2-Clause
/*
 * Table image: dimensions, refusals, activation classes against a linear scan.
 */
#include "fault.h"
#include "image.h"
#include "random.h"
#include "softfp.h"
#include "tap.h"

#define ONE	0x3f800000u
#define TWO	0x40000000u
#define WHOLE	0xffffffffu
#define TOP12	0xfff00000u

static const struct axp_limits limits = AXP_LIMITS_DEFAULT;

static const struct axp_table_spec f32_flat = {
	.accumulator = AXP_ACC_F32, .organisation = AXP_ORG_FLAT, .lanes = 1, .word_bits = 32,
	.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
};

static const struct axp_table_spec fixed_flat = {
	.accumulator = AXP_ACC_FIXED, .organisation = AXP_ORG_FLAT, .lanes = 1, .word_bits = 16,
	.scale = 8, .max_term = 1000, .preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
};

static int create(struct axp_image **out, const struct axp_table_spec *spec,
		  const struct axp_row *rows, u32 nr, struct axp_why *why)
{
	return axp_image_create(out, NULL, spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
				AXP_CAM_SILICON28, &limits, why);
}

static void refused(const char *name, const struct axp_table_spec *spec,
		    const struct axp_row *rows, u32 nr, int err, u32 reason, u32 index,
		    u64 value, u64 limit)
{
	struct axp_image *image = (struct axp_image *)&image;
	struct axp_why why = {};
	int got = create(&image, spec, rows, nr, &why);

	ok(got == err && !image && why.reason == reason && why.index == index &&
	   why.value == value && why.limit == limit,
	   "refused: %s (errno %d, reason %u, index %u, value %lld, limit %lld)", name, -got,
	   why.reason, why.index, (long long)why.value, (long long)why.limit);
}

static void test_spec(void)
{
	struct axp_table_spec s;
	struct axp_image *image;
	struct axp_why why = {};

	s = f32_flat;
	s.accumulator = 2;
	refused("accumulator", &s, NULL, 0, -EOPNOTSUPP, AXP_WHY_ACCUMULATOR, 0, 2, 1);
	s = f32_flat;
	s.organisation = 5;
	refused("organisation", &s, NULL, 0, -EOPNOTSUPP, AXP_WHY_ORGANISATION, 0, 5, 4);
	s = f32_flat;
	s.word_bits = 16;
	refused("16 bit words of F32", &s, NULL, 0, -EOPNOTSUPP, AXP_WHY_WORD_BITS, 0, 16, 32);
	s = f32_flat;
	s.scale = 1;
	refused("scale of F32", &s, NULL, 0, -EINVAL, AXP_WHY_SCALE, 0, 1, 0);
	s = f32_flat;
	s.max_term = 1;
	refused("max_term of F32", &s, NULL, 0, -EINVAL, AXP_WHY_MAX_TERM, 0, 1, 0);
	s = fixed_flat;
	s.word_bits = 12;
	refused("12 bit words", &s, NULL, 0, -EOPNOTSUPP, AXP_WHY_WORD_BITS, 0, 12, 32);
	s = fixed_flat;
	s.scale = 127;
	refused("scale 127", &s, NULL, 0, -EINVAL, AXP_WHY_SCALE, 0, 127, 126);
	s.scale = -65;
	refused("scale -65", &s, NULL, 0, -EINVAL, AXP_WHY_SCALE, 0, (u64)-65ll, (u64)-64ll);
	s = fixed_flat;
	s.max_term = 0;
	refused("max_term 0", &s, NULL, 0, -EINVAL, AXP_WHY_MAX_TERM, 0, 0, S32_MAX);
	s.max_term = 0x80000000;
	refused("max_term 2^31", &s, NULL, 0, -EINVAL, AXP_WHY_MAX_TERM, 0, 0x80000000, S32_MAX);
	s = f32_flat;
	s.lanes = 0;
	refused("no lane", &s, NULL, 0, -EINVAL, AXP_WHY_LANES, 0, 0, 1);
	s.lanes = 2;
	refused("2 lanes of a flat table", &s, NULL, 0, -EINVAL, AXP_WHY_LANES, 0, 2, 1);
	s.organisation = AXP_ORG_SHARED;
	s.lanes = 257;
	refused("257 lanes", &s, NULL, 0, -ENOSPC, AXP_WHY_LANES, 0, 257, 256);
	ok(axp_image_create(&image, NULL, &f32_flat, NULL, 0, axp_energy_preset(AXP_PRESET_S28),
			    AXP_CAM_DEVICE, &limits, &why) == -EOPNOTSUPP && !image &&
	   why.reason == AXP_WHY_CAM_CLASS, "refused: CAM class that is not resolved");
}

static void test_rows(void)
{
	const struct axp_row good = { ONE, TOP12, ONE, WHOLE, ONE, 0 };
	const struct axp_row significand = { 0x00400000, 0x00400000, ONE, WHOLE, ONE,
					     AXP_ROW_SIGNIFICAND };
	struct axp_table_spec s;
	struct axp_row rows[3];

	rows[0] = good;
	rows[1] = good;
	rows[1].flags = 6;
	refused("row flags", &f32_flat, rows, 2, -EINVAL, AXP_WHY_ROW_FLAGS, 1, 6, 1);
	rows[1] = significand;
	rows[1].act_care = 0x00c00000;
	refused("exponent bits of a significand row", &f32_flat, rows, 2, -EINVAL,
		AXP_WHY_ROW_CARE, 1, 0x00c00000, 0x007fffff);
	rows[1] = significand;
	refused("significand row of FIXED", &fixed_flat, rows + 1, 1, -EINVAL,
		AXP_WHY_ROW_SIGNIFICAND, 0, AXP_ROW_SIGNIFICAND, 0);
	s = f32_flat;
	s.organisation = AXP_ORG_SIGNIFICAND;
	refused("product row of a significand table", &s, rows, 2, -EINVAL,
		AXP_WHY_ROW_SIGNIFICAND, 0, 0, AXP_ROW_SIGNIFICAND);
	rows[1] = good;
	rows[1].wgt_care = 0xfffffffe;
	s.organisation = AXP_ORG_BANKED;
	refused("half a centroid of a banked table", &s, rows, 2, -EINVAL, AXP_WHY_ROW_CARE, 1,
		0xfffffffe, WHOLE);
	s.organisation = AXP_ORG_SHARED;
	refused("half a centroid of a shared table", &s, rows, 2, -EINVAL, AXP_WHY_ROW_CARE, 1,
		0xfffffffe, WHOLE);
	s.organisation = AXP_ORG_BROADCAST;
	refused("half a centroid of a broadcast table", &s, rows, 2, -EINVAL, AXP_WHY_ROW_CARE, 1,
		0xfffffffe, WHOLE);

	rows[0].product = 1000;
	rows[1] = rows[0];
	rows[1].product = 1001;
	refused("word over max_term", &fixed_flat, rows, 2, -ERANGE, AXP_WHY_ROW_WORD, 1, 1001,
		1000);
	rows[1].product = (u32)-1001;
	refused("word under -max_term", &fixed_flat, rows, 2, -ERANGE, AXP_WHY_ROW_WORD, 1,
		(u64)-1001ll, 1000);
	s = fixed_flat;
	s.word_bits = 8;
	rows[0].product = (u32)-128;
	rows[1].product = 128;
	refused("128 in 8 bits", &s, rows, 2, -ERANGE, AXP_WHY_ROW_WORD, 1, 128, 127);
	rows[1].product = (u32)-129;
	refused("-129 in 8 bits", &s, rows, 2, -ERANGE, AXP_WHY_ROW_WORD, 1, (u64)-129ll, 127);
}

static void test_limits(void)
{
	struct axp_row *rows = calloc(5000, sizeof(*rows));
	const struct axp_limits small = { 256, 100, 20, 300 };
	struct axp_table_spec s = f32_flat;
	struct axp_image *image;
	struct axp_why why = {};

	for (u32 i = 0; i < 5000; i++)
		rows[i] = (struct axp_row){ i << 8, 0x000fff00, ONE + (i & 1), WHOLE, ONE, 0 };
	refused("4097 CAM rows", &f32_flat, rows, 4097, -ENOSPC, AXP_WHY_CAM_ROWS, 0, 4097, 4096);
	ok(axp_image_create(&image, NULL, &s, rows, 301, axp_energy_preset(AXP_PRESET_S28),
			    AXP_CAM_NOR, &small, &why) == -ENOSPC && !image &&
	   why.reason == AXP_WHY_LUT_WORDS && why.value == 301 && why.limit == 300,
	   "refused: more rows than LUT words");
	s.organisation = AXP_ORG_SHARED;
	/* 200 patterns, each with one of two centroids */
	ok(axp_image_create(&image, NULL, &s, rows, 200, axp_energy_preset(AXP_PRESET_S28),
			    AXP_CAM_NOR, &small, &why) == -ENOSPC && !image &&
	   why.reason == AXP_WHY_CAM_ROWS && why.value == 200 && why.limit == 100,
	   "refused: CAM rows of a shared table are its patterns");
	s.organisation = AXP_ORG_BANKED;
	for (u32 i = 0; i < 200; i++)
		rows[i] = (struct axp_row){ i << 8, 0x000fff00, ONE + i % 4, WHOLE, ONE, 0 };
	ok(!axp_image_create(&image, NULL, &s, rows, 200, axp_energy_preset(AXP_PRESET_S28),
			     AXP_CAM_NOR, &small, &why) &&
	   image->dims.cam_rows == 50 && image->dims.lut_words == 200, "banks of 50 rows fit 100");
	axp_image_free(image);
	rows[0].act_care = 0x1fffff00;
	ok(axp_image_create(&image, NULL, &s, rows, 200, axp_energy_preset(AXP_PRESET_S28),
			    AXP_CAM_NOR, &small, &why) == -ENOSPC && !image &&
	   why.reason == AXP_WHY_KEY_BITS && why.value == 21 && why.limit == 20,
	   "refused: compared bits");
	free(rows);
}

static void test_dims(void)
{
	struct axp_row rows[] = {
		{ ONE, TOP12, ONE, WHOLE, 1, 0 },
		{ TWO, TOP12, ONE, WHOLE, 2, 0 },
		{ ONE, TOP12, TWO, WHOLE, 3, 0 },
		{ TWO, TOP12, TWO, WHOLE, 4, 0 },
		{ ONE, TOP12, 0, WHOLE, 5, 0 },
	};
	struct axp_table_spec s = f32_flat;
	struct axp_image *image;
	u64 flat_fj, shared_fj;

	ok(!create(&image, &s, rows, 5, NULL) && image->dims.cam_rows == 5 &&
	   image->dims.lut_words == 5 && image->dims.nr_centroids == 3 &&
	   image->dims.act_bits == 12 && image->dims.key_bits == 14,
	   "flat: 5 rows of 12 activation bits and the index of 3 centroids");
	ok(image->costs.search && image->costs.hit && image->costs.miss == 1874400,
	   "costs are of the preset");
	ok(axp_image_match(image, TWO, 0x40000001) == 3 && axp_image_match(image, TWO, 0) == -1,
	   "literal match");
	flat_fj = axp_image_program_fj(image, 0, 5);
	ok(flat_fj == (5 * (image->costs.program_cam + image->costs.program_lut)) / 1000 &&
	   axp_image_program_fj(image, 1, 2) < flat_fj, "flat: a CAM row for every row written");
	axp_image_free(image);

	s.organisation = AXP_ORG_BANKED;
	ok(!create(&image, &s, rows, 5, NULL) && image->dims.cam_rows == 2 &&
	   image->dims.lut_words == 6 && image->dims.key_bits == 12, "banked: 3 banks of 2 rows");
	axp_image_free(image);

	s.organisation = AXP_ORG_SHARED;
	s.lanes = 16;
	ok(!create(&image, &s, rows, 5, NULL) && image->dims.cam_rows == 2 &&
	   image->dims.lut_words == 6 && image->dims.nr_centroids == 3 &&
	   image->dims.lanes == 16, "shared: 2 patterns, 3 centroids");
	shared_fj = axp_image_program_fj(image, 0, 5);
	ok(shared_fj == (2 * image->costs.program_cam + 5 * image->costs.program_lut) / 1000 &&
	   axp_image_program_fj(image, 1, 2) ==
	   (2 * image->costs.program_cam + 2 * image->costs.program_lut) / 1000 &&
	   axp_image_program_fj(image, 1, 1) ==
	   (image->costs.program_cam + image->costs.program_lut) / 1000,
	   "shared: a CAM row for every pattern written");
	axp_image_free(image);

	s.organisation = AXP_ORG_BROADCAST;
	ok(!create(&image, &s, rows, 5, NULL) && image->dims.cam_rows == 2 &&
	   image->dims.lut_words == 6 && image->dims.lanes == 16 && image->dims.word_bits == 32 &&
	   image->costs.row > image->costs.hit, "broadcast: as shared, and a row for each search");
	ok(axp_image_program_fj(image, 0, 5) ==
	   (2 * image->costs.program_cam + 5 * image->costs.program_lut) / 1000 &&
	   axp_image_program_fj(image, 0, 5) < shared_fj / 4,
	   "broadcast: a word is written once, not in every lane");
	axp_image_free(image);

	s = f32_flat;
	rows[0].wgt_care = 0xff000000;
	ok(!create(&image, &s, rows, 5, NULL) && image->dims.key_bits == 12 + 32,
	   "flat with partial weights searches the weight's bits");
	axp_image_free(image);
	ok(!create(&image, &s, NULL, 0, NULL) && image->dims.cam_rows == 0 &&
	   image->dims.key_bits == 0 && image->dims.lut_words == 0 &&
	   axp_image_match(image, 0, 0) == -1, "no rows");
	axp_image_free(image);
}

static void test_order(void)
{
	/* the first pattern contains the second */
	struct axp_row rows[] = {
		{ ONE, 0xff800000, ONE, WHOLE, 1, 0 },
		{ ONE, TOP12, ONE, WHOLE, 2, 0 },
		{ ONE, TOP12, TWO, WHOLE, 3, 0 },
	};
	struct axp_row mixed[] = {
		{ 0, 0x00700000, ONE, WHOLE, 1, AXP_ROW_SIGNIFICAND },
		{ 0, 0xfff00000, TWO, WHOLE, 2, 0 },
		{ ONE, TOP12, TWO, WHOLE, 3, 0 },
	};
	struct axp_table_spec s = f32_flat;
	struct axp_image *image;

	s.organisation = AXP_ORG_SHARED;
	refused("a hidden row", &s, rows, 3, -EINVAL, AXP_WHY_ROW_ORDER, 2, ONE, TWO);
	s.organisation = AXP_ORG_BROADCAST;
	refused("a hidden row, broadcast", &s, rows, 3, -EINVAL, AXP_WHY_ROW_ORDER, 2, ONE, TWO);
	s.organisation = AXP_ORG_SHARED;
	ok(!create(&image, &s, rows, 2, NULL), "a row that never wins is harmless");
	axp_image_free(image);
	rows[2].act = TWO;
	ok(!create(&image, &s, rows, 3, NULL), "patterns that exclude each other have no order");
	axp_image_free(image);
	/* narrow before wide: each centroid of the wide one has its narrow row first */
	rows[0] = (struct axp_row){ ONE, TOP12, ONE, WHOLE, 1, 0 };
	rows[1] = (struct axp_row){ ONE, 0xff800000, ONE, WHOLE, 2, 0 };
	rows[2] = (struct axp_row){ ONE, 0xff800000, TWO, WHOLE, 3, 0 };
	refused("a wide row whose centroid the narrow pattern lacks", &s, rows, 3, -EINVAL,
		AXP_WHY_ROW_ORDER, 2, ONE, TWO);
	rows[2] = (struct axp_row){ ONE, TOP12, TWO, WHOLE, 3, 0 };
	ok(!create(&image, &s, rows, 3, NULL), "narrow rows first, also when not in a block");
	axp_image_free(image);

	/* a zero is never matched by a significand row, a 1.0 is */
	ok(!create(&image, &s, mixed, 2, NULL), "significand row and a row of zeros");
	axp_image_free(image);
	refused("significand row before a product row it overlaps", &s, mixed, 3, -EINVAL,
		AXP_WHY_ROW_ORDER, 2, ONE, TWO);
}

/* patterns of the class of @act, against the patterns that match it */
static bool class_is_right(const struct axp_image *image, u32 act)
{
	const struct axp_classes *c = image->classes;
	u32 class, at, end;

	if (c->mode == AXP_CLASS_SCAN)
		return true;
	class = axp_classify(c, act);
	if (class >= c->nr_classes)
		return false;
	at = c->first[class];
	end = c->first[class + 1];
	for (u32 i = 0; i < c->nr_patterns; i++) {
		bool member = at < end && c->members[at] == i;

		at += member;
		if (member != axp_pattern_matches(&c->patterns[i], act))
			return false;
	}
	return at == end;
}

static u32 any_care(struct rng *rng, u32 style)
{
	switch (style) {
	case 0:
		return ~0u << rng_below(rng, 32);
	case 1:
		return ~0u << (19 + rng_below(rng, 13));
	case 2:
		return rng_u32(rng) & 0x8f0e0300;
	case 3:
		return rng_u32(rng) & rng_u32(rng);
	default:
		return rng_chance(rng, 50) ? rng_u32(rng) & 0x00780000 : rng_u32(rng) & 0xe0080000;
	}
}

/* 12 leading bits, and one more that these tell */
static void leading_pattern(struct axp_row *row)
{
	u32 bit = 1u << (row->act >> 20 & 15);

	row->act &= ~bit;
	row->act_care = 0xfff00000 | bit;
}

static void test_classes(void)
{
	struct rng rng = { 3 };
	u32 wrong = 0, unsorted = 0, modes[4] = {};

	for (u32 t = 0; t < 720; t++) {
		struct axp_row rows[80] = {};
		u32 style = t % 6, nr = rng_below(&rng, 80);
		struct axp_image *image;

		for (u32 i = 0; i < nr; i++) {
			rows[i].act = i && rng_chance(&rng, 40) ? rows[rng_below(&rng, i)].act :
				      rng_u32(&rng);
			rows[i].act_care = rng_chance(&rng, 3) ? 0 : any_care(&rng, style);
			if (style == 5)
				leading_pattern(&rows[i]);
			rows[i].wgt = rng_below(&rng, 4);
			rows[i].wgt_care = WHOLE;
			if (style == 4 && !(rows[i].act_care & ~0x007fffffu))
				rows[i].flags = AXP_ROW_SIGNIFICAND;
		}
		if (create(&image, &f32_flat, rows, nr, NULL))
			bail_out("table refused");
		modes[image->classes->mode]++;
		for (u32 i = 0; i < 3000; i++) {
			u32 act = rng_u32(&rng);

			/* in, and just beside, the patterns */
			if (nr && rng_chance(&rng, 70))
				act = rows[rng_below(&rng, nr)].act ^
				      (rng_u32(&rng) >> rng_below(&rng, 32));
			if (nr && rng_chance(&rng, 30)) {
				const struct axp_row *row = &rows[rng_below(&rng, nr)];

				act = (row->act & row->act_care) - rng_below(&rng, 2);
			}
			wrong += !class_is_right(image, act);
		}
		wrong += !class_is_right(image, 0) + !class_is_right(image, ~0u);
		for (u32 i = 1; i < image->classes->nr_patterns; i++) {
			const struct axp_classes *c = image->classes;

			unsorted += c->rows[c->patterns[i - 1].first] >
				    c->rows[c->patterns[i].first];
		}
		axp_image_free(image);
	}
	ok(!wrong, "classes are what a scan of the patterns says");
	ok(!unsorted, "patterns are in the order of their lowest rows");
	ok(modes[AXP_CLASS_SCAN] && modes[AXP_CLASS_DIRECT] && modes[AXP_CLASS_INTERVAL] &&
	   modes[AXP_CLASS_LEADING], "scanned %u, direct %u, interval %u, leading %u",
	   modes[AXP_CLASS_SCAN], modes[AXP_CLASS_DIRECT], modes[AXP_CLASS_INTERVAL],
	   modes[AXP_CLASS_LEADING]);
}

static void test_faults(void)
{
	struct axp_row direct = { ONE, TOP12, ONE, WHOLE, 1, 0 };
	struct axp_row interval[2] = { { ONE, WHOLE, ONE, WHOLE, 1, 0 },
				       { ONE, TOP12, ONE, WHOLE, 2, 0 } };
	struct axp_table_spec s = f32_flat;
	struct axp_image *image = NULL;

	s.organisation = AXP_ORG_SHARED;
	ok(FAULT_SWEEP(create(&image, &s, &direct, 1, NULL), axp_image_free(image), image) > 10,
	   "direct classes: each allocation may fail");
	ok(FAULT_SWEEP(create(&image, &s, interval, 2, NULL), axp_image_free(image), image) > 13,
	   "interval classes: each allocation may fail");
	axp_image_free(NULL);
}

int main(void)
{
	test_spec();
	test_rows();
	test_limits();
	test_dims();
	test_order();
	test_classes();
	test_faults();
	return done_testing();
}
