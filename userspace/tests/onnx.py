#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Small and broken ONNX models for the tests: onnx.py KIND >FILE.

Protocol buffers are written by hand, so that anything can be written.
"""

import struct
import sys


def varint(value):
    """An unsigned integer in the base 128 encoding."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, dims, values):
    """TensorProto of binary32."""
    return (b"".join(number(1, d) for d in dims) + number(2, 1) + data(8, name) +
            data(9, struct.pack(f"<{len(values)}f", *values)))


def value_info(name, dims, dtype=1):
    """ValueInfoProto of a tensor, of binary32; a dimension may be a name."""
    shape = b"".join(data(1, data(2, d) if isinstance(d, str) else number(1, d))
                     for d in dims)
    return data(1, name) + data(2, data(1, number(1, dtype) + data(2, shape)))


def node(op, inputs, outputs, name):
    return (b"".join(data(1, i) for i in inputs) +
            b"".join(data(2, o) for o in outputs) + data(3, name) + data(4, op))


def model(nodes, weights, dims, classes):
    graph = (b"".join(data(1, n) for n in nodes) + data(2, "g") +
             b"".join(data(5, w) for w in weights) +
             data(11, value_info("x", ["N"] + dims)) +
             data(12, value_info("y", ["N", classes])))
    return number(1, 7) + data(7, graph) + data(8, data(1, "") + number(2, 13))


def linear(op="MatMul", rows=4, output="y"):
    """x [N, 4] times weights [rows, 3]."""
    weights = [0.25 * (i % 5) - 0.5 for i in range(rows * 3)]
    return model([node(op, ["x", "w"], [output], "fc")],
                 [tensor("w", [rows, 3], weights)], [4], 3)


def tensors():
    """sum = a + b, turned/y = sum in the given shape, dims = that shape again."""
    nodes = [node("Add", ["a", "b"], ["sum"], "add"),
             node("Reshape", ["sum", "shape"], ["turned/y"], "turn"),
             node("Shape", ["turned/y"], ["dims"], "dims")]
    graph = (b"".join(data(1, n) for n in nodes) + data(2, "g") +
             data(11, value_info("a", ["N", 3])) + data(11, value_info("b", [3])) +
             data(11, value_info("shape", [2], 7)) + data(12, value_info("sum", ["N", 3])) +
             data(12, value_info("turned/y", ["A", "B"])) +
             data(12, value_info("dims", [2], 7)))
    return number(1, 7) + data(7, graph) + data(8, data(1, "") + number(2, 13))


def branch():
    """y = x to the power of 2 if a constant is true, else x + x."""
    def graph(name, *nodes):
        return b"".join(data(1, n) for n in nodes) + data(2, name) + \
            data(12, value_info(name, ["N", 4]))

    def attribute(name, value):
        return data(5, data(1, name) + data(6, value) + number(20, 5))
    yes = graph("t", node("Pow", ["x", "p"], ["t"], "power"))
    no = graph("e", node("Add", ["x", "x"], ["e"], "twice"))
    truth = number(2, 9) + data(8, "c") + data(9, b"\1")
    return model([node("If", ["c"], ["z"], "if") + attribute("then_branch", yes) +
                  attribute("else_branch", no), node("MatMul", ["z", "w"], ["y"], "fc")],
                 [truth, tensor("p", [], [2.0]), tensor("w", [4, 3], [0.5] * 12)], [4], 3)


def large(odd):
    """x [N, 4096] by two matrices of 100 MiB in all, in the file at a multiple of 4 or not."""
    def gemm(inputs, output, name):
        return node("Gemm", inputs, [output], name) + \
            data(5, data(1, "transB") + number(3, 1) + number(20, 2))

    def weights(name, dims):
        row = struct.pack("<64f", *(0.001 * (i % 17 - 8) for i in range(64)))
        return (b"".join(number(1, d) for d in dims) + number(2, 1) + data(8, name) +
                data(9, row * (dims[0] * dims[1] // 64)))

    for pad in range(4):
        out = model([gemm(["x", "first"], "h", "first_fc" + "_" * pad), gemm(["h", "last"], "y", "last_fc")],
                    [weights("first", [6144, 4096]), weights("last", [64, 6144])],
                    [4096], 64)
        at = out.index(struct.pack("<2f", -0.008, -0.007))
        if (at % 4 != 0) == odd:
            return out
    raise AssertionError


def tones(audio=None):
    """x [N, 1, 4, 6], log-mel features: the sums of bands 0 and 1, 2 and 3, 4 and 5."""
    weights = [float(band // 2 == out) for _ in range(4) for band in range(6) for out in range(3)]
    out = model([node("Flatten", ["x"], ["f"], "flat"), node("MatMul", ["f", "w"], ["y"], "fc")],
                [tensor("w", [24, 3], weights)], [1, 4, 6], 3)
    if audio:
        out += data(14, data(1, "axp.input.audio") + data(2, audio))
    return out


def nested(depth):
    """Graphs in attributes of nodes of graphs, depth times."""
    inner = b""
    for _ in range(depth // 3):
        inner = data(1, data(5, data(1, "a") + data(6, inner) + number(20, 5)))
    return number(1, 7) + data(7, inner) + data(8, number(2, 13))


KINDS = {
    "good": linear,
    "operator": lambda: linear(op="Frobnicate"),
    "shapes": lambda: linear(rows=5),
    "missing": lambda: model([node("MatMul", ["x", "w"], ["y"], "fc")], [], [4], 3),
    "output": lambda: linear(output="z"),
    "tensors": tensors,
    "tones": tones,
    "branch": branch,
    "large": lambda: large(False),
    "large-odd": lambda: large(True),
    "settings": lambda: tones("mfcc,fft=2"),
    "nested": lambda: nested(20000),
    "empty": lambda: b"",
}

if __name__ == "__main__":
    sys.stdout.buffer.write(KINDS[sys.argv[1]]())
