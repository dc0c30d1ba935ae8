// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "onnx.h"

/* wire types of protocol buffers */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct level {
	const ProtobufCMessageDescriptor *desc;
	size_t end;
};

struct scan {
	const uint8_t *buf;
	size_t at;
	const struct axp_onnx_opts *opts;
	uint32_t fields, nodes;
	struct axp_diag *diag;
};

static int damaged(const struct scan *s, size_t at, const char *what)
{
	return axp_fail(s->diag, -EINVAL, "not a valid ONNX file: %s at byte %zu", what, at);
}

static int varint(struct scan *s, size_t end, uint64_t *out)
{
	size_t start = s->at;
	uint64_t v = 0;
	uint32_t shift;

	for (shift = 0; shift < 70; shift += 7) {
		if (s->at >= end)
			return damaged(s, start, "a number is cut off");
		v |= shift < 64 ? (uint64_t)(s->buf[s->at] & 0x7f) << shift : 0;
		if (!(s->buf[s->at++] & 0x80)) {
			*out = v;
			return 0;
		}
	}
	return damaged(s, start, "a number is too long");
}

/* every field costs the unpacking memory of its own, whatever its size */
static int count(struct scan *s, const ProtobufCFieldDescriptor *field)
{
	if (++s->fields > AXP_ONNX_MAX_FIELDS)
		return axp_fail(s->diag, -E2BIG, "more than %u fields", AXP_ONNX_MAX_FIELDS);
	if (field && field->type == PROTOBUF_C_TYPE_MESSAGE &&
	    field->descriptor == &onnx__node_proto__descriptor &&
	    ++s->nodes > s->opts->max_nodes)
		return axp_fail(s->diag, -E2BIG, "more than %u nodes", s->opts->max_nodes);
	return 0;
}

static int skip(struct scan *s, size_t end, size_t n)
{
	if (n > end - s->at)
		return damaged(s, s->at, "a field is cut off");
	s->at += n;
	return 0;
}

/* one field of @level; *@inner is set when it is a message to go into */
static int field(struct scan *s, const struct level *level, struct level *inner)
{
	const ProtobufCFieldDescriptor *f;
	size_t start = s->at;
	uint64_t tag, len;
	int err;

	inner->desc = NULL;
	err = varint(s, level->end, &tag);
	if (err)
		return err;
	if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return damaged(s, start, "an impossible field number");
	f = protobuf_c_message_descriptor_get_field(level->desc, (unsigned int)(tag >> 3));
	err = count(s, f);
	if (err)
		return err;
	switch (tag & 7) {
	case VARINT:
		return varint(s, level->end, &len);
	case FIXED64:
		return skip(s, level->end, 8);
	case FIXED32:
		return skip(s, level->end, 4);
	case BYTES:
		break;
	default:
		return damaged(s, start, "an unknown wire type");
	}
	err = varint(s, level->end, &len);
	if (err)
		return err;
	if (len > level->end - s->at)
		return damaged(s, start, "a field is cut off");
	if (f && f->type == PROTOBUF_C_TYPE_STRING && memchr(s->buf + s->at, 0, len))
		return damaged(s, start, "a string holds a zero byte");
	if (f && f->type == PROTOBUF_C_TYPE_MESSAGE) {
		inner->desc = f->descriptor;
		inner->end = s->at + len;
		return 0;
	}
	return skip(s, level->end, len);
}

int axp_onnx_scan_as(const ProtobufCMessageDescriptor *what, const uint8_t *buf, size_t len,
		     const struct axp_onnx_opts *opts, struct axp_diag *diag)
{
	struct scan s = { .buf = buf, .opts = opts, .diag = diag };
	struct level *stack = calloc(opts->max_depth, sizeof(*stack));
	uint32_t depth = 0;
	int err = 0;

	if (!stack)
		return axp_fail(diag, -ENOMEM, "no memory");
	stack[depth++] = (struct level){ what, len };
	while (depth) {
		struct level inner;

		if (s.at == stack[depth - 1].end) {
			depth--;
			continue;
		}
		err = field(&s, &stack[depth - 1], &inner);
		if (err)
			break;
		if (!inner.desc)
			continue;
		if (depth == opts->max_depth) {
			err = axp_fail(diag, -E2BIG,
				       "messages are nested more than %u deep at byte %zu",
				       opts->max_depth, s.at);
			break;
		}
		stack[depth++] = inner;
	}
	free(stack);
	return err;
}

int axp_onnx_scan(const uint8_t *buf, size_t len, const struct axp_onnx_opts *opts,
		  struct axp_diag *diag)
{
	return axp_onnx_scan_as(&onnx__model_proto__descriptor, buf, len, opts, diag);
}
