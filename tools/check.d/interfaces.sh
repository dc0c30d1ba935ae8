# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # tap_tmp comes from tap.sh
#
# interfaces.sh: for suite build. The module builds with all of its telemetry, without
# each and without all of it, and has in it what it should have. About a minute.

kdir=$(debian_kernel_dir)
dir=build/kmod-interfaces

# A symbol that the object of each brings.
symbol() {
	case $1 in
	fdinfo) echo axp_fdinfo_show ;;
	netlink) echo axp_netlink_event ;;
	hwmon) echo axp_hwmon_init ;;
	pmu) echo axp_pmu_init ;;
	trace) echo __tracepoint_axp_done ;;
	debugfs) echo axp_debugfs_init ;;
	esac
}

all="fdinfo netlink hwmon pmu trace debugfs"
for omit in "" $all "$all"; do
	name=${omit:-nothing}
	if ! make module "KDIR=$kdir" "KMOD_BUILD=$dir" W=1 "AXP_OMIT=$omit" \
		>"$tap_tmp/log" 2>&1 || grep -q 'warning:' "$tap_tmp/log"; then
		fail "the module without $name"
		grep -E 'warning|error' "$tap_tmp/log" | head -n 20 | sed 's/^/#     /'
		continue
	fi
	pass "the module without $name"
	nm "$dir/axp.ko" >"$tap_tmp/nm"
	for i in $all; do
		there=no
		! grep -q " $(symbol "$i")\$" "$tap_tmp/nm" || there=yes
		case " $omit " in
		*" $i "*) [ $there = no ] || fail "without $name: $i is in it" ;;
		*) [ $there = yes ] || fail "without $name: $i is not in it" ;;
		esac
	done
done
rm -rf "$dir"
