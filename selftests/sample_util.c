// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sample_util.h"

#define F(x)		f32(x)
#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static uint32_t f32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static uint32_t below(struct sample *s, uint32_t n)
{
	return axp_random(&s->seed) % n;
}

/* Mostly few tame values, so that rows match; now and then anything at all. */
static uint32_t random_operand(struct sample *s)
{
	static const uint32_t odd[] = {
		0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x7f800000,
		0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001,
	};

	switch (below(s, 8)) {
	case 0:
		return 0;
	case 1:
		return axp_random(&s->seed);
	case 2:
		return below(s, 4) ? F(1) : odd[below(s, NR(odd))];
	default:
		return F((int)below(s, 17) / 4.0f - 2);
	}
}

static uint32_t random_finite(struct sample *s)
{
	return F(((int)below(s, 65) - 32) / 16.0f);
}

static void random_gemm(struct sample *s, struct axp_job *job)
{
	struct axp_gemm *g = &job->gemm;

	g->m = 1 + below(s, 12);
	g->n = 1 + below(s, 24);
	g->k = 1 + below(s, 40);
	g->flags = below(s, 4);
	if (below(s, 2))
		g->ld_act = (g->flags & AXP_GEMM_T_ACT ? g->m : g->k) + below(s, 5);
	if (below(s, 2))
		g->ld_wgt = (g->flags & AXP_GEMM_T_WGT ? g->k : g->n) + below(s, 5);
	if (below(s, 2))
		g->ld_out = g->n + below(s, 5);
}

static void random_conv2d(struct sample *s, struct axp_job *job)
{
	struct axp_conv2d *c = &job->conv2d;
	uint32_t og;

	c->groups = 1 + below(s, 3);
	c->c = c->groups * (1 + below(s, 4));
	og = 1 + below(s, 5);
	if (!below(s, 3)) {
		c->groups = c->c;	/* depthwise */
		og = 1 + below(s, 2);
	}
	c->oc = c->groups * og;
	c->n = 1 + below(s, 2);
	c->h = 1 + below(s, 8);
	c->w = 1 + below(s, 9);
	c->kh = 1 + below(s, 3);
	c->kw = 1 + below(s, 4);
	c->stride_h = 1 + below(s, 2);
	c->stride_w = 1 + below(s, 3);
	c->dil_h = 1 + below(s, 2);
	c->dil_w = 1 + below(s, 2);
	c->pad_top = below(s, 3);
	c->pad_bottom = below(s, 3);
	c->pad_left = below(s, 3);
	c->pad_right = below(s, 3);
	while (c->h + c->pad_top + c->pad_bottom < c->dil_h * (c->kh - 1) + 1)
		c->h++;
	while (c->w + c->pad_left + c->pad_right < c->dil_w * (c->kw - 1) + 1)
		c->w++;
	if (below(s, 2))
		job->flags |= AXP_JOB_KY_CI_KX;
}

static uint64_t random_shape(struct sample *s, struct axp_job *job)
{
	job->op = below(s, 3);
	switch (job->op) {
	case AXP_OP_DOT:
		job->dot.count = 1 + below(s, 6);
		job->dot.len = 1 + below(s, 80);
		job->dot.act_step = below(s, 2) * below(s, 90);
		job->dot.wgt_step = below(s, 2) * job->dot.len;
		return job->dot.count;
	case AXP_OP_GEMM:
		random_gemm(s, job);
		return job->gemm.n;
	default:
		random_conv2d(s, job);
		return job->conv2d.oc;
	}
}

static uint32_t random_word(struct sample *s, uint32_t w, uint32_t a)
{
	const struct axp_table_spec *spec = &s->table.spec;
	int32_t word = (int32_t)below(s, 2 * spec->max_term + 1) - (int32_t)spec->max_term;

	if (spec->accumulator == AXP_ACC_FIXED)
		return (uint32_t)word;
	return below(s, 2) ? ref_mul(w, a) : random_operand(s);
}

