// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters: limits of the device, checked when the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/module.h>

#include "axp.h"

static unsigned int npes;
module_param(npes, uint, 0444);
MODULE_PARM_DESC(npes, "Processing elements (worker threads), 0 to 1024 (default 0: one per online CPU)");

static char *engine = "";
module_param(engine, charp, 0444);
MODULE_PARM_DESC(engine, "Engine by name (default: the fastest this machine can run)");

static unsigned long long quantum = 1ULL << 22;
module_param(quantum, ullong, 0444);
MODULE_PARM_DESC(quantum, "MACs a client may run before the next client's turn, 1 to 2^40 (default 2^22)");

static unsigned long long max_macs_per_job = 1ULL << 34;
module_param(max_macs_per_job, ullong, 0444);
MODULE_PARM_DESC(max_macs_per_job, "MACs of one job, 1 to 2^40 (default 2^34)");

static unsigned long long max_bytes = 1ULL << 30;
module_param(max_bytes, ullong, 0444);
MODULE_PARM_DESC(max_bytes, "Bytes of all objects of one client, 2^16 to 2^40 (default 2^30)");

static unsigned int max_objects = 4096;
module_param(max_objects, uint, 0444);
MODULE_PARM_DESC(max_objects, "Buffers, tables and weights of one client, 1 to 2^20 (default 4096)");

static unsigned int max_jobs_per_submit = 1024;
module_param(max_jobs_per_submit, uint, 0444);
MODULE_PARM_DESC(max_jobs_per_submit, "Jobs of one submission, 1 to 65536 (default 1024)");

static unsigned int max_inflight = 4096;
module_param(max_inflight, uint, 0444);
MODULE_PARM_DESC(max_inflight, "Jobs of one client that are queued, running or have an unread completion, 1 to 2^20 (default 4096)");

static struct axp_limits limits = AXP_LIMITS_DEFAULT;

module_param_named(max_lanes, limits.max_lanes, uint, 0444);
MODULE_PARM_DESC(max_lanes, "Processing elements that one search may feed, 1 to 65536 (default 256)");
module_param_named(max_cam_rows, limits.max_cam_rows, uint, 0444);
MODULE_PARM_DESC(max_cam_rows, "CAM rows of one table, 1 to 65536 (default 4096)");
module_param_named(max_key_bits, limits.max_key_bits, uint, 0444);
MODULE_PARM_DESC(max_key_bits, "Compared bits of one CAM row, 1 to 64 (default 64)");
module_param_named(max_lut_words, limits.max_lut_words, uint, 0444);
MODULE_PARM_DESC(max_lut_words, "LUT words, and rows, of one table, 1 to 2^20 (default 65536)");

static int axp_param_check(const char *name, u64 value, u64 least, u64 most)
{
	if (value >= least && value <= most)
		return 0;
	pr_err("parameter %s=%llu is out of range, %llu to %llu\n", name, value, least, most);
	return -EINVAL;
}

static int axp_params_check(void)
{
	const struct {
		const char *name;
		u64 value;
		u64 least;
		u64 most;
	} checks[] = {
		{ "npes", npes, 0, 1024 },
		{ "quantum", quantum, 1, 1ULL << 40 },
		{ "max_macs_per_job", max_macs_per_job, 1, 1ULL << 40 },
		{ "max_bytes", max_bytes, 1 << 16, 1ULL << 40 },
		{ "max_objects", max_objects, 1, 1 << 20 },
		{ "max_jobs_per_submit", max_jobs_per_submit, 1, 65536 },
		{ "max_inflight", max_inflight, 1, 1 << 20 },
		{ "max_lanes", limits.max_lanes, 1, 65536 },
		{ "max_cam_rows", limits.max_cam_rows, 1, 65536 },
		{ "max_key_bits", limits.max_key_bits, 1, 64 },
		{ "max_lut_words", limits.max_lut_words, 1, 1 << 20 },
	};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		err = axp_param_check(checks[i].name, checks[i].value, checks[i].least,
				      checks[i].most);
		if (err)
			return err;
	}
	return 0;
}

/**
 * axp_params_read() - check the module parameters
 * @params: filled
 *
 * Return: 0, or -EINVAL after naming the parameter, its value and the limit in
 * the log.
 */
int axp_params_read(struct axp_params *params)
{
	int err;

	err = axp_params_check();
	if (err)
		return err;

	params->engine = axp_engine_select(engine);
	if (!params->engine) {
		pr_err("parameter engine=%s: no such engine, or this machine cannot run it\n",
		       engine);
		return -EINVAL;
	}
	params->npes = npes ? npes : num_online_cpus();
	params->quantum = quantum;
	params->max_macs_per_job = max_macs_per_job;
	params->max_bytes = max_bytes;
	params->max_objects = max_objects;
	params->max_jobs_per_submit = max_jobs_per_submit;
	params->max_inflight = max_inflight;
	params->limits = limits;
	return 0;
}
