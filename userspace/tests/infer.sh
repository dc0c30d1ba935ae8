#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# axp infer: pictures and arrays.

# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

digits 40 >"$tmp/calib.csv"
"$AXP" compile "$model" --calib "csv:$tmp/calib.csv" --scale 0.0625 --organisation shared -a f32 -o "$tmp/m.onnx" >"$tmp/text" || exit 1

# The zero that the data set begins with.
zero="0 0 5 13 9 1 0 0 0 0 13 15 10 15 5 0 0 3 15 2 0 11 8 0 0 4 12 0 0 8 8 0
0 5 8 0 0 9 8 0 0 4 11 0 1 12 7 0 0 2 14 5 10 12 0 0 0 0 6 13 10 0 0 0"
printf 'P2\n8 8\n16\n%s\n' "$zero" >"$tmp/zero.pgm"
ZERO=$zero /usr/bin/python3 - "$tmp" <<'PY'
import os, struct, sys, zlib
tmp = sys.argv[1]
v = [int(x) for x in os.environ["ZERO"].split()]
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 8, 8), }"
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(tmp + "/zero.npy", "wb") as f:
    f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack("<64f", *(x / 16 for x in v)))
with open(tmp + "/nan.npy", "wb") as f:
    f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack("<64f", *([float("nan")] * 64)))
def chunk(kind, body):
    return (struct.pack(">I", len(body)) + kind + body +
            struct.pack(">I", zlib.crc32(kind + body)))
rows = b"".join(b"\0" + bytes(x * 255 // 16 for x in v[8 * i:8 * i + 8]) for i in range(8))
png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) +
       chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
open(tmp + "/zero.png", "wb").write(png)
open(tmp + "/cut.png", "wb").write(png[:len(png) // 2])
PY

infer() { "$AXP" infer "$tmp/m.onnx" --backend soft "$@"; }

serve "a PGM picture is a zero" 'zero.pgm: class 0 [0-9.]+%, class [1-9] ' infer "$tmp/zero.pgm"
serve "a PNG picture is a zero" 'zero.png: class 0 ' infer "$tmp/zero.png"
# Numbers of an array are taken as they are: the stored scale is for numbers too.
serve "an array is a zero" 'zero.npy: class 0 ' infer --scale 1 "$tmp/zero.npy"
serve "in binary32 too" 'zero.pgm: class 0 ' "$AXP" infer "$tmp/m.onnx" --backend fp32 "$tmp/zero.pgm"
infer --top 10 --json "$tmp/r.json" "$tmp/zero.pgm" "$tmp/zero.png" >"$tmp/text"
json "two answers as JSON" "$tmp/r.json" 'len(r["inputs"]) == 2 and r["backend"] == "soft"'
json "ten probabilities that add up to one, in order" "$tmp/r.json" \
	'all(abs(sum(p) - 1) < 1e-3 and p == sorted(p, reverse=True) and len(p) == 10 for p in [[c["probability"] for c in i["classes"]] for i in r["inputs"]])'

refuse "no such picture" 1 "none.png: .*No such file" infer "$tmp/none.png"
refuse "a cut picture" 1 'cut.png: ' infer "$tmp/cut.png"
: >"$tmp/empty.jpg"
refuse "an empty picture" 1 'empty.jpg: ' infer "$tmp/empty.jpg"
echo text >"$tmp/text.png"
refuse "text" 1 'text.png: ' infer "$tmp/text.png"
refuse "no numbers" 1 'nan.npy: ' infer "$tmp/nan.npy"
refuse "nothing is printed when one of two fails" 1 'none.png' infer "$tmp/zero.pgm" "$tmp/none.png"
refuse "missing model" 1 "none.onnx: .*No such file" "$AXP" infer "$tmp/none.onnx" "$tmp/zero.pgm"
done_testing
