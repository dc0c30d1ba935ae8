// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Table image: checks of a specification and its rows, and their dimensions.
 */
#include "budget.h"
#include "image.h"
#include "softfp.h"
#include "sort.h"
#include "why.h"

#define WHOLE		0xffffffffu
#define MANTISSA	0x007fffffu

static bool keyed_by_centroid(u32 organisation)
{
	return organisation != AXP_ORG_FLAT;
}

static bool searched_once(u32 organisation)
{
	return organisation == AXP_ORG_SHARED || organisation == AXP_ORG_SIGNIFICAND ||
	       organisation == AXP_ORG_BROADCAST;
}

static int check_fixed(const struct axp_table_spec *spec, struct axp_why *why)
{
	if (spec->word_bits != 8 && spec->word_bits != 16 && spec->word_bits != 24 &&
	    spec->word_bits != 32)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_WORD_BITS, 0, spec->word_bits, 32);
	if (spec->scale < AXP_SCALE_MIN || spec->scale > AXP_SCALE_MAX)
		return axp_refuse(why, -EINVAL, AXP_WHY_SCALE, 0, (u64)(s64)spec->scale,
				  (u64)(s64)(spec->scale < 0 ? AXP_SCALE_MIN : AXP_SCALE_MAX));
	if (!spec->max_term || spec->max_term > S32_MAX)
		return axp_refuse(why, -EINVAL, AXP_WHY_MAX_TERM, 0, spec->max_term, S32_MAX);
	return 0;
}

static int check_spec(const struct axp_table_spec *spec, u32 cam_class,
		      const struct axp_limits *limits, struct axp_why *why)
{
	int err;

	switch (spec->accumulator) {
	case AXP_ACC_F32:
		if (spec->word_bits != 32)
			return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_WORD_BITS, 0,
					  spec->word_bits, 32);
		if (spec->scale)
			return axp_refuse(why, -EINVAL, AXP_WHY_SCALE, 0,
					  (u64)(s64)spec->scale, 0);
		if (spec->max_term)
			return axp_refuse(why, -EINVAL, AXP_WHY_MAX_TERM, 0, spec->max_term, 0);
		break;
	case AXP_ACC_FIXED:
		err = check_fixed(spec, why);
		if (err)
			return err;
		break;
	default:
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_ACCUMULATOR, 0, spec->accumulator,
				  AXP_ACC_FIXED);
	}
	if (spec->organisation > AXP_ORG_BROADCAST)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_ORGANISATION, 0,
				  spec->organisation, AXP_ORG_BROADCAST);
	if (!spec->lanes)
		return axp_refuse(why, -EINVAL, AXP_WHY_LANES, 0, 0, 1);
	if (!searched_once(spec->organisation) && spec->lanes != 1)
		return axp_refuse(why, -EINVAL, AXP_WHY_LANES, 0, spec->lanes, 1);
	if (spec->lanes > limits->max_lanes)
		return axp_refuse(why, -ENOSPC, AXP_WHY_LANES, 0, spec->lanes,
				  limits->max_lanes);
	if (axp_energy_kappa(cam_class) < 0)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_CAM_CLASS, 0, cam_class,
				  AXP_CAM_ZERO);
	return 0;
}

static int check_word(const struct axp_table_spec *spec, u32 index, u32 product,
		      struct axp_why *why)
{
	s64 word = (s32)product;
	s64 limit = min_t(s64, spec->max_term, (1ll << (spec->word_bits - 1)) - 1);

	/* two's complement has one more negative word */
	if (word > limit || (word < -limit && (word < -(s64)spec->max_term ||
					       word < -(1ll << (spec->word_bits - 1)))))
		return axp_refuse(why, -ERANGE, AXP_WHY_ROW_WORD, index, (u64)word, (u64)limit);
	return 0;
}

