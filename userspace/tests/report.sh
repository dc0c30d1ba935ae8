#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that holds calls
#
# axp report: parts, savings, prices and charts of the digits net, and what it refuses.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

digits 40 >"$tmp/data.csv"
data=csv:$tmp/data.csv
compile() { # NAME OPTION...
	c_name=$1
	shift
	"$AXP" compile "$model" --calib "$data" --scale 0.0625 -o "$tmp/$c_name.onnx" -q "$@" >"$tmp/text" || exit 1
}
compile shared -a fixed --word-bits 16
compile broadcast -a fixed --word-bits 16 --organisation broadcast
compile ungated -a fixed --word-bits 16 --no-gating
compile f32 -a f32 --organisation shared

report() { # OUT OPTION...
	r_out=$1
	shift
	"$AXP" report -q --json "$r_out" --backend soft "$@" >"$tmp/text"
}

parts='"search_pj lut_pj mul_pj add_pj convert_pj zero_pj program_pj".split()'
price='r["models"][0]["prices"][0]'
holds "a report" report "$tmp/r.json" "$tmp/shared.onnx" --data "$data" --reference "$model"
json "parts make the energy, of all layers and of each" "$tmp/r.json" \
	"all(abs(sum(p[k] for k in $parts) - p['energy_pj']) < 1e-6 * p['energy_pj'] for p in [$price] + ${price}['layers'])"
json "layers make the total" "$tmp/r.json" \
	"all(abs(sum(l[k] for l in ${price}['layers']) - ${price}[k]) < 1e-6 * ${price}['baseline_pj'] for k in $parts + ['energy_pj', 'baseline_pj', 'ungated_pj'])"
json "preset, class, accuracy, memory, settings" "$tmp/r.json" \
	"${price}['preset'] == 's28' and ${price}['cam_class'] == 'silicon28' and r['models'][0]['samples'] == 40 and abs(r['models'][0]['accuracy_fp32'] - r['models'][0]['accuracy'] - r['models'][0]['drop']) < 1e-12 and 0.8 < r['models'][0]['memory']['saving'] < 0.9 and r['models'][0]['organisation'] == 'shared'"
json "savings are those of the energies" "$tmp/r.json" \
	"abs(1 - ${price}['energy_pj'] / ${price}['baseline_pj'] - ${price}['saving']) < 1e-12 and abs(1 - ${price}['ungated_pj'] / ${price}['baseline_pj'] - ${price}['saving_ungated']) < 1e-12 and ${price}['saving_ungated'] < ${price}['saving']"
json "a complete table hits always, and pays early" "$tmp/r.json" "${price}['hit_rate'] == 1 and 0 < ${price}['break_even'] < 0.3"
json "other formats" "$tmp/r.json" "[f['format'] for f in ${price}['formats']] == ['FP32', 'FP16', 'FP16+FP32', 'BF16', 'BF16+FP32', 'INT8+INT32'] and abs(${price}['formats'][5]['saving'] - 0.935) < 0.001"

# the same energies as axp eval, which prices jobs as they run
"$AXP" eval "$tmp/shared.onnx" --data "$data" --backend soft --no-reference -q --json "$tmp/e.json" >"$tmp/text"
holds "the energies of axp eval" /usr/bin/python3 -c '
import json, sys
r, e = (json.load(open(f)) for f in sys.argv[1:])
p = r["models"][0]["prices"][0]
sys.exit(any(abs(p[k] - e[k]) > 0.1 for k in ("energy_pj", "baseline_pj", "baseline_gated_pj", "program_pj")))' \
	"$tmp/r.json" "$tmp/e.json"

serve "text: baselines, formats, memory" 'against FP32 MACs that skip zero activations' \
	"$AXP" report "$tmp/shared.onnx" --data "$data" --backend soft -q
holds "all of them" sh -c "grep -q 'preset s28, CAM class silicon28' '$tmp/stdout' && grep -q 'without gating, if' '$tmp/stdout' && grep -q 'INT8+INT32 0.152 pJ (saves 93.5%)' '$tmp/stdout' && grep -q '^memory .*clustering does that' '$tmp/stdout' && grep -q 'even at' '$tmp/stdout'"

