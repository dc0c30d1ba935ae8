# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh disable=SC2154 # tap_tmp comes from tap.sh
#
# lane.sh: for the suites that run the selftests in a lane.

# lane_selftests LANE TARGET [OPTION...]: make TARGET, run what it made in LANE.
lane_selftests() {
	l_lane=$1 l_target=$2
	shift 2
	make -s "$l_target" >"$tap_tmp/make" 2>&1 || {
		fail "make $l_target"
		sed 's/^/#     /' "$tap_tmp/make"
		return 0
	}
	l_out=$AXP_TOP/build/logs/$l_target-$l_lane
	rm -rf "$l_out"
	l_rc=0
	tools/vm --lane "$l_lane" --out "$l_out" --env TAP_LIMIT "$@" -- \
		sh tools/check.d/guest-selftests "build/$l_target" >"$tap_tmp/vm" 2>&1 || l_rc=$?
	for rc in "$l_out"/*.rc; do
		[ -e "$rc" ] || continue
		l_name=$(basename "$rc" .rc)
		tap_file "$l_name" "$l_out/$l_name.tap" "$(cat "$rc")" "$l_out/$l_name.err"
	done
	for l_source in selftests/*.c selftests/*.sh; do
		case $l_source in *_util.c|*_common.c) continue ;; esac
		[ -e "$l_source" ] || continue
		l_name=$(basename "$l_source" .c)
		[ -e "$l_out/$l_name.rc" ] || fail "$l_name did not finish"
	done
	if [ $l_rc -eq 0 ]; then
		pass "lane $l_lane: module loads and unloads, nothing in the kernel log"
	else
		fail "lane $l_lane: status $l_rc"
	fi
	sed 's/^/#     /' "$tap_tmp/vm"
}
