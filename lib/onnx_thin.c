// SPDX-License-Identifier: BSD-2-Clause
/*
 * A model without the bulk of its tensors. protobuf-c copies everything it unpacks;
 * here large raw_data is left out of what it is given, and the tensor says in its
 * segment where in the file the bytes are. Segments of the file's own, which ONNX
 * has and nobody writes, become a data_location of ours: they are refused later, by
 * name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "onnx.h"

/* field numbers of TensorProto and its Segment, and the wire types they need */
enum { SEGMENT = 3, RAW_DATA = 9, DATA_LOCATION = 14, BEGIN = 1, END = 2 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* where a message's length stands in the output, and how wide: it shrinks in place */
struct level {
	const ProtobufCMessageDescriptor *desc;
	size_t end;
	size_t length_at, length_bytes;
};

struct thin {
	const uint8_t *buf;
	size_t at;
	uint8_t *out;
	size_t used, room;
	struct level *stack;
	uint32_t depth;
};

static int put(struct thin *t, const void *data, size_t n)
{
	if (t->used + n > t->room) {
		size_t room = t->room + t->room / 2 + n + 65536;
		uint8_t *p = realloc(t->out, room);

		if (!p)
			return -ENOMEM;
		t->out = p;
		t->room = room;
	}
	memcpy(t->out + t->used, data, n);
	t->used += n;
	return 0;
}

/* of a file that axp_onnx_scan() has accepted: the number ends */
static uint64_t varint(struct thin *t)
{
	uint64_t v = 0;
	uint32_t shift = 0;
	uint8_t byte;

	do {
		byte = t->buf[t->at++];
		v |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
		shift += 7;
	} while (byte & 0x80);
	return v;
}

/* in exactly @n bytes: zeros in front are still the same number */
static void write_varint(uint8_t *to, uint64_t v, size_t n)
{
	while (--n) {
		*to++ = (uint8_t)(v & 0x7f) | 0x80;
		v >>= 7;
	}
	*to = (uint8_t)v;
}

static int put_segment(struct thin *t, uint64_t begin, uint64_t end)
{
	uint8_t s[24] = { SEGMENT << 3 | BYTES, 22, BEGIN << 3 | VARINT };

	write_varint(s + 3, begin, 10);
	s[13] = END << 3 | VARINT;
	write_varint(s + 14, end, 10);
	return put(t, s, sizeof(s));
}

static int put_bytes(struct thin *t, const ProtobufCFieldDescriptor *f, size_t start,
		     uint32_t number, size_t length_at, size_t len)
{
	struct level *level = &t->stack[t->depth - 1];
	bool tensor = level->desc == &onnx__tensor_proto__descriptor;
	static const uint8_t none[] = { DATA_LOCATION << 3 | VARINT, AXP_ONNX_SEGMENTS };
	size_t body = t->at;
	int err;

	if (tensor && number == SEGMENT) {
		t->at = body + len;
		return put(t, none, sizeof(none));
	}
	if (tensor && number == RAW_DATA && len >= AXP_ONNX_BULK) {
		t->at = body + len;
		return put_segment(t, body, body + len);
	}
	if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE) {
		t->at = body + len;
		return put(t, t->buf + start, t->at - start);
	}
	err = put(t, t->buf + start, body - start);
	t->stack[t->depth++] = (struct level){
		f->descriptor, body + len, t->used - (body - length_at), body - length_at,
	};
	return err;
}

static int field(struct thin *t)
{
	const ProtobufCFieldDescriptor *f;
	size_t start = t->at, length_at;
	uint64_t tag = varint(t);

	f = protobuf_c_message_descriptor_get_field(t->stack[t->depth - 1].desc,
						    (unsigned int)(tag >> 3));
	switch (tag & 7) {
	case VARINT:
		varint(t);
		break;
	case FIXED64:
		t->at += 8;
		break;
	case FIXED32:
		t->at += 4;
		break;
	default:
		length_at = t->at;
		tag >>= 3;
		return put_bytes(t, f, start, (uint32_t)tag, length_at, (size_t)varint(t));
	}
	return put(t, t->buf + start, t->at - start);
}

int axp_onnx_thin(const uint8_t *buf, size_t len, uint32_t max_depth, uint8_t **out,
		  size_t *out_len, struct axp_diag *diag)
{
	struct thin t = { .buf = buf, .stack = calloc((size_t)max_depth + 1, sizeof(*t.stack)) };
	int err = t.stack ? 0 : -ENOMEM;

	if (!err)
		t.stack[t.depth++] = (struct level){ .desc = &onnx__model_proto__descriptor,
						     .end = len };
	while (!err && t.depth) {
		struct level *level = &t.stack[t.depth - 1];

		if (t.at < level->end) {
			err = field(&t);
			continue;
		}
		if (level->length_bytes)
			write_varint(t.out + level->length_at,
				     t.used - level->length_at - level->length_bytes,
				     level->length_bytes);
		t.depth--;
	}
	free(t.stack);
	if (err) {
		free(t.out);
		return axp_fail(diag, err, "no memory");
	}
	*out = t.out;
	*out_len = t.used;
	return 0;
}
