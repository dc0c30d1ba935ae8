// SPDX-License-Identifier: BSD-2-Clause
/* What needs /dev/axp: its wrappers, and the device backend against the soft one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "tap.h"

#define DEVICE	"/dev/axp"
#define N	5

/* --- backends --- */

/* run the fixture for N samples, then for N - 2 of them */
static int run_twice(const struct axp_backend_ops *ops, const struct axp_session_opts *opts,
		     const struct fixture *f, float *out, struct axp_stats *program,
		     struct axp_stats *stats, struct axp_diag *msg)
{
	struct axp_backend_job *job;
	void *be;
	int err;

	memset(program, 0, sizeof(*program));
	memset(stats, 0, sizeof(*stats));
	err = ops->open(&be, opts, msg);
	if (err)
		return err;
	err = ops->prepare(be, &f->layer, &f->shape, &job, program, msg);
	if (!err) {
		err = ops->run(be, job, N, f->in, out, stats, msg);
		if (!err)
			err = ops->run(be, job, N - 2, f->in, out + f->nr_out, stats, msg);
		ops->release(be, job);
	}
	ops->close(be);
	return err;
}

static void test_equal(unsigned int i, uint32_t preset, uint32_t cam_class)
{
	struct axp_session_opts opts = {
		.size = sizeof(opts), .device = DEVICE, .preset = preset, .cam_class = cam_class,
	};
	struct axp_stats soft_program, soft_stats, program, stats;
	struct axp_diag msg = { "" };
	float *soft_out, *out;
	struct fixture f;
	uint64_t part;

	fixture_make(&f, i, N);
	part = f.nr_out + f.nr_out / N * (N - 2);
	soft_out = calloc(part, sizeof(*out));
	out = calloc(part, sizeof(*out));
	if (!soft_out || !out)
		bail_out("no memory");
	if (run_twice(&axp_backend_soft, &opts, &f, soft_out, &soft_program, &soft_stats, &msg))
		bail_out("%s", msg.text);
	if (run_twice(&axp_backend_device, &opts, &f, out, &program, &stats, &msg)) {
		ok(false, "%s: %s", f.layer.name, msg.text);
	} else {
		ok(!memcmp(out, soft_out, part * sizeof(*out)) &&
		   !memcmp(out, f.want, f.nr_out * sizeof(*out)),
		   "%s, %s: every bit as defined, and as the soft backend", f.layer.name,
		   axp_preset_name(preset));
		ok(stats_equal(&stats, &soft_stats) && stats_equal(&program, &soft_program) &&
		   stats.jobs == 2 && stats.busy_ns,
		   "%s, %s: every counter and femtojoule, of jobs and of programming",
		   f.layer.name, axp_preset_name(preset));
	}
	free(soft_out);
	free(out);
	fixture_free(&f);
}

static unsigned int nr_faulty;

/* Faults of every target, stuck and flipping: device and soft agree in all. */
static void test_faults(unsigned int i)
{
	const struct axp_fault list[] = {
		{ .target = AXP_FAULT_LUT, .kind = AXP_FAULT_FLIP, .mask = ~0u, .rate = 1u << 27 },
		{ .target = AXP_FAULT_ACT_KEY, .kind = AXP_FAULT_FLIP, .mask = ~0u,
		  .rate = 1u << 28 },
		{ .target = AXP_FAULT_ACT_CARE, .kind = AXP_FAULT_STUCK_0, .mask = ~0u,
		  .rate = 1u << 28 },
		{ .target = AXP_FAULT_ACC, .kind = AXP_FAULT_FLIP, .mask = ~0u, .rate = 1u << 24 },
		{ .target = AXP_FAULT_ACC, .kind = AXP_FAULT_STUCK_1, .mask = 0xff, .count = 1 },
	};
	const struct axp_backend_ops *const backends[] = { &axp_backend_soft, &axp_backend_device };
	struct axp_fault_stats faults[2] = { 0 };
	struct axp_stats program, stats[2] = { 0 };
	struct axp_diag msg = { "" };
	float *out[2];
	struct fixture f;
	bool differs;
	uint64_t part;

	fixture_make(&f, i, N);
	if (!f.layer.assoc) {
		fixture_free(&f);
		return;
	}
	nr_faulty++;
	part = f.nr_out + f.nr_out / N * (N - 2);
	for (unsigned int b = 0; b < 2; b++) {
		struct axp_session_opts opts = {
			.size = sizeof(opts), .device = DEVICE, .faults = list,
			.nr_faults = sizeof(list) / sizeof(list[0]), .fault_seed = 77 + i,
		};
		struct axp_backend_job *job;
		void *be;

		out[b] = calloc(part, sizeof(*out[b]));
		memset(&program, 0, sizeof(program));
		if (!out[b] || backends[b]->open(&be, &opts, &msg) ||
		    backends[b]->prepare(be, &f.layer, &f.shape, &job, &program, &msg) ||
		    backends[b]->run(be, job, N, f.in, out[b], &stats[b], &msg) ||
		    backends[b]->run(be, job, N - 2, f.in, out[b] + f.nr_out, &stats[b], &msg) ||
		    backends[b]->fault_stats(be, &faults[b], &msg))
			bail_out("%s", msg.text);
		backends[b]->release(be, job);
		backends[b]->close(be);
	}
	differs = memcmp(out[0], f.want, f.nr_out * sizeof(*f.want));
	ok(!memcmp(out[0], out[1], part * sizeof(*out[0])) && differs,
	   "%s: faulty in the same bits", f.layer.name);
	ok(!memcmp(&faults[0], &faults[1], sizeof(faults[0])) && faults[0].jobs == 2 &&
	   faults[0].cam_bits && faults[0].lut_bits && faults[0].acc_bits &&
	   stats_equal(&stats[0], &stats[1]),
	   "%s: the same counters, %llu wrong bits of sums", f.layer.name,
	   (unsigned long long)faults[0].acc_bits);
	free(out[0]);
	free(out[1]);
	fixture_free(&f);
}

