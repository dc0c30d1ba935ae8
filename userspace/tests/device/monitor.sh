#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# device/monitor.sh MODELS: axp monitor and axp top on the device while a model of
# MODELS runs. Needs root and a loaded module that nobody else uses.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/../tap.inc"

model=$1/shared-f32.onnx
digits 40 >"$tmp/digits.csv"
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
cp "$AXP" "$tmp/axp-user"
chmod 711 "$tmp"
chmod 755 "$tmp/axp-user"
sysfs=/sys/class/misc/axp

# until the command is true, a minute at most
wait_for() {
	i=0
	until "$@" || [ $i -ge 600 ]; do
		sleep 0.1
		i=$((i + 1))
	done
}

# all rows of JSON lines: an array
lines() { /usr/bin/python3 -c 'import json, sys
json.dump([json.loads(line) for line in open(sys.argv[1])], open(sys.argv[2], "w"))' "$1" "$2"; }

"$AXP" monitor --json --interval 200 >"$tmp/log" 2>"$tmp/log.err" &
listener=$!
wait_for grep -qs '"device"' "$tmp/log"
run "$AXP" eval "$model" --data "csv:$tmp/digits.csv" --scale 0.0625 --backend device \
	--no-reference --json "$tmp/eval.json"
holds "a model runs" test "$status" -eq 0
# the device, once more, after the client has gone
wait_for sh -c "sed -n '/client-gone/,\$p' '$tmp/log' | grep -q '\"device\"'"
kill $listener
status=0
wait $listener || status=$?
holds "an interrupted monitor ends well" test $status -eq 0
holds "root misses nothing" test ! -s "$tmp/log.err"
lines "$tmp/log" "$tmp/log.json"
/usr/bin/python3 -c 'import json, sys
json.dump({"log": json.load(open(sys.argv[1])), "eval": json.load(open(sys.argv[2]))},
	  open(sys.argv[3], "w"))' "$tmp/log.json" "$tmp/eval.json" "$tmp/both.json"
json "the client comes and goes" "$tmp/both.json" \
	'[e["what"] for e in r["log"] if e["what"].startswith("client-")] == ["client-new", "client-gone"]'
json "its tables come and go" "$tmp/both.json" \
	'0 < sum(e["what"] == "table-new" for e in r["log"]) == sum(e["what"] == "table-gone" for e in r["log"])'
json "its last sample is what axp eval counted" "$tmp/both.json" \
	'[(e["macs"], e["gated"], e["misses"], e["lost"]) for e in r["log"] if e["what"] == "client"][-1] == (r["eval"]["macs"], r["eval"]["gated"], r["eval"]["misses"], 0)'
json "and so is the device" "$tmp/both.json" \
	'[d["macs"] for d in r["log"] if d["what"] == "device"][-1] - r["log"][0]["macs"] == r["eval"]["macs"]'
json "rates are not known at first, then they are" "$tmp/log.json" \
	'[d["power_w"] is None for d in r if d["what"] == "device"][:2] == [True, False]'

# A monitor that is stopped while models run has lost samples, and says how many. It
# gets room for some twenty messages, or it would have to be stopped for a minute.
rmem=/proc/sys/net/core/rmem_max
runs=0 runs_done=0
model_runs() {
	runs=$((runs + 1))
	! "$AXP" eval "$model" --data "csv:$tmp/digits.csv" --scale 0.0625 --backend device \
		--no-reference >/dev/null 2>&1 || runs_done=$((runs_done + 1))
	wait_for sh -c "[ \$(grep -c client-gone '$tmp/quick') -eq $runs ]"
}
"$AXP" monitor --json --interval 600000 >"$tmp/quick" 2>&1 &
quick=$!
wait_for grep -qs '"device"' "$tmp/quick"
was=$(cat $rmem)
echo 8192 >$rmem
"$AXP" monitor --json --interval 600000 >"$tmp/slow" 2>&1 &
slow=$!
wait_for grep -qs '"device"' "$tmp/slow"
echo "$was" >$rmem
model_runs
kill -STOP $slow
for _ in 1 2 3 4; do model_runs; done
kill -CONT $slow
sleep 1
model_runs
sleep 1
kill $quick $slow
wait $quick $slow
holds "models run while a monitor is stopped" test $runs_done -eq 6
lines "$tmp/quick" "$tmp/quick.json"
lines "$tmp/slow" "$tmp/slow.json"
/usr/bin/python3 -c 'import json, sys
quick, slow = ([e for e in json.load(open(f)) if e["what"] == "client"] for f in sys.argv[1:3])
key = lambda e: (e["client"], e["jobs"], e["macs"], e["busy_us"])
json.dump({"quick": quick, "slow": slow, "told": len(slow) + sum(e["lost"] for e in slow),
	   "last": [i + 1 for i, e in enumerate(quick) if key(e) == key(slow[-1])]},
	  open(sys.argv[3], "w"))' "$tmp/quick.json" "$tmp/slow.json" "$tmp/both.json"
json "who is not stopped loses nothing" "$tmp/both.json" \
	'len(r["quick"]) >= 6 and not sum(e["lost"] for e in r["quick"])'
json "who was lost some" "$tmp/both.json" 'sum(e["lost"] for e in r["slow"]) > 0'
json "and says how many, up to its last line" "$tmp/both.json" 'r["told"] in r["last"]'

macs=$(cat $sysfs/macs)
energy=$(cat $sysfs/energy_uj)
serve "one line" " macs=$macs .* energy_uj=$energy " "$AXP" monitor -n 1 --device-only
serve "totals have no rates" 'saving_gated=[0-9.]+$' "$AXP" monitor -n 1 --device-only --totals
serve "top of totals" "GMAC, .* energy [0-9.]+ [munp]?J, saving" "$AXP" top --once --totals

# an open device, of root
exec 5<>/dev/axp
serve "top lists the clients" '^ +[0-9]+ +[0-9]+ sh ' "$AXP" top --once --interval 100
run $nobody "$tmp/axp-user" top --once --totals
holds "others see the device, and that something is missing" sh -c \
	"[ $status -eq 0 ] && grep -q '^device: .* GMAC' '$tmp/stdout' &&
	 grep -q 'CAP_NET_ADMIN' '$tmp/stdout' && ! grep -q ' sh ' '$tmp/stdout'"
run $nobody "$tmp/axp-user" monitor -n 1 --totals
holds "the same of monitor" sh -c \
	"[ $status -eq 0 ] && grep -q ' macs=$macs ' '$tmp/stdout' &&
	 grep -q 'clients are missing: .*CAP_NET_ADMIN' '$tmp/stderr'"
exec 5>&-

# in a terminal
# shellcheck disable=SC2317 # run by run
in_terminal() {
	{ wait_for grep -qs CLIENT "$tmp/screen"; printf q; } |
		script -q -e -f -c "TERM=xterm '$AXP' top --interval 200" "$tmp/screen"
}
run in_terminal
holds "top draws, and q ends it" sh -c "[ $status -eq 0 ] && grep -q CLIENT '$tmp/screen'"
run "$AXP" top
holds "and wants a terminal for it" sh -c "[ $status -eq 1 ] && grep -q 'no terminal' '$tmp/stderr'"
done_testing
