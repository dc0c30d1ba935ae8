// SPDX-License-Identifier: BSD-2-Clause
/*
 * No memory: every allocation of reading, opening, running and writing a model
 * fails in turn. Each time there is one error, nothing is left over, and the
 * objects that were there still work.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "tap.h"

#ifdef __SANITIZE_ADDRESS__
int main(void)
{
	skip_all("the address sanitizer brings its own allocator");
}
#else

#include "graph.h"
#include "layer.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *p);

/* AXP_API: visible, so that the C library and protobuf-c find these */
static unsigned int fail_in;	/* allocations until one fails, 0: never */
static bool failed;
static long live;		/* blocks that are allocated */

static bool fails(void)
{
	if (!fail_in || --fail_in)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

AXP_API void *malloc(size_t size)
{
	void *p = fails() ? NULL : __libc_malloc(size);

	live += p != NULL;
	return p;
}

AXP_API void *calloc(size_t n, size_t size)
{
	void *p = fails() ? NULL : __libc_calloc(n, size);

	live += p != NULL;
	return p;
}

AXP_API void *realloc(void *old, size_t size)
{
	void *p = fails() ? NULL : __libc_realloc(old, size);

	live += p && !old;
	return p;
}

AXP_API int posix_memalign(void **out, size_t align, size_t size)
{
	void *p = fails() ? NULL : __libc_memalign(align, size);

	if (!p)
		return ENOMEM;
	live++;
	*out = p;
	return 0;
}

AXP_API void *aligned_alloc(size_t align, size_t size)
{
	void *p = fails() ? NULL : __libc_memalign(align, size);

	live += p != NULL;
	return p;
}

AXP_API void free(void *p)
{
	live -= p != NULL;
	__libc_free(p);
}

static struct axp_diag why;
static uint8_t *file;
static size_t file_len;
static struct axp_graph *graph;
static const char *path = "/tmp/axp-test-nomem.onnx";
static const char *tensors_path = "/tmp/axp-test-nomem-tensors.onnx";

/* x[N, 1, 4, 4] -> Conv -> BatchNormalization -> Relu -> Flatten -> MatMul -> Add */
static void build(void)
{
	const int64_t dims[] = { 1, 4, 4 }, wdims[] = { 2, 1, 3, 3 }, fdims[] = { 8, 3 };
	const int64_t two[] = { 2 }, three[] = { 3 };
	static const float w[18] = { 1, -1, 0.5f, 2 }, f[24] = { [0] = 1, [9] = -1 };
	static const float ones[3] = { 1, 1, 1 };
	Onnx__ModelProto *m = model_new(13, 3, dims);

	model_node(m, "Conv", "conv", "x,w", "a");
	model_node(m, "BatchNormalization", "bn", "a,o,o,o,o", "b");
	model_node(m, "Relu", "relu", "b", "c");
	model_node(m, "Flatten", "flat", "c", "d");
	model_node(m, "MatMul", "fc", "d,f", "e");
	model_node(m, "Mul", "mul", "t,t", "s");
	model_node(m, "Add", "add", "e,s", "y");
	model_tensor(m, "w", AXP_F32, 4, wdims, w);
	model_tensor(m, "o", AXP_F32, 1, two, ones);
	model_tensor(m, "f", AXP_F32, 2, fdims, f);
	model_tensor(m, "t", AXP_F32, 1, three, ones);
	model_property(m, "key", "value");
	file = model_pack(m, &file_len);
	model_free(m);
}

/* a table for the first layer, so that its way through the file is walked too */
static void compile(void)
{
	struct axp_layer *l = axp_graph_layer(graph, 0);
	struct axp_assoc *a = axp_assoc_new(l->nr_weights, 1);
	uint64_t i;

	if (!a)
		bail_out("no memory");
	a->k = 1;
	a->codebook[0] = 0.5f;
	for (i = 0; i < l->nr_weights; i++)
		l->weights[i] = 0.5f;
	a->spec = (struct axp_table_spec){ .organisation = AXP_ORG_SHARED, .lanes = 1,
					   .word_bits = 32, .preset = AXP_PRESET_S28,
					   .cam_class = AXP_CAM_SILICON28 };
	a->rows[0] = (struct axp_row){ .act = 0x3f800000, .act_care = 0xff800000,
				       .wgt = 0x3f000000, .wgt_care = 0xffffffff,
				       .product = 0x3f000000 };
	l->assoc = a;
}

static int do_read(void)
{
	struct axp_graph *g = (struct axp_graph *)&why;
	int err = axp_onnx_read_mem(&g, file, file_len, "n.onnx", NULL, &why);

	if (err && g)
		return 1;
	axp_graph_free(g);
	return err;
}

static int do_open(void)
{
	AXP_OPTS(struct axp_session_opts, opts);
	struct axp_session *s = (struct axp_session *)&why;
	float x[16] = { 1 }, y[3];
	int err;

	opts.backend = AXP_BACKEND_SOFT;
	opts.max_batch = 1;	/* other batches are planned when they first run */
	err = axp_session_open(&s, graph, &opts, &why);
	if (err)
		return s ? 1 : err;
	/* whatever fails later, a run needs no memory */
	fail_in = fail_in ? 1 : 0;
	failed = false;
	if (axp_session_run(s, x, 1, y, &why) || failed)
		err = 1;
	fail_in = 0;
	axp_session_close(s);
	return err;
}

static int do_write(void)
{
	return axp_onnx_write(graph, path, &why);
}

/* x[N, 8, 6, 6] -> Conv, weights in bulk -> Split -> MaxPool with indices; two outputs */
static void build_tensors(void)
{
	const int64_t dims[] = { 8, 6, 6 }, wdims[] = { 16, 8, 3, 3 }, two[] = { 2 };
	static const float w[16 * 72] = { [0] = 1, [500] = -1 };
	Onnx__ModelProto *m = model_new(13, 3, dims);
	Onnx__NodeProto *n;
	uint8_t *bytes;
	size_t len;
	FILE *f;

	model_input(m, "s", 0, NULL)->type->tensor_type->elem_type = AXP_I64;
	model_node(m, "Conv", "conv", "x,w", "a");
	n = model_node(m, "Split", "split", "a,s", "b,c");
	node_int(n, "axis", 1);
	n = model_node(m, "MaxPool", "pool", "b", "d,i");
	node_ints(n, "kernel_shape", 2, (const int64_t[]){ 2, 2 });
	model_node(m, "Sum", "sum", "d,d", "y");
	model_output(m, "i");
	model_output(m, "k");
	model_node(m, "Shape", "shape", "c", "k");
	model_tensor(m, "w", AXP_F32, 4, wdims, w);
	model_tensor(m, "unused", AXP_I64, 1, two, (const int64_t[]){ 4, 12 });
	bytes = model_pack(m, &len);
	model_free(m);
	f = fopen(tensors_path, "wb");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f))
		bail_out("%s cannot be written", tensors_path);
	free(bytes);
}

