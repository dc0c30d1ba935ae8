// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs: everything about them is checked, and everything they need is held,
 * before the first of a batch is queued. What runs later cannot fail.
 */
#include <linux/fcntl.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "axp.h"
#include "axp_trace.h"

#define AXP_JOB_GATES	(AXP_JOB_GATE_ACT | AXP_JOB_GATE_WGT)
#define AXP_JOB_FLAGS	(AXP_JOB_GATES | AXP_JOB_KY_CI_KX | AXP_JOB_COMPLETION)
/* Flags that a plan depends on. */
#define AXP_PLAN_FLAGS	(AXP_JOB_GATES | AXP_JOB_KY_CI_KX)

/**
 * axp_job_drop_objects() - let go of what a job held
 * @job: job that does not run
 *
 * Context: may sleep.
 */
void axp_job_drop_objects(struct axp_queued_job *job)
{
	if (job->plan)
		axp_plan_put(job->plan);
	if (job->table)
		axp_object_put(&job->table->obj);
	if (job->act)
		axp_object_put(&job->act->obj);
	if (job->out)
		axp_object_put(&job->out->obj);
	if (job->faults)
		axp_fault_set_put(job->faults);
	job->faults = NULL;
	job->plan = NULL;
	job->table = NULL;
	job->act = NULL;
	job->out = NULL;
}

static void axp_job_free(struct axp_queued_job *job)
{
	if (job->faults)
		axp_fault_set_return_job(job->faults, job->io.job);
	axp_job_drop_objects(job);
	kfree(job);
}

/* Faults of the table that the job met. */
static void axp_job_count_faults(const struct axp_queued_job *job)
{
	const struct axp_image *image = job->plan->key.image->image;
	const struct axp_fault_stats stats = {
		.jobs = 1,
		.cam_bits = image->cam_bits,
		.lut_bits = image->lut_bits,
		.acc_bits = job->counters.faults,
	};

	axp_stats_faults(job->client, job->table, &stats);
}

/**
 * axp_job_finish() - count what a job did
 * @job: job that ran, or was cancelled; the caller owns it
 *
 * A cancelled job counts for nothing, and what it wrote is unspecified.
 *
 * Context: may sleep.
 */
void axp_job_finish(struct axp_queued_job *job)
{
	const struct axp_counters *counters = &job->counters;
	struct axp_stats *stats = &job->stats;
	struct axp_energy energy;

	if (job->cancelled) {
		job->status = -ECANCELED;
	} else {
		axp_energy_price(&energy, &job->costs, counters, job->gating);
		stats->macs = counters->macs;
		stats->gated = counters->gated;
		stats->zero_act = counters->zero_act;
		stats->hits_exact = counters->hits_exact;
		stats->hits_approx = counters->hits_approx;
		stats->misses = counters->misses;
		stats->searches = counters->searches;
		stats->clamped = counters->clamped;
		stats->outputs = counters->outputs;
		stats->jobs = 1;
		stats->energy_fj = energy.device;
		stats->baseline_fj = energy.baseline;
		stats->baseline_gated_fj = energy.baseline_gated;
		stats->queue_ns = job->start_ns - job->submit_ns;
		stats->busy_ns = job->busy_ns;
		axp_stats_job(job->client, job->table, stats);
		if (job->faults)
			axp_job_count_faults(job);
	}
	trace_axp_done(job);
	axp_job_drop_objects(job);
}

static int axp_job_check_ref(const struct axp_ref *ref, struct axp_why *why)
{
	if (ref->rsvd)
		return axp_refuse(why, -EINVAL, AXP_WHY_RESERVED, 0, ref->rsvd, 0);
	if (ref->offset % sizeof(u32))
		return axp_refuse(why, -EINVAL, AXP_WHY_ALIGN, 0, ref->offset, sizeof(u32));
	return 0;
}

/* One past the last byte that @elems elements at @ref take, checked. */
static int axp_job_check_range(const struct axp_ref *ref, const struct axp_buffer *buffer,
			       u64 elems, u32 reason, u64 *end, struct axp_why *why)
{
	u64 bytes;

	if (check_mul_overflow(elems, (u64)sizeof(u32), &bytes) ||
	    check_add_overflow(ref->offset, bytes, end))
		return axp_refuse(why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, elems, 0);
	if (*end > buffer->bytes)
		return axp_refuse(why, -ERANGE, reason, 0, *end, buffer->bytes);
	return 0;
}

static int axp_job_get_plan(struct axp_queued_job *queued, const struct axp_job *job,
			    struct axp_table_image *image, struct axp_why *why)
{
	struct axp_client *client = queued->client;
	struct axp_plan_key key = {
		.image = image,
		.op = job->op,
		.flags = job->flags & AXP_PLAN_FLAGS,
	};
	int err;

