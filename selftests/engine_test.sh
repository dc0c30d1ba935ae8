#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every engine of this machine, with one worker and with several, passes the tests
# of jobs, tables and faults; small limits are kept. After each of them a fresh client
# gets the known answers.
#
# AXP_KO names axp.ko; without it, modprobe finds the module. The programs lie
# beside this script, or in AXP_TESTS.

KSFT_SKIP=4

skip() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit $KSFT_SKIP
}

load() {
	if [ -n "$AXP_KO" ]; then
		insmod "$AXP_KO" "$@" 2>/dev/null
	else
		modprobe axp "$@" 2>/dev/null
	fi
}

dir=$(dirname "$0")
for d in "$AXP_TESTS" "$dir" "$dir/../build/selftests"; do
	[ -n "$d" ] && [ -x "$d/job_test" ] && tests=$d && break
done
[ "$(id -u)" -eq 0 ] || skip "needs root"
[ -n "$tests" ] || skip "no job_test: set AXP_TESTS"
[ -n "$AXP_KO" ] || modprobe -n axp 2>/dev/null || skip "no axp.ko: set AXP_KO"
! grep -q '^axp ' /proc/modules || rmmod axp 2>/dev/null || skip "axp is in use"

number=0
failed=0
after=$tests/fresh_test
# check TEXT PROGRAM PARAMETER...: load, run, unload
check() {
	text=$1 program=$2
	shift 2
	number=$((number + 1))
	if ! load "$@"; then
		echo "not ok $number $text: cannot be loaded"
		failed=1
		return
	fi
	if log=$("$tests/$program" 2>&1 && $after 2>&1); then
		echo "ok $number $text"
	else
		echo "not ok $number $text"
		echo "$log" | sed 's/^/# /'
		failed=1
	fi
	rmmod axp || failed=1
}

echo "TAP version 13"
for engine in softfp float avx2 avx512; do
	if ! load engine=$engine; then
		# Only these two run everywhere.
		case $engine in
		softfp|float)
			number=$((number + 1))
			echo "not ok $number engine $engine: cannot be loaded"
			failed=1
			;;
		*)
			echo "# engine $engine: not on this machine"
			;;
		esac
		continue
	fi
	rmmod axp
	check "jobs, engine $engine, one worker" job_test engine=$engine npes=1
	check "jobs, engine $engine, five workers" job_test engine=$engine npes=5
	check "tables, engine $engine" table_test engine=$engine
	check "faults, engine $engine, one worker" faults_test engine=$engine npes=1
	check "faults, engine $engine, five workers" faults_test engine=$engine npes=5
done
check "queues, a quantum of one MAC" async_test quantum=1 npes=2
check "turns among the largest jobs, of four quanta" fairness_test quantum=1048576 \
	max_macs_per_job=4194304
check "turns among the largest jobs, of a quarter quantum" fairness_test quantum=4194304 \
	max_macs_per_job=1048576
check "memory of a client is limited" buffer_test max_bytes=16777216
check "memory is taken within the limit" peak_test max_bytes=16777216
check "few objects, small batches" uapi_test max_objects=100 max_jobs_per_submit=2
check "a short queue" async_test max_inflight=16 max_jobs_per_submit=16
# the known answers have more key bits
after=true
check "few CAM rows, few key bits" limit_test max_cam_rows=100 max_key_bits=20
check "few CAM rows, key bits of weights too" limit_test max_cam_rows=1 max_key_bits=40
after=$tests/fresh_test
check "the largest tables" limit_test max_cam_rows=65536 max_lut_words=1048576
echo "1..$number"
[ $failed -eq 0 ]
