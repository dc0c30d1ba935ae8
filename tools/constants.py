#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Usage: tools/constants.py HEADER [NETLINK_HEADER]
       tools/constants.py --errors HEADER

Prints as reStructuredText what kernel-doc leaves out of the reference of the ABI: the
ioctls of HEADER with number, structure, direction and errors, then the macros of all
headers, in groups under the comment before them. A macro without a comment, its own or
its group's, is an error; so is an ioctl that "DOC: Errors of each ioctl" lacks.

With --errors: a line for each ioctl, its name and all its errors.
"""

import re
import sys

MACRO = re.compile(r"#define\s+(AXP_\w+)\s+(.*?)\s*(?:/\*\s*(.*?)\s*\*/)?$")
IOCTL = re.compile(r"_IO(W?R?|WR)\((\w+), (0x[0-9a-f]+), struct (\w+)\)$")
DIRECTION = {"R": "read: out", "W": "write: in", "WR": "read and write: in and out"}


def title(text, under):
    return [text, under * len(text), ""]


def groups(path):
    """(comment, [(name, value, text)]) of macros that follow each other."""
    found, comment = [], ""
    for line in open(path, encoding="ascii"):
        line = line.rstrip("\n")
        macro = MACRO.match(line)
        above = re.match(r"/\* (.*?) \*/$", line)
        if macro:
            if not found or found[-1][0] != comment or not following:
                found.append((comment, []))
            found[-1][1].append(macro.groups())
        elif above:
            comment = above.group(1)
        elif line == "" or not line.startswith("#"):
            comment = ""
        following = bool(macro)
    return found


def errors(path):
    """The errors of each ioctl, of the table in the header."""
    with open(path, encoding="ascii") as file:
        table = re.search(r"DOC: Errors of each ioctl\n(.*?)\*/", file.read(), re.S).group(1)
    found, name = {}, None
    for first, text in re.findall(r"^ \* (AXP_IOC_\w+|  ) +(\S.*)$", table, re.M):
        name = first.strip() or name
        found[name] = (found.get(name, "") + " " + text).strip()
    return found


def ioctls_of(path):
    """(name, direction, number, structure, errors) of each ioctl."""
    known, found = errors(path), []
    for name, value, _ in (m for _, macros in groups(path) for m in macros):
        call = IOCTL.match(value)
        if not call:
            continue
        direction, _, number, struct = call.groups()
        if name not in known:
            sys.exit(f'{path}: "Errors of each ioctl" lacks {name}')
        more = known.pop(name)
        always = "EFAULT, EINVAL" + ("" if direction == "R" else ", E2BIG")
        found.append((name, direction, number, struct,
                      always + ("" if more.startswith("no ") else ", " + more)))
    for name in known:
        sys.exit(f'{path}: "Errors of each ioctl" has {name}, which is no ioctl')
    return found


def ioctls(path):
    lines = title("Ioctls", "-")
    for name, direction, number, struct, failures in ioctls_of(path):
        lines += [f".. c:macro:: {name}", "", f"   :number: {number}",
                  f"   :argument: :c:struct:`{struct}`",
                  f"   :direction: {DIRECTION[direction]}", f"   :errors: {failures}", ""]
    return lines


def macros(paths):
    lines = title("Macros", "-")
    for path in paths:
        for comment, group in groups(path):
            group = [m for m in group if not IOCTL.match(m[1])]
            if comment and group:
                lines += [comment, ""]
            for name, value, text in group:
                if not text and not comment:
                    sys.exit(f"{path}: {name} has no comment")
                lines += [f".. c:macro:: {name}", "", f"   ``{value}``" +
                          (f": {text}" if text else ""), ""]
    return lines


def main():
    args = sys.argv[1:]
    if not args or args[0] in ("-h", "--help"):
        sys.exit(__doc__.strip())
    if args[0] == "--errors":
        for name, _, _, _, failures in ioctls_of(args[1]):
            print(name, failures.replace(",", ""))
        return
    print("\n".join(ioctls(args[0]) + macros(args)))


main()
