// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "wild_util.h"

#define PAGE		4096
#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static uint32_t below(struct wild *w, uint32_t n)
{
	return axp_random(&w->seed) % n;
}

static uint32_t pick(struct wild *w, const uint32_t *handles)
{
	/* somebody else's number, or a fantasy */
	if (!below(w, 8))
		return below(w, 4) ? 1 + below(w, 64) : axp_random(&w->seed);
	return handles[below(w, WILD_HANDLES)];
}

static void keep(struct wild *w, uint32_t *handles, uint32_t id)
{
	uint32_t *place = &handles[below(w, WILD_HANDLES)];

	if (*place)
		axp_destroy(w->fd, *place);
	*place = id;
}

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static bool returned(struct wild *w, int err, bool documented, const char *what)
{
	count(&w->counts->calls);
	if (!err)
		return true;
	count(&w->counts->refused);
	if (err == -EINTR)
		count(&w->counts->interrupted);
	if (documented)
		return true;
	snprintf(w->failed, sizeof(w->failed), "%s failed with %d", what, err);
	return false;
}

/* --- breaking things --- */

static uint32_t odd_word(struct wild *w)
{
	static const uint32_t odd[] = {
		0, 1, 2, 3, 4, 16, 255, 256, 4095, 4096, 65535, 65536, 0x7fffffff, 0x80000000,
		0xfffffffc, 0xfffffffe, 0xffffffff,
	};

	return below(w, 3) ? odd[below(w, NR(odd))] :
			     axp_random(&w->seed);
}

/* One word or one bit of @bytes at @at. */
static void mutate(struct wild *w, void *at, size_t bytes)
{
	uint32_t *word = (uint32_t *)at + below(w, bytes / 4);

	if (below(w, 2))
		*word = odd_word(w);
	else
		*word ^= 1u << below(w, 32);
}

void wild_scribble(struct wild_arrays *arrays, uint64_t *seed)
{
	uint32_t *words = (uint32_t *)arrays;
	uint32_t i = axp_random(seed) % (sizeof(*arrays) / 4);

	/* small, so that no shape becomes large */
	if (axp_random(seed) % 2)
		words[i] = axp_random(seed) % 24;
	else
		words[i] ^= axp_random(seed) % 8;
}

/* An upper bound; wraps nowhere for what is accepted. */
static double job_macs(const struct axp_job *job)
{
	const struct axp_conv2d *c = &job->conv2d;
	double h, v;

	switch (job->op) {
	case AXP_OP_DOT:
		return (double)job->dot.count * job->dot.len;
	case AXP_OP_GEMM:
		return (double)job->gemm.m * job->gemm.n * job->gemm.k;
	case AXP_OP_CONV2D:
		v = (double)c->h + c->pad_top + c->pad_bottom;
		h = (double)c->w + c->pad_left + c->pad_right;
		return (double)c->n * c->oc * c->c * c->kh * c->kw * v * h;
	default:
		return 0;
	}
}

/* --- valid calls --- */

static uint32_t tame_float(struct wild *w)
{
	static const uint32_t values[] = {
		0, 0x80000000, 0x3f800000, 0xbf800000, 0x40000000, 0x3f000000, 0x40490fdb,
		0x00000001, 0x7f800000, 0x7fc00000,
	};

	return values[below(w, NR(values))];
}

static void make_spec(struct wild *w, struct axp_table_spec *spec)
{
	*spec = axp_spec_f32();
	spec->organisation = below(w, 5);
	spec->preset = below(w, 8);
	spec->cam_class = below(w, 5);
	if (spec->organisation >= AXP_ORG_SHARED)
		spec->lanes = 1 + below(w, 16);
	if (spec->organisation != AXP_ORG_SIGNIFICAND && below(w, 2)) {
		spec->accumulator = AXP_ACC_FIXED;
		spec->word_bits = 8 * (1 + below(w, 4));
		spec->scale = below(w, 16);
		spec->max_term = 127;
	}
}

