# SPDX-License-Identifier: BSD-2-Clause
"""The Free Spoken Digit Dataset, its split, and the front end of the net."""

import os
import re
import sys
import wave

import numpy as np

CLASSES = ("zero", "one", "two", "three", "four", "five", "six", "seven",
           "eight", "nine")
PARTS = ("training", "test")
RATE = 8000
LENGTH = 8000
FRAME = 256
HOP = 160
BANDS = 32
LOW, HIGH = 60, 3800  # Hz
OFFSET = 1e-6
# The same for the axp tool.
AUDIO = (f"logmel,rate={RATE},length={LENGTH},fit=centre,peak=abs,"
         f"frame={FRAME},hop={HOP},window=hann,fft={FRAME},spectrum=power,"
         f"mels={BANDS},scale=htk,triangle=hz,fmin={LOW},fmax={HIGH},log=ln,"
         f"offset={OFFSET:g}")


def read(path):
    """Samples of a WAV file, 16 bit, one channel, 8 kHz: -1 to 1."""
    name = os.path.basename(sys.argv[0])
    try:
        with wave.open(path) as file:
            form = (file.getframerate(), file.getsampwidth(),
                    file.getnchannels())
            raw = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as err:
        sys.exit(f"{name}: {path}: {err}")
    if form != (RATE, 2, 1) or not raw:
        sys.exit(f"{name}: {path}: {form[0]} Hz, {8 * form[1]} bits, "
                 f"{form[2]} channels: expected {RATE} Hz, 16 bits, 1")
    return np.frombuffer(raw, "<i2") / 32768


def centred(x, shift=0):
    """The middle LENGTH samples, zeros where there are none; divided by the
    greatest magnitude.  shift moves them to later places."""
    out = np.zeros(LENGTH)
    first = (LENGTH - len(x)) // 2 if len(x) <= LENGTH else \
        -((len(x) - LENGTH) // 2)
    first += shift
    a, b = max(first, 0), min(first + len(x), LENGTH)
    out[a:b] = x[a - first:b - first]
    return out / (np.abs(out).max() or 1)


def mel(hz):
    return 2595 * np.log10(1 + hz / 700)


def bands():
    """Weights [BANDS, FRAME/2 + 1] of triangles over Hz, even in mel."""
    edges = np.linspace(mel(LOW), mel(HIGH), BANDS + 2)
    edges = 700 * (10 ** (edges / 2595) - 1)
    hz = np.arange(FRAME // 2 + 1) * RATE / FRAME
    return np.stack([np.interp(hz, edges[m:m + 3], [0, 1, 0])
                     for m in range(BANDS)])


def features(x):
    """log-mel features [frames, BANDS] of LENGTH samples."""
    view = np.lib.stride_tricks.sliding_window_view(x, FRAME)[::HOP]
    window = np.hanning(FRAME + 1)[:-1]
    power = np.abs(np.fft.rfft(view * window)) ** 2
    return np.log(power @ bands().T + OFFSET)


def recordings(folder):
    """{part: [(path, digit)]} of DIGIT_SPEAKER_INDEX.wav in folder: test if
    the index is below 10, training otherwise."""
    name = os.path.basename(sys.argv[0])
    parts = {part: [] for part in PARTS}
    try:
        files = sorted(os.listdir(folder))
    except OSError as err:
        sys.exit(f"{name}: {folder}: {err.strerror}")
    for file in files:
        match = re.fullmatch(r"([0-9])_[a-z]+_([0-9]+)\.wav", file)
        if match:
            part = "test" if int(match[2]) < 10 else "training"
            parts[part].append((os.path.join(folder, file), int(match[1])))
    for part in PARTS:
        if not parts[part]:
            sys.exit(f"{name}: {folder}: no recordings for the {part} part")
    return parts


def load(folder, mean, std):
    """{part: (x, y)}: x float32 [n,1,frames,BANDS], (log-mel - mean) / std,
    y int64 [n]."""
    parts = {}
    for part, files in recordings(folder).items():
        x = np.stack([features(centred(read(path))) for path, _ in files])
        x = ((x - mean) / std).astype(np.float32)[:, None]
        parts[part] = x, np.array([digit for _, digit in files])
    return parts
