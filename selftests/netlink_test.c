// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: what is answered to whom, bad requests are named, events and
 * samples come, and a listener that does not read loses samples and knows how
 * many.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "axp_util.h"
#include "netlink_util.h"

#define NOBODY		65534
#define SOON_MS		20000	/* nothing here takes that long, even when emulated */
#define QUIET_MS	500	/* longer than a sample is held back */
#define SAMPLE_NS	100000000ull

static struct nl_answer answer;

/* A client that runs small jobs. */
struct runner {
	int fd;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t weights;
	uint32_t table;
	struct axp_job job;
};

static int runner_open(struct runner *r)
{
	const struct axp_row row = {
		.act = F32_ONE, .act_care = ~0u, .wgt = F32_TWO, .wgt_care = ~0u,
		.product = F32_TWO,
	};
	const uint32_t two = F32_TWO;
	struct axp_table_spec spec = axp_spec_f32();
	int err;

	memset(r, 0, sizeof(*r));
	r->fd = axp_open(0);
	err = axp_mem_create(r->fd, 4096, &r->act);
	if (!err)
		err = axp_mem_create(r->fd, 4096, &r->out);
	if (!err)
		err = axp_weights_f32(r->fd, &two, 1, NULL, 0, &r->weights);
	if (!err)
		err = axp_table(r->fd, &spec, &row, 1, &r->table, NULL);
	r->job = axp_gemm(2, 1, 1, &r->act, &r->out, r->weights, r->table);
	if (!err)
		r->act.words[0] = F32_ONE;
	return err;
}

static int runner_run(struct runner *r)
{
	return axp_submit(r->fd, &r->job, 1, AXP_SUBMIT_SYNC, NULL, NULL);
}

static void runner_close(struct runner *r)
{
	axp_mem_unmap(&r->act);
	axp_mem_unmap(&r->out);
	close(r->fd);
}

/* Number of a client, as fdinfo or a dump of this process' newest one says. */
static uint32_t newest_client(struct nl *nl)
{
	const struct nlmsghdr *msg;
	uint32_t id = 0;

	if (nl_ask(nl, AXP_NL_CMD_CLIENT_GET, NLM_F_DUMP, NULL, 0, &answer))
		return 0;
	for (msg = nl_next(&answer, NULL); msg; msg = nl_next(&answer, msg))
		if (nl_u32(nl_attr(msg, AXP_NLA_PID)) == (uint32_t)getpid())
			id = nl_u32(nl_attr(msg, AXP_NLA_CLIENT));
	return id;
}

FIXTURE(netlink)
{
	struct nl nl;
	struct runner runner;
	uint32_t client;
};

FIXTURE_SETUP(netlink)
{
	int err = nl_open(&self->nl);

	if (err == -ENOENT || err == -EPROTONOSUPPORT)
		SKIP(return, "no family axp: built without netlink");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, runner_open(&self->runner));
	self->client = newest_client(&self->nl);
	ASSERT_NE(0, self->client);
}

FIXTURE_TEARDOWN(netlink)
{
	if (self->nl.family) {
		runner_close(&self->runner);
		nl_close(&self->nl);
	}
}

TEST_F(netlink, device)
{
	const struct nlmsghdr *msg;
	const struct nlattr *stats;
	char text[64];

	ASSERT_EQ(0, runner_run(&self->runner));
	ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer));
	msg = nl_next(&answer, NULL);
	ASSERT_NE(NULL, msg);
	EXPECT_EQ(NULL, nl_next(&answer, msg));
	EXPECT_EQ(AXP_NL_CMD_DEVICE_GET, nl_cmd(msg));
	ASSERT_EQ(0, axp_sysfs_read("engine", text, sizeof(text)));
	EXPECT_STREQ(text, nl_text(nl_attr(msg, AXP_NLA_ENGINE)));
	EXPECT_EQ(axp_sysfs_u64("clients"), nl_u32(nl_attr(msg, AXP_NLA_NR_CLIENTS)));
	EXPECT_EQ(0, nl_u64(nl_attr(msg, AXP_NLA_NR_JOBS)));
	EXPECT_EQ(AXP_PRESET_S28, nl_u32(nl_attr(msg, AXP_NLA_PRESET)));
	EXPECT_EQ(AXP_CAM_SILICON28, nl_u32(nl_attr(msg, AXP_NLA_CAM_CLASS)));
	EXPECT_LE(nl_u64(nl_attr(msg, AXP_NLA_TIME_NS)), axp_now_ns());
	stats = nl_attr(msg, AXP_NLA_STATS);
	ASSERT_NE(NULL, stats);
	EXPECT_EQ(axp_sysfs_u64("macs"), nl_u64(nl_in(stats, AXP_NLA_STATS_MACS)));
	EXPECT_EQ(NULL, nl_in(stats, AXP_NLA_STATS_ENERGY_FJ));
	EXPECT_EQ(0, nl_u64(nl_in(stats, AXP_NLA_STATS_BUSY_NS)) % 1000);
}

