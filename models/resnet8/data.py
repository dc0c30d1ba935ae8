# SPDX-License-Identifier: BSD-2-Clause
"""CIFAR-10 as a folder of pictures: PART/CLASS/*.jpg (or .png)."""

import os
import sys

import numpy as np
from PIL import Image, UnidentifiedImageError

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
           "horse", "ship", "truck")
# Of the training pictures / 255, by channel: red, green, blue.
MEAN = (0.491, 0.482, 0.447)
STD = (0.247, 0.243, 0.262)


def load(path, part):
    """Read PATH/PART/CLASS/*, the files of a class in the order of their names.

    Returns (x, y), x being uint8 [n,32,32,3] and y int64 [n], the place of
    the class in CLASSES.  Ends the program with one line that says what is
    wrong if a folder is missing or a file is not a 32x32 picture.
    """
    name = os.path.basename(sys.argv[0])
    x, y = [], []
    for label, kind in enumerate(CLASSES):
        folder = os.path.join(path, part, kind)
        try:
            files = sorted(os.listdir(folder))
        except OSError as err:
            sys.exit(f"{name}: {folder}: {err.strerror}")
        for file in files:
            file = os.path.join(folder, file)
            try:
                with Image.open(file) as picture:
                    pixels = np.asarray(picture.convert("RGB"))
            except (OSError, UnidentifiedImageError) as err:
                sys.exit(f"{name}: {file}: {err}")
            if pixels.shape != (32, 32, 3):
                sys.exit(f"{name}: {file}: {pixels.shape[1]}x"
                         f"{pixels.shape[0]}, expected 32x32")
            x.append(pixels)
            y.append(label)
    if not x:
        sys.exit(f"{name}: {path}/{part}: no pictures")
    return np.stack(x), np.array(y, dtype=np.int64)


def normalise(x):
    """Pixels [n,h,w,3], 0 to 255, to the net's input, float32 [n,3,h,w]."""
    x = (x.astype(np.float32) / 255 - np.float32(MEAN)) / np.float32(STD)
    return x.transpose(0, 3, 1, 2)