/* Rows of any kind for a flat table, a key of whole centroids for the others. */
static void random_rows(struct sample *s)
{
	static const uint32_t cares[] = { ~0u, 0xfff00000, 0xff800000, 0x7fffffff, 0xfffe0000 };
	struct axp_table_spec *spec = &s->table.spec;
	uint32_t patterns = below(s, 6), i, p, k = s->nr_centroids;

	s->table.rows = s->rows;
	s->table.nr_rows = 0;
	if (spec->organisation == AXP_ORG_FLAT) {
		s->table.nr_rows = below(s, 40);
		for (i = 0; i < s->table.nr_rows; i++) {
			struct axp_row *row = &s->rows[i];

			row->act = random_operand(s);
			row->act_care = cares[below(s, 5)];
			row->wgt = s->codebook[below(s, k)];
			row->wgt_care = cares[below(s, 5)];
			row->flags = 0;
			row->product = random_word(s, row->wgt, row->act);
			if (spec->accumulator == AXP_ACC_F32 && !below(s, 4)) {
				row->flags = AXP_ROW_SIGNIFICAND;
				row->act_care &= 0x007fffff;
			}
		}
		return;
	}
	if (k > 12)
		k = 12;
	for (p = 0; p < patterns; p++) {
		uint32_t act = random_operand(s);
		uint32_t care = cares[below(s, 5)];

		for (i = 0; i < k; i++) {
			struct axp_row *row = &s->rows[s->table.nr_rows];
			uint32_t seen;

			/* a centroid has one row of a pattern, also if it is there twice */
			for (seen = 0; seen < i; seen++)
				if (s->codebook[seen] == s->codebook[i])
					break;
			if (seen < i || s->table.nr_rows == 64)
				continue;
			s->table.nr_rows++;
			row->act = act;
			row->act_care = care;
			row->wgt = s->codebook[i];
			row->wgt_care = ~0u;
			row->flags = 0;
			row->product = random_word(s, row->wgt, act);
			if (spec->organisation == AXP_ORG_SIGNIFICAND) {
				row->flags = AXP_ROW_SIGNIFICAND;
				row->act_care = care & 0x007fffff;
			}
		}
	}
}

static void random_table(struct sample *s)
{
	struct axp_table_spec *spec = &s->table.spec;

	*spec = axp_spec_f32();
	spec->organisation = below(s, 5);
	if (spec->organisation >= AXP_ORG_SHARED)
		spec->lanes = 1 + below(s, 8);
	if (spec->organisation != AXP_ORG_SIGNIFICAND && below(s, 2)) {
		spec->accumulator = AXP_ACC_FIXED;
		spec->word_bits = 8 * (1 + below(s, 4));
		spec->scale = (int)below(s, 20) - 2;
		spec->max_term = spec->word_bits == 8 ? 127 :
				 1 + below(s, spec->word_bits == 16 ? 32767 : 1 << 20);
	}
	random_rows(s);
}

static void random_weights(struct sample *s, uint64_t count)
{
	uint32_t i;

	s->format = below(s, 3);
	s->nr_centroids = 1 + below(s, s->format == AXP_WGT_U4 ? 16 : 30);
	if (s->format == AXP_WGT_U8 && !below(s, 4))
		s->nr_centroids = 256;
	for (i = 0; i < s->nr_centroids; i++)
		s->codebook[i] = below(s, 4) ? random_finite(s) : random_operand(s);
	for (i = 0; i < count; i++) {
		s->index[i] = below(s, s->nr_centroids);
		s->wgt[i] = s->codebook[s->index[i]];
	}
	/* too many distinct weights for a codebook */
	if (s->format == AXP_WGT_F32 && below(s, 2))
		for (i = 0; i < count; i += 2)
			s->wgt[i] = F((float)i * 0.37f);
}

static int send_weights(int fd, struct sample *s, uint64_t count, uint32_t *weights)
{
	struct axp_weights_create create = {
		.data = (uintptr_t)s->wgt,
		.bias = s->nr_bias ? (uintptr_t)s->bias : 0,
		.count = count,
		.nr_bias = s->nr_bias,
		.format = s->format,
	};
	uint8_t packed[1 << 13] = {};
	uint64_t i;
	int err;

	if (s->format != AXP_WGT_F32) {
		create.codebook = (uintptr_t)s->codebook;
		create.nr_centroids = s->nr_centroids;
		create.data = (uintptr_t)s->index;
	}
	if (s->format == AXP_WGT_U4) {
		for (i = 0; i < count; i++)
			packed[i / 2] |= s->index[i] << i % 2 * 4;
		create.data = (uintptr_t)packed;
	}
	err = axp_ioctl(fd, AXP_IOC_WEIGHTS_CREATE, &create);
	*weights = create.weights;
	return err;
}

bool sample_equal_counters(const struct axp_stats *a, const struct axp_stats *b)
{
	return a->macs == b->macs && a->gated == b->gated && a->zero_act == b->zero_act &&
	       a->hits_exact == b->hits_exact && a->hits_approx == b->hits_approx &&
	       a->misses == b->misses && a->searches == b->searches &&
	       a->clamped == b->clamped && a->outputs == b->outputs && a->jobs == b->jobs;
}

