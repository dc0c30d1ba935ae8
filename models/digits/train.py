#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Train the digits ConvNet and export it as ONNX.

One thread, fixed seed, fixed number of epochs: the same file comes out on
every run on the same machine.  Only the training part is learnt from and
nothing is chosen by looking at another part while it runs; the accuracy on
the calibration part is printed as a sign of progress.
"""

import argparse
import copy
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
EPOCHS = 240
BATCH = 32
RATE = 2e-3
DECAY = 2e-2
SPARSITY = 2e-3  # weight of the mean activation in the loss
NOISE = 0.06  # relative noise on activations and weights
AVERAGE = 0.998  # decay of the running mean of the weights


class Net(nn.Module):
    """LeNet-like: three convolutions, one pooling, two dense layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.pool2 = nn.MaxPool2d(2)
        self.conv3 = nn.Conv2d(32, 32, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(32)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(288, 64)
        self.fc2 = nn.Linear(64, 10)
        self.softmax = nn.Softmax(dim=1)
        self.activity = 0.0

    def rectify(self, x):
        """ReLU; while training, noisy, and its mean activity is noted."""
        x = torch.relu(x)
        if self.training:
            self.activity = self.activity + x.mean()
            x = x * (1 + NOISE * torch.randn_like(x))
        return x

    def logits(self, x):
        self.activity = 0.0
        x = self.rectify(self.bn1(self.conv1(x)))
        x = self.pool2(self.rectify(self.bn2(self.conv2(x))))
        x = self.rectify(self.bn3(self.conv3(x)))
        x = self.rectify(self.fc1(self.flatten(x)))
        return self.fc2(x)

    def forward(self, x):
        return self.softmax(self.logits(x))


def augment(x):
    """Shift, turn, scale and shear each image a little."""
    n = len(x)

    def uniform(low, high):
        return torch.rand(n) * (high - low) + low

    angle = uniform(-0.2, 0.2)
    shear = uniform(-0.15, 0.15)
    scale_x = uniform(0.9, 1.12)
    scale_y = uniform(0.9, 1.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack([
        torch.stack([cos * scale_x, (shear - sin) * scale_y,
                     uniform(-0.2, 0.2)], dim=1),
        torch.stack([sin * scale_x, cos * scale_y,
                     uniform(-0.12, 0.12)], dim=1)], dim=1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def perturb(net):
    """Add noise to all filters; returns what is needed to take it off."""
    saved = []
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            weight = module.weight.data
            saved.append((weight, weight.clone()))
            weight.add_(torch.randn_like(weight) * NOISE * weight.std())
    return saved


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        return (net.logits(x).argmax(1) == y).float().mean().item()


def train(parts):
    x, y = parts["training"]
    net = Net()
    mean = copy.deepcopy(net)
    filters = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([
        {"params": filters, "weight_decay": DECAY},
        {"params": others, "weight_decay": 0.0}], lr=RATE)
    steps = len(x) // BATCH
    total = EPOCHS * steps
    step = 0
    for epoch in range(EPOCHS):
        net.train()
        order = torch.randperm(len(x))
        for i in range(steps):
            rate = RATE * 0.5 * (1 + math.cos(math.pi * step / total))
            for group in optimizer.param_groups:
                group["lr"] = max(rate, RATE / 50)
            pick = order[i * BATCH:(i + 1) * BATCH]
            saved = perturb(net)
            loss = F.cross_entropy(net.logits(augment(x[pick])), y[pick],
                                   label_smoothing=0.03)
            loss = loss + SPARSITY * net.activity
            optimizer.zero_grad()
            loss.backward()
            for weight, clean in saved:
                weight.copy_(clean)
            optimizer.step()
            step += 1
            keep = min(AVERAGE, step / (step + 10))
            with torch.no_grad():
                state = net.state_dict()
                for name, value in mean.state_dict().items():
                    if value.is_floating_point():
                        value.lerp_(state[name], 1 - keep)
                    else:
                        value.copy_(state[name])
        if epoch % 20 == 19:
            print(f"epoch {epoch + 1:3d}/{EPOCHS}  loss {loss.item():.4f}  "
                  f"calibration {accuracy(mean, *parts['calibration']):.4f}",
                  flush=True)
    return mean


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("digits", metavar="DIGITS.CSV.GZ")
    parser.add_argument("out", metavar="OUT.ONNX")
    parser.add_argument("--unseen", action="store_true",
                        help="split the rows so that the writers of the "
                        "test part are not in the training part")
    args = parser.parse_args()

    check_folder(args.out)
    settle(SEED)
    parts = {name: (torch.from_numpy(x), torch.from_numpy(y))
             for name, (x, y) in data.load(args.digits, args.unseen).items()}
    export(train(parts), (1, 8, 8), args.out, "digits", {})
    print(f"train.py: wrote {args.out}")


if __name__ == "__main__":
    main()
