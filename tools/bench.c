// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bench: the engine in this process against oneDNN FP32, layer by layer.
 *
 * Each round runs both, one after the other, on one thread; a ratio is oneDNN's
 * time over the engine's, its median over the rounds. ratio_best is that of the
 * best times, which on a machine that does other work too is the steadier one. oneDNN has its own
 * formats, reorders are not timed; the engine's time includes classification
 * and counters. Results are checked against the scalar engine first.
 */
#include <dnnl.h>
#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engines.h"
#include "plan_internal.h"

#define MAX_ROUNDS	101
#define MAX_CASES	256
#define MAX_ROWS	65536
#define ROUND_NS	600000.0

/* how table rows are made */
enum row_mode {
	ROWS_EXACT,	/* PRODUCT, 64 classes, words of at most 24 bits before rounding */
	ROWS_ROUNDED,	/* PRODUCT, 64 classes, rounded words */
	ROWS_SIG2,	/* SIGNIFICAND, 2 bits */
	ROWS_SIG3,
	ROWS_FIXED16,	/* FIXED, 64 classes, 16 bit words */
	ROWS_FIXED32,	/* FIXED, 64 classes, 32 bit words as wide as the sum allows */
	ROWS_PARTIAL,	/* PRODUCT, 64 classes, one of five misses half of the centroids */
	ROWS_TERNARY,	/* PRODUCT, 64 patterns, each compares one of the low bits too */
};

static const char *const row_names[] = {
	"product", "product-rounded", "significand-2", "significand-3", "fixed16",
	"fixed32", "partial-20", "ternary",
};

/**
 * struct bench_layer - one layer
 * @name: for people
 * @conv: shape; a 1x1 layer of one pixel is fully connected
 * @dense: a dense layer of at least 16 channels
 */
struct bench_layer {
	const char *name;
	struct axp_conv2d conv;
	bool dense;
};

#define CONV(in, out, height, width, kernel, stride, pad, group)			\
	{ .n = 1, .c = in, .h = height, .w = width, .oc = out, .kh = kernel,		\
	  .kw = kernel, .groups = group, .stride_h = stride, .stride_w = stride,	\
	  .dil_h = 1, .dil_w = 1, .pad_top = pad, .pad_left = pad,			\
	  .pad_bottom = pad, .pad_right = pad }
#define FC(batch, in, out)								\
	{ .n = batch, .c = in, .h = 1, .w = 1, .oc = out, .kh = 1, .kw = 1,		\
	  .groups = 1, .stride_h = 1, .stride_w = 1, .dil_h = 1, .dil_w = 1 }

static const struct bench_layer layers[] = {
	{ "3x3 64-64 32x32", CONV(64, 64, 32, 32, 3, 1, 1, 1), true },
	{ "3x3 16-16 32x32", CONV(16, 16, 32, 32, 3, 1, 1, 1), true },
	{ "3x3 32-64 s2 32x32", CONV(32, 64, 32, 32, 3, 2, 1, 1), true },
	{ "1x1 64-64 25x5", CONV(64, 64, 25, 5, 1, 1, 0, 1), true },
	{ "dw 3x3 64 25x5", CONV(64, 64, 25, 5, 3, 1, 1, 64), false },
	{ "dw 3x3 64 112x112", CONV(64, 64, 112, 112, 3, 1, 1, 64), false },
	{ "5x5 6-16 14x14", CONV(6, 16, 14, 14, 5, 1, 0, 1), false },
	{ "7x7 3-64 s2 224x224", CONV(3, 64, 224, 224, 7, 2, 3, 1), false },
	{ "fc 1024-256 b1", FC(1, 1024, 256), false },
	{ "fc 1024-256 b16", FC(16, 1024, 256), true },
	{ "3x3 256-256 56x56", CONV(256, 256, 56, 56, 3, 1, 1, 1), true },
};

#define LAYER_DW0	4
#define LAYER_DW1	5
#define LAYER_FC1	8

/**
 * struct bench_case - one measurement
 * @layer: number
 * @k: centroids
 * @rows: enum row_mode
 * @misses: wanted share of activations that miss
 * @zeros: wanted share of zero activations
 * @engine: name; NULL: the best
 * @threads: of the engine; oneDNN has one
 */