/* --- bad requests --- */

#define AT_FIRST	NL_ATTRS_AT
#define AT_SECOND	(NL_ATTRS_AT + 8)

struct bad {
	const char *what;
	uint8_t cmd;
	uint16_t flags;
	struct {
		uint16_t type;
		uint16_t bytes;
		uint64_t value;
	} attr[2];
	int err;
	uint32_t offset;	/* of the attribute that is to be named */
	uint32_t missing;
};

static void refused(struct __test_metadata *_metadata, struct nl *nl, const struct bad *bad)
{
	uint8_t attrs[64];
	size_t bytes = 0;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(bad->attr) && bad->attr[i].type; i++)
		bytes = nl_put(attrs, bytes, bad->attr[i].type, &bad->attr[i].value,
			       bad->attr[i].bytes);
	err = nl_ask(nl, bad->cmd, bad->flags, attrs, bytes, &answer);
	TH_LOG("%s: %d '%s' at %u, missing %u", bad->what, err, answer.text, answer.offset,
	       answer.missing);
	EXPECT_EQ(bad->err, err);
	EXPECT_EQ(bad->offset, answer.offset);
	EXPECT_EQ(bad->missing, answer.missing);
	/* a sentence for whatever is pointed at */
	EXPECT_EQ(bad->offset != 0, answer.text[0] != 0);
	EXPECT_EQ(0, answer.bytes);
}

