/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of /dev/axp share.
 */
#ifndef AXP_UTIL_H
#define AXP_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/axp.h>

#define AXP_DEV		"/dev/axp"
#define AXP_SYSFS	"/sys/class/misc/axp"

#define F32_ONE		0x3f800000u
#define F32_TWO		0x40000000u
#define F32_NAN		0x7fc00000u

/* ioctl(2), but returns 0 or a negative errno. */
int axp_ioctl(int fd, unsigned long cmd, void *arg);

/* A command with another size in it, as an older or newer client has. */
unsigned long axp_cmd_sized(unsigned long cmd, size_t size);

/* open(2) of the device; never fails in a test that came this far */
int axp_open(int flags);

/**
 * struct axp_mem - a buffer and its mapping
 * @buf: handle, 0: none
 * @bytes: size
 * @offset: for mmap
 * @words: mapping
 */
struct axp_mem {
	uint32_t buf;
	uint64_t bytes;
	uint64_t offset;
	uint32_t *words;
};

int axp_mem_create(int fd, uint64_t bytes, struct axp_mem *mem);
void axp_mem_unmap(struct axp_mem *mem);

/* flat, F32, one lane, the device's energy model */
struct axp_table_spec axp_spec_f32(void);
int axp_table(int fd, const struct axp_table_spec *spec, const struct axp_row *rows,
	      uint32_t nr_rows, uint32_t *table, struct axp_why *why);

int axp_weights_u8(int fd, const uint32_t *codebook, uint32_t nr_centroids,
		   const uint8_t *index, uint64_t count, uint32_t *weights);
int axp_weights_f32(int fd, const uint32_t *wgt, uint64_t count, const uint32_t *bias,
		    uint32_t nr_bias, uint32_t *weights);

int axp_submit(int fd, const struct axp_job *jobs, uint32_t nr_jobs, uint32_t flags,
	       uint64_t *seqno, struct axp_why *why);
int axp_wait_ms(int fd, uint64_t seqno, int ms);
int axp_stats(int fd, uint32_t scope, uint32_t id, struct axp_stats *stats);
int axp_destroy(int fd, uint32_t id);

/* matrix product of dense matrices, from the start of act to the start of out */
struct axp_job axp_gemm(uint32_t m, uint32_t n, uint32_t k, const struct axp_mem *act,
			const struct axp_mem *out, uint32_t weights, uint32_t table);

/**
 * struct axp_slow - a job that keeps the device busy, and what it needs
 * @act: activations
 * @out: results
 * @weights: handle
 * @job: about @macs multiply-accumulates
 */
struct axp_slow {
	struct axp_mem act;
	struct axp_mem out;
	uint32_t weights;
	struct axp_job job;
};

int axp_slow_create(int fd, uint64_t macs, struct axp_slow *slow);
/* as many as take about @ms milliseconds, at most 2^31 */
int axp_slow_ms(int fd, unsigned int ms, struct axp_slow *slow);
void axp_slow_unmap(struct axp_slow *slow);
int64_t axp_now_ns(void);

/* files of the device in sysfs; a negative errno on failure */
long long axp_sysfs_u64(const char *name);
int axp_sysfs_read(const char *name, char *buf, size_t size);
int axp_sysfs_write(const char *name, const char *value);

/* reproducible random numbers */
uint32_t axp_random(uint64_t *state);

#endif /* AXP_UTIL_H */
