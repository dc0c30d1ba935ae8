#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whole nets on libaxp: onnx_nets.py [--write DIR] [NET...]

The topologies of the nets that ONNX's conformance tests and torchvision have, as their
exporters write them, with random weights, few channels and small pictures. Each runs
on the fp32 and the soft backend and must agree with numpy. Prints TAP.
"""

import os
import sys
import warnings

import numpy as np

warnings.simplefilter('ignore')

import onnx                                             # noqa: E402
from onnx import TensorProto, helper, numpy_helper      # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp                                           # noqa: E402
import onnx_numpy                                       # noqa: E402


class Net:
    """A model being written; every method adds a node and returns its output."""

    def __init__(self, name, opset, size, light=False):
        self.name, self.opset, self.size, self.light = name, opset, size, light
        self.rng = np.random.default_rng(sum(name.encode()))
        self.nodes, self.weights, self.channels, self.count = [], [], {'x': 3}, 0

    def node(self, op, inputs, channels=None, outputs=1, **attrs):
        self.count += 1
        names = [f'{op.lower()}{self.count}' + (f'_{i}' if i else '') for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, f'n{self.count}', **attrs))
        for n in names:
            self.channels[n] = self.channels.get(inputs[0] if inputs else '') \
                if channels is None else channels
        return names if outputs > 1 else names[0]

    def weight(self, values):
        """An initializer; in a light model, a constant of one value, as in ONNX's own."""
        self.count += 1
        name = f'w{self.count}'
        values = np.asarray(values)
        if self.light and values.dtype == np.float32:
            shape = self.weight(np.array(values.shape, np.int64))
            fan = int(np.prod(values.shape[1:]))
            value = helper.make_tensor('value', TensorProto.FLOAT, [1], [1 / fan])
            self.nodes.append(helper.make_node('ConstantOfShape', [shape], [name], value=value))
        else:
            self.weights.append(numpy_helper.from_array(values, name))
        return name

    def ints(self, *values):
        return self.weight(np.array(values, np.int64))

    def random(self, *shape, scale=1.0, shift=0.0):
        return self.weight((self.rng.standard_normal(shape) * scale + shift).astype(np.float32))

    def conv(self, x, oc, k, s=1, p=0, group=1, bias=True):
        cg = self.channels[x] // group
        w = self.random(oc, cg, k, k, scale=(2 / (cg * k * k)) ** 0.5)
        b = [self.random(oc, scale=0.1)] if bias else []
        return self.node('Conv', [x, w] + b, oc, kernel_shape=[k, k], strides=[s, s],
                         pads=[p] * 4, dilations=[1, 1], group=group)

    def norm(self, x):
        c = self.channels[x]
        parts = [self.random(c, scale=0.1, shift=1), self.random(c, scale=0.1),
                 self.random(c, scale=0.1), self.weight(
                     self.rng.uniform(0.5, 1.5, c).astype(np.float32))]
        return self.node('BatchNormalization', [x] + parts, epsilon=1e-5, momentum=0.9)

    def relu(self, x):
        return self.node('Relu', [x])

    def relu6(self, x):
        if self.opset < 11:
            return self.node('Clip', [x], min=0.0, max=6.0)
        return self.node('Clip', [x, self.weight(np.float32(0)), self.weight(np.float32(6))])

    def conv_relu(self, x, oc, k, s=1, p=0, group=1):
        return self.relu(self.conv(x, oc, k, s, p, group))

    def conv_norm(self, x, oc, k, s=1, p=0, group=1, act='Relu'):
        x = self.norm(self.conv(x, oc, k, s, p, group, bias=False))
        return x if not act else self.relu6(x) if act == 'Relu6' else self.swish(x) \
            if act == 'HardSwish' else self.relu(x)

    def swish(self, x):
        if self.opset >= 14:
            return self.node('HardSwish', [x])
        y = self.node('Add', [x, self.weight(np.float32(3))])
        y = self.node('Mul', [x, self.relu6(y)])
        return self.node('Div', [y, self.weight(np.float32(6))])

    def pool(self, kind, x, k, s, p=0, **attrs):
        return self.node(kind, [x], kernel_shape=[k, k], strides=[s, s], pads=[p] * 4, **attrs)

    def max(self, x, k=3, s=2, p=0, **attrs):
        return self.pool('MaxPool', x, k, s, p, **attrs)

    def concat(self, *xs):
        return self.node('Concat', list(xs), sum(self.channels[x] for x in xs), axis=1)

    def lrn(self, x):
        return self.node('LRN', [x], size=5, alpha=1e-4, beta=0.75, bias=1.0)

    def dropout(self, x):
        if self.opset < 12:     # with the mask that old exports name and nobody reads
            return self.node('Dropout', [x], outputs=2, ratio=0.5)[0]
        return self.node('Dropout', [x])

    def traced_flatten(self, x):
        """x.view(x.size(0), -1), as PyTorch's tracer writes it."""
        n = self.node('Gather', [self.node('Shape', [x]), self.weight(np.int64(0))], axis=0)
        if self.opset < 13:
            n = self.node('Unsqueeze', [n], axes=[0])
        else:
            n = self.node('Unsqueeze', [n, self.ints(0)])
        shape = self.node('Concat', [n, self.ints(-1)], axis=0)
        return self.node('Reshape', [x, shape], self.channels[x])

    def fc(self, x, n, c):
        w = self.random(n, c, scale=(1 / c) ** 0.5)
        return self.node('Gemm', [x, w, self.random(n, scale=0.1)], n, alpha=1.0, beta=1.0,
                         transB=1)

    def model(self, y, *tail):
        inputs = [helper.make_tensor_value_info('x', TensorProto.FLOAT,
                                                ['N', 3, self.size, self.size])]
        if self.opset < 11:     # IR version 3 lists initializers among the inputs
            inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims)
                       for w in self.weights]
        output = helper.make_tensor_value_info(y, TensorProto.FLOAT, ['N', 10, *tail])
        graph = helper.make_graph(self.nodes, self.name, inputs, [output], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid('', self.opset)],
                                 ir_version=3 if self.opset < 11 else 7)