TEST_F(netlink, bad_requests_are_named)
{
	const uint8_t device = AXP_NL_CMD_DEVICE_GET, client = AXP_NL_CMD_CLIENT_GET,
		      table = AXP_NL_CMD_TABLE_GET;
	const uint32_t id = self->client, none = 0x7fffffff;
	const struct bad cases[] = {
		{ "device takes none", device, 0, {{ AXP_NLA_CLIENT, 4, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "device takes none, unknown", device, 0, {{ 99, 4, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "unknown attribute", client, 0, {{ 999, 4, id }}, -EINVAL, .offset = AT_FIRST },
		{ "attribute of answers", client, 0, {{ AXP_NLA_STATS, 4, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "pad", client, 0, {{ AXP_NLA_PAD, 4, id }}, -EINVAL, .offset = AT_FIRST },
		{ "second one unknown", client, 0,
		  {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_MAX + 1, 4, id }},
		  -EINVAL, .offset = AT_SECOND },
		{ "table of a client", client, 0,
		  {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_TABLE, 4, id }},
		  -EINVAL, .offset = AT_SECOND },
		{ "too short", client, 0, {{ AXP_NLA_CLIENT, 2, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "too long", client, 0, {{ AXP_NLA_CLIENT, 8, id }}, -EINVAL, .offset = AT_FIRST },
		{ "nothing in it", client, 0, {{ AXP_NLA_CLIENT, 0, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "nested", client, 0, {{ AXP_NLA_CLIENT | NLA_F_NESTED, 4, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "client 0", client, 0, {{ AXP_NLA_CLIENT, 4, 0 }}, -ERANGE, .offset = AT_FIRST },
		{ "no such client", client, 0, {{ AXP_NLA_CLIENT, 4, none }},
		  -ENOENT, .offset = AT_FIRST },
		{ "no client", client, 0, {}, -EINVAL, .missing = AXP_NLA_CLIENT },
		{ "dump, unknown attribute", client, NLM_F_DUMP, {{ 999, 4, id }},
		  -EINVAL, .offset = AT_FIRST },
		{ "no client of a table", table, 0, {{ AXP_NLA_TABLE, 4, id }},
		  -EINVAL, .missing = AXP_NLA_CLIENT },
		{ "no table", table, 0, {{ AXP_NLA_CLIENT, 4, id }},
		  -EINVAL, .missing = AXP_NLA_TABLE },
		{ "table 0", table, 0, {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_TABLE, 4, 0 }},
		  -ERANGE, .offset = AT_SECOND },
		{ "no such table", table, 0,
		  {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_TABLE, 4, none }},
		  -ENOENT, .offset = AT_SECOND },
		{ "a buffer is no table", table, 0,
		  {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_TABLE, 4, self->runner.act.buf }},
		  -ENOENT, .offset = AT_SECOND },
		{ "table of no client", table, 0,
		  {{ AXP_NLA_CLIENT, 4, none }, { AXP_NLA_TABLE, 4, self->runner.table }},
		  -ENOENT, .offset = AT_FIRST },
		{ "dump, malformed", table, NLM_F_DUMP,
		  {{ AXP_NLA_CLIENT, 4, id }, { AXP_NLA_TABLE, 3, id }},
		  -EINVAL, .offset = AT_SECOND },
		{ "unknown command", __AXP_NL_CMD_MAX, 0, {}, .err = -EOPNOTSUPP },
		{ "an event is no request", AXP_NL_CMD_EVENT, 0, {}, .err = -EOPNOTSUPP },
		{ "a sample is no request", AXP_NL_CMD_SAMPLE, 0, {}, .err = -EOPNOTSUPP },
		{ "a dump of the device", device, NLM_F_DUMP, {}, .err = -EOPNOTSUPP },
	};
	uint8_t attrs[16] = { 8, 0 };	/* says 8 bytes, is 4 */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		refused(_metadata, &self->nl, &cases[i]);
	EXPECT_EQ(-EINVAL, nl_ask(&self->nl, client, 0, attrs, 4, &answer));
	EXPECT_NE(0, answer.text[0]);
	/* and a good one still works */
	EXPECT_EQ(0, nl_ask(&self->nl, client, 0, attrs,
			    nl_put_u32(attrs, 0, AXP_NLA_CLIENT, id), &answer));
}

/* --- clients and tables --- */

static const struct nlmsghdr *get_client(struct nl *nl, uint32_t id)
{
	uint8_t attrs[16];

	if (nl_ask(nl, AXP_NL_CMD_CLIENT_GET, 0, attrs,
		   nl_put_u32(attrs, 0, AXP_NLA_CLIENT, id), &answer))
		return NULL;
	return nl_next(&answer, NULL);
}

TEST_F(netlink, client)
{
	const struct nlmsghdr *msg;
	struct axp_stats want;
	const struct nlattr *stats;
	char comm[32] = "";
	FILE *file;

	ASSERT_EQ(0, runner_run(&self->runner));
	ASSERT_EQ(0, axp_stats(self->runner.fd, AXP_STATS_CLIENT, 0, &want));
	msg = get_client(&self->nl, self->client);
	ASSERT_NE(NULL, msg);
	EXPECT_EQ(self->client, nl_u32(nl_attr(msg, AXP_NLA_CLIENT)));
	EXPECT_EQ(getpid(), nl_u32(nl_attr(msg, AXP_NLA_PID)));
	EXPECT_EQ(0, nl_u32(nl_attr(msg, AXP_NLA_UID)));
	file = fopen("/proc/self/comm", "r");
	ASSERT_NE(NULL, file);
	ASSERT_EQ(1, fscanf(file, "%31s", comm));
	fclose(file);
	EXPECT_STREQ(comm, nl_text(nl_attr(msg, AXP_NLA_COMM)));
	EXPECT_EQ(0, nl_u64(nl_attr(msg, AXP_NLA_NR_JOBS)));
	EXPECT_GE(nl_u64(nl_attr(msg, AXP_NLA_MEMORY)), 8192);
	stats = nl_attr(msg, AXP_NLA_STATS);
	ASSERT_NE(NULL, stats);
	EXPECT_EQ(2, want.macs);
	EXPECT_EQ(want.macs, nl_u64(nl_in(stats, AXP_NLA_STATS_MACS)));
	EXPECT_EQ(want.gated, nl_u64(nl_in(stats, AXP_NLA_STATS_GATED)));
	EXPECT_EQ(want.zero_act, nl_u64(nl_in(stats, AXP_NLA_STATS_ZERO_ACT)));
	EXPECT_EQ(want.hits_exact, nl_u64(nl_in(stats, AXP_NLA_STATS_HITS_EXACT)));
	EXPECT_EQ(want.hits_approx, nl_u64(nl_in(stats, AXP_NLA_STATS_HITS_APPROX)));
	EXPECT_EQ(want.misses, nl_u64(nl_in(stats, AXP_NLA_STATS_MISSES)));
	EXPECT_EQ(want.searches, nl_u64(nl_in(stats, AXP_NLA_STATS_SEARCHES)));
	EXPECT_EQ(want.clamped, nl_u64(nl_in(stats, AXP_NLA_STATS_CLAMPED)));
	EXPECT_EQ(want.outputs, nl_u64(nl_in(stats, AXP_NLA_STATS_OUTPUTS)));
	EXPECT_EQ(want.jobs, nl_u64(nl_in(stats, AXP_NLA_STATS_JOBS)));
	EXPECT_EQ(want.rows_programmed, nl_u64(nl_in(stats, AXP_NLA_STATS_ROWS_PROGRAMMED)));
	EXPECT_EQ(want.energy_fj, nl_u64(nl_in(stats, AXP_NLA_STATS_ENERGY_FJ)));
	EXPECT_EQ(want.program_fj, nl_u64(nl_in(stats, AXP_NLA_STATS_PROGRAM_FJ)));
	EXPECT_EQ(want.baseline_fj, nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_FJ)));
	EXPECT_EQ(want.baseline_gated_fj,
		  nl_u64(nl_in(stats, AXP_NLA_STATS_BASELINE_GATED_FJ)));
	EXPECT_EQ(want.queue_ns, nl_u64(nl_in(stats, AXP_NLA_STATS_QUEUE_NS)));
	EXPECT_EQ(want.busy_ns, nl_u64(nl_in(stats, AXP_NLA_STATS_BUSY_NS)));
}

TEST_F(netlink, table)
{
	struct axp_table_spec spec = {
		.accumulator = AXP_ACC_FIXED, .organisation = AXP_ORG_SHARED, .lanes = 4,
		.word_bits = 16, .scale = -3, .max_term = 1000, .cam_class = AXP_CAM_NOR,
	};
	struct axp_table_create create = { .row_size = sizeof(struct axp_row), .spec = spec };
	const struct nlmsghdr *msg;
	uint8_t attrs[16];
	size_t n;

	ASSERT_EQ(0, axp_ioctl(self->runner.fd, AXP_IOC_TABLE_CREATE, &create));
	n = nl_put_u32(attrs, 0, AXP_NLA_CLIENT, self->client);
	n = nl_put_u32(attrs, n, AXP_NLA_TABLE, create.table);
	ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_TABLE_GET, 0, attrs, n, &answer));
	msg = nl_next(&answer, NULL);
	ASSERT_NE(NULL, msg);
	EXPECT_EQ(self->client, nl_u32(nl_attr(msg, AXP_NLA_CLIENT)));
	EXPECT_EQ(create.table, nl_u32(nl_attr(msg, AXP_NLA_TABLE)));
	EXPECT_EQ(create.generation, nl_u64(nl_attr(msg, AXP_NLA_GENERATION)));
	EXPECT_EQ(0, nl_u32(nl_attr(msg, AXP_NLA_ROWS)));
	EXPECT_EQ(create.cam_rows, nl_u32(nl_attr(msg, AXP_NLA_CAM_ROWS)));
	EXPECT_EQ(create.key_bits, nl_u32(nl_attr(msg, AXP_NLA_KEY_BITS)));
	EXPECT_EQ(create.lut_words, nl_u32(nl_attr(msg, AXP_NLA_LUT_WORDS)));
	EXPECT_EQ(AXP_ACC_FIXED, nl_u32(nl_attr(msg, AXP_NLA_ACCUMULATOR)));
	EXPECT_EQ(AXP_ORG_SHARED, nl_u32(nl_attr(msg, AXP_NLA_ORGANISATION)));
	EXPECT_EQ(4, nl_u32(nl_attr(msg, AXP_NLA_LANES)));
	EXPECT_EQ(16, nl_u32(nl_attr(msg, AXP_NLA_WORD_BITS)));
	EXPECT_EQ(-3, (int32_t)nl_u32(nl_attr(msg, AXP_NLA_SCALE)));
	EXPECT_EQ(1000, nl_u32(nl_attr(msg, AXP_NLA_MAX_TERM)));
	EXPECT_EQ(AXP_CAM_NOR, nl_u32(nl_attr(msg, AXP_NLA_CAM_CLASS)));
	EXPECT_EQ(0, nl_u64(nl_in(nl_attr(msg, AXP_NLA_STATS), AXP_NLA_STATS_JOBS)));
}

#define MANY_TABLES	300	/* they fill many messages */

TEST_F_TIMEOUT(netlink, dumps_are_complete, 120)
{
	struct axp_table_spec spec = axp_spec_f32();
	static uint8_t seen[2][MANY_TABLES];
	static uint32_t tables[2][MANY_TABLES];
	const struct nlmsghdr *msg;
	uint32_t client[2] = { self->client }, id, handle;
	struct runner other;
	unsigned int i, j, found;
	uint8_t attrs[16];

	ASSERT_EQ(0, runner_open(&other));
	client[1] = newest_client(&self->nl);
	ASSERT_NE(client[0], client[1]);
	for (i = 0; i < MANY_TABLES; i++) {
		ASSERT_EQ(0, axp_table(self->runner.fd, &spec, NULL, 0, &tables[0][i], NULL));
		ASSERT_EQ(0, axp_table(other.fd, &spec, NULL, 0, &tables[1][i], NULL));
	}
	for (j = 0; j < 3; j++) {
		memset(seen, 0, sizeof(seen));
		ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_TABLE_GET, NLM_F_DUMP, attrs,
				    j < 2 ? nl_put_u32(attrs, 0, AXP_NLA_CLIENT, client[j]) : 0,
				    &answer));
		found = 0;
		for (msg = nl_next(&answer, NULL); msg; msg = nl_next(&answer, msg)) {
			id = nl_u32(nl_attr(msg, AXP_NLA_CLIENT));
			handle = nl_u32(nl_attr(msg, AXP_NLA_TABLE));
			ASSERT_TRUE(id == client[0] || id == client[1]);
			for (i = 0; i < MANY_TABLES; i++)
				if (tables[id == client[1]][i] == handle)
					seen[id == client[1]][i]++;
			found++;
		}
		/* each client has one more, the runner's own */
		EXPECT_EQ(j < 2 ? MANY_TABLES + 1 : 2 * (MANY_TABLES + 1), found);
		for (i = 0; i < MANY_TABLES; i++) {
			EXPECT_EQ(j != 1, seen[0][i]);
			EXPECT_EQ(j != 0, seen[1][i]);
		}
	}
	/* one table, one client, none */
	nl_put_u32(attrs, nl_put_u32(attrs, 0, AXP_NLA_CLIENT, client[1]), AXP_NLA_TABLE,
		   tables[1][7]);
	ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_TABLE_GET, NLM_F_DUMP, attrs, 16, &answer));
	msg = nl_next(&answer, NULL);
	ASSERT_NE(NULL, msg);
	EXPECT_EQ(tables[1][7], nl_u32(nl_attr(msg, AXP_NLA_TABLE)));
	EXPECT_EQ(NULL, nl_next(&answer, msg));
	ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_CLIENT_GET, NLM_F_DUMP, attrs, 8, &answer));
	msg = nl_next(&answer, NULL);
	ASSERT_NE(NULL, msg);
	EXPECT_EQ(client[1], nl_u32(nl_attr(msg, AXP_NLA_CLIENT)));
	EXPECT_EQ(NULL, nl_next(&answer, msg));
	nl_put_u32(attrs, 0, AXP_NLA_CLIENT, 0x7fffffff);
	ASSERT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_CLIENT_GET, NLM_F_DUMP, attrs, 8, &answer));
	EXPECT_EQ(0, answer.bytes);
	runner_close(&other);
}

