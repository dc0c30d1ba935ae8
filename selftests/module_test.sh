#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The module: parameters are checked, a device in use stays, loading and unloading
# again and again leaves nothing.
#
# AXP_KO names axp.ko; without it, modprobe finds the module. The programs lie beside
# this script, or in AXP_TESTS.

KSFT_SKIP=4
params=/sys/module/axp/parameters
sysfs=/sys/class/misc/axp

skip() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

load() {
	if [ -n "$AXP_KO" ]; then
		insmod "$AXP_KO" "$@"
	else
		modprobe axp "$@"
	fi
}

loaded() {
	grep -q '^axp ' /proc/modules
}

dir=$(dirname "$0")
for d in "$AXP_TESTS" "$dir" "$dir/../build/selftests"; do
	[ -n "$d" ] && [ -x "$d/fresh_test" ] && tests=$d && break
done
[ "$(id -u)" -eq 0 ] || skip "needs root"
[ -n "$tests" ] || skip "no fresh_test: set AXP_TESTS"
[ -n "$AXP_KO" ] || modprobe -n axp 2>/dev/null || skip "no axp.ko: set AXP_KO"
! loaded || rmmod axp 2>/dev/null || skip "axp is loaded and in use"

number=0
failed=0
# ok TEXT STATUS
ok() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number $1"
	else
		echo "not ok $number $1"
		failed=1
	fi
}

# refused PARAMETER=VALUE LIMITS: loading fails, the log names all three
refused() {
	dmesg -c >/dev/null
	load "$1" 2>/dev/null
	status=$?
	log=$(dmesg | grep "axp: parameter $1")
	! loaded && [ $status -ne 0 ] && case $log in *"$2"*) true ;; *) false ;; esac
	ok "$1 is refused: $2" $?
	! loaded || rmmod axp
}

echo "TAP version 13"
echo "1..39"

refused npes=1025 "0 to 1024"
refused engine=abacus "no such engine"
refused quantum=0 "1 to 1099511627776"
refused max_macs_per_job=0 "1 to 1099511627776"
refused max_macs_per_job=1099511627777 "1 to 1099511627776"
refused max_bytes=65535 "65536 to 1099511627776"
refused max_objects=0 "1 to 1048576"
refused max_jobs_per_submit=0 "1 to 65536"
refused max_inflight=0 "1 to 1048576"
refused max_lanes=65537 "1 to 65536"
refused max_cam_rows=0 "1 to 65536"
refused max_key_bits=65 "1 to 64"
refused max_lut_words=1048577 "1 to 1048576"
load npes=many 2>/dev/null
ok "a parameter that is no number is refused" $((! $?))

dmesg -c >/dev/null
load npes=3 engine=softfp max_objects=17
ok "loads with parameters" $?
[ -c /dev/axp ]
ok "/dev/axp is there" $?
[ "$(stat -c '%a %u' /dev/axp)" = "660 0" ]
ok "/dev/axp is root's, 0660" $?
[ "$(cat $sysfs/engine)" = softfp ]
ok "engine is the one asked for" $?
[ "$(cat $params/max_objects)" = 17 ]
ok "parameters can be read" $?
dmesg | grep -q "axp: engine softfp, 3 processing elements"
ok "the log names engine and processing elements" $?
[ "$(grep -l '^axp/[012]$' /proc/[0-9]*/comm 2>/dev/null | wc -l)" -eq 3 ]
ok "three workers run" $?
[ "$(cat $sysfs/clients)" = 0 ]
ok "no client yet" $?

exec 3<>/dev/axp
[ "$(cat $sysfs/clients)" = 1 ]
ok "one client" $?
! rmmod axp 2>/dev/null
ok "rmmod is refused while the device is open" $?
loaded
ok "and the module is still there" $?
exec 3>&-
# a node of the same number, that nobody removes
node=/dev/axp_module_test
# shellcheck disable=SC2046 # two numbers
mknod $node c $(stat -c '0x%t 0x%T' /dev/axp)
(exec 3<>$node)
ok "another node opens the device" $?
rmmod axp
ok "rmmod works once it is closed" $?
! [ -e /dev/axp ]
ok "/dev/axp is gone" $?
(exec 3<>$node) 2>&1 | grep -q "No such device$"
ok "a node without its module is ENODEV" $?
rm -f $node
! [ -e $sysfs ]
ok "its files are gone" $?
[ "$(grep -l '^axp/[0-9]*$' /proc/[0-9]*/comm 2>/dev/null | wc -l)" -eq 0 ]
ok "its workers are gone" $?

status=0
rounds=0
while [ $rounds -lt 10 ]; do
	rounds=$((rounds + 1))
	load && [ -c /dev/axp ] && cat $sysfs/energy_model/* >/dev/null && rmmod axp || status=1
done
ok "loads and unloads ten times" $status

load
for f in macs gated hits hits_approx misses searches jobs busy_time_us rows_programmed \
	energy_uj baseline_energy_uj baseline_gated_energy_uj; do
	[ "$(cat $sysfs/$f)" = 0 ] || status=1
done
ok "totals start at 0" $status
"$tests/fresh_test" >/dev/null
ok "loaded again, clients get the known answers and totals are their sum" $?
status=0
! timeout 10 dd if=/dev/axp bs=8 count=1 2>/dev/null || status=1
ok "reading fewer bytes than a record is an error" $status
[ "$(cat $sysfs/energy_model/preset)" = s28 ]
ok "preset s28" $?
[ "$(cat $sysfs/energy_model/cam_class)" = silicon28 ]
ok "class silicon28" $?
status=0
for f in "$sysfs"/energy_model/*; do
	case $(stat -c %a "$f") in 644) ;; *) status=1 ;; esac
done
ok "the energy model is root's to write" $status
rmmod axp
ok "unloads" $?

[ $failed -eq 0 ]
