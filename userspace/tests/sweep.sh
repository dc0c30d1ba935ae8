#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that holds calls
#
# axp sweep: points, baselines and front of the digits net; the same bytes with any
# number of threads and MPI processes, and after an interruption; what it refuses.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

# mpirun, as root and on fewer CPUs than processes
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
# what Open MPI leaves behind is its own; leaks of the tool show without mpirun
launch() { ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" mpirun "$@"; }

digits 40 >"$tmp/data.csv"
data=csv:$tmp/data.csv

sweep() { # OUT OPTION...
	s_out=$1
	shift
	"$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q --json "$s_out" "$@" >"$tmp/text"
}

grid='k=4,8 rows=8 word=8,16 org=shared,broadcast'
holds "a sweep" sweep "$tmp/want.json" --grid "$grid" --csv "$tmp/want.csv" --log "$tmp/want.log"
json "a point for every combination, and the baselines" "$tmp/want.json" \
	'[sum(p["role"] == x for p in r["points"]) for x in ("grid", "flat", "literal")] == [8, 12, 1]'
json "no point twice" "$tmp/want.json" 'len({p["key"] for p in r["points"]}) == 21'
json "the literal recipe is k-means, flat, without bias correction" "$tmp/want.json" \
	'r["literal"]["key"] == "k=16 rows=64 prefix=auto acc=f32 org=flat cluster=kmeans gating=on bias=off" and r["literal"]["role"] == "literal"'
json "best and best flat" "$tmp/want.json" \
	'r["best"]["role"] == "grid" and r["flat_best"]["organisation"] == "flat" and r["best"]["saving"] > r["flat_best"]["saving"]'
json "the front is of points that no other beats" "$tmp/want.json" \
	'all(p["pareto"] == (not any(q["saving"] >= p["saving"] and q["accuracy"] >= p["accuracy"] and (q["saving"] > p["saving"] or q["accuracy"] > p["accuracy"]) for q in r["points"])) for p in r["points"]) and any(p["pareto"] for p in r["points"])'
json "broadcast computes what shared does" "$tmp/want.json" \
	'all(p["digest"] == q["digest"] and p["saving"] != q["saving"] for p in r["points"] for q in r["points"] if p["organisation"] == "shared" and q["key"] == p["key"].replace("shared", "broadcast"))'
json "preset, class and FP32 are said" "$tmp/want.json" \
	'r["preset"] == "s28" and r["cam_class"] == "silicon28" and 0 <= r["accuracy_fp32"] <= 1 and all(abs(r["accuracy_fp32"] - p["accuracy"] - p["drop"]) < 1e-12 for p in r["points"])'
holds "CSV has the same points" /usr/bin/python3 -c '
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1])))
points = json.load(open(sys.argv[2]))["points"]
sys.exit([(x["key"], float(x["saving"]), int(x["pareto"])) for x in rows] != [(p["key"], p["saving"], p["pareto"]) for p in points])' \
	"$tmp/want.csv" "$tmp/want.json"
holds "the text has the baselines" sh -c "sweep() { '$AXP' sweep '$model' --data '$data' --calib '$data' --scale 0.0625 -q --log '$tmp/want.log' --grid '$grid'; }; sweep >'$tmp/text' && grep -q '^best flat ' '$tmp/text' && grep -q '^literal ' '$tmp/text' && grep -q 'literal recipe' '$tmp/text' && grep -q '^\* ' '$tmp/text'"

# a point is what axp compile and axp eval make of it
"$AXP" compile "$model" --calib "$data" --scale 0.0625 -o "$tmp/one.onnx" -q -a fixed -k 8 --rows 8 --word-bits 16 >"$tmp/text"
"$AXP" eval "$tmp/one.onnx" --data "$data" --backend soft -q --no-reference --json "$tmp/one.json" >"$tmp/text"
holds "a point is what compile and eval make" /usr/bin/python3 -c '
import json, sys
one, r = (json.load(open(f)) for f in sys.argv[1:])
p, = [p for p in r["points"] if p["key"] == "k=8 rows=8 prefix=auto acc=fixed org=shared word=16 lanes=auto cluster=compensated gating=on bias=on"]
sys.exit(p["digest"] != one["digest"] or abs(p["saving"] - one["saving"]) > 1e-7)' "$tmp/one.json" "$tmp/want.json"

# pruning is a thing of its own
holds "a sweep with pruning" sweep "$tmp/prune.json" --grid 'k=8 rows=8 prune=0,0.30,0.5' --no-baselines --csv "$tmp/prune.csv"
"$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q --no-baselines \
	--grid 'k=8 rows=8 prune=0,0.3' >"$tmp/text2"
json "points with and without" "$tmp/prune.json" \
	'[(p["prune"], p["key"].partition(" prune=")[2]) for p in r["points"]] == [(0, ""), (0.3, "0.3"), (0.5, "0.5")]'
