#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp eval: the report, and what it refuses. Runs on backends soft and fp32; the
# demo compares soft with the device.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

digits 40 >"$tmp/data.csv"
data=csv:$tmp/data.csv
for acc in f32 fixed; do
	"$AXP" compile "$model" --calib "$data" --scale 0.0625 --organisation shared -a $acc -o "$tmp/$acc.onnx" >"$tmp/text" || exit 1
done

report() { # MODEL FILE OPTION...
	r_model=$1 r_file=$2
	shift 2
	"$AXP" eval "$tmp/$r_model.onnx" --data "$data" --json "$r_file" --backend soft "$@"
}

keys='"model backend engine organisation preset cam_class samples accuracy accuracy_fp32 macs gated hits_exact hits_approx misses searches energy_pj baseline_pj baseline_gated_pj saving saving_vs_gated seconds lanes accumulator layers".split()'
layer_keys='"name op macs gated hits_exact hits_approx misses energy_pj baseline_pj k rows key_bits".split()'
sums='all(sum(l[k] for l in r["layers"]) == r[k] for k in "macs gated hits_exact hits_approx misses searches zero_act clamped".split())'
energies='all(abs(sum(l[k] for l in r["layers"]) + p - r[k]) < 0.01 for k, p in (("energy_pj", r["program_pj"]), ("baseline_pj", 0), ("baseline_gated_pj", 0)))'

for acc in f32 fixed; do
	serve "$acc: the report" '^accuracy +[0-9]' report $acc "$tmp/$acc.json" --reference "$model"
	json "$acc: every key of the contract" "$tmp/$acc.json" "set($keys) <= set(r) and None not in [r[k] for k in $keys]"
	json "$acc: of the layers too" "$tmp/$acc.json" "all(set($layer_keys) <= set(l) for l in r['layers'])"
	json "$acc: settings" "$tmp/$acc.json" "r['backend'] == 'soft' and r['accumulator'] == '$acc' and r['organisation'] == 'shared' and r['preset'] == 's28' and r['cam_class'] == 'silicon28' and r['lanes'] == 16 and r['samples'] == 40"
	json "$acc: MACs are gated, hits or misses" "$tmp/$acc.json" \
		'r["macs"] == r["gated"] + r["hits_exact"] + r["hits_approx"] + r["misses"] == 40 * 242880'
	json "$acc: layers add up to the counters" "$tmp/$acc.json" "$sums"
	json "$acc: and to the energies" "$tmp/$acc.json" "$energies"
	json "$acc: savings are those of the energies" "$tmp/$acc.json" \
		'abs(1 - r["energy_pj"] / r["baseline_pj"] - r["saving"]) < 1e-9 and abs(1 - r["energy_pj"] / r["baseline_gated_pj"] - r["saving_vs_gated"]) < 1e-9'
	json "$acc: fractions" "$tmp/$acc.json" '0 <= r["accuracy"] <= 1 and 0 <= r["accuracy_fp32"] <= 1 and 0 < r["saving"] < 1'
done

# The same whatever runs it.
outcome() { grep -v -E '"(engine|seconds)":' "$1"; }
outcome "$tmp/f32.json" >"$tmp/want"
for n in 1 3; do
	report f32 "$tmp/other.json" --reference "$model" --threads $n >"$tmp/text"
	outcome "$tmp/other.json" >"$tmp/got"
	holds "the same with $n threads" cmp "$tmp/want" "$tmp/got"
done
report f32 "$tmp/other.json" --reference "$model" --batch 7 >"$tmp/text"
outcome "$tmp/other.json" >"$tmp/got"
holds "logits and MACs are the same with batches of 7" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
keys = "digest correct macs gated hits_exact hits_approx misses".split()
sys.exit([a[k] for k in keys] != [b[k] for k in keys])' "$tmp/f32.json" "$tmp/other.json"
for engine in $("$AXP" info | sed -n 's/^engines *//p' | tr -d ,); do
	report f32 "$tmp/other.json" --reference "$model" --engine "$engine" >"$tmp/text"
	outcome "$tmp/other.json" >"$tmp/got"
	holds "the same with engine $engine" cmp "$tmp/want" "$tmp/got"
	json "and it was used" "$tmp/other.json" "r['engine'] == '$engine'"