def alexnet():
    """bvlc_alexnet of ONNX's model zoo: groups and LRN."""
    n = Net('alexnet', 9, 67)
    x = n.max(n.lrn(n.conv_relu('x', 12, 11, 4)))
    x = n.max(n.lrn(n.conv_relu(x, 32, 5, 1, 2, group=2)))
    x = n.conv_relu(x, 48, 3, 1, 1)
    x = n.conv_relu(x, 48, 3, 1, 1, group=2)
    x = n.conv_relu(x, 32, 3, 1, 1, group=2)
    x = n.node('Reshape', [x, n.ints(1, 32 * 3 * 3)])
    x = n.dropout(n.relu(n.fc(x, 64, 32 * 3 * 3)))
    x = n.dropout(n.relu(n.fc(x, 64, 64)))
    return n.model(n.node('Softmax', [n.fc(x, 10, 64)], axis=1))


def zfnet():
    n = Net('zfnet', 9, 75)
    x = n.lrn(n.max(n.conv_relu('x', 12, 7, 2, 1), p=1))
    x = n.lrn(n.max(n.conv_relu(x, 32, 5, 2)))
    for c in (64, 64, 64):
        x = n.conv_relu(x, c, 3, 1, 1)
    x = n.max(x)
    x = n.relu(n.fc(n.node('Flatten', [x]), 64, 64))
    x = n.relu(n.fc(x, 64, 64))
    return n.model(n.node('Softmax', [n.fc(x, 10, 64)], axis=1))


def vgg19():
    n = Net('vgg19', 13, 32)
    x = 'x'
    for c, times in ((8, 2), (16, 2), (32, 4), (64, 4), (64, 4)):
        for _ in range(times):
            x = n.conv_relu(x, c, 3, 1, 1)
        x = n.max(x, 2, 2)
    x = n.node('Flatten', [n.node('Identity', [x])], axis=1)
    x = n.dropout(n.relu(n.fc(x, 64, 64)))
    x = n.dropout(n.relu(n.fc(x, 64, 64)))
    return n.model(n.fc(x, 10, 64))


def resnet50():
    n = Net('resnet50', 12, 64)
    x = n.max(n.conv_norm('x', 8, 7, 2, 3), 3, 2, 1)
    for c, times, s in ((8, 3, 1), (16, 4, 2), (32, 6, 2), (64, 3, 2)):
        for i in range(times):
            y = n.conv_norm(x, c, 1)
            y = n.conv_norm(y, c, 3, s if not i else 1, 1)
            y = n.conv_norm(y, 4 * c, 1, act=None)
            if not i:
                x = n.conv_norm(x, 4 * c, 1, s, act=None)
            x = n.relu(n.node('Add', [y, x]))
    x = n.traced_flatten(n.node('GlobalAveragePool', [x]))
    return n.model(n.fc(x, 10, 256))


