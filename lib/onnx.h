/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ONNX: what the files of the reader and the writer share.
 */
#ifndef AXP_LIB_ONNX_H
#define AXP_LIB_ONNX_H

#include "graph.h"
#include "mapping.h"
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

/* raw_data of so many bytes is not unpacked but found in the file */
#define AXP_ONNX_BULK	4096u
/* data_location of a tensor that had a segment in the file */
#define AXP_ONNX_SEGMENTS	99

/**
 * axp_onnx_thin() - a model without the bulk of its tensors
 * @buf: the file, accepted by axp_onnx_scan()
 * @len: bytes
 * @max_depth: as in the scan
 * @out: what is left, owned by the caller: free()
 * @out_len: bytes
 * @diag: message
 *
 * A tensor whose raw_data is left out says in its segment where in @buf it is: from
 * begin to end.
 *
 * Return: 0; -ENOMEM.
 */
int axp_onnx_thin(const uint8_t *buf, size_t len, uint32_t max_depth, uint8_t **out,
		  size_t *out_len, struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * struct axp_onnx_file - what a thin model was made of
 * @buf: the file
 * @len: bytes
 * @map: holds @buf and may be held by tensors, NULL: they copy
 * @external: files beside it, NULL: its folder is not known
 */
struct axp_onnx_file {
	const uint8_t *buf;
	size_t len;
	struct axp_mapping *map;
	struct axp_onnx_external *external;
};

/* onnx_external.c: files beside @model, each of at most so many bytes. 0 or -ENOMEM */
int axp_onnx_external_open(struct axp_onnx_external **out, const char *model,
			   uint64_t max_bytes) AXP_MUST_CHECK;
void axp_onnx_external_close(struct axp_onnx_external *external);
/**
 * axp_onnx_external_find() - where a tensor's data is in another file
 * @external: NULL: none can be found
 * @p: the tensor, with external_data
 * @bytes: that its shape wants
 * @data: its first byte
 * @map: holds @data; borrowed from @external. NULL: @data must be copied, others read it
 * @diag: field and file
 *
 * Return: 0; -EINVAL; -EOPNOTSUPP; errors of open(2); -E2BIG; -ENOMEM.
 */
int axp_onnx_external_find(struct axp_onnx_external *external, const Onnx__TensorProto *p,
			   uint64_t bytes, const uint8_t **data, struct axp_mapping **map,
			   struct axp_diag *diag) AXP_MUST_CHECK;

/**
 * struct axp_onnx_nodes - nodes and initializers of a graph and of the branches in it
 * @node: borrowed, or of @made
 * @n_node: of @node
 * @initializer: borrowed
 * @n_initializer: of @initializer
 * @made: one for each If, reading the output of then_branch, that of else_branch and
 *	the condition
 * @n_made: of @made
 */
struct axp_onnx_nodes {
	Onnx__NodeProto **node, **made;
	Onnx__TensorProto **initializer;
	size_t n_node, n_made, n_initializer;
};

/* onnx_branch.c: fill @nodes, to be cleared even after a failure: -EINVAL, -EOPNOTSUPP,
 * -ENOMEM */
int axp_onnx_nodes(struct axp_onnx_nodes *nodes, const Onnx__GraphProto *graph,
		   struct axp_diag *diag) AXP_MUST_CHECK;
void axp_onnx_nodes_clear(struct axp_onnx_nodes *nodes);

/* onnx_tensor.c: a TensorProto's data as it is: it may hold NaNs and infinities; @file:
 * of a thin model, else NULL */
int axp_onnx_any_tensor(struct axp_tensor **out, const Onnx__TensorProto *proto,
			const struct axp_onnx_file *file, struct axp_diag *diag) AXP_MUST_CHECK;
/* finite data; messages name @what and the tensor */
int axp_onnx_tensor(struct axp_tensor **out, const Onnx__TensorProto *proto,
		    const struct axp_onnx_file *file, const char *what,
		    struct axp_diag *diag) AXP_MUST_CHECK;

/* onnx_assoc.c: names of what a compiled layer is stored in; free() */
char *axp_onnx_name(const char *layer, const char *suffix);
#define AXP_ONNX_CODEBOOK	".axp.codebook"
#define AXP_ONNX_INDEX		".axp.index"
#define AXP_ONNX_TABLE		".axp.table"
#define AXP_ONNX_KEY_FORMAT	"axp.format"
#define AXP_ONNX_KEY_LAYER	"axp.layer."
#define AXP_ONNX_KEY_PRUNE	"axp.prune"
#define AXP_ONNX_KEY_SEARCH	"axp.search"
#define AXP_ONNX_FORMAT		"1"

/* onnx_assoc.c: settings of a compiled layer as "key=value ..."; free() */
char *axp_assoc_text(const struct axp_assoc *assoc);
/**
 * axp_onnx_assoc() - rebuild tables from initializers and metadata
 * @graph: finished; its metadata is read
 * @proto: the model
 * @file: it was read from
 * @diag: layer and field
 */
int axp_onnx_assoc(struct axp_graph *graph, const Onnx__GraphProto *proto,
		   const struct axp_onnx_file *file, struct axp_diag *diag) AXP_MUST_CHECK;

/* onnx_making.c: values of AXP_ONNX_KEY_PRUNE and AXP_ONNX_KEY_SEARCH; free() */
char *axp_making_prune_text(const struct axp_making *making);
char *axp_making_search_text(const struct axp_making *making);
/* graph->making from the metadata of a graph that has its tables */
int axp_onnx_making(struct axp_graph *graph, struct axp_diag *diag) AXP_MUST_CHECK;

#endif /* AXP_LIB_ONNX_H */
