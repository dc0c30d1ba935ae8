// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family axp, see uapi/linux/axp_netlink.h.
 *
 * Nothing here is on the way of a job but one look, when it ends, whether anybody
 * listens to samples. A sample is made by a work item a tenth of a second later,
 * of whatever the client has done until then; so nobody waits for a listener, and
 * a listener gets at most ten a second of a client.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "axp.h"
#include "axp_compat.h"

#define AXP_SAMPLE_DELAY	(HZ / 10)

enum {
	AXP_GROUP_EVENT,
	AXP_GROUP_SAMPLING,
};

static struct genl_family axp_genl_family;
static struct axp_device *axp_genl_device;
/* One sample at a time gets its number and is sent. */
static DEFINE_MUTEX(axp_sample_lock);
static u64 axp_sample_seq;

/* --- attributes --- */

static int axp_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, AXP_NLA_PAD);
}

/* Counters that clients and tables have; the device keeps fewer. */
static const struct {
	unsigned int attr;
	unsigned int offset;
	bool device;
} axp_stats_attrs[] = {
	{ AXP_NLA_STATS_MACS, offsetof(struct axp_stats, macs), true },
	{ AXP_NLA_STATS_GATED, offsetof(struct axp_stats, gated), true },
	{ AXP_NLA_STATS_ZERO_ACT, offsetof(struct axp_stats, zero_act) },
	{ AXP_NLA_STATS_HITS_EXACT, offsetof(struct axp_stats, hits_exact), true },
	{ AXP_NLA_STATS_HITS_APPROX, offsetof(struct axp_stats, hits_approx), true },
	{ AXP_NLA_STATS_MISSES, offsetof(struct axp_stats, misses), true },
	{ AXP_NLA_STATS_SEARCHES, offsetof(struct axp_stats, searches), true },
	{ AXP_NLA_STATS_CLAMPED, offsetof(struct axp_stats, clamped) },
	{ AXP_NLA_STATS_OUTPUTS, offsetof(struct axp_stats, outputs) },
	{ AXP_NLA_STATS_JOBS, offsetof(struct axp_stats, jobs), true },
	{ AXP_NLA_STATS_ROWS_PROGRAMMED, offsetof(struct axp_stats, rows_programmed), true },
	{ AXP_NLA_STATS_ENERGY_FJ, offsetof(struct axp_stats, energy_fj) },
	{ AXP_NLA_STATS_PROGRAM_FJ, offsetof(struct axp_stats, program_fj) },
	{ AXP_NLA_STATS_BASELINE_FJ, offsetof(struct axp_stats, baseline_fj) },
	{ AXP_NLA_STATS_BASELINE_GATED_FJ, offsetof(struct axp_stats, baseline_gated_fj) },
	{ AXP_NLA_STATS_QUEUE_NS, offsetof(struct axp_stats, queue_ns) },
	{ AXP_NLA_STATS_BUSY_NS, offsetof(struct axp_stats, busy_ns), true },
};

static int axp_put_counters(struct sk_buff *skb, const struct axp_stats *stats, bool device)
{
	unsigned int i;
	u64 value;

	BUILD_BUG_ON(ARRAY_SIZE(axp_stats_attrs) != sizeof(*stats) / sizeof(u64));
	for (i = 0; i < ARRAY_SIZE(axp_stats_attrs); i++) {
		if (device && !axp_stats_attrs[i].device)
			continue;
		value = *(const u64 *)((const char *)stats + axp_stats_attrs[i].offset);
		if (nla_put_u64_64bit(skb, axp_stats_attrs[i].attr, value, AXP_NLA_STATS_PAD))
			return -EMSGSIZE;
	}
	return 0;
}

