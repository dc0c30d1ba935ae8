# SPDX-License-Identifier: BSD-2-Clause
"""The UCI handwritten digits and the fixed rule that splits them."""

import gzip
import hashlib
import os
import sys

import numpy as np

SHA256 = "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a"
PARTS = ("training", "calibration", "test")


def split(count, unseen=False):
    """Row numbers (from 0) of each part, for count rows.

    Rows go to the parts in runs of ten: run r = row / 10 (rounded down) is
    test if r mod 5 is 0, calibration if it is 1, training otherwise.

    With unseen, an experiment beside the shipped model: the first 360 rows
    are test, the next 360 calibration, the others training, so that no
    writer of the test part is in the training part.
    """
    row = np.arange(count)
    part = row // 360 if unseen else row // 10 % 5
    return {"test": np.flatnonzero(part == 0),
            "calibration": np.flatnonzero(part == 1),
            "training": np.flatnonzero(part >= 2)}


def load(path, unseen=False):
    """Read digits.csv.gz and split it.

    Returns {part: (x, y)}, x being float32 [n,1,8,8] in 0..1 (pixel / 16)
    and y int64 [n] in 0..9.  Ends the program with one line that says what
    is wrong if the file cannot be read or is not the one expected.
    """
    name = os.path.basename(sys.argv[0])
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as err:
        sys.exit(f"{name}: {path}: {err.strerror}")
    digest = hashlib.sha256(raw).hexdigest()
    if digest != SHA256:
        sys.exit(f"{name}: {path}: sha256 is {digest}, expected {SHA256}")
    lines = gzip.decompress(raw).decode("ascii").split()
    rows = np.array([[float(v) for v in line.split(",")] for line in lines])
    x = (rows[:, :64] / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    y = rows[:, 64].astype(np.int64)
    return {part: (x[index], y[index])
            for part, index in split(len(rows), unseen).items()}
