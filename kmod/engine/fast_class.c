// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Multipliers of the classes of a table.
 */
#include "budget.h"
#include "fast_class.h"
#include "plan_internal.h"
#include "softfp_ops.h"

#define LARGEST		(AXP_F32_INF - 1)
/* An activation this far from its multiplier is taken for no exact hit, at most. */
#define MAX_NEAR	65536

/**
 * struct span - what is known of the multipliers so far
 * @word_low: least exponent field of a word that is scaled
 * @word_high: greatest
 * @near: greatest distance of an exact hit
 * @exact: every product is exact
 * @some: some class hits
 */
struct span {
	u32 word_low, word_high;
	u32 near;
	bool exact;
	bool some;
};

static u32 exponent(u32 a)
{
	return (a >> 23) & 0xff;
}

static u32 significand_bits(u32 a)
{
	u32 sig = (a & 0x7fffff) | 0x800000;

	return 24 - (u32)__builtin_ctz(sig);
}

u32 axp_fast_first(axp_fast_product product, u32 c, u32 word, u32 low, u32 high)
{
	high++;
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (product(c, middle) >= word)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

bool axp_fast_narrow(axp_fast_product product, u32 c, u32 word, u32 *low, u32 *high)
{
	*low = axp_fast_first(product, c, word, *low, *high);
	if (*low > *high)
		return false;
	*high = axp_fast_first(product, c, word + 1, *low, *high) - 1;
	return *high + 1 != *low;
}

/* the number of the shortest significand in [@low, @high] */
static u32 shortest(u32 low, u32 high)
{
	u32 bits;

	for (bits = 23; bits; bits--)
		if (high >> bits << bits >= low)
			return high >> bits << bits;
	return high;
}

/*
 * The m with fl(codebook[j] * m) == word[j] for all valid j. Products grow with
 * m: for each j the right ones are neighbours. Signs of products that are zero
 * because the centroid is are left aside; @odd says that one differs.
 */
static bool find_multiplier(const struct axp_plan *p, const u32 *word, u32 *m, bool *odd)
{
	const u32 *codebook = p->weights->codebook;
	u32 low = 0, high = LARGEST;
	bool some = false;
	u32 sign = 0;
	u32 j;

	for (j = 0; j < p->k; j++) {
		u32 c = axp_f32_magnitude(codebook[j]);
		u32 w = axp_f32_magnitude(word[j]);

		if (!axp_plan_has(p->valid, j))
			continue;
		if (w >= AXP_F32_INF || (!c && w))
			return false;
		if (!c)
			continue;
		if (some && sign != ((codebook[j] ^ word[j]) & AXP_F32_SIGN))
			return false;
		sign = (codebook[j] ^ word[j]) & AXP_F32_SIGN;
		some = true;
		if (!axp_fast_narrow(axp_f32_mul, c, w, &low, &high))
			return false;
	}
	if (!some) {
		low = 0x3f800000;
		high = low;
		for (j = 0; j < p->k; j++)
			if (axp_plan_has(p->valid, j))
				sign = (codebook[j] ^ word[j]) & AXP_F32_SIGN;
	}
	*m = sign | shortest(low, high);
	for (j = 0; j < p->k; j++)
		if (axp_plan_has(p->valid, j) && !axp_f32_magnitude(codebook[j]) &&
		    (codebook[j] ^ word[j]) != sign)
			*odd = true;
	return true;
}

/* whether no activation further than @near from @m is an exact hit */
static bool is_near(const struct axp_plan *p, const u32 *word, u32 m, u32 near)
{
	u32 size = axp_f32_magnitude(m);
	u32 j;

	for (j = 0; j < p->k; j++) {
		u32 c = axp_f32_magnitude(p->weights->codebook[j]);
		u32 w = axp_f32_magnitude(word[j]);

		if (!c || !axp_plan_has(p->valid, j))
			continue;
		if (size + near + 1 < AXP_F32_INF && axp_sf_mul(c, size + near + 1) == w)
			return false;
		if (size > near && axp_sf_mul(c, size - near - 1) == w)
			return false;
	}
	return true;
}

/* whether all products with @m are exact, and normal or zero */
static bool is_exact(const struct axp_plan *p, const u32 *word, u32 m)
{
	u32 bits, j;

	if (!axp_f32_magnitude(m))
		return true;
	if (!axp_f32_is_normal(m))
		return false;
	bits = significand_bits(m);
	for (j = 0; j < p->k; j++) {
		u32 c = p->weights->codebook[j];

		if (!axp_plan_has(p->valid, j) || axp_f32_is_zero(c))
			continue;
		/* a product has at most the sum of the bits */
		if (!axp_f32_is_normal(c) || !axp_f32_is_normal(word[j]) ||
		    significand_bits(c) + bits > 24)
			return false;
	}
	return true;
}

/* one class: its multiplier and kind; @signs: see class_signs() */
static bool make_class(const struct axp_plan *p, u32 c, u32 signs, struct span *s,
		       u32 *multiplier, u32 *kind)
{
	const u32 *word = p->class_word + (size_t)c * p->row_words;
	const u32 *miss = p->class_miss + (size_t)c * p->mask_words;
	const u32 *power = p->class_power + (size_t)c * p->mask_words;
	u32 j, valid = 0, misses = 0, powers = 0, near, m;
	bool zeros = false, odd = false;

	for (j = 0; j < p->k; j++) {
		if (!axp_plan_has(p->valid, j))
			continue;
		valid++;
		misses += axp_plan_has(miss, j);
		powers += axp_plan_has(power, j);
		zeros |= axp_f32_is_zero(p->weights->codebook[j]);
	}
	*multiplier = AXP_FAST_MISS;
	*kind = 0;
	if (misses == valid)
		return true;
	if (misses || (powers && powers != valid) || !find_multiplier(p, word, &m, &odd))
		return false;
	if (powers) {
		if (!axp_f32_is_normal(m))
			return false;
		s->word_low = min(s->word_low, exponent(m));
		s->word_high = max(s->word_high, exponent(m));
		for (j = 0; j < p->k; j++) {
			if (!axp_plan_has(p->valid, j) || axp_f32_is_zero(p->weights->codebook[j]))
				continue;
			if (!axp_f32_is_normal(word[j]))
				return false;
			s->word_low = min(s->word_low, exponent(word[j]));
			s->word_high = max(s->word_high, exponent(word[j]));
		}
	}
	/* products of a centroid 0 are exact if multiplier and activation have one sign */
	if (powers)
		odd |= zeros && (m & AXP_F32_SIGN);
	else
		odd |= zeros && (signs & (m & AXP_F32_SIGN ? 1 : 2));
	for (near = s->near; !is_near(p, word, m, near); near *= 4)
		if (near >= MAX_NEAR)
			break;
	if (near > MAX_NEAR || !is_near(p, word, m, near))
		odd = true;
	else
		s->near = near;
	s->exact &= is_exact(p, word, m);
	s->some = true;
	*multiplier = m;
	*kind = (powers ? AXP_FAST_POWER : 0) | (odd ? AXP_FAST_ODD : 0);
	return true;
}

static u32 zero_kind(const struct axp_plan *p, u32 act)
{
	u32 c = axp_plan_class(p, act);
	const u32 *word = p->class_word + (size_t)c * p->row_words;
	const u32 *miss = p->class_miss + (size_t)c * p->mask_words;
	bool all = true, usual = true;
	u32 j;

	for (j = 0; j < p->k; j++) {
		u32 w = p->weights->codebook[j];
		bool exact;

		if (!axp_plan_has(p->valid, j))
			continue;
		if (axp_plan_has(miss, j))
			return AXP_FAST_ZERO_MISS;
		exact = axp_f32_canon(word[j]) == axp_sf_mul(w, act);
		all &= exact;
		usual &= exact == axp_f32_is_zero(w);
	}
	return all ? AXP_FAST_ZERO_EXACT : usual ? AXP_FAST_ZERO_USUAL : AXP_FAST_ZERO_ODD;
}

/* exactness of products of misses */
static void miss_bits(struct axp_fast *f, const struct axp_plan *p)
{
	u32 bits = 0, low = 255, high = 0, j;

	for (j = 0; j < p->k; j++) {
		u32 c = p->weights->codebook[j];

		if (!axp_plan_has(p->valid, j) || axp_f32_is_zero(c))
			continue;
		if (!axp_f32_is_normal(c)) {
			f->exact = false;
			return;
		}
		bits = max(bits, significand_bits(c));
		low = min(low, exponent(c));
		high = max(high, exponent(c));
	}
	/* an activation that leaves @bits of its bits 0 has a product of 24 bits */
	f->exact_mask = bits >= 23 ? 0x7fffff : (1u << bits) - 1;
	/* the product's exponent is that of both together, or one more */
	f->exact_low = low < 127 ? 128 - low : 1;
	f->exact_high = high > 126 ? 380 - high : 254;
	if (bits == 24 || f->exact_low > f->exact_high) {
		f->exact_mask = ~0u;
		f->exact_low = 0;
		f->exact_high = 255;
	}
}

u32 axp_fast_keys(struct axp_fast *f, const struct axp_classes *cl)
{
	u32 bits = 0, i;

	if (cl->mode == AXP_CLASS_DIRECT && cl->nr_cells <= 1u << AXP_FAST_KEY_BITS &&
	    cl->nr_fields <= AXP_FAST_FIELDS) {
		f->key = AXP_FAST_KEY_FIELDS;
		f->nr_fields = cl->nr_fields;
		f->normal_bit = cl->normal_bit;
		for (i = 0; i < cl->nr_fields; i++) {
			f->field_mask[i] = cl->fields[i].mask;
			f->field_shift[i] = cl->fields[i].shift;
		}
		return cl->nr_cells;
	}
	if (cl->mode == AXP_CLASS_INTERVAL) {
		/* zeros have multipliers of their own */
		for (i = 0; i < cl->nr_cells; i++)
			if (axp_f32_magnitude(cl->start[i]) > 1)
				bits = max(bits, 32 - (u32)__builtin_ctz(cl->start[i]));
		bits = max(bits, 1u);
		if (bits <= AXP_FAST_KEY_BITS) {
			f->key = AXP_FAST_KEY_TOP;
			f->key_shift = 32 - bits;
			return 1u << bits;
		}
	}
	if (cl->mode == AXP_CLASS_LEADING) {
		f->key = AXP_FAST_KEY_LEADING;
		f->key_shift = cl->shift;
		return cl->nr_cells;
	}
	f->key = AXP_FAST_KEY_SEARCH;
	return cl->nr_classes;
}

u32 axp_fast_class_of_key(const struct axp_fast *f, const struct axp_classes *cl, u32 key)
{
	switch (f->key) {
	case AXP_FAST_KEY_FIELDS:
	case AXP_FAST_KEY_LEADING:
		return cl->cell_class[key];
	case AXP_FAST_KEY_TOP:
		/* of the numbers that are not zero */
		return axp_classify(cl, key << f->key_shift | 1);
	default:
		return key;
	}
}

/* classes with activations of both signs: bit 0 positive ones, bit 1 negative */
static void class_signs(const struct axp_fast *f, const struct axp_classes *cl, u32 cells,
			u8 *signs)
{
	u32 i;

	if (f->key != AXP_FAST_KEY_TOP) {
		memset(signs, 3, cl->nr_classes);
		return;
	}
	for (i = 0; i < cells; i++)
		signs[axp_fast_class_of_key(f, cl, i)] |= i < cells / 2 ? 1 : 2;
}

/* multipliers of all classes, then the tables over the keys */
static int make_tables(struct axp_fast *f, const struct axp_plan *p, struct span *s)
{
	const struct axp_classes *cl = p->classes;
	u32 cells = axp_fast_keys(f, cl);
	u32 c, kinds = 0;
	u32 *multiplier, *kind;
	u8 *signs;
	int err = -ENOMEM;

	multiplier = axp_budget_alloc(p->budget, cl->nr_classes, sizeof(u32));
	kind = axp_budget_alloc(p->budget, cl->nr_classes, sizeof(u32));
	signs = axp_budget_alloc(p->budget, cl->nr_classes, 1);
	f->table = axp_budget_alloc(p->budget, cells, sizeof(u32));
	if (!multiplier || !kind || !signs || !f->table)
		goto out;
	f->keys = cells;
	class_signs(f, cl, cells, signs);
	err = -EOPNOTSUPP;
	for (c = 0; c < cl->nr_classes; c++) {
		if (!make_class(p, c, signs[c], s, &multiplier[c], &kind[c]))
			goto out;
		kinds |= kind[c];
		if (!(c & 63) && axp_breathe()) {
			err = -EINTR;
			goto out;
		}
	}
	err = 0;
	f->other = multiplier[0];
	f->zero_multiplier[0] = multiplier[axp_classify(cl, 0)];
	f->zero_multiplier[1] = multiplier[axp_classify(cl, AXP_F32_SIGN)];
	if (kinds) {
		f->kind = axp_budget_alloc(p->budget, cells, sizeof(u32));
		if (!f->kind)
			err = -ENOMEM;
	}
	for (c = 0; c < cells && !err; c++) {
		u32 class = axp_fast_class_of_key(f, cl, c);

		f->table[c] = multiplier[class];
		if (f->kind)
			f->kind[c] = kind[class];
	}
out:
	axp_budget_free(p->budget, signs, cl->nr_classes, 1);
	axp_budget_free(p->budget, kind, cl->nr_classes, sizeof(u32));
	axp_budget_free(p->budget, multiplier, cl->nr_classes, sizeof(u32));
	return err;
}

/* word of key @key, or of its negative */
static u32 word_of(const struct axp_fast *f, u32 key, bool negative)
{
	return f->table[key | (negative ? f->keys / 2 : 0)];
}

/* multipliers of upper bits: those of negative numbers mirror the others, or miss */
static bool top_words(struct axp_fast *f)
{
	struct axp_fast_words *w = &f->words;
	u32 half = f->keys / 2;
	u32 first = half, last = 0, first_negative = half, last_negative = 0, i;
	bool mirror = true;

	for (i = 0; i < half; i++) {
		u32 m = word_of(f, i, false), minus = word_of(f, i, true);

		mirror &= minus == (m == AXP_FAST_MISS ? m : m ^ AXP_F32_SIGN);
		if (m != AXP_FAST_MISS) {
			first = min(first, i);
			last = i;
		}
		if (minus != AXP_FAST_MISS) {
			first_negative = min(first_negative, i);
			last_negative = i;
		}
	}
	w->mask = ~0u;
	w->shift = f->key_shift;
	if (first_negative < half && first < half) {
		if (!mirror)
			return false;
		w->mask = ~AXP_F32_SIGN;
		w->sign = AXP_F32_SIGN;
	} else if (first_negative < half) {
		first = half + first_negative;
		last = half + last_negative;
	} else if (first == half) {
		first = 0;
	}
	if (last - first >= AXP_FAST_WORDS)
		return false;
	w->base = first;
	w->nr = last - first + 1;
	memcpy(w->word, f->table + first, w->nr * sizeof(u32));
	return true;
}

/* multipliers of one field of bits */
static bool field_words(struct axp_fast *f)
{
	struct axp_fast_words *w = &f->words;
	u32 nr = f->normal_bit ? f->keys / 2 : f->keys;
	u32 i;

	if (f->nr_fields > 1 || nr > AXP_FAST_WORDS || (f->kind && !f->normal_bit))
		return false;
	for (i = 0; i < f->keys; i++) {
		u32 kind = f->kind ? f->kind[i] : 0;

		if (f->table[i] == AXP_FAST_MISS)
			continue;
		/* all of one kind, and of normal numbers alone */
		if (f->kind ? kind != AXP_FAST_POWER || !(i & 1) : f->normal_bit)
			return false;
	}
	w->nr = nr;
	w->mask = f->nr_fields ? f->field_mask[0] : 0;
	w->shift = f->nr_fields ? f->field_shift[0] : 0;
	w->power = f->kind;
	for (i = 0; i < nr; i++)
		w->word[i] = f->table[f->normal_bit ? 2 * i + 1 : i];
	return true;
}

/* what most plans are: few activations need more than their multiplier; -0 does */
static void find_words(struct axp_fast *f)
{
	struct axp_fast_words *w = &f->words;
	bool some;
	u32 i;

	for (i = 0; i < AXP_FAST_WORDS; i++)
		w->word[i] = AXP_FAST_MISS;
	switch (f->key) {
	case AXP_FAST_KEY_NONE:
		w->nr = 1;
		some = !f->kind;
		break;
	case AXP_FAST_KEY_TOP:
		/* what is counted one by one is not found by its multiplier alone */
		some = !f->kind && top_words(f);
		break;
	case AXP_FAST_KEY_FIELDS:
		some = field_words(f);
		break;
	case AXP_FAST_KEY_LEADING:
		some = false;
		break;
	default:
		return;
	}
	if (!some && f->kind)
		return;
	w->whole = w->base;
	for (i = 0; i < w->nr; i++)
		w->whole &= w->word[i] != AXP_FAST_MISS;
	f->usual = f->zero[0] != AXP_FAST_ZERO_ODD &&
		   (f->gate_act || f->zero_multiplier[0] == AXP_FAST_MISS ||
		    !(f->zero_multiplier[0] << 1));
}

int axp_fast_classes(struct axp_fast *f, const struct axp_plan *p)
{
	struct span s = { .word_low = 255, .near = 4, .exact = true };
	u32 i, j;
	int err;

	f->gate_act = p->flags & AXP_JOB_GATE_ACT;
	for (j = 0; j < p->k; j++) {
		if (!axp_f32_is_finite(p->weights->codebook[j]))
			return -EOPNOTSUPP;
		f->zero_weights |= axp_f32_is_zero(p->weights->codebook[j]);
	}
	if (!p->k) {
		if (p->image && p->image->nr_rows)
			return -EOPNOTSUPP;
		for (i = 0; i < p->weights->count; i++) {
			if (!axp_f32_is_finite(p->weights->plain[i]))
				return -EOPNOTSUPP;
			f->zero_weights |= axp_f32_is_zero(p->weights->plain[i]);
		}
	}
	f->gate_wgt = f->zero_weights && p->flags & AXP_JOB_GATE_WGT;
	f->power_low = 1;
	f->power_high = 254;
	if (p->k && p->classes) {
		if (!p->compiled)
			return -EOPNOTSUPP;
		err = make_tables(f, p, &s);
		if (err)
			return err;
		f->zero[0] = zero_kind(p, 0);
		f->zero[1] = zero_kind(p, AXP_F32_SIGN);
	}
	f->near = s.near;
	/* m and words times 2^(e - 127) stay normal */
	if (s.word_high) {
		f->power_low = s.word_low < 127 ? 128 - s.word_low : 1;
		f->power_high = s.word_high > 126 ? 381 - s.word_high : 254;
	}
	if (f->power_low > f->power_high)
		return -EOPNOTSUPP;
	f->exact = p->k && s.exact;
	if (f->exact)
		miss_bits(f, p);
	if (!s.some && f->exact_mask == ~0u)
		f->exact = false;
	find_words(f);
	return 0;
}
