// SPDX-License-Identifier: GPL-2.0
/*
 * Queues: completions by read, poll and wait; a full queue; clients beside each
 * other; what close and kill leave.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../../kselftest_harness.h"
#include "totals_util.h"

/* Long enough to look at what happens meanwhile. */
#define SLOW_MS		300
/* Nobody waits for that to end. */
#define ENDLESS_MS	3000
#define LONG_MS		120000

FIXTURE(async)
{
	int fd;
	struct axp_caps caps;
	struct axp_mem act;
	struct axp_mem out;
	uint32_t weights;
	struct axp_job job;
};

FIXTURE_SETUP(async)
{
	const uint32_t two = F32_TWO;

	self->fd = axp_open(0);
	ASSERT_EQ(0, axp_ioctl(self->fd, AXP_IOC_GET_CAPS, &self->caps));
	ASSERT_EQ(0, axp_mem_create(self->fd, 1 << 16, &self->act));
	ASSERT_EQ(0, axp_mem_create(self->fd, 1 << 16, &self->out));
	ASSERT_EQ(0, axp_weights_f32(self->fd, &two, 1, NULL, 0, &self->weights));
	self->act.words[0] = F32_ONE;
	self->job = axp_gemm(1, 1, 1, &self->act, &self->out, self->weights, 0);
	self->job.flags = AXP_JOB_COMPLETION;
}

FIXTURE_TEARDOWN(async)
{
	axp_mem_unmap(&self->act);
	axp_mem_unmap(&self->out);
	close(self->fd);
	/* nobody is left: whatever was cancelled, a fresh client notices nothing */
	EXPECT_SETTLED(account_open());
}

static int events(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&pollfd, 1, ms) < 0 ? -errno : pollfd.revents;
}

static int wait_readable(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) < 0 ? -errno : pollfd.revents;
}

static long long jobs_of_device(void)
{
	return axp_sysfs_u64("jobs");
}

/* A client that came and went takes a moment: its last close may be elsewhere. */
static bool clients_become(long long nr)
{
	int tries;

	for (tries = 0; tries < 300; tries++) {
		if (axp_sysfs_u64("clients") == nr)
			return true;
		usleep(100000);
	}
	return false;
}

TEST_F_TIMEOUT(async, in_order, 120)
{
	struct axp_completion done[8];
	struct axp_job jobs[6];
	uint64_t first;
	ssize_t size;
	unsigned int i, got = 0;

	for (i = 0; i < 6; i++) {
		jobs[i] = self->job;
		jobs[i].cookie = 0xabc000000000ull + i;
		jobs[i].out.offset = 4 * i;
	}
	jobs[2].flags = 0;	/* no record of this one */
	ASSERT_EQ(0, axp_submit(self->fd, jobs, 6, 0, &first, NULL));
	while (got < 5) {
		ASSERT_EQ(POLLIN, wait_readable(self->fd, LONG_MS));
		size = read(self->fd, &done[got], sizeof(done[0]) * (8 - got) - 1);
		ASSERT_GT(size, 0);
		ASSERT_EQ(0, size % sizeof(done[0]));
		got += size / sizeof(done[0]);
	}
	for (i = 0; i < 5; i++) {
		unsigned int number = i < 2 ? i : i + 1;

		EXPECT_EQ(first + number, done[i].seqno);
		EXPECT_EQ(0xabc000000000ull + number, done[i].cookie);
		EXPECT_EQ(0, done[i].status);
		EXPECT_EQ(0, done[i].rsvd);
		EXPECT_EQ(1, done[i].stats.macs);
		EXPECT_EQ(1, done[i].stats.jobs);
		EXPECT_EQ(F32_TWO, self->out.words[number]);
	}
	EXPECT_EQ(POLLOUT, events(self->fd, 0));
}

