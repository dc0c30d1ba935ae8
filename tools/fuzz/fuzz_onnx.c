// SPDX-License-Identifier: BSD-2-Clause
/* ONNX models, compiled ones too; what is read can be written, run and read again. */
#include <axp/axp.h>

#include "fuzz.h"

#define MAX_IN	65536
#define MAX_MACS 1000000

/* one sample of zeros through the golden engine, if it is small */
static void run(const struct axp_graph *graph)
{
	struct axp_session_opts opts = {
		.size = sizeof(opts), .backend = AXP_BACKEND_SOFT, .max_batch = 1,
	};
	uint64_t dims[7], in = 1, out = axp_graph_output_elems(graph), macs = 0;
	uint32_t i, n = axp_graph_input_dims(graph, dims);
	struct axp_diag diag = { .text = "" };
	struct axp_session *session;
	struct axp_layer_info info;
	float *x, *y;
	int rc;

	for (i = 0; i < n; i++)
		if (__builtin_mul_overflow(in, dims[i], &in))
			return;
	for (i = 0; i < axp_graph_nr_layers(graph); i++) {
		MUST(!axp_graph_layer_info(graph, i, &info));
		MUST(info.name && info.op);
		if (__builtin_add_overflow(macs, info.macs, &macs))
			return;
	}
	if (!in || in > MAX_IN || !out || out > MAX_IN || macs > MAX_MACS)
		return;
	rc = axp_session_open(&session, graph, &opts, &diag);
	SAYS(rc, diag);
	if (rc)
		return;
	x = calloc(in, sizeof(*x));
	y = calloc(out, sizeof(*y));
	MUST(x && y);
	rc = axp_session_run(session, x, 1, y, &diag);
	SAYS(rc, diag);
	free(x);
	free(y);
	axp_session_close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct axp_onnx_opts opts = { .size = sizeof(opts), .max_nodes = 256 };
	struct axp_diag diag = { .text = "" };
	struct axp_graph *graph;
	int rc = axp_onnx_read_mem(&graph, data, size, "input", &opts, &diag);

	SAYS(rc, diag);
	MUST(!rc == !!graph);
	if (rc)
		return 0;
	run(graph);
	axp_graph_free(graph);
	return 0;
}
