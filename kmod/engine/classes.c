// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Activation classes: distinct patterns of the rows, and which activations
 * match the same ones.
 */
#include "budget.h"
#include "classes.h"
#include "sort.h"

/* (class, pattern) pairs that may be written out; beyond, patterns are scanned */
#define MAX_MEMBERS	(4u << 20)
/* Prefix masks nest: one pattern of each length can match at once. */
#define MAX_NESTING	33

#define EXPONENT_MASK	0x7f800000u

static bool rows_before(const void *context, u32 a, u32 b)
{
	const struct axp_row *rows = context;
	u32 ka = rows[a].act & rows[a].act_care;
	u32 kb = rows[b].act & rows[b].act_care;

	if (ka != kb)
		return ka < kb;
	if (rows[a].act_care != rows[b].act_care)
		return rows[a].act_care < rows[b].act_care;
	if (rows[a].flags != rows[b].flags)
		return rows[a].flags < rows[b].flags;
	return a < b;
}

static bool same_pattern(const struct axp_row *a, const struct axp_row *b)
{
	return a->act_care == b->act_care && a->flags == b->flags &&
	       !((a->act ^ b->act) & a->act_care);
}

/* groups of equal patterns, ordered by their lowest row */
struct grouping {
	const u32 *sorted;	/* rows in the order of rows_before() */
	const u32 *group;	/* start of each group in @sorted */
};

static bool groups_before(const void *context, u32 a, u32 b)
{
	const struct grouping *g = context;

	return g->sorted[g->group[a]] < g->sorted[g->group[b]];
}

static int make_patterns(struct axp_classes *c, const struct axp_row *rows, u32 nr_rows)
{
	u32 *sorted = axp_budget_alloc(c->budget, nr_rows, sizeof(u32));
	u32 *group = axp_budget_alloc(c->budget, (size_t)nr_rows + 1, sizeof(u32));
	u32 *order = axp_budget_alloc(c->budget, nr_rows, sizeof(u32));
	struct grouping grouping = { sorted, group };
	u32 i, j, n = 0, at = 0;
	int err = -ENOMEM;

	c->rows = axp_budget_alloc(c->budget, nr_rows, sizeof(u32));
	if (!sorted || !group || !order || !c->rows)
		goto out;

	for (i = 0; i < nr_rows; i++)
		sorted[i] = i;
	err = axp_sort(sorted, nr_rows, rows_before, rows);
	if (err)
		goto out;
	for (i = 0; i < nr_rows; i++) {
		if (i && same_pattern(&rows[sorted[i - 1]], &rows[sorted[i]]))
			continue;
		order[n] = n;
		group[n++] = i;
	}
	group[n] = nr_rows;
	err = axp_sort(order, n, groups_before, &grouping);
	if (err)
		goto out;

	err = -ENOMEM;
	c->nr_patterns = n;
	c->patterns = axp_budget_alloc(c->budget, (size_t)n + 1, sizeof(*c->patterns));
	if (!c->patterns)
		goto out;
	for (i = 0; i < n; i++) {
		struct axp_pattern *p = &c->patterns[i];
		const struct axp_row *row = &rows[sorted[group[order[i]]]];

		p->act = row->act & row->act_care;
		p->care = row->act_care;
		p->significand = row->flags & AXP_ROW_SIGNIFICAND;
		p->first = at;
		for (j = group[order[i]]; j < group[order[i] + 1]; j++)
			c->rows[at++] = sorted[j];
	}
	c->patterns[n].first = at;
	err = 0;
out:
	axp_budget_free(c->budget, order, nr_rows, sizeof(u32));
	axp_budget_free(c->budget, group, (size_t)nr_rows + 1, sizeof(u32));
	axp_budget_free(c->budget, sorted, nr_rows, sizeof(u32));
	return err;
}

/*
 * Lists of the patterns that match each cell, before equal lists become one
 * class. Filled in two passes: the first counts.
 */
struct cells {
	u32 nr;
	u32 *first;	/* nr + 1 */
	u32 *members;	/* NULL while counting */
	u32 total;	/* of these */
};

static void cells_free(struct axp_budget *budget, struct cells *cells)
{
	axp_budget_free(budget, cells->members, cells->total, sizeof(u32));
	axp_budget_free(budget, cells->first, (size_t)cells->nr + 1, sizeof(u32));
}

static bool lists_equal(const struct cells *cells, u32 a, u32 b)
{
	u32 n = cells->first[a + 1] - cells->first[a];

	return n == cells->first[b + 1] - cells->first[b] &&
	       !memcmp(cells->members + cells->first[a], cells->members + cells->first[b],
		       n * sizeof(u32));
}

