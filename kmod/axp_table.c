// SPDX-License-Identifier: GPL-2.0
/*
 * Tables: rows of a CAM with their LUT words. Rows are never changed in place:
 * writing makes a new image, jobs that were submitted before keep the old one.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "axp.h"
#include "axp_trace.h"

static void axp_table_image_release(struct kref *ref)
{
	struct axp_table_image *image = container_of(ref, struct axp_table_image, ref);

	if (image->image != image->written)
		axp_image_free(image->image);
	if (image->base)
		axp_table_image_put(image->base);
	else
		axp_image_free(image->written);
	if (image->faults)
		axp_fault_set_put(image->faults);
	axp_uncharge(image->client, image->bytes);
	kfree(image);
}

/**
 * axp_table_image_put() - drop a reference
 * @image: image
 *
 * Context: may sleep.
 */
void axp_table_image_put(struct axp_table_image *image)
{
	kref_put(&image->ref, axp_table_image_release);
}

/**
 * axp_table_image_get() - the newest image of a table
 * @table: table
 *
 * Return: the image with a reference of the caller's.
 */
struct axp_table_image *axp_table_image_get(struct axp_table *table)
{
	struct axp_table_image *image;

	spin_lock(&table->lock);
	image = table->image;
	kref_get(&image->ref);
	spin_unlock(&table->lock);
	return image;
}

/**
 * axp_table_bytes() - memory that a table is charged for
 * @table: table
 *
 * Older images, which jobs may still use, are not among it.
 *
 * Context: any that may take axp_table.lock.
 * Return: bytes of the table, of its newest image, and of the faults and the sound
 * image behind that.
 */
u64 axp_table_bytes(struct axp_table *table)
{
	const struct axp_table_image *image;
	u64 bytes = sizeof(*table);

	spin_lock(&table->lock);
	image = table->image;
	bytes += image->bytes;
	if (image->base)
		bytes += image->base->bytes;
	if (image->faults)
		bytes += AXP_FAULT_SET_BYTES;
	spin_unlock(&table->lock);
	return bytes;
}

static struct axp_table_image *axp_table_image_make(struct axp_table *table,
						    const struct axp_table_spec *spec,
						    const struct axp_row *rows, u32 nr_rows,
						    struct axp_why *why)
{
	struct axp_client *client = table->obj.client;
	struct axp_client_budget budget;
	struct axp_table_image *image;
	int err;

	image = kzalloc(sizeof(*image), AXP_GFP);
	if (!image)
		return ERR_PTR(-ENOMEM);
	kref_init(&image->ref);
	image->client = client;
	axp_client_budget_init(&budget, client, why);
	err = axp_image_create(&image->written, &budget.budget, spec, rows, nr_rows,
			       &table->model, table->cam_class, &client->dev->params.limits, why);
	err = axp_client_budget_end(&budget, err, &image->bytes);
	if (err) {
		kfree(image);
		return ERR_PTR(err);
	}
	image->image = image->written;
	image->generation = atomic64_inc_return(&client->generation);
	return image;
}

/**
 * axp_table_image_damage() - the image that faults make of another
 * @base: image; @base->written is what is damaged
 * @faults: faults, or NULL: none
 * @job: number of the job that it is for
 * @why: what was refused
 *
 * Return: an image with a reference of the caller's, or an ERR_PTR(): -ENOSPC,
 * -ENOMEM or -EINTR.
 */
struct axp_table_image *axp_table_image_damage(struct axp_table_image *base,
					       struct axp_fault_set *faults, u64 job,
					       struct axp_why *why)
{
	struct axp_client *client = base->client;
	struct axp_client_budget budget;
	struct axp_table_image *image;
	int err;

	image = kzalloc(sizeof(*image), AXP_GFP);
	if (!image)
		return ERR_PTR(-ENOMEM);
	kref_init(&image->ref);
	image->client = client;
	image->written = base->written;
	image->image = base->written;
	if (faults) {
		axp_client_budget_init(&budget, client, why);
		err = axp_image_damage(&image->image, &budget.budget, base->written,
				       faults->faults, job);
		err = axp_client_budget_end(&budget, err, &image->bytes);
		if (err) {
			kfree(image);
			return ERR_PTR(err);
		}
		kref_get(&faults->ref);
		image->faults = faults;
	}
	/* images of images of images would never end */
	image->base = base->base ? base->base : base;
	kref_get(&image->base->ref);
	image->generation = atomic64_inc_return(&client->generation);
	return image;
}

/**
 * axp_table_replace_image() - make another image the newest
 * @table: table, write_lock is held
 * @image: image; the caller's reference becomes the table's
 */
void axp_table_replace_image(struct axp_table *table, struct axp_table_image *image)
{
	struct axp_table_image *old;

	lockdep_assert_held(&table->write_lock);
	spin_lock(&table->lock);
	old = table->image;
	table->image = image;
	spin_unlock(&table->lock);
	axp_plan_forget_image(table->obj.client, old);
	axp_table_image_put(old);
}

static int axp_table_read_rows(struct axp_row *rows, u64 array, u32 row_size, u32 nr_rows,
			       struct axp_why *why)
{
	u32 i;
	int err;

