# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# tap.sh: for the suites, which are run by tools/check from the root of the
# source tree. A suite sources this, calls test_ok and friends, ends with done_testing.

AXP_TOP=$(cd "$(dirname "$0")/../.." && pwd)
cd "$AXP_TOP" || exit 1
. "$AXP_TOP/tools/common.sh"

tap_n=0
tap_failed=0
tap_tmp=$(mktemp -d "${TMPDIR:-/tmp}/axp-check.XXXXXX")
trap 'rm -rf "$tap_tmp"' EXIT
echo "TAP version 13"

pass() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $*"
}

fail() {
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $*"
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# try NAME COMMAND...: passes when COMMAND succeeds; else shows its output.
try() {
	t_name=$1
	shift
	if "$@" >"$tap_tmp/out" 2>&1; then
		pass "$t_name"
	else
		fail "$t_name"
		sed 's/^/#     /' "$tap_tmp/out"
	fi
}

# quiet NAME COMMAND...: as try, and COMMAND must not print anything either.
quiet() {
	q_name=$1
	shift
	q_rc=0
	"$@" >"$tap_tmp/out" 2>&1 || q_rc=$?
	if [ $q_rc -eq 0 ] && [ ! -s "$tap_tmp/out" ]; then
		pass "$q_name"
	else
		fail "$q_name"
		sed 's/^/#     /' "$tap_tmp/out"
	fi
}

# program NAME COMMAND...: run a program that speaks TAP; its results become one
# line each here, under its name. At most TAP_LIMIT seconds (default 600).
program() {
	p_name=$1
	shift
	p_rc=0
	timeout -k 5 "${TAP_LIMIT:-600}" "$@" >"$tap_tmp/tap" 2>"$tap_tmp/err" || p_rc=$?
	tap_file "$p_name" "$tap_tmp/tap" $p_rc "$tap_tmp/err"
}

# tap_file NAME FILE STATUS [ERRORS]: the results in FILE, as program does.
tap_file() {
	[ "$3" -ne 124 ] || echo "# $1: the limit of ${TAP_LIMIT:-600} s was reached"
	# Diagnostics that a broken program leaves are worth keeping.
	while IFS= read -r t_line; do
		t_what=${t_line#*ok }
		t_what=${t_what#"${t_what%%[!0-9]*}"}
		t_what=${t_what# }
		t_what=${t_what#- }
		case $t_line in
		'ok '*'# SKIP'*|'ok '*'# skip'*)
			skip "$1: ${t_what%%# [Ss][Kk][Ii][Pp]*}" "${t_what##*# [Ss][Kk][Ii][Pp] }" ;;
		'ok '*) pass "$1: $t_what" ;;
		'not ok '*) fail "$1: $t_what" ;;
		*) printf '#     %s\n' "$t_line" ;;
		esac
	done <"$2"
	# shellcheck disable=SC2046 # three numbers
	set -- "$1" "$2" "$3" "${4:-/dev/null}" $("$AXP_TOP/tools/check.d/tap-count" "$2" "$3")
	t_not=$(grep -c '^not ok' "$2" || :)
	if [ "$6" -gt "$t_not" ]; then
		fail "$1: ends with status $3, plan kept, something run"
	fi
	if [ "$6" -gt 0 ]; then
		sed 's/^/#     /' "$4"
	fi
}

done_testing() {
	echo "1..$tap_n"
	[ $tap_failed -eq 0 ]
}
