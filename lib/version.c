// SPDX-License-Identifier: BSD-2-Clause
#include <axp/axp.h>

#define TEXT_(x)	#x
#define TEXT(x)		TEXT_(x)

const char *axp_version(void)
{
	return TEXT(AXP_VERSION_MAJOR) "." TEXT(AXP_VERSION_MINOR) "." TEXT(AXP_VERSION_PATCH);
}
