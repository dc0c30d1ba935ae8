#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether a report of the bench (the argument), of one layer, has every field: those of
layers and of the summary, each a number, or null with a reason in "missing"."""

import json
import sys

LAYER = {
    "name": str, "k": int, "row_mode": str, "hit_rate": float, "zero_rate": float,
    "engine": str, "where": str, "threads": int, "gmacs": float, "gmacs_onednn": float,
    "ratio": float, "ratio_min": float, "ratio_max": float,
}
SUMMARY = (
    "dense_geomean", "fixed_geomean", "zeros50_geomean", "depthwise", "fc_batch1",
    "avx2_geomean", "kernel_over_library", "two_threads", "ioctl_overhead_us",
    "resnet8_over_onednn", "dense_rounded_geomean", "softfp_over_naive",
    "resnet8_layers_over_onednn",
)
# of a run on the host with one small layer
MEASURED = (
    "dense_geomean", "fixed_geomean", "zeros50_geomean", "resnet8_over_onednn",
    "softfp_over_naive", "resnet8_layers_over_onednn",
)
UNMEASURED = ("kernel_over_library", "ioctl_overhead_us", "two_threads", "fc_batch1")

with open(sys.argv[1], encoding="ascii") as file:
    report = json.load(file)
wrong = []
for field in ("processors", "onednn", "engine"):
    if not report["machine"].get(field):
        wrong.append("machine lacks " + field)
if not report["layers"]:
    wrong.append("no layers")
for layer in report["layers"]:
    for field, kind in LAYER.items():
        if not isinstance(layer.get(field), kind):
            wrong.append("layer %s: %s is %r" % (layer.get("name"), field, layer.get(field)))
    if not wrong and not 0 < layer["ratio_min"] <= layer["ratio"] <= layer["ratio_max"]:
        wrong.append("layer %s: the ratio is not between its bounds" % layer["name"])
for field in SUMMARY:
    if field not in report["summary"]:
        wrong.append("summary lacks " + field)
    elif (report["summary"][field] is None) != bool(report["missing"].get(field)):
        wrong.append("%s needs either a value or a reason" % field)
for field in MEASURED:
    if not isinstance(report["summary"].get(field), float):
        wrong.append("%s was not measured" % field)
for field in UNMEASURED:
    if report["summary"].get(field) is not None:
        wrong.append("%s cannot have been measured" % field)
print("\n".join(wrong), end="\n" if wrong else "")
sys.exit(bool(wrong))
