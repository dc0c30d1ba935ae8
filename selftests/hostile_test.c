// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile clients: processes of several threads make random calls, share clients,
 * pass them on, map memory and destroy it, take signals while they wait, read and
 * write all telemetry, and are killed at random moments; the module is asked to unload
 * all the while. Among them honest clients run jobs with known answers. After every
 * round nobody is left, the totals of the device are the sum over its clients, and a
 * fresh client gets the known answers.
 *
 * AXP_HOSTILE_SECONDS	how long, default 60
 * AXP_HOSTILE_SEED	of the random numbers, default: of the clock; it is printed
 * AXP_HOSTILE_REPORT	seconds from one line of progress to the next, default 10
 * AXP_KO		axp.ko: at the end it is unloaded and loaded again
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "sample_util.h"
#include "sampling_util.h"
#include "totals_util.h"
#include "wild_telemetry_util.h"

#define NR_WORKERS	6
#define NR_THREADS	3
#define ROUND_MS	4000
#define CGROUP		"/sys/fs/cgroup"
#define MINE		CGROUP "/axp_hostile_test"

/* What may not happen; each is a test. */
enum check {
	CHECK_ERRNO,
	CHECK_ZEROED,
	CHECK_EXACT,
	CHECK_MAPPED,
	CHECK_RMMOD,
	CHECK_TOTALS,
	CHECK_DEAD,
	CHECK_GONE,
	CHECK_FRESH,
	CHECK_ALIVE,
	CHECK_RELOAD,
	NR_CHECKS
};

static const char *const check_names[NR_CHECKS] = {
	"calls fail with documented errnos only",
	"buffers are zero before their first use",
	"honest clients get exact answers and counters among hostile ones",
	"memory stays mapped when its handle and its file are gone",
	"the module stays while it is in use",
	"totals of the device are the sum over its clients",
	"and over clients that died with their processes",
	"clients are gone with their processes",
	"a fresh client gets the known answers and only its own counts",
	"processes end because they were killed, not otherwise",
	"the module unloads right after, and loads again",
};

/**
 * struct shared - what all processes share
 * @counts: of hostile calls
 * @answers: known answers that were right
 * @zeroed: buffers that were zero
 * @passed: files passed over a socket and used
 * @forked: files used by a child while the parent went
 * @rmmods: attempts to unload
 * @kills: processes killed
 * @signals: signals taken
 * @counted: rounds after which the clients were asked what they did
 * @sampled: rounds after which clients that were gone had told
 * @telemetry: what there is beside /dev/axp, and its use
 * @failed: what went wrong, times
 */
struct shared {
	struct wild_counts counts;
	unsigned long answers;
	unsigned long zeroed;
	unsigned long passed;
	unsigned long forked;
	unsigned long rmmods;
	unsigned long kills;
	unsigned long signals;
	unsigned long counted;
	unsigned long sampled;
	struct wild_telemetry telemetry;
	unsigned long failed[NR_CHECKS];
};

static struct shared *shared;
static struct sampling sampling;
static uint64_t seed;
static bool own_cgroup;

static void count(unsigned long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void fail(enum check check, const char *how)
{
	char text[256];
	int n;

	/* the first ones tell enough */
	if (__atomic_add_fetch(&shared->failed[check], 1, __ATOMIC_RELAXED) > 5)
		return;
	n = snprintf(text, sizeof(text), "# %s: %s\n", check_names[check], how);
	/* one write: lines of processes do not mix */
	if (write(STDOUT_FILENO, text, n) != n)
		_exit(1);
}

#define failed(_check, ...)						\
	do {								\
		char _how[160];						\
									\
		snprintf(_how, sizeof(_how), __VA_ARGS__);		\
		fail(_check, _how);					\
	} while (0)

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t state = a * 0x9e3779b97f4a7c15ull + b + 1;

	axp_random(&state);
	return state ? state : 1;
}

/* --- hostile process --- */

static void on_alarm(int number)
{
	count(&shared->signals);
}

static void *wild_thread(void *arg)
{
	struct wild *w = arg;

	while (wild_sequence(w))
		;
	failed(CHECK_ERRNO, "%s", w->failed);
	return NULL;
}

