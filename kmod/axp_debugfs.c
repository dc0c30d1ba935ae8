// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/axp/: what the device is at, and which engine computes. For
 * those who work on axp; it carries no promise and may change at any time.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "axp.h"

/* --- engine: one a line that this machine can run, the one in use in brackets --- */

static int axp_debugfs_engine_show(struct seq_file *m, void *unused)
{
	struct axp_device *dev = m->private;
	const struct axp_engine *used = READ_ONCE(dev->params.engine);
	const char *name;
	unsigned int i;

	for (i = 0; axp_engines[i]; i++) {
		name = axp_engines[i]->name;
		if (axp_engine_select(name) != axp_engines[i])
			continue;
		seq_printf(m, axp_engines[i] == used ? "[%s]\n" : "%s\n", name);
	}
	return 0;
}

static int axp_debugfs_engine_open(struct inode *inode, struct file *file)
{
	return single_open(file, axp_debugfs_engine_show, inode->i_private);
}

/*
 * All engines give the same bits and counters and take the same plans, so tiles
 * that run keep theirs and the next ones take the new one.
 */
static ssize_t axp_debugfs_engine_write(struct file *file, const char __user *buf,
					size_t count, loff_t *pos)
{
	struct axp_device *dev = ((struct seq_file *)file->private_data)->private;
	const struct axp_engine *engine;
	char name[32];

	/* each write is a name, wherever the file stands */
	if (!count || count >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buf, count))
		return -EFAULT;
	name[count] = '\0';
	engine = axp_engine_select(strim(name));
	if (!engine)
		return -EINVAL;
	WRITE_ONCE(dev->params.engine, engine);
	axp_netlink_event(dev, AXP_NL_EVENT_DEVICE, NULL, 0, 0, 0);
	return count;
}

static const struct file_operations axp_debugfs_engine_fops = {
	.owner = THIS_MODULE,
	.open = axp_debugfs_engine_open,
	.read = seq_read,
	.write = axp_debugfs_engine_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* --- clients: one line each, queues and all --- */

/* A copy of what axp_sched.lock protects. */
struct axp_debugfs_queue {
	u64 next_seqno;
	u64 queued;
	u64 inflight;
	u64 first;
	s64 credit;
	u32 next_tile;
	u32 nr_tiles;
	u32 running;
	bool runnable;
	bool caller_busy;
};

static void axp_debugfs_queue_read(struct axp_client *client, struct axp_debugfs_queue *q)
{
	struct axp_sched *sched = &client->dev->sched;
	struct axp_queued_job *job;

	memset(q, 0, sizeof(*q));
	spin_lock(&sched->lock);
	q->next_seqno = client->next_seqno;
	q->queued = client->nr_queued;
	q->inflight = client->inflight;
	q->credit = client->credit;
	q->runnable = !list_empty(&client->runnable);
	q->caller_busy = client->caller_busy;
	job = list_first_entry_or_null(&client->queue, struct axp_queued_job, link);
	if (job) {
		q->first = job->seqno;
		q->next_tile = job->next_tile;
		q->nr_tiles = job->nr_tiles;
		q->running = job->running;
	}
	spin_unlock(&sched->lock);
}

static int axp_debugfs_clients_show(struct seq_file *m, void *unused)
{
	struct axp_device *dev = m->private;
	struct axp_debugfs_queue q;
	struct axp_client *client;
	unsigned long id;

	seq_puts(m, "client pid comm objects bytes plan_bytes next_seqno queued inflight credit runnable caller first_seqno next_tile tiles running\n");
	mutex_lock(&dev->clients.lock);
	xa_for_each(&dev->clients.numbers, id, client) {
		axp_debugfs_queue_read(client, &q);
		seq_printf(m, "%u %d ", client->id, pid_vnr(client->pid));
		seq_escape(m, client->comm, " \t\n\\");
		seq_printf(m, " %d %lld %llu %llu %llu %llu %lld %d %d %llu %u %u %u\n",
			   atomic_read(&client->nr_objects), atomic64_read(&client->bytes),
			   READ_ONCE(client->plans.bytes), q.next_seqno, q.queued, q.inflight,
			   q.credit, q.runnable, q.caller_busy, q.first, q.next_tile,
			   q.nr_tiles, q.running);
	}
	mutex_unlock(&dev->clients.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(axp_debugfs_clients);

/* --- scheduler --- */

static int axp_debugfs_sched_show(struct seq_file *m, void *unused)
{
	struct axp_device *dev = m->private;
	struct axp_sched *sched = &dev->sched;
	u64 jobs;

	spin_lock(&sched->lock);
	jobs = sched->nr_jobs;
	spin_unlock(&sched->lock);
	seq_printf(m, "workers %u\n", sched->nr_workers);
	seq_printf(m, "jobs %llu\n", jobs);
	seq_printf(m, "quantum %llu\n", dev->params.quantum);
	seq_printf(m, "scratch_bytes %zu\n", READ_ONCE(sched->scratch_bytes));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(axp_debugfs_sched);

/**
 * axp_debugfs_init() - make the files
 * @dev: device
 */
void axp_debugfs_init(struct axp_device *dev)
{
	dev->debugfs = debugfs_create_dir("axp", NULL);
	debugfs_create_file("engine", 0600, dev->debugfs, dev, &axp_debugfs_engine_fops);
	debugfs_create_file("clients", 0400, dev->debugfs, dev, &axp_debugfs_clients_fops);
	debugfs_create_file("sched", 0400, dev->debugfs, dev, &axp_debugfs_sched_fops);
}

/**
 * axp_debugfs_exit() - remove the files
 * @dev: device
 */
void axp_debugfs_exit(struct axp_device *dev)
{
	debugfs_remove(dev->debugfs);
}
