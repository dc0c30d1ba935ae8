# SPDX-License-Identifier: BSD-2-Clause
"""ONNX files in numpy: no torch, only the file.  For the evaluate.py of the
models: layers, MACs, zero activations and accuracy."""

import os
import sys

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

BATCH = 500


def windows(x, kernel, stride, pads, fill):
    """All windows of x [n,c,h,w]: [n,c,oh,ow,kh,kw]."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)),
               constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::stride[0], ::stride[1]]


def conv(x, weight, bias=None, *, attr):
    view = windows(x, weight.shape[2:], attr["strides"], attr["pads"], 0)
    if attr["dilations"] == [1, 1] and attr["group"] == 1:
        y = np.einsum("ncyxij,ocij->noyx", view, weight, optimize=True)
    elif attr["dilations"] == [1, 1] and \
            attr["group"] == x.shape[1] == len(weight):
        y = np.einsum("ncyxij,cij->ncyx", view, weight[:, 0], optimize=True)
    else:
        sys.exit("onnxrun.py: Conv is only handled with one group or with "
                 "one per channel, and not dilated")
    return y if bias is None else y + bias[:, None, None]


def max_pool(x, attr):
    if attr["ceil_mode"]:
        sys.exit("onnxrun.py: MaxPool with ceil_mode is not handled")
    return windows(x, attr["kernel_shape"], attr["strides"], attr["pads"],
                   -np.inf).max(axis=(4, 5))


def batch_norm(x, scale, bias, mean, var, attr):
    factor = scale / np.sqrt(var + np.float32(attr["epsilon"]))
    shift = bias - mean * factor
    return x * factor[:, None, None] + shift[:, None, None]


def gemm(x, weight, bias, attr):
    if (attr.get("transA", 0), attr.get("transB", 0)) != (0, 1) or \
            (attr.get("alpha", 1), attr.get("beta", 1)) != (1, 1):
        sys.exit("onnxrun.py: only Gemm x W' + b is handled")
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
    "Add": lambda x, y, attr: x + y,
    "GlobalAveragePool": lambda x, attr: x.mean((2, 3), keepdims=True),
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
    outputs = weight.shape[0] // attr.get("group", 1)
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
            sys.exit(f"onnxrun.py: {node.name}: operator {node.op_type} "
                     "is not handled")
        attr = {a.name: onnx.helper.get_attribute_value(a)
                for a in node.attribute}
        inputs = [values[name] for name in node.input]
        if layers is not None and node.op_type in ("Conv", "Gemm"):
            layers.append((node.name, node.op_type, inputs[1].shape,
                           *count(node, inputs[0], inputs[1], attr)))
        values[node.output[0]] = OPS[node.op_type](*inputs, attr=attr)
    return values[model.graph.output[0].name]


def load(path):
    """Read a model; it must be valid, ONNX opset 13, IR version 7."""
    name = os.path.basename(sys.argv[0])
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
    except OSError as err:
        sys.exit(f"{name}: {path}: {err.strerror}")
    except (DecodeError, onnx.checker.ValidationError) as err:
        sys.exit(f"{name}: {path}: not a valid ONNX file: {err}")
    opset = [o.version for o in model.opset_import if o.domain == ""]
    if model.ir_version != 7 or opset != [13]:
        sys.exit(f"{name}: {path}: IR version is {model.ir_version}, opset "
                 f"{opset}, expected 7 and [13]")
    return model


def print_layers(model, x):
    """For every layer that multiplies: its MACs per sample (positions in
    the padding are not counted), and how many meet a zero activation."""
    layers = []
    run(model, x, layers)
    width = max(len(layer[0]) for layer in layers) + 2
    print(f"{'layer':{width}}{'op':6}{'weights':16}{'MACs':>10}"
          f"{'zero input':>12}")
    for name, op, shape, macs, zero in layers:
        shape = "x".join(str(n) for n in shape)
        print(f"{name:{width}}{op:6}{shape:16}{macs:10d}{zero:11.1%}")
    total = sum(layer[3] for layer in layers)
    zero = sum(layer[3] * layer[4] for layer in layers) / total
    print(f"{'total':{width + 22}}{total:10d}{zero:11.1%}\n")


def accuracy(model, part, x, y):
    """Percentage that is right; prints it for the part of that name."""
    right = 0
    for i in range(0, len(x), BATCH):
        answer = run(model, x[i:i + BATCH]).argmax(1)
        right += int((answer == y[i:i + BATCH]).sum())
    score = 100 * right / len(y)
    print(f"{part:12} {right:5d} of {len(y):5d} right  {score:6.2f}%")
    return score


def evaluate(path, parts, least, names):
    """Layers and accuracies of the model in path; ends the program when
    the accuracy on the part "test" is below least."""
    model = load(path)
    print_layers(model, parts["test"][0][:BATCH])
    score = {part: accuracy(model, part, *parts[part]) for part in names}
    if score["test"] < least:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {path}: accuracy on the "
                 f"test part is {score['test']:.2f}%, below {least:g}%")