struct bench_case {
	u32 layer;
	u32 k;
	u32 rows;
	double misses;
	double zeros;
	const char *engine;
	u32 threads;
};

/**
 * struct bench_result - what came of it
 * @hit_rate: MACs
 * @zero_rate: MACs
 * @gmacs: the engine, median
 * @gmacs_onednn: oneDNN, median
 * @ratio: median
 * @ratio_min: least
 * @ratio_max: greatest
 * @ratio_best: of the best times
 * @fast: the vector engines had a plan of their own
 */
struct bench_result {
	double hit_rate, zero_rate;
	double gmacs, gmacs_onednn;
	double ratio, ratio_min, ratio_max, ratio_best;
	bool fast;
};

/**
 * struct bench_job - one layer ready to run
 */
struct bench_job {
	struct axp_nest nest;
	struct axp_image *image;
	struct axp_weights *weights;
	struct axp_plan *plan;
	u32 *act;
	u32 *out;
	u32 next_tile;
	const struct axp_engine *engine;
};

static dnnl_engine_t cpu;
static dnnl_stream_t stream;
static u64 state = 1;

__attribute__((noreturn)) static void fail(const char *what, long value)
{
	fprintf(stderr, "bench: error: %s: %ld\n", what, value);
	exit(1);
}

static void *need(void *p)
{
	if (!p)
		fail("no memory", 0);
	return p;
}

static void dnnl(dnnl_status_t status)
{
	if (status != dnnl_success)
		fail("oneDNN status", status);
}

static u32 below(u32 n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (u32)((state >> 33) * (u64)n >> 31);
}

static double uniform(void)
{
	return below(1 << 24) / (double)(1 << 24);
}

static u32 to_bits(float value)
{
	union { float value; u32 bits; } u = { .value = value };

	return u.bits;
}