static bool lists_before(const void *context, u32 a, u32 b)
{
	const struct cells *cells = context;
	u32 na = cells->first[a + 1] - cells->first[a];
	u32 nb = cells->first[b + 1] - cells->first[b];
	u32 i;

	if (na != nb)
		return na < nb;
	for (i = 0; i < na; i++) {
		u32 ma = cells->members[cells->first[a] + i];
		u32 mb = cells->members[cells->first[b] + i];

		if (ma != mb)
			return ma < mb;
	}
	return a < b;
}

/* one class for each distinct list */
static int merge_cells(struct axp_classes *c, const struct cells *cells)
{
	u32 *sorted = axp_budget_alloc(c->budget, cells->nr, sizeof(u32));
	u32 i, j, n = 0, at = 0;
	int err = -ENOMEM;

	c->cell_class = axp_budget_alloc(c->budget, cells->nr, sizeof(u32));
	if (!sorted || !c->cell_class)
		goto out;

	for (i = 0; i < cells->nr; i++)
		sorted[i] = i;
	err = axp_sort(sorted, cells->nr, lists_before, cells);
	if (err)
		goto out;
	for (i = 0; i < cells->nr; i++) {
		if (!i || !lists_equal(cells, sorted[i - 1], sorted[i])) {
			at += cells->first[sorted[i] + 1] - cells->first[sorted[i]];
			n++;
		}
		c->cell_class[sorted[i]] = n - 1;
	}
	c->nr_cells = cells->nr;
	c->nr_classes = n;
	c->first = axp_budget_alloc(c->budget, (size_t)n + 1, sizeof(u32));
	c->members = axp_budget_alloc(c->budget, at, sizeof(u32));
	err = -ENOMEM;
	if (!c->first || !c->members)
		goto out;

	at = 0;
	for (i = 0; i < cells->nr; i++) {
		u32 cell = sorted[i];

		if (i && c->cell_class[cell] == c->cell_class[sorted[i - 1]])
			continue;
		c->first[c->cell_class[cell]] = at;
		for (j = cells->first[cell]; j < cells->first[cell + 1]; j++)
			c->members[at++] = cells->members[j];
	}
	c->first[n] = at;
	err = 0;
out:
	axp_budget_free(c->budget, sorted, cells->nr, sizeof(u32));
	return err;
}

static u32 direct_key(const struct axp_classes *c, u32 act, bool normal)
{
	u32 i, key = 0;

	for (i = 0; i < c->nr_fields; i++)
		key |= (act & c->fields[i].mask) >> c->fields[i].shift;
	return c->normal_bit ? key << 1 | normal : key;
}

/* runs of adjacent bits of @used, packed from bit 0 of the key upwards */
static u32 direct_fields(struct axp_classes *c, u32 used)
{
	u32 bits = 0, bit = 0;

	while (used >> bit) {
		struct axp_class_field *field;

		if (!(used >> bit & 1)) {
			bit++;
			continue;
		}
		field = &c->fields[c->nr_fields++];
		field->shift = bit - bits;
		for (; bit < 32 && used >> bit & 1; bit++, bits++)
			field->mask |= 1u << bit;
		if (bit == 32)
			break;
	}
	return bits;
}

/*
 * Count, or note, every key that pattern @number matches: all combinations of
 * the used bits that it does not compare.
 * Return: 0; 1 when there are too many of them; -EINTR
 */
static int direct_spread(struct axp_classes *c, struct cells *cells, u32 number, u32 used,
			 u32 *total)
{
	const struct axp_pattern *p = &c->patterns[number];
	u32 free = used & ~p->care;
	u32 rest = 0;

	do {
		u32 act = p->act | rest;
		u32 normal;

		for (normal = 0; normal < 2; normal++) {
			u32 key;

			if (c->normal_bit) {
				if (p->significand && !normal)
					continue;
			} else if (normal || (p->significand && !axp_f32_is_normal(act))) {
				continue;
			}
			if (++*total > MAX_MEMBERS)
				return 1;
			key = direct_key(c, act, normal);
			if (cells->members)
				cells->members[cells->first[key]++] = number;
			else
				cells->first[key + 1]++;
		}
		rest = (rest - free) & free;
	} while (rest);
	return axp_breathe();
}