static int check_row(const struct axp_table_spec *spec, u32 index, const struct axp_row *row,
		     struct axp_why *why)
{
	if (row->flags & ~AXP_ROW_SIGNIFICAND)
		return axp_refuse(why, -EINVAL, AXP_WHY_ROW_FLAGS, index, row->flags,
				  AXP_ROW_SIGNIFICAND);
	if (row->flags & AXP_ROW_SIGNIFICAND) {
		if (spec->accumulator != AXP_ACC_F32)
			return axp_refuse(why, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, index,
					  row->flags, 0);
		if (row->act_care & ~MANTISSA)
			return axp_refuse(why, -EINVAL, AXP_WHY_ROW_CARE, index, row->act_care,
					  MANTISSA);
	} else if (spec->organisation == AXP_ORG_SIGNIFICAND) {
		return axp_refuse(why, -EINVAL, AXP_WHY_ROW_SIGNIFICAND, index, row->flags,
				  AXP_ROW_SIGNIFICAND);
	}
	if (keyed_by_centroid(spec->organisation) && row->wgt_care != WHOLE)
		return axp_refuse(why, -EINVAL, AXP_WHY_ROW_CARE, index, row->wgt_care, WHOLE);
	if (spec->accumulator == AXP_ACC_FIXED)
		return check_word(spec, index, row->product, why);
	return 0;
}

static bool weights_before(const void *context, u32 a, u32 b)
{
	const struct axp_row *rows = context;
	u32 ka = rows[a].wgt & rows[a].wgt_care;
	u32 kb = rows[b].wgt & rows[b].wgt_care;

	if (ka != kb)
		return ka < kb;
	if (rows[a].wgt_care != rows[b].wgt_care)
		return rows[a].wgt_care < rows[b].wgt_care;
	return a < b;
}

static bool same_weight(const struct axp_row *a, const struct axp_row *b)
{
	return a->wgt_care == b->wgt_care && !((a->wgt ^ b->wgt) & a->wgt_care);
}

/* bits that tell @n things apart */
static u32 index_bits(u32 n)
{
	u32 bits = 0;

	while (bits < 32 && (1ull << bits) < n)
		bits++;
	return bits;
}

/* distinct weight keys, and the rows of the most frequent one */
static int count_weights(const struct axp_image *image, u32 *distinct, u32 *most)
{
	u32 *order = axp_budget_alloc(image->budget, image->nr_rows, sizeof(u32));
	u32 i, run = 0;
	int err;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < image->nr_rows; i++)
		order[i] = i;
	err = axp_sort(order, image->nr_rows, weights_before, image->rows);
	*distinct = 0;
	*most = 0;
	for (i = 0; i < image->nr_rows && !err; i++) {
		if (!i || !same_weight(&image->rows[order[i - 1]], &image->rows[order[i]])) {
			run = 0;
			(*distinct)++;
		}
		run++;
		*most = max(*most, run);
	}
	axp_budget_free(image->budget, order, image->nr_rows, sizeof(u32));
	return err;
}

static int make_dims(struct axp_image *image)
{
	struct axp_table_dims *d = &image->dims;
	u32 act_care = 0, wgt_care = 0, bank = 0;
	bool whole = true;
	u32 i;
	int err;

	err = count_weights(image, &d->nr_centroids, &bank);
	if (err)
		return err;
	for (i = 0; i < image->nr_rows; i++) {
		act_care |= image->rows[i].act_care;
		wgt_care |= image->rows[i].wgt_care;
		whole &= image->rows[i].wgt_care == WHOLE;
		d->significand |= !!(image->rows[i].flags & AXP_ROW_SIGNIFICAND);
	}
	d->organisation = image->spec.organisation;
	d->lanes = image->spec.lanes;
	d->word_bits = image->spec.word_bits;
	d->fixed = image->spec.accumulator == AXP_ACC_FIXED;
	d->act_bits = hweight32(act_care);
	d->key_bits = d->act_bits;

	switch (d->organisation) {
	case AXP_ORG_FLAT:
		/* a CAM of whole centroids stores their index */
		d->key_bits += whole ? index_bits(d->nr_centroids) : hweight32(wgt_care);
		d->cam_rows = image->nr_rows;
		d->lut_words = image->nr_rows;
		return 0;
	case AXP_ORG_BANKED:
		d->cam_rows = bank;
		break;
	default:
		d->cam_rows = image->classes->nr_patterns;
		break;
	}
	/* at most the square of the number of rows: kept in range by the limit below */
	d->lut_words = (u32)min_t(u64, (u64)d->nr_centroids * d->cam_rows, U32_MAX);
	return 0;
}

