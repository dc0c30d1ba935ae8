// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cost: time of a job on /dev/axp, for tools/telemetry-cost. Prints for every kind
 * of job its name and the nanoseconds of the quickest of many.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <axp/axp.h>

#define CENTROIDS	16
#define KIND_NS		400000000LL	/* time for each kind */
#define NR(array)	(sizeof(array) / sizeof((array)[0]))

/*
 * Layers of tools/bench, and the smallest job there is: short ones, which others on the
 * machine do not always interrupt.
 */
static const struct kind {
	const char *name;
	struct axp_conv2d conv;
} kinds[] = {
	{ "one-mac", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 } },
	{ "fc-1024-256", { 1, 1024, 1, 1, 256, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 } },
	{ "3x3-16-16-32x32", { 1, 16, 32, 32, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1 } },
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* a row for every centroid and activation of a quarter of the binades */
static int make_table(struct axp_device *device, const float *codebook, uint32_t *table,
		      struct axp_diag *diag)
{
	static const struct axp_table_spec spec = {
		.accumulator = AXP_ACC_F32, .organisation = AXP_ORG_SHARED, .lanes = 16,
		.word_bits = 32, .preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
	};
	struct axp_row rows[CENTROIDS * 8];
	union { float f; uint32_t u; } w, a, p;
	uint32_t n = 0;

	for (uint32_t i = 0; i < 8; i++) {
		a.u = (120 + i) << 23;
		for (uint32_t c = 0; c < CENTROIDS; c++) {
			w.f = codebook[c];
			p.f = w.f * a.f;
			rows[n++] = (struct axp_row) {
				.act = a.u, .act_care = 0xff800000, .wgt = w.u,
				.wgt_care = 0xffffffff, .product = p.u,
			};
		}
	}
	return axp_device_table(device, &spec, rows, n, table, diag);
}

static int run_kind(struct axp_device *device, const struct kind *kind, const float *codebook,
		    uint32_t table, struct axp_diag *diag)
{
	const struct axp_conv2d *c = &kind->conv;
	uint64_t in = (uint64_t)c->c * c->h * c->w, out = (uint64_t)c->oc * c->h * c->w, mapped;
	uint64_t count = (uint64_t)c->oc * c->c * c->kh * c->kw;
	uint8_t *index = malloc(count);
	struct axp_job job = { .op = AXP_OP_CONV2D, .flags = AXP_JOB_GATE_ACT, .table = table };
	int64_t end = now_ns() + KIND_NS, start, took, best = INT64_MAX;
	float *act;
	void *map;
	int err;

	if (!index)
		return -1;
	for (uint64_t i = 0; i < count; i++)
		index[i] = (uint8_t)(i * 7 % CENTROIDS);
	err = axp_device_weights(device, AXP_WGT_U8, codebook, CENTROIDS, index, count, NULL, 0,
				 &job.weights, diag);
	free(index);
	if (!err)
		err = axp_device_buffer(device, (in + out) * 4, &job.act.buf, &map, &mapped, diag);
	if (err)
		return err;
	act = map;
	for (uint64_t i = 0; i < in; i++)
		act[i] = i % 3 ? (float)(i % 97) / 32 : 0;
	job.out.buf = job.act.buf;
	job.out.offset = in * 4;
	job.conv2d = *c;
	while (!err && (start = now_ns()) < end) {
		err = axp_device_submit(device, &job, 1, AXP_SUBMIT_SYNC, NULL, diag);
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	axp_device_unmap(map, mapped);
	if (!err)
		printf("%s %" PRId64 "\n", kind->name, best);
	return err;
}

int main(void)
{
	struct axp_diag diag = { .text = "" };
	struct axp_device *device;
	float codebook[CENTROIDS];
	uint32_t table;
	int err;

	for (int i = 0; i < CENTROIDS; i++)
		codebook[i] = (float)(i - 7) / 8;
	err = axp_device_open(&device, NULL, &diag);
	if (!err)
		err = make_table(device, codebook, &table, &diag);
	for (size_t i = 0; !err && i < NR(kinds); i++)
		err = run_kind(device, &kinds[i], codebook, table, &diag);
	if (err) {
		fprintf(stderr, "cost: %s\n", diag.text);
		return 1;
	}
	axp_device_close(device);
	return 0;
}
