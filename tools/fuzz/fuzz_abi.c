// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the module checks of an ioctl's structures before anything runs: shapes of jobs,
 * tables and their rows, weights and biases, faults, and what only all together can
 * tell. The checks are the engine's, the same source as in the module. What they let
 * pass has to run on memory of just the size that they say.
 */
#include <errno.h>

#include "engines.h"
#include "faults.h"
#include "fuzz.h"
#include "plan.h"

#define MAX_MACS	(1u << 16)
#define MAX_ELEMS	(1u << 16)

/* bytes that are left */
struct input {
	const uint8_t *data;
	size_t left;
};

/* missing bytes are 0 */
static void take(struct input *in, void *to, size_t bytes)
{
	size_t n = bytes < in->left ? bytes : in->left;

	memset(to, 0, bytes);
	if (n)
		memcpy(to, in->data, n);
	in->data += n;
	in->left -= n;
}

/* errors of the contract, and a reason with those that the caller can mend */
static void check_refusal(int err, const struct axp_why *why)
{
	if (err == -ENOMEM)
		return;
	MUST(err == -EINVAL || err == -EOPNOTSUPP || err == -ERANGE || err == -ENOSPC ||
	     err == -EOVERFLOW);
	MUST(why->reason);
}

static struct axp_image *make_image(struct input *in, struct axp_table_spec *spec)
{
	static const struct axp_limits limits = AXP_LIMITS_DEFAULT;
	struct axp_row rows[24];
	struct axp_why why = {};
	struct axp_image *image;
	uint8_t nr;
	int err;

	take(in, spec, sizeof(*spec));
	take(in, &nr, 1);
	nr %= ARRAY_SIZE(rows) + 1;
	take(in, rows, nr * sizeof(rows[0]));
	err = axp_image_create(&image, NULL, spec, rows, nr, axp_energy_preset(AXP_PRESET_S28),
			       spec->cam_class, &limits, &why);
	MUST(!err == !!image);
	if (err)
		check_refusal(err, &why);
	return image;
}

static struct axp_weights *make_weights(struct input *in)
{
	struct axp_weights *weights;
	struct axp_weights_create args;
	u32 codebook[256], bias[64];
	static uint8_t data[4 * 4096];
	struct axp_why why = {};
	size_t bytes;
	int err;

	take(in, &args, sizeof(args));
	args.nr_bias %= ARRAY_SIZE(bias) + 1;
	bytes = axp_weights_data_bytes(args.format, args.count);
	if (bytes > sizeof(data)) {
		args.count %= 4097;
		bytes = axp_weights_data_bytes(args.format, args.count);
	}
	/* as the module: nothing is read for a format or a number that is refused */
	take(in, codebook, args.nr_centroids <= 256 ? args.nr_centroids * sizeof(u32) : 0);
	take(in, data, bytes);
	take(in, bias, args.nr_bias * sizeof(u32));
	err = axp_weights_create(&weights, NULL, args.format, codebook, args.nr_centroids, data,
				 args.count, args.nr_bias ? bias : NULL, args.nr_bias, &why);
	MUST(!err == !!weights);
	if (err)
		check_refusal(err, &why);
	return weights;
}

static struct axp_image *damage(struct input *in, struct axp_image *image,
				struct axp_faults **faults)
{
	struct axp_fault list[4];
	struct axp_why why = {};
	struct axp_image *damaged;
	uint8_t nr;
	int err;

	*faults = NULL;
	take(in, &nr, 1);
	nr %= ARRAY_SIZE(list) + 1;
	if (!nr)
		return NULL;
	take(in, list, nr * sizeof(list[0]));
	err = axp_faults_create(faults, list, nr, nr, image, &why);
	if (err) {
		check_refusal(err, &why);
		return NULL;
	}
	MUST(!axp_image_damage(&damaged, NULL, image, *faults, nr));
	return damaged;
}

/* every byte beside act and out is poison to the sanitizer */
static void run(struct input *in, const struct axp_engine *engine, const struct axp_plan *plan,
		const struct axp_nest *nest)
{
	u32 *act = calloc(nest->act_elems + 1, sizeof(u32));
	u32 *out = calloc(nest->out_elems + 1, sizeof(u32));
	size_t bytes = (axp_plan_scratch_bytes(plan) + 64) & ~(size_t)63;
	void *scratch = aligned_alloc(64, bytes);
	struct axp_counters c = {};
	struct axp_io io = { .act = act, .out = out };

	MUST(act && out && scratch);
	take(in, act, nest->act_elems * sizeof(u32));
	for (u32 i = 0; i < axp_plan_nr_tiles(plan); i++) {
		struct axp_cursor cursor = { .tile = i };

		while (!engine->step(plan, &io, &cursor, scratch, &c))
			;
	}
	MUST(c.macs == nest->macs);
	free(scratch);
	free(act);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct axp_faults *faults = NULL;
	struct axp_image *image, *damaged = NULL;
	struct axp_weights *weights;
	struct axp_table_spec spec;
	struct axp_plan *plan;
	struct axp_why why = {};
	struct axp_nest nest;
	struct axp_job job;
	int err;

	take(&in, &job, sizeof(job));
	err = axp_nest_from_job(&nest, &job, 1ull << 34, &why);
	if (err)
		check_refusal(err, &why);
	image = make_image(&in, &spec);
	weights = make_weights(&in);
	if (image)
		damaged = damage(&in, image, &faults);
	if (!err && weights && nest.macs <= MAX_MACS && nest.act_elems <= MAX_ELEMS &&
	    nest.out_elems <= MAX_ELEMS) {
		memset(&why, 0, sizeof(why));
		err = axp_plan_create(&plan, NULL, damaged ? damaged : image, weights, &nest,
				      job.flags, &why);
		MUST(!err == !!plan);
		if (err)
			check_refusal(err, &why);
		else
			run(&in, axp_engine_select(size & 1 ? "softfp" : NULL), plan, &nest);
		axp_plan_free(plan);
	}
	axp_weights_free(weights);
	axp_image_free(damaged);
	axp_image_free(image);
	axp_faults_free(faults);
	return 0;
}