static int check_dims(const struct axp_table_dims *d, const struct axp_limits *limits,
		      struct axp_why *why)
{
	if (d->cam_rows > limits->max_cam_rows)
		return axp_refuse(why, -ENOSPC, AXP_WHY_CAM_ROWS, 0, d->cam_rows,
				  limits->max_cam_rows);
	if (d->key_bits > limits->max_key_bits)
		return axp_refuse(why, -ENOSPC, AXP_WHY_KEY_BITS, 0, d->key_bits,
				  limits->max_key_bits);
	if (d->lut_words > limits->max_lut_words)
		return axp_refuse(why, -ENOSPC, AXP_WHY_LUT_WORDS, 0, d->lut_words,
				  limits->max_lut_words);
	return 0;
}

/* rows of one pattern, ordered by their centroids */
struct keyed_rows {
	const struct axp_row *rows;
	const u32 *number;
};

static bool keyed_before(const void *context, u32 a, u32 b)
{
	const struct keyed_rows *k = context;

	if (k->rows[a].wgt != k->rows[b].wgt)
		return k->rows[a].wgt < k->rows[b].wgt;
	return a < b;
}

/* some activation matches both */
static bool overlap(const struct axp_pattern *a, const struct axp_pattern *b)
{
	const u32 exponent = 0x7f800000;
	const struct axp_pattern *product = a->significand ? b : a;

	if ((a->act ^ b->act) & a->care & b->care)
		return false;
	if (a->significand == b->significand)
		return true;
	/* a significand row never matches what has no normal exponent */
	return (product->care & exponent) != exponent || axp_f32_is_normal(product->act);
}

/*
 * The lowest of @nb rows @b whose centroid has no earlier row among @na rows
 * @a; both ordered by centroid. Return: the row, or -1.
 */
static s64 uncovered_row(const struct axp_row *rows, const u32 *a, u32 na,
			 const u32 *b, u32 nb)
{
	s64 worst = -1;
	u32 i = 0, j;

	for (j = 0; j < nb; j++) {
		/* the first row of a centroid is its lowest */
		if (j && rows[b[j]].wgt == rows[b[j - 1]].wgt)
			continue;
		while (i < na && rows[a[i]].wgt < rows[b[j]].wgt)
			i++;
		if (i < na && rows[a[i]].wgt == rows[b[j]].wgt && a[i] < b[j])
			continue;
		if (worst < 0 || b[j] < worst)
			worst = b[j];
	}
	return worst;
}

/*
 * A shared search returns one CAM row, the first that matches, for all lanes.
 * This is what the rows mean only when, of two patterns that can match
 * together, the earlier one has an earlier row for every centroid of the later.
 */
static int check_order(const struct axp_image *image, struct axp_why *why)
{
	const struct axp_classes *c = image->classes;
	u32 *sorted = axp_budget_alloc(image->budget, image->nr_rows, sizeof(u32));
	struct keyed_rows keyed = { image->rows, sorted };
	s64 worst = -1;
	u32 i, j;
	int err = 0;

	if (!sorted)
		return -ENOMEM;
	if (image->nr_rows)
		memcpy(sorted, c->rows, image->nr_rows * sizeof(u32));
	for (i = 0; i < c->nr_patterns && !err; i++)
		err = axp_sort(sorted + c->patterns[i].first,
			       c->patterns[i + 1].first - c->patterns[i].first, keyed_before,
			       &keyed);

	for (i = 0; i < c->nr_patterns && !err; i++) {
		const struct axp_pattern *a = &c->patterns[i];

		for (j = i + 1; j < c->nr_patterns; j++) {
			const struct axp_pattern *b = &c->patterns[j];
			s64 row;

			if (!overlap(a, b))
				continue;
			row = uncovered_row(image->rows, sorted + a->first,
					    a[1].first - a->first,
					    sorted + b->first, b[1].first - b->first);
			if (row >= 0 && (worst < 0 || row < worst))
				worst = row;
		}
		err = axp_breathe();
	}
	axp_budget_free(image->budget, sorted, image->nr_rows, sizeof(u32));
	if (err || worst < 0)
		return err;
	return axp_refuse(why, -EINVAL, AXP_WHY_ROW_ORDER, (u32)worst,
			  image->rows[worst].act, image->rows[worst].wgt);
}

