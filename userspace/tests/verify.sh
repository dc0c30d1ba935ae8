#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp selftest and axp verify, with the library alone and without a device.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

engines=$("$AXP" info | sed -n 's/^engines *//p' | tr -d , | wc -w)

serve "the library passes" '^softfp +[0-9]+ checks, 0 failed' "$AXP" selftest --library
serve "each check, if asked for" 'ok +a product made wrong .* 0 are not as predicted' \
	"$AXP" selftest --library -v
"$AXP" selftest --library --json "$tmp/test.json" >"$tmp/text"
json "the checks of every engine" "$tmp/test.json" \
	"r['passed'] and r['checks_failed'] == 0 and r['no_device'] is None and len({c['where'] for c in r['checks']}) == $engines and len(r['checks']) == r['checks_run'] > 9 * $engines"

digits 6 >"$tmp/data.csv"
for acc in f32 fixed; do
	"$AXP" compile "$model" --calib "csv:$tmp/data.csv" --scale 0.0625 --organisation shared -a $acc -o "$tmp/$acc.onnx" >"$tmp/text" || exit 1
	serve "$acc: every engine agrees with softfp" '^library +softfp +3 threads +equal' \
		"$AXP" verify "$tmp/$acc.onnx" --library
	"$AXP" verify "$tmp/$acc.onnx" --library --data "csv:$tmp/data.csv" -n 5 --json "$tmp/v.json" >"$tmp/text"
	json "$acc: on real samples, too" "$tmp/v.json" \
		"r['equal'] and r['samples'] == 5 and len(r['places']) == 2 * $engines and all(p['equal'] for p in r['places'])"
done
serve "a model that is not compiled" 'equal' "$AXP" verify "$model" --library -n 1

if [ ! -e /dev/axp ]; then
	for c in selftest "verify $tmp/f32.onnx -n 1"; do
		# shellcheck disable=SC2086 # a command and its options
		run "$AXP" $c
		holds "$c without a device: status 3, and it is said" \
			sh -c "[ $status -eq 3 ] && grep -q 'no device was .*: /dev/axp: .*not loaded' '$tmp/stderr' && [ -s '$tmp/stdout' ]"
	done
	refuse "selftest of a device that is not there" 1 '/dev/axp: .*not loaded' "$AXP" selftest -d /dev/axp
else
	skip "without a device" "there is one"
fi
refuse "selftest of what is no device" 1 '/dev/null' "$AXP" selftest -d /dev/null
refuse "verify on what is no device" 1 '/dev/null' "$AXP" verify "$tmp/f32.onnx" -n 1 -q -d /dev/null
refuse "selftest: library and device" 2 'exclude each other' "$AXP" selftest -l -d /dev/axp
refuse "verify: library and device" 2 'exclude each other' "$AXP" verify m -l -d /dev/axp
refuse "verify without a model" 2 'MODEL .*missing' "$AXP" verify
refuse "verify a missing model" 1 'none.onnx: .*No such file' "$AXP" verify "$tmp/none.onnx"
refuse "verify with missing data" 1 'none.csv: .*No such file' "$AXP" verify "$tmp/f32.onnx" --data "csv:$tmp/none.csv"
done_testing
