// SPDX-License-Identifier: BSD-2-Clause
/*
 * Generic netlink as the source of a monitor: requests on one socket, samples and
 * events on another, which is made when somebody listens.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <netlink/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <linux/axp_netlink.h>

#include "diag.h"
#include "monitor_source.h"

/* A listener may sleep that many bytes of samples long. */
#define LISTEN_BYTES	(1 << 20)

/**
 * struct axp_netlink - sockets
 * @requests: for requests
 * @listen: of the groups, or NULL
 * @family: number of the family axp
 * @event: number of the group
 * @sampling: likewise
 * @seq: of the last sample received, or the newest when listening began
 * @message: the one that was received
 * @received: @message is new
 */
struct axp_netlink {
	struct nl_sock *requests;
	struct nl_sock *listen;
	int family;
	int event;
	int sampling;
	uint64_t seq;
	struct axp_monitor_message *message;
	bool received;
};

/* --- attributes --- */

static uint64_t get_u64(struct nlattr *const *tb, int type)
{
	return tb[type] ? nla_get_u64(tb[type]) : 0;
}

static uint32_t get_u32(struct nlattr *const *tb, int type)
{
	return tb[type] ? nla_get_u32(tb[type]) : 0;
}

static void get_string(struct nlattr *const *tb, int type, char *text, size_t size)
{
	text[0] = '\0';
	if (tb[type])
		nla_strlcpy(text, tb[type], size);
}

static const struct nla_policy policy[AXP_NLA_MAX + 1] = {
	[AXP_NLA_CLIENT] = { .type = NLA_U32 },
	[AXP_NLA_TABLE] = { .type = NLA_U32 },
	[AXP_NLA_STATS] = { .type = NLA_NESTED },
	[AXP_NLA_TIME_NS] = { .type = NLA_U64 },
	[AXP_NLA_SEQ] = { .type = NLA_U64 },
	[AXP_NLA_DROPPED] = { .type = NLA_U64 },
	[AXP_NLA_EVENT] = { .type = NLA_U32 },
	[AXP_NLA_ENGINE] = { .type = NLA_STRING },
	[AXP_NLA_NR_PE] = { .type = NLA_U32 },
	[AXP_NLA_NR_CLIENTS] = { .type = NLA_U32 },
	[AXP_NLA_NR_JOBS] = { .type = NLA_U64 },
	[AXP_NLA_PRESET] = { .type = NLA_U32 },
	[AXP_NLA_CAM_CLASS] = { .type = NLA_U32 },
	[AXP_NLA_PID] = { .type = NLA_U32 },
	[AXP_NLA_UID] = { .type = NLA_U32 },
	[AXP_NLA_COMM] = { .type = NLA_STRING },
	[AXP_NLA_MEMORY] = { .type = NLA_U64 },
	[AXP_NLA_GENERATION] = { .type = NLA_U64 },
	[AXP_NLA_ROWS] = { .type = NLA_U32 },
	[AXP_NLA_CAM_ROWS] = { .type = NLA_U32 },
	[AXP_NLA_KEY_BITS] = { .type = NLA_U32 },
	[AXP_NLA_LUT_WORDS] = { .type = NLA_U32 },
	[AXP_NLA_ACCUMULATOR] = { .type = NLA_U32 },
	[AXP_NLA_ORGANISATION] = { .type = NLA_U32 },
	[AXP_NLA_LANES] = { .type = NLA_U32 },
	[AXP_NLA_WORD_BITS] = { .type = NLA_U32 },
	[AXP_NLA_SCALE] = { .type = NLA_S32 },
	[AXP_NLA_MAX_TERM] = { .type = NLA_U32 },
};

static const struct nla_policy stats_policy[AXP_NLA_STATS_MAX + 1] = {
	[AXP_NLA_STATS_MACS ... AXP_NLA_STATS_MAX] = { .type = NLA_U64 },
};

