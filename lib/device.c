// SPDX-License-Identifier: BSD-2-Clause
/* Device: an open /dev/axp, its objects and its queue. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"

#define DEFAULT_PATH	"/dev/axp"

/**
 * struct axp_device - one client
 * @fd: file
 * @path: of it, for messages
 * @caps: as the module told
 */
struct axp_device {
	int fd;
	char *path;
	struct axp_caps caps;
};

/* What an errno of the uapi means where there is no struct axp_why. */
static const char *meaning(int err)
{
	switch (err) {
	case -ENOTTY:
		return "the module does not know this command: it is older than this library";
	case -E2BIG:
		return "the module does not know all fields of this command: it is older than this library";
	case -ENOENT:
		return "no object has this handle";
	case -ENOSPC:
		return "a limit of the device would be exceeded";
	case -EPERM:
		return "not permitted: faults are for root (CAP_SYS_ADMIN)";
	case -EAGAIN:
		return "the file is non-blocking and there is nothing to take, or the queue is full";
	case -ENOMEM:
		return "no memory, or the limit of the memory cgroup is reached";
	case -EBUSY:
		return "the device is busy: its energy model is being changed, or is in use";
	case -ETIMEDOUT:
		return "the jobs are not done in the time given";
	case -ECANCELED:
		return "the jobs were cancelled";
	case -ENODEV:
		return "the device is gone";
	default:
		return strerror(-err);
	}
}

static int refused(const struct axp_device *device, int err, const char *what,
		   const char *element, const struct axp_why *why, struct axp_diag *diag)
{
	char text[256];

	if (!why || why->reason == AXP_WHY_NONE)
		return axp_fail(diag, err, "%s: %s: %s", device->path, what, meaning(err));
	axp_why_text(why, element, text, sizeof(text));
	return axp_fail(diag, err, "%s: %s: %s", device->path, what, text);
}

static int open_failed(const char *path, int err, struct axp_diag *diag)
{
	switch (err) {
	case -ENOENT:
		return axp_fail(diag, err,
				"%s: no such device: the module is not loaded (as root: insmod axp.ko, or modprobe axp)",
				path);
	case -ENXIO:
	case -ENODEV:
		return axp_fail(diag, err,
				"%s: no driver behind this node: the module is not loaded (as root: insmod axp.ko, or modprobe axp)",
				path);
	case -EACCES:
	case -EPERM:
		return axp_fail(diag, err,
				"%s: permission denied: only root and members of the group axp may open it (usermod -aG axp USER, then log in again)",
				path);
	case -EBUSY:
		return axp_fail(diag, err, "%s: the device is busy: try again when it is idle",
				path);
	default:
		return axp_fail(diag, err, "%s: cannot be opened: %s", path, strerror(-err));
	}
}

/* Open only what is a character device: others may block, or be written to. */
static int open_node(const char *path, int *fd, struct axp_diag *diag)
{
	struct stat st;

	if (stat(path, &st))
		return open_failed(path, -errno, diag);
	if (!S_ISCHR(st.st_mode))
		return axp_fail(diag, -ENOTTY, "%s: is not an axp device: not a character device",
				path);
	*fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return open_failed(path, -errno, diag);
	return 0;
}

int axp_device_open(struct axp_device **out, const char *path, struct axp_diag *diag)
{
	struct axp_device *device;
	int err;

	*out = NULL;
	if (!path)
		path = DEFAULT_PATH;
	device = calloc(1, sizeof(*device));
	if (!device)
		return axp_fail(diag, -ENOMEM, "%s: no memory", path);
	device->fd = -1;
	device->path = strdup(path);
	if (!device->path) {
		err = axp_fail(diag, -ENOMEM, "%s: no memory", path);
		goto fail;
	}
	err = open_node(path, &device->fd, diag);
	if (err)
		goto fail;
	if (ioctl(device->fd, AXP_IOC_GET_CAPS, &device->caps)) {
		err = -errno;
		if (err == -ENOTTY || err == -EINVAL || err == -EOPNOTSUPP)
			err = axp_fail(diag, -ENOTTY, "%s: is not an axp device", path);
		else
			refused(device, err, "capabilities", NULL, NULL, diag);
		goto fail;
	}
	device->caps.engine[sizeof(device->caps.engine) - 1] = '\0';
	*out = device;
	return 0;
fail:
	axp_device_close(device);
	return err;
}