static int axp_put_stats(struct sk_buff *skb, const struct axp_stats *stats)
{
	struct nlattr *nest = nla_nest_start(skb, AXP_NLA_STATS);

	if (!nest || axp_put_counters(skb, stats, false))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The same steps as sysfs. */
static int axp_put_totals(struct sk_buff *skb, struct axp_totals *totals)
{
	struct axp_stats *stats = &totals->stats;
	struct nlattr *nest = nla_nest_start(skb, AXP_NLA_STATS);

	stats->busy_ns = div_u64(stats->busy_ns, NSEC_PER_USEC) * NSEC_PER_USEC;
	if (!nest || axp_put_counters(skb, stats, true) ||
	    nla_put_u64_64bit(skb, AXP_NLA_STATS_ENERGY_UJ, totals->energy.uj,
			      AXP_NLA_STATS_PAD) ||
	    nla_put_u64_64bit(skb, AXP_NLA_STATS_BASELINE_UJ, totals->baseline.uj,
			      AXP_NLA_STATS_PAD) ||
	    nla_put_u64_64bit(skb, AXP_NLA_STATS_BASELINE_GATED_UJ, totals->baseline_gated.uj,
			      AXP_NLA_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* --- who may see what --- */

/**
 * struct axp_viewer - who asks
 * @all: everything, with counters
 * @uid: else clients of this user, without
 */
struct axp_viewer {
	bool all;
	kuid_t uid;
};

static struct axp_viewer axp_viewer_of(struct sk_buff *request)
{
	return (struct axp_viewer) {
		.all = netlink_capable(request, CAP_NET_ADMIN),
		.uid = NETLINK_CREDS(request)->uid,
	};
}

static bool axp_viewer_sees(const struct axp_viewer *viewer, const struct axp_client *client)
{
	return viewer->all || uid_eq(viewer->uid, client->uid);
}

/* --- device --- */

static int axp_fill_device(struct sk_buff *skb, struct axp_device *dev)
{
	struct axp_model *model = &dev->model;
	struct axp_totals totals;
	u32 preset, cam_class;
	u64 jobs, seq;

	mutex_lock(&model->lock);
	preset = model->preset;
	cam_class = model->cam_class;
	mutex_unlock(&model->lock);
	mutex_lock(&axp_sample_lock);
	seq = axp_sample_seq;
	mutex_unlock(&axp_sample_lock);
	spin_lock(&dev->sched.lock);
	jobs = dev->sched.nr_jobs;
	spin_unlock(&dev->sched.lock);
	axp_totals_read(&dev->totals, &totals);

	if (nla_put_string(skb, AXP_NLA_ENGINE, READ_ONCE(dev->params.engine)->name) ||
	    nla_put_u32(skb, AXP_NLA_NR_PE, dev->params.npes) ||
	    nla_put_u32(skb, AXP_NLA_NR_CLIENTS, atomic_read(&dev->nr_clients)) ||
	    axp_put_u64(skb, AXP_NLA_NR_JOBS, jobs) ||
	    nla_put_u32(skb, AXP_NLA_PRESET, preset) ||
	    nla_put_u32(skb, AXP_NLA_CAM_CLASS, cam_class) ||
	    axp_put_u64(skb, AXP_NLA_TIME_NS, ktime_get_ns()) ||
	    axp_put_u64(skb, AXP_NLA_SEQ, seq))
		return -EMSGSIZE;
	return axp_put_totals(skb, &totals);
}

static struct sk_buff *axp_reply_new(struct genl_info *info, u8 cmd, void **head)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*head = genlmsg_put_reply(skb, info, &axp_genl_family, 0, cmd);
	if (!*head) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static int axp_device_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *head;
	int err;

	skb = axp_reply_new(info, AXP_NL_CMD_DEVICE_GET, &head);
	if (!skb)
		return -ENOMEM;
	err = axp_fill_device(skb, axp_genl_device);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/* --- clients --- */

/* @pid: as the receiver knows it, 0: not at all */
static int axp_fill_client(struct sk_buff *skb, struct axp_client *client, pid_t pid,
			   bool counters)
{
	struct axp_sched *sched = &client->dev->sched;
	struct axp_stats stats;
	u64 jobs;

	spin_lock(&sched->lock);
	jobs = client->nr_queued;
	spin_unlock(&sched->lock);
	if (nla_put_u32(skb, AXP_NLA_CLIENT, client->id) ||
	    nla_put_u32(skb, AXP_NLA_PID, pid) ||
	    nla_put_u32(skb, AXP_NLA_UID, from_kuid_munged(&init_user_ns, client->uid)) ||
	    nla_put_string(skb, AXP_NLA_COMM, client->comm) ||
	    axp_put_u64(skb, AXP_NLA_NR_JOBS, jobs) ||
	    axp_put_u64(skb, AXP_NLA_MEMORY, atomic64_read(&client->bytes)) ||
	    axp_put_u64(skb, AXP_NLA_TIME_NS, ktime_get_ns()))
		return -EMSGSIZE;
	if (!counters)
		return 0;
	axp_stats_of_client(client, &stats);
	return axp_put_stats(skb, &stats);
}

static struct axp_client *axp_find_client(struct axp_device *dev,
					  const struct axp_viewer *viewer, u32 id)
{
	struct axp_client *client;

	lockdep_assert_held(&dev->clients.lock);
	client = xa_load(&dev->clients.numbers, id);
	return client && axp_viewer_sees(viewer, client) ? client : NULL;
}

static int axp_no_client(struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[AXP_NLA_CLIENT],
			    "no client has this number, or it may not be seen");
	return -ENOENT;
}

static int axp_client_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct axp_viewer viewer = axp_viewer_of(request);
	struct axp_device *dev = axp_genl_device;
	struct axp_client *client;
	struct sk_buff *skb;
	void *head;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, AXP_NLA_CLIENT))
		return -EINVAL;
	skb = axp_reply_new(info, AXP_NL_CMD_CLIENT_GET, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&dev->clients.lock);
	client = axp_find_client(dev, &viewer, nla_get_u32(info->attrs[AXP_NLA_CLIENT]));
	if (client)
		err = axp_fill_client(skb, client, pid_vnr(client->pid), viewer.all);
	else
		err = axp_no_client(info);
	mutex_unlock(&dev->clients.lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/* Whether the request of a dump leaves out what has number @value. */
static bool axp_dump_skips(struct netlink_callback *cb, int attr, u32 value)
{
	const struct nlattr *only = axp_dump_attrs(cb)[attr];

	return only && nla_get_u32(only) != value;
}

static int axp_client_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct axp_viewer viewer = axp_viewer_of((struct sk_buff *)cb->skb);
	struct axp_device *dev = axp_genl_device;
	struct axp_client *client;
	unsigned long id;
	void *head;

	mutex_lock(&dev->clients.lock);
	xa_for_each_start(&dev->clients.numbers, id, client, cb->args[0]) {
		if (!axp_viewer_sees(&viewer, client) ||
		    axp_dump_skips(cb, AXP_NLA_CLIENT, id))
			continue;
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &axp_genl_family, NLM_F_MULTI, AXP_NL_CMD_CLIENT_GET);
		if (!head)
			break;
		if (axp_fill_client(skb, client, pid_vnr(client->pid), viewer.all)) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	/* The next message starts here; after the last client, nowhere. */
	cb->args[0] = client ? id : LONG_MAX;
	mutex_unlock(&dev->clients.lock);
	return skb->len;
}

/* --- tables --- */

static int axp_fill_table(struct sk_buff *skb, struct axp_table *table, bool counters)
{
	const struct axp_table_spec *spec;
	const struct axp_image *image;
	int err = -EMSGSIZE;

	spin_lock(&table->lock);
	image = table->image->image;
	spec = &image->spec;
	if (nla_put_u32(skb, AXP_NLA_CLIENT, table->obj.client->id) ||
	    nla_put_u32(skb, AXP_NLA_TABLE, table->obj.id) ||
	    axp_put_u64(skb, AXP_NLA_GENERATION, table->image->generation) ||
	    nla_put_u32(skb, AXP_NLA_ROWS, image->nr_rows) ||
	    nla_put_u32(skb, AXP_NLA_CAM_ROWS, image->dims.cam_rows) ||
	    nla_put_u32(skb, AXP_NLA_KEY_BITS, image->dims.key_bits) ||
	    nla_put_u32(skb, AXP_NLA_LUT_WORDS, image->dims.lut_words) ||
	    nla_put_u32(skb, AXP_NLA_ACCUMULATOR, spec->accumulator) ||
	    nla_put_u32(skb, AXP_NLA_ORGANISATION, spec->organisation) ||
	    nla_put_u32(skb, AXP_NLA_LANES, spec->lanes) ||
	    nla_put_u32(skb, AXP_NLA_WORD_BITS, spec->word_bits) ||
	    nla_put_s32(skb, AXP_NLA_SCALE, spec->scale) ||
	    nla_put_u32(skb, AXP_NLA_MAX_TERM, spec->max_term) ||
	    nla_put_u32(skb, AXP_NLA_CAM_CLASS, table->cam_class) ||
	    axp_put_u64(skb, AXP_NLA_TIME_NS, ktime_get_ns()))
		goto unlock;
	err = counters ? axp_put_stats(skb, &table->stats) : 0;
unlock:
	spin_unlock(&table->lock);
	return err;
}

static int axp_table_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct axp_viewer viewer = axp_viewer_of(request);
	struct axp_device *dev = axp_genl_device;
	struct axp_table *table = NULL;
	struct axp_client *client;
	struct sk_buff *skb;
	void *head;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, AXP_NLA_CLIENT) ||
	    GENL_REQ_ATTR_CHECK(info, AXP_NLA_TABLE))
		return -EINVAL;
	skb = axp_reply_new(info, AXP_NL_CMD_TABLE_GET, &head);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&dev->clients.lock);
	client = axp_find_client(dev, &viewer, nla_get_u32(info->attrs[AXP_NLA_CLIENT]));
	if (client)
		table = axp_table_get(client, nla_get_u32(info->attrs[AXP_NLA_TABLE]));
	if (table) {
		err = axp_fill_table(skb, table, viewer.all);
		axp_object_put(&table->obj);
	} else if (client) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[AXP_NLA_TABLE],
				    "this client has no table of this handle");
		err = -ENOENT;
	} else {
		err = axp_no_client(info);
	}
	mutex_unlock(&dev->clients.lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

/**
 * struct axp_table_dump - state of a dump within a client
 * @skb: message
 * @cb: dump; args[1] is the handle to go on with
 * @counters: with statistics
 */
struct axp_table_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	bool counters;
};