static const struct {
	int attr;
	size_t offset;
} counters[] = {
	{ AXP_NLA_STATS_MACS, offsetof(struct axp_stats, macs) },
	{ AXP_NLA_STATS_GATED, offsetof(struct axp_stats, gated) },
	{ AXP_NLA_STATS_ZERO_ACT, offsetof(struct axp_stats, zero_act) },
	{ AXP_NLA_STATS_HITS_EXACT, offsetof(struct axp_stats, hits_exact) },
	{ AXP_NLA_STATS_HITS_APPROX, offsetof(struct axp_stats, hits_approx) },
	{ AXP_NLA_STATS_MISSES, offsetof(struct axp_stats, misses) },
	{ AXP_NLA_STATS_SEARCHES, offsetof(struct axp_stats, searches) },
	{ AXP_NLA_STATS_CLAMPED, offsetof(struct axp_stats, clamped) },
	{ AXP_NLA_STATS_OUTPUTS, offsetof(struct axp_stats, outputs) },
	{ AXP_NLA_STATS_JOBS, offsetof(struct axp_stats, jobs) },
	{ AXP_NLA_STATS_ROWS_PROGRAMMED, offsetof(struct axp_stats, rows_programmed) },
	{ AXP_NLA_STATS_ENERGY_FJ, offsetof(struct axp_stats, energy_fj) },
	{ AXP_NLA_STATS_PROGRAM_FJ, offsetof(struct axp_stats, program_fj) },
	{ AXP_NLA_STATS_BASELINE_FJ, offsetof(struct axp_stats, baseline_fj) },
	{ AXP_NLA_STATS_BASELINE_GATED_FJ, offsetof(struct axp_stats, baseline_gated_fj) },
	{ AXP_NLA_STATS_QUEUE_NS, offsetof(struct axp_stats, queue_ns) },
	{ AXP_NLA_STATS_BUSY_NS, offsetof(struct axp_stats, busy_ns) },
};

/* false: there are none, or they make no sense */
static bool get_stats(struct nlattr *const *tb, struct nlattr **in, struct axp_stats *stats)
{
	if (!tb[AXP_NLA_STATS] ||
	    nla_parse_nested(in, AXP_NLA_STATS_MAX, tb[AXP_NLA_STATS], stats_policy))
		return false;
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		*(__u64 *)((char *)stats + counters[i].offset) = get_u64(in, counters[i].attr);
	return true;
}

static void get_client(struct nlattr *const *tb, struct axp_monitor_client *client)
{
	struct nlattr *in[AXP_NLA_STATS_MAX + 1];

	client->time_ns = (int64_t)get_u64(tb, AXP_NLA_TIME_NS);
	client->id = get_u32(tb, AXP_NLA_CLIENT);
	client->pid = get_u32(tb, AXP_NLA_PID);
	client->uid = get_u32(tb, AXP_NLA_UID);
	get_string(tb, AXP_NLA_COMM, client->comm, sizeof(client->comm));
	client->nr_jobs = get_u64(tb, AXP_NLA_NR_JOBS);
	client->memory = get_u64(tb, AXP_NLA_MEMORY);
	client->counted = get_stats(tb, in, &client->stats);
}

static void get_table(struct nlattr *const *tb, struct axp_monitor_table *table)
{
	struct nlattr *in[AXP_NLA_STATS_MAX + 1];

	table->client = get_u32(tb, AXP_NLA_CLIENT);
	table->table = get_u32(tb, AXP_NLA_TABLE);
	table->generation = get_u64(tb, AXP_NLA_GENERATION);
	table->rows = get_u32(tb, AXP_NLA_ROWS);
	table->cam_rows = get_u32(tb, AXP_NLA_CAM_ROWS);
	table->key_bits = get_u32(tb, AXP_NLA_KEY_BITS);
	table->lut_words = get_u32(tb, AXP_NLA_LUT_WORDS);
	table->spec.accumulator = get_u32(tb, AXP_NLA_ACCUMULATOR);
	table->spec.organisation = get_u32(tb, AXP_NLA_ORGANISATION);
	table->spec.lanes = get_u32(tb, AXP_NLA_LANES);
	table->spec.word_bits = get_u32(tb, AXP_NLA_WORD_BITS);
	table->spec.scale = (int32_t)get_u32(tb, AXP_NLA_SCALE);
	table->spec.max_term = get_u32(tb, AXP_NLA_MAX_TERM);
	table->spec.cam_class = get_u32(tb, AXP_NLA_CAM_CLASS);
	table->counted = get_stats(tb, in, &table->stats);
}

