#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""If as exporters write it: onnx_branch.py

PyTorch's export of LocalResponseNorm (opset 11 to 17, batch free) has an If around a
Squeeze, whose condition follows from shapes, and Pow. That graph must give what the
operator LRN does, on any batch, and what cannot be decided must be refused. Prints TAP.
"""

import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.simplefilter('ignore')

import onnx                                             # noqa: E402
from onnx import TensorProto, helper, numpy_helper      # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp                                           # noqa: E402
from onnx_nets import Tap, near                         # noqa: E402

SHAPE = (6, 5, 7)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def model(nodes, constants, outputs=('y',)):
    def info(name, dims):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    graph = helper.make_graph(nodes, 'g', [info('x', ('N',) + SHAPE)],
                              [info(o, ('N',) + SHAPE) for o in outputs], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)])


def branch(name, nodes, output, constants=()):
    return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(
        output, TensorProto.FLOAT, None)], list(constants))


def exported(size, alpha=0.5, beta=0.75, bias=2.0):
    """As torch.onnx.export writes it, without its constants' detours."""
    node = helper.make_node
    squeeze = branch('then', [node('Squeeze', ['pooled', 'ones'], ['squeezed'])], 'squeezed',
                     [constant('ones', np.array([1], np.int64))])
    keep = branch('else', [node('Identity', ['pooled'], ['kept'])], 'kept')
    nodes = [
        node('Mul', ['x', 'x'], ['squares']),
        node('Unsqueeze', ['squares', 'one'], ['deep']),
        node('Shape', ['x'], ['shape']),
        node('Gather', ['shape', 'zero'], ['n']),
        node('Unsqueeze', ['n', 'first'], ['batch']),
        node('Concat', ['batch', 'rest'], ['planes'], axis=0),
        node('Reshape', ['deep', 'planes'], ['flat']),
        node('Pad', ['flat', 'pads', 'nothing'], ['padded'], mode='constant'),
        node('AveragePool', ['padded'], ['pooled'], kernel_shape=[size, 1, 1], strides=[1, 1, 1]),
        node('Shape', ['pooled'], ['pooled_shape']),
        node('Gather', ['pooled_shape', 'second'], ['depth']),
        node('Equal', ['depth', 'second'], ['is_one']),
        node('If', ['is_one'], ['mean'], then_branch=squeeze, else_branch=keep),
        node('Reshape', ['mean', 'shape'], ['back']),
        node('Mul', ['back', 'alpha'], ['scaled']),
        node('Add', ['scaled', 'bias'], ['sum']),
        node('Pow', ['sum', 'beta'], ['power']),
        node('Div', ['x', 'power'], ['y']),
    ]
    c, h, w = SHAPE
    return model(nodes, [
        constant('one', np.array([1], np.int64)), constant('first', np.array([0], np.int64)),
        constant('zero', np.int64(0)), constant('second', np.int64(1)),
        constant('rest', np.array([1, c, h, w], np.int64)),
        constant('pads', np.array([0, 0, size // 2, 0, 0, 0, 0, (size - 1) // 2, 0, 0], np.int64)),
        constant('nothing', np.float32(0)), constant('alpha', np.float32(alpha)),
        constant('bias', np.float32(bias)), constant('beta', np.float32(beta))])


def run(m, x, backend='fp32'):
    return list(libaxp.run(m.SerializeToString(), {'x': x}, backend)[0].values())[0]


def definition(x, size, alpha=0.5, beta=0.75, bias=2.0):
    """torch.nn.functional.local_response_norm, in binary64."""
    out = np.empty(x.shape)
    for c in range(x.shape[1]):
        lo, hi = max(0, c - size // 2), min(x.shape[1], c + (size - 1) // 2 + 1)
        out[:, c] = (x[:, lo:hi].astype(float) ** 2).sum(1) / size
    return (x / (bias + alpha * out) ** beta).astype(np.float32)


def choose(then_node, else_node, condition):
    nodes = [helper.make_node('If', ['c'], ['y'],
                              then_branch=branch('then', [then_node], 't'),
                              else_branch=branch('else', [else_node], 'e'))]
    return model(nodes, [constant('c', condition)])


def refused(tap, m, text, what):
    try:
        run(m, np.zeros((1,) + SHAPE, np.float32))
        tap.ok(False, f'{what}: it ran')
    except libaxp.Refused as e:
        tap.ok(text in str(e), f'{what}: {e}')


def info(m):
    """What axp info says of a model whose inputs are not known."""
    with tempfile.NamedTemporaryFile(suffix='.onnx') as f:
        f.write(m.SerializeToString())
        f.flush()
        return subprocess.run([os.environ.get('AXP_BUILD', 'build') + '/axp', 'info', f.name],
                              capture_output=True, text=True).stderr.strip()


def main():
    tap = Tap()
    x = np.random.default_rng(3).standard_normal((4,) + SHAPE).astype(np.float32)
    for size in (4, 5):
        m = exported(size)
        onnx.checker.check_model(m)
        for backend in ('fp32', 'soft'):
            tap.ok(near(run(m, x, backend), definition(x, size)),
                   f'LocalResponseNorm({size}) as exported, {backend}')
        tap.ok(near(run(m, x[:1]), definition(x[:1], size)), 'on one sample')
    node = helper.make_node
    negative, positive = node('Neg', ['x'], ['t']), node('Relu', ['x'], ['e'])
    tanh, relu = node('Tanh', ['x'], ['t']), positive
    tap.ok(near(run(choose(tanh, relu, True), x), np.tanh(x)), 'a condition that is true')
    tap.ok(near(run(choose(tanh, relu, False), x), np.maximum(x, 0)), 'and false')
    refused(tap, choose(negative, relu, False), "operator 'Neg' is not supported",
            'an operator that is not there, in a branch')
    refused(tap, choose(tanh, relu, np.array([True, False])), 'not a single BOOL', 'two conditions')
    refused(tap, choose(tanh, relu, np.float32(1)), 'not a single BOOL', 'a number')
    m = choose(tanh, relu, True)
    m.graph.node.insert(0, node('Equal', ['x', 'x'], ['same']))
    m.graph.node[1].input[0] = 'same'
    said = info(m)
    tap.ok("input 2 'same' is not a constant" in said, f'a condition that is computed: {said}')
    m = choose(tanh, relu, True)
    del m.graph.node[0].attribute[1]
    refused(tap, m, 'has 2', 'a branch is missing')
    m = choose(tanh, relu, True)
    m.graph.node[0].attribute[0].g.output.append(m.graph.node[0].attribute[0].g.output[0])
    refused(tap, m, '2 outputs, one is supported', 'two outputs')
    m = choose(tanh, node('Relu', ['x'], ['t']), True)
    refused(tap, m, 'already taken', 'one name in both')
    print(f'1..{tap.nr}')
    sys.exit(tap.bad > 0)


if __name__ == '__main__':
    main()