/* --- without CAP_NET_ADMIN --- */

static void need(bool good, const char *what)
{
	if (good)
		return;
	printf("# as nobody: %s\n", what);
	fflush(stdout);
	_exit(1);
}

#define NEED(condition)	need(condition, #condition)

static void as_nobody(uint32_t roots)
{
	const struct nlmsghdr *msg;
	uint8_t attrs[16];
	struct nl nl;
	int fd;

	NEED(!setgid(NOBODY) && !setuid(NOBODY));
	NEED(!nl_open(&nl));
	fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
	NEED(fd >= 0);

	/* the device is for everybody */
	NEED(!nl_ask(&nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer));
	NEED(nl_attr(nl_next(&answer, NULL), AXP_NLA_STATS));
	/* of the clients only the own one, and no counters */
	NEED(!nl_ask(&nl, AXP_NL_CMD_CLIENT_GET, NLM_F_DUMP, NULL, 0, &answer));
	msg = nl_next(&answer, NULL);
	NEED(msg && !nl_next(&answer, msg));
	NEED(nl_u32(nl_attr(msg, AXP_NLA_PID)) == (uint32_t)getpid());
	NEED(nl_u32(nl_attr(msg, AXP_NLA_UID)) == NOBODY);
	NEED(!nl_attr(msg, AXP_NLA_STATS));
	/* root's is not there, nor are its tables */
	NEED(nl_ask(&nl, AXP_NL_CMD_CLIENT_GET, 0, attrs,
		    nl_put_u32(attrs, 0, AXP_NLA_CLIENT, roots), &answer) == -ENOENT);
	NEED(!nl_ask(&nl, AXP_NL_CMD_TABLE_GET, NLM_F_DUMP, NULL, 0, &answer));
	NEED(!answer.bytes);
	NEED(!nl_ask(&nl, AXP_NL_CMD_TABLE_GET, NLM_F_DUMP, attrs,
		     nl_put_u32(attrs, 0, AXP_NLA_CLIENT, roots), &answer));
	NEED(!answer.bytes);
	NEED(nl_ask(&nl, AXP_NL_CMD_TABLE_GET, 0, attrs,
		    nl_put_u32(attrs, nl_put_u32(attrs, 0, AXP_NLA_CLIENT, roots),
			       AXP_NLA_TABLE, 1), &answer) == -ENOENT);
	NEED(nl_join(&nl, nl.sampling) == -EPERM);
	NEED(!nl_join(&nl, nl.event));
	_exit(0);
}