compile pruned -a fixed --word-bits 16 --prune 0.5
serve "a pruned model says so, in a line of its own" '^pruning +50% of the weights ' \
	"$AXP" report "$tmp/pruned.onnx" --data "$data" --backend soft -q
holds "and with every saving" test "$(grep -c '%.*, with pruning$' "$tmp/stdout")" -eq 3
holds "others do not" sh -c "'$AXP' report '$tmp/shared.onnx' --data '$data' --backend soft -q >'$tmp/text' && ! grep -q pruning '$tmp/text'"
holds "both in one report" report "$tmp/p.json" "$tmp/shared.onnx" "$tmp/pruned.onnx" --data "$data" --csv "$tmp/p.csv"
json "are told apart" "$tmp/p.json" \
	'r["models"][0]["prune"] is None and r["models"][1]["prune"] == {"fraction": 0.5, "pruned": 16128, "weights": 33040}'
holds "in the CSV, too" /usr/bin/python3 -c '
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
sys.exit([float(r["prune"]) for r in rows if r["layer"] == "total"] != [0, 0.5])' "$tmp/p.csv"

holds "no gating" report "$tmp/u.json" "$tmp/ungated.onnx" --data "$data"
json "nothing is projected for it" "$tmp/u.json" "${price}['saving_ungated'] == ${price}['saving'] and ${price}['zero_pj'] == 0 and ${price}['active'] == ${price}['macs']"
holds "the projection of the gated model is near it" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f))["models"][0]["prices"][0]["saving_ungated"] for f in sys.argv[1:])
print(a, b)
sys.exit(abs(a - b) > 0.01)' "$tmp/r.json" "$tmp/u.json"

holds "every preset and class" report "$tmp/all.json" "$tmp/shared.onnx" "$tmp/broadcast.onnx" \
	--data "$data" -p all --cam-class all --csv "$tmp/all.csv"
json "24 prices of one run" "$tmp/all.json" \
	"all(len({(p['preset'], p['cam_class']) for p in m['prices']}) == 24 and len({p['hits'] for p in m['prices']}) == 1 and len({p['energy_pj'] for p in m['prices']}) > 20 for m in r['models'])"
json "one of them is the first report's" "$tmp/all.json" \
	"[p for p in r['models'][0]['prices'] if p['preset'] == 's28' and p['cam_class'] == 'silicon28'][0]['energy_pj'] == json.load(open('$tmp/r.json'))['models'][0]['prices'][0]['energy_pj']"
json "a free search costs nothing" "$tmp/all.json" \
	"all(p['search_pj'] < q['search_pj'] for m in r['models'] for p in m['prices'] if p['cam_class'] == 'zero' for q in m['prices'] if q['cam_class'] == 'nor' and q['preset'] == p['preset'])"
json "broadcast: the same hits, fewer joules in searches, a row for each" "$tmp/all.json" \
	"all(a['hits'] == b['hits'] and a['add_pj'] == b['add_pj'] and a['search_pj'] > b['search_pj'] and a['lut_pj'] != b['lut_pj'] for a, b in zip(r['models'][0]['prices'], r['models'][1]['prices']))"
holds "CSV: a line for each layer, price and model, as the JSON says" /usr/bin/python3 -c '
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
r = json.load(open(sys.argv[2]))
want = [(m["model"], p["preset"], p["cam_class"], l.get("name", "total"), l["energy_pj"])
        for m in r["models"] for p in m["prices"] for l in p["layers"] + [p]]
got = [(x["model"], x["preset"], x["cam_class"], x["layer"], float(x["energy_pj"])) for x in rows]
assert len(want) == 2 * 24 * 6
sys.exit(any(a[:4] != b[:4] or abs(a[4] - b[4]) > 1e-9 * b[4] for a, b in zip(got, want)) or len(got) != len(want))' \
	"$tmp/all.csv" "$tmp/all.json"
