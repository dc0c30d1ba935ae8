// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Faults: their draws, and damaged images.
 */
#include "budget.h"
#include "faults.h"
#include "why.h"

#define MANTISSA	0x007fffffu

/* the finaliser of SplitMix64 (Steele, Lea, Flood 2014) over a key and a counter */
static u64 draw(u64 key, u64 counter)
{
	u64 x = (key ^ counter) + 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/*
 * The bits of @mask whose numbers are below @rate. Word k of the draw has bit 31-k of
 * each number, so most are decided after a few words.
 */
static u32 bits_below(u32 mask, u32 rate, u64 key)
{
	u32 below = 0, equal = mask;
	u32 k;
	u64 words = 0;

	if (!rate)
		return mask;
	for (k = 0; equal && k < 32; k++) {
		u32 word;

		words = k & 1 ? words << 32 : draw(key, k / 2);
		word = (u32)(words >> 32);
		if (rate >> (31 - k) & 1) {
			below |= equal & ~word;
			equal &= word;
		} else {
			equal &= ~word;
		}
	}
	return below;
}

static bool covers(const struct axp_fault *f, u64 index)
{
	return index >= f->first && (!f->count || index - f->first < f->count);
}

/* what a cell of CAM or LUT holds instead of @value; @cells: bits that exist */
static u32 damaged(const struct axp_faults *faults, u32 target, u32 row, u64 job, u32 cells,
		   u32 value)
{
	u32 flips = 0, zero = 0, one = 0;
	u32 i;

	for (i = 0; i < faults->nr; i++) {
		const struct axp_fault *f = &faults->list[i];
		bool flip = f->kind == AXP_FAULT_FLIP;
		u32 bits;

		if (f->target != target || !covers(f, row))
			continue;
		bits = bits_below(f->mask & cells, f->rate,
				  draw(draw(faults->key[i], flip ? job : 0), row));
		if (flip) {
			flips ^= bits;
		} else if (f->kind == AXP_FAULT_STUCK_0) {
			zero |= bits;
			one &= ~bits;
		} else {
			one |= bits;
			zero &= ~bits;
		}
	}
	return ((value ^ flips) & ~zero) | one;
}

void axp_faults_forced(const struct axp_faults *faults, u64 channel, u32 *zero, u32 *one)
{
	u32 i;

	*zero = 0;
	*one = 0;
	for (i = 0; i < faults->nr; i++) {
		const struct axp_fault *f = &faults->list[i];
		u32 bits;

		if (f->target != AXP_FAULT_ACC || f->kind == AXP_FAULT_FLIP ||
		    !covers(f, channel))
			continue;
		bits = bits_below(f->mask, f->rate, draw(draw(faults->key[i], 0), channel));
		if (f->kind == AXP_FAULT_STUCK_0) {
			*zero |= bits;
			*one &= ~bits;
		} else {
			*one |= bits;
			*zero &= ~bits;
		}
	}
}

u32 axp_faults_flips(const struct axp_faults *faults, u64 job, u64 channel, u64 out, u64 tap)
{
	u32 flips = 0;
	u32 i;

	for (i = 0; i < faults->nr; i++) {
		const struct axp_fault *f = &faults->list[i];

		if (f->target == AXP_FAULT_ACC && f->kind == AXP_FAULT_FLIP && covers(f, channel))
			flips ^= bits_below(f->mask, f->rate,
					    draw(draw(draw(faults->key[i], job), out), tap));
	}
	return flips;
}

static int check(const struct axp_fault *f, u32 i, const struct axp_image *image,
		 struct axp_why *why)
{
	u64 end = (u64)f->first + max(f->count, 1u);

	if (f->target > AXP_FAULT_ACC)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_FAULT_TARGET, i, f->target,
				  AXP_FAULT_ACC);
	/* the others find a weight by its number */
	if ((f->target == AXP_FAULT_WGT_KEY || f->target == AXP_FAULT_WGT_CARE) &&
	    image->spec.organisation != AXP_ORG_FLAT)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_FAULT_TARGET, i, f->target,
				  AXP_FAULT_ACC);
	if (f->kind > AXP_FAULT_FLIP)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_FAULT_KIND, i, f->kind,
				  AXP_FAULT_FLIP);
	if (!f->mask)
		return axp_refuse(why, -EINVAL, AXP_WHY_FAULT_MASK, i, 0, 0);
	if (f->target != AXP_FAULT_ACC && (f->first || f->count) && end > image->nr_rows)
		return axp_refuse(why, -ERANGE, AXP_WHY_FAULT_ROW, i, end, image->nr_rows);
	return 0;
}