static int do_tensors(void)
{
	const uint64_t dims[] = { 2, 8, 6, 6 }, two[] = { 2 };
	const int64_t parts[] = { 4, 12 };
	AXP_OPTS(struct axp_session_opts, sopts);
	AXP_OPTS(struct axp_onnx_opts, opts);
	struct axp_tensor *x = NULL, *s = NULL, *out[3] = { NULL };
	struct axp_named_tensor in[2];
	struct axp_session *session = NULL;
	struct axp_graph *g = NULL;
	int err, i;

	sopts.backend = AXP_BACKEND_SOFT;
	err = axp_tensor_create(&x, AXP_F32, 4, dims, NULL, &why);
	if (!err)
		err = axp_tensor_create(&s, AXP_I64, 1, two, parts, &why);
	in[0] = (struct axp_named_tensor){ "x", x };
	in[1] = (struct axp_named_tensor){ "s", s };
	opts.inputs = in;
	opts.nr_inputs = 2;
	if (!err)
		err = axp_onnx_read(&g, tensors_path, &opts, &why);
	if (!err)
		err = axp_session_open(&session, g, &sopts, &why);
	if (!err)
		err = axp_session_run_tensors(session, in, 2, out, &why);
	for (i = 0; i < 3; i++)
		axp_tensor_free(out[i]);
	axp_session_close(session);
	axp_graph_free(g);
	axp_tensor_free(x);
	axp_tensor_free(s);
	return err;
}

static int do_metadata(void)
{
	return axp_graph_set_metadata(graph, "key", "another");
}

static void sweep(int (*call)(void), const char *what)
{
	unsigned int at, wrong = 0, silent = 0, leaks = 0;
	long before;
	int err;

	call();		/* what is kept for good is allocated now */
	for (at = 1; at < 100000; at++) {
		before = live;
		why.text[0] = '\0';
		failed = false;
		fail_in = at;
		err = call();
		fail_in = 0;
		leaks += live != before;
		if (!failed)
			break;
		wrong += err != -ENOMEM;
		silent += call != do_metadata && !why.text[0];
	}
	ok(!err && at > 1 && !wrong, "%s: %u allocations, -ENOMEM whichever fails", what, at - 1);
	ok(!silent, "%s: with a message", what);
	ok(!leaks, "%s: and nothing left over", what);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 4096);
	build();
	if (axp_onnx_read_mem(&graph, file, file_len, "n.onnx", NULL, &why))
		bail_out("%s", why.text);
	sweep(do_read, "reading");
	compile();
	sweep(do_metadata, "metadata");
	sweep(do_write, "writing");
	free(file);
	model_free(model_written(graph, &file, &file_len));
	sweep(do_read, "reading a compiled net");
	sweep(do_open, "opening a session, and running");
	free(file);
	axp_graph_free(graph);
	unlink(path);
	build_tensors();
	sweep(do_tensors, "a graph on tensors");
	unlink(tensors_path);
	return done_testing();
}
#endif
