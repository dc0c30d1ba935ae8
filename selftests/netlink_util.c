// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include <linux/genetlink.h>

#include "netlink_util.h"

struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genlh;
	uint8_t attrs[4096];
};

size_t nl_put(void *attrs, size_t at, uint16_t type, const void *value, uint16_t bytes)
{
	struct nlattr attr = { .nla_len = NLA_HDRLEN + bytes, .nla_type = type };

	memset((uint8_t *)attrs + at, 0, NLA_ALIGN(attr.nla_len));
	memcpy((uint8_t *)attrs + at, &attr, sizeof(attr));
	if (bytes)
		memcpy((uint8_t *)attrs + at + NLA_HDRLEN, value, bytes);
	return at + NLA_ALIGN(attr.nla_len);
}

size_t nl_put_u32(void *attrs, size_t at, uint16_t type, uint32_t value)
{
	return nl_put(attrs, at, type, &value, sizeof(value));
}

static const struct nlattr *find(const uint8_t *at, size_t bytes, uint16_t type)
{
	const struct nlattr *attr;

	while (bytes >= NLA_HDRLEN) {
		attr = (const struct nlattr *)at;
		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > bytes)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		if (NLA_ALIGN(attr->nla_len) >= bytes)
			return NULL;
		at += NLA_ALIGN(attr->nla_len);
		bytes -= NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

const struct nlattr *nl_attr(const struct nlmsghdr *msg, uint16_t type)
{
	return find((const uint8_t *)msg + NL_ATTRS_AT, msg->nlmsg_len - NL_ATTRS_AT, type);
}

const struct nlattr *nl_in(const struct nlattr *nest, uint16_t type)
{
	if (!nest)
		return NULL;
	return find((const uint8_t *)nest + NLA_HDRLEN, nest->nla_len - NLA_HDRLEN, type);
}

uint64_t nl_u64(const struct nlattr *attr)
{
	uint64_t value = ~0ull;

	if (attr && attr->nla_len == NLA_HDRLEN + sizeof(value))
		memcpy(&value, (const uint8_t *)attr + NLA_HDRLEN, sizeof(value));
	return value;
}

uint32_t nl_u32(const struct nlattr *attr)
{
	uint32_t value = ~0u;

	if (attr && attr->nla_len == NLA_HDRLEN + sizeof(value))
		memcpy(&value, (const uint8_t *)attr + NLA_HDRLEN, sizeof(value));
	return value;
}

const char *nl_text(const struct nlattr *attr)
{
	return attr ? (const char *)attr + NLA_HDRLEN : "";
}

uint8_t nl_cmd(const struct nlmsghdr *msg)
{
	return ((const struct genlmsghdr *)NLMSG_DATA(msg))->cmd;
}

const struct nlmsghdr *nl_next(const struct nl_answer *answer, const struct nlmsghdr *last)
{
	size_t at = 0;

	if (last)
		at = (const uint8_t *)last - answer->data + NLMSG_ALIGN(last->nlmsg_len);
	return at < answer->bytes ? (const struct nlmsghdr *)(answer->data + at) : NULL;
}

/* NLMSG_ERROR, or NLMSG_DONE of a dump: an errno, and perhaps more. */
static void take_end(struct nl_answer *answer, const struct nlmsghdr *msg)
{
	const uint8_t *data = NLMSG_DATA(msg);
	size_t bytes = msg->nlmsg_len - NLMSG_HDRLEN, skip = sizeof(int);
	const struct nlattr *text;

	memcpy(&answer->err, data, sizeof(answer->err));
	if (msg->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(struct nlmsgerr);
		if (!(msg->nlmsg_flags & NLM_F_CAPPED))
			skip += ((const struct nlmsgerr *)data)->msg.nlmsg_len - NLMSG_HDRLEN;
	}
	skip = NLMSG_ALIGN(skip);
	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS) || bytes < skip)
		return;
	text = find(data + skip, bytes - skip, NLMSGERR_ATTR_MSG);
	strncpy(answer->text, nl_text(text), sizeof(answer->text) - 1);
	if (find(data + skip, bytes - skip, NLMSGERR_ATTR_OFFS))
		answer->offset = nl_u32(find(data + skip, bytes - skip, NLMSGERR_ATTR_OFFS));
	if (find(data + skip, bytes - skip, NLMSGERR_ATTR_MISS_TYPE))
		answer->missing = nl_u32(find(data + skip, bytes - skip,
					      NLMSGERR_ATTR_MISS_TYPE));
}

