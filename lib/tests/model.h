/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Model: small ONNX files built in memory, right or wrong as a test wants them.
 */
#ifndef AXP_TESTS_MODEL_H
#define AXP_TESTS_MODEL_H

#include <axp/axp.h>
#include "onnx.pb-c.h"

/* a model with an input "x" of [N, dims...] (N is free) and an output "y" */
Onnx__ModelProto *model_new(uint32_t opset, uint32_t ndim, const int64_t *dims);
void model_free(Onnx__ModelProto *m);
/* change the input's dimension @i to a fixed value */
void model_fix_dim(Onnx__ModelProto *m, uint32_t i, int64_t value);

/* one more input of [N, dims...], one more output */
Onnx__ValueInfoProto *model_input(Onnx__ModelProto *m, const char *name, uint32_t ndim,
				  const int64_t *dims);
void model_output(Onnx__ModelProto *m, const char *name);

/* names are lists with commas; "" leaves one out */
Onnx__NodeProto *model_node(Onnx__ModelProto *m, const char *op, const char *name,
			    const char *in, const char *out);
void node_int(Onnx__NodeProto *n, const char *name, int64_t v);
void node_float(Onnx__NodeProto *n, const char *name, float v);
void node_string(Onnx__NodeProto *n, const char *name, const char *v);
void node_ints(Onnx__NodeProto *n, const char *name, uint32_t nr, const int64_t *v);
Onnx__TensorProto *node_tensor(Onnx__NodeProto *n, const char *name);

/* initializers; dimensions of @ndim; data is copied as raw bytes */
Onnx__TensorProto *model_tensor(Onnx__ModelProto *m, const char *name, int dtype, uint32_t ndim,
				const int64_t *dims, const void *data);
/* only the shape and the type are filled */
void tensor_set(Onnx__TensorProto *t, const char *name, int dtype, uint32_t ndim,
		const int64_t *dims, const void *data);
/* its data, which goes, is in another file: one more key of where */
void tensor_external(Onnx__TensorProto *t, const char *key, const char *value);
Onnx__TensorProto *model_find(Onnx__ModelProto *m, const char *name);
Onnx__NodeProto *model_find_node(Onnx__ModelProto *m, const char *name);
void model_property(Onnx__ModelProto *m, const char *key, const char *value);
/* NULL when there is none */
char **model_property_value(Onnx__ModelProto *m, const char *key);

/* free() */
uint8_t *model_pack(const Onnx__ModelProto *m, size_t *len);
/* packs and reads; @m stays the caller's */
int model_read(struct axp_graph **g, const Onnx__ModelProto *m, struct axp_diag *diag);
/* a graph's file, unpacked; ends the program when it cannot be written */
Onnx__ModelProto *model_written(const struct axp_graph *g, uint8_t **bytes, size_t *len);

#endif /* AXP_TESTS_MODEL_H */
