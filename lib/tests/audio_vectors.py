#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes audio_vectors.h: features of made-up sound, computed with numpy alone.

Usage: audio_vectors.py >audio_vectors.h

Nothing of this follows the C code: transforms are sums over all samples, bands
are np.interp() of their three corners.
"""

import numpy as np


def sound(n):
    """Sample i is ((7 i^2 + 13 i) mod 2001 - 900) / 1000 times a ramp."""
    i = np.arange(n, dtype=np.int64)
    return ((7 * i * i + 13 * i) % 2001 - 900) / 1000 * (1 + i) / n


def fit(x, length, how):
    """Crop or pad to length: at the "start", "centre" or "end"."""
    spare = abs(length - len(x))
    left = {"start": 0, "centre": spare // 2, "end": spare}[how]
    if len(x) > length:
        return x[left:left + length]
    return np.concatenate([np.zeros(left), x, np.zeros(spare - left)])


def mel(hz, slaney=False):
    hz = np.asarray(hz, dtype=float)
    if not slaney:
        return 1127.0104805 * np.log1p(hz / 700)
    return np.where(hz < 1000, hz * 3 / 200,
                    15 + 27 * np.log(np.maximum(hz, 1) / 1000) / np.log(6.4))


def corners(mels, fmin, fmax, slaney=False):
    """Corners of the bands in Hz, found by bisection of mel()."""
    wanted = np.linspace(mel(fmin, slaney), mel(fmax, slaney), mels + 2)
    low, high = np.zeros(mels + 2), np.full(mels + 2, 1e5)
    for _ in range(200):
        middle = (low + high) / 2
        below = mel(middle, slaney) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low


def bands(mels, fft, rate, fmin, fmax, slaney=False, over_hz=False,
          area=False):
    hz = np.arange(fft // 2 + 1) * rate / fft
    edges = corners(mels, fmin, fmax, slaney)
    rows = []
    for m in range(mels):
        three = edges[m:m + 3]
        if over_hz:
            row = np.interp(hz, three, [0, 1, 0])
        else:
            row = np.interp(mel(hz, slaney), mel(three, slaney), [0, 1, 0])
        rows.append(row * (2 / (three[2] - three[0]) if area else 1))
    return np.array(rows)


def frames(x, frame, hop, edges="cut"):
    if edges != "cut":
        count = 1 + len(x) // hop
        x = np.pad(x, frame, "constant" if edges == "zero" else "reflect")
        starts = np.arange(count) * hop + frame - frame // 2
    else:
        starts = np.arange(1 + (len(x) - frame) // hop) * hop
    return np.stack([x[s:s + frame] for s in starts])


def spectrum(x, fft):
    """|X| of rows x: the sum itself, no fast transform."""
    k, i = np.arange(fft // 2 + 1), np.arange(x.shape[1])
    return np.abs(x @ np.exp(-2j * np.pi * np.outer(i, k) / fft))


def window(name, n):
    """Periodic: one sample more, without the last one."""
    if name.endswith("-symmetric"):
        return getattr(np, name.split("-")[0])(n)
    return getattr(np, name)(n + 1)[:-1]


def dct(kind, n):
    """The matrix of the sums that FFTW computes."""
    j = np.arange(n)
    k = j[:, None]
    if kind == 1:
        matrix = 2 * np.cos(np.pi * j * k / (n - 1))
        matrix[:, [0, -1]] /= 2
    elif kind == 2:
        matrix = 2 * np.cos(np.pi * (j + 0.5) * k / n)
    elif kind == 3:
        matrix = 2 * np.cos(np.pi * j * (k + 0.5) / n)
        matrix[:, 0] /= 2
    else:
        matrix = 2 * np.cos(np.pi * (j + 0.5) * (k + 0.5) / n)
    return matrix


def orthogonal(kind, n):
    """The same cosines with factors that make the matrix orthogonal."""
    j = np.arange(n)
    k = j[:, None]
    one = np.where(j == 0, np.sqrt(0.5), 1)
    if kind == 1:
        end = np.where((j == 0) | (j == n - 1), np.sqrt(0.5), 1)
        return (np.sqrt(2 / (n - 1)) * end * end[:, None] *
                np.cos(np.pi * j * k / (n - 1)))
    if kind == 2:
        return (np.sqrt(2 / n) * one[:, None] *
                np.cos(np.pi * (j + 0.5) * k / n))
    if kind == 3:
        return np.sqrt(2 / n) * one * np.cos(np.pi * j * (k + 0.5) / n)
    return np.sqrt(2 / n) * np.cos(np.pi * (j + 0.5) * (k + 0.5) / n)


def digits():
    """The front end of a spoken-digit net: 8 kHz, power, bands over Hz."""
    x = fit(sound(7001), 8000, "centre")
    x = x / np.abs(x).max()
    s = spectrum(frames(x, 256, 160) * window("hanning", 256), 256) ** 2
    return np.log(s @ bands(32, 256, 8000, 60, 3800, over_hz=True).T + 1e-6)


def tiny():
    """MLPerf Tiny's keyword spotting: as TensorFlow computes MFCCs."""
    x = sound(15000)
    x = fit(x / x.max(), 16000, "start")
    s = spectrum(frames(x, 480, 320) * window("hanning", 480), 512)
    log = np.log(s @ bands(40, 512, 16000, 20, 4000).T + 1e-6)
    return (log @ dct(2, 40).T / np.sqrt(80))[:, :10]


