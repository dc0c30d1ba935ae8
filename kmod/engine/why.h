/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef AXP_ENGINE_WHY_H
#define AXP_ENGINE_WHY_H

#include "port.h"

/**
 * axp_refuse() - say why, and return the errno
 * @why: filled; may be NULL
 * @err: negative errno to return
 * @reason: enum axp_reason
 * @index: element of the caller's array
 * @value: offending value
 * @limit: what it broke
 *
 * Return: @err.
 */
static inline int axp_refuse(struct axp_why *why, int err, u32 reason, u32 index,
			     u64 value, u64 limit)
{
	if (why) {
		why->reason = reason;
		why->index = index;
		why->value = value;
		why->limit = limit;
	}
	return err;
}

#endif /* AXP_ENGINE_WHY_H */
