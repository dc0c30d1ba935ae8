# SPDX-License-Identifier: BSD-2-Clause
"""Torch modules to the ONNX files that are shipped."""

import io
import os
import sys

import onnx
import torch


def own_constants(graph):
    """Torch writes equal parameters once, and an Identity for every further
    use: give each node parameters of its own instead."""
    constants = {t.name: t for t in graph.initializer}
    shared = {node.output[0]: node.input[0] for node in graph.node
              if node.op_type == "Identity" and node.input[0] in constants}
    kept = [node for node in graph.node if node.output[0] not in shared]
    for node in kept:
        for i, value in enumerate(node.input):
            if value in shared:
                copy = graph.initializer.add()
                copy.CopyFrom(constants[shared[value]])
                copy.name = (node.input[1].rsplit(".", 1)[0] + "." +
                             copy.name.rsplit(".", 1)[1])
                node.input[i] = copy.name
    del graph.node[:]
    graph.node.extend(kept)


def export(net, shape, path, name, metadata):
    """Write net as ONNX: opset 13, IR 7, BatchNormalization kept.

    net ends in a softmax; shape is that of one sample; layers get the names
    that they have in net.  metadata becomes the file's properties: what the
    axp tool should know about the input (see axp-compile(1)).
    """
    file = io.BytesIO()
    net.eval()
    torch.onnx.export(net, torch.zeros(1, *shape), file,
                      opset_version=13, input_names=["input"],
                      output_names=["probabilities"],
                      dynamic_axes={"input": {0: "N"},
                                    "probabilities": {0: "N"}},
                      training=torch.onnx.TrainingMode.PRESERVE,
                      do_constant_folding=False)
    model = onnx.load_model_from_string(file.getvalue())
    model.ir_version = 7
    model.doc_string = ""
    model.graph.name = name
    model.graph.doc_string = ""
    onnx.helper.set_model_props(model, metadata)
    own_constants(model.graph)
    renamed, counts = {}, {}
    for node in model.graph.node:
        node.doc_string = ""
        if node.op_type in ("Conv", "BatchNormalization", "Gemm"):
            node.name = node.input[1].rsplit(".", 1)[0]
        else:
            kind = node.op_type.lower()
            counts[kind] = counts.get(kind, 0) + 1
            node.name = f"{kind}{counts[kind]}"
        for i, value in enumerate(node.input):
            node.input[i] = renamed.get(value, value)
        for i, value in enumerate(node.output):
            if value != "probabilities":
                renamed[value] = f"{node.name}.out"
                node.output[i] = renamed[value]
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save_model(model, path)


def check_folder(path):
    """Can a file be written there?  Ask before hours of training."""
    folder = os.path.dirname(path) or "."
    if not os.access(folder, os.W_OK):
        sys.exit(f"train.py: {path}: no folder {folder} to write to")


def settle(seed):
    """One thread, one seed, kernels that always give the same."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