holds "plain words" report "$tmp/plain.json" "$tmp/shared.onnx" --data "$data" --plain-words
holds "16 bit words are 0.625 of them" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f))["models"][0]["prices"][0] for f in sys.argv[1:])
sys.exit(abs(a["lut_pj"] / b["lut_pj"] - 0.625) > 1e-6 or a["search_pj"] != b["search_pj"] or not b["plain_words"])' \
	"$tmp/r.json" "$tmp/plain.json"

holds "without data: a bound" report "$tmp/bound.json" "$tmp/f32.onnx"
json "no zeros, no misses, no accuracy" "$tmp/bound.json" \
	"${price}['active'] == ${price}['hits'] == ${price}['macs'] == 242880 and ${price}['program_pj'] == 0 and r['models'][0]['accuracy'] is None and ${price}['saving_vs_gated'] is None and ${price}['saving'] == ${price}['saving_ungated'] < 0.8044"
holds "a model that is not compiled" report "$tmp/fp32.json" "$model" --data "$data" --scale 0.0625
json "saves nothing" "$tmp/fp32.json" "abs(${price}['saving']) < 1e-9 and ${price}['hits'] == 0 and ${price}['memory_saving'] == 0 and ${price}['break_even'] is None"

if command -v gnuplot >/dev/null 2>&1; then
	holds "charts" report "$tmp/c.json" "$tmp/shared.onnx" "$tmp/broadcast.onnx" --data "$data" -p all --charts "$tmp/charts"
	n=0
	for kind in shared-energy shared-hits shared-presets broadcast-energy broadcast-hits broadcast-presets accuracy; do
		[ -s "$tmp/charts/$kind.svg" ] && [ -s "$tmp/charts/$kind.png" ] && n=$((n + 1))
	done
	holds "seven of them, twice" test $n -eq 7 -a "$(find "$tmp/charts" -type f | wc -l)" -eq 14
	holds "SVG is well-formed and has the legend" /usr/bin/python3 -c '
import sys, xml.etree.ElementTree as et
text = " ".join(et.parse(sys.argv[1]).getroot().itertext())
sys.exit(not all(w in text for w in ("CAM search", "LUT", "adder", "conv2", "all layers", "s28", "silicon28")))' \
		"$tmp/charts/shared-energy.svg"
	holds "PNG is one" sh -c "head -c 8 '$tmp/charts/accuracy.png' | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a'"
	refuse "a folder that is a file" 1 'data.csv: is no folder' "$AXP" report "$tmp/f32.onnx" --charts "$tmp/data.csv"
	mkdir "$tmp/closed"
	mkdir "$tmp/closed/f32-energy.svg"
	refuse "a chart that cannot be written" 1 'f32-energy.svg: cannot be written' \
		"$AXP" report "$tmp/f32.onnx" --charts "$tmp/closed"
	holds "and nothing half done stays" test "$(find "$tmp/closed" -type f | wc -l)" -eq 0
else
	skip "charts" "no gnuplot"
fi
mkdir "$tmp/bin"
refuse "charts without gnuplot" 1 'gnuplot cannot be run.*gnuplot-nox' env PATH="$tmp/bin" "$AXP" report "$tmp/f32.onnx" --charts "$tmp/none"
refuse "backend fp32" 2 'counts nothing' "$AXP" report "$tmp/f32.onnx" --data "$data" --backend fp32
refuse "custom is the device's" 2 "preset 'custom': one of h45, .*j7, all" "$AXP" report "$tmp/f32.onnx" -p custom
refuse "a reference without data" 2 'reference is for --data' "$AXP" report "$tmp/f32.onnx" -r "$model"
refuse "JSON and CSV on one output" 2 'exclude each other' "$AXP" report "$tmp/f32.onnx" --json - --csv -
refuse "no model" 2 'MODEL' "$AXP" report
refuse "a missing model" 1 'none.onnx: .*No such file' "$AXP" report "$tmp/f32.onnx" "$tmp/none.onnx"
cut -d, -f 1-64 "$tmp/data.csv" >"$tmp/unlabelled.csv"
refuse "data without labels" 1 'unlabelled.csv.* no labels' "$AXP" report "$tmp/f32.onnx" --data "csv:$tmp/unlabelled.csv" --backend soft
done_testing