void axp_device_close(struct axp_device *device)
{
	if (!device)
		return;
	if (device->fd >= 0)
		close(device->fd);
	free(device->path);
	free(device);
}

int axp_device_fd(const struct axp_device *device)
{
	return device->fd;
}

const struct axp_caps *axp_device_caps(const struct axp_device *device)
{
	return &device->caps;
}

int axp_device_buffer(struct axp_device *device, uint64_t bytes, uint32_t *handle,
		      void **map, uint64_t *mapped, struct axp_diag *diag)
{
	struct axp_buf_create arg = { .bytes = bytes };
	void *place;
	int err;

	if (ioctl(device->fd, AXP_IOC_BUF_CREATE, &arg))
		return refused(device, -errno, "buffer", NULL, &arg.why, diag);
	place = MAP_FAILED;
	errno = EOVERFLOW;
	if (arg.bytes <= SIZE_MAX && arg.mmap_offset <= INT64_MAX)
		place = mmap(NULL, (size_t)arg.bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			     device->fd, (off_t)arg.mmap_offset);
	if (place == MAP_FAILED) {
		struct axp_destroy drop = { .id = arg.buf };

		err = -errno;
		/* the file would drop it too, but perhaps much later */
		if (ioctl(device->fd, AXP_IOC_DESTROY, &drop))
			return axp_fail(diag, err,
					"%s: buffer of %" PRIu64 " bytes cannot be mapped, nor dropped: %s",
					device->path, (uint64_t)arg.bytes, strerror(-err));
		return axp_fail(diag, err, "%s: buffer of %" PRIu64 " bytes cannot be mapped: %s",
				device->path, (uint64_t)arg.bytes, strerror(-err));
	}
	*handle = arg.buf;
	*map = place;
	*mapped = arg.bytes;
	return 0;
}

void axp_device_unmap(void *map, uint64_t mapped)
{
	if (map)
		munmap(map, (size_t)mapped);
}

int axp_device_table(struct axp_device *device, const struct axp_table_spec *spec,
		     const struct axp_row *rows, uint32_t nr_rows, uint32_t *handle,
		     struct axp_diag *diag)
{
	struct axp_table_create arg = {
		.rows = (uintptr_t)rows,
		.row_size = sizeof(*rows),
		.nr_rows = nr_rows,
		.spec = *spec,
	};

	if (ioctl(device->fd, AXP_IOC_TABLE_CREATE, &arg))
		return refused(device, -errno, "table", NULL, &arg.why, diag);
	*handle = arg.table;
	return 0;
}

int axp_device_table_write(struct axp_device *device, uint32_t handle, uint32_t first,
			   const struct axp_row *rows, uint32_t nr_rows,
			   struct axp_diag *diag)
{
	struct axp_table_write arg = {
		.rows = (uintptr_t)rows,
		.row_size = sizeof(*rows),
		.nr_rows = nr_rows,
		.table = handle,
		.first = first,
	};

	if (ioctl(device->fd, AXP_IOC_TABLE_WRITE, &arg))
		return refused(device, -errno, "table write", NULL, &arg.why, diag);
	return 0;
}

int axp_device_weights(struct axp_device *device, uint32_t format,
		       const float *codebook, uint32_t nr_centroids,
		       const void *data, uint64_t count,
		       const float *bias, uint32_t nr_bias, uint32_t *handle,
		       struct axp_diag *diag)
{
	struct axp_weights_create arg = {
		.codebook = (uintptr_t)codebook,
		.data = (uintptr_t)data,
		.bias = (uintptr_t)bias,
		.count = count,
		.nr_bias = nr_bias,
		.format = format,
		.nr_centroids = nr_centroids,
	};

	if (ioctl(device->fd, AXP_IOC_WEIGHTS_CREATE, &arg))
		return refused(device, -errno, "weights", NULL, &arg.why, diag);
	*handle = arg.weights;
	return 0;
}

