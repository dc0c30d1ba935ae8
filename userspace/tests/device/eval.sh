#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Usage: eval.sh DIR
#
# axp on /dev/axp: every compiled model DIR/*.onnx gives the same logits, counters
# and energies as on backend soft; who may open the device; what is said without
# the module. Needs the module loaded, and root.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/../tap.inc"

dir=${1:?the directory of compiled models is needed}
digits 6 >"$tmp/data.csv"
data=csv:$tmp/data.csv

serve "the device" '^device +/dev/axp: engine [a-z]' "$AXP" info
serve "named, too" '^device +/dev/axp: engine [a-z]' "$AXP" info --device /dev/axp
serve "its energy model" 'preset +s28' "$AXP" info
"$AXP" info --json "$tmp/info.json" >"$tmp/text"
json "its limits as JSON" "$tmp/info.json" \
	'r["device"]["limits"]["max_cam_rows"] > 0 and r["device"]["processing_elements"] > 0'

outcome() { grep -v -E '"(backend|engine|seconds)":' "$1"; }
serve "axp selftest: the device gives the known answers" '^device +[0-9]+ checks, 0 failed' "$AXP" selftest
serve "and what is made wrong in its table comes out wrong" 'ok +a product made wrong .* 0 are not as predicted' \
	"$AXP" selftest -v --device /dev/axp
for m in "$dir"/*.onnx; do
	name=$(basename "$m" .onnx)
	serve "$name: axp verify: device, engines and softfp agree" '^device +[a-z0-9]+ +equal' \
		"$AXP" verify "$m" -n 2 -q
	serve "$name: runs on the device unless told otherwise" 'on backend device, engine' \
		"$AXP" eval "$m" --data "$data" --no-reference --json "$tmp/device.json"
	holds "$name: without a word" sh -c "! [ -s '$tmp/stderr' ]"
	run "$AXP" eval "$m" --data "$data" --no-reference --backend soft --json "$tmp/soft.json"
	outcome "$tmp/device.json" >"$tmp/a"
	outcome "$tmp/soft.json" >"$tmp/b"
	holds "$name: as soft does, bit for bit and count for count" cmp "$tmp/a" "$tmp/b"
	json "$name: and something was counted" "$tmp/device.json" \
		'r["macs"] == 6 * 242880 and r["energy_pj"] > 0'
	for b in device soft; do
		run "$AXP" faults "$m" --data "$data" --backend $b --limit 3 --batch 2 -r 1e-2 \
			--no-bits --json "$tmp/$b.json"
		outcome "$tmp/$b.json" >"$tmp/$b"
	done
	holds "$name: faulty, the same as soft, bit for bit" cmp "$tmp/device" "$tmp/soft"
	json "$name: and faulty it was" "$tmp/device.json" \
		'all(p["digest"] != r["digest_sound"] for p in r["points"] if p["target"] in ("lut", "accumulator"))'
done
m=$(find "$dir" -name '*.onnx' | sort | head -n 1)
run "$AXP" eval "$m" --data "$data" --no-reference -p j7 --cam-class nor --json "$tmp/device.json"
run "$AXP" eval "$m" --data "$data" --no-reference -p j7 --cam-class nor --backend soft --json "$tmp/soft.json"
outcome "$tmp/device.json" >"$tmp/a"
outcome "$tmp/soft.json" >"$tmp/b"
holds "another preset: as soft does" cmp "$tmp/a" "$tmp/b"
/usr/bin/python3 - "$tmp/x.npy" <<'PY'
import struct, sys
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 8, 8), }"
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(sys.argv[1], "wb") as f:
    f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack("<128f", *(i % 17 / 16 for i in range(128))))
PY
serve "axp run: a tensor of two pictures" 'FLOAT \[2, 10\]' \
	"$AXP" run "$m" --input "input=$tmp/x.npy" --output "$tmp/run-device" --backend device
run "$AXP" run "$m" --input "input=$tmp/x.npy" --output "$tmp/run-soft" --backend soft
holds "axp run: as soft does" diff -r "$tmp/run-device" "$tmp/run-soft"
run "$AXP" eval "$m" --data "$data" --no-reference -p custom --json "$tmp/custom.json"
json "the constants of sysfs" "$tmp/custom.json" 'r["preset"] == "custom" and r["energy_pj"] > 0'

chmod 711 "$tmp"
chmod 644 "$tmp/data.csv"
chmod 660 /dev/axp
refuse "no permission" 1 '/dev/axp: permission denied: .*group axp' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$AXP" info --device /dev/axp
run setpriv --reuid 65534 --regid 65534 --clear-groups "$AXP" eval "$m" --data "$data" \
	--no-reference --json -
holds "without permission backend soft runs, and it is said" \
	sh -c "[ $status -eq 0 ] && grep -q 'backend soft, not on the device: /dev/axp: permission denied' '$tmp/stderr'"
chmod 666 /dev/axp
refuse "faults are for root" 1 'not permitted: faults are for root' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$AXP" faults "$m" --data "$data" \
	--backend device -q --limit 1 -t lut -r 1 --no-bits
chmod 660 /dev/axp
done_testing
