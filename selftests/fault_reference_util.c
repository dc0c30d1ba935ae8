// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "fault_reference_util.h"
#include "reference_util.h"

#define MANTISSA	0x007fffffu

static uint64_t d(uint64_t key, uint64_t n)
{
	uint64_t x = (key ^ n) + 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Bits of the mask of @f that are faulty in draw @p. */
static uint32_t faulty(const struct axp_fault *f, uint64_t p)
{
	uint32_t number[32] = {}, bits = 0, b, k;

	if (!f->rate)
		return f->mask;
	for (k = 0; k < 32; k++) {
		uint64_t two = d(p, k / 2);
		uint32_t word = k % 2 ? two : two >> 32;

		for (b = 0; b < 32; b++)
			number[b] |= (word >> b & 1) << (31 - k);
	}
	for (b = 0; b < 32; b++)
		if (number[b] < f->rate)
			bits |= 1u << b;
	return bits & f->mask;
}

static bool covers(const struct axp_fault *f, uint64_t place)
{
	return place >= f->first && (!f->count || place < (uint64_t)f->first + f->count);
}

static uint64_t key_of(const struct ref_faults *faults, uint32_t i)
{
	return d(faults->seed, i);
}

/* Flips of the job come first, what is stuck then, in the order of the list. */
static uint32_t damage(const struct ref_faults *faults, uint32_t target, uint32_t place,
		       uint32_t cells, uint32_t value)
{
	const struct axp_fault *f;
	uint32_t i;

	for (i = 0; i < faults->nr; i++) {
		f = &faults->list[i];
		if (f->target == target && f->kind == AXP_FAULT_FLIP && covers(f, place))
			value ^= faulty(f, d(d(key_of(faults, i), faults->job), place)) & cells;
	}
	for (i = 0; i < faults->nr; i++) {
		uint32_t bits;

		f = &faults->list[i];
		if (f->target != target || f->kind == AXP_FAULT_FLIP || !covers(f, place))
			continue;
		bits = faulty(f, d(d(key_of(faults, i), 0), place)) & cells;
		value = f->kind == AXP_FAULT_STUCK_1 ? value | bits : value & ~bits;
	}
	return value;
}

static uint32_t stick(const struct ref_faults *faults, uint64_t channel, uint32_t acc)
{
	const struct axp_fault *f;
	uint32_t i, bits;

	for (i = 0; i < faults->nr; i++) {
		f = &faults->list[i];
		if (f->target != AXP_FAULT_ACC || f->kind == AXP_FAULT_FLIP ||
		    !covers(f, channel))
			continue;
		bits = faulty(f, d(d(key_of(faults, i), 0), channel));
		acc = f->kind == AXP_FAULT_STUCK_1 ? acc | bits : acc & ~bits;
	}
	return acc;
}

uint32_t ref_fault_load(struct ref_faults *faults, uint64_t channel, uint32_t acc)
{
	uint32_t wrong = stick(faults, channel, acc);

	faults->met.acc_bits += __builtin_popcount(acc ^ wrong);
	return wrong;
}

uint32_t ref_fault_mac(struct ref_faults *faults, uint64_t channel, uint64_t out, uint64_t tap,
		       uint32_t acc)
{
	uint32_t wrong = acc, i;

	for (i = 0; i < faults->nr; i++) {
		const struct axp_fault *f = &faults->list[i];

		if (f->target == AXP_FAULT_ACC && f->kind == AXP_FAULT_FLIP &&
		    covers(f, channel))
			wrong ^= faulty(f, d(d(d(key_of(faults, i), faults->job), out), tap));
	}
	wrong = stick(faults, channel, wrong);
	faults->met.acc_bits += __builtin_popcount(acc ^ wrong);
	return wrong;
}

/* The lowest row of the pattern of row @i: the number of its CAM row. */
static uint32_t cam_row(const struct ref_table *table, uint32_t i)
{
	const struct axp_row *row = &table->rows[i], *other = table->rows;

	if (table->spec.organisation <= AXP_ORG_BANKED)
		return i;
	while (other->flags != row->flags || other->act_care != row->act_care ||
	       ((other->act ^ row->act) & row->act_care))
		other++;
	return other - table->rows;
}

static uint32_t damage_row(struct ref_faults *faults, const struct ref_table *table, uint32_t i,
			   uint32_t act_columns, uint32_t wgt_columns, struct axp_row *row)
{
	const struct axp_table_spec *spec = &table->spec;
	uint32_t cam = cam_row(table, i), cells = ~0u >> (32 - spec->word_bits);
	struct axp_row sound = *row;

	/* what is not compared is not stored */
	sound.act &= sound.act_care;
	sound.wgt &= sound.wgt_care;
	if (sound.flags & AXP_ROW_SIGNIFICAND)
		act_columns &= MANTISSA;
	*row = sound;
	row->act = damage(faults, AXP_FAULT_ACT_KEY, cam, sound.act_care, sound.act);
	row->act_care = damage(faults, AXP_FAULT_ACT_CARE, cam, act_columns, sound.act_care);
	if (spec->organisation == AXP_ORG_FLAT) {
		row->wgt = damage(faults, AXP_FAULT_WGT_KEY, cam, sound.wgt_care, sound.wgt);
		row->wgt_care = damage(faults, AXP_FAULT_WGT_CARE, cam, wgt_columns,
				       sound.wgt_care);
	}
	row->product = damage(faults, AXP_FAULT_LUT, i, cells, sound.product);
	faults->met.lut_bits += __builtin_popcount(row->product ^ sound.product);
	if (row->product >> (spec->word_bits - 1) & 1)
		row->product |= ~cells;
	else
		row->product &= cells;
	if (cam != i)
		return 0;
	return __builtin_popcount(row->act ^ sound.act) +
	       __builtin_popcount(row->act_care ^ sound.act_care) +
	       __builtin_popcount(row->wgt ^ sound.wgt) +
	       __builtin_popcount(row->wgt_care ^ sound.wgt_care);
}

void ref_run_faulty(const struct ref_job *job, struct ref_faults *faults, uint32_t *out,
		    struct axp_stats *stats)
{
	const struct ref_table *sound = job->table;
	struct axp_row *rows = calloc(sound->nr_rows + 1, sizeof(*rows));
	struct ref_table table = *sound;
	struct ref_job faulty_job = *job;
	uint32_t act_columns = 0, wgt_columns = 0, i;

	if (!rows)
		abort();
	for (i = 0; i < sound->nr_rows; i++) {
		act_columns |= sound->rows[i].act_care;
		wgt_columns |= sound->rows[i].wgt_care;
	}
	for (i = 0; i < sound->nr_rows; i++) {
		rows[i] = sound->rows[i];
		faults->met.cam_bits += damage_row(faults, sound, i, act_columns, wgt_columns,
						   &rows[i]);
	}
	table.rows = rows;
	faulty_job.table = &table;
	faulty_job.faults = faults;
	ref_run(&faulty_job, out, stats);
	faults->met.jobs++;
	faults->job++;
	free(rows);
}