TEST_F(netlink, others_see_nothing_of_a_client)
{
	struct stat st;
	int status;
	pid_t pid;

	ASSERT_EQ(0, stat(AXP_DEV, &st));
	ASSERT_EQ(0, chmod(AXP_DEV, 0666));
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		as_nobody(self->client);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, chmod(AXP_DEV, st.st_mode & 0777));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_TRUE(WIFEXITED(status));
}

/* --- events --- */

static struct {
	struct nlmsghdr nlh;
	uint8_t rest[8192];
} message;

/* The next message of a group, which is @cmd. */
static const struct nlmsghdr *listen_for(struct nl *nl, uint8_t cmd, int ms)
{
	if (nl_receive(nl, &message, sizeof(message), ms))
		return NULL;
	return nl_cmd(&message.nlh) == cmd ? &message.nlh : NULL;
}

static bool event_comes(struct nl *nl, enum axp_nl_event event, uint32_t client, uint32_t table,
			uint32_t rows)
{
	const struct nlmsghdr *msg = listen_for(nl, AXP_NL_CMD_EVENT, SOON_MS);

	return msg && nl_u32(nl_attr(msg, AXP_NLA_EVENT)) == event &&
	       nl_u64(nl_attr(msg, AXP_NLA_TIME_NS)) <= (uint64_t)axp_now_ns() &&
	       (client ? nl_u32(nl_attr(msg, AXP_NLA_CLIENT)) == client :
			 !nl_attr(msg, AXP_NLA_CLIENT)) &&
	       (table ? nl_u32(nl_attr(msg, AXP_NLA_TABLE)) == table &&
			nl_u32(nl_attr(msg, AXP_NLA_ROWS)) == rows :
			!nl_attr(msg, AXP_NLA_TABLE));
}

