// SPDX-License-Identifier: BSD-2-Clause
/*
 * Device mode: the layers through /dev/axp against the engine in this process and
 * oneDNN, by turns, on the wall clock; and how long a tiny job takes beside an
 * ioctl that does nothing. For the lane uml-plain, whose processor is the real one.
 */
#include <axp/axp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "bench.h"

/* the rate in the kernel counts on layers over this many MACs */
#define LARGE_MACS	5000000
#define SHORT_DOT	64
#define LATENCY_ROUNDS	101
/* calls of one measurement */
#define LATENCY_CALLS	100
/* no command of the device */
#define NOTHING		_IO(AXP_IOC_MAGIC, 0x7f)

static struct axp_device *device;
static char engine[32];

static void no(const struct axp_diag *diag)
{
	fprintf(stderr, "bench: error: %s\n", diag->text);
	exit(1);
}

static void read_engine(void)
{
	FILE *file = fopen("/sys/class/misc/axp/engine", "r");

	if (!file || fscanf(file, "%31s", engine) != 1)
		fail("the module's engine cannot be read", errno);
	fclose(file);
}

static void submit(const struct axp_job *job)
{
	struct axp_diag diag = { .text = "" };

	if (axp_device_submit(device, job, 1, AXP_SUBMIT_SYNC, NULL, &diag))
		no(&diag);
}

/* a layer of the set on the device, its objects and its buffer */
struct loaded {
	struct axp_job desc;
	void *map;
	u64 mapped;
};

static void load(struct loaded *l, const struct bench_job *job, const struct bench_case *b)
{
	struct axp_diag diag = { .text = "" };
	u64 act = job->nest.act_elems * 4, out = job->nest.out_elems * 4;

	l->desc = job->desc;
	if (axp_device_table(device, &job->spec, job->rows, job->nr_rows, &l->desc.table, &diag) ||
	    axp_device_weights(device, AXP_WGT_U8, (const float *)job->codebook, b->k, job->index,
			       job->nest.wgt_elems, NULL, 0, &l->desc.weights, &diag) ||
	    axp_device_buffer(device, act + out, &l->desc.act.buf, &l->map, &l->mapped, &diag))
		no(&diag);
	memcpy(l->map, job->act, act);
	l->desc.out.buf = l->desc.act.buf;
	l->desc.out.offset = act;
}

static void unload(struct loaded *l)
{
	struct axp_diag diag = { .text = "" };

	axp_device_unmap(l->map, l->mapped);
	if (axp_device_destroy(device, l->desc.act.buf, &diag) ||
	    axp_device_destroy(device, l->desc.weights, &diag) ||
	    axp_device_destroy(device, l->desc.table, &diag))
		no(&diag);
}

/* returns the rate in the kernel over that of the library */
static double measure(struct report *report, const struct bench_case *b, u32 rounds)
{
	struct series kernel = { .nr = 0 }, theirs = { .nr = 0 }, ratio = { .nr = 0 };
	struct series library = { .nr = 0 }, over = { .nr = 0 };
	struct bench_job job = { .next_tile = 0 };
	struct axp_counters c;
	struct loaded l;
	struct onednn d;
	u32 i, k, repeat;
	double macs;
	json_t *entry;

	job_make(&job, b);
	macs = (double)job.nest.macs;
	onednn_make(&d, &layers[b->layer].conv, &job.nest);
	load(&l, &job, b);
	job_run(&job, &c);
	job_check(&job, &c);
	onednn_run(&d);
	submit(&l.desc);
	if (memcmp((const char *)l.map + l.desc.out.offset, job.out, job.nest.out_elems * 4))
		fail("the device's results differ from the library's on layer", b->layer);
	/* longer rounds than the library's: entering the kernel of UML is dear */
	repeat = (u32)max(1.0, 4 * ROUND_NS * 50 / macs);
	if (job.nest.macs > 1000000000)
		rounds = min(rounds, 7u);
	for (i = 0; i < rounds; i++) {
		double t0 = now_wall(), t1, t2, t3;

		for (k = 0; k < repeat; k++)
			submit(&l.desc);
		t1 = now_wall();
		for (k = 0; k < repeat; k++)
			job_run(&job, &c);
		t2 = now_wall();
		for (k = 0; k < repeat; k++)
			onednn_run(&d);
		onednn_wait();
		t3 = now_wall();
		series_add(&kernel, (t1 - t0) / repeat);
		series_add(&library, (t2 - t1) / repeat);
		series_add(&theirs, (t3 - t2) / repeat);
		series_add(&over, (t2 - t1) / (t1 - t0));
		series_add(&ratio, (t3 - t2) / (t1 - t0));
	}
	entry = need(json_pack(
		"{s:s, s:i, s:s, s:f, s:f, s:s, s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}",
		"name", layers[b->layer].name, "k", (int)b->k, "row_mode", row_names[b->rows],
		"hit_rate", (double)(c.hits_exact + c.hits_approx) / (double)c.macs,
		"zero_rate", (double)c.zero_act / (double)c.macs, "engine", engine,
		"where", "kernel", "threads", 1, "gmacs", macs / series_median(&kernel),
		"gmacs_onednn", macs / series_median(&theirs),
		"gmacs_library", macs / series_median(&library),
		"ratio", series_median(&ratio), "ratio_min", series_min(&ratio),
		"ratio_max", series_max(&ratio), "over_library", series_median(&over),
		"over_library_min", series_min(&over), "over_library_max", series_max(&over)));
	json_array_append_new(report->layers, entry);
	printf("%-20s %-8s kernel %6.1f GMAC/s  library %6.1f  oneDNN %6.1f  over library %.2f (%.2f to %.2f)  over oneDNN %.2f\n",
	       layers[b->layer].name, engine, macs / series_median(&kernel),
	       macs / series_median(&library), macs / series_median(&theirs),
	       series_median(&over), series_min(&over), series_max(&over),
	       series_median(&ratio));
	fflush(stdout);
	unload(&l);
	onednn_free(&d);
	job_free(&job);
	return macs > LARGE_MACS ? series_median(&over) : 0;
}

