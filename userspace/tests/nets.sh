#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that holds calls
#
# tools/nets: the table of results, of a net and its data.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

export AXP
nets=$here/../../tools/nets
digits 40 >"$tmp/data.csv"
net() { "$nets" "$@" net "$model" "csv:$tmp/data.csv" "csv:$tmp/data.csv" --scale 0.0625; }
serve "nets and their data" '^digits: its data is there$' "$nets" --list
serve "what is missing" '^resnet8: needs CIFAR10=FOLDER$' env CIFAR10= "$nets" --list
holds "a table" sh -c "AXP='$AXP' '$nets' --settings f32,pruned,literal,flat net '$model' 'csv:$tmp/data.csv' 'csv:$tmp/data.csv' --scale 0.0625 >'$tmp/table'"
holds "of these rows" /usr/bin/python3 -c '
import re, sys
rows = [[c.strip() for c in line.split("|")[1:-1]] for line in open(sys.argv[1])]
head, rows = rows[0], rows[2:]
assert [r[1].split(",")[0] for r in rows] == ["f32", "pruned", "literal", "flat"], rows
assert all(len(r) == len(head) == 9 and r[0] == "net" and r[2] == "40" for r in rows), rows
fp32, have, lost, plain, gated, ungated = ([float(r[i]) for r in rows] for i in range(3, 9))
assert len(set(fp32)) == 1 and all(abs(f - h - l) < 0.011 for f, h, l in zip(fp32, have, lost))
assert plain[2] < plain[3] and plain[2] < plain[0] < 100, plain
assert all(g < p and u < p for p, g, u in zip(plain, gated, ungated)), rows' "$tmp/table"
"$AXP" compile "$model" --calib "csv:$tmp/data.csv" --scale 0.0625 -q -a f32 -o "$tmp/f32.onnx" >"$tmp/text" 2>&1
"$AXP" eval "$tmp/f32.onnx" --data "csv:$tmp/data.csv" --reference "$model" --backend soft -q --json "$tmp/f32.json" >"$tmp/text"
json "with what compile and eval say" "$tmp/f32.json" \
	"'| %.2f | %.2f |' % (100 * r['accuracy_fp32'], 100 * r['accuracy']) in open('$tmp/table').readlines()[2] and '| %.1f | %.1f |' % (100 * r['saving'], 100 * r['saving_vs_gated']) in open('$tmp/table').readlines()[2]"
run net --settings nothing
holds "an unknown setting" sh -c "[ $status -eq 1 ] && grep -q \"unknown setting 'nothing'\" '$tmp/stderr' && ! [ -s '$tmp/stdout' ]"
run "$nets" net
holds "operands are missing" sh -c "[ $status -eq 1 ] && grep -q 'NAME MODEL CALIB DATA' '$tmp/stderr'"
run "$nets" net "$tmp/none.onnx" csv:a csv:b
holds "a model that is not there" sh -c "[ $status -ne 0 ] && grep -q 'none.onnx: .*No such file' '$tmp/stderr'"
done_testing
