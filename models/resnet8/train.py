#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Train ResNet-8 on CIFAR-10 pictures and export it as ONNX.

One thread, fixed seed, fixed number of epochs: the same file comes out on
every run on the same machine, interrupted and continued (--checkpoint) or
not.  Only the training pictures are used.  Activations are bfloat16, weights
and their sums binary32.
"""

import argparse
import os
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from export import check_folder, export, settle  # noqa: E402

SEED = 1
BATCH = 128
RATE = 0.2
MOMENTUM = 0.9
DECAY = 2e-4
WARMUP = 400  # steps; then the learning rate falls to 0 in a straight line
BORDER = 4  # mirrored pixels on each side that a piece may reach into
# (epochs, size of the pieces that are seen): most of the time 24x24, which is
# less work than 32x32 by half; at the end whole pictures, as they are used.
PHASES = ((135, 24), (35, 32))
EPOCHS = sum(n for n, _ in PHASES)


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where
    the block makes the picture smaller."""

    def __init__(self, ic, oc, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(ic, oc, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(oc)
        self.conv2 = nn.Conv2d(oc, oc, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(oc)
        self.skip = self.bn3 = None
        if stride != 1:
            self.skip = nn.Conv2d(ic, oc, 1, stride, bias=False)
            self.bn3 = nn.BatchNorm2d(oc)

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        if self.skip is not None:
            x = self.bn3(self.skip(x))
        return torch.relu(y + x)


class Net(nn.Module):
    """The topology of MLPerf Tiny's image classification benchmark."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        self.block1 = Block(16, 16, 1)
        self.block2 = Block(16, 32, 2)
        self.block3 = Block(32, 64, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(64, len(data.CLASSES))
        self.softmax = nn.Softmax(dim=1)

    def logits(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        x = self.block3(self.block2(self.block1(x)))
        return self.fc(self.flatten(self.pool(x)))

    def forward(self, x):
        return self.softmax(self.logits(x))


def pieces(x, size):
    """A piece of size x size at one random place of all pictures x, half of
    them mirrored; x is uint8 [n,h,w,3], the result as data.normalise()."""
    top, left = torch.randint(0, x.shape[1] - size + 1, (2,)).tolist()
    x = x[:, top:top + size, left:left + size].float()
    half = len(x) // 2
    x = torch.cat([x[:half].flip(2), x[half:]])
    x = (x / 255 - torch.tensor(data.MEAN)) / torch.tensor(data.STD)
    return x.permute(0, 3, 1, 2)


def rate_of(step, steps):
    """Learning rate of a step, of steps in all."""
    return RATE * min((step + 1) / WARMUP, (steps - step) / (steps - WARMUP))


def size_of(epoch):
    """Size of the pieces of an epoch."""
    for epochs, size in PHASES:
        if epoch < epochs:
            return size
        epoch -= epochs
    return size


def train(x, y, checkpoint):
    net = Net().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE, nesterov=True,
                                momentum=MOMENTUM, weight_decay=DECAY)
    x = torch.from_numpy(np.pad(x, ((0, 0), (BORDER, BORDER),
                                    (BORDER, BORDER), (0, 0)), "reflect"))
    y = torch.from_numpy(y)
    steps = len(x) // BATCH
    first = 0
    if checkpoint and os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        first = state["epochs"]
    net.train()
    for epoch in range(first, EPOCHS):
        begin, total = time.process_time(), 0.0
        order, size = torch.randperm(len(x)), size_of(epoch)
        for i in range(steps):
            pick = order[i * BATCH:(i + 1) * BATCH]
            for group in optimizer.param_groups:
                group["lr"] = rate_of(epoch * steps + i, EPOCHS * steps)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net.logits(pieces(x[pick], size))
            loss = F.cross_entropy(logits.float(), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if checkpoint:
            torch.save({"net": net.state_dict(), "epochs": epoch + 1,
                        "optimizer": optimizer.state_dict(),
                        "random": torch.get_rng_state()}, checkpoint + ".new")
            os.replace(checkpoint + ".new", checkpoint)
        print(f"epoch {epoch + 1:3d}/{EPOCHS}  loss "
              f"{total / steps:.4f}  {time.process_time() - begin:.0f} s",
              flush=True)
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", metavar="FOLDER", help="where train/ is")
    parser.add_argument("out", metavar="OUT.ONNX")
    parser.add_argument("--checkpoint", metavar="FILE", help="written after "
                        "every epoch; continue from it if it is there")
    args = parser.parse_args()

    check_folder(args.out)
    settle(SEED)
    net = train(*data.load(args.pictures, "train"), args.checkpoint)
    export(net.to(memory_format=torch.contiguous_format), (3, 32, 32),
           args.out, "resnet8", {
               "axp.classes": ",".join(data.CLASSES),
               "axp.input.data": "pixels",
               "axp.input.mean": ",".join(str(v) for v in data.MEAN),
               "axp.input.std": ",".join(str(v) for v in data.STD)})
    print(f"train.py: wrote {args.out}")


if __name__ == "__main__":
    main()
