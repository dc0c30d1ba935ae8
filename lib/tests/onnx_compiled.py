#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A compiled model elsewhere: onnx_compiled.py

The shipped net, compiled by the tool, is checked by python3-onnx and run by numpy
(onnx_numpy.py) over the 360 test digits: the clustered net's FP32 answers, to the last
digit as libaxp gives them, from nothing but what any ONNX tool reads. Prints TAP.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.simplefilter('ignore')

import onnx                 # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp               # noqa: E402
import onnx_numpy           # noqa: E402
from onnx_nets import Tap, near     # noqa: E402

BUILD = os.environ.get('AXP_BUILD', 'build')
DIGITS = BUILD + '/digits/digits.csv.gz'


def digits():
    """Every fifth: none that the net is calibrated with."""
    with gzip.open(DIGITS, 'rt') as f:
        data = np.loadtxt(f, delimiter=',', dtype=np.float32)[::5]
    return data[:, :-1].reshape(-1, 1, 8, 8) / 16, data[:, -1].astype(int)


def compiled(path, *options):
    subprocess.run([BUILD + '/axp', 'compile', 'models/digits/digits.onnx', '--calib',
                    f'csv:{DIGITS}[1::5]', '--scale', '0.0625', '-o', path, *options],
                   check=True, stdout=subprocess.DEVNULL)
    return onnx.load(path)


def run_all(model, pictures, backend):
    """One at a time and together: the model's batch is free."""
    data, name = model.SerializeToString(), model.graph.input[0].name
    return list(libaxp.run(data, {name: pictures}, backend)[0].values())[0]


def check(tap, what, model, pictures, labels):
    onnx.checker.check_model(model, full_check=True)
    name = model.graph.input[0].name
    theirs = list(onnx_numpy.run(model, {name: pictures}).values())[0]
    ours = run_all(model, pictures, 'fp32')
    soft = run_all(model, pictures, 'soft')
    right = [int((y.argmax(1) == labels).sum()) for y in (theirs, ours, soft)]
    print(f'# {what}: of {len(labels)} digits right: numpy {right[0]}, fp32 {right[1]}, '
          f'soft {right[2]}')
    tap.ok(near(ours, theirs), f'{what}: numpy gives the outputs of the FP32 backend')
    tap.ok(right[0] == right[1], f'{what}: and its accuracy')
    tap.ok(min(right) > 0.95 * len(labels), f'{what}: which is a working net')


def main():
    tap = Tap()
    pictures, labels = digits()
    check(tap, 'as shipped', onnx.load('models/digits/digits.onnx'), pictures, labels)
    with tempfile.TemporaryDirectory() as folder:
        for options in ((), ('--accumulator', 'fixed')):
            model = compiled(folder + '/compiled.onnx', *options)
            gathers = sum(n.op_type == 'Gather' for n in model.graph.node)
            tap.ok(gathers > 0, f'{" ".join(options) or "compiled"}: weights from codebooks')
            check(tap, ' '.join(options) or 'compiled', model, pictures, labels)
    print(f'1..{tap.nr}')
    sys.exit(tap.bad > 0)


if __name__ == '__main__':
    main()
