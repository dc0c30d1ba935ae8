// SPDX-License-Identifier: GPL-2.0
/*
 * Clients of the device: numbers that telemetry names them by, and who opened
 * them.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "axp.h"

/**
 * axp_clients_init() - a device without clients
 * @clients: initialised
 */
void axp_clients_init(struct axp_clients *clients)
{
	mutex_init(&clients->lock);
	xa_init_flags(&clients->numbers, XA_FLAGS_ALLOC1);
}

/**
 * axp_clients_exit() - undo axp_clients_init()
 * @clients: no client is left
 */
void axp_clients_exit(struct axp_clients *clients)
{
	WARN_ON_ONCE(!xa_empty(&clients->numbers));
	xa_destroy(&clients->numbers);
	mutex_destroy(&clients->lock);
}

/**
 * axp_client_register() - number a client and let others see it
 * @client: complete; opened by the current task
 *
 * Return: 0 or -ENOMEM.
 */
int axp_client_register(struct axp_client *client)
{
	struct axp_clients *clients = &client->dev->clients;
	int err;

	client->uid = current_euid();
	get_task_comm(client->comm, current->group_leader);
	client->pid = get_pid(task_tgid(current));
	mutex_lock(&clients->lock);
	err = xa_alloc_cyclic(&clients->numbers, &client->id, client, xa_limit_31b,
			      &clients->next, GFP_KERNEL);
	mutex_unlock(&clients->lock);
	if (err < 0) {
		put_pid(client->pid);
		client->id = 0;
		return err == -EBUSY ? -ENOMEM : err;
	}
	axp_netlink_event(client->dev, AXP_NL_EVENT_CLIENT_NEW, client, 0, 0, 0);
	return 0;
}

/**
 * axp_client_unregister() - undo axp_client_register()
 * @client: nobody else looks at it afterwards; may never have been registered
 */
void axp_client_unregister(struct axp_client *client)
{
	struct axp_clients *clients = &client->dev->clients;

	if (!client->id)
		return;
	mutex_lock(&clients->lock);
	xa_erase(&clients->numbers, client->id);
	mutex_unlock(&clients->lock);
	put_pid(client->pid);
	client->pid = NULL;
}
