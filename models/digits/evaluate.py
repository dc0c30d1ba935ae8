#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the exported digits ConvNet in numpy: no torch, only the ONNX file.

Prints, for every layer that multiplies, its MACs per image (positions in
the padding are not counted) and how many of them meet a zero activation on
the test part, then the accuracy on each part.  Fails if the model is not
ONNX opset 13 with IR version 7, or if the accuracy on the test part is
below --least (98 unless told).
"""

import argparse
import os
import sys

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import onnxrun  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("digits", metavar="DIGITS.CSV.GZ")
    parser.add_argument("model", metavar="MODEL.ONNX")
    parser.add_argument("--least", type=float, default=98.0,
                        metavar="PERCENT", help="least accuracy on the "
                        "test part (default: %(default)s)")
    parser.add_argument("--unseen", action="store_true",
                        help="split the rows as train.py --unseen does")
    args = parser.parse_args()

    onnxrun.evaluate(args.model, data.load(args.digits, args.unseen),
                     args.least, data.PARTS)


if __name__ == "__main__":
    main()
