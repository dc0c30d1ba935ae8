#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the exported digits ConvNet in numpy: no torch, only the ONNX file.

Prints, for every layer that multiplies, its MACs per image (positions in
the padding are not counted) and how many of them meet a zero activation on
the test part, then the accuracy on each part.  Fails if the model is not
ONNX opset 13 with IR version 7, or if the accuracy on the test part is
below --least (98 unless told).
"""

import argparse
import sys

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

import data


def windows(x, kernel, stride, pads, fill):
    """All windows of x [n,c,h,w]: [n,c,oh,ow,kh,kw]."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)),
               constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::stride[0], ::stride[1]]


def conv(x, weight, attr):
    if attr["group"] != 1 or attr["dilations"] != [1, 1]:
        sys.exit("evaluate.py: grouped or dilated Conv is not handled")
    view = windows(x, weight.shape[2:], attr["strides"], attr["pads"], 0)
    return np.einsum("ncyxij,ocij->noyx", view, weight, optimize=True)


def max_pool(x, attr):
    if attr["ceil_mode"]:
        sys.exit("evaluate.py: MaxPool with ceil_mode is not handled")
    return windows(x, attr["kernel_shape"], attr["strides"], attr["pads"],
                   -np.inf).max(axis=(4, 5))


def batch_norm(x, scale, bias, mean, var, attr):
    factor = scale / np.sqrt(var + np.float32(attr["epsilon"]))
    shift = bias - mean * factor
    return x * factor[:, None, None] + shift[:, None, None]


def gemm(x, weight, bias, attr):
    if (attr.get("transA", 0), attr.get("transB", 0)) != (0, 1) or \
            (attr.get("alpha", 1), attr.get("beta", 1)) != (1, 1):
        sys.exit("evaluate.py: only Gemm x W' + b is handled")
    return x @ weight.T + bias


def softmax(x, attr):
    axis = attr.get("axis", -1)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


OPS = {
    "Conv": conv,
    "BatchNormalization": batch_norm,
    "Relu": lambda x, attr: np.maximum(x, 0),
    "MaxPool": max_pool,
    "Flatten": lambda x, attr: x.reshape(len(x), -1),
    "Gemm": gemm,
    "Softmax": softmax,
}


def count(node, x, weight, attr):
    """MACs outside of the padding, and those on a zero activation."""
    if node.op_type == "Gemm":
        uses = np.ones(x.shape[1:])
    else:
        # How many windows read each row, and each column, of the input.
        reads = []
        for axis in (0, 1):
            size = x.shape[2 + axis]
            line = np.pad(np.arange(size), attr["pads"][axis::2],
                          constant_values=size)
            view = np.lib.stride_tricks.sliding_window_view(
                line, weight.shape[2 + axis])[::attr["strides"][axis]]
            reads.append(np.bincount(view.ravel(), minlength=size)[:size])
        uses = np.broadcast_to(np.outer(*reads), x.shape[1:])
    outputs = weight.shape[0]
    macs = uses.sum() * outputs
    zero = (uses * (x == 0)).sum() * outputs / len(x)
    return int(macs), zero / macs


def run(model, x, layers=None):
    """Probabilities [n,10]; appends (name, op, shape, macs, zero share)."""
    values = {t.name: numpy_helper.to_array(t)
              for t in model.graph.initializer}
    values[model.graph.input[0].name] = x
    for node in model.graph.node:
        if node.op_type not in OPS:
            sys.exit(f"evaluate.py: {node.name}: operator {node.op_type} "
                     "is not handled")
        attr = {a.name: onnx.helper.get_attribute_value(a)
                for a in node.attribute}
        inputs = [values[name] for name in node.input]
        if layers is not None and node.op_type in ("Conv", "Gemm"):
            layers.append((node.name, node.op_type, inputs[1].shape,
                           *count(node, inputs[0], inputs[1], attr)))
        values[node.output[0]] = OPS[node.op_type](*inputs, attr=attr)
    return values[model.graph.output[0].name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("digits", metavar="DIGITS.CSV.GZ")
    parser.add_argument("model", metavar="MODEL.ONNX")
    parser.add_argument("--least", type=float, default=98.0,
                        metavar="PERCENT", help="least accuracy on the "
                        "test part (default: %(default)s)")
    parser.add_argument("--unseen", action="store_true",
                        help="split the rows as train.py --unseen does")
    args = parser.parse_args()

    parts = data.load(args.digits, args.unseen)
    try:
        model = onnx.load(args.model)
        onnx.checker.check_model(model, full_check=True)
    except OSError as err:
        sys.exit(f"evaluate.py: {args.model}: {err.strerror}")
    except (DecodeError, onnx.checker.ValidationError) as err:
        sys.exit(f"evaluate.py: {args.model}: not a valid ONNX file: {err}")
    opset = [o.version for o in model.opset_import if o.domain == ""]
    if model.ir_version != 7 or opset != [13]:
        sys.exit(f"evaluate.py: {args.model}: IR version is "
                 f"{model.ir_version}, opset {opset}, expected 7 and [13]")

    layers = []
    run(model, parts["test"][0], layers)
    print(f"{'layer':8}{'op':6}{'weights':16}{'MACs':>8}{'zero input':>12}")
    for name, op, shape, macs, zero in layers:
        shape = "x".join(str(n) for n in shape)
        print(f"{name:8}{op:6}{shape:16}{macs:8d}{zero:11.1%}")
    total = sum(layer[3] for layer in layers)
    zero = sum(layer[3] * layer[4] for layer in layers) / total
    print(f"{'total':30}{total:8d}{zero:11.1%}\n")

    score = {}
    for part in data.PARTS:
        x, y = parts[part]
        right = int((run(model, x).argmax(1) == y).sum())
        score[part] = 100 * right / len(y)
        print(f"{part:12} {right:4d} of {len(y):4d} right  "
              f"{score[part]:6.2f}%")
    if score["test"] < args.least:
        sys.exit(f"evaluate.py: {args.model}: accuracy on the test part is "
                 f"{score['test']:.2f}%, below {args.least:g}%")


if __name__ == "__main__":
    main()