void sample_random(struct sample *s, uint64_t seed)
{
	struct axp_job *job = &s->ref.job;
	uint64_t count, elems, i;

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->nr_bias = random_shape(s, job);
	count = ref_wgt_elems(job);
	elems = ref_act_elems(job);
	s->outs = ref_out_elems(job);
	random_weights(s, count);
	if (below(s, 3))
		s->nr_bias = 0;
	for (i = 0; i < s->nr_bias; i++)
		s->bias[i] = random_finite(s);
	for (i = 0; i < elems; i++)
		s->act[i] = random_operand(s);
	job->flags |= below(s, 4);	/* both gates */
	if (below(s, 6)) {
		random_table(s);
		s->ref.table = &s->table;
	}
	s->ref.wgt = s->wgt;
	s->ref.bias = s->nr_bias ? s->bias : NULL;
	s->ref.act = s->act;
	memset(s->expect, 0xee, s->outs * 4);
	ref_run(&s->ref, s->expect, &s->stats);
}

/* Run one job in this thread and get its own counters. */
int sample_run_job(int fd, struct axp_job job, struct axp_stats *stats, struct axp_why *why)
{
	struct axp_completion done;
	uint64_t seqno;
	int err;

	job.flags |= AXP_JOB_COMPLETION;
	err = axp_submit(fd, &job, 1, AXP_SUBMIT_SYNC, &seqno, why);
	if (err)
		return err;
	/* records that an earlier read failed to get come first */
	do {
		if (read(fd, &done, sizeof(done)) != sizeof(done))
			return -errno;
	} while (done.seqno != seqno);
	*stats = done.stats;
	return done.status;
}

/* also while copies from user space are made to fail */
static void drop(int fd, uint32_t id)
{
	while (axp_destroy(fd, id) == -EFAULT)
		;
}

int sample_create(int fd, struct sample *s, const struct axp_mem *act,
		  const struct axp_mem *out, struct axp_job *job)
{
	int err;

	*job = s->ref.job;
	memcpy(act->words, s->act, ref_act_elems(job) * 4);
	memset(out->words, 0xee, s->outs * 4);
	memset(&s->why, 0, sizeof(s->why));
	job->act.buf = act->buf;
	job->out.buf = out->buf;
	if (s->ref.table) {
		err = axp_table(fd, &s->table.spec, s->rows, s->table.nr_rows, &job->table,
				&s->why);
		if (err)
			return err;
	}
	err = send_weights(fd, s, ref_wgt_elems(job), &job->weights);
	if (err && job->table)
		drop(fd, job->table);
	return err;
}

void sample_destroy(int fd, const struct axp_job *job)
{
	drop(fd, job->weights);
	if (job->table)
		drop(fd, job->table);
}

int sample_run(int fd, struct sample *s, const struct axp_mem *act, const struct axp_mem *out)
{
	struct axp_job job;
	uint64_t i;
	int err;

	err = sample_create(fd, s, act, out, &job);
	if (err)
		return err;
	err = sample_run_job(fd, job, &s->got, &s->why);
	sample_destroy(fd, &job);
	if (err)
		return err;
	for (i = 0; i < s->outs; i++)
		if (out->words[i] != s->expect[i])
			break;
	s->wrong = i;
	s->is = i < s->outs ? out->words[i] : 0;
	return i < s->outs || !sample_equal_counters(&s->stats, &s->got);
}

void sample_print(const struct sample *s, int result)
{
	const struct axp_stats *got = &s->got, *want = &s->stats;

	printf("# op %u flags %x accumulator %u organisation %u: result %d\n", s->ref.job.op,
	       s->ref.job.flags, s->table.spec.accumulator, s->table.spec.organisation, result);
	if (result < 0) {
		printf("# refused: reason %u, index %u, %llx, %llx\n", s->why.reason,
		       s->why.index, (unsigned long long)s->why.value,
		       (unsigned long long)s->why.limit);
		return;
	}
	if (s->wrong < s->outs)
		printf("# word %llu is %08x, not %08x\n", (unsigned long long)s->wrong, s->is,
		       s->expect[s->wrong]);
	printf("# macs %llu/%llu gated %llu/%llu exact %llu/%llu approx %llu/%llu\n", got->macs,
	       want->macs, got->gated, want->gated, got->hits_exact, want->hits_exact,
	       got->hits_approx, want->hits_approx);
	printf("# misses %llu/%llu searches %llu/%llu clamped %llu/%llu zero %llu/%llu\n",
	       got->misses, want->misses, got->searches, want->searches, got->clamped,
	       want->clamped, got->zero_act, want->zero_act);
}
