#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the vectors of broadcast rows and narrow words in energy_vectors.h.

The formulas of Documentation/energy.rst, in floating point, from the constants as
they were published (picojoule, femtojoule, micrometre): arithmetic of its own,
none of the engine's.
"""
import math

# preset: LUT read a and b (fJ), LUT write a and b (fJ), wire (pJ a bit and mm),
# gate (fJ), lane pitch of integer and binary32 adders (um)
PRESETS = {
    "H45": (345.42, 0.9575, 398.93, 4.2213, 0.081, 0.656, 20.08, 34.86),
    "S28": (178.27, 0.5955, 211.97, 2.4831, 0.081, 0.333, 12.49, 21.69),
    "FPNEW22": (100.25, 0.365, 122.77, 1.4977, 0.064, 0.158, 9.82, 17.04),
    "FPMAX28": (178.27, 0.5955, 211.97, 2.4831, 0.081, 0.333, 12.49, 21.69),
    "AL40": (291.4, 0.844, 338.98, 3.6853, 0.081, 0.566, 17.85, 30.99),
    "J7": (122.3, 0.339, 141.24, 1.4946, 0.049, 0.232, 3.12, 5.42),
}

# rows, centroids, bits of a word (32: also with binary32 adders), lanes
SHAPES = [(16, 8, 8, 16, True), (16, 8, 16, 16, True), (48, 32, 24, 6, True),
          (20, 5, 32, 64, True), (16, 16, 32, 16, False)]


def width(bits):
    return 0.25 + 0.75 * bits / 32


def main():
    for name, (a, b, wa, wb, wire, gate, fixed_um, f32_um) in PRESETS.items():
        for rows, k, bits, lanes, fixed in SHAPES:
            pitch_mm = (fixed_um if fixed else f32_um) / 1000
            row = k * (a + b * rows) * width(bits)
            row += k * bits * lanes * pitch_mm * wire * 1000
            select = gate * bits * (math.ceil(math.log2(k)) + 3)
            shared = (a + b * rows * k) * width(bits)
            write = (wa + wb * rows) * width(bits)
            aj = [round(x * 1000) for x in (row, select, shared, write)]
            print("\t{ AXP_PRESET_%s, %d, %d, %d, %d, %s, %d, %d, %d, %d },"
                  % (name, rows, k, bits, lanes, "true" if fixed else "false", *aj))


if __name__ == "__main__":
    main()
