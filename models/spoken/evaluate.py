#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the exported net for spoken digits in numpy: no torch, only the file.

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
    parser.add_argument("recordings", metavar="FOLDER")
    parser.add_argument("model", metavar="MODEL.ONNX")
    parser.add_argument("--least", type=float, default=97.0,
                        metavar="PERCENT", help="least accuracy on the "
                        "test part (default: %(default)s)")
    args = parser.parse_args()

    model = onnxrun.load(args.model)
    known = {prop.key: prop.value for prop in model.metadata_props}
    parts = data.load(args.recordings, float(known["axp.input.mean"]),
                      float(known["axp.input.std"]))
    onnxrun.evaluate(args.model, parts, args.least, data.PARTS)


if __name__ == "__main__":
    main()