done

report f32 "$tmp/j7.json" -p j7 --cam-class nor >"$tmp/text"
json "another preset prices the same events" "$tmp/j7.json" 'r["preset"] == "j7" and r["cam_class"] == "nor"'
holds "at another energy" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
sys.exit(a["searches"] != b["searches"] or a["energy_pj"] == b["energy_pj"])' "$tmp/f32.json" "$tmp/j7.json"

"$AXP" eval "$tmp/f32.onnx" --data "$data" --backend fp32 --json - >"$tmp/fp32.json"
json "backend fp32 counts MACs and nothing else" "$tmp/fp32.json" \
	'r["macs"] == 40 * 242880 and r["misses"] is None and r["energy_pj"] is None and r["saving"] is None and r["accuracy"] == r["accuracy_fp32"]'
serve "backend fp32 as text" 'backend fp32, engine oneDNN' "$AXP" eval "$tmp/f32.onnx" --data "$data" --backend fp32
"$AXP" eval "$model" --data "$data" --scale 0.0625 --backend soft --json - >"$tmp/plain.json"
json "a model that is not compiled misses everything" "$tmp/plain.json" \
	'r["organisation"] is None and r["misses"] + r["gated"] == r["macs"] and r["hits_exact"] == 0'
json "and is as accurate as FP32" "$tmp/plain.json" 'r["correct"] == r["correct_fp32"]'
"$AXP" eval "$tmp/f32.onnx" --data "${data}[5:25:2]" --backend soft --confusion --json - >"$tmp/slice.json"
json "a slice of the data, and its confusion" "$tmp/slice.json" \
	'r["samples"] == 10 == sum(map(sum, r["confusion"])) and sum(r["confusion"][i][i] for i in range(10)) == r["correct"]'
report f32 "$tmp/alone.json" --no-reference >"$tmp/text"
json "without a reference its accuracy is not made up" "$tmp/alone.json" \
	'r["accuracy_fp32"] is None and r["reference"] is None and r["accuracy"] is not None'
report f32 "$tmp/limit.json" --limit 7 >"$tmp/text"
json "the first samples" "$tmp/limit.json" 'r["samples"] == 7'
"$AXP" eval "$tmp/f32.onnx" --data "$data" --scale 1 --backend soft --json - >"$tmp/scale.json"
holds "--scale beats what is stored" sh -c "! grep -q \"\$(grep digest '$tmp/f32.json')\" '$tmp/scale.json'"

if [ ! -e /dev/axp ]; then
	run "$AXP" eval "$tmp/f32.onnx" --data "${data}[:1]" --json -
	holds "without a device backend soft runs, and it is said" \
		sh -c "[ $status -eq 0 ] && grep -q 'backend soft, not on the device: /dev/axp' '$tmp/stderr' && grep -q '\"backend\": \"soft\"' '$tmp/stdout'"
	refuse "--backend device without a device" 1 '/dev/axp: .*not loaded' \
		"$AXP" eval "$tmp/f32.onnx" --data "$data" --backend device
else
	skip "without a device backend soft runs, and it is said" "there is a device"
fi
refuse "--device that is none" 1 '/dev/null' "$AXP" eval "$tmp/f32.onnx" --data "$data" --device /dev/null
refuse "unknown engine" 1 "frob" "$AXP" eval "$tmp/f32.onnx" --data "$data" --engine frob
refuse "missing model" 1 "none.onnx: .*No such file" "$AXP" eval "$tmp/none.onnx" --data "$data"
refuse "missing reference" 1 "none.onnx: .*No such file" "$AXP" eval "$tmp/f32.onnx" --data "$data" -r "$tmp/none.onnx"
/usr/bin/python3 "$here/onnx.py" good >"$tmp/good.onnx"
refuse "a reference of another shape" 1 'good.onnx: its input has other dimensions' \
	"$AXP" eval "$tmp/f32.onnx" --data "$data" -r "$tmp/good.onnx"