	for (i = 0; i < nr_rows; i++) {
		err = axp_copy_element(&rows[i], sizeof(rows[i]), array, row_size, i, why);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int axp_table_check_rows(struct axp_client *client, u32 row_size, u64 nr_rows,
				struct axp_why *why)
{
	u32 limit = client->dev->params.limits.max_lut_words;

	if (row_size < sizeof(struct axp_row))
		return axp_refuse(why, -EINVAL, AXP_WHY_SIZE, 0, row_size,
				  sizeof(struct axp_row));
	if (nr_rows > limit)
		return axp_refuse(why, -ENOSPC, AXP_WHY_LUT_WORDS, 0, nr_rows, limit);
	return 0;
}

/* An array of rows, charged to the client while it lives. */
static struct axp_row *axp_rows_alloc(struct axp_client *client, u32 nr_rows,
				      struct axp_why *why)
{
	struct axp_row *rows;
	int err;

	err = axp_charge(client, array_size(nr_rows, sizeof(*rows)), why);
	if (err)
		return ERR_PTR(err);
	rows = kvcalloc(max(nr_rows, 1U), sizeof(*rows), AXP_GFP);
	if (!rows) {
		axp_uncharge(client, array_size(nr_rows, sizeof(*rows)));
		return ERR_PTR(-ENOMEM);
	}
	return rows;
}

static void axp_rows_free(struct axp_client *client, struct axp_row *rows, u32 nr_rows)
{
	kvfree(rows);
	axp_uncharge(client, array_size(nr_rows, sizeof(*rows)));
}

static void axp_table_free(struct axp_table *table)
{
	if (table->image)
		axp_table_image_put(table->image);
	mutex_destroy(&table->write_lock);
	axp_uncharge(table->obj.client, sizeof(*table));
	kfree(table);
}

static void axp_table_release(struct axp_object *obj)
{
	axp_table_free(container_of(obj, struct axp_table, obj));
}

/* A table without an image. */
static struct axp_table *axp_table_alloc(struct axp_client *client, struct axp_why *why)
{
	struct axp_table *table;
	int err;

	err = axp_charge(client, sizeof(*table), why);
	if (err)
		return ERR_PTR(err);
	table = kzalloc(sizeof(*table), AXP_GFP);
	if (!table) {
		axp_uncharge(client, sizeof(*table));
		return ERR_PTR(-ENOMEM);
	}
	axp_object_init(&table->obj, client, AXP_OBJECT_TABLE, axp_table_release);
	mutex_init(&table->write_lock);
	spin_lock_init(&table->lock);
	return table;
}

static struct axp_table *axp_table_make(struct axp_client *client,
					struct axp_table_create *args)
{
	struct axp_table_image *image;
	struct axp_table *table;
	struct axp_row *rows;
	int err;

	table = axp_table_alloc(client, &args->why);
	if (IS_ERR(table))
		return table;
	err = axp_model_resolve(&client->dev->model, args->spec.preset, args->spec.cam_class,
				&table->model, &table->cam_class, &args->why);
	if (err)
		goto free_table;
	rows = axp_rows_alloc(client, args->nr_rows, &args->why);
	if (IS_ERR(rows)) {
		err = PTR_ERR(rows);
		goto free_table;
	}
	err = axp_table_read_rows(rows, args->rows, args->row_size, args->nr_rows,
				  &args->why);
	if (err)
		goto free_rows;
	image = axp_table_image_make(table, &args->spec, rows, args->nr_rows, &args->why);
	if (IS_ERR(image)) {
		err = PTR_ERR(image);
		goto free_rows;
	}
	table->image = image;
	axp_rows_free(client, rows, args->nr_rows);
	return table;

free_rows:
	axp_rows_free(client, rows, args->nr_rows);
free_table:
	axp_table_free(table);
	return ERR_PTR(err);
}

/**
 * axp_table_create() - AXP_IOC_TABLE_CREATE
 * @ucmd: struct axp_table_create
 *
 * Return: 0, -EINVAL, -E2BIG, -EOPNOTSUPP, -ERANGE, -ENOSPC, -ENOMEM, -EINTR or
 * -EFAULT.
 */
int axp_table_create(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_table_create *args = ucmd->cmd;
	const struct axp_image *image;
	struct axp_table *table;
	u64 energy;
	int err;

	if (args->flags)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_FLAGS, 0, args->flags, 0);
	if (args->rsvd)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_RESERVED, 0, args->rsvd, 0);
	err = axp_table_check_rows(client, args->row_size, args->nr_rows, &args->why);
	if (err)
		return err;

	table = axp_table_make(client, args);
	if (IS_ERR(table))
		return PTR_ERR(table);
	err = axp_object_reserve(client, &args->table, &args->why);
	if (err)
		goto free_table;