/* Never returns. */
static void hostile_process(int fd, uint64_t own_seed, bool shares)
{
	static struct wild wild[NR_THREADS];
	static struct wild_arrays arrays[NR_THREADS];
	bool signals = own_seed & 1;
	unsigned int i;
	pthread_t thread;
	sigset_t alarm;

	if (signals) {
		struct sigaction action = { .sa_handler = on_alarm };
		struct itimerval timer = { { 0, 3000 }, { 0, 3000 } };

		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &timer, NULL);
	}
	for (i = 0; i < NR_THREADS; i++) {
		wild[i] = (struct wild) {
			.fd = i && !shares ? axp_open(O_NONBLOCK) : fd,
			.seed = mix(own_seed, i),
			.counts = &shared->counts,
			/* two threads and the scribbler on the same memory */
			.arrays = &arrays[i / 2],
			.blocking = signals,
			.most_macs = shares ? 1 << 20 : 1 << 26,
			.other = wild_telemetry_call,
			.telemetry = &shared->telemetry,
		};
		if (pthread_create(&thread, NULL, wild_thread, &wild[i]))
			_exit(2);
	}
	/* signals are for those that wait */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	for (;;) {
		wild_scribble(&arrays[0], &own_seed);
		usleep(200);
	}
}

/* --- honest process --- */

/* Memory of a new buffer is zero, whatever was there; later it is not. */
static void check_zeroed(int fd, uint64_t *state)
{
	struct axp_mem mem;
	uint64_t i;

	if (axp_mem_create(fd, 4096 * (1 + axp_random(state) % 8), &mem))
		return;
	for (i = 0; i < mem.bytes / 4; i++)
		if (mem.words[i]) {
			failed(CHECK_ZEROED, "word %llu is %08x", (unsigned long long)i,
			       mem.words[i]);
			break;
		}
	memset(mem.words, 0x5a, mem.bytes);
	if (axp_random(state) % 2)
		axp_mem_unmap(&mem);
	axp_destroy(fd, mem.buf);
	axp_mem_unmap(&mem);
	count(&shared->zeroed);
}

/* Hostile neighbours may take all memory, nothing else of an honest client. */
static bool run_known(int fd, struct sample *s, uint64_t sample_seed, const struct axp_mem *act,
		      const struct axp_mem *out)
{
	int err;

	sample_random(s, sample_seed);
	err = sample_run(fd, s, act, out);
	if (!err) {
		count(&shared->answers);
	} else if (err != -ENOMEM) {
		sample_print(s, err);
		failed(CHECK_EXACT, "sample %llu: %d", (unsigned long long)sample_seed, err);
	}
	return !err;
}

static struct sample *get_sample(void)
{
	struct sample *s = malloc(sizeof(*s));

	if (!s)
		_exit(2);
	return s;
}

static void honest_process(int fd, uint64_t own_seed)
{
	struct sample *s = get_sample();
	struct axp_mem act, out;

	while (axp_mem_create(fd, SAMPLE_BYTES, &act) || axp_mem_create(fd, SAMPLE_BYTES, &out))
		usleep(1000);
	for (;;) {
		run_known(fd, s, 1 + axp_random(&own_seed) % 10000, &act, &out);
		check_zeroed(fd, &own_seed);
	}
}

/* --- process that hands clients on --- */

