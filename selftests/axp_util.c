// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "axp_util.h"

#define KSFT_SKIP_STATUS	4
#define NR(array)		(sizeof(array) / sizeof((array)[0]))

/* Runs before the harness: without a device there is nothing to test. */
static void __attribute__((constructor)) axp_need_device(void)
{
	const char *why = NULL;
	int fd;

	fd = open(AXP_DEV, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		why = strerror(errno);
	else
		close(fd);
	if (!why && geteuid())
		why = "needs root";
	if (!why)
		return;
	printf("TAP version 13\n1..0 # SKIP %s: %s\n", AXP_DEV, why);
	fflush(stdout);
	_exit(KSFT_SKIP_STATUS);
}

/* "Errors of each ioctl" in <linux/axp.h>; suite headers compares both. */
static const struct {
	unsigned long cmd;
	int errors[12];
} documented[] = {
	{ AXP_IOC_GET_CAPS, { EFAULT, EINVAL } },
	{ AXP_IOC_BUF_CREATE, { EFAULT, EINVAL, E2BIG, ENOSPC, ENOMEM, EINTR } },
	{ AXP_IOC_TABLE_CREATE, { EFAULT, EINVAL, E2BIG, EOPNOTSUPP, ERANGE, ENOSPC, ENOMEM,
				  EINTR } },
	{ AXP_IOC_TABLE_WRITE, { EFAULT, EINVAL, E2BIG, ENOENT, ERANGE, ENOSPC, ENOMEM,
				 EINTR } },
	{ AXP_IOC_WEIGHTS_CREATE, { EFAULT, EINVAL, E2BIG, EOPNOTSUPP, EOVERFLOW, ERANGE,
				    ENOSPC, ENOMEM, EINTR } },
	{ AXP_IOC_DESTROY, { EFAULT, EINVAL, E2BIG, ENOENT } },
	{ AXP_IOC_SUBMIT, { EFAULT, EINVAL, E2BIG, EOPNOTSUPP, ENOENT, EOVERFLOW, ERANGE,
			    ENOSPC, EAGAIN, ENOMEM, EINTR } },
	{ AXP_IOC_WAIT, { EFAULT, EINVAL, E2BIG, ETIMEDOUT, EINTR } },
	{ AXP_IOC_QUERY_STATS, { EFAULT, EINVAL, E2BIG, EOPNOTSUPP, ENOENT } },
	{ AXP_IOC_TABLE_FAULTS, { EFAULT, EINVAL, E2BIG, EPERM, EOPNOTSUPP, ENOENT, ERANGE,
				  ENOSPC, ENOMEM, EINTR } },
	{ AXP_IOC_QUERY_FAULTS, { EFAULT, EINVAL, E2BIG, EOPNOTSUPP, ENOENT } },
};

/* A command fails with what its documentation says, or the test is over. */
static void check_error(unsigned long cmd, int error)
{
	const unsigned long size = (unsigned long)_IOC_SIZEMASK << _IOC_SIZESHIFT;
	unsigned int i, j;

	for (i = 0; i < NR(documented); i++) {
		if ((documented[i].cmd ^ cmd) & ~size)
			continue;
		for (j = 0; j < NR(documented[i].errors); j++)
			if (documented[i].errors[j] == error)
				return;
		fprintf(stderr, "ioctl %#lx: error %d is not documented\n", cmd, error);
		abort();
	}
	if (error == ENOTTY)
		return;
	fprintf(stderr, "ioctl %#lx is unknown and has error %d, not ENOTTY\n", cmd, error);
	abort();
}

int axp_ioctl(int fd, unsigned long cmd, void *arg)
{
	int error;

	if (ioctl(fd, cmd, arg) >= 0)
		return 0;
	error = errno;
	check_error(cmd, error);
	return -error;
}

unsigned long axp_cmd_sized(unsigned long cmd, size_t size)
{
	return _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size);
}

int axp_open(int flags)
{
	int fd = open(AXP_DEV, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0) {
		perror(AXP_DEV);
		exit(1);
	}
	return fd;
}

int axp_mem_create(int fd, uint64_t bytes, struct axp_mem *mem)
{
	struct axp_buf_create create = { .bytes = bytes };
	int err = axp_ioctl(fd, AXP_IOC_BUF_CREATE, &create);

	memset(mem, 0, sizeof(*mem));
	if (err)
		return err;
	mem->buf = create.buf;
	mem->bytes = create.bytes;
	mem->offset = create.mmap_offset;
	mem->words = mmap(NULL, create.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  (off_t)create.mmap_offset);
	if (mem->words == MAP_FAILED)
		return -errno;
	return 0;
}

void axp_mem_unmap(struct axp_mem *mem)
{
	if (mem->words)
		munmap(mem->words, mem->bytes);
	mem->words = NULL;
}

struct axp_table_spec axp_spec_f32(void)
{
	return (struct axp_table_spec) {
		.accumulator = AXP_ACC_F32,
		.organisation = AXP_ORG_FLAT,
		.lanes = 1,
		.word_bits = 32,
	};
}

int axp_table(int fd, const struct axp_table_spec *spec, const struct axp_row *rows,
	      uint32_t nr_rows, uint32_t *table, struct axp_why *why)
{
	struct axp_table_create create = {
		.rows = (uintptr_t)rows,
		.row_size = sizeof(*rows),
		.nr_rows = nr_rows,
		.spec = *spec,
	};
	int err = axp_ioctl(fd, AXP_IOC_TABLE_CREATE, &create);

	*table = create.table;
	if (why)
		*why = create.why;
	return err;
}