	key.weights = axp_weights_object_get(client, job->weights);
	if (!key.weights)
		return axp_refuse(why, -ENOENT, AXP_WHY_HANDLE, 0, job->weights, 0);
	BUILD_BUG_ON(sizeof(key.shape) != sizeof(job->pad));
	memcpy(key.shape, job->pad, sizeof(key.shape));
	err = axp_plan_get(client, &key, job, &queued->plan, why);
	axp_object_put(&key.weights->obj);
	return err;
}

/*
 * Number a job among the faults of its table. Where CAM or LUT differ from job to
 * job, the image of the table is replaced by one of the job's own.
 */
static struct axp_table_image *axp_job_take_faults(struct axp_queued_job *queued,
						   struct axp_table_image *image,
						   struct axp_why *why)
{
	struct axp_table_image *own;

	queued->faults = image->faults;
	kref_get(&queued->faults->ref);
	queued->io.job = axp_fault_set_take_job(queued->faults);
	if (!queued->faults->faults->per_job)
		return image;
	own = axp_table_image_damage(image, queued->faults, queued->io.job, why);
	axp_table_image_put(image);
	/* no other job can name it: its plan is not kept */
	if (!IS_ERR(own))
		own->dead = true;
	return own;
}

/* Table, costs and plan. */
static int axp_job_prepare_table(struct axp_queued_job *queued, const struct axp_job *job,
				 struct axp_why *why)
{
	struct axp_client *client = queued->client;
	struct axp_model *model = &client->dev->model;
	struct axp_table_image *image;
	int err;

	if (!job->table) {
		mutex_lock(&model->lock);
		axp_costs_without_table(&queued->costs, axp_model_constants(model));
		mutex_unlock(&model->lock);
		return axp_job_get_plan(queued, job, NULL, why);
	}

	queued->table = axp_table_get(client, job->table);
	if (!queued->table)
		return axp_refuse(why, -ENOENT, AXP_WHY_HANDLE, 0, job->table, 0);
	image = axp_table_image_get(queued->table);
	if (image->faults) {
		image = axp_job_take_faults(queued, image, why);
		if (IS_ERR(image))
			return PTR_ERR(image);
	}
	queued->costs = image->image->costs;
	err = axp_job_get_plan(queued, job, image, why);
	axp_table_image_put(image);
	return err;
}

/* Buffers, once the shape is known. */
static int axp_job_prepare_io(struct axp_queued_job *queued, const struct axp_job *job,
			      struct axp_why *why)
{
	const struct axp_nest *nest = &queued->plan->nest;
	struct axp_client *client = queued->client;
	u64 act_end, out_end;
	int err;

	queued->act = axp_buffer_get(client, job->act.buf);
	if (!queued->act)
		return axp_refuse(why, -ENOENT, AXP_WHY_HANDLE, 0, job->act.buf, 0);
	queued->out = axp_buffer_get(client, job->out.buf);
	if (!queued->out)
		return axp_refuse(why, -ENOENT, AXP_WHY_HANDLE, 0, job->out.buf, 0);
	err = axp_job_check_range(&job->act, queued->act, nest->act_elems,
				  AXP_WHY_RANGE_ACT, &act_end, why);
	if (err)
		return err;
	err = axp_job_check_range(&job->out, queued->out, nest->out_elems,
				  AXP_WHY_RANGE_OUT, &out_end, why);
	if (err)
		return err;
	if (queued->act == queued->out && job->act.offset < out_end &&
	    job->out.offset < act_end)
		return axp_refuse(why, -EINVAL, AXP_WHY_OVERLAP, 0, job->out.offset, act_end);
	queued->io.act = queued->act->vaddr + job->act.offset;
	queued->io.out = queued->out->vaddr + job->out.offset;
	return 0;
}

static int axp_job_prepare(struct axp_queued_job *queued, const struct axp_job *job,
			   struct axp_why *why)
{
	int err;

	if (job->flags & ~AXP_JOB_FLAGS)
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0, job->flags & ~AXP_JOB_FLAGS,
				  AXP_JOB_FLAGS);
	err = axp_job_check_ref(&job->act, why);
	if (!err)
		err = axp_job_check_ref(&job->out, why);
	if (!err)
		err = axp_job_prepare_table(queued, job, why);
	if (!err)
		err = axp_job_prepare_io(queued, job, why);
	if (err)
		return err;

	queued->gating = job->flags & AXP_JOB_GATES;
	queued->flags = job->flags;
	queued->cookie = job->cookie;
	queued->nr_tiles = axp_plan_nr_tiles(queued->plan->plan);
	queued->tile_macs = max_t(u64, div_u64(queued->plan->nest.macs, queued->nr_tiles), 1);
	return 0;
}

