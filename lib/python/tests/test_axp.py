# SPDX-License-Identifier: BSD-2-Clause
"""Tests of the Python package, as TAP: test_axp.py MODEL DIGITS.csv.gz TOOL"""
import csv
import errno
import gzip
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import axp

MODEL, DIGITS, TOOL = sys.argv[1:]
count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name, flush=True)


def refused(call, *words, kind=axp.Error, number=None):
    """Does @call raise, with these words in its text?"""
    try:
        call()
    except kind as e:
        return all(w in str(e) for w in words) and (number is None or e.errno == number)
    return False


def digits(first, last):
    with gzip.open(DIGITS, "rt") as f:
        rows = np.array([[float(v) for v in row] for row in csv.reader(f)], np.float32)
    rows = rows[first:last]
    return (rows[:, :-1] / 16).reshape(-1, 1, 8, 8), rows[:, -1].astype(int)


def test_names():
    tool = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True)
    ok(axp.version() in tool.stdout, "version of the library")
    ok(axp.engines()[-1] == "softfp" and len(set(axp.engines())) == len(axp.engines()),
       f"engines: {', '.join(axp.engines())}")


def test_datasets(x, y):
    data = axp.Dataset(x, y)
    ok(len(data) == len(x) and data.shape == (1, 8, 8) and data.labelled, "arrays")
    sample, label = data[3]
    ok(np.array_equal(sample, x[3]) and label == y[3], "a sample and its label")
    ok(np.array_equal(data[-1][0], x[-1]), "from the end")
    ok(refused(lambda: data[len(x)], kind=IndexError), "past the end")
    ok(axp.Dataset(x)[0][1] is None and not axp.Dataset(x).labelled, "no labels")
    data = axp.Dataset(x.astype(np.float64)[::-1])
    ok(np.array_equal(data[0][0], x[-1]), "other types and orders are converted")
    data = axp.Dataset(f"csv:{DIGITS}[:20]", input_dims=(1, 8, 8), scale=1 / 16)
    ok(len(data) == 20 and np.array_equal(data[7][0], digits(7, 8)[0][0]), "a file")
    ok(refused(lambda: axp.Dataset("csv:/nowhere/at/all"), "/nowhere/at/all",
               number=errno.ENOENT), "a file that is not there")
    ok(refused(lambda: axp.Dataset("csv:x", colour=1), "colour", kind=TypeError),
       "an option that is not there")
    ok(refused(lambda: axp.Dataset(x[:0]), "no sample"), "no sample")
    ok(refused(lambda: axp.Dataset(x, y[:3]), "labels"), "labels of another length")
    ok(refused(lambda: axp.Dataset(x, y.astype(float)), "labels"), "labels that are no integers")
    ok(refused(lambda: axp.Dataset(x, -1 - y), "negative"), "negative labels")
    ok(refused(lambda: axp.Dataset(x, y + 10**6), "65535"), "labels over the limit")
    ok(refused(lambda: axp.Dataset(np.float32(3)), "shape"), "no array")


def test_model(tmp, x, y):
    net = axp.Model(MODEL)
    ok(net.input_shape == (1, 8, 8) and not net.compiled and net.layers, "a model")
    ok(refused(lambda: axp.Model(DIGITS), DIGITS), "a file that is no model")
    with net.session("fp32") as s:
        logits = s.run(x)
        ok(logits.shape == (len(x), 10) and logits.dtype == np.float32 and s.engine == "oneDNN",
           "fp32: outputs")
        result = s.evaluate(axp.Dataset(x, y))
        ok(result.correct == (logits.argmax(1) == y).sum() and result.samples == len(x) and
           result.confusion.sum() == len(x) and
           np.trace(result.confusion) == result.correct, f"fp32: {result}")
        ok(refused(lambda: s.run(x[:, :, :7]), "shape"), "samples of another shape")
        ok(refused(lambda: s.evaluate(axp.Dataset(x)), "labels"), "evaluation without labels")
        ok(refused(lambda: net.compile(axp.Dataset(x)), "session"),
           "no compiling under an open session")
    ok(refused(lambda: s.run(x), "closed"), "a closed session")
    seen = []
    net.compile(axp.Dataset(x[:64]), progress=lambda *a: seen.append(a), accumulator="fixed",
                preset="h45", centroids=16, rows=16)
    ok(net.compiled and seen and seen[-1][1] <= seen[-1][2], "compiled, with progress")
    ok(all(a["spec"]["accumulator"] == "fixed" and a["spec"]["preset"] == "h45" and
           a["k"] <= 16 for a in net.layers), "with the options")
    ok(refused(lambda: net.compile(axp.Dataset(x)), "compiled already"), "but once only")
    ok(refused(lambda: axp.Model(MODEL).compile(axp.Dataset(x), preset="h44"), "h44"),
       "a name that is not known")
    ok(refused(lambda: axp.Model(MODEL).compile(axp.Dataset(x), centroids=-1), "centroids"),
       "a number out of range")
    path = os.path.join(tmp, "small.onnx")
    net.save(path)
    ok(refused(lambda: net.save(os.path.join(tmp, "no", "x.onnx")), "no/x.onnx",
               number=errno.ENOENT), "a folder that is not there")
    stop = axp.Model(MODEL)

    class Stop(Exception):
        pass

    def stopper(*_):
        raise Stop

    ok(refused(lambda: stop.compile(axp.Dataset(x), progress=stopper), kind=Stop),
       "an exception of the progress function comes through")
    return path


