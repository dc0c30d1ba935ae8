/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the engine needs from where it is built: the kernel, or libaxp.
 *
 * The engine is pure: it computes on memory it is given and knows neither files
 * nor ioctls. Only image, weights and plan objects allocate, when they are made, see
 * budget.h.
 */
#ifndef AXP_ENGINE_PORT_H
#define AXP_ENGINE_PORT_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

/*
 * Charged to the memory cgroup of the client that asks. What cannot be had is the
 * client's ENOMEM: nothing for the log, and nobody is killed for it.
 */
#define AXP_GFP		(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static inline void *axp_mem_alloc(size_t n, size_t size)
{
	return kvcalloc(n, size, AXP_GFP);
}

static inline void axp_mem_free(const void *p)
{
	kvfree(p);
}

/*
 * Called now and then by the long loops of what makes objects: others get their turn.
 * Return: 0, or -EINTR: the caller is being killed, nobody wants the object.
 */
static inline int __must_check axp_breathe(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

#else /* !__KERNEL__ */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/const.h>
#include <linux/types.h>

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT8_TYPE__ s8;
typedef __INT16_TYPE__ s16;
typedef __INT32_TYPE__ s32;
typedef __INT64_TYPE__ s64;

#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)

#define __must_check	__attribute__((warn_unused_result))

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)

#ifndef U32_MAX
#define U32_MAX UINT32_MAX
#endif
#ifndef U64_MAX
#define U64_MAX UINT64_MAX
#endif
#ifndef S16_MAX
#define S16_MAX INT16_MAX
#endif
#ifndef S32_MAX
#define S32_MAX INT32_MAX
#endif
#ifndef S32_MIN
#define S32_MIN INT32_MIN
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef min
#define min(a, b)						\
	({							\
		__auto_type _min_a = (a);			\
		__auto_type _min_b = (b);			\
		_min_a < _min_b ? _min_a : _min_b;		\
	})
#define max(a, b)						\
	({							\
		__auto_type _max_a = (a);			\
		__auto_type _max_b = (b);			\
		_max_a > _max_b ? _max_a : _max_b;		\
	})
#endif
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#ifndef DIV_ROUND_UP
#define DIV_ROUND_UP __KERNEL_DIV_ROUND_UP
#endif

static inline u32 hweight32(u32 x)
{
	return (u32)__builtin_popcount(x);
}

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

static inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

static inline u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	*rem = (u32)(n % d);
	return n / d;
}

/* A test may define this, to make allocations fail, and to count their bytes. */
bool axp_mem_fails(size_t bytes);
#pragma weak axp_mem_fails

static inline void *axp_mem_alloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (axp_mem_fails && axp_mem_fails(n * size))
		return NULL;
	/* vectors that are used often lie in one line of the cache each */
	if (check_mul_overflow(n, size, &bytes) || posix_memalign(&p, 64, bytes ? bytes : 1))
		return NULL;
	return memset(p, 0, bytes);
}

static inline void axp_mem_free(const void *p)
{
	free((void *)(uintptr_t)p);
}

/* A test may define this, to have objects given up. */
bool axp_is_killed(void);
#pragma weak axp_is_killed

static inline int __must_check axp_breathe(void)
{
	return axp_is_killed && axp_is_killed() ? -EINTR : 0;
}

#endif /* __KERNEL__ */

#include <linux/axp.h>

#endif /* AXP_ENGINE_PORT_H */