/* Return: 0; 1 when there are too many members; -ENOMEM or -EINTR */
static int make_direct(struct axp_classes *c, u32 used, bool significand)
{
	struct cells cells = {};
	u32 i, total = 0;
	int err = -ENOMEM;

	c->normal_bit = significand && (used & EXPONENT_MASK) != EXPONENT_MASK;
	cells.nr = 1u << (direct_fields(c, used) + c->normal_bit);
	cells.first = axp_budget_alloc(c->budget, (size_t)cells.nr + 1, sizeof(u32));
	if (!cells.first)
		goto out;
	for (i = 0; i < c->nr_patterns; i++) {
		err = direct_spread(c, &cells, i, used, &total);
		if (err)
			goto out;
	}
	for (i = 0; i < cells.nr; i++)
		cells.first[i + 1] += cells.first[i];

	err = -ENOMEM;
	cells.total = total;
	cells.members = axp_budget_alloc(c->budget, total, sizeof(u32));
	if (!cells.members)
		goto out;
	total = 0;
	for (i = 0; i < c->nr_patterns; i++) {
		err = direct_spread(c, &cells, i, used, &total);
		if (err)
			goto out;
	}
	/* each start has moved to the next one's place */
	for (i = cells.nr; i > 0; i--)
		cells.first[i] = cells.first[i - 1];
	cells.first[0] = 0;

	c->mode = AXP_CLASS_DIRECT;
	err = merge_cells(c, &cells);
out:
	cells_free(c->budget, &cells);
	return err;
}

/* the sweep over nested intervals */
struct sweep {
	struct cells cells;
	u32 *start;		/* of each cell; NULL while counting */
	u32 total;		/* members so far */
	u32 depth;
	u32 stack[MAX_NESTING];	/* patterns around the current place */
};

/* a cell begins at @start: all patterns on the stack match in it */
static void sweep_emit(struct sweep *s, u32 start)
{
	u32 i, j;

	if (s->start) {
		u32 *list = s->cells.members + s->total;

		s->start[s->cells.nr] = start;
		s->cells.first[s->cells.nr] = s->total;
		for (i = 0; i < s->depth; i++) {
			for (j = i; j > 0 && list[j - 1] > s->stack[i]; j--)
				list[j] = list[j - 1];
			list[j] = s->stack[i];
		}
	}
	s->total += s->depth;
	s->cells.nr++;
}

static u64 pattern_end(const struct axp_pattern *p)
{
	return (u64)(p->act | ~p->care) + 1;
}

static void sweep_run(struct sweep *s, const struct axp_classes *c, const u32 *order)
{
	u64 at = 0;	/* everything below is in a cell */
	u32 i;

	s->cells.nr = 0;
	s->total = 0;
	s->depth = 0;
	for (i = 0; i <= c->nr_patterns; i++) {
		u64 next = i < c->nr_patterns ? c->patterns[order[i]].act : 1ull << 32;

		while (s->depth) {
			u64 end = pattern_end(&c->patterns[s->stack[s->depth - 1]]);

			if (end > next)
				break;
			if (at < end)
				sweep_emit(s, (u32)at);
			at = end;
			s->depth--;
		}
		if (at < next)
			sweep_emit(s, (u32)at);
		at = next;
		if (i < c->nr_patterns)
			s->stack[s->depth++] = order[i];
	}
}

static bool intervals_before(const void *context, u32 a, u32 b)
{
	const struct axp_pattern *p = context;

	if (p[a].act != p[b].act)
		return p[a].act < p[b].act;
	/* the wider one first: it contains the other */
	return p[a].care < p[b].care;
}

static int make_top(struct axp_classes *c)
{
	const u32 nr = 1u << AXP_CLASS_TOP_BITS;
	u32 i, cell = 0;

	c->top = axp_budget_alloc(c->budget, (size_t)nr + 1, sizeof(u32));
	if (!c->top)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		while (cell + 1 < c->nr_cells &&
		       c->start[cell + 1] <= i << (32 - AXP_CLASS_TOP_BITS))
			cell++;
		c->top[i] = cell;
	}
	c->top[nr] = c->nr_cells - 1;
	return 0;
}

static int make_intervals(struct axp_classes *c)
{
	struct sweep *s = axp_budget_alloc(c->budget, 1, sizeof(*s));
	u32 *order = axp_budget_alloc(c->budget, c->nr_patterns, sizeof(u32));
	int err = -ENOMEM;
	u32 i;

	if (!s || !order)
		goto out;
	for (i = 0; i < c->nr_patterns; i++)
		order[i] = i;
	err = axp_sort(order, c->nr_patterns, intervals_before, c->patterns);
	if (err)
		goto out;

	err = -ENOMEM;
	sweep_run(s, c, order);
	s->cells.total = s->total;
	s->cells.first = axp_budget_alloc(c->budget, (size_t)s->cells.nr + 1, sizeof(u32));
	s->cells.members = axp_budget_alloc(c->budget, s->total, sizeof(u32));
	c->start = axp_budget_alloc(c->budget, s->cells.nr, sizeof(u32));
	if (!s->cells.first || !s->cells.members || !c->start)
		goto out;
	s->start = c->start;
	sweep_run(s, c, order);
	s->cells.first[s->cells.nr] = s->total;

	c->mode = AXP_CLASS_INTERVAL;
	err = merge_cells(c, &s->cells);
	if (!err)
		err = make_top(c);
out:
	if (s)
		cells_free(c->budget, &s->cells);
	axp_budget_free(c->budget, s, 1, sizeof(*s));
	axp_budget_free(c->budget, order, c->nr_patterns, sizeof(u32));
	return err;
}

