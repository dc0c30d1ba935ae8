/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Heap sort of indices: in place, n log n for any input.
 */
#ifndef AXP_ENGINE_SORT_H
#define AXP_ENGINE_SORT_H

#include "port.h"

/* true when element @a comes before element @b; a total order */
typedef bool (*axp_before_fn)(const void *context, u32 a, u32 b);

static inline void axp_sift_down(u32 *index, u32 root, u32 n, axp_before_fn before,
				 const void *context)
{
	for (;;) {
		u32 child = 2 * root + 1;
		u32 tmp;

		if (child >= n)
			return;
		if (child + 1 < n && before(context, index[child], index[child + 1]))
			child++;
		if (!before(context, index[root], index[child]))
			return;
		tmp = index[root];
		index[root] = index[child];
		index[child] = tmp;
		root = child;
	}
}

/**
 * axp_sort() - order indices
 * @index: @n indices, reordered
 * @n: below 2^31
 * @before: the order
 * @context: passed to @before
 *
 * Return: 0 or -EINTR.
 */
static inline int __must_check axp_sort(u32 *index, u32 n, axp_before_fn before,
					const void *context)
{
	u32 i;

	for (i = n / 2; i-- > 0;) {
		axp_sift_down(index, i, n, before, context);
		if (!(i & 0xfff) && axp_breathe())
			return -EINTR;
	}
	for (i = n; i-- > 1;) {
		u32 tmp = index[0];

		index[0] = index[i];
		index[i] = tmp;
		axp_sift_down(index, 0, i, before, context);
		if (!(i & 0xfff) && axp_breathe())
			return -EINTR;
	}
	return 0;
}

#endif /* AXP_ENGINE_SORT_H */