static uint32_t make_rows(struct wild *w, const struct axp_table_spec *spec)
{
	uint32_t nr = below(w, WILD_ROWS + 1), i;

	for (i = 0; i < nr; i++) {
		struct axp_row *row = &w->arrays->rows[i];

		*row = (struct axp_row) {
			.act = tame_float(w) + (i << 16), .act_care = 0xffff0000,
			.wgt = F32_ONE, .wgt_care = ~0u, .product = below(w, 100),
		};
		if (spec->organisation == AXP_ORG_SIGNIFICAND) {
			row->flags = AXP_ROW_SIGNIFICAND;
			row->act_care &= 0x007fffff;
		}
	}
	return nr;
}

static int make_weights(struct wild *w, struct axp_weights_create *args)
{
	uint32_t i;

	for (i = 0; i < 256; i++)
		w->arrays->weights[i] = tame_float(w);
	args->count = 1 + below(w, WILD_WEIGHTS - 512);
	args->format = below(w, 3);
	args->data = (uintptr_t)(w->arrays->weights + 512);
	if (args->format != AXP_WGT_F32) {
		args->codebook = (uintptr_t)w->arrays->weights;
		args->nr_centroids = args->format == AXP_WGT_U4 ? 16 : 256;
	}
	if (below(w, 2)) {
		args->bias = (uintptr_t)w->arrays->weights;
		args->nr_bias = 1 + below(w, 16);
	}
	return 0;
}

static void make_job(struct wild *w, struct axp_job *job)
{
	*job = (struct axp_job) {
		.op = below(w, 3),
		.flags = below(w, 4) | (below(w, 3) ? 0 : AXP_JOB_COMPLETION),
		.table = below(w, 3) ? pick(w, w->table) : 0,
		.weights = pick(w, w->weights),
		.cookie = axp_random(&w->seed),
		.act.buf = pick(w, w->buf),
		.out.buf = pick(w, w->buf),
	};
	if (job->act.buf == job->out.buf)
		job->out.offset = 2048;
	switch (job->op) {
	case AXP_OP_DOT:
		job->dot = (struct axp_dot) {
			.count = 1 + below(w, 32), .len = 1 + below(w, 64),
			.act_step = below(w, 8), .wgt_step = below(w, 8),
		};
		break;
	case AXP_OP_GEMM:
		job->gemm = (struct axp_gemm) {
			.m = 1 + below(w, 16), .n = 1 + below(w, 16), .k = 1 + below(w, 32),
			.flags = below(w, 4),
		};
		break;
	default:
		job->conv2d = (struct axp_conv2d) {
			.n = 1, .c = 2, .h = 1 + below(w, 8), .w = 1 + below(w, 8), .oc = 2,
			.kh = 1, .kw = 1, .groups = 1 + below(w, 2), .stride_h = 1, .stride_w = 1,
			.dil_h = 1, .dil_w = 1, .pad_top = below(w, 3), .pad_left = below(w, 3),
		};
		break;
	}
}

static uint32_t make_jobs(struct wild *w)
{
	uint32_t nr = 1 + below(w, WILD_JOBS), i;

	for (i = 0; i < nr; i++) {
		struct axp_job *job = &w->arrays->jobs[i];

		make_job(w, job);
		if (!below(w, 4))
			mutate(w, job, sizeof(*job));
		if (job_macs(job) > (double)w->most_macs)
			job->op = ~0u;
	}
	return nr;
}

static uint32_t make_faults(struct wild *w)
{
	uint32_t nr = below(w, WILD_FAULTS + 1), i;

	for (i = 0; i < nr; i++) {
		struct axp_fault *fault = &w->arrays->faults[i];

		*fault = (struct axp_fault) {
			.target = below(w, AXP_FAULT_ACC + 1), .kind = below(w, 3),
			.first = below(w, 2), .count = below(w, 2),
			.mask = 1u << below(w, 32), .rate = below(w, 2) << below(w, 32),
		};
		if (!below(w, 4))
			mutate(w, fault, sizeof(*fault));
	}
	return nr;
}

