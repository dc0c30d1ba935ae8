#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp top and axp monitor: what they refuse, and where there is no device, what they
# say. With one, userspace/tests/device/monitor.sh goes on.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

for c in top monitor; do
	refuse "axp $c takes no words" 2 "$c: 'x' is one word too many" "$AXP" $c x
	for ms in 0 99 3600001 x; do
		refuse "axp $c --interval $ms" 2 "interval '$ms': a number from 100 to 3600000" \
			"$AXP" $c --interval "$ms"
	done
done
refuse "axp monitor --count 0" 2 "count '0'" "$AXP" monitor --count 0
if [ -e /sys/class/misc/axp ]; then
	refuse "axp top without a terminal" 1 'no terminal: use --once' "$AXP" top
	serve "axp monitor" '^[0-9-]+T[0-9:.]+Z device engine=' "$AXP" monitor -n 1 --device-only
	serve "axp top --once" '^CLIENT' "$AXP" top --once --totals
else
	refuse "axp monitor without a device" 1 'the module is not loaded' "$AXP" monitor
	refuse "axp top without a device" 1 'the module is not loaded' "$AXP" top --once
fi
done_testing