def test_soft(path, x, y):
    """The package and the tool are the same library: same digest, same counters."""
    report = json.loads(subprocess.run(
        [TOOL, "eval", path, "--data", f"csv:{DIGITS}[:{len(x)}]", "--scale", "0.0625", "--backend",
         "soft", "--no-reference", "--json", "-"], capture_output=True, text=True, check=True).stdout)
    net = axp.Model(path)
    with net.session("soft", threads=2, max_batch=7) as s:
        y_soft = s.run(x)
        stats = s.stats()
        ok(stats["macs"] == stats["gated"] + stats["hits_exact"] + stats["hits_approx"] +
           stats["misses"] == report["macs"], "soft: counters add up")
        ok(all(stats[k] == report[k] for k in ("gated", "hits_exact", "hits_approx", "misses")),
           "soft: the tool's counters")
        ok(sum(s.stats(i)["macs"] for i in range(len(net.layers))) == stats["macs"],
           "soft: layers add up")
        result = s.evaluate(axp.Dataset(x, y))
        ok(f"{result.digest:016x}" in str(report["digest"]).lower() and
           result.correct == report["correct"], "soft: the tool's outputs")
    for engine in axp.engines():
        with net.session("soft", engine=engine) as s:
            ok(s.engine == engine and np.array_equal(s.run(x[:9]), y_soft[:9]), f"engine {engine}")
    ok(refused(lambda: net.session("soft", engine="steam"), "steam"), "an engine that is not there")
    ok(refused(lambda: net.session("gpu"), "gpu"), "a backend that is not there")
    ok(refused(lambda: net.session("device", device="/nowhere/axp"), "/nowhere/axp"),
       "a device that is not there")
    ok(refused(lambda: axp.Device("/nowhere/axp"), "/nowhere/axp"), "likewise, by itself")


def test_layer(path, x):
    """The first layer against NumPy."""
    net = axp.Model(MODEL)
    first = net.layers[0]
    with net.session("fp32") as s:
        out = s.run_layer(0, x[:5])
        ok(out.shape == (5,) + first["out"][1:], f"one layer: {first['name']}")
        # Linear: f(a + b) - f(0) = f(a) - f(0) + f(b) - f(0).
        zero = s.run_layer(first["name"], np.zeros_like(x[:1]))
        both = s.run_layer(0, x[:1] + x[1:2])
        ok(np.allclose(both - zero, out[:1] + out[1:2] - 2 * zero, atol=1e-4),
           "it is linear, by its name")
        ok(refused(lambda: s.run_layer("nobody", x), "nobody"), "no such layer")
        ok(refused(lambda: s.run_layer(0, x[:, :, 1:]), "shape"), "inputs of another shape")
    small = axp.Model(path)
    with small.session("soft") as soft, small.session("fp32") as fp32:
        a, b = soft.run_layer(0, x[:5]), fp32.run_layer(0, x[:5])
        ok(not np.array_equal(a, b) and np.abs(a - b).max() < 0.5 * np.abs(b).max(),
           "associative, it is near and not the same")
        ok(soft.stats(0)["macs"] == 5 * small.layers[0]["macs"], "and counted")


x, y = digits(0, 100)
test_names()
test_datasets(x, y)
with tempfile.TemporaryDirectory() as tmp:
    path = test_model(tmp, x, y)
    test_soft(path, x, y)
    test_layer(path, x)
print(f"1..{count}")
sys.exit(failed > 0)