static void fill(struct wild *w, enum abi_command_nr nr, void *arg)
{
	struct axp_buf_create *buf = arg;
	struct axp_table_create *table = arg;
	struct axp_table_write *write = arg;
	struct axp_destroy *destroy = arg;
	struct axp_submit *submit = arg;
	struct axp_wait *wait = arg;
	struct axp_query_stats *query = arg;
	struct axp_table_faults *faults = arg;
	struct axp_query_faults *query_faults = arg;
	struct axp_table_spec spec;

	switch (nr) {
	case ABI_BUF_CREATE:
		buf->bytes = below(w, 16) ? PAGE * (1 + below(w, 4)) : 1 + below(w, 1 << 20);
		break;
	case ABI_TABLE_CREATE:
		make_spec(w, &table->spec);
		table->nr_rows = make_rows(w, &table->spec);
		table->rows = (uintptr_t)w->arrays->rows;
		table->row_size = sizeof(struct axp_row);
		break;
	case ABI_TABLE_WRITE:
		make_spec(w, &spec);
		write->nr_rows = make_rows(w, &spec);
		write->rows = (uintptr_t)w->arrays->rows;
		write->row_size = sizeof(struct axp_row);
		write->table = pick(w, w->table);
		write->first = below(w, 4);
		break;
	case ABI_WEIGHTS_CREATE:
		make_weights(w, arg);
		break;
	case ABI_DESTROY:
		destroy->id = pick(w, below(w, 2) ? w->buf : below(w, 2) ? w->table : w->weights);
		break;
	case ABI_SUBMIT:
		submit->nr_jobs = make_jobs(w);
		submit->jobs = (uintptr_t)w->arrays->jobs;
		submit->job_size = sizeof(struct axp_job);
		submit->flags = below(w, 2);
		break;
	case ABI_WAIT:
		wait->seqno = below(w, 2) ? w->seqno : below(w, 100);
		wait->deadline_ns = axp_now_ns() + below(w, 20000000);
		break;
	case ABI_QUERY_STATS:
		query->scope = below(w, 2);
		query->id = query->scope ? pick(w, w->table) : 0;
		break;
	case ABI_TABLE_FAULTS:
		faults->nr_faults = make_faults(w);
		faults->faults = (uintptr_t)w->arrays->faults;
		faults->fault_size = sizeof(struct axp_fault);
		faults->table = pick(w, w->table);
		faults->seed = below(w, 100);
		break;
	case ABI_QUERY_FAULTS:
		query_faults->scope = below(w, 2);
		query_faults->id = query_faults->scope ? pick(w, w->table) : 0;
		break;
	default:
		break;
	}
}

static void learn(struct wild *w, enum abi_command_nr nr, const void *arg)
{
	switch (nr) {
	case ABI_BUF_CREATE:
		keep(w, w->buf, ((const struct axp_buf_create *)arg)->buf);
		break;
	case ABI_TABLE_CREATE:
		keep(w, w->table, ((const struct axp_table_create *)arg)->table);
		break;
	case ABI_WEIGHTS_CREATE:
		keep(w, w->weights, ((const struct axp_weights_create *)arg)->weights);
		break;
	case ABI_SUBMIT:
		w->seqno = ((const struct axp_submit *)arg)->first_seqno;
		break;
	default:
		break;
	}
}

