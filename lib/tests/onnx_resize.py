#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Resize by awkward scales: onnx_resize.py

Scales are binary32. Sizes must be those of python3-onnx's shape inference, which takes the
product with the length in binary32 as well, like onnxruntime; values those of the
definition in its test cases (onnx.backend.test), where that has the same size. Prints TAP.
"""

import os
import sys
import warnings

import numpy as np

warnings.simplefilter('ignore')

import onnx                                             # noqa: E402
from onnx import TensorProto, helper, numpy_helper      # noqa: E402
from onnx.backend.test.case.node import resize          # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp                                           # noqa: E402
from onnx_nets import Tap                               # noqa: E402

SCALES = [np.float32(s) for s in (0.1, 0.3, 1 / 3, 0.6, 0.7, 2 / 3, 0.9, 0.99, 1, 1.1, 1.3, 4 / 3,
                                  1.7, 1.9, 2, 2.2, 7 / 3, 3.3, 1 + 2 ** -23, 1 - 2 ** -24)]
MODES = {
    'nearest': lambda r, n: resize.nearest_coeffs(r, n),
    'linear': lambda r, n: resize.linear_coeffs(r),
}


def model(length, scale, mode, coordinates, nearest, opset):
    scales = np.array([1, 1, scale], np.float32)
    if opset == 9:
        node = helper.make_node('Upsample', ['x', 's'], ['y'], mode=mode)
    else:
        node = helper.make_node('Resize', ['x', '', 's'], ['y'], mode=mode,
                                coordinate_transformation_mode=coordinates, nearest_mode=nearest)
    shape = [1, 1, length]
    graph = helper.make_graph(
        [node], 'g', [helper.make_tensor_value_info('x', TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [1, 1, None])],
        [numpy_helper.from_array(scales, 's')])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])


def inferred(m):
    dims = onnx.shape_inference.infer_shapes(m, strict_mode=True).graph.output[0].type.tensor_type
    return dims.shape.dim[2].dim_value


def wanted(x, scale, mode, coordinates, nearest):
    """One dimension of the definition."""
    def coefficients(ratio):
        return MODES[mode](ratio, nearest)

    size = int((np.array([scale]) * np.array(x.shape))[0])
    return np.array([resize.interpolate_1d_with_x(
        x, scale, i, coefficients, coordinate_transformation_mode=coordinates)
        for i in np.arange(size)], np.float32)


def check(tap, mode, coordinates, nearest, opset):
    sizes = values = same = 0
    wrong = ''
    for scale in SCALES:
        for length in (1, 2, 3, 5, 7, 10, 20, 30, 49):
            m = model(length, scale, mode, coordinates, nearest, opset)
            size = inferred(m)
            if not size:
                continue
            x = np.random.default_rng(length).standard_normal(length).astype(np.float32)
            got = libaxp.run(m.SerializeToString(), {'x': x.reshape(1, 1, length)}, 'fp32')
            got = list(got[0].values())[0].reshape(-1)
            sizes += 1
            if len(got) != size:
                wrong = wrong or f'length {length}, scale {scale}: {len(got)}, not {size}'
                continue
            want = wanted(x, scale, mode, coordinates, nearest)
            if len(want) != size:
                continue
            same += 1
            if np.allclose(got, want, 1e-5, 1e-6):
                values += 1
            else:
                wrong = wrong or f'length {length}, scale {scale}: {got} {want}'
    what = f'{mode}, {coordinates}, {nearest}, opset {opset}'
    if wrong:
        print(f'# {what}: {wrong}')
    tap.ok(not wrong and sizes > 100 and values == same > 0.8 * sizes,
           f'{what}: {sizes} sizes, {values} of {same} values')


def main():
    tap = Tap()
    for mode in ('nearest', 'linear'):
        for coordinates in ('half_pixel', 'asymmetric', 'align_corners'):
            for nearest in (('round_prefer_floor', 'floor', 'ceil') if mode == 'nearest'
                            else ('round_prefer_floor',)):
                check(tap, mode, coordinates, nearest, 13)
    check(tap, 'nearest', 'asymmetric', 'floor', 9)
    print(f'1..{tap.nr}')
    sys.exit(tap.bad > 0)


if __name__ == '__main__':
    main()
