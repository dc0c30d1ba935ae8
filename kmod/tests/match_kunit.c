// SPDX-License-Identifier: GPL-2.0
/*
 * Matching: what the definition of a table says, row by row, against the classes
 * that engines use.
 */
#include <kunit/test.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "image.h"
#include "random.h"

#define NR_ROWS		48

static const struct axp_limits limits = AXP_LIMITS_DEFAULT;

static struct axp_image *new_image(struct kunit *test, const struct axp_row *rows, u32 nr_rows,
				   u32 organisation)
{
	const struct axp_table_spec spec = {
		.organisation = organisation, .lanes = 1, .word_bits = 32,
	};
	struct axp_why why = {};
	struct axp_image *image;
	int err;

	err = axp_image_create(&image, NULL, &spec, rows, nr_rows,
			       axp_energy_preset(AXP_PRESET_S28), AXP_CAM_SILICON28, &limits, &why);
	KUNIT_ASSERT_EQ_MSG(test, err, 0, "reason %u, row %u, %llx, %llx", why.reason, why.index,
			    why.value, why.limit);
	return image;
}

static bool row_matches(const struct axp_row *row, u32 w, u32 a)
{
	u32 e = a >> 23 & 0xff;

	if ((w ^ row->wgt) & row->wgt_care || (a ^ row->act) & row->act_care)
		return false;
	return !(row->flags & AXP_ROW_SIGNIFICAND) || (e && e != 255);
}

static s32 lowest_row(const struct axp_row *rows, u32 nr_rows, u32 w, u32 a)
{
	u32 i;

	for (i = 0; i < nr_rows; i++)
		if (row_matches(&rows[i], w, a))
			return (s32)i;
	return -1;
}

static void match_by_hand(struct kunit *test)
{
	const struct axp_row rows[] = {
		{ .act = 0x3fc00000, .act_care = 0xfff00000, .wgt = 0x40000000, .wgt_care = ~0u },
		{ .act = 0x3fc00000, .act_care = ~0u, .wgt_care = 0 },
		{ .act_care = 0, .wgt = 0x40800000, .wgt_care = ~0u,
		  .flags = AXP_ROW_SIGNIFICAND },
	};
	struct axp_image *image = new_image(test, rows, 3, AXP_ORG_FLAT);

	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40000000, 0x3fc00000), 0);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40000000, 0x3fcfffff), 0);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40000000, 0x3fd00000), -1);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0x3fc00000), 1);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0x3f800000), 2);
	/* zero, denormal, infinity, NaN: no row of significands */
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0), -1);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0x00400000), -1);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0x7f800000), -1);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, 0x40800000, 0x7fc00000), -1);
	axp_image_free(image);
}

static u32 random_act(u64 *state, const struct axp_row *rows, u32 nr_rows)
{
	const struct axp_row *row = nr_rows ? &rows[axp_test_below(state, nr_rows)] : NULL;

	if (!row || !axp_test_below(state, 4))
		return axp_test_random(state);
	/* a hit, or one bit beside it */
	return (row->act ^ (axp_test_random(state) & ~row->act_care)) ^
	       (axp_test_below(state, 2) ? 1u << axp_test_below(state, 32) : 0);
}

/* The patterns of the class are those that match, in order. */
static void check_class(struct kunit *test, const struct axp_classes *classes, u32 act)
{
	u32 class = axp_classify(classes, act), at, i;

	KUNIT_ASSERT_LT(test, class, classes->nr_classes);
	at = classes->first[class];
	for (i = 0; i < classes->nr_patterns; i++)
		if (axp_pattern_matches(&classes->patterns[i], act)) {
			KUNIT_ASSERT_LT(test, at, classes->first[class + 1]);
			KUNIT_ASSERT_EQ(test, classes->members[at], i);
			at++;
		}
	KUNIT_ASSERT_EQ(test, at, classes->first[class + 1]);
}

/* @care of row @i for a table of this kind. */
static u32 random_care(u64 *state, u32 kind)
{
	switch (kind) {
	case AXP_CLASS_INTERVAL:
		return ~0u << axp_test_below(state, 32);
	case AXP_CLASS_DIRECT:
		return axp_test_random(state) & 0x7c030003;
	default:
		return axp_test_random(state);
	}
}

static void check_table(struct kunit *test, u64 *state, u32 kind, u32 *seen)
{
	u32 nr_rows = axp_test_below(state, NR_ROWS + 1), i;
	struct axp_image *image;
	struct axp_row *rows;

	rows = kcalloc(NR_ROWS, sizeof(*rows), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rows);
	for (i = 0; i < nr_rows; i++) {
		rows[i].act = axp_test_random(state);
		rows[i].act_care = random_care(state, kind);
		rows[i].wgt = axp_test_below(state, 4) << 23;
		rows[i].wgt_care = axp_test_below(state, 3) ? ~0u : 0;
		if (kind == AXP_CLASS_LEADING) {
			/* 12 leading bits, and one more that these tell */
			rows[i].act_care = 1u << (rows[i].act >> 20 & 15);
			rows[i].act &= ~rows[i].act_care;
			rows[i].act_care |= 0xfff00000;
		} else if (!axp_test_below(state, 6)) {
			rows[i].flags = AXP_ROW_SIGNIFICAND;
			rows[i].act_care &= 0x007fffff;
		}
	}
	image = new_image(test, rows, nr_rows, AXP_ORG_FLAT);
	seen[image->classes->mode]++;
	for (i = 0; i < 200; i++) {
		u32 act = random_act(state, rows, nr_rows);
		u32 wgt = axp_test_below(state, 4) << 23;

		KUNIT_ASSERT_EQ(test, axp_image_match(image, wgt, act),
				lowest_row(rows, nr_rows, wgt, act));
		if (image->classes->mode != AXP_CLASS_SCAN)
			check_class(test, image->classes, act);
	}
	axp_image_free(image);
	kfree(rows);
	cond_resched();
}

static void match_random(struct kunit *test)
{
	u32 seen[4] = {};
	u64 state = 4;
	u32 i;

	for (i = 0; i < 800; i++)
		check_table(test, &state, i % 4, seen);
	/* every way to find a class was tried */
	KUNIT_EXPECT_GT(test, seen[AXP_CLASS_SCAN], 0u);
	KUNIT_EXPECT_GT(test, seen[AXP_CLASS_DIRECT], 0u);
	KUNIT_EXPECT_GT(test, seen[AXP_CLASS_INTERVAL], 0u);
	KUNIT_EXPECT_GT(test, seen[AXP_CLASS_LEADING], 0u);
}

static void match_nothing(struct kunit *test)
{
	struct axp_image *image = new_image(test, NULL, 0, AXP_ORG_SHARED);
	u64 state = 5;
	u32 i;

	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, axp_image_match(image, axp_test_random(&state),
						      axp_test_random(&state)), -1);
	axp_image_free(image);
}

static struct kunit_case match_cases[] = {
	KUNIT_CASE(match_by_hand),
	KUNIT_CASE(match_random),
	KUNIT_CASE(match_nothing),
	{}
};

static struct kunit_suite match_suite = {
	.name = "axp-match",
	.test_cases = match_cases,
};

kunit_test_suite(match_suite);
