// SPDX-License-Identifier: BSD-2-Clause
/*
 * Attributes: once, at load, from the specs into the operator's structure.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"

const char *axp_attr_kind_name(enum axp_attr_kind kind)
{
	static const char *const names[] = {
		[AXP_ATTR_INT] = "INT", [AXP_ATTR_FLOAT] = "FLOAT",
		[AXP_ATTR_WORD] = "STRING", [AXP_ATTR_INTS] = "INTS",
		[AXP_ATTR_FLOATS] = "FLOATS", [AXP_ATTR_TENSOR] = "TENSOR",
	};

	return names[kind];
}

static int check_range(const struct axp_attr_spec *spec, int64_t v, struct axp_diag *diag)
{
	if (v >= spec->min && v <= spec->max)
		return 0;
	if (spec->min == spec->max)
		return axp_fail(diag, -EOPNOTSUPP, "attribute %s is %lld, only %lld is supported",
				spec->name, (long long)v, (long long)spec->min);
	return axp_fail(diag, -EINVAL, "attribute %s is %lld, not within %lld to %lld",
			spec->name, (long long)v, (long long)spec->min, (long long)spec->max);
}

static int parse_word(const struct axp_attr_spec *spec, uint32_t *to,
		      const struct axp_attr *attr, struct axp_diag *diag)
{
	uint32_t i;

	for (i = 0; spec->words[i]; i++) {
		if (strlen(spec->words[i]) == attr->n && !memcmp(spec->words[i], attr->s, attr->n)) {
			*to = i;
			return 0;
		}
	}
	return axp_fail(diag, -EOPNOTSUPP, "attribute %s is '%.*s', which is not supported",
			spec->name, attr->n < 40 ? (int)attr->n : 40, attr->s);
}

static int parse_ints(const struct axp_attr_spec *spec, struct axp_ints *to,
		      const struct axp_attr *attr, struct axp_diag *diag)
{
	size_t i;
	int err;

	if (attr->n > AXP_MAX_INTS)
		return axp_fail(diag, -E2BIG, "attribute %s holds %zu values, the limit is %u",
				spec->name, attr->n, AXP_MAX_INTS);
	for (i = 0; i < attr->n; i++) {
		err = check_range(spec, attr->ints[i], diag);
		if (err)
			return err;
		to->v[i] = attr->ints[i];
	}
	to->n = (uint32_t)attr->n;
	return 0;
}

static int parse_floats(const struct axp_attr_spec *spec, struct axp_floats *to,
			const struct axp_attr *attr, struct axp_diag *diag)
{
	size_t i;

	if (attr->n > AXP_MAX_INTS)
		return axp_fail(diag, -E2BIG, "attribute %s holds %zu values, the limit is %u",
				spec->name, attr->n, AXP_MAX_INTS);
	for (i = 0; i < attr->n; i++) {
		if (!isfinite(attr->floats[i]))
			return axp_fail(diag, -EINVAL, "attribute %s is %g, not a finite number",
					spec->name, (double)attr->floats[i]);
		to->v[i] = attr->floats[i];
	}
	to->n = (uint32_t)attr->n;
	return 0;
}

static int parse_one(const struct axp_attr_spec *spec, char *to, struct axp_attr *attr,
		     struct axp_diag *diag)
{
	void *field = to + spec->offset;
	int err;

	if (attr->kind != spec->kind)
		return axp_fail(diag, -EINVAL, "attribute %s is of type %s, %s is wanted",
				spec->name, axp_attr_kind_name(attr->kind),
				axp_attr_kind_name(spec->kind));
	switch (spec->kind) {
	case AXP_ATTR_INT:
		err = check_range(spec, attr->i, diag);
		if (err)
			return err;
		memcpy(field, &attr->i, sizeof(attr->i));
		return 0;
	case AXP_ATTR_FLOAT:
		if (!isfinite(attr->f))
			return axp_fail(diag, -EINVAL, "attribute %s is %g, not a finite number",
					spec->name, (double)attr->f);
		memcpy(field, &attr->f, sizeof(attr->f));
		return 0;
	case AXP_ATTR_WORD:
		return parse_word(spec, field, attr, diag);
	case AXP_ATTR_INTS:
		return parse_ints(spec, field, attr, diag);
	case AXP_ATTR_FLOATS:
		return parse_floats(spec, field, attr, diag);
	case AXP_ATTR_TENSOR:
		memcpy(field, &attr->tensor, sizeof(attr->tensor));
		attr->tensor = NULL;
		return 0;
	}
	return -EINVAL;
}

static void set_defaults(const struct axp_op *op, char *to)
{
	const struct axp_attr_spec *spec;

	for (spec = op->attrs; spec->name; spec++) {
		if (spec->kind == AXP_ATTR_INT)
			memcpy(to + spec->offset, &spec->def, sizeof(spec->def));
		else if (spec->kind == AXP_ATTR_FLOAT)
			memcpy(to + spec->offset, &spec->fdef, sizeof(spec->fdef));
	}
}

int axp_attrs_parse(void **out, const struct axp_op *op, struct axp_attr *attr, size_t n,
		    struct axp_diag *diag)
{
	const struct axp_attr_spec *spec;
	char *to = NULL;
	uint64_t seen = 0;
	size_t i;
	int err;

	*out = NULL;
	if (op->attrs) {
		to = calloc(1, op->attrs_size);
		if (!to)
			return axp_fail(diag, -ENOMEM, "no memory");
		set_defaults(op, to);
	}
	for (i = 0; i < n; i++) {
		for (spec = op->attrs; spec && spec->name; spec++)
			if (!strcmp(spec->name, attr[i].name))
				break;
		if (!spec || !spec->name) {
			err = axp_fail(diag, -EOPNOTSUPP, "unknown attribute '%s'", attr[i].name);
			goto fail;
		}
		if (seen & UINT64_C(1) << (spec - op->attrs)) {
			err = axp_fail(diag, -EINVAL, "attribute %s is given twice", spec->name);
			goto fail;
		}
		seen |= UINT64_C(1) << (spec - op->attrs);
		err = parse_one(spec, to, &attr[i], diag);
		if (err)
			goto fail;
	}
	for (spec = op->attrs; spec && spec->name; spec++) {
		if (spec->required && !(seen & UINT64_C(1) << (spec - op->attrs))) {
			err = axp_fail(diag, -EINVAL, "attribute %s is missing", spec->name);
			goto fail;
		}
	}
	*out = to;
	return 0;
fail:
	axp_attrs_free(op, to);
	return err;
}

void axp_attrs_free(const struct axp_op *op, void *attrs)
{
	const struct axp_attr_spec *spec;
	struct axp_tensor *t;

	if (!attrs)
		return;
	for (spec = op->attrs; spec && spec->name; spec++) {
		if (spec->kind != AXP_ATTR_TENSOR)
			continue;
		memcpy(&t, (char *)attrs + spec->offset, sizeof(t));
		axp_tensor_free(t);
	}
	free(attrs);
}
