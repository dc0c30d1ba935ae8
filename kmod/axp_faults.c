// SPDX-License-Identifier: GPL-2.0
/*
 * Faults of tables, for studies of reliability. A table with faults is another
 * image; nothing looks for faults where there are none.
 */
#include <linux/capability.h>
#include <linux/slab.h>

#include "axp.h"

static void axp_fault_set_release(struct kref *ref)
{
	struct axp_fault_set *set = container_of(ref, struct axp_fault_set, ref);

	axp_faults_free(set->faults);
	axp_uncharge(set->client, AXP_FAULT_SET_BYTES);
	kfree(set);
}

/**
 * axp_fault_set_put() - drop a reference
 * @set: faults
 *
 * Context: may sleep.
 */
void axp_fault_set_put(struct axp_fault_set *set)
{
	kref_put(&set->ref, axp_fault_set_release);
}

/**
 * axp_fault_set_take_job() - number the next job
 * @set: faults of its table
 *
 * Return: 0 for the first job, 1 for the second, and so on.
 */
u64 axp_fault_set_take_job(struct axp_fault_set *set)
{
	return atomic64_inc_return(&set->next_job) - 1;
}

/**
 * axp_fault_set_return_job() - undo axp_fault_set_take_job()
 * @set: faults
 * @job: number of a job that is not queued
 *
 * Without effect when another thread of the client has taken a later number.
 */
void axp_fault_set_return_job(struct axp_fault_set *set, u64 job)
{
	atomic64_cmpxchg(&set->next_job, job + 1, job);
}

static int axp_fault_set_read(struct axp_fault *list, const struct axp_table_faults *args,
			      struct axp_why *why)
{
	u32 i;
	int err;

	for (i = 0; i < args->nr_faults; i++) {
		err = axp_copy_element(&list[i], sizeof(list[i]), args->faults,
				       args->fault_size, i, why);
		if (err)
			return err;
	}
	return 0;
}

static struct axp_fault_set *axp_fault_set_make(struct axp_client *client,
						const struct axp_table_faults *args,
						const struct axp_image *image,
						struct axp_why *why)
{
	struct axp_fault_set *set;
	struct axp_fault *list;
	int err;

	err = axp_charge(client, AXP_FAULT_SET_BYTES, why);
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	list = kcalloc(args->nr_faults, sizeof(*list), AXP_GFP);
	set = kzalloc(sizeof(*set), AXP_GFP);
	if (!list || !set)
		goto fail;
	kref_init(&set->ref);
	set->client = client;
	err = axp_fault_set_read(list, args, why);
	if (!err)
		err = axp_faults_create(&set->faults, list, args->nr_faults, args->seed, image,
					why);
	if (err)
		goto fail;
	kfree(list);
	return set;

fail:
	kfree(set);
	kfree(list);
	axp_uncharge(client, AXP_FAULT_SET_BYTES);
	return ERR_PTR(err);
}

static int axp_fault_set_locked(struct axp_table *table, struct axp_ucmd *ucmd)
{
	struct axp_table_faults *args = ucmd->cmd;
	struct axp_fault_set *set = NULL;
	struct axp_table_image *image;
	int err;

	lockdep_assert_held(&table->write_lock);
	if (args->nr_faults) {
		set = axp_fault_set_make(ucmd->client, args, table->image->written,
					 &args->why);
		if (IS_ERR(set))
			return PTR_ERR(set);
	}
	image = axp_table_image_damage(table->image, set, 0, &args->why);
	if (set)
		axp_fault_set_put(set);
	if (IS_ERR(image))
		return PTR_ERR(image);
	args->generation = image->generation;
	err = axp_ucmd_respond(ucmd);
	if (err) {
		axp_table_image_put(image);
		return err;
	}
	axp_table_replace_image(table, image);
	return 0;
}

/**
 * axp_fault_set_ioctl() - AXP_IOC_TABLE_FAULTS
 * @ucmd: struct axp_table_faults
 *
 * Return: 0, -EPERM, -EINVAL, -E2BIG, -EOPNOTSUPP, -ERANGE, -ENOENT, -ENOSPC, -ENOMEM,
 * -EINTR or -EFAULT.
 */
int axp_fault_set_ioctl(struct axp_ucmd *ucmd)
{
	struct axp_table_faults *args = ucmd->cmd;
	struct axp_table *table;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (args->flags)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_FLAGS, 0, args->flags, 0);
	if (args->fault_size < sizeof(struct axp_fault))
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_SIZE, 0, args->fault_size,
				  sizeof(struct axp_fault));
	if (args->nr_faults > AXP_MAX_FAULTS)
		return axp_refuse(&args->why, -ENOSPC, AXP_WHY_COUNT, 0, args->nr_faults,
				  AXP_MAX_FAULTS);

	table = axp_table_get(ucmd->client, args->table);
	if (!table)
		return axp_refuse(&args->why, -ENOENT, AXP_WHY_HANDLE, 0, args->table, 0);
	err = mutex_lock_interruptible(&table->write_lock);
	if (!err) {
		err = axp_fault_set_locked(table, ucmd);
		mutex_unlock(&table->write_lock);
	} else {
		err = -ERESTARTSYS;
	}
	axp_object_put(&table->obj);
	return err;
}
