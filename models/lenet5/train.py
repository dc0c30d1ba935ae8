#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Train LeNet-5 on 28x28 digits and export it as ONNX.

One thread, fixed seed, fixed number of epochs: the same file comes out on
every run on the same machine.  Only the training part is used.
"""

import argparse
import math
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

import data

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from export import check_folder, export, settle  # noqa: E402

SEED = 1
EPOCHS = 60
BATCH = 50
RATE = 1.5e-3
DECAY = 1e-2


class Net(nn.Module):
    """LeNet-5 (LeCun et al., 1998) with ReLU, maximum pooling and softmax."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)
        self.softmax = nn.Softmax(dim=1)

    def logits(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.relu(self.fc1(self.flatten(x)))
        return self.fc3(torch.relu(self.fc2(x)))

    def forward(self, x):
        return self.softmax(self.logits(x))


def augment(x):
    """Turn, scale, shear and shift each image a little."""
    n = len(x)

    def uniform(most):
        return (torch.rand(n) * 2 - 1) * most

    angle, shear = uniform(0.2), uniform(0.2)
    wide, high = 1 + uniform(0.12), 1 + uniform(0.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack([
        torch.stack([cos * wide, (shear - sin) * high, uniform(0.12)], dim=1),
        torch.stack([sin * wide, cos * high, uniform(0.12)], dim=1)], dim=1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def train(x, y):
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE,
                                  weight_decay=DECAY)
    steps = len(x) // BATCH
    for epoch in range(EPOCHS):
        order = torch.randperm(len(x))
        total = 0.0
        for i in range(steps):
            done = (epoch + i / steps) / EPOCHS
            for group in optimizer.param_groups:
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done))
            pick = order[i * BATCH:(i + 1) * BATCH]
            loss = F.cross_entropy(net.logits(augment(x[pick])), y[pick])
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
    parser.add_argument("images", metavar="IMAGES", help="IDX, .gz too")
    parser.add_argument("labels", metavar="LABELS", help="IDX, .gz too")
    parser.add_argument("out", metavar="OUT.ONNX")
    args = parser.parse_args()

    check_folder(args.out)
    settle(SEED)
    x, y = data.load(args.images, args.labels)["training"]
    net = train(torch.from_numpy(x), torch.from_numpy(y))
    export(net, (1, 28, 28), args.out, "lenet5",
           {"axp.classes": ",".join(data.CLASSES)})
    print(f"train.py: wrote {args.out}")


if __name__ == "__main__":
    main()
