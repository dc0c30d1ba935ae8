/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of a monitor: the netlink family, and files in sysfs and proc. */
#ifndef AXP_LIB_MONITOR_SOURCE_H
#define AXP_LIB_MONITOR_SOURCE_H

#include <axp/axp.h>

/* --- lists that sources append to --- */

/**
 * struct client_list - clients found
 * @list: of @nr
 * @nr: how many
 * @room: of @list
 */
struct client_list {
	struct axp_monitor_client *list;
	uint32_t nr;
	uint32_t room;
};

/* likewise, tables */
struct table_list {
	struct axp_monitor_table *list;
	uint32_t nr;
	uint32_t room;
};

/* a zeroed element at the end; NULL: no memory */
struct axp_monitor_client *axp_client_list_add(struct client_list *clients);
struct axp_monitor_table *axp_table_list_add(struct table_list *tables);

/* --- netlink: monitor_netlink.c --- */

struct axp_netlink;

/* -ENOENT: the module is not there, or has no netlink */
int axp_netlink_open(struct axp_netlink **out, struct axp_diag *diag);
void axp_netlink_close(struct axp_netlink *nl);
int axp_netlink_device(struct axp_netlink *nl, struct axp_monitor_device *device,
		       struct axp_diag *diag);
int axp_netlink_clients(struct axp_netlink *nl, struct client_list *clients,
			struct axp_diag *diag);
/* @client: 0: of all */
int axp_netlink_tables(struct axp_netlink *nl, uint32_t client, struct table_list *tables,
		       struct axp_diag *diag);
int axp_netlink_listen(struct axp_netlink *nl, bool samples, bool events,
		       struct axp_diag *diag);
/* -1: nothing to listen to */
int axp_netlink_fd(const struct axp_netlink *nl);
int axp_netlink_next(struct axp_netlink *nl, struct axp_monitor_message *message,
		     int64_t timeout_ns, struct axp_diag *diag);

/* --- files: monitor_files.c --- */

/* device totals in the folder @sysfs */
int axp_files_device(const char *sysfs, struct axp_monitor_device *device,
		     struct axp_diag *diag);
/* counters of @client in the folder @proc, if this user may read them there */
void axp_files_client(const char *proc, struct axp_monitor_client *client);
/* all clients that can be seen in @proc */
int axp_files_clients(const char *proc, struct client_list *clients, struct axp_diag *diag);

#endif /* AXP_LIB_MONITOR_SOURCE_H */
