#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the exported ResNet-8 in numpy: no torch, only the ONNX file.

Prints layers, MACs and zero activations, then the accuracy on the test
pictures.  Fails if the model is not ONNX opset 13 with IR version 7, or if
the accuracy is below --least.
"""

import argparse
import os
import sys

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import onnxrun  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", metavar="FOLDER", help="where test/ is")
    parser.add_argument("model", metavar="MODEL.ONNX")
    parser.add_argument("--least", type=float, default=84.0,
                        metavar="PERCENT", help="least accuracy on the "
                        "test pictures (default: %(default)s)")
    args = parser.parse_args()

    x, y = data.load(args.pictures, "test")
    onnxrun.evaluate(args.model, {"test": (data.normalise(x), y)},
                     args.least, ["test"])


if __name__ == "__main__":
    main()
