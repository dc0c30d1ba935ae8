// SPDX-License-Identifier: BSD-2-Clause
/*
 * Monitor: what the device and its clients do, from the best source that this user
 * has: the netlink family of the module, else files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "monitor_source.h"
#include "opts.h"

#define DEFAULT_SYSFS	"/sys/class/misc/axp"
#define DEFAULT_PROC	"/proc"

/**
 * struct axp_monitor - an open monitor
 * @nl: netlink, or NULL
 * @sysfs: folder of the device
 * @proc: folder of processes
 * @clients: of the last call
 * @tables: likewise
 * @hidden: clients that the device has and the last list had not, or had without
 *	counters
 */
struct axp_monitor {
	struct axp_netlink *nl;
	char *sysfs;
	char *proc;
	struct client_list clients;
	struct table_list tables;
	bool hidden;
};

/* room for one more of @size bytes */
static void *list_add(void **list, uint32_t *nr, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 16;
	void *larger;
	char *added;

	if (*nr == *room) {
		larger = more > *room ? reallocarray(*list, more, size) : NULL;
		if (!larger)
			return NULL;
		*list = larger;
		*room = more;
	}
	added = (char *)*list + (*nr)++ * size;
	memset(added, 0, size);
	return added;
}

struct axp_monitor_client *axp_client_list_add(struct client_list *clients)
{
	void *list = clients->list;
	void *added = list_add(&list, &clients->nr, &clients->room, sizeof(*clients->list));

	clients->list = list;
	return added;
}

struct axp_monitor_table *axp_table_list_add(struct table_list *tables)
{
	void *list = tables->list;
	void *added = list_add(&list, &tables->nr, &tables->room, sizeof(*tables->list));

	tables->list = list;
	return added;
}

void axp_monitor_close(struct axp_monitor *monitor)
{
	if (!monitor)
		return;
	axp_netlink_close(monitor->nl);
	free(monitor->clients.list);
	free(monitor->tables.list);
	free(monitor->sysfs);
	free(monitor->proc);
	free(monitor);
}

int axp_monitor_open(struct axp_monitor **out, const struct axp_monitor_opts *opts,
		     struct axp_diag *diag)
{
	struct axp_monitor_device device;
	struct axp_monitor_opts o;
	struct axp_monitor *monitor;
	int err;

	*out = NULL;
	err = axp_opts_copy(&o, sizeof(o), opts, "axp_monitor_opts", diag);
	if (err)
		return err;
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return axp_fail(diag, -ENOMEM, "monitor: no memory");
	monitor->sysfs = strdup(o.sysfs ? o.sysfs : DEFAULT_SYSFS);
	monitor->proc = strdup(o.proc ? o.proc : DEFAULT_PROC);
	if (!monitor->sysfs || !monitor->proc) {
		err = axp_fail(diag, -ENOMEM, "monitor: no memory");
		goto fail;
	}
	/* Without netlink there are files; what is wrong then, they say. */
	if (!o.files_only && axp_netlink_open(&monitor->nl, NULL))
		monitor->nl = NULL;
	err = axp_monitor_device(monitor, &device, diag);
	if (err)
		goto fail;
	*out = monitor;
	return 0;
fail:
	axp_monitor_close(monitor);
	return err;
}

int axp_monitor_device(struct axp_monitor *monitor, struct axp_monitor_device *device,
		       struct axp_diag *diag)
{
	struct axp_monitor_device now;
	int err;

	memset(&now, 0, sizeof(now));
	if (monitor->nl)
		err = axp_netlink_device(monitor->nl, &now, diag);
	else
		err = axp_files_device(monitor->sysfs, &now, diag);
	if (!err)
		*device = now;
	return err;
}

int axp_monitor_clients(struct axp_monitor *monitor, const struct axp_monitor_client **list,
			uint32_t *nr, struct axp_diag *diag)
{
	struct client_list *clients = &monitor->clients;
	struct axp_monitor_device device;
	uint32_t i;
	int err;

	clients->nr = 0;
	if (monitor->nl)
		err = axp_netlink_clients(monitor->nl, clients, diag);
	else
		err = axp_files_clients(monitor->proc, clients, diag);
	if (!err)
		err = axp_monitor_device(monitor, &device, diag);
	if (err)
		return err;
	monitor->hidden = clients->nr < device.nr_clients;
	for (i = 0; i < clients->nr; i++) {
		if (!clients->list[i].counted)
			axp_files_client(monitor->proc, &clients->list[i]);
		monitor->hidden |= !clients->list[i].counted;
	}
	*list = clients->list;
	*nr = clients->nr;
	return 0;
}

int axp_monitor_tables(struct axp_monitor *monitor, uint32_t client,
		       const struct axp_monitor_table **list, uint32_t *nr,
		       struct axp_diag *diag)
{
	int err;

	if (!monitor->nl)
		return axp_fail(diag, -EOPNOTSUPP,
				"monitor: tables: the module has no netlink family axp");
	monitor->tables.nr = 0;
	err = axp_netlink_tables(monitor->nl, client, &monitor->tables, diag);
	if (err)
		return err;
	*list = monitor->tables.list;
	*nr = monitor->tables.nr;
	return 0;
}

const char *axp_monitor_missing(const struct axp_monitor *monitor)
{
	if (!monitor->hidden)
		return NULL;
	if (!monitor->nl)
		return "other users' clients are missing: the module has no netlink family axp, and their files are not for this user";
	return "other users' clients are missing: counters of all clients need root or CAP_NET_ADMIN";
}

int axp_monitor_listen(struct axp_monitor *monitor, bool samples, bool events,
		       struct axp_diag *diag)
{
	if (!monitor->nl)
		return axp_fail(diag, -EOPNOTSUPP,
				"monitor: listening: the module has no netlink family axp");
	return axp_netlink_listen(monitor->nl, samples, events, diag);
}

int axp_monitor_fd(const struct axp_monitor *monitor)
{
	return monitor->nl ? axp_netlink_fd(monitor->nl) : -1;
}

int axp_monitor_next(struct axp_monitor *monitor, struct axp_monitor_message *message,
		     int64_t timeout_ns, struct axp_diag *diag)
{
	if (axp_monitor_fd(monitor) < 0)
		return axp_fail(diag, -EINVAL, "monitor: axp_monitor_listen() comes first");
	return axp_netlink_next(monitor->nl, message, timeout_ns, diag);
}