static bool axp_table_dump_one(struct axp_object *obj, void *arg)
{
	struct axp_table_dump *dump = arg;
	struct netlink_callback *cb = dump->cb;
	void *head;

	cb->args[1] = obj->id;
	if (obj->type != AXP_OBJECT_TABLE || axp_dump_skips(cb, AXP_NLA_TABLE, obj->id))
		return true;
	head = genlmsg_put(dump->skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &axp_genl_family, NLM_F_MULTI, AXP_NL_CMD_TABLE_GET);
	if (!head)
		return false;
	if (axp_fill_table(dump->skb, container_of(obj, struct axp_table, obj),
			   dump->counters)) {
		genlmsg_cancel(dump->skb, head);
		return false;
	}
	genlmsg_end(dump->skb, head);
	return true;
}

static int axp_table_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct axp_viewer viewer = axp_viewer_of((struct sk_buff *)cb->skb);
	struct axp_table_dump dump = { .skb = skb, .cb = cb, .counters = viewer.all };
	struct axp_device *dev = axp_genl_device;
	struct axp_client *client;
	unsigned long id;

	mutex_lock(&dev->clients.lock);
	xa_for_each_start(&dev->clients.numbers, id, client, cb->args[0]) {
		/* a client that left in between took its place in args[1] with it */
		if (id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = id;
		if (!axp_viewer_sees(&viewer, client) ||
		    axp_dump_skips(cb, AXP_NLA_CLIENT, id))
			continue;
		if (!axp_object_each(client, cb->args[1], axp_table_dump_one, &dump))
			break;
	}
	if (!client)
		cb->args[0] = LONG_MAX;
	mutex_unlock(&dev->clients.lock);
	return skb->len;
}

