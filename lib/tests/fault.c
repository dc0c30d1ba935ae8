// SPDX-License-Identifier: BSD-2-Clause
/*
 * Failing allocations: the hook of kmod/engine/port.h.
 */
#include "fault.h"

unsigned int fault_after;
bool fault_hit;

bool axp_mem_fails(void);

bool axp_mem_fails(void)
{
	if (!fault_after || --fault_after)
		return false;
	fault_hit = true;
	return true;
}
