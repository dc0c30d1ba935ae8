// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/axp: a client per open file, and its ioctls.
 */
#include <linux/compat.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "axp.h"

/* Large copies from user space look for a fatal signal this often. */
#define AXP_COPY_CHUNK		((size_t)1 << 20)
/* The largest element of a user array: what any future version could have. */
#define AXP_ELEMENT_MAX		4096

/**
 * axp_copy_in() - copy_from_user() of any size
 * @to: @bytes of kernel memory
 * @from: @bytes of user memory
 * @bytes: size
 *
 * Return: 0, -EFAULT, or -EINTR when a fatal signal is pending.
 */
int axp_copy_in(void *to, const void __user *from, size_t bytes)
{
	size_t n;

	for (; bytes; bytes -= n, to += n, from += n) {
		n = min(bytes, AXP_COPY_CHUNK);
		if (copy_from_user(to, from, n))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/**
 * axp_copy_element() - one element of an array of user structures
 * @to: @ksize bytes, unknown fields zero
 * @ksize: size of the structure here; also that of its first version
 * @array: user pointer
 * @usize: size of an element there
 * @i: number of the element
 * @why: what was refused
 *
 * Return: 0, -EINVAL, -E2BIG or -EFAULT.
 */
int axp_copy_element(void *to, size_t ksize, u64 array, u32 usize, u32 i,
		     struct axp_why *why)
{
	u64 address;
	int err;

	if (usize < ksize)
		return axp_refuse(why, -EINVAL, AXP_WHY_SIZE, i, usize, ksize);
	if (usize > AXP_ELEMENT_MAX)
		return axp_refuse(why, -E2BIG, AXP_WHY_SIZE, i, usize, AXP_ELEMENT_MAX);
	if (check_add_overflow(array, (u64)usize * i, &address) ||
	    address != (u64)(uintptr_t)address)
		return -EFAULT;
	err = copy_struct_from_user(to, ksize, u64_to_user_ptr(address), usize);
	if (err == -E2BIG)
		axp_refuse(why, err, AXP_WHY_SIZE, i, usize, ksize);
	return err;
}

/**
 * axp_charge() - account memory to a client
 * @client: whose
 * @bytes: how much
 * @why: what was refused
 *
 * Gives up cached plans before it refuses.
 *
 * Context: may sleep; axp_plan_cache.lock not held.
 * Return: 0 or -ENOSPC.
 */
int axp_charge(struct axp_client *client, u64 bytes, struct axp_why *why)
{
	u64 limit = client->dev->params.max_bytes;
	s64 old = atomic64_read(&client->bytes);
	u64 want;

	for (;;) {
		if (check_add_overflow((u64)old, bytes, &want))
			want = U64_MAX;
		if (want > limit) {
			if (bytes <= limit && axp_plan_cache_trim(client, want - limit)) {
				old = atomic64_read(&client->bytes);
				continue;
			}
			return axp_refuse(why, -ENOSPC, AXP_WHY_MEMORY, 0, want, limit);
		}
		if (atomic64_try_cmpxchg(&client->bytes, &old, want))
			return 0;
	}
}

/**
 * axp_uncharge() - undo axp_charge()
 * @client: whose
 * @bytes: how much
 */
void axp_uncharge(struct axp_client *client, u64 bytes)
{
	WARN_ON_ONCE(atomic64_sub_return(bytes, &client->bytes) < 0);
}

static bool axp_budget_take_of_client(struct axp_budget *budget, u64 bytes)
{
	struct axp_client_budget *b = container_of(budget, struct axp_client_budget, budget);

	b->refused = !!axp_charge(b->client, bytes, b->why);
	return !b->refused;
}

static void axp_budget_give_to_client(struct axp_budget *budget, u64 bytes)
{
	axp_uncharge(container_of(budget, struct axp_client_budget, budget)->client, bytes);
}

/**
 * axp_client_budget_init() - a budget that is what a client may still have
 * @b: budget
 * @client: whose
 * @why: what was refused
 */
void axp_client_budget_init(struct axp_client_budget *b, struct axp_client *client,
			    struct axp_why *why)
{
	*b = (struct axp_client_budget) {
		.budget = { .take = axp_budget_take_of_client, .give = axp_budget_give_to_client },
		.client = client,
		.why = why,
	};
}

/**
 * axp_client_budget_end() - the object is made, or has failed
 * @b: budget
 * @err: of what made it; when it failed, everything is free again and given back
 * @bytes: what the object holds, for axp_uncharge() when it is freed
 *
 * Return: @err, or -ENOSPC if it was the budget that refused.
 */
int axp_client_budget_end(struct axp_client_budget *b, int err, u64 *bytes)
{
	*bytes = err ? 0 : b->budget.used;
	if (!err)
		return 0;
	axp_uncharge(b->client, b->budget.used);
	return err == -ENOMEM && b->refused ? -ENOSPC : err;
}

/**
 * axp_ucmd_respond() - write the results of an ioctl to its user
 * @ucmd: ioctl being served
 *
 * Called when nothing but this can fail any more, before anything is published.
 *
 * Return: 0 or -EFAULT.
 */
int axp_ucmd_respond(struct axp_ucmd *ucmd)
{
	if (copy_to_user(ucmd->ubuf, ucmd->cmd, min(ucmd->usize, ucmd->ksize)))
		return -EFAULT;
	return 0;
}

static int axp_ioctl_get_caps(struct axp_ucmd *ucmd)
{
	const struct axp_params *params = &ucmd->client->dev->params;
	struct axp_caps *caps = ucmd->cmd;

	caps->features = AXP_FEAT_FAULTS;
	caps->op_mask = BIT_ULL(AXP_OP_DOT) | BIT_ULL(AXP_OP_GEMM) | BIT_ULL(AXP_OP_CONV2D);
	caps->acc_mask = BIT_ULL(AXP_ACC_F32) | BIT_ULL(AXP_ACC_FIXED);
	caps->org_mask = BIT_ULL(AXP_ORG_FLAT) | BIT_ULL(AXP_ORG_BANKED) |
			 BIT_ULL(AXP_ORG_SHARED) | BIT_ULL(AXP_ORG_SIGNIFICAND) |
			 BIT_ULL(AXP_ORG_BROADCAST);
	caps->preset_mask = GENMASK_ULL(AXP_PRESET_CUSTOM, AXP_PRESET_DEVICE);
	caps->cam_class_mask = GENMASK_ULL(AXP_CAM_ZERO, AXP_CAM_DEVICE);
	caps->max_macs_per_job = params->max_macs_per_job;
	caps->max_bytes = params->max_bytes;
	caps->nr_pe = params->npes;
	caps->max_lanes = params->limits.max_lanes;
	caps->max_cam_rows = params->limits.max_cam_rows;
	caps->max_key_bits = params->limits.max_key_bits;
	caps->max_lut_words = params->limits.max_lut_words;
	caps->max_objects = params->max_objects;
	caps->max_jobs_per_submit = params->max_jobs_per_submit;
	caps->max_inflight = params->max_inflight;
	strscpy(caps->engine, READ_ONCE(params->engine)->name, sizeof(caps->engine));

	if (ucmd->usize > ucmd->ksize &&
	    clear_user(ucmd->ubuf + ucmd->ksize, ucmd->usize - ucmd->ksize))
		return -EFAULT;
	return axp_ucmd_respond(ucmd);
}

static int axp_ioctl_query_stats(struct axp_ucmd *ucmd)
{
	int err;

	err = axp_stats_query(ucmd->client, ucmd->cmd);
	return err ? err : axp_ucmd_respond(ucmd);
}

static int axp_ioctl_query_faults(struct axp_ucmd *ucmd)
{
	int err;

	err = axp_stats_query_faults(ucmd->client, ucmd->cmd);
	return err ? err : axp_ucmd_respond(ucmd);
}

/**
 * struct axp_ioctl_op - a command
 * @cmd: its number, with our size of its structure
 * @min_size: size of the structure in its first version
 * @why: offset of its struct axp_why, 0: none
 * @serve: does it
 */
struct axp_ioctl_op {
	unsigned int cmd;
	unsigned int min_size;
	unsigned int why;
	int (*serve)(struct axp_ucmd *ucmd);
};

union axp_any_cmd {
	struct axp_caps caps;
	struct axp_buf_create buf_create;
	struct axp_table_create table_create;
	struct axp_table_write table_write;
	struct axp_weights_create weights_create;
	struct axp_destroy destroy;
	struct axp_submit submit;
	struct axp_wait wait;
	struct axp_query_stats query_stats;
	struct axp_table_faults table_faults;
	struct axp_query_faults query_faults;
};

#define AXP_OP(_cmd, _type, _last, _serve)				\
	{								\
		.cmd = _cmd,						\
		.min_size = offsetofend(_type, _last),			\
		.serve = _serve,					\
	}
#define AXP_OP_WHY(_cmd, _type, _serve)					\
	{								\
		.cmd = _cmd,						\
		.min_size = offsetofend(_type, why),			\
		.why = offsetof(_type, why),				\
		.serve = _serve,					\
	}

static const struct axp_ioctl_op axp_ioctl_ops[] = {
	AXP_OP(AXP_IOC_GET_CAPS, struct axp_caps, engine, axp_ioctl_get_caps),
	AXP_OP_WHY(AXP_IOC_BUF_CREATE, struct axp_buf_create, axp_buffer_create),
	AXP_OP_WHY(AXP_IOC_TABLE_CREATE, struct axp_table_create, axp_table_create),
	AXP_OP_WHY(AXP_IOC_TABLE_WRITE, struct axp_table_write, axp_table_write),
	AXP_OP_WHY(AXP_IOC_WEIGHTS_CREATE, struct axp_weights_create,
		   axp_weights_object_create),
	AXP_OP(AXP_IOC_DESTROY, struct axp_destroy, flags, axp_object_destroy),
	AXP_OP_WHY(AXP_IOC_SUBMIT, struct axp_submit, axp_job_submit),
	AXP_OP(AXP_IOC_WAIT, struct axp_wait, rsvd, axp_sched_wait),
	AXP_OP(AXP_IOC_QUERY_STATS, struct axp_query_stats, stats, axp_ioctl_query_stats),
	AXP_OP_WHY(AXP_IOC_TABLE_FAULTS, struct axp_table_faults, axp_fault_set_ioctl),
	AXP_OP(AXP_IOC_QUERY_FAULTS, struct axp_query_faults, stats, axp_ioctl_query_faults),
};

static const struct axp_ioctl_op *axp_ioctl_find(unsigned int cmd)
{
	const unsigned int size_bits = (unsigned int)IOCSIZE_MASK;
	unsigned int i;

	/* Everything but the size must be as we know it. */
	for (i = 0; i < ARRAY_SIZE(axp_ioctl_ops); i++)
		if (!((axp_ioctl_ops[i].cmd ^ cmd) & ~size_bits))
			return &axp_ioctl_ops[i];
	return NULL;
}

static long axp_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct axp_ioctl_op *op = axp_ioctl_find(cmd);
	union axp_any_cmd any = {};
	struct axp_ucmd ucmd;
	struct axp_why *why;
	int err;

	if (!op)
		return -ENOTTY;

	ucmd.client = file->private_data;
	ucmd.file = file;
	ucmd.ubuf = (void __user *)arg;
	ucmd.usize = _IOC_SIZE(cmd);
	ucmd.ksize = _IOC_SIZE(op->cmd);
	ucmd.cmd = &any;
	if (ucmd.usize < op->min_size)
		return -EINVAL;
	if (_IOC_DIR(cmd) & _IOC_WRITE) {
		err = copy_struct_from_user(&any, ucmd.ksize, ucmd.ubuf, ucmd.usize);
		if (err)
			return err;
	}

	why = op->why ? (void *)&any + op->why : NULL;
	if (why)
		memset(why, 0, sizeof(*why));
	err = op->serve(&ucmd);
	if (err && why && why->reason) {
		/* The call fails with what it found, even if nobody can be told. */
		if (copy_to_user(ucmd.ubuf + op->why, why, sizeof(*why)))
			return err;
	}
	return err;
}

/**
 * axp_client_create() - a client that has done nothing
 * @dev: device
 *
 * Return: the client, or NULL without memory.
 */
struct axp_client *axp_client_create(struct axp_device *dev)
{
	struct axp_client *client;

	client = kzalloc(sizeof(*client), AXP_GFP);
	if (!client)
		return NULL;

	client->dev = dev;
	xa_init_flags(&client->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	axp_plan_cache_init(&client->plans);
	spin_lock_init(&client->stats_lock);
	axp_sched_client_init(client);
	axp_netlink_client_init(client);
	atomic_inc(&dev->nr_clients);
	return client;
}

/**
 * axp_client_destroy() - free a client with all it owns
 * @client: no call of it is under way and nothing of it is mapped
 */
void axp_client_destroy(struct axp_client *client)
{
	axp_sched_client_exit(client);
	axp_netlink_client_exit(client);
	axp_client_unregister(client);
	axp_plan_cache_trim(client, U64_MAX);
	axp_object_destroy_all(client);
	axp_netlink_event(client->dev, AXP_NL_EVENT_CLIENT_DEL, client, 0, 0, 0);
	WARN_ON_ONCE(atomic64_read(&client->bytes));
	atomic_dec(&client->dev->nr_clients);
	mutex_destroy(&client->plans.lock);
	mutex_destroy(&client->submit_lock);
	kfree(client);
}

static int axp_open(struct inode *inode, struct file *file)
{
	struct axp_device *dev = container_of(file->private_data, struct axp_device, misc);
	struct axp_client *client = axp_client_create(dev);
	int err;

	if (!client)
		return -ENOMEM;
	err = axp_client_register(client);
	if (err) {
		axp_client_destroy(client);
		return err;
	}
	file->private_data = client;
	return nonseekable_open(inode, file);
}

static int axp_release(struct inode *inode, struct file *file)
{
	axp_client_destroy(file->private_data);
	return 0;
}

static ssize_t axp_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	return axp_sched_read(file->private_data, buf, count, file->f_flags & O_NONBLOCK);
}

static __poll_t axp_poll(struct file *file, poll_table *wait)
{
	return axp_sched_poll(file->private_data, file, wait);
}

const struct file_operations axp_fops = {
	.owner = THIS_MODULE,
	.open = axp_open,
	.release = axp_release,
	.read = axp_read,
	.poll = axp_poll,
	.mmap = axp_buffer_mmap,
	.unlocked_ioctl = axp_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#ifdef AXP_WITH_FDINFO
	.show_fdinfo = axp_fdinfo_show,
#endif
};
