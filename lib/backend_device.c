// SPDX-License-Identifier: BSD-2-Clause
/* Device backend: layers as jobs of /dev/axp. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "diag.h"

/**
 * struct mapped - a buffer of the device, mapped
 * @handle: 0: none yet
 * @map: all of it
 * @bytes: of it
 */
struct mapped {
	uint32_t handle;
	void *map;
	uint64_t bytes;
};

/**
 * struct client - an open device backend
 * @device: one client of the device
 * @preset: AXP_PRESET_*, 0: what each table says
 * @cam_class: AXP_CAM_*, 0: what each table says
 * @in: activations, as large as the largest layer wants; likewise @out
 * @out: results
 * @cookie: of the last job; completions of older jobs are stale
 * @faults: of the tables
 */
struct client {
	struct axp_device *device;
	uint32_t preset;
	uint32_t cam_class;
	struct mapped in;
	struct mapped out;
	uint64_t cookie;
	struct axp_backend_faults faults;
};

/**
 * struct axp_backend_job - a layer, ready to run
 * @layer: borrowed
 * @shape: of the largest run
 * @chunk: samples of one job
 * @table: handle, 0: FPU only
 * @weights: handle
 * @jobs: room for the jobs of the largest run
 */
struct axp_backend_job {
	const struct axp_layer *layer;
	struct axp_layer_shape shape;
	uint32_t chunk;
	uint32_t table;
	uint32_t weights;
	struct axp_job *jobs;
};

static void device_close(void *be)
{
	struct client *client = be;

	if (!client)
		return;
	axp_device_unmap(client->in.map, client->in.bytes);
	axp_device_unmap(client->out.map, client->out.bytes);
	axp_device_close(client->device);
	free(client);
}

static int device_open(void **out, const struct axp_session_opts *opts, struct axp_diag *diag)
{
	struct client *client;
	int err;

	*out = NULL;
	client = calloc(1, sizeof(*client));
	if (!client)
		return axp_fail(diag, -ENOMEM, "device backend: no memory");
	client->preset = opts->preset;
	client->cam_class = opts->cam_class;
	axp_backend_faults_init(&client->faults, opts);
	err = axp_device_open(&client->device, opts->device, diag);
	if (err) {
		device_close(client);
		return err;
	}
	*out = client;
	return 0;
}

static const char *device_engine(void *be)
{
	const struct client *client = be;

	return axp_device_caps(client->device)->engine;
}

/* Replace @buffer by a larger one, unless it is large enough. */
static int grow(struct client *client, struct mapped *buffer, uint64_t bytes,
		struct axp_diag *diag)
{
	struct mapped larger;
	int err;

	if (bytes <= buffer->bytes)
		return 0;
	err = axp_device_buffer(client->device, bytes, &larger.handle, &larger.map,
				&larger.bytes, diag);
	if (err)
		return err;
	if (buffer->handle) {
		axp_device_unmap(buffer->map, buffer->bytes);
		err = axp_device_destroy(client->device, buffer->handle, diag);
	}
	*buffer = larger;
	return err;
}

/* The largest run of @job fits the buffers, and its bytes fit 64 bits. */
static int grow_buffers(struct client *client, const struct axp_backend_job *job,
			struct axp_diag *diag)
{
	uint64_t in, out;
	int err;

	if (axp_mul_size(axp_layer_in_elems(&job->shape), 4ull * job->shape.n, &in) ||
	    axp_mul_size(axp_layer_out_elems(job->layer, &job->shape), 4ull * job->shape.n, &out))
		return axp_fail(diag, -EOVERFLOW, "layer %s: %u samples do not fit 64 bits",
				job->layer->name, job->shape.n);
	err = grow(client, &client->in, in, diag);
	if (!err)
		err = grow(client, &client->out, out, diag);
	return err ? axp_fail_in(diag, err, "layer %s", job->layer->name) : 0;
}