static void get_device(struct nlattr *const *tb, struct axp_monitor_device *device)
{
	struct nlattr *in[AXP_NLA_STATS_MAX + 1];

	device->time_ns = (int64_t)get_u64(tb, AXP_NLA_TIME_NS);
	get_string(tb, AXP_NLA_ENGINE, device->engine, sizeof(device->engine));
	device->nr_pe = get_u32(tb, AXP_NLA_NR_PE);
	device->nr_clients = get_u32(tb, AXP_NLA_NR_CLIENTS);
	device->nr_jobs = get_u64(tb, AXP_NLA_NR_JOBS);
	device->preset = get_u32(tb, AXP_NLA_PRESET);
	device->cam_class = get_u32(tb, AXP_NLA_CAM_CLASS);
	if (!get_stats(tb, in, &device->stats))
		return;
	device->energy_uj = get_u64(in, AXP_NLA_STATS_ENERGY_UJ);
	device->baseline_uj = get_u64(in, AXP_NLA_STATS_BASELINE_UJ);
	device->baseline_gated_uj = get_u64(in, AXP_NLA_STATS_BASELINE_GATED_UJ);
}

/* --- requests --- */

typedef int (*take_fn)(struct nlattr *const *tb, void *arg);

/**
 * struct answer - of a request
 * @take: called for every message
 * @arg: for @take
 * @done: nothing more comes
 * @err: 0 or a negative errno
 * @text: what the kernel says about it
 */
struct answer {
	take_fn take;
	void *arg;
	bool done;
	int err;
	char text[128];
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[AXP_NLA_MAX + 1];
	struct answer *answer = arg;

	if (answer->err)
		return NL_SKIP;
	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, AXP_NLA_MAX, policy))
		answer->err = -EPROTO;
	else
		answer->err = answer->take(tb, answer->arg);
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;

	(void)msg;
	answer->done = true;
	return NL_STOP;
}

/* the sentence of an extended ack */
static void get_ack_text(struct nlmsgerr *err, char *text, size_t size)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	size_t skip = NLMSG_HDRLEN + sizeof(*err);

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(msg->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - NLMSG_HDRLEN;
	skip = NLMSG_ALIGN(skip);
	if (skip > msg->nlmsg_len ||
	    nla_parse(tb, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)msg + skip),
		      (int)(msg->nlmsg_len - skip), NULL))
		return;
	get_string(tb, NLMSGERR_ATTR_MSG, text, size);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct answer *answer = arg;

	(void)from;
	if (!answer->err)
		answer->err = err->error;
	get_ack_text(err, answer->text, sizeof(answer->text));
	answer->done = true;
	return NL_STOP;
}

static int fail_nl(int nlerr, const char *what, struct axp_diag *diag)
{
	int err = -EIO;

	switch (-nlerr) {
	case NLE_NOMEM:
		err = -ENOMEM;
		break;
	case NLE_PERM:
	case NLE_NOACCESS:
		err = -EPERM;
		break;
	case NLE_OBJ_NOTFOUND:
		err = -ENOENT;
		break;
	case NLE_PROTO_MISMATCH:
	case NLE_AF_NOSUPPORT:
		err = -EOPNOTSUPP;
		break;
	}
	return axp_fail(diag, err, "netlink: %s: %s", what, nl_geterror(nlerr));
}

static int receive_answers(struct axp_netlink *nl, struct answer *answer, const char *what,
			   struct axp_diag *diag)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int rc = 0;

	if (!cb)
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, answer);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, answer);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, answer);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, answer);
	while (!answer->done && rc >= 0)
		rc = nl_recvmsgs(nl->requests, cb);
	nl_cb_put(cb);
	if (answer->err == -ENOMEM && !answer->text[0])
		return axp_fail(diag, -ENOMEM, "netlink: %s: no memory", what);
	if (answer->err)
		return axp_fail(diag, answer->err, "netlink: %s: %s", what,
				answer->text[0] ? answer->text : strerror(-answer->err));
	return rc < 0 && !answer->done ? fail_nl(rc, what, diag) : 0;
}

/* @client: an attribute of the request, 0: none */
static int ask(struct axp_netlink *nl, uint8_t cmd, int flags, uint32_t client,
	       struct answer *answer, const char *what, struct axp_diag *diag)
{
	struct nl_msg *msg = nlmsg_alloc();
	int rc;

	if (!msg)
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags | NLM_F_ACK, cmd,
			 AXP_NL_VERSION) ||
	    (client && nla_put_u32(msg, AXP_NLA_CLIENT, client))) {
		nlmsg_free(msg);
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	}
	rc = nl_send_auto(nl->requests, msg);
	nlmsg_free(msg);
	if (rc < 0)
		return fail_nl(rc, what, diag);
	return receive_answers(nl, answer, what, diag);
}