/* Several layers share the buffers, which grow; they run in turn. */
static void test_many_layers(void)
{
	struct axp_session_opts opts = { .size = sizeof(opts), .device = DEVICE };
	struct axp_backend_job *job[16];
	struct axp_stats program = { 0 };
	struct axp_diag msg = { "" };
	struct fixture f[16];
	bool same = true;
	unsigned int i, turn;
	void *be;

	if (nr_fixtures > 16)
		bail_out("too many fixtures");
	if (axp_backend_device.open(&be, &opts, &msg))
		bail_out("%s", msg.text);
	for (i = 0; i < nr_fixtures; i++) {
		fixture_make(&f[i], i, N);
		if (axp_backend_device.prepare(be, &f[i].layer, &f[i].shape, &job[i], &program,
					       &msg))
			bail_out("%s", msg.text);
	}
	for (turn = 0; turn < 3; turn++)
		for (i = 0; i < nr_fixtures; i++) {
			float *out = calloc(f[i].nr_out, sizeof(*out));
			struct axp_stats stats = { 0 };

			if (!out || axp_backend_device.run(be, job[i], N, f[i].in, out, &stats,
							   &msg))
				bail_out("%s", msg.text);
			same &= !memcmp(out, f[i].want, f[i].nr_out * sizeof(*out));
			free(out);
		}
	ok(same, "%u layers in turn on one client", nr_fixtures);
	for (i = 0; i < nr_fixtures; i++) {
		axp_backend_device.release(be, job[i]);
		fixture_free(&f[i]);
	}
	axp_backend_device.close(be);
	axp_backend_device.close(NULL);
}

static void refused_layer(unsigned int i, void (*spoil)(struct fixture *f),
			  uint32_t preset, int want, const char *says)
{
	struct axp_session_opts opts = {
		.size = sizeof(opts), .device = DEVICE, .preset = preset,
	};
	struct axp_backend_job *job = (void *)1;
	struct axp_stats program = { 0 };
	struct axp_diag msg = { "" };
	struct fixture f;
	void *be;
	int err;

	if (axp_backend_device.open(&be, &opts, &msg))
		bail_out("%s", msg.text);
	fixture_make(&f, i, N);
	if (spoil)
		spoil(&f);
	err = axp_backend_device.prepare(be, &f.layer, &f.shape, &job, &program, &msg);
	if (!ok(err == want && !job && !program.rows_programmed && strstr(msg.text, says),
		"layer refused: %s", msg.text))
		diag("got %d", err);
	axp_backend_device.close(be);
	fixture_free(&f);
}

static void bad_row(struct fixture *f)
{
	f->layer.assoc->rows[5].flags = 8;
}

static void bad_index(struct fixture *f)
{
	f->layer.assoc->index[17] = 16;
}

static void test_refused_layers(void)
{
	struct axp_session_opts opts = { .size = sizeof(opts), .device = "/dev/null" };
	struct axp_diag msg = { "" };
	void *be = (void *)1;

	refused_layer(0, bad_row, 0, -EINVAL, "layer shared: " DEVICE ": table: row 5: flags 0x8");
	refused_layer(0, bad_index, 0, -ERANGE, "layer shared: " DEVICE ": weights: weight 17: index 16");
	refused_layer(nr_fixtures - 2, NULL, AXP_PRESET_H45, -EOPNOTSUPP, "layer plain: has no table");
	ok(axp_backend_device.open(&be, &opts, &msg) == -ENOTTY && !be &&
	   strstr(msg.text, "/dev/null: is not an axp device"), "no device: %s", msg.text);
}

/* --- wrappers --- */