json "more of it saves more" "$tmp/prune.json" \
	'r["points"][0]["saving"] < r["points"][1]["saving"] < r["points"][2]["saving"]'
json "the best has none of it, the best with it is another" "$tmp/prune.json" \
	'r["best"]["prune"] == 0 and r["best_pruned"]["prune"] > 0 and r["points"][0]["pareto"]'
json "null where nothing is pruned" "$tmp/want.json" \
	'r["best_pruned"] is None and all(p["prune"] == 0 for p in r["points"])'
holds "the text tells them apart" sh -c "grep -q 'pruned 30%' '$tmp/text2' && grep -q '^pruned  ' '$tmp/text2' && grep -q 'pruned nets on one of their own' '$tmp/text2'"
refuse "pruning of more than all" 2 "prune='1.5': a number from 0 to 1 is needed" \
	sweep "$tmp/none.json" --grid prune=1.5
refuse "pruning of a word" 2 "prune='some'" sweep "$tmp/none.json" --grid prune=some

for n in 1 3; do
	holds "$n threads" sweep "$tmp/got.json" --grid "$grid" --jobs $n
	holds "give the same bytes" cmp "$tmp/want.json" "$tmp/got.json"
done
# the words of a grid may follow, in long names too
# shellcheck disable=SC2086
holds "a grid of several words" sweep "$tmp/got.json" --grid $grid --log "$tmp/want.log"
holds "is the same grid" cmp "$tmp/want.json" "$tmp/got.json"

# wait_lines FILE N PID: until the log has N lines; fails when the sweep ended first
wait_lines() {
	while [ "$(wc -l <"$1" 2>/dev/null || echo 0)" -lt "$2" ]; do
		kill -0 "$3" 2>/dev/null || return 1
		sleep 0.02
	done
}
"$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q --jobs 1 \
	--json "$tmp/never.json" --grid "$grid" --log "$tmp/cut.log" >"$tmp/text" 2>&1 &
pid=$!
holds "a sweep is killed on its way" wait_lines "$tmp/cut.log" 4 $pid
kill -9 $pid
wait $pid 2>/dev/null
lines=$(wc -l <"$tmp/cut.log")
holds "some points are done, not all" test "$lines" -ge 4 -a "$lines" -lt 22
holds "no result is there" test ! -e "$tmp/never.json"
printf '{"key":"k=4 rows' >>"$tmp/cut.log"
cp "$tmp/cut.log" "$tmp/mpi.log"
holds "it is resumed, with a line cut in two" sweep "$tmp/got.json" --grid "$grid" --log "$tmp/cut.log"
holds "and gives the same bytes" cmp "$tmp/want.json" "$tmp/got.json"
holds "points that were done are not done again" /usr/bin/python3 -c '
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
keys = [l["key"] for l in lines[1:]]
sys.exit(len(keys) != 21 or len(set(keys)) != 21)' "$tmp/cut.log"

if [ -e "$(dirname "$AXP")/axp-mpi.so" ] && command -v mpirun >/dev/null 2>&1; then
	ranks() { # N OUT OPTION...
		r_n=$1 r_out=$2
		shift 2
		launch -n "$r_n" "$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q \
			--json "$r_out" --grid "$grid" "$@" >"$tmp/text"
	}
	for n in 1 2 4; do
		holds "$n MPI processes" ranks $n "$tmp/got.json"
		holds "give the same bytes as threads" cmp "$tmp/want.json" "$tmp/got.json"
	done
	holds "MPI goes on where threads were killed" ranks 3 "$tmp/got.json" --log "$tmp/mpi.log"
	holds "with the same bytes" cmp "$tmp/want.json" "$tmp/got.json"
	rm "$tmp/mpi.log"
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" mpirun -n 2 "$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q \
		--grid "$grid" --log "$tmp/mpi.log" --json "$tmp/never.json" >"$tmp/text" 2>&1 &
	pid=$!
	holds "MPI processes are ended on their way" wait_lines "$tmp/mpi.log" 3 $pid
	kill -TERM $pid
	wait $pid 2>/dev/null
	if [ "$(wc -l <"$tmp/mpi.log")" -lt 22 ]; then
		holds "before they were done" test ! -e "$tmp/never.json"
	else
		skip "before they were done" "they were quicker than the signal"
	fi
	holds "and resumed by others" ranks 4 "$tmp/got.json" --log "$tmp/mpi.log"
	holds "with the same bytes again" cmp "$tmp/want.json" "$tmp/got.json"
	run launch -n 2 "$AXP" sweep "$model" --data "$data" --calib "$data" -q --grid k=4 --jobs 2
	holds "--jobs is for one process, and is said once" sh -c "[ $status -ne 0 ] && [ \"\$(grep -c '^axp: sweep: --jobs' '$tmp/stderr')\" -eq 1 ]"
	run launch -n 2 "$AXP" sweep "$model" --data "csv:$tmp/none.csv" --calib "$data" -q --grid k=4
	holds "an error ends all processes" sh -c "[ $status -ne 0 ] && grep -q '^axp: .*none.csv: .*No such file' '$tmp/stderr'"