	image = table->image->image;
	args->generation = table->image->generation;
	args->cam_rows = image->dims.cam_rows;
	args->key_bits = image->dims.key_bits;
	args->lut_words = image->dims.lut_words;
	energy = axp_image_program_fj(image, 0, args->nr_rows);
	err = axp_ucmd_respond(ucmd);
	if (err)
		goto unreserve;
	axp_stats_program(client, table, args->nr_rows, energy);
	trace_axp_table_write(client, args->table, args->generation, 0, args->nr_rows, energy);
	/* Once it is published, another thread can destroy it. */
	axp_object_publish(&table->obj, args->table);
	axp_netlink_event(client->dev, AXP_NL_EVENT_TABLE_NEW, client, args->table,
			  args->generation, args->nr_rows);
	return 0;

unreserve:
	axp_object_unreserve(client, args->table);
free_table:
	axp_table_free(table);
	return err;
}

/* The image that results from writing rows into the newest one. */
static struct axp_table_image *axp_table_rewrite(struct axp_table *table,
						 struct axp_table_write *args)
{
	struct axp_client *client = table->obj.client;
	/* write_lock is held: nobody else replaces it */
	const struct axp_image *old = table->image->written;
	struct axp_table_image *image;
	struct axp_row *rows;
	u64 nr_rows;
	int err;

	lockdep_assert_held(&table->write_lock);
	if (args->first > old->nr_rows)
		return ERR_PTR(axp_refuse(&args->why, -ERANGE, AXP_WHY_COUNT, 0, args->first,
					  old->nr_rows));
	nr_rows = max((u64)old->nr_rows, (u64)args->first + args->nr_rows);
	err = axp_table_check_rows(client, args->row_size, nr_rows, &args->why);
	if (err)
		return ERR_PTR(err);

	rows = axp_rows_alloc(client, nr_rows, &args->why);
	if (IS_ERR(rows))
		return ERR_CAST(rows);
	memcpy(rows, old->rows, old->nr_rows * sizeof(*rows));
	err = axp_table_read_rows(rows + args->first, args->rows, args->row_size,
				  args->nr_rows, &args->why);
	if (err) {
		image = ERR_PTR(err);
	} else {
		image = axp_table_image_make(table, &old->spec, rows, nr_rows, &args->why);
		/* The client counts from the first row it passed. */
		if (IS_ERR(image) && args->why.index >= args->first)
			args->why.index -= args->first;
	}
	axp_rows_free(client, rows, nr_rows);
	if (!IS_ERR(image) && table->image->faults) {
		struct axp_table_image *sound = image;

		/* what is written into faulty hardware comes out as faulty as before */
		image = axp_table_image_damage(sound, table->image->faults, 0, &args->why);
		axp_table_image_put(sound);
	}
	return image;
}

static int axp_table_write_locked(struct axp_table *table, struct axp_ucmd *ucmd)
{
	struct axp_table_write *args = ucmd->cmd;
	struct axp_client *client = ucmd->client;
	struct axp_table_image *image;
	u64 energy;
	int err;

	image = axp_table_rewrite(table, args);
	if (IS_ERR(image))
		return PTR_ERR(image);
	args->generation = image->generation;
	err = axp_ucmd_respond(ucmd);
	if (err) {
		axp_table_image_put(image);
		return err;
	}

	energy = axp_image_program_fj(image->written, args->first, args->nr_rows);
	axp_stats_program(client, table, args->nr_rows, energy);
	trace_axp_table_write(client, args->table, args->generation, args->first,
			      args->nr_rows, energy);
	axp_netlink_event(client->dev, AXP_NL_EVENT_TABLE_WRITE, client, args->table,
			  args->generation, args->nr_rows);
	axp_table_replace_image(table, image);
	return 0;
}

/**
 * axp_table_write() - AXP_IOC_TABLE_WRITE
 * @ucmd: struct axp_table_write
 *
 * Return: 0, -EINVAL, -E2BIG, -EOPNOTSUPP, -ERANGE, -ENOENT, -ENOSPC, -ENOMEM,
 * -EINTR or -EFAULT.
 */
int axp_table_write(struct axp_ucmd *ucmd)
{
	struct axp_table_write *args = ucmd->cmd;
	struct axp_table *table;
	int err;

	if (args->flags)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_FLAGS, 0, args->flags, 0);
	if (args->rsvd)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_RESERVED, 0, args->rsvd, 0);
	if (!args->nr_rows)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_COUNT, 0, 0, 0);

	table = axp_table_get(ucmd->client, args->table);
	if (!table)
		return axp_refuse(&args->why, -ENOENT, AXP_WHY_HANDLE, 0, args->table, 0);
	err = mutex_lock_interruptible(&table->write_lock);
	if (!err) {
		err = axp_table_write_locked(table, ucmd);
		mutex_unlock(&table->write_lock);
	} else {
		err = -ERESTARTSYS;
	}
	axp_object_put(&table->obj);
	return err;
}

/**
 * axp_table_get() - look a table up
 * @client: owner
 * @id: handle
 *
 * Return: the table with a reference, or NULL.
 */
struct axp_table *axp_table_get(struct axp_client *client, u32 id)
{
	struct axp_object *obj = axp_object_get(client, id, AXP_OBJECT_TABLE);

	return obj ? container_of(obj, struct axp_table, obj) : NULL;
}