/* of this thread, which a busy machine cannot take away; of the machine for several */
static double now(u32 threads)
{
	struct timespec t;

	clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* --- the engine ------------------------------------------------------------- */

static struct axp_image *make_image(const struct bench_case *b, const u32 *codebook, u64 taps)
{
	struct axp_table_spec spec = {
		.organisation = AXP_ORG_BANKED, .lanes = 1, .word_bits = 32,
		.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	struct axp_limits limits = { 256, MAX_ROWS, 64, MAX_ROWS };
	bool power = b->rows == ROWS_SIG2 || b->rows == ROWS_SIG3;
	u32 bits = b->rows == ROWS_SIG2 ? 2 : 3;
	struct axp_row *rows = need(calloc(MAX_ROWS, sizeof(*rows)));
	struct axp_image *image;
	struct axp_why why;
	u32 nr = 0, nr_classes = 0, e, s, j;

	if (b->rows == ROWS_FIXED16) {
		spec.accumulator = AXP_ACC_FIXED;
		spec.word_bits = 16;
		spec.scale = 12;
		spec.max_term = 32767;
	}
	if (b->rows == ROWS_FIXED32) {
		/* products are below 1/2 */
		spec.accumulator = AXP_ACC_FIXED;
		while (taps << spec.scale < 1u << 31)
			spec.scale++;
		spec.max_term = 1u << (spec.scale - 1);
	}
	/* 64 classes: 8 powers of two of 8 each, up to 2; and zero */
	for (e = power ? 127 : 120; e < 128; e++)
		for (s = 0; s < 1u << bits; s++) {
			u32 act = e << 23 | s << (23 - bits);
			u32 rep = act | 1u << (22 - bits);
			u32 more = b->rows == ROWS_TERNARY ? 1u << nr_classes % 8 : 0;

			nr_classes++;
			if (b->rows == ROWS_ROUNDED)
				rep += 1 + below(1000) * 2;
			for (j = 0; j < b->k; j++) {
				u32 product = axp_f32_mul(codebook[j], rep);
				bool clamped = false;

				if (b->rows == ROWS_PARTIAL && !(nr_classes % 5) && j & 1)
					continue;
				if (spec.accumulator == AXP_ACC_FIXED)
					product = (u32)axp_f32_to_fixed(product, spec.scale,
									spec.max_term, &clamped);
				rows[nr++] = (struct axp_row) {
					.act = power ? act & 0x7fffff : act,
					.act_care = ((power ? 0x7fffff : ~0u) & ~0u << (23 - bits)) |
						    more,
					.wgt = codebook[j], .wgt_care = ~0u, .product = product,
					.flags = power ? AXP_ROW_SIGNIFICAND : 0,
				};
			}
		}
	/* a row for 0 alone, which compares all bits, would make a SIGNIFICAND table ternary */
	for (j = 0; j < b->k && !power; j++)
		rows[nr++] = (struct axp_row) {
			.act_care = ~0u, .wgt = codebook[j], .wgt_care = ~0u,
			.product = spec.accumulator == AXP_ACC_FIXED ? 0 :
				   axp_f32_mul(codebook[j], 0),
		};
	if (axp_image_create(&image, &spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
			     AXP_CAM_SILICON28, &limits, &why))
		fail("table refused, reason", why.reason);
	free(rows);
	return image;
}

static void make_job(struct bench_job *job, const struct bench_case *b)
{
	const struct axp_conv2d *c = &layers[b->layer].conv;
	struct axp_job desc = { .op = AXP_OP_CONV2D, .conv2d = *c };
	u32 codebook[AXP_MAX_CENTROIDS];
	struct axp_why why;
	u8 *index;
	u64 i;

	state = 7;
	if (c->h == 1) {
		memset(&desc, 0, sizeof(desc));
		desc.op = AXP_OP_GEMM;
		desc.gemm = (struct axp_gemm) { .m = c->n, .n = c->oc, .k = c->c,
			.flags = AXP_GEMM_T_WGT, .ld_act = c->c, .ld_wgt = c->c,
			.ld_out = c->oc };
	}
	if (axp_nest_from_job(&job->nest, &desc, 1ull << 40, &why))
		fail("layer refused, reason", why.reason);
	for (i = 0; i < b->k; i++) {
		codebook[i] = to_bits((float)(((double)i - b->k / 2 + 0.5) / b->k * 0.4 +
					      uniform() * 0.001));
		if (b->rows != ROWS_ROUNDED)
			codebook[i] &= 0xfffff000;
	}
	index = need(malloc(job->nest.wgt_elems));
	for (i = 0; i < job->nest.wgt_elems; i++)
		index[i] = (u8)below(b->k);
	if (axp_weights_create(&job->weights, AXP_WGT_U8, codebook, b->k, index,
			       job->nest.wgt_elems, NULL, 0, &why))
		fail("weights refused, reason", why.reason);
	free(index);
	job->image = make_image(b, codebook, axp_nest_length(&job->nest));
	if (axp_plan_create(&job->plan, job->image, job->weights, &job->nest, 0, &why))
		fail("plan refused, reason", why.reason);
	job->act = need(malloc(job->nest.act_elems * sizeof(u32)));
	job->out = need(malloc(job->nest.out_elems * sizeof(u32)));
	for (i = 0; i < job->nest.act_elems; i++) {
		/* negative numbers and denormals are in no class of either kind */
		job->act[i] = to_bits((float)(0.01 + uniform() * 1.98));
		if (uniform() < b->zeros)
			job->act[i] = 0;
		else if (b->rows == ROWS_TERNARY)
			job->act[i] &= ~0xffu;
		else if (uniform() < b->misses / (1 - b->zeros))
			job->act[i] = b->rows == ROWS_SIG2 || b->rows == ROWS_SIG3 ?
				      1 + below(1000) : job->act[i] | AXP_F32_SIGN;
	}
	job->engine = axp_engine_select(b->engine);
	if (!job->engine)
		fail("no such engine on this machine", 0);
}

static void free_job(struct bench_job *job)
{
	free(job->out);
	free(job->act);
	axp_plan_free(job->plan);
	axp_image_free(job->image);
	axp_weights_free(job->weights);
}

static void *new_scratch(const struct axp_plan *plan)
{
	return need(aligned_alloc(64, (axp_plan_scratch_bytes(plan) + 63) & ~(size_t)63));
}

static void run_tiles(struct bench_job *job, void *scratch, u32 *out, struct axp_counters *c)
{
	const struct axp_io io = { .act = job->act, .out = out };
	u32 nr = axp_plan_nr_tiles(job->plan);
	u32 tile;

	memset(c, 0, sizeof(*c));
	while ((tile = __atomic_fetch_add(&job->next_tile, 1, __ATOMIC_RELAXED)) < nr) {
		struct axp_cursor cursor = { .tile = tile };

		while (!job->engine->step(job->plan, &io, &cursor, scratch, c))
			;
	}
}

/* the second thread: runs a job each time it is asked to */
static struct {
	pthread_barrier_t start, end;
	struct bench_job *job;
	void *scratch;
	struct axp_counters c;
	bool stop;
} second;

static void *second_thread(void *unused)
{
	(void)unused;
	for (;;) {
		pthread_barrier_wait(&second.start);
		if (second.stop)
			return NULL;
		run_tiles(second.job, second.scratch, second.job->out, &second.c);
		pthread_barrier_wait(&second.end);
	}
}

static void run_engine(struct bench_job *job, void *scratch, u32 threads, struct axp_counters *c)
{
	job->next_tile = 0;
	if (threads == 2)
		pthread_barrier_wait(&second.start);
	run_tiles(job, scratch, job->out, c);
	if (threads == 2) {
		pthread_barrier_wait(&second.end);
		axp_counters_add(c, &second.c);
	}
}

/* the engine's results and counters are those of the scalar one */
static void check(struct bench_job *job, void *scratch, const struct axp_counters *c)
{
	const struct axp_engine *engine = job->engine;
	u32 *want = need(malloc(job->nest.out_elems * sizeof(u32)));
	struct axp_counters e;

	job->engine = &axp_engine_float;
	job->next_tile = 0;
	run_tiles(job, scratch, want, &e);
	job->engine = engine;
	if (memcmp(want, job->out, job->nest.out_elems * sizeof(u32)) ||
	    memcmp(c, &e, sizeof(e)))
		fail("results differ from the scalar engine's", 0);
	free(want);
}

/* --- oneDNN ----------------------------------------------------------------- */

struct onednn {
	dnnl_primitive_t primitive;
	dnnl_exec_arg_t args[3];
};

static dnnl_memory_t new_memory(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(pd, what, 0);
	dnnl_memory_t m;
	float *p;
	size_t i;

	dnnl(dnnl_memory_create(&m, md, cpu, DNNL_MEMORY_ALLOCATE));
	dnnl(dnnl_memory_get_data_handle(m, (void **)&p));
	for (i = 0; i < dnnl_memory_desc_get_size(md) / sizeof(float); i++)
		p[i] = (float)uniform();
	return m;
}

static void any_format(dnnl_memory_desc_t *md, int dims, const dnnl_dims_t d)
{
	dnnl(dnnl_memory_desc_init_by_tag(md, dims, d, dnnl_f32, dnnl_format_tag_any));
}

static void make_onednn(struct onednn *d, const struct axp_conv2d *c, const struct axp_nest *n)
{
	dnnl_memory_desc_t src, wgt, dst;
	dnnl_primitive_desc_t pd;

	if (c->h == 1) {
		dnnl_inner_product_desc_t desc;

		any_format(&src, 2, (dnnl_dims_t){ c->n, c->c });
		any_format(&wgt, 2, (dnnl_dims_t){ c->oc, c->c });
		any_format(&dst, 2, (dnnl_dims_t){ c->n, c->oc });
		dnnl(dnnl_inner_product_forward_desc_init(&desc, dnnl_forward_inference, &src,
							  &wgt, NULL, &dst));
		dnnl(dnnl_primitive_desc_create(&pd, &desc, NULL, cpu, NULL));
	} else {
		dnnl_convolution_desc_t desc;

		any_format(&src, 4, (dnnl_dims_t){ c->n, c->c, c->h, c->w });
		any_format(&dst, 4, (dnnl_dims_t){ c->n, c->oc, n->oh, n->ow });
		if (c->groups > 1)
			any_format(&wgt, 5, (dnnl_dims_t){ c->groups, c->oc / c->groups,
							   c->c / c->groups, c->kh, c->kw });
		else
			any_format(&wgt, 4, (dnnl_dims_t){ c->oc, c->c, c->kh, c->kw });
		dnnl(dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference,
			dnnl_convolution_auto, &src, &wgt, NULL, &dst,
			(dnnl_dims_t){ c->stride_h, c->stride_w },
			(dnnl_dims_t){ c->pad_top, c->pad_left },
			(dnnl_dims_t){ c->pad_bottom, c->pad_right }));
		dnnl(dnnl_primitive_desc_create(&pd, &desc, NULL, cpu, NULL));
	}
	dnnl(dnnl_primitive_create(&d->primitive, pd));
	d->args[0] = (dnnl_exec_arg_t){ DNNL_ARG_SRC, new_memory(pd, dnnl_query_src_md) };
	d->args[1] = (dnnl_exec_arg_t){ DNNL_ARG_WEIGHTS, new_memory(pd, dnnl_query_weights_md) };
	d->args[2] = (dnnl_exec_arg_t){ DNNL_ARG_DST, new_memory(pd, dnnl_query_dst_md) };
	dnnl(dnnl_primitive_desc_destroy(pd));
}

static void free_onednn(struct onednn *d)
{
	int i;

	for (i = 0; i < 3; i++)
		dnnl(dnnl_memory_destroy(d->args[i].memory));
	dnnl(dnnl_primitive_destroy(d->primitive));
}

/* --- measuring -------------------------------------------------------------- */

static void measure(const struct bench_case *b, u32 rounds, struct bench_result *r)
{
	double ours[MAX_ROUNDS], theirs[MAX_ROUNDS], ratio[MAX_ROUNDS];
	struct bench_job job = { 0 };
	struct axp_counters c;
	struct onednn d;
	pthread_t thread;
	void *scratch;
	u32 i, k, repeat;

	make_job(&job, b);
	make_onednn(&d, &layers[b->layer].conv, &job.nest);
	scratch = new_scratch(job.plan);
	if (b->threads == 2) {
		second.job = &job;
		second.scratch = new_scratch(job.plan);
		second.stop = false;
		pthread_barrier_init(&second.start, NULL, 2);
		pthread_barrier_init(&second.end, NULL, 2);
		if (pthread_create(&thread, NULL, second_thread, NULL))
			fail("no thread", 0);
	}
	run_engine(&job, scratch, b->threads, &c);
	check(&job, scratch, &c);
	/* about 50 GMAC/s */
	repeat = (u32)max(1.0, ROUND_NS * 50 / (double)job.nest.macs);
	if (job.nest.macs > 1000000000)
		rounds = min(rounds, 7u);
	for (i = 0; i < rounds; i++) {
		double t0 = now(b->threads), t1, t2;

		for (k = 0; k < repeat; k++)
			run_engine(&job, scratch, b->threads, &c);
		t1 = now(b->threads);
		for (k = 0; k < repeat; k++)
			dnnl(dnnl_primitive_execute(d.primitive, stream, 3, d.args));
		dnnl(dnnl_stream_wait(stream));
		t2 = now(b->threads);
		ours[i] = (t1 - t0) / repeat;
		theirs[i] = (t2 - t1) / repeat;
		ratio[i] = theirs[i] / ours[i];
	}
	if (b->threads == 2) {
		second.stop = true;
		pthread_barrier_wait(&second.start);
		pthread_join(thread, NULL);
		free(second.scratch);
	}
	qsort(ours, rounds, sizeof(double), by_size);
	qsort(theirs, rounds, sizeof(double), by_size);
	qsort(ratio, rounds, sizeof(double), by_size);
	r->gmacs = (double)job.nest.macs / ours[rounds / 2];
	r->gmacs_onednn = (double)job.nest.macs / theirs[rounds / 2];
	r->ratio = ratio[rounds / 2];
	r->ratio_min = ratio[0];
	r->ratio_max = ratio[rounds - 1];
	r->ratio_best = theirs[0] / ours[0];
	r->hit_rate = (double)(c.hits_exact + c.hits_approx) / (double)c.macs;
	r->zero_rate = (double)c.zero_act / (double)c.macs;
	r->fast = job.plan->fast != NULL;
	free(scratch);
	free_onednn(&d);
	free_job(&job);
}

/* GMAC/s of the literal definition: a scan of the table for each MAC */
static double naive(void)
{
	const struct bench_case b = { .layer = 0, .k = 16, .threads = 1 };
	struct bench_job job = { 0 };
	u32 acc = 0, i, nr = 20000;
	double t;

	make_job(&job, &b);
	t = now(1);
	for (i = 0; i < nr; i++) {
		u32 w = job.weights->codebook[job.weights->index[i]];
		u32 a = job.act[i];
		s32 row = axp_image_match(job.image, w, a);

		acc = axp_f32_add(acc, row < 0 ? axp_f32_mul(w, a) :
				  job.image->rows[row].product);
	}
	t = now(1) - t;
	/* the sum is used, so that it is made */
	if (acc == AXP_F32_NAN)
		fail("a sum is no number", acc);
	free_job(&job);
	return nr / t;
}

static void start_onednn(bool avx2)
{
	if (avx2)
		dnnl(dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2));
	dnnl(dnnl_engine_create(&cpu, dnnl_cpu, 0));
	dnnl(dnnl_stream_create(&stream, cpu, dnnl_stream_default_flags));
}