static int make_table(struct client *client, struct axp_backend_job *job,
		      struct axp_stats *program, struct axp_diag *diag)
{
	const struct axp_assoc *assoc = job->layer->assoc;
	struct axp_table_spec spec;
	uint64_t seed;
	bool faulty = axp_backend_faults_next(&client->faults, &seed);
	int err;

	if (!assoc) {
		/* the device prices such jobs with its own energy model */
		if (!client->preset)
			return 0;
		return axp_fail(diag, -EOPNOTSUPP,
				"layer %s: has no table, so the device prices it with its own preset and not with '%s' (leave the preset out, or compile the model)",
				job->layer->name, axp_preset_name(client->preset));
	}
	spec = assoc->spec;
	if (client->preset)
		spec.preset = client->preset;
	if (client->cam_class)
		spec.cam_class = client->cam_class;
	err = axp_device_table(client->device, &spec, assoc->rows, assoc->nr_rows, &job->table,
			       diag);
	if (!err)
		err = axp_device_stats(client->device, job->table, program, diag);
	if (!err && faulty)
		err = axp_device_faults(client->device, job->table, client->faults.list,
					client->faults.nr, seed, diag);
	return err ? axp_fail_in(diag, err, "layer %s", job->layer->name) : 0;
}

static int make_weights(struct client *client, struct axp_backend_job *job,
			struct axp_diag *diag)
{
	const struct axp_layer *layer = job->layer;
	const struct axp_assoc *assoc = layer->assoc;
	int err;

	if (assoc)
		err = axp_device_weights(client->device, AXP_WGT_U8, assoc->codebook, assoc->k,
					 assoc->index, layer->nr_weights, layer->bias, layer->oc,
					 &job->weights, diag);
	else
		err = axp_device_weights(client->device, AXP_WGT_F32, NULL, 0, layer->weights,
					 layer->nr_weights, layer->bias, layer->oc,
					 &job->weights, diag);
	return err ? axp_fail_in(diag, err, "layer %s", layer->name) : 0;
}

/* A handle that cannot be dropped now goes with the file. */
static void drop(struct client *client, uint32_t handle)
{
	int err = handle ? axp_device_destroy(client->device, handle, NULL) : 0;

	(void)err;
}

static void device_release(void *be, struct axp_backend_job *job)
{
	struct client *client = be;

	if (!job)
		return;
	drop(client, job->table);
	drop(client, job->weights);
	free(job->jobs);
	free(job);
}

static int make_jobs(struct client *client, struct axp_backend_job *job, struct axp_diag *diag)
{
	const struct axp_caps *caps = axp_device_caps(client->device);
	uint32_t most;
	int err;

	err = axp_backend_chunk(job->layer, &job->shape, caps->max_macs_per_job, &job->chunk, diag);
	if (err)
		return err;
	most = job->shape.n / job->chunk + !!(job->shape.n % job->chunk);
	if (most > caps->max_jobs_per_submit || most > caps->max_inflight)
		return axp_fail(diag, -ENOSPC,
				"layer %s: %u samples are %u jobs, the limit is %u (use smaller batches)",
				job->layer->name, job->shape.n, most,
				most > caps->max_jobs_per_submit ? caps->max_jobs_per_submit :
								   caps->max_inflight);
	job->jobs = calloc(most, sizeof(*job->jobs));
	return job->jobs ? 0 : axp_fail(diag, -ENOMEM, "layer %s: no memory", job->layer->name);
}

static int device_prepare(void *be, const struct axp_layer *layer,
			  const struct axp_layer_shape *shape, struct axp_backend_job **out,
			  struct axp_stats *program, struct axp_diag *diag)
{
	struct axp_stats cost = { 0 };
	struct client *client = be;
	struct axp_backend_job *job;
	int err;

	*out = NULL;
	job = calloc(1, sizeof(*job));
	if (!job)
		return axp_fail(diag, -ENOMEM, "layer %s: no memory", layer->name);
	job->layer = layer;
	job->shape = *shape;
	err = make_jobs(client, job, diag);
	if (!err)
		err = make_table(client, job, &cost, diag);
	if (!err)
		err = make_weights(client, job, diag);
	if (!err)
		err = grow_buffers(client, job, diag);
	if (err) {
		device_release(client, job);
		return err;
	}
	axp_stats_add(program, &cost);
	*out = job;
	return 0;
}

