// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sampling_util.h"
#include "totals_util.h"

#define SOCKET_BYTES	(64 << 20)

void sampling_open(struct sampling *s)
{
	memset(s, 0, offsetof(struct sampling, clients));
	s->have = !nl_open(&s->ask);
}

/* Number of the newest sample there is. */
static uint64_t newest(struct sampling *s)
{
	static struct nl_answer answer;

	if (nl_ask(&s->ask, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer))
		return ~0ull;
	return nl_u64(nl_attr(nl_next(&answer, NULL), AXP_NLA_SEQ));
}

void sampling_start(struct sampling *s)
{
	const int bytes = SOCKET_BYTES;

	if (!s->have)
		return;
	s->nr = 0;
	s->first = newest(s);
	s->last = s->first;
	s->lost = s->first == ~0ull || nl_open(&s->listen) ||
		  setsockopt(s->listen.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
		  nl_join(&s->listen, s->listen.sampling);
}

static struct axp_stats *client(struct sampling *s, uint32_t id)
{
	unsigned int i;

	/* those of late are the last ones */
	for (i = s->nr; i > 0; i--)
		if (s->clients[i - 1].id == id)
			return &s->clients[i - 1].stats;
	if (s->nr == SAMPLING_CLIENTS)
		return NULL;
	s->clients[s->nr].id = id;
	return &s->clients[s->nr++].stats;
}

static void take(struct sampling *s, const struct nlmsghdr *msg)
{
	const struct nlattr *nest = nl_attr(msg, AXP_NLA_STATS);
	uint64_t seq = nl_u64(nl_attr(msg, AXP_NLA_SEQ));
	uint64_t *to = (uint64_t *)client(s, nl_u32(nl_attr(msg, AXP_NLA_CLIENT)));
	unsigned int i;

	s->lost |= !to || !nest || seq != s->last + 1;
	s->last = seq;
	/* the attributes are in the order of the structure */
	for (i = 0; to && i < sizeof(struct axp_stats) / sizeof(*to); i++)
		to[i] = nl_u64(nl_in(nest, AXP_NLA_STATS_MACS + i));
}

void sampling_take(struct sampling *s)
{
	static uint8_t buf[1 << 14];
	int err;

	if (!s->have || s->listen.fd < 0)
		return;
	while ((err = nl_receive(&s->listen, buf, sizeof(buf), 0)) != -ETIMEDOUT) {
		if (!err && nl_cmd((const struct nlmsghdr *)buf) == AXP_NL_CMD_SAMPLE)
			take(s, (const struct nlmsghdr *)buf);
		else if (err != -EINTR)
			s->lost = true;
	}
}

bool sampling_stop(struct sampling *s, struct axp_stats *sum)
{
	unsigned int i;

	if (!s->have)
		return false;
	sampling_take(s);
	nl_close(&s->listen);
	for (i = 0; i < s->nr; i++)
		totals_add(sum, &s->clients[i].stats);
	return !s->lost && s->last == newest(s);
}