/* oneDNN's instruction set is chosen once in a process: other sets have their own */
static void measure_apart(const struct bench_case *cases, u32 nr, u32 rounds,
			  struct bench_result *results)
{
	int fd[2], status;
	pid_t child;
	u32 i;

	if (pipe(fd))
		fail("no pipe", 0);
	child = fork();
	if (child < 0)
		fail("no process", 0);
	if (!child) {
		start_onednn(true);
		for (i = 0; i < nr; i++) {
			measure(&cases[i], rounds, &results[i]);
			if (write(fd[1], &results[i], sizeof(*results)) != sizeof(*results))
				_exit(1);
		}
		_exit(0);
	}
	close(fd[1]);
	for (i = 0; i < nr; i++)
		if (read(fd[0], &results[i], sizeof(*results)) != sizeof(*results))
			fail("the process of other instructions ended early", i);
	close(fd[0]);
	if (waitpid(child, &status, 0) != child || status)
		fail("the process of other instructions failed", status);
}

/* --- what comes out --------------------------------------------------------- */

static struct bench_case cases[MAX_CASES];
static struct bench_result results[MAX_CASES];
static u32 nr_cases;

static void add(u32 layer, u32 k, u32 rows, double misses, double zeros, const char *engine,
		u32 threads)
{
	if (nr_cases == MAX_CASES)
		fail("too many cases", MAX_CASES);
	cases[nr_cases++] = (struct bench_case){ layer, k, rows, misses, zeros, engine, threads };
}

