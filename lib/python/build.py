# SPDX-License-Identifier: BSD-2-Clause
"""Makes axp/_cffi.py: the declarations of libaxp for Python, out of its headers.

Usage: build.py CC INCLUDE... OUTPUT-DIRECTORY

What is declared is what a C compiler sees in <axp/axp.h> and <linux/axp.h>, so
that the binding cannot differ from the library. Nothing is compiled (cffi's ABI
mode); the shared library is opened when the package is imported.
"""
import pathlib
import re
import subprocess
import sys

import cffi

# The kernel's names for types that cffi knows.
TYPES = """
typedef uint8_t __u8; typedef uint16_t __u16; typedef uint32_t __u32;
typedef uint64_t __u64; typedef int32_t __s32; typedef int64_t __s64;
"""


def preprocess(cc, includes, *flags):
    """<axp/axp.h> and what it includes, through the preprocessor."""
    args = [cc, "-E", *flags, *("-I" + i for i in includes), "-include", "axp/axp.h",
            "-x", "c", "/dev/null"]
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


def declarations(text):
    """What our own headers declare, without the attributes."""
    kept, ours = [], False
    for line in text.splitlines():
        marker = re.match(r'# \d+ "(.*?)"', line)
        if marker:
            ours = re.search(r"(^|/)(axp|linux)/axp[a-z_]*\.h$", marker[1]) is not None
        elif ours:
            kept.append(line)
    text = "\n".join(kept)
    text = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", text)
    return text.replace("_Bool", "bool")


def constants(text):
    """Integer macros AXP_*, as cffi's #define."""
    macros = dict(re.findall(r"^#define (AXP_[A-Z0-9_]+) (.+)$", text, re.M))
    lines = []
    for name, value in sorted(macros.items()):
        value = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", value)
        if re.fullmatch(r"[0-9a-fA-FxX()<|\s]+", value):
            lines.append(f"#define {name} {eval(value)}")  # digits, shifts, or
    return "\n".join(lines)


def main():
    cc, *includes, out = sys.argv[1:]
    ffi = cffi.FFI()
    ffi.set_source("axp._cffi", None)
    ffi.cdef(TYPES + declarations(preprocess(cc, includes))
             + "\n" + constants(preprocess(cc, includes, "-dM")))
    package = pathlib.Path(out) / "axp"
    package.mkdir(parents=True, exist_ok=True)
    ffi.emit_python_code(str(package / "_cffi.py"))


main()
