#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp compile: what it writes, and what it refuses.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

digits 40 >"$tmp/calib.csv"
calib=csv:$tmp/calib.csv

compile() { # OUTPUT OPTION...
	c_out=$1
	shift
	"$AXP" compile "$model" --calib "$calib" --scale 0.0625 -q -o "$c_out" "$@"
}

serve "compile" '^conv1 +Conv' compile "$tmp/a.onnx" --json "$tmp/a.json"
json "its summary as JSON" "$tmp/a.json" \
	'r["accumulator"] == "fixed" and r["preset"] == "s28" and r["cam_class"] == "silicon28" and len(r["layers"]) == 5 and all(l["k"] > 1 and l["rows"] > 0 and l["key_bits"] > 0 for l in r["layers"])'
serve "the result is compiled" 'compiled$' "$AXP" info "$tmp/a.onnx"
serve "preprocessing is stored" 'axp.input.scale +0.0625' "$AXP" info "$tmp/a.onnx"
serve "no progress where there is no terminal" . compile "$tmp/quiet.onnx" -k 8
holds "nothing else either" sh -c "! [ -s '$tmp/stderr' ]"
rm "$tmp/quiet.onnx"
compile "$tmp/b.onnx" >"$tmp/text"
holds "the same arguments give the same bytes" cmp "$tmp/a.onnx" "$tmp/b.onnx"
holds "only the results are there" sh -c "[ \$(ls '$tmp'/*.onnx* | wc -l) -eq 2 ]"

for o in flat banked shared broadcast; do
	serve "organisation $o" "organisation $o" compile "$tmp/o.onnx" --organisation $o
done
serve "organisation significand" 'organisation significand' \
	compile "$tmp/o.onnx" --organisation significand -a f32
refuse "significand in fixed point" 1 'significand organisation has no fixed-point form' \
	compile "$tmp/none.onnx" --organisation significand
for c in kmeans optimal weighted compensated; do
	serve "clustering $c" 'accumulator fixed' compile "$tmp/o.onnx" --cluster $c
done
serve "rows of one length" 'accumulator fixed' compile "$tmp/o.onnx" --prefix-bits 11 --rows 64
serve "accumulator fixed" 'accumulator fixed' compile "$tmp/fixed.onnx" -a fixed --word-bits 16
serve "preset and CAM class" 'preset j7, CAM class lowpower' \
	compile "$tmp/o.onnx" -p j7 --cam-class lowpower
serve "means and deviations" 'accumulator fixed' \
	compile "$tmp/pre.onnx" --scale 0.1 --mean 0.3,0 --std 2
serve "are stored as given" 'axp.input.mean +0.3,0,0,0$' "$AXP" info "$tmp/pre.onnx"
serve "the scale too" 'axp.input.scale +0.1$' "$AXP" info "$tmp/pre.onnx"
serve "no gating" 'zero gating of nothing' compile "$tmp/o.onnx" --no-gating
compile "$tmp/k.onnx" -k 8 --rows 12 --lanes 4 --json "$tmp/k.json" >"$tmp/text"
json "centroids, rows and lanes are kept" "$tmp/k.json" \
	'all(l["k"] <= 8 and l["rows"] <= 12 and l["lanes"] <= 4 for l in r["layers"])'

# Search.
energy() { # MODEL: picojoule of the calibration data
	"$AXP" eval "$1" --data "$calib" --json "$tmp/e.json" >"$tmp/text" 2>&1
	/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["energy_pj"])' "$tmp/e.json"
}
serve "a search with a bound on the divergence" 'organisation' \
	compile "$tmp/s1.onnx" --max-kl 0.003 --log "$tmp/s.log"
holds "what it came to is said" grep -q -E '^search +divergence 0\.00[0-9]+ nat, at most 0.003 ' "$tmp/stdout"
holds "and on how many samples" grep -q '^ *checked on 13 samples, calibrated on 27 others$' "$tmp/stdout"
holds "that 13 are few, too" grep -q '^axp: the search was checked on 13 samples, fewer than 100: ' "$tmp/stderr"
serve "it is stored" '^search +divergence 0\.00[0-9]+ nat, at most 0.003 ' "$AXP" info "$tmp/s1.onnx"
serve "a wider bound, from the same log" 'organisation' \
	compile "$tmp/s2.onnx" --max-kl 0.05 --log "$tmp/s.log"