static void print_case(const struct bench_case *b, const struct bench_result *r)
{
	printf("%-20s k %-2u %-15s hits %5.1f%% zeros %4.1f%% %-7s %u  %6.1f GMAC/s  oneDNN %6.1f  ratio %.2f (%.2f to %.2f) best %.2f%s\n",
	       layers[b->layer].name, b->k, row_names[b->rows], 100 * r->hit_rate,
	       100 * r->zero_rate, b->engine ? b->engine : axp_engine_select(NULL)->name,
	       b->threads, r->gmacs, r->gmacs_onednn, r->ratio, r->ratio_min, r->ratio_max,
	       r->ratio_best, r->fast ? "" : "  scalar plan");
	fflush(stdout);
}

/* geometric mean of the ratios of like cases, on @layer or all; null: none */
static json_t *mean(u32 k, u32 rows, double zeros, const char *engine, s32 layer)
{
	double sum = 0;
	u32 i, nr = 0;

	for (i = 0; i < nr_cases; i++) {
		const struct bench_case *b = &cases[i];

		if (b->k != k || b->rows != rows || b->zeros != zeros || b->misses != 0 ||
		    b->threads != 1 || (layer >= 0 && b->layer != (u32)layer) ||
		    strcmp(b->engine ? b->engine : "", engine ? engine : ""))
			continue;
		sum += log(results[i].ratio);
		nr++;
	}
	return nr ? json_real(exp(sum / nr)) : json_null();
}

