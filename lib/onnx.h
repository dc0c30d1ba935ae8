/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ONNX: what the files of the reader and the writer share.
 */
#ifndef AXP_LIB_ONNX_H
#define AXP_LIB_ONNX_H

#include "graph.h"
#include "onnx.pb-c.h"

#define AXP_ONNX_MAX_BYTES	(UINT64_C(2) << 30)
#define AXP_ONNX_MAX_NODES	65536u
#define AXP_ONNX_MAX_DEPTH	64u
/* fields of a file (packed arrays are one): each costs memory of its own */
#define AXP_ONNX_MAX_FIELDS	(4u << 20)

/**
 * axp_onnx_scan() - check that a file can be unpacked
 * @buf: the file
 * @len: bytes
 * @opts: limits, none of them 0
 * @diag: what is damaged or over a limit, and where
 *
 * protobuf-c unpacks nested messages by recursion and allocates as it goes.
 * This walks the same fields without either, so that depth, lengths and counts are
 * known to be within their limits before it runs.
 *
 * Return: 0; -EINVAL malformed; -E2BIG over a limit.
 */
int axp_onnx_scan(const uint8_t *buf, size_t len, const struct axp_onnx_opts *opts,
		  struct axp_diag *diag) AXP_MUST_CHECK;

/* the same of any message that ONNX files hold */
int axp_onnx_scan_as(const ProtobufCMessageDescriptor *what, const uint8_t *buf, size_t len,
		     const struct axp_onnx_opts *opts, struct axp_diag *diag) AXP_MUST_CHECK;

/* a TensorProto's data as it is: it may hold NaNs and infinities */
int axp_onnx_any_tensor(struct axp_tensor **out, const Onnx__TensorProto *proto,
			struct axp_diag *diag) AXP_MUST_CHECK;
/* onnx_tensor.c: a TensorProto's data; messages name @what and the tensor */
int axp_onnx_tensor(struct axp_tensor **out, const Onnx__TensorProto *proto, const char *what,
		    struct axp_diag *diag) AXP_MUST_CHECK;

/* onnx_assoc.c: names of what a compiled layer is stored in; free() */
char *axp_onnx_name(const char *layer, const char *suffix);
#define AXP_ONNX_CODEBOOK	".axp.codebook"
#define AXP_ONNX_INDEX		".axp.index"
#define AXP_ONNX_TABLE		".axp.table"
#define AXP_ONNX_KEY_FORMAT	"axp.format"
#define AXP_ONNX_KEY_LAYER	"axp.layer."
#define AXP_ONNX_FORMAT		"1"

/* onnx_assoc.c: settings of a compiled layer as "key=value ..."; free() */
char *axp_assoc_text(const struct axp_assoc *assoc);
/**
 * axp_onnx_assoc() - rebuild tables from initializers and metadata
 * @graph: finished; its metadata is read
 * @proto: the model
 * @diag: layer and field
 */
int axp_onnx_assoc(struct axp_graph *graph, const Onnx__GraphProto *proto,
		   struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_ONNX_H */