TEST_F_TIMEOUT(netlink, events, 120)
{
	struct axp_row rows[3] = {};
	struct axp_table_write write = {
		.rows = (uintptr_t)rows, .row_size = sizeof(rows[0]), .nr_rows = 2, .first = 1,
	};
	struct axp_table_spec spec = axp_spec_f32();
	struct nl listener;
	uint32_t client, table;
	char preset[32];
	int fd;

	ASSERT_EQ(0, nl_open(&listener));
	ASSERT_EQ(0, nl_join(&listener, listener.event));
	fd = axp_open(0);
	client = newest_client(&self->nl);
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_CLIENT_NEW, client, 0, 0));
	ASSERT_EQ(0, axp_table(fd, &spec, rows, 3, &table, NULL));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_TABLE_NEW, client, table, 3));
	write.table = table;
	ASSERT_EQ(0, axp_ioctl(fd, AXP_IOC_TABLE_WRITE, &write));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_TABLE_WRITE, client, table, 2));
	ASSERT_EQ(0, axp_destroy(fd, table));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_TABLE_DEL, client, table, 3));
	ASSERT_EQ(0, axp_table(fd, &spec, rows, 1, &table, NULL));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_TABLE_NEW, client, table, 1));
	close(fd);
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_TABLE_DEL, client, table, 1));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_CLIENT_DEL, client, 0, 0));
	ASSERT_EQ(0, axp_sysfs_read("energy_model/preset", preset, sizeof(preset)));
	ASSERT_EQ(0, axp_sysfs_write("energy_model/preset", preset));
	EXPECT_TRUE(event_comes(&listener, AXP_NL_EVENT_DEVICE, 0, 0, 0));
	/* jobs are none, and what was refused is none */
	ASSERT_EQ(0, runner_run(&self->runner));
	EXPECT_NE(0, axp_sysfs_write("energy_model/preset", "none"));
	EXPECT_EQ(-ETIMEDOUT, nl_receive(&listener, &message, sizeof(message), QUIET_MS));
	nl_close(&listener);
}

