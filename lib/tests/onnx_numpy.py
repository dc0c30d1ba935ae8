# SPDX-License-Identifier: BSD-2-Clause
"""A second executor of ONNX models, in numpy: slow, short, and no code of libaxp's.

It knows what the nets of onnx_nets.py and compiled models need; sums are in binary64.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper


def windows(x, kernel, strides, dilations, pads, fill):
    """[N, C, OH, OW, KH, KW] of an image [N, C, H, W]."""
    x = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])),
               constant_values=fill)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations)]
    v = np.lib.stride_tricks.sliding_window_view(x, reach, (2, 3))
    return v[:, :, ::strides[0], ::strides[1], ::dilations[0], ::dilations[1]]


def conv(x, w, b=None, *, kernel_shape=None, strides=(1, 1), dilations=(1, 1),
         pads=(0, 0, 0, 0), group=1):
    v = windows(x, w.shape[2:], strides, dilations, pads, 0)
    n, c, oh, ow = v.shape[:4]
    cg, og = c // group, w.shape[0] // group
    out = [np.einsum('nchwij,ocij->nohw', v[:, g * cg:(g + 1) * cg],
                     w[g * og:(g + 1) * og], optimize=True) for g in range(group)]
    y = np.concatenate(out, 1)
    return y if b is None else y + b.reshape(1, -1, 1, 1)


def ends(x, kernel, strides, pads, ceil_mode):
    """What ceil_mode adds behind: enough for one more window that starts inside."""
    extra = []
    for d in range(2):
        size = x.shape[d + 2] + pads[d] + pads[d + 2]
        rest = (size - kernel[d]) % strides[d]
        more = ceil_mode and rest and \
            ((size - kernel[d]) // strides[d] + 1) * strides[d] < x.shape[d + 2] + pads[d]
        extra.append(strides[d] - rest if more else 0)
    return extra


def max_pool(x, *, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), ceil_mode=0,
             dilations=(1, 1), storage_order=0):
    e = ends(x, kernel_shape, strides, pads, ceil_mode)
    p = (pads[0], pads[1], pads[2] + e[0], pads[3] + e[1])
    return windows(x, kernel_shape, strides, dilations, p, -np.inf).max((4, 5))


def average_pool(x, *, kernel_shape, strides=(1, 1), pads=(0, 0, 0, 0), ceil_mode=0,
                 count_include_pad=0):
    e = ends(x, kernel_shape, strides, pads, ceil_mode)
    p = (pads[0], pads[1], pads[2] + e[0], pads[3] + e[1])
    total = windows(x, kernel_shape, strides, (1, 1), p, 0).sum((4, 5))
    ones = np.ones_like(x[:1, :1])
    if count_include_pad:
        ones = np.pad(ones, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])),
                      constant_values=1)
        p = (0, 0, e[0], e[1])
    return total / windows(ones, kernel_shape, strides, (1, 1), p, 0).sum((4, 5))


def lrn(x, *, size, alpha=1e-4, beta=0.75, bias=1.0):
    c = x.shape[1]
    total = np.zeros_like(x)
    for i in range(c):
        lo, hi = max(0, i - (size - 1) // 2), min(c, i + size // 2 + 1)
        total[:, i] = (x[:, lo:hi] ** 2).sum(1)
    return x / (bias + alpha / size * total) ** beta


def batch_norm(x, gamma, beta, mean, var, *, epsilon=1e-5, momentum=0.9):
    gamma, beta, mean, var = (v.reshape([1, -1] + [1] * (x.ndim - 2))
                              for v in (gamma, beta, mean, var))
    return (x - mean) / np.sqrt(var + epsilon) * gamma + beta


def softmax(x, *, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def reshape(x, shape, **_):
    return x.reshape([x.shape[i] if d == 0 else int(d) for i, d in enumerate(shape)])


def gemm(a, b, c=0, *, alpha=1.0, beta=1.0, transA=0, transB=0):
    return alpha * ((a.T if transA else a) @ (b.T if transB else b)) + beta * c


def clip(x, lo=None, hi=None, **attrs):
    return np.clip(x, attrs.get('min', lo), attrs.get('max', hi))


def split(x, sizes=None, *, axis=0, split=None):
    sizes = split if sizes is None else sizes
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def flatten(x, *, axis=1):
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


def unsqueeze(x, axes):
    return np.expand_dims(x, tuple(int(a) for a in axes))


def identity(x, *_, **__):
    return x


def constant(**attrs):
    return numpy_helper.to_array(attrs['value'])


def constant_of_shape(shape, *, value=None):
    value = numpy_helper.to_array(value) if value else np.zeros(1, np.float32)
    return np.full([int(d) for d in shape], value[0], value.dtype)


OPERATORS = {
    'Add': np.add, 'Sub': np.subtract, 'Mul': np.multiply, 'Div': np.divide,
    'Sum': lambda *x: sum(x), 'Conv': conv, 'MaxPool': max_pool,
    'AveragePool': average_pool, 'LRN': lrn, 'BatchNormalization': batch_norm,
    'GlobalAveragePool': lambda x: x.mean((2, 3), keepdims=True),
    'Relu': lambda x: np.maximum(x, 0), 'Sigmoid': lambda x: 1 / (1 + np.exp(-x)),
    'Softmax': softmax, 'Reshape': reshape, 'Gemm': gemm, 'MatMul': np.matmul,
    'HardSwish': lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    'HardSigmoid': lambda x, alpha=0.2, beta=0.5: np.clip(alpha * x + beta, 0, 1),
    'Clip': clip, 'Concat': lambda *x, axis: np.concatenate(x, axis), 'Split': split,
    'Flatten': flatten, 'Transpose': lambda x, perm: x.transpose(perm),
    'Dropout': identity, 'Identity': identity,
    'ReduceMean': lambda x, axes, keepdims=1: x.mean(tuple(axes), keepdims=bool(keepdims)),
    'Shape': lambda x: np.array(x.shape, np.int64),
    'Gather': lambda x, i, axis=0: np.take(x, i, axis),
    'Unsqueeze': lambda x, a=None, axes=None: unsqueeze(x, axes if a is None else a),
    'Constant': constant, 'ConstantOfShape': constant_of_shape,
    'Cast': lambda x, to: x.astype(helper.mapping.TENSOR_TYPE_TO_NP_TYPE[to]),
}


def run(model, inputs):
    """Name to array, for every output; floats become binary64 on the way in."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    values.update(inputs)
    for name, v in values.items():
        if v.dtype == np.float32:
            values[name] = v.astype(np.float64)
    for node in model.graph.node:
        attrs = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        y = OPERATORS[node.op_type](*(values[i] for i in node.input if i), **attrs)
        for name, v in zip(node.output, y if isinstance(y, list) else [y]):
            values[name] = v
    return {o.name: values[o.name] for o in model.graph.output}
