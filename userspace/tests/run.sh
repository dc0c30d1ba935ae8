#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp run: graphs on whole tensors.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

here=$(dirname "$0")
/usr/bin/python3 "$here/onnx.py" tensors >"$tmp/t.onnx"
/usr/bin/python3 "$here/onnx.py" good >"$tmp/good.onnx"
/usr/bin/python3 - "$tmp" <<'PY'
import struct, sys
tmp = sys.argv[1]
def npy(name, descr, shape, values, code):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(tmp + "/" + name, "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() +
                struct.pack("<%d%s" % (len(values), code), *values))
npy("a.npy", "<f4", "(2, 3)", [1, 2, 3, 4, 5, 6], "f")
npy("b.npy", "<f4", "(3,)", [10, 20, 30], "f")
npy("wide.npy", "<f4", "(2, 4)", [0] * 8, "f")
npy("shape.npy", "<i8", "(2,)", [3, 2], "q")
npy("bad.npy", "<i8", "(2,)", [4, 2], "q")
npy("double.npy", "<f8", "(3,)", [10, 20, 30], "d")
npy("row.npy", "<f4", "(5, 4)", range(20), "f")
def data(field, value):
    return bytes([field << 3 | 2, len(value)]) + value
# b as a TensorProto: dims 3, data_type FLOAT, raw_data
with open(tmp + "/b.pb", "wb") as f:
    f.write(bytes([1 << 3, 3, 2 << 3, 1]) + data(9, struct.pack("<3f", 10, 20, 30)))
PY

# sum = a + b; turned = reshape(sum, shape); dims = shape of turned
inputs="--input a=$tmp/a.npy --input b=$tmp/b.npy --input shape=$tmp/shape.npy"
# shellcheck disable=SC2086 # words
tensors() { "$AXP" run "$tmp/t.onnx" --backend soft $inputs "$@"; }

array() { # NAME FILE DTYPE SHAPE VALUES
	holds "$1" /usr/bin/python3 -c 'import ast, struct, sys
f = open(sys.argv[1], "rb").read()
n = struct.unpack("<H", f[8:10])[0]
h = ast.literal_eval(f[10:10 + n].decode())
code = {"<f4": "f", "<i8": "q"}[h["descr"]]
v = list(struct.unpack("<%d%s" % (len(f[10 + n:]) // (4 if code == "f" else 8), code), f[10 + n:]))
print(h, v)
sys.exit([h["descr"], h["shape"], v] != [sys.argv[2], ast.literal_eval(sys.argv[3]), ast.literal_eval(sys.argv[4])])' \
		"$2" "$3" "$4" "$5"
}

serve "three inputs, three outputs" '^sum: FLOAT \[2, 3\], .*/out/sum.npy' tensors --output "$tmp/out"
array "the sum" "$tmp/out/sum.npy" '<f4' '(2, 3)' '[11, 22, 33, 14, 25, 36]'
array "in another shape; a / in its name is a _" "$tmp/out/turned_y.npy" '<f4' '(3, 2)' '[11, 22, 33, 14, 25, 36]'
array "integers" "$tmp/out/dims.npy" '<i8' '(2,)' '[3, 2]'
inputs="--input a=$tmp/a.npy --input b=$tmp/b.pb --input shape=$tmp/shape.npy"
serve "a TensorProto" 'dims: INT64 \[2\]$' tensors
tensors --json "$tmp/r.json" >"$tmp/text"
json "as JSON" "$tmp/r.json" \
	'[o["name"] for o in r["outputs"]] == ["sum", "turned/y", "dims"] and r["outputs"][0]["shape"] == [2, 3] and r["memory_bytes"] >= r["live_bytes"] > 0'
serve "a batch of five, on fp32" 'y: FLOAT \[5, 3\]' "$AXP" run "$tmp/good.onnx" --backend fp32 --input "x=$tmp/row.npy" --output "$tmp/five"
serve "the same on soft" 'y: FLOAT \[5, 3\]' "$AXP" run "$tmp/good.onnx" --backend soft --input "x=$tmp/row.npy" --output "$tmp/six"
holds "the same bits" cmp "$tmp/five/y.npy" "$tmp/six/y.npy"

# shellcheck disable=SC2317 # called by name
run_soft() { "$AXP" run "$tmp/t.onnx" --backend soft "$@"; }
refuse "an input that is not given" 1 "input 'shape' is not given" \
	run_soft --input "a=$tmp/a.npy" --input "b=$tmp/b.npy"
refuse "an input that it has not" 1 "no input 'c'" tensors --input "c=$tmp/b.npy"
refuse "an input twice" 1 "'a' is given twice" tensors --input "a=$tmp/a.npy"
refuse "another shape" 1 "input 'a': dimension 1 is 3, \[2, 4\] is given" \
	run_soft --input "a=$tmp/wide.npy" --input "b=$tmp/b.npy" --input "shape=$tmp/shape.npy"
refuse "another type" 1 "input 'b' is of type FLOAT, DOUBLE is given" \
	run_soft --input "a=$tmp/a.npy" --input "b=$tmp/double.npy" --input "shape=$tmp/shape.npy"
refuse "a shape that does not fit" 1 "node turn \(Reshape\): .*does not fit" \
	run_soft --input "a=$tmp/a.npy" --input "b=$tmp/b.npy" --input "shape=$tmp/bad.npy" --output "$tmp/none"
holds "and no folder is left" test ! -e "$tmp/none"
refuse "no such file" 1 "none.npy: .*No such file" run_soft --input "a=$tmp/none.npy"
refuse "a file that is no tensor" 1 "t.onnx: neither .npy nor a TensorProto" run_soft --input "a=$tmp/t.onnx"
refuse "no name" 2 "NAME=FILE" run_soft --input "$tmp/a.npy"
: >"$tmp/file"
refuse "a folder that is a file" 1 "$tmp/file" tensors --output "$tmp/file"
# Memory: the weights once, in the file or out of it. Sanitizers have their own.
peak() { # COMMAND...: prints the most MiB it had
	/usr/bin/python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)' "$@"
}
array_of() { # FILE N: zeros [1, N]
	/usr/bin/python3 -c 'import struct, sys
head = "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (1, %s), }" % sys.argv[2]
head += " " * (117 - len(head)) + "\n"
open(sys.argv[1], "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() +
                              bytes(4 * int(sys.argv[2])))' "$1" "$2"
}
array_of "$tmp/zeros.npy" 4096
array_of "$tmp/four.npy" 4
most=$(peak "$AXP" run "$tmp/good.onnx" --backend fp32 --input "x=$tmp/four.npy" --output "$tmp/small")
if [ "$most" -gt 200 ]; then
	skip "memory" "the tool itself takes $most MiB"
else
	for kind in large large-odd; do
		/usr/bin/python3 "$here/onnx.py" $kind >"$tmp/large.onnx"
		info=$(peak "$AXP" info "$tmp/large.onnx")
		fp32=$(peak "$AXP" run "$tmp/large.onnx" --backend fp32 --input "x=$tmp/zeros.npy" --output "$tmp/large")
		echo "# $kind, weights of 97 MiB: $most MiB without them, info $info, fp32 $fp32"
		holds "$kind: info has the weights once" test "$info" -lt $((most + 97 + 24))
		holds "$kind: so has the fp32 backend" test "$fp32" -lt $((most + 97 + 24))
	done
fi
refuse "no model" 2 "MODEL is missing" "$AXP" run
done_testing