static json_t *two_threads(void)
{
	double sum = 0;
	u32 i, j, nr = 0;

	for (i = 0; i < nr_cases; i++)
		for (j = 0; j < nr_cases; j++)
			if (cases[i].threads == 2 && cases[j].threads == 1 &&
			    cases[i].layer == cases[j].layer && cases[i].k == cases[j].k &&
			    cases[i].rows == cases[j].rows && cases[i].zeros == cases[j].zeros &&
			    cases[i].misses == cases[j].misses && !cases[j].engine) {
				sum += log(results[i].gmacs / results[j].gmacs);
				nr++;
			}
	return nr ? json_real(exp(sum / nr)) : json_null();
}

static void write_json(const char *path, double naive_gmacs)
{
	json_t *list = json_array(), *summary, *root;
	json_t *dw0 = mean(16, ROWS_EXACT, 0, NULL, LAYER_DW0);
	json_t *dw1 = mean(16, ROWS_EXACT, 0, NULL, LAYER_DW1);
	u32 i;

	for (i = 0; i < nr_cases; i++) {
		const struct bench_case *b = &cases[i];
		const struct bench_result *r = &results[i];

		json_array_append_new(list, json_pack(
			"{s:s, s:i, s:s, s:f, s:f, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:b}",
			"name", layers[b->layer].name, "k", (int)b->k, "row_mode",
			row_names[b->rows], "hit_rate", r->hit_rate, "zero_rate", r->zero_rate,
			"engine", b->engine ? b->engine : axp_engine_select(NULL)->name,
			"where", "library", "threads", (int)b->threads, "gmacs", r->gmacs,
			"gmacs_onednn", r->gmacs_onednn, "ratio", r->ratio, "ratio_min",
			r->ratio_min, "ratio_max", r->ratio_max, "ratio_best",
			r->ratio_best, "vector_plan", r->fast));
	}
	summary = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:n, s:n, s:n}",
			    "dense_geomean", mean(16, ROWS_EXACT, 0, NULL, -1),
			    "dense_rounded_geomean", mean(16, ROWS_ROUNDED, 0, NULL, -1),
			    "fixed_geomean", mean(16, ROWS_FIXED16, 0, NULL, -1),
			    "zeros50_geomean", mean(16, ROWS_EXACT, 0.5, NULL, -1),
			    "depthwise", json_is_real(dw0) && json_is_real(dw1) ?
			    json_real(sqrt(json_real_value(dw0) * json_real_value(dw1))) :
			    json_null(),
			    "fc_batch1", mean(16, ROWS_EXACT, 0, NULL, LAYER_FC1),
			    "avx2_geomean", mean(16, ROWS_EXACT, 0, "avx2", -1),
			    "two_threads", two_threads(), "naive_gmacs", naive_gmacs,
			    "kernel_over_library", "ioctl_overhead_us", "resnet8_over_onednn");
	root = json_pack("{s:o, s:o}", "layers", list, "summary", summary);
	if (!root)
		fail("no memory", 0);
	if (json_dump_file(root, path, JSON_INDENT(1))) {
		fprintf(stderr, "bench: error: %s cannot be written\n", path);
		exit(1);
	}
	json_decref(dw0);
	json_decref(dw1);
	json_decref(root);
}