/* a dot product against an ioctl that the device refuses at once */
static void latency(struct report *report)
{
	static const struct bench_case b = { .k = 16, .rows = ROWS_EXACT };
	struct series dot = { .nr = 0 }, bare = { .nr = 0 }, beyond = { .nr = 0 };
	struct bench_job job = { .next_tile = 0 };
	struct axp_job desc = { .op = AXP_OP_DOT };
	struct loaded l;
	u32 i, k;

	/* the table, the weights and the activations of some layer, the first of them */
	job_make(&job, &b);
	load(&l, &job, &b);
	desc.table = l.desc.table;
	desc.weights = l.desc.weights;
	desc.act = l.desc.act;
	desc.out = l.desc.out;
	desc.dot = (struct axp_dot) { .count = 1, .len = SHORT_DOT };
	submit(&desc);
	for (i = 0; i < LATENCY_ROUNDS; i++) {
		double t0 = now_wall(), t1, t2;

		for (k = 0; k < LATENCY_CALLS; k++)
			submit(&desc);
		t1 = now_wall();
		for (k = 0; k < LATENCY_CALLS; k++)
			if (ioctl(axp_device_fd(device), NOTHING) != -1 || errno != ENOTTY)
				fail("the device knows a command that there is not", NOTHING);
		t2 = now_wall();
		series_add(&dot, (t1 - t0) / LATENCY_CALLS / 1000);
		series_add(&bare, (t2 - t1) / LATENCY_CALLS / 1000);
		series_add(&beyond, (t1 - t0 - (t2 - t1)) / LATENCY_CALLS / 1000);
	}
	report_set(report, "ioctl_overhead_us", series_median(&beyond));
	report_set(report, "ioctl_us", series_median(&bare));
	report_set(report, "dot64_us", series_median(&dot));
	printf("dot product of %u: %.2f us, bare ioctl %.2f us, beyond it %.2f us (%.2f to %.2f)\n",
	       SHORT_DOT, series_median(&dot), series_median(&bare), series_median(&beyond),
	       series_min(&beyond), series_max(&beyond));
	unload(&l);
	job_free(&job);
}

void device_mode(struct report *report, u32 rounds)
{
	struct axp_diag diag = { .text = "" };
	double sum = 0, over;
	u32 i, nr = 0;

	if (axp_device_open(&device, NULL, &diag))
		no(&diag);
	read_engine();
	onednn_start(false);
	for (i = 0; i < NR_LAYERS; i++) {
		const struct bench_case b = { .layer = i, .k = 16, .rows = ROWS_EXACT,
					      .engine = engine };

		over = measure(report, &b, rounds);
		if (over > 0) {
			sum += log(over);
			nr++;
		}
	}
	report_set(report, "kernel_over_library", exp(sum / nr));
	latency(report);
	onednn_stop();
	axp_device_close(device);
}