/* A call of the table, whole, nearly whole, or with a size of its own. */
static bool known_call(struct wild *w)
{
	enum abi_command_nr nr = below(w, NR_ABI_COMMANDS);
	unsigned long cmd;
	uint64_t arg[64] = {};
	bool whole = below(w, 4);
	int err;

	if (!below(w, 3))
		nr = ABI_SUBMIT;
	cmd = abi_commands[nr].cmd;
	fill(w, nr, arg);
	if (!whole)
		mutate(w, arg, _IOC_SIZE(cmd));
	if (!below(w, 16))
		cmd = axp_cmd_sized(cmd, below(w, sizeof(arg)));
	err = axp_ioctl(w->fd, cmd, below(w, 64) ? arg : (void *)(uintptr_t)odd_word(w));
	if (!err && whole && cmd == abi_commands[nr].cmd)
		learn(w, nr, arg);
	return returned(w, err, abi_documented(nr, err), abi_commands[nr].name);
}

/* Any number, any bytes. */
static bool unknown_call(struct wild *w)
{
	uint32_t nr = below(w, 256), dir = below(w, 4), i;
	unsigned long cmd = _IOC(dir, AXP_IOC_MAGIC, nr, 8 * below(w, 64));
	uint32_t arg[128];
	int err;

	for (i = 0; i < NR(arg); i++)
		arg[i] = odd_word(w);
	if (nr < NR_ABI_COMMANDS && cmd == axp_cmd_sized(abi_commands[nr].cmd, _IOC_SIZE(cmd))) {
		err = axp_ioctl(w->fd, cmd, arg);
		return returned(w, err, abi_documented(nr, err), abi_commands[nr].name);
	}
	err = axp_ioctl(w->fd, cmd, arg);
	return returned(w, err, err == -ENOTTY, "an unknown command");
}

static bool map_call(struct wild *w)
{
	uint32_t i = below(w, WILD_MAPS);
	size_t bytes = PAGE * (1 + below(w, 4));
	void *at;
	int err;

	if (w->map[i]) {
		/* others must never see this in a buffer that is new to them */
		memset(w->map[i], 0xa5, w->map_bytes[i]);
		/* in two parts, or whole; what is free may be another thread's already */
		bytes = below(w, 4) ? w->map_bytes[i] : PAGE;
		munmap(w->map[i], bytes);
		if (bytes < w->map_bytes[i])
			munmap((char *)w->map[i] + bytes, w->map_bytes[i] - bytes);
		w->map[i] = NULL;
		return true;
	}
	at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		  below(w, 16) ? MAP_SHARED : MAP_PRIVATE, w->fd,
		  (off_t)pick(w, w->buf) * PAGE);
	err = at == MAP_FAILED ? -errno : 0;
	if (!err) {
		w->map[i] = at;
		w->map_bytes[i] = bytes;
		count(&w->counts->maps);
	}
	/* EOVERFLOW: the C library's, of a 32-bit program; the rest is mmap(2)'s */
	return returned(w, err, err == -EINVAL || err == -ENOENT || err == -ENOMEM ||
			err == -EOVERFLOW, "mmap");
}

static bool read_call(struct wild *w)
{
	static __thread char records[4 * sizeof(struct axp_completion)];
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	int err;

	err = poll(&p, 1, w->blocking && !below(w, 4) ? 20 : 0);
	if (err < 0 && errno != EINTR)
		return returned(w, -errno, false, "poll");
	if (err <= 0 && !w->blocking)
		return true;
	if (err <= 0 && below(w, 8))
		return true;
	err = read(w->fd, below(w, 16) ? records : (void *)8, below(w, sizeof(records) + 1)) < 0 ?
	      -errno : 0;
	return returned(w, err, err == -EINVAL || err == -EAGAIN || err == -EINTR ||
			err == -EFAULT, "read");
}

bool wild_sequence(struct wild *w)
{
	uint32_t n = 1 + below(w, 32);

	count(&w->counts->sequences);
	while (n--) {
		bool fine;

		switch (below(w, 16)) {
		case 0:
			fine = unknown_call(w);
			break;
		case 1:
		case 2:
			fine = map_call(w);
			break;
		case 3:
			fine = read_call(w);
			break;
		case 4:
			fine = !w->other || w->other(w);
			break;
		default:
			fine = known_call(w);
			break;
		}
		if (!fine)
			return false;
	}
	return true;
}