TEST_F(async, read_and_poll_of_nothing)
{
	struct axp_completion done;
	int fd = axp_open(O_NONBLOCK);

	EXPECT_EQ(POLLOUT, events(self->fd, 0));
	EXPECT_EQ(0, wait_readable(self->fd, 20));
	EXPECT_EQ(-1, read(fd, &done, sizeof(done)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, read(fd, &done, sizeof(done) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, write(fd, &done, sizeof(done)));
	close(fd);
}

/* A record that cannot be delivered is not lost. */
TEST_F(async, read_fault)
{
	struct axp_completion done;
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	self->job.cookie = 7;
	ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(-1, read(self->fd, nowhere, sizeof(done)));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
	EXPECT_EQ(7, done.cookie);
}

TEST_F_TIMEOUT(async, wait_deadlines, 120)
{
	struct axp_wait wait = {};
	struct axp_slow slow;
	uint64_t seqno;
	int64_t start;

	ASSERT_EQ(0, axp_slow_ms(self->fd, SLOW_MS, &slow));
	ASSERT_EQ(0, axp_wait_ms(self->fd, 0, 0));
	ASSERT_EQ(0, axp_submit(self->fd, &slow.job, 1, 0, &seqno, NULL));
	wait.seqno = seqno;
	EXPECT_EQ(-ETIMEDOUT, axp_ioctl(self->fd, AXP_IOC_WAIT, &wait));
	wait.deadline_ns = -1;
	EXPECT_EQ(-ETIMEDOUT, axp_ioctl(self->fd, AXP_IOC_WAIT, &wait));
	start = axp_now_ns();
	EXPECT_EQ(-ETIMEDOUT, axp_wait_ms(self->fd, seqno, 5));
	EXPECT_GE(axp_now_ns() - start, 5000000);
	wait.seqno = seqno + 1;
	EXPECT_EQ(-EINVAL, axp_ioctl(self->fd, AXP_IOC_WAIT, &wait));
	wait.seqno = seqno;
	wait.deadline_ns = INT64_MAX;
	EXPECT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WAIT, &wait));
	wait.deadline_ns = 0;
	EXPECT_EQ(0, axp_ioctl(self->fd, AXP_IOC_WAIT, &wait));
	axp_slow_unmap(&slow);
}

static void on_alarm(int sig)
{
}

TEST_F_TIMEOUT(async, signals_interrupt_waits, 120)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct axp_slow slow;
	struct axp_completion done;
	uint64_t seqno;

	ASSERT_EQ(0, axp_slow_ms(self->fd, ENDLESS_MS, &slow));
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	slow.job.flags = AXP_JOB_COMPLETION;
	ASSERT_EQ(0, axp_submit(self->fd, &slow.job, 1, 0, &seqno, NULL));

	{
		timer_t timer;
		struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
		struct itimerspec spec = {
			.it_value.tv_nsec = 20000000, .it_interval.tv_nsec = 20000000,
		};

		ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, &event, &timer));
		ASSERT_EQ(0, timer_settime(timer, 0, &spec, NULL));
		EXPECT_EQ(-EINTR, axp_wait_ms(self->fd, seqno, LONG_MS));
		ASSERT_EQ(-1, read(self->fd, &done, sizeof(done)));
		EXPECT_EQ(EINTR, errno);

		/* a restarted wait ends with its job, not with the signals */
		action.sa_flags = SA_RESTART;
		ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
		EXPECT_EQ(0, axp_wait_ms(self->fd, seqno, LONG_MS));
		EXPECT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
		timer_delete(timer);
	}
	axp_slow_unmap(&slow);
}

/* Unread completions count: the queue fills up without anything running. */
TEST_F_TIMEOUT(async, queue_full, 120)
{
	uint32_t most = self->caps.max_inflight, batch = self->caps.max_jobs_per_submit;
	int flags = fcntl(self->fd, F_GETFL);
	struct axp_completion done;
	struct axp_job *jobs;
	struct axp_why why;
	uint32_t queued = 0, i;

	if (batch > most)
		batch = most;
	jobs = calloc(batch, sizeof(*jobs));
	ASSERT_NE(NULL, jobs);
	for (i = 0; i < batch; i++)
		jobs[i] = self->job;
	while (queued + batch <= most) {
		ASSERT_EQ(0, axp_submit(self->fd, jobs, batch, AXP_SUBMIT_SYNC, NULL, NULL));
		queued += batch;
	}
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, flags | O_NONBLOCK));
	while (queued < most) {
		ASSERT_EQ(0, axp_submit(self->fd, jobs, 1, AXP_SUBMIT_SYNC, NULL, NULL));
		queued++;
	}
	EXPECT_EQ(POLLIN, events(self->fd, 0));
	EXPECT_EQ(-EAGAIN, axp_submit(self->fd, jobs, 1, AXP_SUBMIT_SYNC, NULL, &why));
	EXPECT_EQ(AXP_WHY_INFLIGHT, why.reason);
	EXPECT_EQ(most, why.limit);
	ASSERT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
	EXPECT_EQ(POLLIN | POLLOUT, events(self->fd, 0));
	EXPECT_EQ(-EAGAIN, axp_submit(self->fd, jobs, 2, 0, NULL, NULL));
	EXPECT_EQ(0, axp_submit(self->fd, jobs, 1, 0, NULL, NULL));
	free(jobs);
}