def squeezenet():
    n = Net('squeezenet', 11, 64)
    x = n.max(n.conv_relu('x', 16, 3, 2), ceil_mode=1)
    for i, c in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
        if i in (2, 4):
            x = n.max(x, ceil_mode=1)
        s = n.conv_relu(x, c // 4, 1)
        x = n.concat(n.conv_relu(s, c, 1), n.conv_relu(s, c, 3, 1, 1))
    x = n.node('GlobalAveragePool', [n.conv_relu(n.dropout(x), 10, 1)])
    return n.model(n.traced_flatten(x))


def shuffle(n, x, groups, side):
    c = n.channels[x]
    x = n.node('Reshape', [x, n.ints(0, groups, c // groups, side, side)])
    x = n.node('Transpose', [x], perm=[0, 2, 1, 3, 4])
    return n.node('Reshape', [x, n.ints(0, c, side, side)], c)


def shufflenet():
    """v1, of the model zoo: grouped 1x1 convolutions."""
    n = Net('shufflenet', 9, 64)
    x = n.max(n.conv_norm('x', 12, 3, 2, 1), 3, 2, 1)
    side = 16
    for c, times in ((48, 4), (96, 8), (192, 4)):
        for i in range(times):
            y = n.conv_norm(x, c // 4, 1, group=3 if n.channels[x] > 12 else 1)
            y = shuffle(n, y, 3, side)
            side = (side + 1) // 2 if not i else side
            y = n.conv_norm(y, c // 4, 3, 1 if i else 2, 1, group=c // 4, act=None)
            y = n.conv_norm(y, c if i else c - n.channels[x], 1, group=3, act=None)
            x = n.relu(n.node('Sum', [x, y])) if i else \
                n.relu(n.concat(n.pool('AveragePool', x, 3, 2, 1), y))
    x = n.pool('AveragePool', x, 2, 1)
    x = n.fc(n.node('Reshape', [x, n.ints(1, 192)]), 10, 192)
    return n.model(n.node('Softmax', [x], axis=1))


def shufflenet_v2():
    """torchvision: Split or Slice, Concat, shuffle by Reshape and Transpose."""
    n = Net('shufflenet_v2', 13, 64)
    x = n.max(n.conv_norm('x', 12, 3, 2, 1), 3, 2, 1)
    side = 16
    for c, times in ((24, 4), (48, 8), (96, 4)):
        half = c // 2
        for i in range(times):
            if i:
                a, b = n.node('Split', [x, n.ints(half, half)], half, outputs=2, axis=1)
            else:
                b = x
                a = n.conv_norm(x, n.channels[x], 3, 2, 1, group=n.channels[x], act=None)
                a = n.conv_norm(a, half, 1)
                side //= 2
            b = n.conv_norm(b, half, 1)
            b = n.conv_norm(b, half, 3, 1 if i else 2, 1, group=half, act=None)
            b = n.conv_norm(b, half, 1)
            x = shuffle(n, n.concat(a, b), 2, side)
    x = n.conv_norm(x, 64, 1)
    x = n.node('ReduceMean', [x], axes=[2, 3], keepdims=0)
    return n.model(n.fc(x, 10, 64))


INCEPTION = ((16, 24, 32, 4, 8, 8), (32, 32, 48, 8, 24, 16), (48, 24, 52, 4, 12, 16),
             (40, 28, 56, 6, 16, 16), (32, 32, 64, 6, 16, 16), (28, 36, 72, 8, 16, 16),
             (64, 40, 80, 8, 32, 32), (64, 40, 80, 8, 32, 32), (96, 48, 96, 12, 32, 32))


def inception_v1():
    n = Net('inception_v1', 9, 80)
    x = n.lrn(n.max(n.conv_relu('x', 8, 7, 2, 3), 3, 2, 0))
    x = n.conv_relu(n.conv_relu(x, 8, 1), 24, 3, 1, 1)
    x = n.node('MaxPool', [n.lrn(x)], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    for i, (a, b1, b2, c1, c2, d) in enumerate(INCEPTION):
        if i in (2, 7):
            x = n.node('MaxPool', [x], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
        x = n.concat(n.conv_relu(x, a, 1),
                     n.conv_relu(n.conv_relu(x, b1, 1), b2, 3, 1, 1),
                     n.conv_relu(n.conv_relu(x, c1, 1), c2, 5, 1, 2),
                     n.conv_relu(n.max(x, 3, 1, 1), d, 1))
    x = n.dropout(n.pool('AveragePool', x, 2, 1))
    x = n.node('Reshape', [x, n.ints(1, 256)])
    return n.model(n.node('Softmax', [n.fc(x, 10, 256)], axis=1))


def inception_v2():
    """Batch normalization, and the scale behind it that Caffe keeps apart."""
    n = Net('inception_v2', 9, 64)

    def unit(x, oc, k, s=1, p=0):
        x = n.norm(n.conv(x, oc, k, s, p))
        scale = n.node('Unsqueeze', [n.random(oc, scale=0.1, shift=1)], axes=[1, 2])
        shift = n.node('Unsqueeze', [n.random(oc, scale=0.1)], axes=[1, 2])
        return n.relu(n.node('Add', [n.node('Mul', [x, scale]), shift], oc))

    x = n.max(unit('x', 8, 7, 2, 3), 3, 2, 1)
    x = n.max(unit(unit(x, 8, 1), 24, 3, 1, 1), 3, 2, 1)
    for i, (a, b1, b2, c1, c2, d) in enumerate(INCEPTION):
        s = 2 if i in (2, 6) else 1
        three = unit(unit(x, b1, 1), b2, 3, s, 1)
        five = unit(unit(unit(x, c1, 1), c2, 3, 1, 1), c2, 3, s, 1)
        if s == 2:
            x = n.concat(three, five, n.max(x, 3, 2, 1))
        else:
            side = n.pool('AveragePool', x, 3, 1, 1, count_include_pad=1)
            x = n.concat(unit(x, a, 1), three, five, unit(side, d, 1))
    x = n.node('Flatten', [n.pool('AveragePool', x, 2, 1)])
    return n.model(n.node('Softmax', [n.fc(x, 10, 256)], axis=1))


def densenet121(light=False):
    n = Net('densenet121_light' if light else 'densenet121', 9, 64, light)
    grow = 8
    x = n.max(n.conv_norm('x', 16, 7, 2, 3), 3, 2, 1)
    for i, times in enumerate((6, 12, 24, 16)):
        for _ in range(times):
            y = n.conv(n.relu(n.norm(x)), 4 * grow, 1, bias=False)
            y = n.conv(n.relu(n.norm(y)), grow, 3, 1, 1, bias=False)
            x = n.concat(x, y)
        x = n.relu(n.norm(x))
        if i < 3:
            x = n.conv(x, n.channels[x] // 2, 1, bias=False)
            x = n.pool('AveragePool', x, 2, 2)
    x = n.node('GlobalAveragePool', [x])
    return n.model(n.conv(x, 10, 1), 1, 1)


def mobilenet_v1():
    n = Net('mobilenet_v1', 10, 64)
    x = n.conv_norm('x', 8, 3, 2, 1, act='Relu6')
    for c, s in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (128, 1),
                 (128, 1), (128, 1), (128, 1), (256, 2), (256, 1)):
        x = n.conv_norm(x, n.channels[x], 3, s, 1, group=n.channels[x], act='Relu6')
        x = n.conv_norm(x, c, 1, act='Relu6')
    x = n.node('Flatten', [n.node('GlobalAveragePool', [x])])
    return n.model(n.fc(x, 10, 256))


def mobilenet_v2():
    n = Net('mobilenet_v2', 13, 64)
    x = n.conv_norm('x', 8, 3, 2, 1, act='Relu6')
    for t, c, times, s in ((1, 4, 1, 1), (6, 6, 2, 2), (6, 8, 3, 2), (6, 16, 4, 2), (6, 24, 3, 1),
                           (6, 40, 3, 2), (6, 80, 1, 1)):
        for i in range(times):
            wide = t * n.channels[x]
            y = n.conv_norm(x, wide, 1, act='Relu6') if t > 1 else x
            y = n.conv_norm(y, wide, 3, 1 if i else s, 1, group=wide, act='Relu6')
            y = n.conv_norm(y, c, 1, act=None)
            x = n.node('Add', [x, y]) if i else y
    x = n.conv_norm(x, 160, 1, act='Relu6')
    x = n.node('ReduceMean', [x], axes=[2, 3], keepdims=0)
    return n.model(n.fc(n.dropout(x), 10, 160))


def mobilenet_v3(opset=17):
    """Small: squeeze and excitation; HardSwish as one operator, or spelled out."""
    n = Net(f'mobilenet_v3_{opset}', opset, 64)
    x = n.conv_norm('x', 8, 3, 2, 1, act='HardSwish')
    for k, wide, c, squeeze, act, s in (
            (3, 8, 8, 1, 'Relu', 2), (3, 36, 12, 0, 'Relu', 2), (3, 44, 12, 0, 'Relu', 1),
            (5, 48, 20, 1, 'HardSwish', 2), (5, 120, 20, 1, 'HardSwish', 1),
            (5, 60, 24, 1, 'HardSwish', 1), (5, 144, 48, 1, 'HardSwish', 2)):
        y = n.conv_norm(x, wide, 1, act=act)
        y = n.conv_norm(y, wide, k, s, k // 2, group=wide, act=act)
        if squeeze:
            z = n.node('GlobalAveragePool', [y])
            z = n.conv(n.conv_relu(z, 8, 1), wide, 1)
            z = n.node('HardSigmoid', [z], alpha=1 / 6)
            y = n.node('Mul', [z, y])
        y = n.conv_norm(y, c, 1, act=None)
        x = n.node('Add', [y, x]) if s == 1 and n.channels[x] == c else y
    x = n.conv_norm(x, 96, 1, act='HardSwish')
    x = n.traced_flatten(n.node('GlobalAveragePool', [x]))
    x = n.dropout(n.swish(n.fc(x, 64, 96)))
    return n.model(n.fc(x, 10, 64))


NETS = {
    'alexnet': alexnet, 'zfnet': zfnet, 'vgg19': vgg19, 'resnet50': resnet50,
    'squeezenet': squeezenet, 'shufflenet': shufflenet, 'shufflenet_v2': shufflenet_v2,
    'inception_v1': inception_v1, 'inception_v2': inception_v2, 'densenet121': densenet121,
    'densenet121_light': lambda: densenet121(True), 'mobilenet_v1': mobilenet_v1,
    'mobilenet_v2': mobilenet_v2, 'mobilenet_v3': mobilenet_v3,
    'mobilenet_v3_opset11': lambda: mobilenet_v3(11),
}


class Tap:
    nr = bad = 0

    def ok(self, good, name):
        self.nr += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.nr} {name}", flush=True)

    def skip(self, name, why):
        self.nr += 1
        print(f'ok {self.nr} {name} # SKIP {why}', flush=True)


def near(got, want):
    """Within a thousandth of the largest value; NaN and infinity are never near."""
    return bool(got.shape == want.shape and np.isfinite(got).all() and np.ptp(want) > 0 and
                np.abs(got - want).max() <= 1e-3 * np.abs(want).max())


def check(tap, name):
    model = NETS[name]()
    onnx.checker.check_model(model)
    size = model.graph.input[0].type.tensor_type.shape.dim[2].dim_value
    x = np.random.default_rng(1).standard_normal((1, 3, size, size)).astype(np.float32)
    want = onnx_numpy.run(model, {'x': x})
    data = model.SerializeToString()
    layers = sum(n.op_type in ('Conv', 'Gemm') for n in model.graph.node)
    for backend in ('fp32', 'soft'):
        got, nr, (used, live) = libaxp.run(data, {'x': x}, backend)
        flat = name.endswith('light')
        good = all(near(got[k], want[k]) or
                   (flat and np.allclose(got[k], want[k], rtol=1e-3)) for k in want)
        tap.ok(good, f'{name}: {backend}: as numpy')
        if not good:
            print(f'# {list(got.values())[0].ravel()[:4]}, {list(want.values())[0].ravel()[:4]}')
    tap.ok(nr == layers, f'{name}: all {layers} convolutions and products are layers')
    print(f'# {name}: {used} bytes of values, {live} alive together')
    tap.ok(live <= used <= 1.1 * live, f'{name}: memory within 10% of the largest live set')


def main():
    names = sys.argv[1:]
    if names[:1] == ['--write']:
        os.makedirs(names[1], exist_ok=True)
        for name in names[2:] or NETS:
            onnx.save(NETS[name](), f'{names[1]}/{name}.onnx')
        return
    tap = Tap()
    for name in names or NETS:
        try:
            check(tap, name)
        except libaxp.Refused as e:
            tap.ok(False, f'{name}: {e}')
    print(f'1..{tap.nr}')
    sys.exit(tap.bad > 0)


if __name__ == '__main__':
    main()
