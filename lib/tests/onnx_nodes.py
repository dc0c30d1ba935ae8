#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""ONNX's published conformance tests on libaxp: onnx_nodes.py [BACKEND...]

The node tests that Debian's python3-onnx makes, and the converted PyTorch models of
libonnx-testdata: every one of them that holds an operator of ours. It must give the
expected outputs within the tolerance of the test, or be refused with a message that
names the operator or attribute: as every operator without a row is, and what REFUSED
lists. Prints TAP.
"""

import builtins
import glob
import os
import re
import sys
import warnings

import numpy as np

warnings.simplefilter('ignore')
for _name in ('float', 'int', 'bool', 'object', 'complex', 'str'):
    setattr(np, _name, getattr(builtins, _name))    # as when the tests were written

import onnx                                         # noqa: E402
from onnx import numpy_helper                       # noqa: E402
from onnx.backend.test.case.node import collect_testcases   # noqa: E402

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import libaxp                                       # noqa: E402

OPERATORS = set('''
    Add AveragePool BatchNormalization Cast Clip Concat Constant ConstantOfShape Conv
    ConvTranspose Div Dropout Elu Equal Flatten Floor Gather Gemm GlobalAveragePool GlobalMaxPool
    HardSigmoid HardSwish Identity If LRN LeakyRelu LogSoftmax MatMul MaxPool Mul PRelu Pad Pow
    ReduceMean Relu Reshape Resize Selu Shape Sigmoid Slice Softmax Split Squeeze Sub Sum
    Tanh Transpose Unsqueeze Upsample'''.split())

# What operators of ours may refuse: test, message.
REFUSED = (
    (r'batchnorm_.*_training_mode', r'attribute training_mode is 1'),
    (r'training_dropout.*', r'input training_mode is not a single false'),
    (r'cast(like)?_.*STRING.*', 'STRING'),
    (r'cast(like)?_.*BFLOAT16.*', r'BFLOAT16'),
    (r'if_(seq|opt)', r"operator '(SequenceConstruct|Optional)' is not supported"),
    (r'pow_types_.*uint64', r'UINT64'),
    (r'identity_(sequence|opt)', r'is not a tensor'),
    (r'sequence_map.*', r'is not a tensor'),
    (r'pytorch-converted/Conv3d.*', r'Conv.*input W is of shape \[[^]]*\], .* are supported'),
)

DATA = '/usr/share/libonnx-testdata/data'


class Case:
    """A model, and sets of inputs and expected outputs."""

    def __init__(self, name, model, data_sets, rtol, atol):
        self.name, self.model, self.data_sets = name, model, data_sets
        self.rtol, self.atol = rtol, atol

    def operators(self):
        return {n.op_type for n in self.model.graph.node}

    def opset(self):
        return max(o.version for o in self.model.opset_import if o.domain in ('', 'ai.onnx'))

    def inputs(self):
        """Those that are not initializers, as old files list them too."""
        known = {t.name for t in self.model.graph.initializer}
        return [i.name for i in self.model.graph.input if i.name not in known]


def node_cases():
    np.random.seed(0)
    for c in collect_testcases(None):
        yield Case(re.sub('^test_', '', c.name), c.model, c.data_sets, c.rtol, c.atol)


def load(path):
    with open(path, 'rb') as f:
        return numpy_helper.to_array(onnx.TensorProto.FromString(f.read()))


def stored_cases(kind):
    for folder in sorted(glob.glob(f'{DATA}/{kind}/test_*')):
        sets = []
        for data in sorted(glob.glob(folder + '/test_data_set_*')):
            def tensors(what):
                return [load(f'{data}/{what}_{i}.pb')
                        for i in range(len(glob.glob(f'{data}/{what}_*.pb')))]
            sets.append((tensors('input'), tensors('output')))
        yield Case(kind + '/' + os.path.basename(folder)[5:],
                   onnx.load(folder + '/model.onnx'), sets, 1e-3, 1e-7)


def compare(case, got, want):
    for name, expected in zip([o.name for o in case.model.graph.output], want):
        expected = np.asarray(expected)
        if got[name].shape != expected.shape or got[name].dtype != expected.dtype:
            return (f'output {name} is {got[name].dtype} {got[name].shape}, not '
                    f'{expected.dtype} {expected.shape}')
        if not np.allclose(got[name], expected, case.rtol, case.atol, equal_nan=True):
            return f'output {name} is off by {np.abs(got[name] - expected).max()}'
    return ''


def may_refuse(case, message):
    # before opset 9 some operators had other forms
    if case.opset() < 9 and re.search(r'operator \w+ of opset %u is not' % case.opset(), message):
        return True
    foreign = case.operators() - OPERATORS
    if foreign:
        return re.search(r"operator '?(%s)'? (of domain .*)?is not supported" %
                         '|'.join(foreign), message) or \
            re.search('is not a tensor|is of type (STRING|BFLOAT16)', message)
    return any(re.fullmatch(test, case.name) and re.search(text, message)
               for test, text in REFUSED)


def run(case, backend):
    """What is wrong, '' when all is well; whether it was refused."""
    for inputs, outputs in case.data_sets:
        # sequences and strings cannot even be given: the library must say why
        given = {name: value for name, value in zip(case.inputs(), inputs)
                 if libaxp.is_tensor(value)}
        try:
            got, _, _ = libaxp.run(case.model.SerializeToString(), given, backend)
        except libaxp.Refused as e:
            return ('' if may_refuse(case, str(e)) else f'refused: {e}'), True
        if case.operators() - OPERATORS:
            return f'it ran, with {case.operators() - OPERATORS}', False
        wrong = compare(case, got, outputs)
        if wrong:
            return wrong, False
    return '', False


def main():
    cases = list(node_cases())
    for kind in ('pytorch-converted', 'pytorch-operator', 'simple'):
        cases += stored_cases(kind)
    cases = [c for c in cases if c.operators() & OPERATORS]
    nr = bad = 0
    for backend in sys.argv[1:] or ['fp32', 'soft']:
        ran = refused = 0
        for case in cases:
            wrong, no = run(case, backend)
            nr += 1
            bad += bool(wrong)
            ran += not no
            refused += no
            print(f"{'not ok' if wrong else 'ok'} {nr} {backend}: {case.name}"
                  f"{', refused' if no else ''}", flush=True)
            if wrong:
                print(f'# {wrong}')
        print(f'# {backend}: {ran} run, {refused} refused')
    print(f'1..{nr}')
    sys.exit(bad > 0)


if __name__ == '__main__':
    main()