static int take_device(struct nlattr *const *tb, void *arg)
{
	get_device(tb, arg);
	return 0;
}

int axp_netlink_device(struct axp_netlink *nl, struct axp_monitor_device *device,
		       struct axp_diag *diag)
{
	struct answer answer = { .take = take_device, .arg = device };

	return ask(nl, AXP_NL_CMD_DEVICE_GET, 0, 0, &answer, "device", diag);
}

static int take_client(struct nlattr *const *tb, void *arg)
{
	struct axp_monitor_client *client = axp_client_list_add(arg);

	if (!client)
		return -ENOMEM;
	get_client(tb, client);
	return 0;
}

int axp_netlink_clients(struct axp_netlink *nl, struct client_list *clients,
			struct axp_diag *diag)
{
	struct answer answer = { .take = take_client, .arg = clients };

	return ask(nl, AXP_NL_CMD_CLIENT_GET, NLM_F_DUMP, 0, &answer, "clients", diag);
}

static int take_table(struct nlattr *const *tb, void *arg)
{
	struct axp_monitor_table *table = axp_table_list_add(arg);

	if (!table)
		return -ENOMEM;
	get_table(tb, table);
	return 0;
}

int axp_netlink_tables(struct axp_netlink *nl, uint32_t client, struct table_list *tables,
		       struct axp_diag *diag)
{
	struct answer answer = { .take = take_table, .arg = tables };

	return ask(nl, AXP_NL_CMD_TABLE_GET, NLM_F_DUMP, client, &answer, "tables", diag);
}

/* --- listening --- */

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[AXP_NLA_MAX + 1];
	struct axp_netlink *nl = arg;
	struct axp_monitor_message *m = nl->message;
	uint64_t seq;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, AXP_NLA_MAX, policy))
		return NL_SKIP;
	memset(m, 0, sizeof(*m));
	m->time_ns = (int64_t)get_u64(tb, AXP_NLA_TIME_NS);
	switch (genlmsg_hdr(nlmsg_hdr(msg))->cmd) {
	case AXP_NL_CMD_SAMPLE:
		m->kind = AXP_MONITOR_SAMPLE;
		seq = get_u64(tb, AXP_NLA_SEQ);
		m->lost = seq > nl->seq ? seq - nl->seq - 1 : 0;
		nl->seq = seq;
		m->dropped = get_u64(tb, AXP_NLA_DROPPED);
		get_client(tb, &m->client);
		break;
	case AXP_NL_CMD_EVENT:
		m->kind = AXP_MONITOR_EVENT;
		m->event = get_u32(tb, AXP_NLA_EVENT);
		m->client.id = get_u32(tb, AXP_NLA_CLIENT);
		m->table = get_u32(tb, AXP_NLA_TABLE);
		m->generation = get_u64(tb, AXP_NLA_GENERATION);
		m->rows = get_u32(tb, AXP_NLA_ROWS);
		break;
	default:
		return NL_SKIP;
	}
	nl->received = true;
	return NL_OK;
}

static int take_seq(struct nlattr *const *tb, void *arg)
{
	*(uint64_t *)arg = get_u64(tb, AXP_NLA_SEQ);
	return 0;
}

static int join(struct axp_netlink *nl, int group, const char *name, struct axp_diag *diag)
{
	int rc = nl_socket_add_membership(nl->listen, group);

	if (rc == -NLE_PERM || rc == -NLE_NOACCESS)
		return axp_fail(diag, -EPERM,
				"netlink: group %s: needs root or CAP_NET_ADMIN", name);
	return rc < 0 ? fail_nl(rc, name, diag) : 0;
}

int axp_netlink_listen(struct axp_netlink *nl, bool samples, bool events,
		       struct axp_diag *diag)
{
	struct answer newest = { .take = take_seq, .arg = &nl->seq };
	int rc, err = 0;