else
	skip "MPI processes" "built without MPI, or no mpirun"
fi
mkdir "$tmp/alone"
cp "$AXP" "$tmp/alone/axp"
if [ ! -e /usr/local/lib/axp/axp-mpi.so ]; then
	refuse "mpirun with a tool that has no MPI" 1 'without MPI' \
		env OMPI_COMM_WORLD_SIZE=2 "$tmp/alone/axp" sweep "$model" --data "$data" --calib "$data" --grid k=4
else
	skip "mpirun with a tool that has no MPI" "an axp with MPI is installed"
fi

holds "every price" sweep "$tmp/all.json" --grid k=4 -p all --cam-class all --no-baselines
json "of one run" "$tmp/all.json" 'len(r["points"]) == 1 and len(r["points"][0]["prices"]) == 24 and r["flat_best"] is None and r["literal"] is None and r["preset"] == "s28"'
holds "what a model cannot have" sweep "$tmp/bad.json" --grid 'rows=8,2000 org=shared,significand' --no-baselines
json "is said, and what does not exist is left out" "$tmp/bad.json" \
	'[p["error"] for p in r["points"] if p["error"]] and len(r["points"]) == 2 and r["left_out"] == 2 and r["best"]["rows"] == 8'

if command -v gnuplot >/dev/null 2>&1; then
	holds "a chart" sweep "$tmp/got.json" --grid "$grid" --log "$tmp/want.log" --charts "$tmp/charts"
	holds "as SVG and PNG, with its legend" /usr/bin/python3 -c '
import os, sys, xml.etree.ElementTree as et
text = " ".join(et.parse(sys.argv[1] + ".svg").getroot().itertext())
words = ("Pareto front", "shared", "broadcast", "best flat", "literal recipe", "FP32", "s28")
sys.exit(not all(w in text for w in words) or os.path.getsize(sys.argv[1] + ".png") < 5000)' \
		"$tmp/charts/digits-pareto"
else
	skip "a chart" "no gnuplot"
fi

bad() { # NAME STATUS PATTERN OPTION...
	b_name=$1 b_status=$2 b_pattern=$3
	shift 3
	refuse "$b_name" "$b_status" "$b_pattern" "$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q "$@"
}
bad "another grid name" 2 "there is no 'q'" --grid q=1
bad "no value" 2 "k has no value" --grid k=
bad "no name" 2 "'8': NAME=VALUE" --grid 8
bad "a value out of range" 2 "k='1': a number from 2 to 256, or auto" --grid k=1
bad "a word that is no multiple of 8" 2 "word='12': .*multiple of 8" --grid word=12
bad "an organisation that is none" 2 "org='x': one of flat, .*broadcast" --grid org=x
bad "a name twice" 2 'k is given twice' --grid 'k=4 centroids=8'
bad "nothing that exists" 2 'no combination of it exists' --grid 'org=significand acc=fixed'
bad "a negative drop" 2 'max-drop' --grid k=4 --max-drop -1
bad "another model's log" 1 'want.log: is the log of a sweep over another' --grid k=4 --log "$tmp/want.log" --samples 7
cp "$tmp/data.csv" "$tmp/text.log"
bad "a log that is none" 1 'text.log: line 1: is not the log' --grid k=4 --log "$tmp/text.log"
holds "stays as it was" cmp "$tmp/data.csv" "$tmp/text.log"
sed '3s/.*/{"no":"key"}/' "$tmp/want.log" >"$tmp/line.log"
bad "a line that is none" 1 'line.log: line 3: is not the result' --grid k=4 --log "$tmp/line.log"
refuse "a log in use" 1 'want.log: is in use' flock "$tmp/want.log" \
	"$AXP" sweep "$model" --data "$data" --calib "$data" --scale 0.0625 -q --grid k=4 --log "$tmp/want.log"
refuse "a compiled model" 1 'is compiled already' "$AXP" sweep "$tmp/one.onnx" --data "$data" --calib "$data" -q --grid k=4
cut -d, -f 1-64 "$tmp/data.csv" >"$tmp/unlabelled.csv"
refuse "data without labels" 1 'unlabelled.csv.* no labels' \
	"$AXP" sweep "$model" --data "csv:$tmp/unlabelled.csv" --calib "$data" --scale 0.0625 -q --grid k=4
refuse "no grid" 2 'GRID is missing' "$AXP" sweep "$model" --data "$data" --calib "$data"
done_testing