/* leave the cases of one kind of rows */
static void keep_rows(const char *name)
{
	u32 i, nr = 0;

	for (i = 0; i < nr_cases; i++)
		if (!strcmp(row_names[cases[i].rows], name))
			cases[nr++] = cases[i];
	if (!nr)
		fail("no cases have the rows of --rows, cases", nr_cases);
	nr_cases = nr;
}

static void choose_cases(bool all)
{
	static const u32 ks[] = { 8, 32, 64 };
	static const double misses[] = { 0.05, 0.2, 0.5 };
	bool avx2 = axp_engine_select("avx2");
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(layers); i++) {
		add(i, 16, ROWS_EXACT, 0, 0, NULL, 1);
		add(i, 16, ROWS_EXACT, 0, 0.5, NULL, 1);
		add(i, 16, ROWS_ROUNDED, 0, 0, NULL, 1);
		add(i, 16, ROWS_FIXED16, 0, 0, NULL, 1);
		add(i, 16, ROWS_FIXED32, 0, 0, NULL, 1);
		if (avx2)
			add(i, 16, ROWS_EXACT, 0, 0, "avx2", 1);
		if (layers[i].dense && layers[i].conv.h >= 32 && layers[i].conv.c >= 64)
			add(i, 16, ROWS_EXACT, 0, 0, NULL, 2);
		if (!all)
			continue;
		add(i, 16, ROWS_SIG2, 0, 0, NULL, 1);
		add(i, 16, ROWS_SIG3, 0, 0, NULL, 1);
		for (j = 0; j < ARRAY_SIZE(ks); j++)
			add(i, ks[j], ROWS_EXACT, 0, 0, NULL, 1);
		for (j = 0; j < ARRAY_SIZE(misses); j++)
			add(i, 16, ROWS_EXACT, misses[j], 0, NULL, 1);
		add(i, 32, ROWS_FIXED16, 0, 0, NULL, 1);
		add(i, 16, ROWS_FIXED16, 0.5, 0, NULL, 1);
		add(i, 16, ROWS_PARTIAL, 0, 0, NULL, 1);
		add(i, 16, ROWS_TERNARY, 0, 0, NULL, 1);
	}
}