/* --- samples --- */

static uint64_t sample_u64(uint16_t stat)
{
	return nl_u64(nl_in(nl_attr(&message.nlh, AXP_NLA_STATS), stat));
}

TEST_F_TIMEOUT(netlink, samples, 120)
{
	uint64_t seq = 0, time = 0, now, jobs = 0;
	struct axp_stats stats;
	struct nl listener;
	int64_t end;
	unsigned int n = 0;

	ASSERT_EQ(0, nl_open(&listener));
	ASSERT_EQ(0, nl_join(&listener, listener.sampling));
	/* a second of jobs without a pause */
	for (end = axp_now_ns() + 1000000000ll; axp_now_ns() < end; jobs++)
		ASSERT_EQ(0, runner_run(&self->runner));
	ASSERT_EQ(0, axp_stats(self->runner.fd, AXP_STATS_CLIENT, 0, &stats));
	do {
		ASSERT_NE(NULL, listen_for(&listener, AXP_NL_CMD_SAMPLE, SOON_MS));
		EXPECT_EQ(self->client, nl_u32(nl_attr(&message.nlh, AXP_NLA_CLIENT)));
		EXPECT_EQ(0, nl_u64(nl_attr(&message.nlh, AXP_NLA_DROPPED)));
		now = nl_u64(nl_attr(&message.nlh, AXP_NLA_TIME_NS));
		if (n++) {
			EXPECT_EQ(seq + 1, nl_u64(nl_attr(&message.nlh, AXP_NLA_SEQ)));
			/* ten a second at most: a tick earlier is the clock's */
			EXPECT_GT(now - time, SAMPLE_NS - SAMPLE_NS / 4);
		}
		seq = nl_u64(nl_attr(&message.nlh, AXP_NLA_SEQ));
		time = now;
	} while (sample_u64(AXP_NLA_STATS_JOBS) < stats.jobs);
	TH_LOG("%llu jobs, %u samples", (unsigned long long)jobs, n);
	EXPECT_GE(jobs, n);
	EXPECT_EQ(stats.macs, sample_u64(AXP_NLA_STATS_MACS));
	EXPECT_EQ(stats.energy_fj, sample_u64(AXP_NLA_STATS_ENERGY_FJ));
	EXPECT_EQ(stats.busy_ns, sample_u64(AXP_NLA_STATS_BUSY_NS));
	/* nothing happens, nothing is said */
	EXPECT_EQ(-ETIMEDOUT, nl_receive(&listener, &message, sizeof(message), QUIET_MS));
	EXPECT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer));
	EXPECT_EQ(seq, nl_u64(nl_attr(nl_next(&answer, NULL), AXP_NLA_SEQ)));
	nl_close(&listener);
}

TEST_F_TIMEOUT(netlink, last_sample_of_a_client, 120)
{
	struct axp_stats stats;
	struct runner other;
	struct nl listener;

	ASSERT_EQ(0, nl_open(&listener));
	ASSERT_EQ(0, runner_open(&other));
	ASSERT_EQ(0, nl_join(&listener, listener.sampling));
	ASSERT_EQ(0, runner_run(&other));
	ASSERT_EQ(0, axp_stats(other.fd, AXP_STATS_CLIENT, 0, &stats));
	runner_close(&other);
	ASSERT_NE(NULL, listen_for(&listener, AXP_NL_CMD_SAMPLE, SOON_MS));
	EXPECT_NE(self->client, nl_u32(nl_attr(&message.nlh, AXP_NLA_CLIENT)));
	EXPECT_EQ(1, sample_u64(AXP_NLA_STATS_JOBS));
	EXPECT_EQ(stats.energy_fj, sample_u64(AXP_NLA_STATS_ENERGY_FJ));
	nl_close(&listener);
}