int axp_weights_u8(int fd, const uint32_t *codebook, uint32_t nr_centroids,
		   const uint8_t *index, uint64_t count, uint32_t *weights)
{
	struct axp_weights_create create = {
		.codebook = (uintptr_t)codebook,
		.data = (uintptr_t)index,
		.count = count,
		.format = AXP_WGT_U8,
		.nr_centroids = nr_centroids,
	};
	int err = axp_ioctl(fd, AXP_IOC_WEIGHTS_CREATE, &create);

	*weights = create.weights;
	return err;
}

int axp_weights_f32(int fd, const uint32_t *wgt, uint64_t count, const uint32_t *bias,
		    uint32_t nr_bias, uint32_t *weights)
{
	struct axp_weights_create create = {
		.data = (uintptr_t)wgt,
		.bias = (uintptr_t)bias,
		.count = count,
		.nr_bias = nr_bias,
		.format = AXP_WGT_F32,
	};
	int err = axp_ioctl(fd, AXP_IOC_WEIGHTS_CREATE, &create);

	*weights = create.weights;
	return err;
}

int axp_submit(int fd, const struct axp_job *jobs, uint32_t nr_jobs, uint32_t flags,
	       uint64_t *seqno, struct axp_why *why)
{
	struct axp_submit submit = {
		.jobs = (uintptr_t)jobs,
		.job_size = sizeof(*jobs),
		.nr_jobs = nr_jobs,
		.flags = flags,
	};
	int err = axp_ioctl(fd, AXP_IOC_SUBMIT, &submit);

	if (seqno)
		*seqno = submit.first_seqno;
	if (why)
		*why = submit.why;
	return err;
}

int64_t axp_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int axp_wait_ms(int fd, uint64_t seqno, int ms)
{
	struct axp_wait wait = {
		.seqno = seqno,
		.deadline_ns = axp_now_ns() + ms * 1000000LL,
	};

	return axp_ioctl(fd, AXP_IOC_WAIT, &wait);
}

int axp_stats(int fd, uint32_t scope, uint32_t id, struct axp_stats *stats)
{
	struct axp_query_stats query = { .scope = scope, .id = id };
	int err = axp_ioctl(fd, AXP_IOC_QUERY_STATS, &query);

	*stats = query.stats;
	return err;
}

int axp_destroy(int fd, uint32_t id)
{
	struct axp_destroy destroy = { .id = id };

	return axp_ioctl(fd, AXP_IOC_DESTROY, &destroy);
}

struct axp_job axp_gemm(uint32_t m, uint32_t n, uint32_t k, const struct axp_mem *act,
			const struct axp_mem *out, uint32_t weights, uint32_t table)
{
	return (struct axp_job) {
		.op = AXP_OP_GEMM,
		.table = table,
		.weights = weights,
		.act.buf = act->buf,
		.out.buf = out->buf,
		.gemm = { .m = m, .n = n, .k = k },
	};
}

int axp_slow_create(int fd, uint64_t macs, struct axp_slow *slow)
{
	const uint32_t k = 256, n = 256;
	static const uint32_t codebook[2] = { F32_ONE, F32_TWO };
	uint32_t m = (macs + k * n - 1) / (k * n);
	uint8_t *index = calloc(k, n);
	uint32_t i;
	int err;

	if (!index)
		return -ENOMEM;
	for (i = 0; i < k * n; i++)
		index[i] = i % 3 == 0;
	err = axp_weights_u8(fd, codebook, 2, index, k * n, &slow->weights);
	free(index);
	if (!err)
		err = axp_mem_create(fd, (uint64_t)m * k * 4, &slow->act);
	if (!err)
		err = axp_mem_create(fd, (uint64_t)m * n * 4, &slow->out);
	if (err)
		return err;
	for (i = 0; i < m * k; i++)
		slow->act.words[i] = F32_ONE;
	slow->job = axp_gemm(m, n, k, &slow->act, &slow->out, slow->weights, 0);
	return 0;
}

void axp_slow_unmap(struct axp_slow *slow)
{
	axp_mem_unmap(&slow->act);
	axp_mem_unmap(&slow->out);
}

int axp_slow_ms(int fd, unsigned int ms, struct axp_slow *slow)
{
	const uint64_t some = 1 << 22, most = 1ull << 31;
	int64_t start, took, best = INT64_MAX;
	uint64_t macs;
	int err, i;

	err = axp_slow_create(fd, some, slow);
	for (i = 0; i < 4 && !err; i++) {
		start = axp_now_ns();
		err = axp_submit(fd, &slow->job, 1, AXP_SUBMIT_SYNC, NULL, NULL);
		took = axp_now_ns() - start;
		best = took < best ? took : best;
	}
	if (err)
		return err;
	macs = some * (uint64_t)ms * 1000000 / (uint64_t)best;
	axp_slow_unmap(slow);
	axp_destroy(fd, slow->act.buf);
	axp_destroy(fd, slow->out.buf);
	axp_destroy(fd, slow->weights);
	return axp_slow_create(fd, macs < some ? some : macs > most ? most : macs, slow);
}

int axp_sysfs_read(const char *name, char *buf, size_t size)
{
	char path[256];
	ssize_t n;
	int fd, err;

	snprintf(path, sizeof(path), AXP_SYSFS "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err)
		return err;
	buf[n] = 0;
	if (n && buf[n - 1] == '\n')
		buf[n - 1] = 0;
	return 0;
}

long long axp_sysfs_u64(const char *name)
{
	char buf[64], *end;
	long long value;
	int err = axp_sysfs_read(name, buf, sizeof(buf));

	if (err)
		return err;
	value = strtoll(buf, &end, 10);
	return *end || end == buf ? -EINVAL : value;
}

int axp_sysfs_write(const char *name, const char *value)
{
	char path[256];
	int fd, err;

	snprintf(path, sizeof(path), AXP_SYSFS "/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

uint32_t axp_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state * 0x2545f4914f6cdd1dULL) >> 32;
}