static void axp_batch_free(struct axp_batch *batch)
{
	struct axp_queued_job *job, *next;

	/* backwards, as numbers of jobs are given back */
	list_for_each_entry_safe_reverse(job, next, &batch->jobs, link) {
		list_del(&job->link);
		axp_job_free(job);
	}
}

static int axp_batch_add(struct axp_client *client, struct axp_batch *batch,
			 const struct axp_job *job, struct axp_why *why)
{
	struct axp_queued_job *queued;
	int err;

	queued = kzalloc(sizeof(*queued), AXP_GFP);
	if (!queued)
		return -ENOMEM;
	queued->client = client;
	err = axp_job_prepare(queued, job, why);
	if (err) {
		axp_job_free(queued);
		return err;
	}
	list_add_tail(&queued->link, &batch->jobs);
	/* Cannot wrap: the numbers of jobs and of MACs of a job are limited. */
	batch->macs += queued->plan->nest.macs;
	batch->scratch_bytes = max(batch->scratch_bytes,
				   axp_plan_scratch_bytes(queued->plan->plan));
	return 0;
}

/* Copy and check all jobs. Nothing is left behind on failure. */
static int axp_batch_read(struct axp_client *client, struct axp_batch *batch,
			  struct axp_submit *args)
{
	struct axp_job job;
	u32 i;
	int err = 0;

	for (i = 0; i < args->nr_jobs && !err; i++) {
		err = axp_copy_element(&job, sizeof(job), args->jobs, args->job_size, i,
				       &args->why);
		if (err)
			break;
		err = axp_batch_add(client, batch, &job, &args->why);
		if (err)
			args->why.index = i;
		else if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (err)
		axp_batch_free(batch);
	return err;
}

/* Number the jobs, report the number, queue them: one step to other threads. */
static int axp_batch_queue(struct axp_ucmd *ucmd, struct axp_batch *batch)
{
	struct axp_client *client = ucmd->client;
	struct axp_submit *args = ucmd->cmd;
	int err;

	if (mutex_lock_interruptible(&client->submit_lock))
		return -ERESTARTSYS;
	args->first_seqno = client->next_seqno;
	err = axp_ucmd_respond(ucmd);
	if (!err)
		axp_sched_queue(client, batch);
	mutex_unlock(&client->submit_lock);
	return err;
}

static int axp_job_check_submit(const struct axp_params *params,
				const struct axp_submit *args, struct axp_why *why)
{
	if (args->flags & ~AXP_SUBMIT_SYNC)
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0,
				  args->flags & ~AXP_SUBMIT_SYNC, AXP_SUBMIT_SYNC);
	if (args->rsvd)
		return axp_refuse(why, -EINVAL, AXP_WHY_RESERVED, 0, args->rsvd, 0);
	if (args->job_size < sizeof(struct axp_job))
		return axp_refuse(why, -EINVAL, AXP_WHY_SIZE, 0, args->job_size,
				  sizeof(struct axp_job));
	if (!args->nr_jobs)
		return axp_refuse(why, -EINVAL, AXP_WHY_COUNT, 0, 0,
				  params->max_jobs_per_submit);
	if (args->nr_jobs > params->max_jobs_per_submit)
		return axp_refuse(why, -ENOSPC, AXP_WHY_COUNT, 0, args->nr_jobs,
				  params->max_jobs_per_submit);
	return 0;
}

/**
 * axp_job_submit() - AXP_IOC_SUBMIT
 * @ucmd: struct axp_submit
 *
 * Return: 0, or the error of the first bad job; nothing is queued then. -EINTR
 * after a fatal signal: jobs that were queued are cancelled.
 */
int axp_job_submit(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_submit *args = ucmd->cmd;
	struct axp_batch batch = {
		.jobs = LIST_HEAD_INIT(batch.jobs),
		.nr_jobs = args->nr_jobs,
		.sync = args->flags & AXP_SUBMIT_SYNC,
	};
	int err;

	err = axp_job_check_submit(&client->dev->params, args, &args->why);
	if (err)
		return err;
	err = axp_sched_reserve(client, batch.nr_jobs, ucmd->file->f_flags & O_NONBLOCK,
				&args->why);
	if (err)
		return err;
	err = axp_batch_read(client, &batch, args);
	if (err)
		goto unreserve;
	err = axp_sched_prepare(client, &batch, &args->why);
	if (err)
		goto free_batch;
	err = axp_batch_queue(ucmd, &batch);
	if (err)
		goto unprepare;
	return batch.sync ? axp_sched_run_sync(client, &batch) : 0;

unprepare:
	axp_sched_unprepare(client, &batch);
free_batch:
	axp_batch_free(&batch);
unreserve:
	axp_sched_unreserve(client, batch.nr_jobs);
	return err;
}