int axp_image_create(struct axp_image **out, struct axp_budget *budget,
		     const struct axp_table_spec *spec, const struct axp_row *rows, u32 nr_rows,
		     const struct axp_energy_model *model, u32 cam_class,
		     const struct axp_limits *limits, struct axp_why *why)
{
	struct axp_image *image;
	u32 i;
	int err;

	*out = NULL;
	err = check_spec(spec, cam_class, limits, why);
	if (err)
		return err;
	if (nr_rows > limits->max_lut_words)
		return axp_refuse(why, -ENOSPC, AXP_WHY_LUT_WORDS, 0, nr_rows,
				  limits->max_lut_words);
	for (i = 0; i < nr_rows; i++) {
		err = check_row(spec, i, &rows[i], why);
		if (err)
			return err;
	}

	image = axp_budget_alloc(budget, 1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	err = -ENOMEM;
	image->budget = budget;
	image->spec = *spec;
	image->nr_rows = nr_rows;
	image->rows = axp_budget_alloc(budget, nr_rows, sizeof(*rows));
	if (!image->rows)
		goto fail;
	if (nr_rows)
		memcpy(image->rows, rows, nr_rows * sizeof(*rows));
	err = axp_classes_create(&image->classes, budget, image->rows, nr_rows);
	if (!err)
		err = make_dims(image);
	if (!err)
		err = check_dims(&image->dims, limits, why);
	if (!err && searched_once(spec->organisation))
		err = check_order(image, why);
	if (err)
		goto fail;
	axp_energy_costs(&image->costs, model, cam_class, &image->dims);
	image->budget = NULL;
	*out = image;
	return 0;
fail:
	axp_image_free(image);
	return err;
}

void axp_image_free(struct axp_image *image)
{
	if (!image)
		return;
	axp_classes_free(image->classes);
	axp_mem_free(image->rows);
	axp_mem_free(image);
}

s32 axp_image_match(const struct axp_image *image, u32 wgt, u32 act)
{
	u32 i;

	for (i = 0; i < image->nr_rows; i++) {
		const struct axp_row *row = &image->rows[i];

		if ((act ^ row->act) & row->act_care || (wgt ^ row->wgt) & row->wgt_care)
			continue;
		if (row->flags & AXP_ROW_SIGNIFICAND && !axp_f32_is_normal(act))
			continue;
		return (s32)i;
	}
	return -1;
}

u64 axp_image_program_fj(const struct axp_image *image, u32 first, u32 nr_rows)
{
	u32 cam_rows = nr_rows;

	if (searched_once(image->spec.organisation)) {
		const struct axp_classes *c = image->classes;
		u32 i, j;

		cam_rows = 0;
		for (i = 0; i < c->nr_patterns; i++) {
			for (j = c->patterns[i].first; j < c->patterns[i + 1].first; j++) {
				if (c->rows[j] >= first && c->rows[j] - first < nr_rows) {
					cam_rows++;
					break;
				}
			}
		}
	}
	return axp_energy_program_fj(&image->costs, cam_rows, nr_rows);
}

void axp_costs_without_table(struct axp_costs *costs, const struct axp_energy_model *model)
{
	axp_energy_costs(costs, model, AXP_CAM_ZERO, NULL);
}
