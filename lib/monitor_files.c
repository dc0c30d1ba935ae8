// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files as the source of a monitor: totals out of sysfs, which everybody may read,
 * and clients out of /proc/PID/fdinfo, which only those may read who may look into
 * the process.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "diag.h"
#include "monitor_source.h"

#define PATH_SIZE	512

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* --- sysfs --- */

static int read_line(const char *folder, const char *name, char *line, size_t size,
		     struct axp_diag *diag)
{
	char path[PATH_SIZE];
	FILE *file;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return axp_fail(diag, -ENAMETOOLONG, "%s: the name is too long", folder);
	file = fopen(path, "re");
	if (!file && errno == ENOENT)
		return axp_fail(diag, -ENOENT,
				"%s: no such file: the module is not loaded (as root: insmod axp.ko, or modprobe axp)",
				path);
	if (!file)
		return axp_fail(diag, -errno, "%s: %s", path, strerror(errno));
	if (!fgets(line, (int)size, file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static int read_u64(const char *folder, const char *name, __u64 *value,
		    struct axp_diag *diag)
{
	char line[64], *end;
	int err = read_line(folder, name, line, sizeof(line), diag);

	if (err)
		return err;
	errno = 0;
	*value = strtoull(line, &end, 10);
	if (!isdigit((unsigned char)line[0]) || *end || errno)
		return axp_fail(diag, -EINVAL, "%s/%s: '%s' is no 64 bit number", folder, name,
				line);
	return 0;
}

int axp_files_device(const char *sysfs, struct axp_monitor_device *device,
		     struct axp_diag *diag)
{
	char preset[32], cam_class[32];
	__u64 hits, busy_us, clients, energy, baseline, baseline_gated;
	const struct {
		const char *name;
		__u64 *value;
	} numbers[] = {
		{ "macs", &device->stats.macs },
		{ "gated", &device->stats.gated },
		{ "hits", &hits },
		{ "hits_approx", &device->stats.hits_approx },
		{ "misses", &device->stats.misses },
		{ "searches", &device->stats.searches },
		{ "jobs", &device->stats.jobs },
		{ "rows_programmed", &device->stats.rows_programmed },
		{ "busy_time_us", &busy_us },
		{ "clients", &clients },
		{ "energy_uj", &energy },
		{ "baseline_energy_uj", &baseline },
		{ "baseline_gated_energy_uj", &baseline_gated },
	};
	size_t i;
	int err;

	err = read_line(sysfs, "engine", device->engine, sizeof(device->engine), diag);
	if (!err)
		err = read_line(sysfs, "energy_model/preset", preset, sizeof(preset), diag);
	if (!err)
		err = read_line(sysfs, "energy_model/cam_class", cam_class, sizeof(cam_class),
				diag);
	for (i = 0; !err && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		err = read_u64(sysfs, numbers[i].name, numbers[i].value, diag);
	if (err)
		return err;
	err = axp_preset_from_name(preset);
	device->preset = err < 0 ? AXP_PRESET_DEVICE : (uint32_t)err;
	err = axp_cam_class_from_name(cam_class);
	device->cam_class = err < 0 ? AXP_CAM_DEVICE : (uint32_t)err;
	/* a file may have moved on since the one before was read */
	device->stats.hits_exact = hits > device->stats.hits_approx ?
				   hits - device->stats.hits_approx : 0;
	device->stats.busy_ns = busy_us * 1000;
	device->energy_uj = energy;
	device->baseline_uj = baseline;
	device->baseline_gated_uj = baseline_gated;
	device->nr_clients = (uint32_t)clients;
	device->nr_jobs = UINT64_MAX;
	device->time_ns = now_ns();
	return 0;
}

/* --- fdinfo --- */

struct field {
	const char *key;
	size_t offset;
};

static const struct field fields[] = {
	{ "axp-jobs", offsetof(struct axp_stats, jobs) },
	{ "axp-macs", offsetof(struct axp_stats, macs) },
	{ "axp-gated", offsetof(struct axp_stats, gated) },
	{ "axp-zero-act", offsetof(struct axp_stats, zero_act) },
	{ "axp-hits-exact", offsetof(struct axp_stats, hits_exact) },
	{ "axp-hits-approx", offsetof(struct axp_stats, hits_approx) },
	{ "axp-misses", offsetof(struct axp_stats, misses) },
	{ "axp-searches", offsetof(struct axp_stats, searches) },
	{ "axp-clamped", offsetof(struct axp_stats, clamped) },
	{ "axp-outputs", offsetof(struct axp_stats, outputs) },
	{ "axp-rows-programmed", offsetof(struct axp_stats, rows_programmed) },
	{ "axp-energy", offsetof(struct axp_stats, energy_fj) },
	{ "axp-program-energy", offsetof(struct axp_stats, program_fj) },
	{ "axp-baseline-energy", offsetof(struct axp_stats, baseline_fj) },
	{ "axp-baseline-gated-energy", offsetof(struct axp_stats, baseline_gated_fj) },
	{ "axp-queue-time", offsetof(struct axp_stats, queue_ns) },
	{ "axp-engine-pe", offsetof(struct axp_stats, busy_ns) },
};

/* "KEY:\tNUMBER UNIT" into @client */
static void take_line(char *line, struct axp_monitor_client *client, bool *driver)
{
	char *colon = strchr(line, ':');
	uint64_t value;

	if (!colon || strncmp(line, "axp-", 4))
		return;
	*colon = '\0';
	if (!strcmp(line, "axp-driver")) {
		*driver = true;
		return;
	}
	value = strtoull(colon + 1, NULL, 10);
	if (!strcmp(line, "axp-client-id"))
		client->id = (uint32_t)value;
	if (!strcmp(line, "axp-memory-total"))
		client->memory = value * 1024;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(line, fields[i].key))
			*(__u64 *)((char *)&client->stats + fields[i].offset) = value;
}

/* false: this descriptor is no client of the device, or not for this user */
static bool read_fdinfo(const char *path, struct axp_monitor_client *client)
{
	bool driver = false;
	char line[256];
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	memset(client, 0, sizeof(*client));
	while (fgets(line, sizeof(line), file))
		take_line(line, client, &driver);
	fclose(file);
	client->counted = driver;
	client->nr_jobs = UINT64_MAX;
	client->time_ns = now_ns();
	return driver && client->id;
}

/* an open descriptor of a process, for each_fd() */
typedef bool (*fd_fn)(const struct axp_monitor_client *client, void *arg);

/* false when @look had enough */
static bool each_fd(const char *proc, const char *pid, fd_fn look, void *arg)
{
	struct axp_monitor_client client;
	char path[PATH_SIZE];
	struct dirent *entry;
	bool more = true;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/%s/fdinfo", proc, pid) >= (int)sizeof(path))
		return true;
	dir = opendir(path);
	if (!dir)
		return true;
	while (more && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    snprintf(path, sizeof(path), "%s/%s/fdinfo/%s", proc, pid,
			     entry->d_name) >= (int)sizeof(path))
			continue;
		if (read_fdinfo(path, &client))
			more = look(&client, arg);
	}
	closedir(dir);
	return more;
}

static bool take_if_same(const struct axp_monitor_client *found, void *arg)
{
	struct axp_monitor_client *client = arg;

	if (found->id != client->id)
		return true;
	client->stats = found->stats;
	client->counted = true;
	client->time_ns = found->time_ns;
	return false;
}

void axp_files_client(const char *proc, struct axp_monitor_client *client)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%" PRIu32, client->pid);
	if (client->pid)
		each_fd(proc, pid, take_if_same, client);
}

/**
 * struct scan - a look at all processes
 * @proc: folder
 * @pid: process being looked at
 * @clients: found
 * @no_memory: gave up
 */
struct scan {
	const char *proc;
	const char *pid;
	struct client_list *clients;
	bool no_memory;
};

static bool add_new(const struct axp_monitor_client *found, void *arg)
{
	struct axp_monitor_client *client;
	struct scan *scan = arg;
	char path[PATH_SIZE];
	struct stat st;

	/* a descriptor may be open in several processes */
	for (uint32_t i = 0; i < scan->clients->nr; i++)
		if (scan->clients->list[i].id == found->id)
			return true;
	client = axp_client_list_add(scan->clients);
	if (!client) {
		scan->no_memory = true;
		return false;
	}
	*client = *found;
	client->pid = (uint32_t)strtoul(scan->pid, NULL, 10);
	if (snprintf(path, sizeof(path), "%s/%s", scan->proc, scan->pid) >= (int)sizeof(path))
		return true;
	if (!stat(path, &st))
		client->uid = st.st_uid;
	if (read_line(path, "comm", client->comm, sizeof(client->comm), NULL))
		client->comm[0] = '\0';
	return true;
}

int axp_files_clients(const char *proc, struct client_list *clients, struct axp_diag *diag)
{
	struct scan scan = { .proc = proc, .clients = clients };
	struct dirent *entry;
	DIR *dir = opendir(proc);

	if (!dir)
		return axp_fail(diag, -errno, "%s: %s", proc, strerror(errno));
	while (!scan.no_memory && (entry = readdir(dir))) {
		scan.pid = entry->d_name;
		if (isdigit((unsigned char)entry->d_name[0]))
			each_fd(proc, scan.pid, add_new, &scan);
	}
	closedir(dir);
	return scan.no_memory ? axp_fail(diag, -ENOMEM, "monitor: no memory") : 0;
}