/* --- messages to listeners --- */

/**
 * axp_netlink_event() - tell listeners of a change
 * @dev: device
 * @event: what happened
 * @client: to whom, or NULL
 * @table: handle, or 0
 * @generation: of the table's newest image
 * @rows: of the table, or written
 *
 * Does not sleep, and waits for nobody: who cannot take the message loses it.
 */
void axp_netlink_event(struct axp_device *dev, enum axp_nl_event event,
		       const struct axp_client *client, u32 table, u64 generation, u32 rows)
{
	struct sk_buff *skb;
	void *head;

	/* A client of a unit test has no number. */
	if ((client && !client->id) ||
	    !genl_has_listeners(&axp_genl_family, &init_net, AXP_GROUP_EVENT))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (!skb)
		return;
	head = genlmsg_put(skb, 0, 0, &axp_genl_family, 0, AXP_NL_CMD_EVENT);
	if (!head || nla_put_u32(skb, AXP_NLA_EVENT, event) ||
	    axp_put_u64(skb, AXP_NLA_TIME_NS, ktime_get_ns()) ||
	    (client && nla_put_u32(skb, AXP_NLA_CLIENT, client->id)) ||
	    (table && (nla_put_u32(skb, AXP_NLA_TABLE, table) ||
		       axp_put_u64(skb, AXP_NLA_GENERATION, generation) ||
		       nla_put_u32(skb, AXP_NLA_ROWS, rows)))) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, head);
	genlmsg_multicast(&axp_genl_family, skb, 0, AXP_GROUP_EVENT, GFP_NOWAIT | __GFP_NOWARN);
}