int axp_faults_create(struct axp_faults **out, const struct axp_fault *list, u32 nr, u64 seed,
		      const struct axp_image *image, struct axp_why *why)
{
	struct axp_faults *faults;
	u32 i;
	int err;

	*out = NULL;
	if (!nr)
		return axp_refuse(why, -EINVAL, AXP_WHY_COUNT, 0, 0, AXP_MAX_FAULTS);
	if (nr > AXP_MAX_FAULTS)
		return axp_refuse(why, -ENOSPC, AXP_WHY_COUNT, 0, nr, AXP_MAX_FAULTS);
	for (i = 0; i < nr; i++) {
		err = check(&list[i], i, image, why);
		if (err)
			return err;
	}
	faults = axp_mem_alloc(1, sizeof(*faults));
	if (!faults)
		return -ENOMEM;
	faults->nr = nr;
	memcpy(faults->list, list, nr * sizeof(*list));
	for (i = 0; i < nr; i++) {
		faults->key[i] = draw(seed, i);
		if (list[i].target == AXP_FAULT_ACC)
			faults->accumulators = true;
		else if (list[i].kind == AXP_FAULT_FLIP && list[i].rate)
			faults->per_job = true;
	}
	*out = faults;
	return 0;
}

void axp_faults_free(struct axp_faults *faults)
{
	axp_mem_free(faults);
}

/* bits that some row of the CAM compares: its columns */
static void columns(const struct axp_image *image, u32 *act, u32 *wgt)
{
	u32 i;

	*act = 0;
	*wgt = 0;
	for (i = 0; i < image->nr_rows; i++) {
		*act |= image->rows[i].act_care;
		*wgt |= image->rows[i].wgt_care;
	}
}

/*
 * One row of the table, stored in CAM row @cam. Key bits that are not compared are
 * stored as 0, and cannot be wrong. Return: wrong bits of the CAM row.
 */
static u32 damage_row(struct axp_image *image, u32 number, u32 cam, u32 act, u32 wgt, u64 job)
{
	const struct axp_faults *f = image->faults;
	struct axp_row *row = &image->rows[number];
	struct axp_row sound = *row;
	u32 unused = 32 - image->spec.word_bits;
	u32 cells = ~0u >> unused;

	if (row->flags & AXP_ROW_SIGNIFICAND)
		act &= MANTISSA;
	sound.act &= sound.act_care;
	sound.wgt &= sound.wgt_care;
	row->wgt = sound.wgt;
	row->act = damaged(f, AXP_FAULT_ACT_KEY, cam, job, sound.act_care, sound.act);
	row->act_care = damaged(f, AXP_FAULT_ACT_CARE, cam, job, act, sound.act_care);
	if (image->spec.organisation == AXP_ORG_FLAT) {
		row->wgt = damaged(f, AXP_FAULT_WGT_KEY, cam, job, sound.wgt_care, sound.wgt);
		row->wgt_care = damaged(f, AXP_FAULT_WGT_CARE, cam, job, wgt, sound.wgt_care);
	}
	row->product = damaged(f, AXP_FAULT_LUT, number, job, cells, sound.product);
	image->lut_bits += hweight32(row->product ^ sound.product);
	/* the sign is the word's highest bit */
	row->product = (u32)((s32)(row->product << unused) >> unused);
	return hweight32(row->act ^ sound.act) + hweight32(row->act_care ^ sound.act_care) +
	       hweight32(row->wgt ^ sound.wgt) + hweight32(row->wgt_care ^ sound.wgt_care);
}

static int damage(struct axp_image *image, const struct axp_image *sound, u64 job)
{
	const struct axp_classes *c = sound->classes;
	bool one_for_all = sound->spec.organisation != AXP_ORG_FLAT &&
			   sound->spec.organisation != AXP_ORG_BANKED;
	u32 act, wgt;
	u32 i, r;

	columns(sound, &act, &wgt);
	for (i = 0; i < c->nr_patterns; i++) {
		u32 lowest = c->rows[c->patterns[i].first];

		for (r = c->patterns[i].first; r < c->patterns[i + 1].first; r++) {
			u32 cam = one_for_all ? lowest : c->rows[r];
			u32 wrong = damage_row(image, c->rows[r], cam, act, wgt, job);

			/* a CAM row is there once */
			if (cam == c->rows[r])
				image->cam_bits += wrong;
		}
		if (!(i & 63) && axp_breathe())
			return -EINTR;
	}
	return 0;
}

int axp_image_damage(struct axp_image **out, struct axp_budget *budget,
		     const struct axp_image *sound, const struct axp_faults *faults, u64 job)
{
	struct axp_image *image;
	int err = -ENOMEM;

	*out = NULL;
	image = axp_budget_alloc(budget, 1, sizeof(*image));
	if (!image)
		return -ENOMEM;
	*image = *sound;
	image->classes = NULL;
	image->faults = faults;
	image->rows = axp_budget_alloc(budget, sound->nr_rows, sizeof(*image->rows));
	if (!image->rows)
		goto fail;
	if (sound->nr_rows)
		memcpy(image->rows, sound->rows, sound->nr_rows * sizeof(*image->rows));
	err = damage(image, sound, job);
	if (!err)
		err = axp_classes_create(&image->classes, budget, image->rows, image->nr_rows);
	if (err)
		goto fail;
	*out = image;
	return 0;
fail:
	axp_image_free(image);
	return err;
}
