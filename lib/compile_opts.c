// SPDX-License-Identifier: BSD-2-Clause
/* Options of axp_compile(), and what they mean for one layer. */
#include <errno.h>
#include <inttypes.h>

#include "compile.h"
#include "diag.h"
#include "opts.h"

/* defaults: small nets of digits keep their accuracy within half a point */
#define CENTROIDS		16
#define CENTROIDS_ENDS		32
#define ROWS			16
#define ROWS_ENDS		48
#define ROWS_DEPTHWISE		32
#define ROWS_FLAT		64
#define MANTISSA_ROWS		4
#define MANTISSA_ROWS_ENDS	16
#define LANES			16
#define MAX_LANES		256
#define MAX_SAMPLES		512
#define MAX_MAX_SAMPLES		(UINT64_C(1) << 24)

static bool power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static int check_words(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	if (o->accumulator != AXP_ACC_F32 && o->accumulator != AXP_ACC_FIXED)
		return axp_fail(diag, -EINVAL, "accumulator %u is not known", o->accumulator);
	if (o->accumulator == AXP_ACC_FIXED && o->organisation == AXP_ORG_SIGNIFICAND)
		return axp_fail(diag, -EOPNOTSUPP,
				"the significand organisation has no fixed-point form: take accumulator f32");
	if (o->word_bits && o->accumulator == AXP_ACC_F32 && o->word_bits != 32)
		return axp_fail(diag, -EINVAL, "words of %u bits, accumulator f32 takes 32",
				o->word_bits);
	if (o->word_bits && (o->word_bits > 32 || o->word_bits % 8))
		return axp_fail(diag, -EINVAL, "words of %u bits, not 8, 16, 24 or 32",
				o->word_bits);
	return 0;
}

static int check_opts(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	bool alone = o->organisation == AXP_ORG_FLAT || o->organisation == AXP_ORG_BANKED;
	int err = check_words(o, diag);

	if (err)
		return err;
	if (o->organisation > AXP_ORG_BROADCAST)
		return axp_fail(diag, -EINVAL, "organisation %u is not known", o->organisation);
	if (o->preset > AXP_PRESET_CUSTOM)
		return axp_fail(diag, -EINVAL, "energy preset %u is not known", o->preset);
	if (o->cam_class > AXP_CAM_ZERO)
		return axp_fail(diag, -EINVAL, "CAM class %u is not known", o->cam_class);
	if (o->lanes > (alone ? 1 : MAX_LANES))
		return axp_fail(diag, -EINVAL, "%u lanes, the limit of organisation %s is %u",
				o->lanes, axp_organisation_name(o->organisation),
				alone ? 1 : MAX_LANES);
	if (o->centroids && (o->centroids < AXP_CLUSTER_MIN_K || o->centroids > AXP_CLUSTER_MAX_K))
		return axp_fail(diag, -EINVAL, "%u centroids, not %u to %u", o->centroids,
				AXP_CLUSTER_MIN_K, AXP_CLUSTER_MAX_K);
	if (o->rows > AXP_MAX_GROUPS)
		return axp_fail(diag, -EINVAL, "%u rows, the limit is %u", o->rows,
				AXP_MAX_GROUPS);
	if (o->rows && o->organisation == AXP_ORG_SIGNIFICAND &&
	    (!power_of_two(o->rows) || o->rows > 1u << AXP_MAX_MANTISSA_BITS))
		return axp_fail(diag, -EINVAL,
				"%u rows, the significand organisation takes a power of two up to %u",
				o->rows, 1u << AXP_MAX_MANTISSA_BITS);
	if ((unsigned int)o->cluster > AXP_CLUSTER_OPTIMAL)
		return axp_fail(diag, -EINVAL, "clustering %d is not known", (int)o->cluster);
	if (o->max_samples > MAX_MAX_SAMPLES)
		return axp_fail(diag, -EINVAL, "%" PRIu64 " calibration samples, the limit is %" PRIu64,
				o->max_samples, MAX_MAX_SAMPLES);
	return 0;
}

int axp_compile_take_opts(struct axp_compile_opts *o, const struct axp_compile_opts *from,
			  struct axp_diag *diag)
{
	int err;

	err = axp_opts_copy(o, sizeof(*o), from, "axp_compile_opts", diag);
	if (!from)
		o->organisation = AXP_ORG_SHARED;
	if (!err)
		err = check_opts(o, diag);
	if (err)
		return err;
	if (!o->preset)
		o->preset = AXP_PRESET_S28;
	if (!o->cam_class)
		o->cam_class = AXP_CAM_SILICON28;
	if (!o->word_bits)
		o->word_bits = 32;
	if (!o->max_samples)
		o->max_samples = MAX_SAMPLES;
	if (!o->cluster)
		o->cluster = AXP_CLUSTER_OPTIMAL;
	return 0;
}

void axp_compile_plan(struct axp_layer_plan *p, const struct axp_compiler *c, uint32_t i)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, i);
	const struct axp_compile_opts *o = &c->opts;
	uint32_t og = layer->oc / layer->groups;
	bool end = i == 0 || i + 1 == c->nr_layers;
	bool depthwise = layer->groups > 1 && layer->cg == 1;

	p->centroids = end || depthwise ? CENTROIDS_ENDS : CENTROIDS;
	p->rows = end ? ROWS_ENDS : depthwise ? ROWS_DEPTHWISE : ROWS;
	p->lanes = og < LANES ? og : LANES;
	if (o->organisation == AXP_ORG_SIGNIFICAND)
		p->rows = end || depthwise ? MANTISSA_ROWS_ENDS : MANTISSA_ROWS;
	if (o->organisation == AXP_ORG_FLAT)
		p->rows = ROWS_FLAT;
	if (o->organisation == AXP_ORG_FLAT || o->organisation == AXP_ORG_BANKED)
		p->lanes = 1;
	if (o->centroids)
		p->centroids = o->centroids;
	if (o->rows)
		p->rows = o->rows;
	if (o->lanes)
		p->lanes = o->lanes;
}