/* @n samples as jobs of at most @job->chunk; returns their number */
static uint32_t fill_jobs(struct client *client, struct axp_backend_job *job, uint32_t n)
{
	uint64_t in_bytes = axp_layer_in_elems(&job->shape) * 4;
	uint64_t out_bytes = axp_layer_out_elems(job->layer, &job->shape) * 4;
	struct axp_layer_shape shape = job->shape;
	uint32_t done, i = 0;

	for (done = 0; done < n; done += shape.n, i++) {
		struct axp_job *desc = &job->jobs[i];

		shape.n = n - done < job->chunk ? n - done : job->chunk;
		axp_layer_job(job->layer, &shape, desc);
		desc->flags |= AXP_JOB_COMPLETION;
		desc->table = job->table;
		desc->weights = job->weights;
		desc->cookie = ++client->cookie;
		desc->act.buf = client->in.handle;
		desc->act.offset = done * in_bytes;
		desc->out.buf = client->out.handle;
		desc->out.offset = done * out_bytes;
	}
	return i;
}

/* Completions of @nr jobs whose cookies follow @before, added up. */
static int collect(struct client *client, const struct axp_backend_job *job, uint64_t before,
		   uint32_t nr, struct axp_stats *sum, struct axp_diag *diag)
{
	struct axp_completion record;
	int status = 0;
	int err;

	while (nr) {
		err = axp_device_completion(client->device, &record, NULL);
		if (err == -EINTR)
			continue;
		if (err)
			return axp_fail(diag, err, "layer %s: no completion: %s",
					job->layer->name, strerror(-err));
		/* left by a run that failed half-way */
		if (record.cookie <= before)
			continue;
		nr--;
		if (record.status && !status)
			status = record.status;
		axp_stats_add(sum, &record.stats);
	}
	if (status)
		return axp_fail(diag, status, "layer %s: the job ended with: %s",
				job->layer->name, strerror(-status));
	return 0;
}

static int device_run(void *be, struct axp_backend_job *job, uint32_t n, const float *in,
		      float *out, struct axp_stats *stats, struct axp_diag *diag)
{
	uint64_t in_bytes = axp_layer_in_elems(&job->shape) * 4 * n;
	uint64_t out_bytes = axp_layer_out_elems(job->layer, &job->shape) * 4 * n;
	struct axp_stats sum = { 0 };
	struct client *client = be;
	uint64_t before = client->cookie;
	struct axp_diag why;
	uint32_t nr;
	int err;

	if (n > job->shape.n)
		return axp_fail(diag, -EINVAL, "layer %s: %u samples, prepared for %u",
				job->layer->name, n, job->shape.n);
	memcpy(client->in.map, in, in_bytes);
	nr = fill_jobs(client, job, n);
	do {
		why.text[0] = '\0';
		err = axp_device_submit(client->device, job->jobs, nr, 0, NULL, &why);
	} while (err == -EINTR);
	if (err)
		return axp_fail(diag, err, "layer %s: %s", job->layer->name, why.text);
	err = collect(client, job, before, nr, &sum, diag);
	if (err)
		return err;
	memcpy(out, client->out.map, out_bytes);
	axp_stats_add(stats, &sum);
	return 0;
}

static int device_fault_stats(void *be, struct axp_fault_stats *stats, struct axp_diag *diag)
{
	struct client *client = be;

	if (client->faults.nr)
		return axp_device_fault_stats(client->device, 0, stats, diag);
	/* a module that knows no faults can be asked for none */
	memset(stats, 0, sizeof(*stats));
	return 0;
}

const struct axp_backend_ops axp_backend_device = {
	.name = "device",
	.open = device_open,
	.engine = device_engine,
	.prepare = device_prepare,
	.run = device_run,
	.fault_stats = device_fault_stats,
	.release = device_release,
	.close = device_close,
};
