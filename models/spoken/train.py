#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Train a depthwise-separable net on spoken digits and export it as ONNX.

One thread, fixed seed, fixed number of epochs: the same file comes out on
every run on the same machine.  Only the training part is used.
"""

import argparse
import math
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from export import check_folder, export, settle  # noqa: E402

SEED = 1
EPOCHS = 60
BATCH = 64
RATE = 4e-3
DECAY = 1e-2
SHIFTS = (-800, -400, 0, 400, 800)  # samples
NOISE = 0.3  # of the normalised features
MASK = 6  # widest band or time that is blanked


class Separable(nn.Sequential):
    """3x3 in each channel, then 1x1 between channels."""

    def __init__(self, ic, oc, stride):
        super().__init__()
        self.dw = nn.Conv2d(ic, ic, 3, stride, 1, groups=ic, bias=False)
        self.bn1 = nn.BatchNorm2d(ic)
        self.relu1 = nn.ReLU()
        self.pw = nn.Conv2d(ic, oc, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(oc)
        self.relu2 = nn.ReLU()


class Net(nn.Module):
    """A small DS-CNN (Zhang et al., Hello Edge, 2017)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(32)
        self.block1 = Separable(32, 32, 1)
        self.block2 = Separable(32, 48, 2)
        self.block3 = Separable(48, 48, 1)
        self.block4 = Separable(48, 64, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(64, 10)
        self.softmax = nn.Softmax(dim=1)

    def logits(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        x = self.block4(self.block3(self.block2(self.block1(x))))
        return self.fc(self.flatten(self.pool(x)))

    def forward(self, x):
        return self.softmax(self.logits(x))


def load(folder):
    """Features [n,shifts,frames,bands] and digits of the training part."""
    files = data.recordings(folder)["training"]
    x = np.stack([[data.features(data.centred(sound, shift))
                   for shift in SHIFTS]
                  for sound in (data.read(path) for path, _ in files)])
    y = np.array([digit for _, digit in files])
    return x, y


def augment(x):
    """x [n,shifts,t,f]: one of the shifts, noise, a band and a time blank."""
    n = len(x)
    x = x[torch.arange(n), torch.randint(len(SHIFTS), (n,))][:, None]
    x = x + NOISE * torch.rand(n, 1, 1, 1) * torch.randn_like(x)
    for dim in (2, 3):
        at = torch.arange(x.shape[dim])
        first = torch.randint(x.shape[dim], (n, 1))
        width = torch.randint(MASK + 1, (n, 1))
        keep = (at < first) | (at >= first + width)
        x = x * keep.view((n, 1, -1, 1) if dim == 2 else (n, 1, 1, -1))
    return x


def train(x, y):
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE,
                                  weight_decay=DECAY)
    steps = len(x) // BATCH
    net.train()
    for epoch in range(EPOCHS):
        order = torch.randperm(len(x))
        total = 0.0
        for i in range(steps):
            done = (epoch + i / steps) / EPOCHS
            for group in optimizer.param_groups:
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done))
            pick = order[i * BATCH:(i + 1) * BATCH]
            loss = F.cross_entropy(net.logits(augment(x[pick])), y[pick],
                                   label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3d}/{EPOCHS}  loss {total / steps:.4f}",
                  flush=True)
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recordings", metavar="FOLDER")
    parser.add_argument("out", metavar="OUT.ONNX")
    args = parser.parse_args()

    check_folder(args.out)
    settle(SEED)
    x, y = load(args.recordings)
    middle = x[:, SHIFTS.index(0)]
    mean, std = round(float(middle.mean()), 3), round(float(middle.std()), 3)
    x = torch.from_numpy(((x - mean) / std).astype(np.float32))
    net = train(x, torch.from_numpy(y))
    export(net, (1, *x.shape[2:]), args.out, "spoken", {
        "axp.classes": ",".join(data.CLASSES),
        "axp.input.audio": data.AUDIO,
        "axp.input.mean": str(mean),
        "axp.input.std": str(std)})
    print(f"train.py: wrote {args.out}")


if __name__ == "__main__":
    main()
