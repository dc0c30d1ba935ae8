// SPDX-License-Identifier: BSD-2-Clause
/*
 * Network mode: a whole network at batch 1, the soft backend of libaxp against its
 * oneDNN backend, by turns in one process on one thread.
 *
 * The model is compiled here with the defaults, calibrated with random pictures:
 * what its answers are worth is not measured. Both sessions run everything
 * but the layers by the same code. The oneDNN backend brings tensors into
 * oneDNN's order and back at every layer, which counts; a second figure is of
 * the layers by themselves, with the bench's PRODUCT table, no zeros, K 16, in the
 * orders oneDNN likes best, reorders untimed.
 */
#include <axp/axp.h>
#include <stdio.h>

#include "bench.h"

#define SAMPLES		32
/* pictures of a round */
#define NET_REPEAT	10

static void no(const struct axp_diag *diag)
{
	fprintf(stderr, "bench: error: %s\n", diag->text);
	exit(1);
}

static struct axp_session *open_session(const struct axp_graph *graph, enum axp_backend backend)
{
	const struct axp_session_opts opts = {
		.size = sizeof(opts), .backend = backend, .threads = 1, .max_batch = 1,
	};
	struct axp_diag diag = { .text = "" };
	struct axp_session *session;

	if (axp_session_open(&session, graph, &opts, &diag))
		no(&diag);
	return session;
}

static void infer(struct axp_session *session, const float *x, float *y, u32 n)
{
	struct axp_diag diag = { .text = "" };

	while (n--)
		if (axp_session_run(session, x, 1, y, &diag))
			no(&diag);
}

/* near to normal, mean 0 and deviation 1, as pictures are after normalisation */
static float normal(void)
{
	double sum = -6;
	int i;

	for (i = 0; i < 12; i++)
		sum += uniform();
	return (float)sum;
}

/* every layer of the net once a pass, no reorders and nothing between them */
static void layers_alone(struct report *report, u32 rounds)
{
	struct series ratio = { .nr = 0 };
	struct bench_job jobs[NR_NET_LAYERS] = { { .next_tile = 0 } };
	struct onednn theirs[NR_NET_LAYERS];
	struct axp_counters c;
	u32 i, k, r;

	onednn_start(false);
	for (i = 0; i < NR_NET_LAYERS; i++) {
		const struct bench_case b = { .layer = NR_LAYERS + i, .k = 16, .rows = ROWS_EXACT };

		job_make(&jobs[i], &b);
		onednn_make(&theirs[i], &layers[b.layer].conv, &jobs[i].nest);
		job_run(&jobs[i], &c);
		job_check(&jobs[i], &c);
		onednn_run(&theirs[i]);
	}
	for (r = 0; r < rounds; r++) {
		double t0 = now_cpu(), t1, t2;

		for (k = 0; k < NET_REPEAT; k++)
			for (i = 0; i < NR_NET_LAYERS; i++)
				job_run(&jobs[i], &c);
		t1 = now_cpu();
		for (k = 0; k < NET_REPEAT; k++)
			for (i = 0; i < NR_NET_LAYERS; i++)
				onednn_run(&theirs[i]);
		onednn_wait();
		t2 = now_cpu();
		series_add(&ratio, (t2 - t1) / (t1 - t0));
	}
	report_set(report, "resnet8_layers_over_onednn", series_median(&ratio));
	printf("its layers alone: ratio %.2f (%.2f to %.2f)\n", series_median(&ratio),
	       series_min(&ratio), series_max(&ratio));
	for (i = 0; i < NR_NET_LAYERS; i++) {
		onednn_free(&theirs[i]);
		job_free(&jobs[i]);
	}
	onednn_stop();
}

void network_mode(struct report *report, u32 rounds, const char *model)
{
	struct series ours = { .nr = 0 }, theirs = { .nr = 0 }, ratio = { .nr = 0 };
	struct axp_compile_opts opts = { .size = sizeof(opts), .organisation = AXP_ORG_SHARED,
					 .threads = 1 };
	struct axp_session *soft, *fp32;
	struct axp_diag diag = { .text = "" };
	struct axp_graph *graph, *plain;
	struct axp_dataset *data;
	struct axp_stats stats;
	u64 dims[7], elems = 1, i;
	float *x, *y;
	u32 ndim, r;

	if (axp_onnx_read(&graph, model, NULL, &diag) || axp_onnx_read(&plain, model, NULL, &diag))
		no(&diag);
	ndim = axp_graph_input_dims(graph, dims);
	for (i = 0; i < ndim; i++)
		elems *= dims[i];
	seed(11);
	x = need(malloc(SAMPLES * elems * sizeof(*x)));
	for (i = 0; i < SAMPLES * elems; i++)
		x[i] = normal();
	y = need(malloc(axp_graph_output_elems(graph) * sizeof(*y)));
	if (axp_dataset_memory(&data, x, NULL, SAMPLES, dims, ndim, &diag) ||
	    axp_compile(graph, data, &opts, &diag))
		no(&diag);
	soft = open_session(graph, AXP_BACKEND_SOFT);
	fp32 = open_session(plain, AXP_BACKEND_FP32);
	infer(soft, x, y, 2);
	infer(fp32, x, y, 2);
	for (r = 0; r < rounds; r++) {
		double t0 = now_cpu(), t1, t2;

		infer(soft, x + r % SAMPLES * elems, y, NET_REPEAT);
		t1 = now_cpu();
		infer(fp32, x + r % SAMPLES * elems, y, NET_REPEAT);
		t2 = now_cpu();
		series_add(&ours, (t1 - t0) / NET_REPEAT);
		series_add(&theirs, (t2 - t1) / NET_REPEAT);
		series_add(&ratio, (t2 - t1) / (t1 - t0));
	}
	axp_session_stats(soft, &stats);
	report_set(report, "resnet8_over_onednn", series_median(&ratio));
	report_set(report, "resnet8_images_per_s", 1e9 / series_median(&ours));
	report_set(report, "resnet8_images_per_s_onednn", 1e9 / series_median(&theirs));
	report_set(report, "resnet8_over_onednn_min", series_min(&ratio));
	report_set(report, "resnet8_over_onednn_max", series_max(&ratio));
	report_set(report, "resnet8_hit_rate", (double)(stats.hits_exact + stats.hits_approx) /
					       (double)stats.macs);
	printf("%s, batch 1, engine %s: %.0f images/s, %s %.0f, ratio %.2f (%.2f to %.2f)\n",
	       model, axp_session_engine(soft), 1e9 / series_median(&ours),
	       axp_session_engine(fp32), 1e9 / series_median(&theirs), series_median(&ratio),
	       series_min(&ratio), series_max(&ratio));
	axp_session_close(soft);
	axp_session_close(fp32);
	axp_dataset_free(data);
	axp_graph_free(graph);
	axp_graph_free(plain);
	free(x);
	free(y);
	layers_alone(report, rounds);
}
