# SPDX-License-Identifier: BSD-2-Clause
"""Tests of the Python package on /dev/axp, as TAP: test_device.py DIGITS.csv MODEL...

Models are compiled. The backends "device" and "soft" give the same bits and the same
counters. Nobody else may use the device meanwhile."""
import os
import sys

import numpy as np

import axp

DIGITS, *MODELS = sys.argv[1:]
SYSFS = "/sys/class/misc/axp/"
count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name, flush=True)


def total(name):
    with open(SYSFS + name, encoding="ascii") as file:
        return int(file.read())


def timeless(stats):
    return {k: v for k, v in stats.items() if k not in ("queue_ns", "busy_ns")}


def test_model(path, data, x):
    name = os.path.basename(path)
    net = axp.Model(path)
    before = total("macs")
    with net.session("device") as device, net.session("soft") as soft:
        ok(device.engine == axp.Device().caps["engine"], f"{name}: engine {device.engine}")
        ok(np.array_equal(device.run(x), soft.run(x)), f"{name}: outputs are the same")
        a, b = device.evaluate(data), soft.evaluate(data)
        ok(a.digest == b.digest and a.correct == b.correct > 0.9 * a.samples,
           f"{name}: evaluation is the same, {a}")
        ok(np.array_equal(device.run_layer(0, x[:3]), soft.run_layer(0, x[:3])),
           f"{name}: one layer is the same")
        stats = device.stats()
        ok(timeless(stats) == timeless(soft.stats()) and stats["macs"],
           f"{name}: counters and energies are the same")
        ok(all(timeless(device.stats(i)) == timeless(soft.stats(i))
               for i in range(len(net.layers))), f"{name}: those of each layer too")
        ok(total("macs") - before == stats["macs"], f"{name}: the device has counted them")


def test_client():
    device = axp.Device()
    ok(device.caps["nr_pe"] > 0 and device.caps["max_cam_rows"] > 0, "what the device can do")
    ok(not any(device.stats().values()), "a new client has counted nothing")


rows = np.loadtxt(DIGITS, delimiter=",", dtype=np.float32)
x = (rows[:, :-1] / 16).reshape(-1, 1, 8, 8)
data = axp.Dataset(x, rows[:, -1].astype(int))
for path in MODELS:
    test_model(path, data, x)
test_client()
print(f"1..{count}")
sys.exit(failed > 0)