	if (nl->listen)
		return axp_fail(diag, -EBUSY, "netlink: listening already");
	nl->listen = nl_socket_alloc();
	if (!nl->listen)
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	nl_socket_disable_seq_check(nl->listen);
	rc = genl_connect(nl->listen);
	if (rc >= 0)
		rc = nl_socket_set_nonblocking(nl->listen);
	if (rc < 0) {
		err = fail_nl(rc, "socket", diag);
		goto close;
	}
	/* The kernel may grant less, which costs samples and nothing else. */
	nl_socket_set_buffer_size(nl->listen, LISTEN_BYTES, 0);
	nl_socket_modify_cb(nl->listen, NL_CB_VALID, NL_CB_CUSTOM, on_message, nl);
	if (samples)
		err = join(nl, nl->sampling, AXP_NL_GROUP_SAMPLING, diag);
	/* From here on all come, or count as lost. One that came before the answer is no loss. */
	if (!err && samples)
		err = ask(nl, AXP_NL_CMD_DEVICE_GET, 0, 0, &newest, "device", diag);
	if (!err && events)
		err = join(nl, nl->event, AXP_NL_GROUP_EVENT, diag);
	if (!err)
		return 0;
close:
	nl_socket_free(nl->listen);
	nl->listen = NULL;
	return err;
}

int axp_netlink_fd(const struct axp_netlink *nl)
{
	return nl->listen ? nl_socket_get_fd(nl->listen) : -1;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* 0: something to read; -ETIMEDOUT, -EINTR */
static int wait_readable(int fd, int64_t deadline)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int64_t left = deadline < 0 ? -1 : deadline - now_ns();
	int ms = -1, ready;

	if (deadline >= 0)
		ms = left <= 0 ? 0 : left > 3600000000000LL ? 3600000 : (int)((left + 999999) / 1000000);
	ready = poll(&pollfd, 1, ms);
	if (ready < 0)
		return -errno;
	if (ready)
		return 0;
	return deadline >= 0 && now_ns() < deadline ? -EAGAIN : -ETIMEDOUT;
}

int axp_netlink_next(struct axp_netlink *nl, struct axp_monitor_message *message,
		     int64_t timeout_ns, struct axp_diag *diag)
{
	struct axp_monitor_message received;
	int64_t deadline = -1;
	int rc, err;

	if (timeout_ns >= 0 && __builtin_add_overflow(now_ns(), timeout_ns, &deadline))
		deadline = -1;
	nl->message = &received;
	nl->received = false;
	while (!nl->received) {
		/* What is there is taken before anything is waited for. */
		rc = nl_recvmsgs_default(nl->listen);
		if (rc >= 0 || nl->received)
			continue;
		/* Some did not fit the socket: the next sample tells how many. */
		if (rc == -NLE_NOMEM)
			continue;
		if (rc != -NLE_AGAIN && rc != -NLE_INTR)
			return fail_nl(rc, "receiving", diag);
		err = wait_readable(nl_socket_get_fd(nl->listen), deadline);
		if (err == -ETIMEDOUT)
			return axp_fail(diag, err, "netlink: no message in the time given");
		if (err == -EINTR)
			return axp_fail(diag, err, "netlink: a signal arrived");
		if (err && err != -EAGAIN)
			return axp_fail(diag, err, "netlink: poll: %s", strerror(-err));
	}
	*message = received;
	return 0;
}

/* --- sockets --- */

void axp_netlink_close(struct axp_netlink *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->listen);
	nl_socket_free(nl->requests);
	free(nl);
}

int axp_netlink_open(struct axp_netlink **out, struct axp_diag *diag)
{
	struct axp_netlink *nl = calloc(1, sizeof(*nl));
	const int one = 1;
	int rc;

	*out = NULL;
	if (!nl)
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	nl->requests = nl_socket_alloc();
	if (!nl->requests) {
		axp_netlink_close(nl);
		return axp_fail(diag, -ENOMEM, "netlink: no memory");
	}
	rc = genl_connect(nl->requests);
	if (rc >= 0)
		rc = genl_ctrl_resolve(nl->requests, AXP_NL_FAMILY);
	if (rc < 0)
		goto fail;
	nl->family = rc;
	rc = genl_ctrl_resolve_grp(nl->requests, AXP_NL_FAMILY, AXP_NL_GROUP_EVENT);
	if (rc < 0)
		goto fail;
	nl->event = rc;
	rc = genl_ctrl_resolve_grp(nl->requests, AXP_NL_FAMILY, AXP_NL_GROUP_SAMPLING);
	if (rc < 0)
		goto fail;
	nl->sampling = rc;
	/* Without it there are errnos and no sentences. */
	(void)setsockopt(nl_socket_get_fd(nl->requests), SOL_NETLINK, NETLINK_EXT_ACK, &one,
			 sizeof(one));
	*out = nl;
	return 0;
fail:
	axp_netlink_close(nl);
	return fail_nl(rc, "family axp", diag);
}
