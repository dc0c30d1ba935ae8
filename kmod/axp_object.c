// SPDX-License-Identifier: GPL-2.0
/*
 * Handles: numbers in a private space of each client, never 0.
 *
 * Making an object takes two steps. A number is reserved first, which can fail;
 * it is published last, which cannot. Until then nobody can look it up.
 */
#include "axp.h"

/**
 * axp_object_init() - set up the common part of an object
 * @obj: object, with one reference
 * @client: owner
 * @type: kind
 * @release: frees it; axp_object_put() calls it
 */
void axp_object_init(struct axp_object *obj, struct axp_client *client,
		     enum axp_object_type type, void (*release)(struct axp_object *obj))
{
	kref_init(&obj->ref);
	obj->type = type;
	obj->client = client;
	obj->release = release;
}

/**
 * axp_object_reserve() - get a handle that names nothing yet
 * @client: owner
 * @id: out: handle
 * @why: what was refused
 *
 * Return: 0, -ENOSPC or -ENOMEM.
 */
int axp_object_reserve(struct axp_client *client, u32 *id, struct axp_why *why)
{
	unsigned int limit = client->dev->params.max_objects;
	int err;

	if (!atomic_add_unless(&client->nr_objects, 1, limit))
		return axp_refuse(why, -ENOSPC, AXP_WHY_COUNT, 0, (u64)limit + 1, limit);
	err = xa_alloc(&client->objects, id, NULL, xa_limit_31b, AXP_GFP);
	if (err) {
		atomic_dec(&client->nr_objects);
		return err == -EBUSY ? -ENOSPC : err;
	}
	return 0;
}

/**
 * axp_object_unreserve() - give a handle back that was not published
 * @client: owner
 * @id: handle
 */
void axp_object_unreserve(struct axp_client *client, u32 id)
{
	xa_erase(&client->objects, id);
	atomic_dec(&client->nr_objects);
}

/**
 * axp_object_publish() - make a handle name an object
 * @obj: object; its first reference now belongs to the handle, and with it to
 *	whoever destroys the handle
 * @id: reserved handle
 */
void axp_object_publish(struct axp_object *obj, u32 id)
{
	obj->id = id;
	/* The slot is there since it was reserved: no memory is needed. */
	WARN_ON(xa_is_err(xa_store(&obj->client->objects, id, obj, AXP_GFP)));
}

/**
 * axp_object_get() - look a handle up
 * @client: owner
 * @id: handle
 * @type: wanted kind
 *
 * Return: the object with a reference of the caller's, or NULL.
 */
struct axp_object *axp_object_get(struct axp_client *client, u32 id,
				  enum axp_object_type type)
{
	struct axp_object *obj;

	xa_lock(&client->objects);
	obj = xa_load(&client->objects, id);
	if (obj && obj->type == type)
		kref_get(&obj->ref);
	else
		obj = NULL;
	xa_unlock(&client->objects);
	return obj;
}

/**
 * axp_object_each() - look at the objects that have a handle
 * @client: owner
 * @first: lowest handle of interest
 * @look: called for each in the order of handles, with the handles locked: it may
 *	not sleep; returns whether to go on
 * @arg: for @look
 *
 * Return: false when @look did not go on.
 */
bool axp_object_each(struct axp_client *client, u32 first,
		     bool (*look)(struct axp_object *obj, void *arg), void *arg)
{
	struct axp_object *obj;
	unsigned long id;
	bool more = true;

	xa_lock(&client->objects);
	xa_for_each_start(&client->objects, id, obj, first) {
		more = look(obj, arg);
		if (!more)
			break;
	}
	xa_unlock(&client->objects);
	return more;
}

static void axp_object_kref_release(struct kref *ref)
{
	struct axp_object *obj = container_of(ref, struct axp_object, ref);

	obj->release(obj);
}

/**
 * axp_object_put() - drop a reference
 * @obj: object
 *
 * Context: may sleep.
 */
void axp_object_put(struct axp_object *obj)
{
	kref_put(&obj->ref, axp_object_kref_release);
}

/* The handle is gone from the array: no new job can name the object. */
static void axp_object_retire(struct axp_object *obj)
{
	struct axp_client *client = obj->client;
	struct axp_table_image *image;

	atomic_dec(&client->nr_objects);
	switch (obj->type) {
	case AXP_OBJECT_BUFFER:
		break;
	case AXP_OBJECT_TABLE:
		image = axp_table_image_get(container_of(obj, struct axp_table, obj));
		axp_plan_forget_image(client, image);
		axp_netlink_event(client->dev, AXP_NL_EVENT_TABLE_DEL, client, obj->id,
				  image->generation, image->image->nr_rows);
		axp_table_image_put(image);
		break;
	case AXP_OBJECT_WEIGHTS:
		axp_plan_forget_weights(client, container_of(obj, struct axp_weights_object,
							     obj));
		break;
	}
	axp_object_put(obj);
}

/**
 * axp_object_destroy() - AXP_IOC_DESTROY
 * @ucmd: struct axp_destroy
 *
 * Return: 0, -EINVAL or -ENOENT.
 */
int axp_object_destroy(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_destroy *args = ucmd->cmd;
	struct axp_object *obj;

	if (args->flags)
		return -EINVAL;

	xa_lock(&client->objects);
	obj = xa_load(&client->objects, args->id);
	if (obj)
		__xa_erase(&client->objects, args->id);
	xa_unlock(&client->objects);
	if (!obj)
		return -ENOENT;
	axp_object_retire(obj);
	return 0;
}

/**
 * axp_object_destroy_all() - drop every handle of a client that goes away
 * @client: owner; nothing of it runs any more
 */
void axp_object_destroy_all(struct axp_client *client)
{
	struct axp_object *obj;
	unsigned long id;

	xa_for_each(&client->objects, id, obj) {
		xa_erase(&client->objects, id);
		axp_object_retire(obj);
	}
	WARN_ON_ONCE(atomic_read(&client->nr_objects));
	xa_destroy(&client->objects);
}