struct client {
	struct axp_device *device;
	struct axp_job job;
	float *map;
	uint64_t bytes;
};

static const float codebook[2] = { 0.5f, 2.0f };
static const uint8_t index8[4] = { 0, 0, 1, 1 };
static const struct axp_table_spec spec = {
	.accumulator = AXP_ACC_F32, .organisation = AXP_ORG_BANKED, .lanes = 1, .word_bits = 32,
	.preset = AXP_PRESET_S28, .cam_class = AXP_CAM_SILICON28,
};

static struct axp_row one_row(void)
{
	return (struct axp_row){
		.act = 0x40800000, .act_care = 0xff800000, .wgt = 0x3f000000,
		.wgt_care = 0xffffffff, .product = 0x40400000,
	};
}

/* a client with one buffer, one table and a job that computes 8 */
static void client_open(struct client *c)
{
	struct axp_row row = one_row();
	struct axp_diag msg = { "" };
	void *map;

	memset(c, 0, sizeof(*c));
	if (axp_device_open(&c->device, DEVICE, &msg) ||
	    axp_device_buffer(c->device, 1, &c->job.act.buf, &map, &c->bytes, &msg) ||
	    axp_device_table(c->device, &spec, &row, 1, &c->job.table, &msg) ||
	    axp_device_weights(c->device, AXP_WGT_U8, codebook, 2, index8, 4, NULL, 0,
			       &c->job.weights, &msg))
		bail_out("%s", msg.text);
	c->map = map;
	c->map[0] = 6;
	c->map[1] = 5;
	c->map[2] = 1;
	c->job.op = AXP_OP_DOT;
	c->job.dot.count = 1;
	c->job.dot.len = 4;
	c->job.out.buf = c->job.act.buf;
	c->job.out.offset = 16;
}

static void client_close(struct client *c)
{
	axp_device_unmap(c->map, c->bytes);
	axp_device_close(c->device);
}

static void test_caps(const struct client *c)
{
	const struct axp_caps *caps = axp_device_caps(c->device);

	ok(axp_device_fd(c->device) >= 0 &&
	   fcntl(axp_device_fd(c->device), F_GETFD) & FD_CLOEXEC, "the file is closed on exec");
	ok(caps->nr_pe && caps->max_lanes && caps->engine[0] && caps->max_jobs_per_submit,
	   "capabilities: engine %s, %u PEs", caps->engine, caps->nr_pe);
	ok(c->bytes >= 4096 && !c->map[4] && !c->map[1023],
	   "a buffer is mapped, whole pages, zeroed");
}

static void test_submit(struct client *c)
{
	struct axp_completion record = { 0 };
	struct axp_stats client, table;
	struct pollfd pfd = { .fd = axp_device_fd(c->device), .events = POLLIN };
	struct axp_job job = c->job;
	struct axp_diag msg = { "" };
	struct axp_row row = one_row();
	uint64_t first = 0, second = 0;

	ok(!axp_device_submit(c->device, &job, 1, AXP_SUBMIT_SYNC, &first, &msg) &&
	   c->map[4] == 8, "a job runs%s", msg.text);
	job.flags = AXP_JOB_COMPLETION;
	job.cookie = 0x1234567890;
	ok(!axp_device_submit(c->device, &job, 1, 0, &second, &msg) && second == first + 1 &&
	   !axp_device_wait(c->device, second, -1, &msg), "another, waited for%s", msg.text);
	ok(poll(&pfd, 1, 1000) == 1 && pfd.revents & POLLIN &&
	   !axp_device_completion(c->device, &record, &msg) && record.cookie == job.cookie &&
	   record.seqno == second && !record.status && record.stats.macs == 4,
	   "its completion%s", msg.text);
	ok(!axp_device_stats(c->device, 0, &client, &msg) &&
	   !axp_device_stats(c->device, job.table, &table, &msg) && client.jobs == 2 &&
	   client.macs == 8 && client.rows_programmed == 1 && stats_equal(&client, &table),
	   "statistics of the client and of its only table agree%s", msg.text);

	row.product = 0x40a00000;	/* 5 */
	ok(!axp_device_table_write(c->device, job.table, 0, &row, 1, &msg) &&
	   !axp_device_submit(c->device, &c->job, 1, AXP_SUBMIT_SYNC, NULL, &msg) &&
	   c->map[4] == 12, "a row is replaced%s", msg.text);
}

static void refused(int err, int want, const struct axp_diag *msg, const char *says)
{
	if (!ok(err == want && strstr(msg->text, says), "refused: %s", msg->text))
		diag("got %d, wanted %d and '%s'", err, want, says);
}