refuse "missing data" 1 "none.csv: .*No such file" "$AXP" eval "$tmp/f32.onnx" --data "csv:$tmp/none.csv" --backend soft
cut -d, -f 1-64 "$tmp/data.csv" >"$tmp/unlabelled.csv"
refuse "data without labels" 1 'unlabelled.csv.* no labels' "$AXP" eval "$tmp/f32.onnx" --data "csv:$tmp/unlabelled.csv" --backend soft
sed '7s/,[0-9]*$/,10/' "$tmp/data.csv" >"$tmp/label.csv"
refuse "a label that is no class" 1 'label.*10' "$AXP" eval "$tmp/f32.onnx" --data "csv:$tmp/label.csv" --backend soft
head -c 3000 "$tmp/f32.onnx" >"$tmp/cut.onnx"
"$AXP" compile "$model" --calib "$data" --scale 0.0625 -k 16 --prune 0.5 -o "$tmp/pruned.onnx" >"$tmp/text"
serve "a pruned model says so, in a line of its own" '^pruning +50% of the weights ' \
	"$AXP" eval "$tmp/pruned.onnx" --data "$data" --backend soft --json "$tmp/pruned.json"
holds "and with every saving" test "$(grep -c '%.*, with pruning$' "$tmp/stdout")" -eq 2
json "in JSON, too" "$tmp/pruned.json" \
	'r["prune"] == {"fraction": 0.5, "pruned": 16128, "weights": 33040}'
/usr/bin/python3 -c '
import struct, sys
head = "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (4, 1, 8, 8), }"
head += " " * (117 - len(head)) + "\n"
values = [0.0] * 256
values[201] = float("nan")
open(sys.argv[1], "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() +
                              struct.pack("<256f", *values))
head = head.replace("<f4", "<i4").replace("(4, 1, 8, 8)", "(4,)").strip()
head += " " * (117 - len(head)) + "\n"
open(sys.argv[2], "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() +
                              struct.pack("<4i", 0, 1, 2, 3))' "$tmp/x.npy" "$tmp/y.npy"
refuse "a NaN, whose sample is named once" 1 'y.npy: sample 3: element 9 is nan' \
	"$AXP" eval "$model" --data "npy:$tmp/x.npy,$tmp/y.npy" --backend fp32
refuse "a cut compiled model" 1 'cut.onnx: ' "$AXP" eval "$tmp/cut.onnx" --data "$data"
LC_ALL=C sed 's/axp\.input\.scale\(..\)0\.0625/axp.input.scale\10.06x5/' "$tmp/f32.onnx" >"$tmp/meta.onnx"
refuse "metadata that is no number" 1 "meta.onnx: metadata axp.input.scale '0.06x5'" \
	"$AXP" eval "$tmp/meta.onnx" --data "$data" --backend soft

echo old >"$tmp/old.json"
refuse "a report that cannot be made" 1 'none.csv' "$AXP" eval "$tmp/f32.onnx" --data "csv:$tmp/none.csv" --backend soft --json "$tmp/old.json"
holds "the old file is kept" grep -q '^old$' "$tmp/old.json"
holds "and nothing beside it" sh -c "! ls '$tmp' | grep -q 'old.json.'"
report f32 "$tmp/old.json" >"$tmp/text"
json "a report replaces the old file" "$tmp/old.json" 'r["samples"] == 40'
refuse "a report into nowhere" 1 "$tmp/none/r.json: cannot be written" report f32 "$tmp/none/r.json"
if [ -c /dev/full ]; then
	run "$AXP" eval "$tmp/f32.onnx" --data "${data}[:1]" --backend soft --json /dev/full
	holds "a report onto a full disk" \
		sh -c "[ $status -eq 1 ] && grep -q '^axp: /dev/full: No space left' '$tmp/stderr'"
else
	skip "a report onto a full disk" "no /dev/full"
fi
done_testing