static int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = {}, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(sock, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The sender is gone before the receiver looks; jobs of it may still run. */
static void pass_over_socket(int fd, struct sample *s, uint64_t *state)
{
	int pair[2], got, status;
	struct axp_mem act, out;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return;
	pid = fork();
	if (pid < 0)
		_exit(2);
	if (!pid) {
		struct axp_slow slow;

		if (!axp_slow_create(fd, 1 << 16, &slow))
			axp_submit(fd, &slow.job, 1, 0, NULL, NULL);
		_exit(send_fd(pair[1], fd) ? 1 : 0);
	}
	waitpid(pid, &status, 0);
	got = status ? -1 : receive_fd(pair[0]);
	if (got >= 0) {
		if (!axp_mem_create(got, SAMPLE_BYTES, &act) &&
		    !axp_mem_create(got, SAMPLE_BYTES, &out) &&
		    run_known(got, s, 1 + axp_random(state) % 10000, &act, &out))
			count(&shared->passed);
		axp_destroy(got, act.buf);
		axp_destroy(got, out.buf);
		axp_mem_unmap(&act);
		axp_mem_unmap(&out);
		close(got);
	}
	close(pair[0]);
	close(pair[1]);
}

/* A child has the mapping and nothing else: the memory must be there. */
static void mapped_only(int fd, uint64_t *state)
{
	uint32_t pattern = axp_random(state) | 1;
	struct axp_mem mem;
	uint64_t i;
	int status;
	pid_t pid;

	if (axp_mem_create(fd, 4096 * (1 + axp_random(state) % 4), &mem))
		return;
	for (i = 0; i < mem.bytes / 4; i++)
		mem.words[i] = pattern;
	pid = fork();
	if (pid < 0)
		_exit(2);
	if (!pid) {
		axp_destroy(fd, mem.buf);
		close(fd);
		for (i = 0; i < mem.bytes / 4; i++)
			if (mem.words[i] != pattern)
				_exit(1);
		munmap(mem.words, 4096);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		failed(CHECK_MAPPED, "a word is not %08x", pattern);
	axp_mem_unmap(&mem);
	count(&shared->forked);
}

static void handing_process(int fd, uint64_t own_seed)
{
	struct sample *s = get_sample();

	for (;;) {
		if (axp_random(&own_seed) % 2)
			pass_over_socket(fd, s, &own_seed);
		else
			mapped_only(fd, &own_seed);
	}
}

/* --- rounds --- */

/**
 * struct worker - a process
 * @pid: of it
 * @fd: client that the supervisor keeps for it, -1: the process opens its own
 */
struct worker {
	pid_t pid;
	int fd;
};

static int write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* Which of them: 3 hostile, 2 honest, 1 that hands on. */
static void start_worker(struct worker *workers, unsigned int i, uint64_t own_seed)
{
	struct worker *w = &workers[i];
	unsigned int j;
	int fd;

	fflush(stdout);
	w->pid = fork();
	if (w->pid < 0) {
		perror("fork");
		exit(1);
	}
	if (w->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	for (j = 0; j < NR_WORKERS; j++)
		if (j != i && workers[j].fd >= 0)
			close(workers[j].fd);
	if (w->fd < 0 && i == 0 && own_cgroup)
		write_file(MINE "/cgroup.procs", "0");
	fd = w->fd;
	while (fd < 0) {
		/* no memory: later */
		fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			usleep(1000);
	}
	if (i < 3)
		hostile_process(fd, own_seed, w->fd >= 0);
	else if (i < 5)
		honest_process(fd, own_seed);
	else
		handing_process(fd, own_seed);
}

/* Kill a process and its children, at once. */
static void kill_worker(struct worker *w, bool limited)
{
	int status;

	kill(-w->pid, SIGKILL);
	kill(w->pid, SIGKILL);
	if (waitpid(w->pid, &status, 0) != w->pid)
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		count(&shared->kills);
	else if (!limited)
		failed(CHECK_ALIVE, "status %x", status);
}

/* An open file keeps the module. */
static void try_rmmod(void)
{
	count(&shared->rmmods);
	if (!syscall(SYS_delete_module, "axp", O_NONBLOCK))
		failed(CHECK_RMMOD, "it was unloaded");
	else if (errno != EWOULDBLOCK && errno != EBUSY)
		failed(CHECK_RMMOD, "%s", strerror(errno));
}

/* Files may be closed a moment after the process that had them has ended. */
static void check_gone(long long expect)
{
	unsigned int i;

	for (i = 0; i < 200 && axp_sysfs_u64("clients") != expect; i++) {
		usleep(50000);
		sampling_take(&sampling);
	}
	if (axp_sysfs_u64("clients") != expect)
		failed(CHECK_GONE, "%lld clients, not %lld", axp_sysfs_u64("clients"), expect);
}

static void check_totals(enum check check, const struct totals *was,
			 const struct axp_stats *sum)
{
	char how[160];

	if (!totals_are_sum(was, sum, how, sizeof(how)))
		fail(check, how);
}

static void check_fresh(uint64_t own_seed)
{
	struct totals was = totals_read();
	struct axp_stats stats;
	int err = client_fresh(own_seed, &stats);

	if (err)
		failed(CHECK_FRESH, "result %d", err);
	else
		check_totals(CHECK_FRESH, &was, &stats);
}

/*
 * Clients of a counted round belong to this process: it can ask for their counts
 * when all others are dead.
 */
static void count_clients(struct worker *workers, const struct totals *was)
{
	struct axp_stats sum = {}, stats;
	bool drained = true;
	unsigned int i;

	for (i = 0; i < NR_WORKERS; i++) {
		drained &= !client_drain(workers[i].fd);
		if (axp_stats(workers[i].fd, AXP_STATS_CLIENT, 0, &stats))
			failed(CHECK_TOTALS, "no statistics of client %u", i);
		totals_add(&sum, &stats);
	}
	if (!drained)
		failed(CHECK_TOTALS, "jobs do not end");
	else
		check_totals(CHECK_TOTALS, was, &sum);
	count(&shared->counted);
	for (i = 0; i < NR_WORKERS; i++)
		close(workers[i].fd);
}

/*
 * In other rounds they die with their processes, in the middle of whatever they did.
 * The last samples of them say what that was.
 */
static void count_dead(const struct totals *was)
{
	struct axp_stats sum = {};

	if (!sampling_stop(&sampling, &sum))
		return;
	count(&shared->sampled);
	check_totals(CHECK_DEAD, was, &sum);
}

static void run_round(unsigned int number, int64_t end_ns)
{
	bool counted = number % 2 == 0;
	struct worker workers[NR_WORKERS];
	struct totals was = totals_read();
	uint64_t state = mix(seed, number);
	unsigned int i, started = 0;

	if (!counted)
		sampling_start(&sampling);
	for (i = 0; i < NR_WORKERS; i++)
		workers[i].fd = counted ? axp_open(i < 3 && i % 2 ? O_NONBLOCK : 0) : -1;
	for (i = 0; i < NR_WORKERS; i++)
		start_worker(workers, i, mix(state, started++));
	while (axp_now_ns() < end_ns) {
		usleep(1000 * (axp_random(&state) % 100));
		i = axp_random(&state) % NR_WORKERS;
		kill_worker(&workers[i], !counted && i == 0);
		try_rmmod();
		start_worker(workers, i, mix(state, started++));
		if (!counted)
			sampling_take(&sampling);
	}
	for (i = 0; i < NR_WORKERS; i++)
		kill_worker(&workers[i], !counted && i == 0);
	if (counted)
		count_clients(workers, &was);
	check_gone(1);
	if (!counted)
		count_dead(&was);
	check_fresh(state);
}

/* The last round ends with the device: all killed, unloaded, loaded again. */
static bool check_reload(int keeper)
{
	const char *path = getenv("AXP_KO");
	const struct axp_stats nothing = {};
	const struct totals zero = {};
	struct worker workers[NR_WORKERS];
	unsigned int i;
	int fd;

	fd = path && *path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0) {
		close(keeper);
		return false;
	}
	for (i = 0; i < NR_WORKERS; i++)
		workers[i].fd = -1;
	for (i = 0; i < NR_WORKERS; i++)
		start_worker(workers, i, mix(seed, i));
	usleep(300000);
	close(keeper);
	for (i = 0; i < NR_WORKERS; i++)
		kill_worker(&workers[i], i == 0);
	check_gone(0);
	if (syscall(SYS_delete_module, "axp", O_NONBLOCK))
		failed(CHECK_RELOAD, "unloading: %s", strerror(errno));
	else if (syscall(SYS_finit_module, fd, "", 0))
		failed(CHECK_RELOAD, "loading: %s", strerror(errno));
	else
		check_totals(CHECK_RELOAD, &zero, &nothing);
	check_fresh(seed);
	close(fd);
	return true;
}

static void report(const char *what, long long seconds)
{
	const struct shared *s = shared;
	unsigned int i;

	printf("# %s%lld s: %lu sequences run, %lu calls, %lu inputs refused, ", what, seconds,
	       s->counts.sequences, s->counts.calls, s->counts.refused);
	printf("%lu interrupted, %lu maps, %lu known answers, ", s->counts.interrupted,
	       s->counts.maps, s->answers);
	printf("%lu files passed, %lu forks, %lu unloads refused, %lu kills survived, ",
	       s->passed, s->forked, s->rmmods, s->kills);
	printf("%lu rounds of living and %lu of dead clients added up; telemetry read/written:",
	       s->counted, s->sampled);
	for (i = 0; i < NR_WILD_SOURCES; i++)
		if (s->telemetry.have[i])
			printf(" %s %lu/%lu", wild_source_names[i], s->telemetry.reads[i],
			       s->telemetry.writes[i]);
	printf("\n");
	fflush(stdout);
}

static long long number_of(const char *name, long long otherwise)
{
	const char *text = getenv(name);
	char *end;
	long long value;

	if (!text || !*text)
		return otherwise;
	value = strtoll(text, &end, 0);
	if (*end || value < 1) {
		printf("Bail out! %s='%s' is no number above 0\n", name, text);
		exit(1);
	}
	return value;
}

/* Nothing above was passed for want of trying. */
static bool all_did_something(unsigned int rounds)
{
	const struct wild_telemetry *t = &shared->telemetry;
	unsigned int i;

	for (i = 0; i < NR_WILD_SOURCES; i++)
		if (t->have[i] && (!t->reads[i] || !t->writes[i]))
			return false;
	if (rounds > 1 && sampling.have && !shared->sampled)
		return false;
	return shared->counts.sequences && shared->answers && shared->zeroed &&
	       shared->passed && shared->forked && shared->rmmods && shared->kills &&
	       shared->signals && shared->counts.interrupted && shared->counted;
}

int main(void)
{
	long long seconds = number_of("AXP_HOSTILE_SECONDS", 60);
	long long every = number_of("AXP_HOSTILE_REPORT", 10);
	int64_t start = axp_now_ns(), now = start, end = start + seconds * 1000000000ll;
	int64_t told = start;
	unsigned int round, i;
	int keeper = axp_open(0), bad = 0;
	bool reloaded;

	seed = number_of("AXP_HOSTILE_SEED", (long long)start % 1000000007 + 1);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	wild_telemetry_find(&shared->telemetry);
	sampling_open(&sampling);
	printf("TAP version 13\n1..%u\n# seed %llu, %lld s\n", NR_CHECKS + 1,
	       (unsigned long long)seed, seconds);
	write_file(CGROUP "/cgroup.subtree_control", "+memory");
	own_cgroup = !mkdir(MINE, 0755) && !write_file(MINE "/memory.max", "33554432");
	check_fresh(seed);
	for (round = 0; now < end; round++) {
		int64_t until = now + ROUND_MS * 1000000ll;

		run_round(round, until < end ? until : end);
		now = axp_now_ns();
		if (now - told >= every * 1000000000ll) {
			report("after ", (now - start) / 1000000000);
			told = now;
		}
	}
	/* while jobs of the dead end: a moment */
	for (i = 0; i < 100 && wild_telemetry_restore(&shared->telemetry); i++)
		usleep(50000);
	reloaded = check_reload(keeper);
	rmdir(MINE);

	report("counts: hostile clients, ", (axp_now_ns() - start) / 1000000000);
	for (i = 0; i < NR_CHECKS; i++) {
		bad |= shared->failed[i] != 0;
		printf("%sok %u %s%s\n", shared->failed[i] ? "not " : "", i + 1, check_names[i],
		       i == CHECK_RELOAD && !reloaded ? " # SKIP no AXP_KO" :
		       i == CHECK_DEAD && !sampling.have ? " # SKIP no netlink" : "");
	}
	i = all_did_something(round);
	printf("%sok %u every kind of client did something\n", i ? "" : "not ", NR_CHECKS + 1);
	return bad || !i;
}