struct submitter {
	int fd;
	struct axp_job job;
	int err;
};

static void *submit_one(void *data)
{
	struct submitter *s = data;

	s->err = axp_submit(s->fd, &s->job, 1, AXP_SUBMIT_SYNC, NULL, NULL);
	return NULL;
}

/* A blocked submission goes on when a reader makes room. */
TEST_F_TIMEOUT(async, queue_full_blocks, 120)
{
	uint32_t most = self->caps.max_inflight, i;
	struct submitter s = { .fd = self->fd, .job = self->job, .err = 1 };
	struct axp_completion done;
	pthread_t thread;

	for (i = 0; i < most; i++)
		ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_one, &s));
	usleep(50000);
	EXPECT_EQ(1, s.err);
	ASSERT_EQ(sizeof(done), read(self->fd, &done, sizeof(done)));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, s.err);
}

/* Threads of one client race; every job is done once and counted once. */
TEST_F_TIMEOUT(async, racing_threads, 120)
{
	enum { THREADS = 4, ROUNDS = 200 };
	struct submitter s[THREADS];
	pthread_t threads[THREADS];
	struct axp_stats stats;
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < THREADS; i++) {
			s[i] = (struct submitter) { .fd = self->fd, .job = self->job };
			s[i].job.flags = 0;
			s[i].job.out.offset = 4 * i;
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, submit_one, &s[i]));
		}
		for (i = 0; i < THREADS; i++) {
			ASSERT_EQ(0, pthread_join(threads[i], NULL));
			ASSERT_EQ(0, s[i].err);
		}
	}
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(THREADS * ROUNDS, stats.jobs);
	EXPECT_EQ(THREADS * ROUNDS, stats.macs);
}

/* A short job of one client does not wait for the end of a long one of another. */
TEST_F_TIMEOUT(async, two_clients_take_turns, 300)
{
	struct axp_slow slow;
	uint64_t seqno, slow_seqno;
	int other = axp_open(0);

	ASSERT_EQ(0, axp_slow_ms(other, ENDLESS_MS, &slow));
	ASSERT_EQ(0, axp_submit(other, &slow.job, 1, 0, &slow_seqno, NULL));
	self->job.flags = 0;
	ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, 0, &seqno, NULL));
	ASSERT_EQ(0, axp_wait_ms(self->fd, seqno, LONG_MS));
	EXPECT_EQ(F32_TWO, self->out.words[0]);
	ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	EXPECT_EQ(-ETIMEDOUT, axp_wait_ms(other, slow_seqno, 0));
	axp_slow_unmap(&slow);
	close(other);
}

/* Close cancels what is queued and does not wait for it. */
TEST_F_TIMEOUT(async, close_cancels, 120)
{
	long long clients = axp_sysfs_u64("clients"), jobs;
	struct axp_slow slow;
	struct axp_job batch[16];
	int fd = axp_open(0);
	int64_t start;
	int i;

	ASSERT_EQ(0, axp_slow_ms(fd, ENDLESS_MS, &slow));
	for (i = 0; i < 16; i++)
		batch[i] = slow.job;
	jobs = jobs_of_device();
	ASSERT_EQ(0, axp_submit(fd, batch, 16, 0, NULL, NULL));
	axp_slow_unmap(&slow);
	start = axp_now_ns();
	close(fd);
	EXPECT_LT(axp_now_ns() - start, 5000000000LL);
	EXPECT_TRUE(clients_become(clients));
	EXPECT_EQ(jobs, jobs_of_device());
}

