# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # variables of tools/vm
#
# Lane host: this machine's own kernel.

# host_works: can a module be loaded here? Tries it with axp.ko itself.
host_works() {
	[ "$(id -u)" -eq 0 ] || return 1
	[ -e /proc/modules ] || return 1
	[ -e "/lib/modules/$(uname -r)/build/Makefile" ] || return 1
	[ "$(cat /proc/sys/kernel/modules_disabled 2>/dev/null)" = 0 ] || return 1
	grep -q '^axp ' /proc/modules && return 0
	( host_setup ) || return 1
	insmod "$AXP_TOP/build/kmod-$(uname -r)/axp.ko" 2>/dev/null || return 1
	rmmod axp
}

host_setup() {
	[ "$(id -u)" -eq 0 ] || die "lane host needs root"
	[ -e /proc/modules ] || die "this kernel ($(uname -r)) cannot load modules, use --lane qemu"
	[ "$module" = yes ] || return 0
	build_module "/lib/modules/$(uname -r)/build" "$(uname -r)"
}

host_boot() {
	mark="axp-vm $$ $(date +%s)"
	echo "$mark" >/dev/kmsg
	timeout --foreground -k 5 "$timeout" sh "$ctl/guest.sh" "$ctl" /dev/fd/8 /dev/fd/9 8>&1 9>&2 &
	child=$!
	host_rc=0
	wait "$child" || host_rc=$?
	child=
	[ ! -e "$ctl/dmesg" ] || {
		sed "1,/$mark/d" "$ctl/dmesg" >"$ctl/dmesg.new"
		mv "$ctl/dmesg.new" "$ctl/dmesg"
	}
	return $host_rc
}