static struct sk_buff *axp_sample_new(struct axp_client *client, u64 seq)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *head;

	if (!skb)
		return NULL;
	head = genlmsg_put(skb, 0, 0, &axp_genl_family, 0, AXP_NL_CMD_SAMPLE);
	if (!head || axp_put_u64(skb, AXP_NLA_SEQ, seq) ||
	    axp_put_u64(skb, AXP_NLA_DROPPED, client->sample_dropped) ||
	    axp_fill_client(skb, client, pid_nr(client->pid), true)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, head);
	return skb;
}

static void axp_sample_send(struct axp_client *client)
{
	struct sk_buff *skb;

	mutex_lock(&axp_sample_lock);
	/* Jobs that end from here on ask for the next sample. */
	spin_lock(&client->stats_lock);
	client->sample_armed = false;
	spin_unlock(&client->stats_lock);
	/* What is not sent has a number too: listeners see that it is missing. */
	skb = axp_sample_new(client, ++axp_sample_seq);
	if (skb)
		genlmsg_multicast(&axp_genl_family, skb, 0, AXP_GROUP_SAMPLING, GFP_KERNEL);
	else
		client->sample_dropped++;
	mutex_unlock(&axp_sample_lock);
}

static void axp_sample_work(struct work_struct *work)
{
	axp_sample_send(container_of(work, struct axp_client, sample_work.work));
}

/**
 * axp_netlink_sample() - a client's counters have changed
 * @client: whose; no sample of it is pending
 */
void axp_netlink_sample(struct axp_client *client)
{
	if (!client->id ||
	    !genl_has_listeners(&axp_genl_family, &init_net, AXP_GROUP_SAMPLING))
		return;
	spin_lock(&client->stats_lock);
	client->sample_armed = true;
	spin_unlock(&client->stats_lock);
	schedule_delayed_work(&client->sample_work, AXP_SAMPLE_DELAY);
}

/**
 * axp_netlink_client_init() - a client of which nothing was sampled
 * @client: initialised
 */
void axp_netlink_client_init(struct axp_client *client)
{
	INIT_DELAYED_WORK(&client->sample_work, axp_sample_work);
}

/**
 * axp_netlink_client_exit() - send the last sample, if one is pending
 * @client: its counters are final
 */
void axp_netlink_client_exit(struct axp_client *client)
{
	if (cancel_delayed_work_sync(&client->sample_work))
		axp_sample_send(client);
}

/* --- the family --- */

static const struct nla_policy axp_client_policy[] = {
	[AXP_NLA_CLIENT] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy axp_table_policy[] = {
	[AXP_NLA_CLIENT] = NLA_POLICY_MIN(NLA_U32, 1),
	[AXP_NLA_TABLE] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct genl_ops axp_genl_ops[] = {
	{
		.cmd = AXP_NL_CMD_DEVICE_GET,
		.doit = axp_device_get_doit,
	},
	{
		.cmd = AXP_NL_CMD_CLIENT_GET,
		.policy = axp_client_policy,
		.maxattr = ARRAY_SIZE(axp_client_policy) - 1,
		.doit = axp_client_get_doit,
		.dumpit = axp_client_get_dumpit,
	},
	{
		.cmd = AXP_NL_CMD_TABLE_GET,
		.policy = axp_table_policy,
		.maxattr = ARRAY_SIZE(axp_table_policy) - 1,
		.doit = axp_table_get_doit,
		.dumpit = axp_table_get_dumpit,
	},
};

static const struct genl_multicast_group axp_genl_groups[] = {
	[AXP_GROUP_EVENT] = { .name = AXP_NL_GROUP_EVENT },
	[AXP_GROUP_SAMPLING] = {
		.name = AXP_NL_GROUP_SAMPLING,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family axp_genl_family __ro_after_init = {
	.name = AXP_NL_FAMILY,
	.version = AXP_NL_VERSION,
	.parallel_ops = true,
	.ops = axp_genl_ops,
	.n_ops = ARRAY_SIZE(axp_genl_ops),
	.mcgrps = axp_genl_groups,
	.n_mcgrps = ARRAY_SIZE(axp_genl_groups),
	.module = THIS_MODULE,
};

/**
 * axp_netlink_init() - register the family
 * @dev: device; all but its files is there
 *
 * Return: 0 or a negative errno.
 */
int axp_netlink_init(struct axp_device *dev)
{
	axp_genl_device = dev;
	return genl_register_family(&axp_genl_family);
}

/**
 * axp_netlink_exit() - undo axp_netlink_init()
 * @dev: device; no client is left
 */
void axp_netlink_exit(struct axp_device *dev)
{
	genl_unregister_family(&axp_genl_family);
}
