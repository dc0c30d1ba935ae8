#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether tools/syzkaller/axp.txt describes what uapi/linux/axp.h and axp_netlink.h have:
calls and their arguments; name, offset and size of every field of every structure, as the
compiler lays them out; attributes of the netlink family and of each of its requests, of
the types that Documentation/netlink/specs/axp.yaml gives. Prints what differs."""

import os
import re
import subprocess
import sys
import tempfile
import yaml

INTS = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "ptr64": 8, "fd": 4}
BAD = []


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def bad(text):
    BAD.append(text)


def args_of(text):
    """The arguments of "name[a, b[c]]": a name and a list."""
    name, bracket, rest = text.strip().partition("[")
    if not bracket:
        return name, []
    out, depth = [""], 0
    for c in rest[:-1]:
        depth += (c == "[") - (c == "]")
        if c == "," and not depth:
            out.append("")
        else:
            out[-1] += c
    return name.strip(), [a.strip() for a in out]


# --- the header, by the compiler -------------------------------------------------


def members(body):
    """Names and types of the fields of a structure; those of a union likewise."""
    for kind, name in re.findall(r"^\s*((?:struct )?\w+) (\w+)(?:\[\w+\])?;", body, re.M):
        yield name, kind.removeprefix("struct ")


def header_structs(header):
    found = {}
    for name, body in re.findall(r"^struct (axp_\w+) \{\n(.*?)^\};", header, re.M | re.S):
        found[name] = dict(members(body))
    lines = []
    for name, fields in found.items():
        lines.append(f'printf("{name} %zu\\n", sizeof(struct {name}));')
        lines += [f'printf("{name} {f} %zu %zu\\n", offsetof(struct {name}, {f}), '
                  f"sizeof(((struct {name} *)0)->{f}));" for f in fields]
    code = ("#include <stdio.h>\n#include <stddef.h>\n#include <linux/axp.h>\n"
            "int main(void)\n{\n" + "\n".join(lines) + "\nreturn 0;\n}\n")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "layout")
        subprocess.run(["gcc", "-x", "c", "-Iuapi", "-o", program, "-"], input=code, text=True,
                       check=True)
        out = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    sizes = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) == 2:
            sizes[words[0]] = int(words[1])
        else:
            kind = found[words[0]][words[1]]
            found[words[0]][words[1]] = (int(words[2]), int(words[3]), kind)
    return found, sizes


# --- the description --------------------------------------------------------------


class Description:
    """Its types, resources, flags and calls."""

    def __init__(self, text):
        text = re.sub(r"^#.*\n", "", text, flags=re.M)
        self.structs = {}
        self.unions = {}
        self.params = {}
        self.names = {}
        self.sizes = {}
        block = re.compile(r"^(?:type )?(\w+)(?:\[([\w, ]+)\])? ([{\[])\n(.*?)^[}\]]([^\n]*)$",
                           re.M | re.S)
        for name, params, kind, body, end in block.findall(text):
            fields = []
            for line in body.splitlines():
                match = re.match(r"\t(\w+)\t+(.*?)(?:\t*\((?:in|out|inout)\))?$", line)
                fields.append((match.group(1), match.group(2).strip()))
            (self.structs if kind == "{" else self.unions)[name] = fields
            self.params[name] = [p.strip() for p in params.split(",")] if params else []
            size = re.search(r"size\[(\d+)\]", end)
            self.sizes[name] = int(size.group(1)) if size else 0
        text = block.sub("", text)
        for name, base in re.findall(r"^resource (\w+)\[(\w+)\]", text, re.M):
            self.names[name] = base
        for name, base in re.findall(r"^type (\w+) (.+)$", text, re.M):
            self.names[name] = base
        self.flags = dict(re.findall(r"^(\w+) = (.+)$", text, re.M))
        self.calls = dict(re.findall(r"^(\w+\$\w+)\((.*)\)(?: \w+)?$", text, re.M))

    def size(self, text, given=None):
        """Bytes and alignment of a type; @given: what stands for parameters."""
        name, args = args_of((given or {}).get(text, text))
        if name in INTS:
            return INTS[name], INTS[name]
        if name in ("const", "flags", "len", "bytesize"):
            return self.size(args[-1], given)
        if name == "array":
            size, align = self.size(args[0], given)
            return size * int(args[1]), align
        if name in self.names:
            return self.size(self.names[name], given)
        if name in self.unions:
            parts = [self.size(kind, given) for _, kind in self.unions[name]]
            return max(p[0] for p in parts), max(p[1] for p in parts)
        return self.layout(name, args)[1:]

    def layout(self, name, args=()):
        """[(field, offset, size, type)], bytes and alignment of a structure."""
        given = dict(zip(self.params[name], args))
        at, most, out = 0, 1, []
        for field, kind in self.structs[name]:
            size, align = self.size(kind, given)
            at += -at % align
            out.append((field, at, size, given.get(kind, kind)))
            at += size
            most = max(most, align)
        at += -at % most
        return out, max(at, self.sizes[name]), most

    def scalar(self, text):
        name, args = args_of(text)
        if name in ("const", "flags", "len", "bytesize"):
            return self.scalar(args[-1])
        return name in INTS or (name in self.names and self.scalar(self.names[name]))


# --- one against the other ---------------------------------------------------------


def check_fields(desc, name, fields, layout, variant=None):
    for field, at, size, kind in layout:
        # what a job is of: the member of its union
        have = fields.get(variant if field == "shape" else field)
        if not have:
            bad(f"{name}: {field} is no field of it")
            continue
        if have[:2] != (at, size):
            bad(f"{name}.{field}: {size} bytes at {at}, not {have[1]} at {have[0]}")
        kind = args_of(kind)[0] if not desc.scalar(kind) else kind
        if have[2].startswith("axp_") and kind != have[2]:
            bad(f"{name}.{field}: is {kind}, not {have[2]}")
        if not have[2].startswith("axp_") and not desc.scalar(kind) and kind != "array":
            bad(f"{name}.{field}: is {kind}, not a number")


def check_struct(desc, name, fields, size):
    variants = desc.unions.get(name)
    if not variants and name not in desc.structs:
        bad(f"struct {name} is missing")
        return
    seen = []
    for variant, kind in variants or [(None, name)]:
        base, args = args_of(kind)
        # a parameter of a structure alone is a handle
        args = args or ["int32"] * len(desc.params[base])
        layout, have = desc.layout(base, args)[:2]
        check_fields(desc, name, fields, layout, variant)
        if have != size:
            bad(f"{base}: {have} bytes, not {size}")
        seen.append([variant if field == "shape" else field for field, *_ in layout])
    common = {f for names in seen for f in names}
    for field in fields:
        if field not in common:
            bad(f"{name}: {field} is missing")
    known = [f for f in seen[0] if f in fields]
    if known != [f for f in fields if f in known]:
        bad(f"{name}: the order of its fields is {known}")


def check_elements(desc, sizes):
    """A constant "row_size" is the size of what "rows" points to."""
    for name, fields in desc.structs.items():
        arrays = [args_of(args_of(kind)[1][1]) for _, kind in fields
                  if kind.startswith("ptr64[in, array[axp_")]
        for field, kind in fields:
            if not field.endswith("_size"):
                continue
            value = args_of(kind)[1][0]
            if value != str(sizes.get(arrays[0][1][0])):
                bad(f"{name}.{field}: is {value}, not {sizes.get(arrays[0][1][0])}")


def check_ioctls(desc, header):
    for name, macro, kind in re.findall(
            r"^#define\s+(AXP_IOC_\w+)\s+_IO(W?R?)\([^)]*struct (\w+)\)", header, re.M):
        way = {"R": "out", "W": "in", "WR": "inout"}[macro]
        calls = [a for c, a in desc.calls.items()
                 if c.startswith("ioctl$") and f"const[{name}]" in a]
        if not calls:
            bad(f"no ioctl is {name}")
        for call in calls:
            if not re.search(rf"arg ptr\[{way}, {kind}(\[\w+\])?\]$", call):
                bad(f"ioctl {name}: the argument is not {way} {kind}: {call}")


def check_constants(desc, text, header):
    """Everything that is named has a value, and every value is named."""
    known = set(re.findall(r"^#define\s+(AXP_\w+)\s", header, re.M))
    for body in re.findall(r"^enum \w+ \{(.*?)\};", header, re.M | re.S):
        known |= set(re.findall(r"^\t(_*AXP_\w+)", body, re.M))
    body = re.sub(r"^#.*\n", "", text, flags=re.M)
    body = re.sub(r"^\w+\$\w+", "", body, flags=re.M)
    named = set(re.findall(r"\b(AXP_\w+)", body))
    for name in sorted(named - known):
        bad(f"{name} is in no header")
    # who is told, not told to
    optional = re.compile(r"AXP_(IOC_MAGIC|FEAT_\w+|MAX_FAULTS|WHY_\w+|NL_(FAMILY|VERSION|GROUP_\w+"
                          r"|CMD_UNSPEC|CMD_MAX)|NLA_MAX|NLA_STATS_MAX)$|__")
    for name in sorted(known - named):
        if not optional.match(name):
            bad(f"{name} is missing")
    for name in desc.flags:
        if f"flags[{name}" not in text:
            bad(f"nothing takes the flags {name}")


def enum(header, name):
    body = re.search(rf"^enum {name} \{{(.*?)\}};", header, re.M | re.S).group(1)
    return re.findall(r"^\t(AXP_\w+)", body, re.M)


def check_attribute(desc, union, name, kind, spec):
    macro, args = args_of(kind)
    wanted = {"u32": 4, "s32": 4, "u64": 8}
    if args[0] != name:
        bad(f"{union}: {name} is {args[0]}")
    elif spec == "nest":
        if (macro, args[1:]) != ("nlnest", ["array[axp_nl_stats, 0:8]"]):
            bad(f"{union}: {name} is no nest of axp_nl_stats: {kind}")
    elif macro != "nlattr":
        bad(f"{union}: {name} is no attribute: {kind}")
    elif spec in wanted:
        if not desc.scalar(args[1]) or desc.size(args[1])[0] != wanted[spec]:
            bad(f"{union}: {name} is no {spec}: {kind}")
    elif args[1] != {"string": "string"}.get(spec, "void"):
        bad(f"{union}: {name} is no {spec}: {kind}")


def check_netlink(desc, text, header, spec):
    if f'string["{spec["name"]}"]' not in desc.calls.get("syz_genetlink_get_family_id$axp", ""):
        bad("no call looks for the family")
    kinds = {}
    for attrs, union, source in ("main", "axp_nl_attr", "axp_nl_attr"), \
                                ("stats", "axp_nl_stats", "axp_nl_stats"):
        one = next(s for s in spec["attribute-sets"] if s["name"] == attrs)
        names = {(one["name-prefix"] + a["name"]).upper().replace("-", "_"): a["type"]
                 for a in one["attributes"]}
        kinds |= names
        listed = [field for field, _ in desc.unions[union]]
        if listed != enum(header, source):
            bad(f"{union}: {listed}, not {enum(header, source)}")
        for field, kind in desc.unions[union]:
            check_attribute(desc, union, field, kind, names.get(field))
    for op in spec["operations"]["list"]:
        name = (spec["operations"]["name-prefix"] + op["name"]).upper().replace("-", "_")
        match = re.search(r"msghdr_axp\[(\w+), (\w+)\]", desc.calls.get(f"sendmsg${name}", ""))
        if not match or match.group(1) != name or match.group(2) not in desc.unions:
            bad(f"sendmsg${name} is missing, or sends something else")
            continue
        takes = {a for kind in ("do", "dump")
                 for a in ((op.get(kind) or {}).get("request") or {}).get("attributes", [])}
        if not takes:
            continue
        union = match.group(2)
        for field, kind in desc.unions[union]:
            check_attribute(desc, union, field, kind, kinds.get(field))
        takes = {"AXP_NLA_" + a.upper().replace("-", "_") for a in takes}
        if {field for field, _ in desc.unions[union]} != takes:
            bad(f"{union}: attributes are not those of {name}: {sorted(takes)}")
    for include in "uapi/linux/axp.h", "uapi/linux/axp_netlink.h":
        if f"include <{include}>" not in text:
            bad(f"{include} is not included")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "tools/syzkaller/axp.txt"
    text = read(path)
    header = read("uapi/linux/axp.h")
    netlink = read("uapi/linux/axp_netlink.h")
    desc = Description(text)
    structs, sizes = header_structs(header)
    for name, fields in structs.items():
        check_struct(desc, name, fields, sizes[name])
    check_elements(desc, sizes)
    check_ioctls(desc, header)
    check_constants(desc, text, header + netlink)
    check_netlink(desc, text, netlink, yaml.safe_load(read("Documentation/netlink/specs/axp.yaml")))
    for line in BAD:
        print(line)
    sys.exit(len(BAD) > 0)


if __name__ == "__main__":
    main()