serve "the first again, from the log" 'organisation' \
	compile "$tmp/s3.onnx" --max-kl 0.003 --log "$tmp/s.log" -j 1
holds "gives the same bytes" cmp "$tmp/s1.onnx" "$tmp/s3.onnx"
holds "the wider bound takes less energy" \
	/usr/bin/python3 -c "assert $(energy "$tmp/s2.onnx") < $(energy "$tmp/s1.onnx")"
serve "a search with a bound on the accuracy" '^search +-?[0-9.]+ points lost, at most 50; divergence ' \
	compile "$tmp/s.onnx" --max-drop 50 --json "$tmp/drop.json"
json "its result in JSON" "$tmp/drop.json" \
	'(lambda s: s["measure"] == "drop" and s["bound"] == 50 and s["reached"] <= 50 and s["max_kl"] == 2 and 0 < s["kl"] <= 2 and (s["calibrated"], s["checked"]) == (27, 13))(r["search"])'
json "that of a search within a divergence" "$tmp/a.json" \
	'r["search"]["measure"] == "kl" and r["search"]["bound"] == r["search"]["max_kl"] and 0 < r["search"]["reached"] == r["search"]["kl"] <= 0.0150001'
json "null where nothing is searched" "$tmp/k.json" 'r["search"] is None'
digits 310 >"$tmp/many.csv"
serve "a hundred samples are not few" '^ *checked on 103 samples' "$AXP" compile "$model" \
	--calib "csv:$tmp/many.csv" --scale 0.0625 -o "$tmp/many-samples"
holds "no word of that" sh -c "! grep -q fewer '$tmp/stderr'"
serve "no pruning" 'accumulator fixed' compile "$tmp/o.onnx" -k 16
cp "$tmp/stdout" "$tmp/plain"
serve "pruning" '^pruning +50% of the weights ' compile "$tmp/p.onnx" -k 16 --prune 0.5 --json "$tmp/p.json"
holds "pruned weights are not multiplied" \
	/usr/bin/python3 -c "assert $(energy "$tmp/p.onnx") < 0.8 * $(energy "$tmp/o.onnx")"
holds "and not shown where there was none" sh -c "! grep -q pruning '$tmp/plain'"
serve "what was pruned is stored" '^pruning +50% of the weights .*: 16128 of all 33040 ' "$AXP" info "$tmp/p.onnx"
json "in the summary, too" "$tmp/p.json" 'r["prune"] == {"fraction": 0.5, "pruned": 16128, "weights": 33040}'
json "and null where nothing was" "$tmp/a.json" 'r["prune"] is None'
holds "the metadata says it" /usr/bin/python3 -c 'import sys
sys.exit(b"axp.prune\x12" not in open(sys.argv[1], "rb").read())' "$tmp/p.onnx"
refuse "the log of another search" 1 's.log: is the log of another search' \
	compile "$tmp/none.onnx" --max-kl 0.01 --log "$tmp/s.log" --samples 20
refuse "a log that is none" 1 'calib.csv: is no search log' \
	compile "$tmp/none.onnx" --max-kl 0.01 --log "$tmp/calib.csv"
refuse "a log without a search" 2 'nothing is searched' compile "$tmp/none.onnx" -k 8 --log x
refuse "a bound of 0" 2 'more than 0' compile "$tmp/none.onnx" --max-kl 0
refuse "a bound that nothing meets" 1 'no setting within the bound' \
	compile "$tmp/none.onnx" --max-kl 1e-12
cut -d, -f 1-64 "$tmp/calib.csv" >"$tmp/unlabelled.csv"
refuse "no labels where they are needed" 1 'label' "$AXP" compile "$model" \
	--calib "csv:$tmp/unlabelled.csv" --max-drop 1 -o "$tmp/none.onnx"
holds "nothing is left of what was refused" sh -c "! [ -e '$tmp/none.onnx' ]"

# The old file stays whatever fails.
echo old >"$tmp/old.onnx"
kept() { # NAME
	holds "$1: the old file is kept" grep -q '^old$' "$tmp/old.onnx"
	holds "$1: nothing beside it" sh -c "! ls '$tmp' | grep -q 'old.onnx.'"
}
refuse "missing model" 1 "$tmp/none.onnx: .*No such file" \
	"$AXP" compile "$tmp/none.onnx" --calib "$calib" -o "$tmp/old.onnx"
