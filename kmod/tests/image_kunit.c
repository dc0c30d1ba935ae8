// SPDX-License-Identifier: GPL-2.0
/*
 * Table images: what is refused and why, what each organisation makes of rows,
 * what writing them costs.
 */
#include <kunit/test.h>

#include "image.h"
#include "why.h"

#define ONE	0x3f800000u
#define TWO	0x40000000u

static const struct axp_limits limits = {
	.max_lanes = 16, .max_cam_rows = 8, .max_key_bits = 48, .max_lut_words = 64,
};

static const struct axp_table_spec f32_spec = { .lanes = 1, .word_bits = 32 };
static const struct axp_table_spec fixed_spec = {
	.accumulator = AXP_ACC_FIXED, .lanes = 1, .word_bits = 16, .scale = 4, .max_term = 1000,
};

/* Two centroids, two activations. */
static const struct axp_row four[] = {
	{ .act = ONE, .act_care = 0xff800000, .wgt = ONE, .wgt_care = ~0u, .product = 1 },
	{ .act = ONE, .act_care = 0xff800000, .wgt = TWO, .wgt_care = ~0u, .product = 2 },
	{ .act = TWO, .act_care = 0xff800000, .wgt = ONE, .wgt_care = ~0u, .product = 3 },
	{ .act = TWO, .act_care = 0xff800000, .wgt = TWO, .wgt_care = ~0u, .product = 4 },
};

static int create(struct axp_image **image, const struct axp_table_spec *spec,
		  const struct axp_row *rows, u32 nr_rows, struct axp_why *why)
{
	memset(why, 0, sizeof(*why));
	return axp_image_create(image, NULL, spec, rows, nr_rows, axp_energy_preset(AXP_PRESET_S28),
				AXP_CAM_SILICON28, &limits, why);
}

static void refuse(struct kunit *test, const struct axp_table_spec *spec,
		   const struct axp_row *rows, u32 nr_rows, int err, u32 reason, u32 index)
{
	struct axp_image *image = (void *)1;
	struct axp_why why;

	KUNIT_EXPECT_EQ(test, create(&image, spec, rows, nr_rows, &why), err);
	KUNIT_EXPECT_EQ(test, why.reason, reason);
	KUNIT_EXPECT_EQ(test, why.index, index);
	KUNIT_EXPECT_PTR_EQ(test, image, NULL);
}

#define REFUSE_SPEC(_of, _field, _value, _err, _reason)				\
	do {									\
		struct axp_table_spec spec = _of;				\
										\
		spec._field = (_value);						\
		refuse(test, &spec, NULL, 0, _err, _reason, 0);			\
	} while (0)

static void image_specs(struct kunit *test)
{
	REFUSE_SPEC(f32_spec, accumulator, 2, -EOPNOTSUPP, AXP_WHY_ACCUMULATOR);
	REFUSE_SPEC(f32_spec, organisation, 99, -EOPNOTSUPP, AXP_WHY_ORGANISATION);
	REFUSE_SPEC(f32_spec, word_bits, 16, -EOPNOTSUPP, AXP_WHY_WORD_BITS);
	REFUSE_SPEC(f32_spec, scale, 1, -EINVAL, AXP_WHY_SCALE);
	REFUSE_SPEC(f32_spec, max_term, 1, -EINVAL, AXP_WHY_MAX_TERM);
	REFUSE_SPEC(f32_spec, lanes, 0, -EINVAL, AXP_WHY_LANES);
	REFUSE_SPEC(f32_spec, lanes, 2, -EINVAL, AXP_WHY_LANES);
	REFUSE_SPEC(fixed_spec, word_bits, 12, -EOPNOTSUPP, AXP_WHY_WORD_BITS);
	REFUSE_SPEC(fixed_spec, scale, 127, -EINVAL, AXP_WHY_SCALE);
	REFUSE_SPEC(fixed_spec, scale, -65, -EINVAL, AXP_WHY_SCALE);
	REFUSE_SPEC(fixed_spec, max_term, 0, -EINVAL, AXP_WHY_MAX_TERM);
	REFUSE_SPEC(fixed_spec, max_term, 0x80000000, -EINVAL, AXP_WHY_MAX_TERM);
}

static void image_limits(struct kunit *test)
{
	struct axp_table_spec spec = f32_spec;
	struct axp_row rows[9] = {};
	u32 i;

	for (i = 0; i < 9; i++)
		rows[i] = (struct axp_row) { .act = i, .act_care = 0xff, .wgt_care = 0 };
	refuse(test, &spec, rows, 9, -ENOSPC, AXP_WHY_CAM_ROWS, 0);
	refuse(test, &spec, rows, 65, -ENOSPC, AXP_WHY_LUT_WORDS, 0);
	rows[0].act_care = ~0u;
	rows[1].wgt_care = ~0u;
	refuse(test, &spec, rows, 8, -ENOSPC, AXP_WHY_KEY_BITS, 0);
	spec.organisation = AXP_ORG_SHARED;
	spec.lanes = 17;
	refuse(test, &spec, NULL, 0, -ENOSPC, AXP_WHY_LANES, 0);
}

