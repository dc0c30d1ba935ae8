// SPDX-License-Identifier: BSD-2-Clause
/*
 * client: one dot product on /dev/axp. The weights are 0.5 and 2, the one row of the
 * table says that 0.5 times anything between 4 and 8 is 3. So 0.5 * 6 hits exactly,
 * 0.5 * 5 hits approximately, 2 * 1 misses, the zero is gated: 1 + 3 + 3 + 2 = 9.
 */
#include <stdio.h>
#include <string.h>
#include <axp/axp.h>

static const float codebook[2] = { 0.5f, 2.0f };
static const uint8_t weights[4] = { 0, 0, 1, 1 };
static const float act[4] = { 6.0f, 5.0f, 1.0f, 0.0f };
static const float bias = 1.0f;

static const struct axp_table_spec spec = {
	.accumulator = AXP_ACC_F32, .organisation = AXP_ORG_BANKED, .lanes = 1, .word_bits = 32,
	.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
};
static const struct axp_row row = {
	.act = 0x40800000, .act_care = 0xff800000,	/* sign and exponent of 4.0 */
	.wgt = 0x3f000000, .wgt_care = 0xffffffff,	/* exactly 0.5 */
	.product = 0x40400000,				/* 3.0 */
};

int main(void)
{
	struct axp_job job = {
		.op = AXP_OP_DOT, .flags = AXP_JOB_GATE_ACT | AXP_JOB_COMPLETION,
		.dot = { .count = 1, .len = 4 },
	};
	struct axp_completion done;
	const struct axp_stats *n = &done.stats;
	struct axp_device *device;
	struct axp_diag diag;
	uint64_t bytes;
	void *map;

	if (axp_device_open(&device, NULL, &diag) ||
	    axp_device_table(device, &spec, &row, 1, &job.table, &diag) ||
	    axp_device_weights(device, AXP_WGT_U8, codebook, 2, weights, 4, &bias, 1,
			       &job.weights, &diag) ||
	    axp_device_buffer(device, 4096, &job.act.buf, &map, &bytes, &diag))
		goto fail;
	memcpy(map, act, sizeof(act));
	job.out.buf = job.act.buf;
	job.out.offset = sizeof(act);
	if (axp_device_submit(device, &job, 1, AXP_SUBMIT_SYNC, NULL, &diag) ||
	    axp_device_completion(device, &done, &diag))
		goto fail;
	printf("result %g, %llu MACs: %llu gated, %llu exact hits, %llu approximate, %llu misses\n",
	       ((float *)map)[4], n->macs, n->gated, n->hits_exact, n->hits_approx, n->misses);
	printf("energy %llu fJ, %llu fJ without the table\n", n->energy_fj, n->baseline_fj);
	axp_device_unmap(map, bytes);
	axp_device_close(device);
	return done.status ? 1 : 0;
fail:
	fprintf(stderr, "client: %s\n", diag.text);
	return 1;
}
