// SPDX-License-Identifier: BSD-2-Clause
/*
 * A listener that does not read: it loses samples, learns how many, and holds nobody
 * up. Needs /dev/axp, root, and nobody else at work on the device.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <axp/axp.h>
#include <linux/axp_netlink.h>

#include "tap.h"

#define DEVICE		"/dev/axp"
#define NR_CLIENTS	8
#define NR_ROUNDS	4
#define ROUND_US	250000			/* samples are a tenth of a second apart */
#define JOB_NS		60000000000LL		/* far more than a job can take */
#define SOON_NS		1000000000LL

struct client {
	struct axp_device *device;
	struct axp_job job;
	void *map;
	uint64_t mapped;
};

/* what a listener was told */
struct heard {
	unsigned int samples;
	uint64_t lost;
	uint64_t lost_first;	/* with the first of these samples */
	uint64_t jobs;		/* of the last sample */
};

static struct axp_diag said;

static void client_open(struct client *c)
{
	static const float weight = 2;

	memset(c, 0, sizeof(*c));
	c->job.op = AXP_OP_DOT;
	c->job.dot.count = 1;
	c->job.dot.len = 1;
	if (axp_device_open(&c->device, DEVICE, &said) ||
	    axp_device_weights(c->device, AXP_WGT_F32, NULL, 0, &weight, 1, NULL, 0,
			       &c->job.weights, &said) ||
	    axp_device_buffer(c->device, 4096, &c->job.act.buf, &c->map, &c->mapped, &said))
		bail_out("%s", said.text);
	c->job.out.buf = c->job.act.buf;
	c->job.out.offset = 4;
}

static void client_close(struct client *c)
{
	axp_device_unmap(c->map, c->mapped);
	axp_device_close(c->device);
}

/* one job, through the queue; false when it is not done in time */
static bool client_work(struct client *c)
{
	uint64_t seqno;

	return !axp_device_submit(c->device, &c->job, 1, 0, &seqno, &said) &&
	       !axp_device_wait(c->device, seqno, JOB_NS, &said);
}

/* every round one job of each; a sample of each follows */
static bool work(struct client *clients, unsigned int rounds)
{
	bool good = true;

	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < NR_CLIENTS; i++)
			good &= client_work(&clients[i]);
		usleep(ROUND_US);
	}
	return good;
}

static struct axp_monitor *listener(bool events)
{
	struct axp_monitor *monitor;

	if (axp_monitor_open(&monitor, NULL, &said) ||
	    axp_monitor_listen(monitor, true, events, &said))
		bail_out("%s", said.text);
	return monitor;
}

/* room for a few messages, where a socket has it for hundreds */
static void make_small(struct axp_monitor *monitor)
{
	const int least = 1;

	if (setsockopt(axp_monitor_fd(monitor), SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)))
		bail_out("SO_RCVBUF");
}

static struct heard hear(struct axp_monitor *monitor)
{
	struct axp_monitor_message message;
	struct heard h = { 0 };

	while (!axp_monitor_next(monitor, &message, SOON_NS, NULL)) {
		if (message.kind != AXP_MONITOR_SAMPLE)
			continue;
		if (!h.samples++)
			h.lost_first = message.lost;
		h.lost += message.lost;
		h.jobs = message.client.stats.jobs;
	}
	return h;
}

static void test_slow(void)
{
	struct axp_monitor *slow = listener(false), *quick = listener(false);
	struct client clients[NR_CLIENTS];
	struct heard h, all, later;
	struct axp_stats stats;

	make_small(slow);
	for (unsigned int i = 0; i < NR_CLIENTS; i++)
		client_open(&clients[i]);
	ok(work(clients, NR_ROUNDS), "jobs end while a listener does not read");
	all = hear(quick);
	ok(all.samples == NR_ROUNDS * NR_CLIENTS && !all.lost,
	   "who reads has all samples: %u, %u lost", all.samples, (unsigned int)all.lost);
	h = hear(slow);
	ok(h.samples && h.samples < all.samples && !h.lost,
	   "who did not has the first ones: %u", h.samples);
	ok(client_work(&clients[0]), "one more job");
	later = hear(slow);
	ok(later.samples == 1 && later.lost_first, "its sample says that some were lost: %u",
	   (unsigned int)later.lost);
	ok(h.samples + later.lost == all.samples, "and how many, none too many");
	ok(!axp_device_stats(clients[0].device, 0, &stats, &said) && stats.jobs == later.jobs &&
	   stats.jobs == NR_ROUNDS + 1, "it has what the lost ones had");
	ok(hear(quick).samples == 1, "the other one gets it too");
	for (unsigned int i = 0; i < NR_CLIENTS; i++)
		client_close(&clients[i]);
	axp_monitor_close(slow);
	axp_monitor_close(quick);
}

/* Events fill the socket: not one sample gets through before the listener reads. */
static void test_lost_from_the_first(void)
{
	struct axp_monitor *slow = listener(true), *quick = listener(false);
	struct client clients[NR_CLIENTS];
	struct heard h, all;

	make_small(slow);
	for (unsigned int i = 0; i < NR_CLIENTS; i++)
		client_open(&clients[i]);
	ok(work(clients, 1), "jobs end while a listener does not read events");
	all = hear(quick);
	ok(all.samples == NR_CLIENTS && !all.lost, "a sample for each: %u", all.samples);
	ok(!hear(slow).samples, "not one came through");
	ok(client_work(&clients[0]), "one more job");
	h = hear(slow);
	ok(h.samples == 1 && h.lost == all.samples, "the first sample counts all before it: %u",
	   (unsigned int)h.lost);
	for (unsigned int i = 0; i < NR_CLIENTS; i++)
		client_close(&clients[i]);
	axp_monitor_close(slow);
	axp_monitor_close(quick);
}

int main(void)
{
	if (access(DEVICE, F_OK))
		skip_all("there is no " DEVICE);
	test_slow();
	test_lost_from_the_first();
	plan(8 + 5);
	return done_testing();
}