/* Samples of a listener until @last; how many it got, and how many it missed. */
static void drain(struct __test_metadata *_metadata, struct nl *nl, uint64_t first,
		  uint64_t last, uint64_t *got, uint64_t *lost, unsigned int *overruns)
{
	uint64_t expected = first, seq;
	int err;

	*got = 0;
	*lost = 0;
	*overruns = 0;
	while (expected <= last) {
		err = nl_receive(nl, &message, sizeof(message), SOON_MS);
		if (err == -ENOBUFS) {
			++*overruns;
			continue;
		}
		ASSERT_EQ(0, err);
		seq = nl_u64(nl_attr(&message.nlh, AXP_NLA_SEQ));
		ASSERT_GE(seq, expected);
		*lost += seq - expected;
		expected = seq + 1;
		++*got;
	}
}

static uint64_t device_seq(struct nl *nl)
{
	if (nl_ask(nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer))
		return ~0ull;
	return nl_u64(nl_attr(nl_next(&answer, NULL), AXP_NLA_SEQ));
}

#define NR_RUNNERS	16

TEST_F_TIMEOUT(netlink, slow_listener_knows_what_it_lost, 120)
{
	struct runner runners[NR_RUNNERS];
	uint64_t first, last, got, lost;
	unsigned int i, round, overruns;
	struct nl slow, quick;
	struct axp_stats stats;
	const int tiny = 1;

	ASSERT_EQ(0, nl_open(&slow));
	ASSERT_EQ(0, nl_open(&quick));
	/* room for a message or two */
	ASSERT_EQ(0, setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)));
	for (i = 0; i < NR_RUNNERS; i++)
		ASSERT_EQ(0, runner_open(&runners[i]));
	ASSERT_EQ(0, nl_join(&slow, slow.sampling));
	ASSERT_EQ(0, nl_join(&quick, quick.sampling));
	first = device_seq(&self->nl) + 1;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < NR_RUNNERS; i++)
			ASSERT_EQ(0, runner_run(&runners[i]));
		usleep(250000);
	}
	last = device_seq(&self->nl);
	ASSERT_EQ(first + 4 * NR_RUNNERS - 1, last);
	/* one more, when the slow one has room again */
	for (i = 0; i < 2; i++)
		(void)nl_receive(&slow, &message, sizeof(message), 0);
	nl_close(&slow);

	/* the one that reads has all of them */
	drain(_metadata, &quick, first, last, &got, &lost, &overruns);
	EXPECT_EQ(4 * NR_RUNNERS, got);
	EXPECT_EQ(0, lost);
	EXPECT_EQ(0, overruns);

	/* the same again, with a slow one that reads in the end */
	ASSERT_EQ(0, nl_open(&slow));
	ASSERT_EQ(0, setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)));
	ASSERT_EQ(0, nl_join(&slow, slow.sampling));
	first = device_seq(&self->nl) + 1;
	for (i = 0; i < NR_RUNNERS; i++)
		ASSERT_EQ(0, runner_run(&runners[i]));
	usleep(500000);
	last = device_seq(&self->nl);
	while (nl_receive(&slow, &message, sizeof(message), 0) != -ENOBUFS)
		first = nl_u64(nl_attr(&message.nlh, AXP_NLA_SEQ)) + 1;
	EXPECT_LE(first, last);
	/* what is in its queue, then one that comes when there is room */
	while (!nl_receive(&slow, &message, sizeof(message), 0))
		first = nl_u64(nl_attr(&message.nlh, AXP_NLA_SEQ)) + 1;
	ASSERT_EQ(0, runner_run(&runners[0]));
	drain(_metadata, &slow, first, last + 1, &got, &lost, &overruns);
	EXPECT_EQ(1, got);
	EXPECT_EQ(last + 1 - first, lost);
	EXPECT_GT(lost, 0);
	/* counters only grow: the last sample has everything */
	ASSERT_EQ(0, axp_stats(runners[0].fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(stats.jobs, sample_u64(AXP_NLA_STATS_JOBS));
	EXPECT_EQ(6, stats.jobs);
	/* nobody was slowed: all jobs are done, all clients are idle */
	EXPECT_EQ(0, nl_ask(&self->nl, AXP_NL_CMD_DEVICE_GET, 0, NULL, 0, &answer));
	EXPECT_EQ(0, nl_u64(nl_attr(nl_next(&answer, NULL), AXP_NLA_NR_JOBS)));
	for (i = 0; i < NR_RUNNERS; i++)
		runner_close(&runners[i]);
	nl_close(&slow);
	nl_close(&quick);
}

TEST_HARNESS_MAIN
