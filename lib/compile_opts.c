// SPDX-License-Identifier: BSD-2-Clause
/* Options of axp_compile(), and what they mean for one layer. */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

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
#define CHECK_SAMPLES		1000
#define CHECK_SAMPLES_MIN	32
#define CHECK_MACS		2e11		/* that the engine does in minutes */
#define MAX_THREADS		64
#define MAX_PRUNE		0.95f
#define MAX_BOUND		100.0f

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

static int check_search(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	bool search = o->max_kl > 0 || o->max_drop > 0;

	if (!(o->prune >= 0 && o->prune <= MAX_PRUNE))
		return axp_fail(diag, -EINVAL, "pruning of %g of the weights, not 0 to %g",
				(double)o->prune, (double)MAX_PRUNE);
	if (o->prune > 0 && o->cluster && o->cluster != AXP_CLUSTER_COMPENSATED)
		return axp_fail(diag, -EINVAL, "pruning needs compensated clustering");
	if (!(o->max_kl >= 0 && o->max_kl <= MAX_BOUND))
		return axp_fail(diag, -EINVAL, "a divergence of at most %g, not 0 to %g",
				(double)o->max_kl, (double)MAX_BOUND);
	if (!(o->max_drop >= 0 && o->max_drop <= MAX_BOUND))
		return axp_fail(diag, -EINVAL, "a loss of at most %g points, not 0 to %g",
				(double)o->max_drop, (double)MAX_BOUND);
	if (!search && o->any_organisation)
		return axp_fail(diag, -EINVAL, "any organisation without a bound to search with");
	if (!search && o->log)
		return axp_fail(diag, -EINVAL, "a log without a bound to search with");
	if (search && !o->any_organisation && o->organisation == AXP_ORG_FLAT)
		return axp_fail(diag, -EOPNOTSUPP, "there is no search of the flat organisation");
	if (search && o->prefix_bits)
		return axp_fail(diag, -EOPNOTSUPP, "there is no search of prefixes of one length");
	if (o->check_samples > MAX_MAX_SAMPLES)
		return axp_fail(diag, -EINVAL, "%" PRIu64 " samples to check with, the limit is %" PRIu64,
				o->check_samples, MAX_MAX_SAMPLES);
	return 0;
}

static int check_opts(const struct axp_compile_opts *o, struct axp_diag *diag)
{
	bool alone = !o->any_organisation && (o->organisation == AXP_ORG_FLAT ||
					      o->organisation == AXP_ORG_BANKED);
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
	if ((unsigned int)o->cluster > AXP_CLUSTER_COMPENSATED)
		return axp_fail(diag, -EINVAL, "clustering %d is not known", (int)o->cluster);
	if (o->max_samples > MAX_MAX_SAMPLES)
		return axp_fail(diag, -EINVAL, "%" PRIu64 " calibration samples, the limit is %" PRIu64,
				o->max_samples, MAX_MAX_SAMPLES);
	if (o->threads > MAX_THREADS)
		return axp_fail(diag, -EINVAL, "%u threads, the limit is %u", o->threads,
				MAX_THREADS);
	if (o->prefix_bits && (o->prefix_bits < 9 || o->prefix_bits > AXP_PREFIX_BITS))
		return axp_fail(diag, -EINVAL, "prefixes of %u bits, not 9 to %u", o->prefix_bits,
				AXP_PREFIX_BITS);
	if (o->prefix_bits && o->organisation == AXP_ORG_SIGNIFICAND)
		return axp_fail(diag, -EINVAL,
				"prefixes of %u bits, rows of the significand organisation have none",
				o->prefix_bits);
	return check_search(o, diag);
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
	if (!o->max_samples)
		o->max_samples = MAX_SAMPLES;
	if (!o->cluster)
		o->cluster = AXP_CLUSTER_COMPENSATED;
	return 0;
}

uint32_t axp_compile_threads(const struct axp_compile_opts *o)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->threads)
		return o->threads;
	return cpus < 1 ? 1 : cpus > MAX_THREADS ? MAX_THREADS : (uint32_t)cpus;
}

uint64_t axp_compile_check_samples(const struct axp_compiler *c)
{
	double macs = 0, fit;

	if (c->opts.check_samples)
		return c->opts.check_samples;
	for (uint32_t i = 0; i < c->nr_layers; i++)
		macs += (double)axp_graph_layer(c->graph, i)->macs;
	fit = macs > 0 ? CHECK_MACS / macs : CHECK_SAMPLES;
	return fit > CHECK_SAMPLES ? CHECK_SAMPLES :
	       fit < CHECK_SAMPLES_MIN ? CHECK_SAMPLES_MIN : (uint64_t)fit;
}

void axp_compile_plan(struct axp_layer_plan *p, const struct axp_compiler *c, uint32_t i)
{
	const struct axp_layer *layer = axp_graph_layer(c->graph, i);
	const struct axp_compile_opts *o = &c->opts;
	uint32_t og = layer->oc / layer->groups;
	bool end = i == 0 || i + 1 == c->nr_layers;
	bool depthwise = layer->groups > 1 && layer->cg == 1;

	p->organisation = o->organisation;
	p->prefix_bits = o->prefix_bits;
	p->word_bits = o->word_bits ? o->word_bits : 32;
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
