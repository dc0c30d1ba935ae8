#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp faults: the sweeps, that they are repeatable, and what is refused. Backend soft;
# device/eval.sh compares the device with it.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

digits 20 >"$tmp/data.csv"
data=csv:$tmp/data.csv
for acc in f32 fixed; do
	"$AXP" compile "$model" --calib "$data" --scale 0.0625 --organisation shared -a $acc -o "$tmp/$acc.onnx" >"$tmp/text" || exit 1
done
"$AXP" compile "$model" --calib "$data" --scale 0.0625 --organisation flat -o "$tmp/flat.onnx" >"$tmp/text" || exit 1

study() { # MODEL FILE OPTION...
	s_model=$1 s_file=$2
	shift 2
	"$AXP" faults "$tmp/$s_model.onnx" --data "$data" --backend soft --json "$s_file" "$@"
}

for acc in f32 fixed; do
	serve "$acc: the report" '^rate +lut +- +0\.01 ' study $acc "$tmp/$acc.json" \
		-t act-key,act-care,lut,accumulator -r 1e-3,1e-2 --bits 0,29-30 --csv "$tmp/$acc.csv"
	json "$acc: a point for each rate and bit of each target" "$tmp/$acc.json" \
		'[(p["sweep"], p["bit"], round(p["rate"], 6)) for p in r["points"]] == 4 * [("rate", None, 0.001), ("rate", None, 0.01)] + 4 * [("bit", b, 0.01) for b in (0, 29, 30)]'
	json "$acc: what is faulty is counted, nothing else" "$tmp/$acc.json" \
		'all((p["cam_bits"] > 0) <= (p["target"] in ("act-key", "act-care")) and (p["lut_bits"] > 0) <= (p["target"] == "lut") and (p["acc_bits"] > 0) <= (p["target"] == "accumulator") for p in r["points"]) and sum(p["lut_bits"] for p in r["points"]) > 100 and sum(p["acc_bits"] for p in r["points"]) > 1000 and sum(p["cam_bits"] for p in r["points"]) > 10'
	json "$acc: faults change results" "$tmp/$acc.json" \
		'len({p["digest"] for p in r["points"]} - {r["digest_sound"]}) > 8'
	holds "$acc: as many lines as points, and a head" test "$(wc -l <"$tmp/$acc.csv")" -eq 21
	"$AXP" eval "$tmp/$acc.onnx" --data "$data" --backend soft --no-reference --json "$tmp/eval.json" >"$tmp/text"
	sound=$(sed -n 's/.*"digest": "\(.*\)".*/\1/p' "$tmp/eval.json")
	json "$acc: without faults it is axp eval" "$tmp/$acc.json" "r['digest_sound'] == '$sound'"
done

outcome() { grep -v -E '"engine":' "$1"; }
options='-t act-key,lut,accumulator -r 1e-2 --bits 30'
# shellcheck disable=SC2086 # a list of options
study f32 "$tmp/want.json" $options >"$tmp/text"
outcome "$tmp/want.json" >"$tmp/want"
for engine in $("$AXP" info | sed -n 's/^engines *//p' | tr -d ,); do
	# shellcheck disable=SC2086
	study f32 "$tmp/other.json" $options --engine "$engine" --threads 3 >"$tmp/text"
	outcome "$tmp/other.json" >"$tmp/got"
	holds "the same bits with engine $engine and 3 threads" cmp "$tmp/want" "$tmp/got"
done
# shellcheck disable=SC2086
study f32 "$tmp/other.json" $options --seed 2 >"$tmp/text"
holds "others with another seed" /usr/bin/python3 -c '
import json, sys
a, b = ([p["digest"] for p in json.load(open(f))["points"] if p["sweep"] == "rate"] for f in sys.argv[1:])
sys.exit(any(x == y for x, y in zip(a, b)))' "$tmp/want.json" "$tmp/other.json"

# Accumulators that hold nothing: every logit is 0, every answer the first class.
study f32 "$tmp/zero.json" -t accumulator -k stuck0 -r 1 --no-bits >"$tmp/text"
json "accumulators stuck at 0 answer 0, that is right for 2 of 20" "$tmp/zero.json" \
	'r["points"][0]["accuracy"] == 0.1 and r["points"][0]["rate"] == 1'
study flat "$tmp/flat.json" -r 1e-2 --no-bits --repeats 2 --limit 5 >"$tmp/text"
json "a flat table stores weight keys" "$tmp/flat.json" \
	'[p["target"] for p in r["points"]] == ["act-key", "act-care", "wgt-key", "wgt-care", "lut", "accumulator"]'
json "two seeds of each point" "$tmp/flat.json" \
	'all(p["accuracy_min"] <= p["accuracy"] <= p["accuracy_max"] for p in r["points"]) and r["repeats"] == 2 and r["samples"] == 5'
layer=$("$AXP" info "$tmp/f32.onnx" --json - | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["model"]["layers"][0]["name"])')
study f32 "$tmp/layer.json" -t lut -r 1e-2 --no-bits --layer "$layer" >"$tmp/text"
study f32 "$tmp/all.json" -t lut -r 1e-2 --no-bits >"$tmp/text"
holds "one layer has fewer wrong bits than all" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(f))["points"][0]["lut_bits"] for f in sys.argv[1:])
sys.exit(not 0 < a < b)' "$tmp/layer.json" "$tmp/all.json"

if command -v gnuplot >/dev/null; then
	run study f32 "$tmp/other.json" -t lut -r 1e-3,1e-2 --bits 30,31 --limit 4 --plot "$tmp/it's"
	holds "a plot" sh -c "[ $status -eq 0 ] && head -c 4 \"$tmp/it's.png\" | grep -q PNG && grep -q '<svg' \"$tmp/it's.svg\""
	refuse "a plot nowhere" 1 'none/p.svg' sh -c "'$AXP' faults '$tmp/f32.onnx' --data '$data' --backend soft -q -t lut -r 1 --no-bits --limit 1 --plot '$tmp/none/p' --json '$tmp/x.json' >/dev/null 2>'$tmp/e'; rc=\$?; grep '^axp:' '$tmp/e' >&2; exit \$rc"
else
	skip "a plot" "no gnuplot"
fi

f="$AXP faults $tmp/f32.onnx --data $data --backend soft"
# shellcheck disable=SC2086 # a command
{
	refuse "weight keys of a shared table" 1 'no weight keys' $f -q -t wgt-key -r 1e-2
	refuse "unknown target" 2 "targets: 'frob'" $f -t frob
	refuse "a target twice" 2 'lut twice' $f -t lut,lut
	refuse "unknown kind" 2 "one of stuck0, stuck1, flip" $f -k frob
	for rate in 0 -1 2 x 1e-11 nan '1e-3,,1'; do
		refuse "rate '$rate'" 2 'is a rate' $f -r "$rate"
	done
	for bits in 32 -1 3-1 x 0-99; do
		refuse "bits '$bits'" 2 "bits: '" $f --bits="$bits"
	done
	refuse "nothing to do" 2 'leave nothing' $f --no-rates --no-bits
	refuse "unknown layer" 1 "no layer 'frob'" $f -l frob
	refuse "a model without tables" 1 'axp compile makes them' "$AXP" faults "$model" --data "$data" --backend soft
	refuse "backend fp32" 1 'fp32 has no tables' "$AXP" faults "$tmp/f32.onnx" --data "$data" --backend fp32
}
done_testing