kept "missing model"
head -c 5000 "$model" >"$tmp/cut.onnx"
refuse "cut model" 1 'cut.onnx: ' "$AXP" compile "$tmp/cut.onnx" --calib "$calib" -o "$tmp/old.onnx"
kept "cut model"
/usr/bin/python3 "$here/onnx.py" nested >"$tmp/nested.onnx"
refuse "nested 20,000 deep" 1 'nested.onnx: ' \
	"$AXP" compile "$tmp/nested.onnx" --calib "$calib" -o "$tmp/old.onnx"
kept "nested model"
refuse "missing calibration data" 1 "$tmp/none.csv: .*No such file" \
	"$AXP" compile "$model" --calib "csv:$tmp/none.csv" -o "$tmp/old.onnx"
refuse "data of an unknown kind" 1 'tar:' "$AXP" compile "$model" --calib tar:x -o "$tmp/old.onnx"
sed '3s/,/,x/' "$tmp/calib.csv" >"$tmp/bad.csv"
refuse "a word in the numbers" 1 'bad.csv.*3' "$AXP" compile "$model" --calib "csv:$tmp/bad.csv" -o "$tmp/old.onnx"
cut -d, -f 1-30 "$tmp/calib.csv" >"$tmp/narrow.csv"
refuse "samples of another size" 1 'narrow.csv' "$AXP" compile "$model" --calib "csv:$tmp/narrow.csv" -o "$tmp/old.onnx"
refuse "an empty slice" 1 'calib.csv' "$AXP" compile "$model" --calib "${calib}[90:]" -o "$tmp/old.onnx"
refuse "an impossible slice" 1 'calib.csv' "$AXP" compile "$model" --calib "${calib}[a:b]" -o "$tmp/old.onnx"
refuse "more rows than a table may have" 1 'rows|table' \
	compile "$tmp/old.onnx" --rows 65536 -k 256
kept "bad data"
cp "$model" "$tmp/model.onnx"
refuse "the model as output" 1 'is the model itself' \
	"$AXP" compile "$tmp/model.onnx" --calib "$calib" -o "$tmp/../$(basename "$tmp")/model.onnx"
holds "the model is kept" cmp "$model" "$tmp/model.onnx"
refuse "output into nowhere" 1 "$tmp/none/o.onnx: cannot be written: No such file" \
	compile "$tmp/none/o.onnx"
mkdir "$tmp/dir"
refuse "a directory as output" 1 "$tmp/dir: cannot be written" compile "$tmp/dir"
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tmp/locked"
	cp "$AXP" "$tmp/axp-user"
	cp "$model" "$tmp/user.onnx"
	chmod 755 "$tmp" "$tmp/locked" "$tmp/axp-user"
	chmod 644 "$tmp/user.onnx" "$tmp/calib.csv"
	echo old >"$tmp/locked/old.onnx"
	refuse "no right to write" 1 'locked/old.onnx: cannot be written: Permission denied' \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$tmp/axp-user" compile \
		"$tmp/user.onnx" --calib "$calib" -o "$tmp/locked/old.onnx"
	holds "the old file is kept" grep -q '^old$' "$tmp/locked/old.onnx"
else
	chmod 500 "$tmp/dir"
	refuse "no right to write" 1 'cannot be written: Permission denied' compile "$tmp/dir/o.onnx"
fi
# A full file system: what was there stays.
if [ "$(id -u)" -eq 0 ] && mkdir "$tmp/full" && mount -t tmpfs -o size=32k none "$tmp/full" 2>/dev/null; then
	echo old >"$tmp/full/old.onnx"
	refuse "a full file system" 1 'full/old.onnx: .*No space left' compile "$tmp/full/old.onnx"
	holds "the old file is kept" grep -q '^old$' "$tmp/full/old.onnx"
	holds "and nothing beside it" sh -c "[ \$(ls -A '$tmp/full' | wc -l) -eq 1 ]"
	umount "$tmp/full"
else
	skip "a full file system" "needs root and mount"
fi
done_testing
