# SPDX-License-Identifier: BSD-2-Clause
"""How many CAM rows does a net need?

    rows.py MODEL.onnx DIGITS.csv.gz PLOT.png

Read it like a notebook, a cell at a time. It compiles the shipped net of 8x8 digits
with 2 to 48 rows a layer and draws accuracy and energy. Runs on the backend "soft",
the engine in this process; backend="device" gives the same numbers.
"""
# %% The net, calibration samples, and others to judge by.
import sys

import matplotlib.pyplot as plt
import numpy as np

import axp

model, digits, plot = sys.argv[1:]
table = np.loadtxt(digits, delimiter=",", dtype=np.float32)
x, label = table[:, :64].reshape(-1, 1, 8, 8) / 16, table[:, 64].astype(int)
part = np.arange(len(table)) // 10 % 5  # as the model card splits them
calibration = axp.Dataset(x[part == 1])
test = axp.Dataset(x[part == 0], label[part == 0])

# %% The reference: the same net in binary32.
with axp.Model(model).session("fp32") as session:
    fp32 = session.evaluate(test).accuracy
print(f"FP32             {fp32:7.2%}")

# %% One associative net per number of rows.
rows, accuracy, saving, gated = [2, 4, 6, 8, 16, 32, 48], [], [], []
for n in rows:
    net = axp.Model(model)
    net.compile(calibration, accumulator="fixed", centroids=16, rows=n)
    with net.session("soft", threads=2) as session:
        accuracy.append(session.evaluate(test).accuracy)
        s = session.stats()
    saving.append(1 - s["energy_fj"] / s["baseline_fj"])
    gated.append(1 - s["energy_fj"] / s["baseline_gated_fj"])
    print(f"{n:3} rows a layer  {accuracy[-1]:7.2%}  saves {saving[-1]:.1%} of the FP32 MACs, "
          f"{gated[-1]:.1%} of zero-gated ones")

# %% The picture.
plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.semilogx(rows, accuracy, "o-", base=2, label="associative")
left.axhline(fp32, color="0.5", lw=1, ls="--", label="FP32")
left.set(xlabel="CAM rows per layer", ylabel="accuracy (360 digits)")
right.semilogx(rows, saving, "o-", base=2, label="against FP32 MACs")
right.semilogx(rows, gated, "s-", base=2, label="against zero-gated FP32 MACs")
right.set(xlabel="CAM rows per layer", ylabel="energy saved (s28, silicon28)", ylim=(0, 1))
for axes in left, right:
    axes.set_xticks(rows, rows)
    axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
    axes.legend(frameon=False)
figure.savefig(plot, dpi=150)
