// SPDX-License-Identifier: GPL-2.0
/*
 * Weights of a client: a private copy, so that no index of a job comes from
 * memory that somebody can still write.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "axp.h"

/**
 * struct axp_weights_input - what the client passed, copied
 * @bytes: charged
 * @codebook: centroids, or NULL
 * @bias: biases, or NULL
 * @data: weights or indices
 */
struct axp_weights_input {
	u64 bytes;
	u32 *codebook;
	u32 *bias;
	void *data;
};

static int axp_weights_copy(void **to, u64 from, size_t bytes)
{
	if (!bytes)
		return 0;
	*to = kvmalloc(bytes, AXP_GFP);
	if (!*to)
		return -ENOMEM;
	return axp_copy_in(*to, u64_to_user_ptr(from), bytes);
}

static void axp_weights_input_free(struct axp_client *client,
				   struct axp_weights_input *in)
{
	kvfree(in->data);
	kvfree(in->bias);
	kvfree(in->codebook);
	axp_uncharge(client, in->bytes);
}

static int axp_weights_check(const struct axp_weights_create *args, struct axp_why *why)
{
	u32 most = args->format == AXP_WGT_U4 ? 16 : AXP_MAX_CENTROIDS;

	if (args->flags)
		return axp_refuse(why, -EINVAL, AXP_WHY_FLAGS, 0, args->flags, 0);
	if (args->rsvd)
		return axp_refuse(why, -EINVAL, AXP_WHY_RESERVED, 0, args->rsvd, 0);
	if (args->format > AXP_WGT_U4)
		return axp_refuse(why, -EOPNOTSUPP, AXP_WHY_FORMAT, 0, args->format,
				  AXP_WGT_U4);
	if (!args->count)
		return axp_refuse(why, -EINVAL, AXP_WHY_COUNT, 0, 0, 0);
	if (args->format == AXP_WGT_F32) {
		if (args->nr_centroids || args->codebook)
			return axp_refuse(why, -EINVAL, AXP_WHY_CENTROIDS, 0,
					  args->nr_centroids, 0);
	} else if (!args->nr_centroids || args->nr_centroids > most) {
		return axp_refuse(why, -EINVAL, AXP_WHY_CENTROIDS, 0, args->nr_centroids,
				  most);
	}
	if (!args->bias != !args->nr_bias)
		return axp_refuse(why, -EINVAL, AXP_WHY_BIAS, 0, args->nr_bias, 0);
	return 0;
}

static int axp_weights_read(struct axp_client *client, struct axp_weights_create *args,
			    struct axp_weights_input *in)
{
	u64 limit = client->dev->params.max_bytes;
	size_t data = axp_weights_data_bytes(args->format, args->count);
	size_t codebook = sizeof(u32) * args->nr_centroids;
	size_t bias = array_size(args->nr_bias, sizeof(u32));
	int err;

	if (!data)
		return axp_refuse(&args->why, -EOVERFLOW, AXP_WHY_OVERFLOW, 0, args->count, 0);
	in->bytes = size_add(size_add(data, codebook), bias);
	if (in->bytes > limit)
		return axp_refuse(&args->why, -ENOSPC, AXP_WHY_MEMORY, 0, in->bytes, limit);
	err = axp_charge(client, in->bytes, &args->why);
	if (err)
		return err;

	err = axp_weights_copy((void **)&in->codebook, args->codebook, codebook);
	if (!err)
		err = axp_weights_copy((void **)&in->bias, args->bias, bias);
	if (!err)
		err = axp_weights_copy(&in->data, args->data, data);
	if (err)
		axp_weights_input_free(client, in);
	return err;
}

static void axp_weights_object_free(struct axp_weights_object *weights)
{
	axp_weights_free(weights->weights);
	axp_uncharge(weights->obj.client, weights->bytes);
	kfree(weights);
}

static void axp_weights_object_release(struct axp_object *obj)
{
	axp_weights_object_free(container_of(obj, struct axp_weights_object, obj));
}

static struct axp_weights_object *axp_weights_make(struct axp_client *client,
						   struct axp_weights_create *args)
{
	struct axp_weights_input in = {};
	struct axp_weights_object *weights;
	struct axp_client_budget budget;
	int err;

	err = axp_weights_read(client, args, &in);
	if (err)
		return ERR_PTR(err);
	weights = kzalloc(sizeof(*weights), AXP_GFP);
	if (!weights) {
		axp_weights_input_free(client, &in);
		return ERR_PTR(-ENOMEM);
	}
	axp_object_init(&weights->obj, client, AXP_OBJECT_WEIGHTS,
			axp_weights_object_release);
	axp_client_budget_init(&budget, client, &args->why);
	err = axp_weights_create(&weights->weights, &budget.budget, args->format, in.codebook,
				 args->nr_centroids, in.data, args->count, in.bias,
				 args->nr_bias, &args->why);
	err = axp_client_budget_end(&budget, err, &weights->bytes);
	axp_weights_input_free(client, &in);
	if (err) {
		axp_weights_object_free(weights);
		return ERR_PTR(err);
	}
	return weights;
}

/**
 * axp_weights_object_create() - AXP_IOC_WEIGHTS_CREATE
 * @ucmd: struct axp_weights_create
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ERANGE, -EOVERFLOW, -ENOSPC, -ENOMEM, -EINTR
 * or -EFAULT.
 */
int axp_weights_object_create(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_weights_create *args = ucmd->cmd;
	struct axp_weights_object *weights;
	int err;

	err = axp_weights_check(args, &args->why);
	if (err)
		return err;
	weights = axp_weights_make(client, args);
	if (IS_ERR(weights))
		return PTR_ERR(weights);
	err = axp_object_reserve(client, &args->weights, &args->why);
	if (err)
		goto free_weights;
	err = axp_ucmd_respond(ucmd);
	if (err)
		goto unreserve;
	axp_object_publish(&weights->obj, args->weights);
	return 0;

unreserve:
	axp_object_unreserve(client, args->weights);
free_weights:
	axp_weights_object_free(weights);
	return err;
}

/**
 * axp_weights_object_get() - look weights up
 * @client: owner
 * @id: handle
 *
 * Return: the weights with a reference, or NULL.
 */
struct axp_weights_object *axp_weights_object_get(struct axp_client *client, u32 id)
{
	struct axp_object *obj = axp_object_get(client, id, AXP_OBJECT_WEIGHTS);

	return obj ? container_of(obj, struct axp_weights_object, obj) : NULL;
}
