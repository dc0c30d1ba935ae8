// SPDX-License-Identifier: BSD-2-Clause
/*
 * Failing allocations, and a signal that kills: the hooks of kmod/engine/port.h.
 */
#include "fault.h"

unsigned int fault_after;
bool fault_hit;
unsigned int kill_after;
bool kill_hit;
unsigned long long fault_bytes;

bool axp_mem_fails(size_t bytes);
bool axp_is_killed(void);

bool axp_mem_fails(size_t bytes)
{
	fault_bytes += bytes;
	if (!fault_after || --fault_after)
		return false;
	fault_hit = true;
	return true;
}

/* Once it is, it stays so. */
bool axp_is_killed(void)
{
	if (kill_hit)
		return true;
	if (!kill_after || --kill_after)
		return false;
	kill_hit = true;
	return true;
}