/* Whether each key of @bits leading bits meets one pattern at most: that to cell_class, from 1. */
static bool spread_leading(struct axp_classes *c, u32 bits)
{
	const u32 shift = 32 - bits;
	u32 i;

	memset(c->cell_class, 0, sizeof(u32) << bits);
	for (i = 0; i < c->nr_patterns; i++) {
		const struct axp_pattern *p = &c->patterns[i];
		u32 free = ~p->care >> shift, rest = 0;

		do {
			u32 *class = &c->cell_class[p->act >> shift | rest];

			if (*class)
				return false;
			*class = i + 1;
			rest = (rest - free) & free;
		} while (rest);
	}
	return true;
}

/* Return: 0; 1 when leading bits do not tell the patterns apart; -ENOMEM */
static int make_leading(struct axp_classes *c)
{
	u32 bits = 1, i;

	c->cell_class = axp_budget_alloc(c->budget, 1u << AXP_CLASS_TOP_BITS, sizeof(u32));
	if (!c->cell_class)
		return -ENOMEM;
	while (bits <= AXP_CLASS_TOP_BITS &&
	       (c->nr_patterns > 1u << bits || !spread_leading(c, bits)))
		bits++;
	if (bits > AXP_CLASS_TOP_BITS) {
		axp_budget_free(c->budget, c->cell_class, 1u << AXP_CLASS_TOP_BITS, sizeof(u32));
		c->cell_class = NULL;
		return 1;
	}
	c->mode = AXP_CLASS_LEADING;
	c->shift = 32 - bits;
	c->nr_cells = 1u << bits;
	/* the first has no pattern */
	c->nr_classes = c->nr_patterns + 1;
	c->act = axp_budget_alloc(c->budget, c->nr_cells, sizeof(u32));
	c->care = axp_budget_alloc(c->budget, c->nr_cells, sizeof(u32));
	c->first = axp_budget_alloc(c->budget, (size_t)c->nr_classes + 1, sizeof(u32));
	c->members = axp_budget_alloc(c->budget, c->nr_patterns, sizeof(u32));
	if (!c->act || !c->care || !c->first || !c->members)
		return -ENOMEM;
	for (i = 0; i < c->nr_cells; i++) {
		if (!c->cell_class[i])
			continue;
		c->act[i] = c->patterns[c->cell_class[i] - 1].act;
		c->care[i] = c->patterns[c->cell_class[i] - 1].care;
	}
	for (i = 0; i < c->nr_patterns; i++) {
		c->first[i + 1] = i;
		c->members[i] = i;
	}
	c->first[i + 1] = i;
	return 0;
}

static bool is_prefix(u32 care)
{
	return !(~care & (~care + 1));
}

static int make_classes(struct axp_classes *c)
{
	bool significand = false, prefixes = true;
	u32 i, used = 0;

	for (i = 0; i < c->nr_patterns; i++) {
		used |= c->patterns[i].care;
		significand |= c->patterns[i].significand;
		prefixes &= is_prefix(c->patterns[i].care);
	}
	if (hweight32(used) <= AXP_CLASS_DIRECT_BITS) {
		int err = make_direct(c, used, significand);

		if (err <= 0)
			return err;
	} else if (prefixes && !significand) {
		return make_intervals(c);
	}
	if (!significand) {
		int err = make_leading(c);

		if (err <= 0)
			return err;
	}
	c->mode = AXP_CLASS_SCAN;
	return 0;
}

int axp_classes_create(struct axp_classes **out, struct axp_budget *budget,
		       const struct axp_row *rows, u32 nr_rows)
{
	struct axp_classes *c = axp_budget_alloc(budget, 1, sizeof(*c));
	int err;

	*out = NULL;
	if (!c)
		return -ENOMEM;
	c->budget = budget;
	err = make_patterns(c, rows, nr_rows);
	if (!err)
		err = make_classes(c);
	if (err) {
		axp_classes_free(c);
		return err;
	}
	c->budget = NULL;
	*out = c;
	return 0;
}

void axp_classes_free(struct axp_classes *c)
{
	if (!c)
		return;
	axp_mem_free(c->top);
	axp_mem_free(c->start);
	axp_mem_free(c->care);
	axp_mem_free(c->act);
	axp_mem_free(c->cell_class);
	axp_mem_free(c->members);
	axp_mem_free(c->first);
	axp_mem_free(c->rows);
	axp_mem_free(c->patterns);
	axp_mem_free(c);
}