def small(kind, norm):
    x = fit(sound(500), 200, "end")
    x = np.concatenate([x[:1], x[1:] - 0.97 * x[:-1]])
    s = spectrum(frames(x, 50, 40, "mirror") * window("hamming-symmetric", 50),
                 64)
    log = 20 * np.log10(np.maximum(
        s @ bands(7, 64, 4000, 0, 2000, slaney=True, area=True).T, 1e-3))
    matrix = orthogonal(kind, 7) if norm else dct(kind, 7)
    return (log @ matrix.T)[:, 1:5]


def lifted():
    x = sound(90)
    s = spectrum(frames(fit(x, 120, "end"), 30, 30, "zero") *
                 window("blackman", 30), 30) ** 2
    log = np.log10(s @ bands(5, 30, 2000, 50, 900).T + 0.5)
    lifter = 1 + 22 / 2 * np.sin(np.pi * np.arange(5) / 22)
    return (log @ orthogonal(2, 5).T * lifter).T


SMALL = ("rate=4000,length=200,fit=end,peak=none,preemphasis=0.97,frame=50,"
         "hop=40,edges=mirror,window=hamming,period=symmetric,fft=64,mels=7,"
         "scale=slaney,area=slaney,fmin=0,fmax=2000,log=db,floor=0.001,"
         "offset=0,first=1,coefficients=4")

CASES = [
    ("a spoken-digit net: log-mel", 8000, 7001,
     "logmel,rate=8000,length=8000,fit=centre,peak=abs,frame=256,hop=160,"
     "spectrum=power,mels=32,fmin=60,fmax=3800,triangle=hz", digits()),
    ("MLPerf Tiny: MFCC", 16000, 15000, "mfcc", tiny()),
    ("lifter, zeros outside, [feature, time]", 2000, 90,
     "mfcc,rate=2000,length=120,fit=end,peak=none,frame=30,hop=30,edges=zero,"
     "window=blackman,fft=30,spectrum=power,mels=5,fmin=50,fmax=900,log=log10,"
     "offset=0.5,norm=ortho,coefficients=5,lifter=22,layout=ft", lifted()),
    ("log-mel without a window or a logarithm", 1000, 64,
     "logmel,rate=1000,length=64,peak=none,frame=32,hop=16,window=rect,fft=32,"
     "mels=4,fmin=0,fmax=500,log=none,floor=0.25,offset=0",
     np.maximum(spectrum(frames(sound(64), 32, 16), 32) @
                bands(4, 32, 1000, 0, 500).T, 0.25)),
    ("the samples themselves", 10, 6, "wave,rate=10,length=8,fit=centre,"
     "peak=abs", fit(sound(6) / np.abs(sound(6)).max(), 8, "centre")),
] + [(f"DCT {kind}, {'orthonormal' if norm else 'as FFTW has it'}", 4000, 500,
      f"mfcc,{SMALL},dct={kind},norm={'ortho' if norm else 'none'}",
      small(kind, norm)) for kind in (1, 2, 3, 4) for norm in (False, True)]


def main():
    for kind in (1, 2, 3, 4):
        m = orthogonal(kind, 7)
        assert np.allclose(m @ m.T, np.eye(7))
    print("/* SPDX-License-Identifier: BSD-2-Clause */")
    print("/* Written by audio_vectors.py: do not edit. */")
    print("static const struct vector {")
    print("\tconst char *what;\n\tuint32_t rate, n;\n\tconst char *spec;")
    print("\tuint32_t step, count;\n\tfloat v[64];\n} vectors[] = {")
    for what, rate, n, spec, x in CASES:
        x = x.ravel()
        step = -(-len(x) // 64)
        while len(x) > 64 and step % 2 == 0:  # every column has its turn
            step += 1
        v = x[::step]
        print(f'\t{{\n\t\t"{what}", {rate}, {n},\n\t\t"{spec}",')
        print(f"\t\t{step}, {len(x)}, {{")
        for i in range(0, len(v), 6):
            print("\t\t\t" + " ".join(f"{f:.8e}f," for f in v[i:i + 6]))
        print("\t\t},\n\t},")
    print("};")


if __name__ == "__main__":
    main()