static void test_refused_objects(struct client *c)
{
	struct axp_table_spec bad = spec;
	struct axp_row row = one_row();
	struct axp_diag msg = { "" };
	uint64_t bytes = 7;
	uint32_t handle = 7;
	void *map = &row;
	int err;

	err = axp_device_buffer(c->device, 1ull << 50, &handle, &map, &bytes, &msg);
	refused(err, -ENOSPC, &msg, "buffer: the objects of this client would take");
	ok(handle == 7 && map == &row && bytes == 7, "outputs are as they were");
	msg.text[0] = '\0';
	bad.organisation = 9;
	err = axp_device_table(c->device, &bad, &row, 1, &handle, &msg);
	refused(err, -EOPNOTSUPP, &msg, "table: organisation 9");
	msg.text[0] = '\0';
	row.wgt_care = 0xff;
	err = axp_device_table_write(c->device, c->job.table, 1, &row, 1, &msg);
	refused(err, -EINVAL, &msg, "table write: row ");
	msg.text[0] = '\0';
	err = axp_device_table_write(c->device, 999, 0, &row, 1, &msg);
	refused(err, -ENOENT, &msg, "no object of the wanted type has handle 999");
	msg.text[0] = '\0';
	err = axp_device_weights(c->device, AXP_WGT_U8, codebook, 1, index8, 4, NULL, 0, &handle,
				 &msg);
	refused(err, -ERANGE, &msg, "weights: weight 2: index 1 into a codebook of 1");
	msg.text[0] = '\0';
	err = axp_device_destroy(c->device, 999, &msg);
	refused(err, -ENOENT, &msg, "no object has handle 999");
	msg.text[0] = '\0';
	err = axp_device_stats(c->device, c->job.weights, &(struct axp_stats){ 0 }, &msg);
	refused(err, -ENOENT, &msg, "statistics: no object has this handle");
	ok(handle == 7, "handles are as they were");
}

static void test_refused_jobs(struct client *c)
{
	struct axp_job jobs[3] = { c->job, c->job, c->job };
	struct axp_stats before, after;
	struct axp_diag msg = { "" };
	uint64_t first = 7;
	int err;

	if (axp_device_stats(c->device, 0, &before, &msg))
		bail_out("%s", msg.text);
	jobs[2].act.offset = c->bytes - 12;
	err = axp_device_submit(c->device, jobs, 3, 0, &first, &msg);
	refused(err, -ERANGE, &msg, "submit: job 2: last activation byte");
	msg.text[0] = '\0';
	jobs[2] = c->job;
	jobs[1].op = 77;
	err = axp_device_submit(c->device, jobs, 3, 0, &first, &msg);
	refused(err, -EOPNOTSUPP, &msg, "submit: job 1: operation 77");
	msg.text[0] = '\0';
	err = axp_device_submit(c->device, jobs, 0, 0, &first, &msg);
	refused(err, -EINVAL, &msg, "a count is 0");
	msg.text[0] = '\0';
	if (axp_device_stats(c->device, 0, &after, &msg))
		bail_out("%s", msg.text);
	ok(first == 7 && !memcmp(&before, &after, sizeof(after)), "nothing was queued");
}

static void test_waiting(struct client *c)
{
	struct axp_completion record;
	struct axp_diag msg = { "" };
	int fd = axp_device_fd(c->device);
	int err;

	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		bail_out("fcntl: %s", strerror(errno));
	err = axp_device_completion(c->device, &record, &msg);
	refused(err, -EAGAIN, &msg, "completion: the file is non-blocking");
}

static void test_destroy(struct client *c)
{
	struct axp_diag msg = { "" };
	int err;

	ok(!axp_device_destroy(c->device, c->job.table, &msg) &&
	   !axp_device_destroy(c->device, c->job.weights, &msg) &&
	   !axp_device_destroy(c->device, c->job.act.buf, &msg), "objects are dropped%s", msg.text);
	c->map[0] = 3;
	ok(c->map[0] == 3, "the mapping stays");
	err = axp_device_submit(c->device, &c->job, 1, 0, NULL, &msg);
	refused(err, -ENOENT, &msg, "job 0: no object of the wanted type");
}

int main(void)
{
	struct client c;
	unsigned int i;

	if (access(DEVICE, F_OK))
		skip_all("there is no " DEVICE);
	for (i = 0; i < nr_fixtures; i++)
		test_equal(i, 0, 0);
	for (i = 0; i < 5; i++)
		test_equal(i, AXP_PRESET_J7, AXP_CAM_LOWPOWER);
	for (i = 0; i < nr_fixtures; i++)
		test_faults(i);
	test_many_layers();
	test_refused_layers();

	client_open(&c);
	test_caps(&c);
	test_submit(&c);
	test_refused_objects(&c);
	test_refused_jobs(&c);
	test_waiting(&c);
	test_destroy(&c);
	client_close(&c);
	plan(2 * (nr_fixtures + 5) + 2 * nr_faulty + 1 + 4 + 3 + 5 + 9 + 4 + 1 + 3);
	return done_testing();
}
