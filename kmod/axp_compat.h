/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels this module builds for, 6.1 and later. The
 * only place that looks at LINUX_VERSION_CODE; what decides which files are built
 * and with which flags is in compat.mk.
 */
#ifndef AXP_COMPAT_H
#define AXP_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

#if defined(CONFIG_X86) || defined(CONFIG_UML)
#include <asm/fpu/api.h>
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/fpu.h>
#elif defined(CONFIG_ARM64)
#include <asm/neon.h>
#define kernel_fpu_begin()	kernel_neon_begin()
#define kernel_fpu_end()	kernel_neon_end()
#endif

static inline void axp_vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

#ifdef AXP_WITH_NETLINK
#include <net/genetlink.h>

/* A stable update of 6.1 has it. Without it anybody could join a group. */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#error "this kernel cannot restrict a multicast group: build with AXP_OMIT=netlink"
#endif

/* attributes of the request of a dump, by number */
static inline struct nlattr **axp_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}
#endif

#endif /* AXP_COMPAT_H */