int axp_device_destroy(struct axp_device *device, uint32_t handle, struct axp_diag *diag)
{
	struct axp_destroy arg = { .id = handle };

	if (!ioctl(device->fd, AXP_IOC_DESTROY, &arg))
		return 0;
	if (errno == ENOENT)
		return axp_fail(diag, -ENOENT, "%s: destroy: no object has handle %" PRIu32,
				device->path, handle);
	return refused(device, -errno, "destroy", NULL, NULL, diag);
}

int axp_device_submit(struct axp_device *device, const struct axp_job *jobs,
		      uint32_t nr_jobs, uint32_t flags, uint64_t *first_seqno,
		      struct axp_diag *diag)
{
	struct axp_submit arg = {
		.jobs = (uintptr_t)jobs,
		.job_size = sizeof(*jobs),
		.nr_jobs = nr_jobs,
		.flags = flags,
	};

	if (ioctl(device->fd, AXP_IOC_SUBMIT, &arg))
		return refused(device, -errno, "submit", "job", &arg.why, diag);
	if (first_seqno)
		*first_seqno = arg.first_seqno;
	return 0;
}

/* CLOCK_MONOTONIC in @timeout_ns, for ever when that is negative or too far */
static int64_t deadline(int64_t timeout_ns)
{
	struct timespec ts;
	int64_t at;

	if (timeout_ns < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (__builtin_add_overflow((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec, timeout_ns, &at))
		return INT64_MAX;
	return at;
}

int axp_device_wait(struct axp_device *device, uint64_t seqno, int64_t timeout_ns,
		    struct axp_diag *diag)
{
	struct axp_wait arg = {
		.seqno = seqno,
		.deadline_ns = deadline(timeout_ns),
	};

	if (ioctl(device->fd, AXP_IOC_WAIT, &arg))
		return refused(device, -errno, "wait", NULL, NULL, diag);
	return 0;
}

int axp_device_completion(struct axp_device *device, struct axp_completion *record,
			  struct axp_diag *diag)
{
	struct axp_completion got;
	ssize_t n = read(device->fd, &got, sizeof(got));

	if (n < 0)
		return refused(device, -errno, "completion", NULL, NULL, diag);
	if (n != (ssize_t)sizeof(got))
		return axp_fail(diag, -EIO, "%s: a completion of %zd bytes, expected are %zu",
				device->path, n, sizeof(got));
	*record = got;
	return 0;
}

int axp_device_stats(struct axp_device *device, uint32_t table, struct axp_stats *stats,
		     struct axp_diag *diag)
{
	struct axp_query_stats arg = {
		.scope = table ? AXP_STATS_TABLE : AXP_STATS_CLIENT,
		.id = table,
	};

	if (ioctl(device->fd, AXP_IOC_QUERY_STATS, &arg))
		return refused(device, -errno, "statistics", NULL, NULL, diag);
	*stats = arg.stats;
	return 0;
}

int axp_device_faults(struct axp_device *device, uint32_t table, const struct axp_fault *faults,
		      uint32_t nr_faults, uint64_t seed, struct axp_diag *diag)
{
	struct axp_table_faults arg = {
		.faults = (uintptr_t)faults,
		.fault_size = sizeof(*faults),
		.nr_faults = nr_faults,
		.table = table,
		.seed = seed,
	};

	if (ioctl(device->fd, AXP_IOC_TABLE_FAULTS, &arg))
		return refused(device, -errno, "faults", NULL, &arg.why, diag);
	return 0;
}

int axp_device_fault_stats(struct axp_device *device, uint32_t table,
			   struct axp_fault_stats *stats, struct axp_diag *diag)
{
	struct axp_query_faults arg = {
		.scope = table ? AXP_STATS_TABLE : AXP_STATS_CLIENT,
		.id = table,
	};

	if (ioctl(device->fd, AXP_IOC_QUERY_FAULTS, &arg))
		return refused(device, -errno, "fault statistics", NULL, NULL, diag);
	*stats = arg.stats;
	return 0;
}
