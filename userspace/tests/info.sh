#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp info: library, device, models.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

serve "the library" '^library +libaxp [0-9]' "$AXP" info
serve "the presets" '^presets .*h45, s28, fpnew22, fpmax28, al40, j7' "$AXP" info
serve "the device, or why there is none" '^device +(none: )?/dev/axp' "$AXP" info
serve "info as JSON" '"library"' "$AXP" info --json -
cp "$tmp/stdout" "$tmp/info.json"
json "its engines" "$tmp/info.json" 'len(r["library"]["engines"]) >= 1'
json "its device says something" "$tmp/info.json" '"error" in r["device"] or r["device"]["engine"]'

refuse "no such device" 1 "^axp: $tmp/none: .*not loaded" "$AXP" info --device "$tmp/none"
refuse "not an axp device" 1 '/dev/null' "$AXP" info --device /dev/null
echo text >"$tmp/file"
refuse "not a device at all" 1 "$tmp/file" "$AXP" info --device "$tmp/file"
if [ "$(id -u)" -eq 0 ] && mknod "$tmp/node" c 1 3 2>/dev/null; then
	chmod 711 "$tmp"
	chmod 600 "$tmp/node"
	cp "$AXP" "$tmp/axp-user"
	chmod 755 "$tmp/axp-user"
	refuse "no permission" 1 "$tmp/node: permission denied: .*group axp" \
		setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$tmp/axp-user" info --device "$tmp/node"
else
	skip "no permission" "needs root and mknod"
fi

serve "a model" '^conv1 +Conv +144 +7,744' "$AXP" info "$model"
serve "its MACs" '^total +.*242,880' "$AXP" info "$model"
"$AXP" info "$model" --json "$tmp/model.json" >"$tmp/text"
json "a model as JSON" "$tmp/model.json" \
	'not r["model"]["compiled"] and r["model"]["input"] == [1, 8, 8] and r["model"]["outputs"] == 10 and len(r["model"]["layers"]) == 5'

refuse "no such model" 1 "$tmp/none: .*No such file" "$AXP" info "$tmp/none"
refuse "a directory" 1 "$tmp" "$AXP" info "$tmp"
for kind in operator shapes missing output nested empty; do
	/usr/bin/python3 "$here/onnx.py" $kind >"$tmp/$kind.onnx"
done
refuse "unknown operator" 1 "operator.onnx: .*Frobnicate" "$AXP" info "$tmp/operator.onnx"
refuse "wrong shapes" 1 'shapes.onnx: .*(4|5)' "$AXP" info "$tmp/shapes.onnx"
refuse "missing weights" 1 'missing.onnx: .*w' "$AXP" info "$tmp/missing.onnx"
refuse "an output that nothing makes" 1 'output.onnx: .*y' "$AXP" info "$tmp/output.onnx"
refuse "nested 20,000 deep" 1 'nested.onnx: .*(deep|depth|nest)' "$AXP" info "$tmp/nested.onnx"
refuse "an empty file" 1 'empty.onnx: ' "$AXP" info "$tmp/empty.onnx"
size=$(wc -c <"$model")
for part in 1 2 3 5 7; do
	head -c $((size * part / 8)) "$model" >"$tmp/cut.onnx"
	refuse "cut after $part eighths" 1 'cut.onnx: ' "$AXP" info "$tmp/cut.onnx"
done
head -c 4096 /dev/zero >"$tmp/zero.onnx"
refuse "zeros" 1 'zero.onnx: ' "$AXP" info "$tmp/zero.onnx"

echo old >"$tmp/old.json"
refuse "JSON of a failure is not written" 1 'none' "$AXP" info "$tmp/none" --json "$tmp/old.json"
holds "the old file is kept" grep -q '^old$' "$tmp/old.json"
holds "and nothing beside it" sh -c "! ls '$tmp' | grep -q 'old.json.'"
refuse "JSON into nowhere" 1 "$tmp/none/x.json: cannot be written" "$AXP" info --json "$tmp/none/x.json"
done_testing