/* One datagram of answers; true when that was the last one. */
static bool take(struct nl *nl, struct nl_answer *answer, const uint8_t *buf, size_t bytes)
{
	const struct nlmsghdr *msg = (const struct nlmsghdr *)buf;

	for (; NLMSG_OK(msg, bytes); msg = NLMSG_NEXT(msg, bytes)) {
		if (msg->nlmsg_seq != nl->seq)
			continue;
		if (msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE) {
			take_end(answer, msg);
			return true;
		}
		if (answer->bytes + NLMSG_ALIGN(msg->nlmsg_len) > sizeof(answer->data)) {
			answer->err = -ENOSPC;
			return true;
		}
		memcpy(answer->data + answer->bytes, msg, msg->nlmsg_len);
		answer->bytes += NLMSG_ALIGN(msg->nlmsg_len);
	}
	return false;
}

static int ask(struct nl *nl, uint16_t family, uint8_t cmd, uint16_t flags, const void *attrs,
	       size_t bytes, struct nl_answer *answer)
{
	static uint8_t buf[1 << 16];
	struct request request = {
		.nlh.nlmsg_type = family,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		.nlh.nlmsg_seq = ++nl->seq,
		.nlh.nlmsg_len = NL_ATTRS_AT + bytes,
		.genlh.cmd = cmd,
		.genlh.version = 1,
	};
	ssize_t n;

	memset(answer, 0, offsetof(struct nl_answer, data));
	answer->bytes = 0;
	if (bytes)
		memcpy(request.attrs, attrs, bytes);
	if (send(nl->fd, &request, request.nlh.nlmsg_len, 0) < 0)
		return answer->err = -errno;
	do {
		n = recv(nl->fd, buf, sizeof(buf), 0);
		if (n < 0)
			return answer->err = -errno;
	} while (!take(nl, answer, buf, n));
	return answer->err;
}

int nl_ask(struct nl *nl, uint8_t cmd, uint16_t flags, const void *attrs, size_t bytes,
	   struct nl_answer *answer)
{
	return ask(nl, nl->family, cmd, flags, attrs, bytes, answer);
}

static void find_groups(struct nl *nl, const struct nlattr *groups)
{
	const struct nlattr *group;
	const char *name;
	uint16_t i;

	for (i = 1; (group = nl_in(groups, i)); i++) {
		name = nl_text(nl_in(group, CTRL_ATTR_MCAST_GRP_NAME));
		if (!strcmp(name, AXP_NL_GROUP_EVENT))
			nl->event = nl_u32(nl_in(group, CTRL_ATTR_MCAST_GRP_ID));
		if (!strcmp(name, AXP_NL_GROUP_SAMPLING))
			nl->sampling = nl_u32(nl_in(group, CTRL_ATTR_MCAST_GRP_ID));
	}
}

int nl_open(struct nl *nl)
{
	static struct nl_answer answer;
	const struct nlmsghdr *msg;
	const int one = 1;
	uint8_t attrs[64];
	size_t n;
	int err;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		return -errno;
	setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	n = nl_put(attrs, 0, CTRL_ATTR_FAMILY_NAME, AXP_NL_FAMILY, sizeof(AXP_NL_FAMILY));
	err = ask(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, attrs, n, &answer);
	msg = nl_next(&answer, NULL);
	if (err || !msg) {
		nl_close(nl);
		return err ? err : -ENOENT;
	}
	memcpy(&nl->family, nl_text(nl_attr(msg, CTRL_ATTR_FAMILY_ID)), sizeof(nl->family));
	find_groups(nl, nl_attr(msg, CTRL_ATTR_MCAST_GROUPS));
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
}

int nl_join(struct nl *nl, uint32_t group)
{
	if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

int nl_receive(struct nl *nl, void *buf, size_t size, int ms)
{
	struct pollfd pollfd = { .fd = nl->fd, .events = POLLIN };
	ssize_t n;
	int ready = poll(&pollfd, 1, ms);

	if (ready < 0)
		return -errno;
	if (!ready)
		return -ETIMEDOUT;
	n = recv(nl->fd, buf, size, 0);
	return n < 0 ? -errno : 0;
}