/* The child dies in the middle of everything; its parent does not notice. */
static void child(bool sync)
{
	int fd = axp_open(0);
	struct axp_slow slow;
	struct axp_job jobs[4];
	int i;

	if (axp_slow_ms(fd, ENDLESS_MS, &slow))
		_exit(1);
	for (i = 0; i < 4; i++)
		jobs[i] = slow.job;
	axp_submit(fd, jobs, 4, sync ? AXP_SUBMIT_SYNC : 0, NULL, NULL);
	for (;;)
		pause();
}

TEST_F_TIMEOUT(async, kill_cancels, 120)
{
	long long clients = axp_sysfs_u64("clients");
	int status, round;
	int64_t start;
	pid_t pid;

	for (round = 0; round < 4; round++) {
		pid = fork();
		ASSERT_GE(pid, 0);
		if (!pid)
			child(round % 2);
		usleep(500000);
		start = axp_now_ns();
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_LT(axp_now_ns() - start, 10000000000LL);
		EXPECT_TRUE(clients_become(clients));
		EXPECT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	}
}

/*
 * The submitter is killed in the middle of a batch of which it waits for the end. Who
 * shares its file reads that all jobs of it were cancelled, and that they count for
 * nothing.
 */
TEST_F_TIMEOUT(async, killed_submission_is_cancelled, 120)
{
	static const struct axp_stats nothing;
	struct axp_stats before, after;
	struct axp_completion done[5];
	struct account *account;
	struct axp_slow slow;
	struct axp_job jobs[4];
	unsigned int seen = 0;
	uint64_t first;
	int status, i;
	pid_t pid;

	ASSERT_EQ(0, axp_slow_ms(self->fd, ENDLESS_MS, &slow));
	for (i = 0; i < 4; i++) {
		jobs[i] = slow.job;
		jobs[i].flags = AXP_JOB_COMPLETION;
		jobs[i].cookie = i;
	}
	ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, &first, NULL));
	ASSERT_EQ(sizeof(done[0]), read(self->fd, done, sizeof(done)));
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &before));
	account = account_open();
	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(axp_submit(self->fd, jobs, 4, AXP_SUBMIT_SYNC, NULL, NULL) ? 1 : 0);
	/* the first of them is queued, and so are the others */
	while (axp_wait_ms(self->fd, first + 1, 0) != -ETIMEDOUT)
		usleep(1000);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));

	/* they ended before the submission did */
	EXPECT_EQ(0, axp_wait_ms(self->fd, first + 4, 0));
	ASSERT_EQ(4 * sizeof(done[0]), read(self->fd, done, sizeof(done)));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-ECANCELED, done[i].status);
		EXPECT_EQ(first + 1 + done[i].cookie, done[i].seqno);
		EXPECT_EQ(0, memcmp(&nothing, &done[i].stats, sizeof(nothing)));
		ASSERT_LT(done[i].cookie, 4);
		seen |= 1 << done[i].cookie;
	}
	/* each of them once; those that never ran end before the one that did */
	EXPECT_EQ(0xf, seen);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_SETTLED(account);
	EXPECT_EQ(POLLOUT, events(self->fd, 0));

	/* the client goes on where it was */
	self->out.words[0] = 0;
	ASSERT_EQ(0, axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL));
	ASSERT_EQ(sizeof(done[0]), read(self->fd, done, sizeof(done)));
	EXPECT_EQ(first + 5, done[0].seqno);
	EXPECT_EQ(0, done[0].status);
	EXPECT_EQ(F32_TWO, self->out.words[0]);
	axp_slow_unmap(&slow);
}

/* The file is the client: a child that inherits it goes on with its queue. */
TEST_F_TIMEOUT(async, inherited_file, 120)
{
	struct axp_stats stats;
	int status;
	pid_t pid;

	pid = fork();
	ASSERT_GE(pid, 0);
	if (!pid)
		_exit(axp_submit(self->fd, &self->job, 1, AXP_SUBMIT_SYNC, NULL, NULL) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(F32_TWO, self->out.words[0]);
	ASSERT_EQ(0, axp_stats(self->fd, AXP_STATS_CLIENT, 0, &stats));
	EXPECT_EQ(1, stats.jobs);
	EXPECT_EQ(POLLIN | POLLOUT, events(self->fd, 0));
}

TEST_HARNESS_MAIN
