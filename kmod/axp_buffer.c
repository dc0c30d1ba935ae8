// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers: kernel memory that a client maps and jobs read and write.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "axp.h"
#include "axp_compat.h"

static void axp_buffer_free(struct axp_buffer *buffer)
{
	unsigned long i;

	if (buffer->vaddr)
		vunmap(buffer->vaddr);
	for (i = 0; i < buffer->nr_pages && buffer->pages[i]; i++)
		__free_page(buffer->pages[i]);
	kvfree(buffer->pages);
	axp_uncharge(buffer->obj.client, buffer->bytes);
	kfree(buffer);
}

static void axp_buffer_release(struct axp_object *obj)
{
	axp_buffer_free(container_of(obj, struct axp_buffer, obj));
}

static int axp_buffer_fill(struct axp_buffer *buffer)
{
	unsigned long i;

	for (i = 0; i < buffer->nr_pages; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		buffer->pages[i] = alloc_page(AXP_GFP | __GFP_ZERO | __GFP_HIGHMEM);
		if (!buffer->pages[i])
			return -ENOMEM;
		cond_resched();
	}
	buffer->vaddr = vmap(buffer->pages, buffer->nr_pages, VM_MAP, PAGE_KERNEL);
	return buffer->vaddr ? 0 : -ENOMEM;
}

static struct axp_buffer *axp_buffer_make(struct axp_client *client, u64 bytes,
					  struct axp_why *why)
{
	struct axp_buffer *buffer;
	int err;

	err = axp_charge(client, bytes, why);
	if (err)
		return ERR_PTR(err);
	buffer = kzalloc(sizeof(*buffer), AXP_GFP);
	if (!buffer) {
		axp_uncharge(client, bytes);
		return ERR_PTR(-ENOMEM);
	}
	axp_object_init(&buffer->obj, client, AXP_OBJECT_BUFFER, axp_buffer_release);
	buffer->bytes = bytes;
	buffer->pages = kvcalloc(bytes >> PAGE_SHIFT, sizeof(*buffer->pages), AXP_GFP);
	if (!buffer->pages) {
		axp_buffer_free(buffer);
		return ERR_PTR(-ENOMEM);
	}
	buffer->nr_pages = bytes >> PAGE_SHIFT;
	err = axp_buffer_fill(buffer);
	if (err) {
		axp_buffer_free(buffer);
		return ERR_PTR(err);
	}
	return buffer;
}

/**
 * axp_buffer_create() - AXP_IOC_BUF_CREATE
 * @ucmd: struct axp_buf_create
 *
 * Return: 0, -EINVAL, -ENOSPC, -ENOMEM, -EINTR or -EFAULT.
 */
int axp_buffer_create(struct axp_ucmd *ucmd)
{
	struct axp_client *client = ucmd->client;
	struct axp_buf_create *args = ucmd->cmd;
	u64 limit = client->dev->params.max_bytes;
	struct axp_buffer *buffer;
	int err;

	if (args->flags)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_FLAGS, 0, args->flags, 0);
	if (!args->bytes)
		return axp_refuse(&args->why, -EINVAL, AXP_WHY_COUNT, 0, 0, limit);
	if (args->bytes > limit)
		return axp_refuse(&args->why, -ENOSPC, AXP_WHY_MEMORY, 0, args->bytes, limit);

	buffer = axp_buffer_make(client, PAGE_ALIGN(args->bytes), &args->why);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	err = axp_object_reserve(client, &args->buf, &args->why);
	if (err)
		goto free_buffer;
	args->bytes = buffer->bytes;
	args->mmap_offset = (u64)args->buf << PAGE_SHIFT;
	err = axp_ucmd_respond(ucmd);
	if (err)
		goto unreserve;
	axp_object_publish(&buffer->obj, args->buf);
	return 0;

unreserve:
	axp_object_unreserve(client, args->buf);
free_buffer:
	axp_buffer_free(buffer);
	return err;
}

/**
 * axp_buffer_get() - look a buffer up
 * @client: owner
 * @id: handle
 *
 * Return: the buffer with a reference, or NULL.
 */
struct axp_buffer *axp_buffer_get(struct axp_client *client, u32 id)
{
	struct axp_object *obj = axp_object_get(client, id, AXP_OBJECT_BUFFER);

	return obj ? container_of(obj, struct axp_buffer, obj) : NULL;
}

static void axp_vma_open(struct vm_area_struct *vma)
{
	struct axp_buffer *buffer = vma->vm_private_data;

	kref_get(&buffer->obj.ref);
}

static void axp_vma_close(struct vm_area_struct *vma)
{
	struct axp_buffer *buffer = vma->vm_private_data;

	axp_object_put(&buffer->obj);
}

static vm_fault_t axp_vma_fault(struct vm_fault *vmf)
{
	struct axp_buffer *buffer = vmf->vma->vm_private_data;
	/* The part of a mapping that is left keeps its page offset. */
	pgoff_t i = vmf->pgoff - buffer->obj.id;

	if (i >= buffer->nr_pages)
		return VM_FAULT_SIGBUS;
	get_page(buffer->pages[i]);
	vmf->page = buffer->pages[i];
	return 0;
}

static const struct vm_operations_struct axp_vma_ops = {
	.open = axp_vma_open,
	.close = axp_vma_close,
	.fault = axp_vma_fault,
};

/**
 * axp_buffer_mmap() - map a whole buffer
 * @file: client
 * @vma: offset as struct axp_buf_create returned it, whole size, MAP_SHARED
 *
 * Return: 0, -EINVAL, or -ENOENT when no buffer has this offset.
 */
int axp_buffer_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct axp_client *client = file->private_data;
	struct axp_buffer *buffer;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_pgoff > S32_MAX)
		return -ENOENT;
	buffer = axp_buffer_get(client, vma->vm_pgoff);
	if (!buffer)
		return -ENOENT;
	if (vma->vm_end - vma->vm_start != buffer->bytes) {
		axp_object_put(&buffer->obj);
		return -EINVAL;
	}
	axp_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = buffer;	/* with our reference */
	vma->vm_ops = &axp_vma_ops;
	return 0;
}
