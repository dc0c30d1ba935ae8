#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the exported LeNet-5 in numpy: no torch, only the ONNX file.

Prints layers, MACs and zero activations, then the accuracy on each part.
Fails if the model is not ONNX opset 13 with IR version 7, or if the
accuracy on the test part is below --least.
"""

import argparse
import os
import sys

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import onnxrun  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("images", metavar="IMAGES", help="IDX, .gz too")
    parser.add_argument("labels", metavar="LABELS", help="IDX, .gz too")
    parser.add_argument("model", metavar="MODEL.ONNX")
    parser.add_argument("--least", type=float, default=98.5,
                        metavar="PERCENT", help="least accuracy on the "
                        "test part (default: %(default)s)")
    args = parser.parse_args()

    onnxrun.evaluate(args.model, data.load(args.images, args.labels),
                     args.least, data.PARTS)


if __name__ == "__main__":
    main()