static void image_rows(struct kunit *test)
{
	struct axp_table_spec spec = fixed_spec;
	struct axp_row rows[4];
	struct axp_image *image;
	struct axp_why why;
	u32 bit;

	memcpy(rows, four, sizeof(rows));
	for (bit = 1; bit < 32; bit++) {
		rows[3].flags = 1u << bit;
		refuse(test, &f32_spec, rows, 4, -EINVAL, AXP_WHY_ROW_FLAGS, 3);
	}
	rows[3].flags = AXP_ROW_SIGNIFICAND;
	refuse(test, &f32_spec, rows, 4, -EINVAL, AXP_WHY_ROW_CARE, 3);
	refuse(test, &fixed_spec, rows, 4, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, 3);
	rows[3].flags = 0;
	rows[2].product = 1001;
	refuse(test, &fixed_spec, rows, 4, -ERANGE, AXP_WHY_ROW_WORD, 2);
	rows[2].product = -1001;
	refuse(test, &fixed_spec, rows, 4, -ERANGE, AXP_WHY_ROW_WORD, 2);
	/* the width bounds words too, and has one more negative word */
	spec.word_bits = 8;
	rows[2].product = 128;
	refuse(test, &spec, rows, 4, -ERANGE, AXP_WHY_ROW_WORD, 2);
	rows[2].product = -128;
	KUNIT_EXPECT_EQ(test, create(&image, &spec, rows, 4, &why), 0);
	axp_image_free(image);
	rows[2].product = -129;
	refuse(test, &spec, rows, 4, -ERANGE, AXP_WHY_ROW_WORD, 2);

	spec = f32_spec;
	spec.organisation = AXP_ORG_BANKED;
	rows[1].wgt_care = 0xff;
	refuse(test, &spec, rows, 4, -EINVAL, AXP_WHY_ROW_CARE, 1);
	spec.organisation = AXP_ORG_SIGNIFICAND;
	refuse(test, &spec, rows, 4, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, 0);
}

static void image_dimensions(struct kunit *test)
{
	static const struct {
		u32 organisation, cam_rows, key_bits;
	} expect[] = {
		/* 9 bits of the activation; flat: and one bit of the centroid's number */
		{ AXP_ORG_FLAT, 4, 10 },
		{ AXP_ORG_BANKED, 2, 9 },
		{ AXP_ORG_SHARED, 2, 9 },
		{ AXP_ORG_BROADCAST, 2, 9 },
	};
	struct axp_table_spec spec = f32_spec;
	struct axp_image *image;
	struct axp_why why;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expect); i++) {
		spec.organisation = expect[i].organisation;
		KUNIT_ASSERT_EQ(test, create(&image, &spec, four, 4, &why), 0);
		KUNIT_EXPECT_EQ(test, image->dims.cam_rows, expect[i].cam_rows);
		KUNIT_EXPECT_EQ(test, image->dims.key_bits, expect[i].key_bits);
		KUNIT_EXPECT_EQ(test, image->dims.nr_centroids, 2u);
		KUNIT_EXPECT_EQ(test, image->dims.lut_words, 4u);
		axp_image_free(image);
	}
}

/* The rows are the image's own. */
static void image_copies(struct kunit *test)
{
	struct axp_row rows[4];
	struct axp_image *image;
	struct axp_why why;

	memcpy(rows, four, sizeof(rows));
	KUNIT_ASSERT_EQ(test, create(&image, &f32_spec, rows, 4, &why), 0);
	memset(rows, 0xff, sizeof(rows));
	KUNIT_EXPECT_EQ(test, memcmp(image->rows, four, sizeof(four)), 0);
	KUNIT_EXPECT_EQ(test, axp_image_match(image, TWO, TWO), 3);
	axp_image_free(image);
}

static void image_programming(struct kunit *test)
{
	struct axp_table_spec spec = f32_spec;
	struct axp_image *image;
	struct axp_why why;

	KUNIT_ASSERT_EQ(test, create(&image, &spec, four, 4, &why), 0);
	KUNIT_EXPECT_EQ(test, axp_image_program_fj(image, 0, 0), 0ull);
	KUNIT_EXPECT_EQ(test, axp_image_program_fj(image, 0, 4),
			axp_energy_program_fj(&image->costs, 4, 4));
	KUNIT_EXPECT_EQ(test, axp_image_program_fj(image, 1, 2),
			axp_energy_program_fj(&image->costs, 2, 2));
	axp_image_free(image);
	/* one CAM row for both centroids of an activation */
	spec.organisation = AXP_ORG_SHARED;
	KUNIT_ASSERT_EQ(test, create(&image, &spec, four, 4, &why), 0);
	KUNIT_EXPECT_EQ(test, axp_image_program_fj(image, 0, 4),
			axp_energy_program_fj(&image->costs, 2, 4));
	axp_image_free(image);
}

static struct kunit_case image_cases[] = {
	KUNIT_CASE(image_specs),
	KUNIT_CASE(image_limits),
	KUNIT_CASE(image_rows),
	KUNIT_CASE(image_dimensions),
	KUNIT_CASE(image_copies),
	KUNIT_CASE(image_programming),
	{}
};

static struct kunit_suite image_suite = {
	.name = "axp-image",
	.test_cases = image_cases,
};

kunit_test_suite(image_suite);
