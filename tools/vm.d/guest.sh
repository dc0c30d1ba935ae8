# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # vm_* come from the file env
#
# guest.sh CTL OUTPUT ERRORS: the last step inside every lane. Runs the command
# of tools/vm with its output going to the files OUTPUT and ERRORS, and leaves
# the exit status and the kernel log in the directory CTL.

ctl=$1 vm_stdout=$2 vm_stderr=$3
# shellcheck source=/dev/null
. "$ctl/env"

# The kernel's log in the form of dmesg, and all of it: dmesg itself leaves out
# what was there before somebody's dmesg -c.
vm_dmesg() {
	dd if=/dev/kmsg iflag=nonblock bs=8192 2>/dev/null |
		awk -F ';' '/^[0-9]/ {
			split($1, head, ",")
			sub(/^[^;]*;/, "")
			printf "[%5d.%06d] %s\n", head[3] / 1000000, head[3] % 1000000, $0
		}'
}

vm_finish() {
	vm_dmesg >"$ctl/dmesg.tmp" && mv "$ctl/dmesg.tmp" "$ctl/dmesg"
	echo "$1" >"$ctl/rc.tmp" && mv "$ctl/rc.tmp" "$ctl/rc"
}

vm_run() {
	if ! cd "$vm_cwd"; then
		echo "tools/vm: error: $vm_cwd cannot be entered in the guest" >&2
		return 125
	fi
	if [ "$vm_insmod" = yes ]; then
		# shellcheck disable=SC2086 # a list of parameters
		insmod "$AXP_KO" $vm_params || {
			echo "tools/vm: error: insmod $AXP_KO $vm_params failed" >&2
			dmesg | tail -n 5 >&2
			return 125
		}
	fi
	vm_rc=0
	sh -c "$(cat "$ctl/command")" || vm_rc=$?
	if [ "$vm_insmod" = yes ] && grep -q '^axp ' /proc/modules; then
		rmmod axp || {
			echo "tools/vm: error: rmmod axp failed after the command" >&2
			[ $vm_rc -ne 0 ] || vm_rc=125
		}
	fi
	return $vm_rc
}

# Leaks: whatever was allocated after this mark and nothing points to any more.
vm_leaks=/sys/kernel/debug/kmemleak
[ "$vm_kmemleak" != yes ] || echo clear >$vm_leaks
echo '<2>axp-vm: start' >/dev/kmsg
rc=0
( vm_run ) </dev/null >"$vm_stdout" 2>"$vm_stderr" || rc=$?
if [ "$vm_kmemleak" = yes ]; then
	# It takes two scans, and objects younger than five seconds are spared.
	sleep 6; echo scan >$vm_leaks; sleep 1; echo scan >$vm_leaks
	# UML's kmemleak misses references of the kernel's own and so accuses
	# the kernel. What counts is what code of the module allocated: [axp],
	# or a bare address once the module is gone (boot code is gone too).
	awk 'BEGIN { RS = "unreferenced object" }
	     NR == 1 || /comm "swapper/ { next }
	     /\[axp\]|\] 0x[0-9a-f]+/ { printf "kmemleak: unreferenced object%s", $0 }' \
		$vm_leaks >"$ctl/leaks"
fi
vm_finish $rc
