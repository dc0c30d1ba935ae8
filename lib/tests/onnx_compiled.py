#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A compiled model elsewhere: onnx_compiled.py

The shipped net as it is and compiled by the tool, with either accumulator, is checked by
python3-onnx and run over the 360 test digits by

  numpy    onnx_numpy.py: node after node as ONNX defines them, weights gathered from
           codebooks by the model's own nodes;
  OpenCV   its dnn module (python3-opencv), which knows nothing of this project. Its
           importer takes no Gather with more than one index, so the two nodes that make
           weights of indices and codebook (Cast, Gather) are replaced by what they make.

Both must give the clustered net's FP32 answers as libaxp gives them. Prints TAP.
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
from onnx import numpy_helper   # noqa: E402

try:
    import cv2
except ImportError:
    cv2 = None

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp               # noqa: E402
import onnx_numpy           # noqa: E402
from onnx_nets import Tap, near     # noqa: E402

BUILD = os.environ.get('AXP_BUILD', 'build')
DIGITS = BUILD + '/digits/digits.csv.gz'


def digits():
    """The part for tests, of models/digits/README.md."""
    with gzip.open(DIGITS, 'rt') as f:
        data = np.loadtxt(f, delimiter=',', dtype=np.float32)
    data = data[np.arange(len(data)) // 10 % 5 == 0]
    return data[:, :-1].reshape(-1, 1, 8, 8) / 16, data[:, -1].astype(int)


def compiled(path, *options):
    with gzip.open(DIGITS, 'rt') as f, open(path + '.csv', 'w') as calib:
        calib.writelines(line for i, line in enumerate(f) if i // 10 % 5 == 1)
    subprocess.run([BUILD + '/axp', 'compile', 'models/digits/digits.onnx', '--calib',
                    f'csv:{path}.csv', '--scale', '0.0625', '-o', path, *options],
                   check=True, stdout=subprocess.DEVNULL)
    return onnx.load(path)


def run_all(model, pictures, backend):
    """One at a time and together: the model's batch is free."""
    data, name = model.SerializeToString(), model.graph.input[0].name
    return list(libaxp.run(data, {name: pictures}, backend)[0].values())[0]


def folded(model):
    """The model with weights instead of Cast(index) and Gather(codebook, index)."""
    plain, of = onnx.ModelProto(), {}
    plain.CopyFrom(model)
    graph = plain.graph
    for t in graph.initializer:
        of[t.name] = numpy_helper.to_array(t)
    for node in list(graph.node):
        if node.op_type not in ('Cast', 'Gather') or any(i not in of for i in node.input):
            continue
        if node.op_type == 'Cast':
            value = of[node.input[0]].astype(np.int64)
        else:
            value = np.take(of[node.input[0]], of[node.input[1]], axis=0)
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
        of[node.output[0]] = value
        graph.node.remove(node)
    return plain


def run_opencv(model, pictures):
    net = cv2.dnn.readNetFromONNX(np.frombuffer(folded(model).SerializeToString(), np.uint8))
    net.setInput(pictures)
    return net.forward()


def check(tap, what, model, pictures, labels):
    onnx.checker.check_model(model, full_check=True)
    name = model.graph.input[0].name
    theirs = list(onnx_numpy.run(model, {name: pictures}).values())[0]
    ours = run_all(model, pictures, 'fp32')
    soft = run_all(model, pictures, 'soft')
    runs = [('numpy', theirs), ('fp32', ours), ('soft', soft)]
    if cv2:
        runs.append(('OpenCV', run_opencv(model, pictures)))
    right = {tool: int((y.argmax(1) == labels).sum()) for tool, y in runs}
    print(f'# {what}: of {len(labels)} digits right: ' +
          ', '.join(f'{tool} {n}' for tool, n in right.items()))
    for tool, y in runs:
        if tool in ('numpy', 'OpenCV'):
            tap.ok(near(ours, y), f'{what}: {tool} gives the outputs of the FP32 backend')
            tap.ok(right[tool] == right['fp32'], f'{what}: and its accuracy')
    if not cv2:
        tap.skip(f'{what}: OpenCV', 'no python3-opencv')
    tap.ok(min(right.values()) > 0.95 * len(labels), f'{what}: which is a working net')
    return ours


def main():
    tap = Tap()
    print(f'# python3-onnx {onnx.__version__}, numpy {np.__version__}, '
          f'OpenCV {cv2.__version__ if cv2 else "none"}')
    pictures, labels = digits()
    shipped = check(tap, 'as shipped', onnx.load('models/digits/digits.onnx'), pictures, labels)
    with tempfile.TemporaryDirectory() as folder:
        for options, accumulator in (((), 'fixed'), (('--accumulator', 'f32'), 'f32')):
            model = compiled(folder + '/compiled.onnx', *options)
            what = f'compiled, accumulator {accumulator}'
            settings = [p.value for p in model.metadata_props if p.key.startswith('axp.layer.')]
            tap.ok(settings and all(f'accumulator={accumulator} ' in v for v in settings),
                   f'{what}: is what the tables are for')
            gathers = sum(n.op_type == 'Gather' for n in model.graph.node)
            tap.ok(gathers == len(settings), f'{what}: weights from codebooks')
            ours = check(tap, what, model, pictures, labels)
            tap.ok(not near(ours, shipped), f'{what}: and another than the one shipped')
    print(f'1..{tap.nr}')
    sys.exit(tap.bad > 0)


if __name__ == '__main__':
    main()