static const struct option options[] = {
	{ "json", required_argument, NULL, 'o' },
	{ "rounds", required_argument, NULL, 'r' },
	{ "all", no_argument, NULL, 'a' },
	{ "rows", required_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct bench_case apart[ARRAY_SIZE(layers)];
	struct bench_result apart_results[ARRAY_SIZE(layers)];
	const char *path = NULL, *rows = NULL;
	long rounds = 21;
	bool all = false;
	double scan;
	u32 i, nr = 0;
	int o;

	while ((o = getopt_long(argc, argv, "o:r:ak:h", options, NULL)) != -1)
		switch (o) {
		case 'o':
			path = optarg;
			break;
		case 'r':
			rounds = strtol(optarg, NULL, 10);
			if (rounds < 1 || rounds > MAX_ROUNDS)
				fail("--rounds takes 1 to 101, not", rounds);
			break;
		case 'a':
			all = true;
			break;
		case 'k':
			rows = optarg;
			break;
		default:
			printf("Usage: bench [--json FILE] [--rounds N] [--all] [--rows KIND]\n"
			       "Engine of the library against oneDNN FP32, one thread each.\n"
			       "--all: more centroids, rows, misses. --rounds: default 21.\n"
			       "--rows: product, product-rounded, significand-2, significand-3,\n"
			       "fixed16, fixed32, partial-20 or ternary alone.\n");
			return o != 'h';
		}
	/* the environment was read before main() */
	omp_set_num_threads(1);
	choose_cases(all);
	if (rows)
		keep_rows(rows);
	for (i = 0; i < nr_cases; i++)
		if (cases[i].engine)
			apart[nr++] = cases[i];
	if (nr)
		measure_apart(apart, nr, (u32)rounds, apart_results);
	start_onednn(false);
	scan = naive();
	printf("naive scan of the table for each MAC: %.4f GMAC/s\n", scan);
	nr = 0;
	for (i = 0; i < nr_cases; i++) {
		if (cases[i].engine)
			results[i] = apart_results[nr++];
		else
			measure(&cases[i], (u32)rounds, &results[i]);
		print_case(&cases[i], &results[i]);
	}
	if (path)
		write_json(path, scan);
	dnnl(dnnl_stream_destroy(stream));
	dnnl(dnnl_engine_destroy(cpu));
	return 0;
}
