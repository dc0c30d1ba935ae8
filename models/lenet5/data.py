# SPDX-License-Identifier: BSD-2-Clause
"""Digits of 28x28 pixels in IDX files, as MNIST comes, and their split."""

import gzip
import os
import struct
import sys

import numpy as np

CLASSES = tuple(str(digit) for digit in range(10))
PARTS = ("training", "test")


def read(path, magic, ndim):
    """An IDX file of bytes, packed by gzip or not."""
    name = os.path.basename(sys.argv[0])
    try:
        with open(path, "rb") as file:
            raw = file.read()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (OSError, EOFError) as err:
        sys.exit(f"{name}: {path}: {err}")
    head = 4 + 4 * ndim
    if len(raw) < head or struct.unpack(">I", raw[:4])[0] != magic:
        sys.exit(f"{name}: {path}: not an IDX file of {ndim} dimensions")
    shape = struct.unpack(f">{ndim}I", raw[4:head])
    if len(raw) != head + np.prod(shape, dtype=np.int64):
        sys.exit(f"{name}: {path}: {len(raw) - head} bytes, the header "
                 f"says {'x'.join(map(str, shape))}")
    return np.frombuffer(raw, np.uint8, offset=head).reshape(shape)


def load(images, labels):
    """Read and split: sample i (from 0) is test if i mod 4 is 0.

    Returns {part: (x, y)}, x being float32 [n,1,28,28] in 0..1 (pixel / 255)
    and y int64 [n] in 0..9.
    """
    x, y = read(images, 0x803, 3), read(labels, 0x801, 1)
    if x.shape[1:] != (28, 28) or len(x) != len(y):
        sys.exit(f"{os.path.basename(sys.argv[0])}: {images}: "
                 f"{'x'.join(map(str, x.shape))} pixels, {len(y)} labels")
    x = (x[:, None] / 255).astype(np.float32)
    test = np.arange(len(x)) % 4 == 0
    return {"training": (x[~test], y[~test].astype(np.int64)),
            "test": (x[test], y[test].astype(np.int64))}
