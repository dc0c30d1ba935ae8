#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether Documentation/netlink/specs/axp.yaml has what uapi/linux/axp_netlink.h has,
in the same order: attributes, commands, events, groups. Prints what differs."""

import re
import sys
import yaml

with open("uapi/linux/axp_netlink.h", encoding="ascii") as file:
    header = file.read()
with open("Documentation/netlink/specs/axp.yaml", encoding="ascii") as file:
    spec = yaml.safe_load(file)


def members(enum):
    body = re.search(r"enum %s \{(.*?)\};" % enum, header, re.S).group(1)
    return [n for n in re.findall(r"\b(AXP_\w+)", body)]


def named(prefix, names):
    return [(prefix + n).upper().replace("-", "_") for n in names]


def differ(what, in_header, in_spec):
    if in_header == in_spec:
        return 0
    print(f"{what}: header {in_header}, specification {in_spec}")
    return 1


bad = 0
sets = {s["name"]: s for s in spec["attribute-sets"]}
for name, enum in ("main", "axp_nl_attr"), ("stats", "axp_nl_stats"):
    attrs = sets[name]
    names = ["unspec"] + [a["name"] for a in attrs["attributes"]]
    bad += differ(enum, members(enum), named(attrs["name-prefix"], names))
known = {a["name"] for a in sets["main"]["attributes"]}
ops = spec["operations"]
names = ["unspec"] + [o["name"] for o in ops["list"]]
bad += differ("axp_nl_cmd", members("axp_nl_cmd"), named(ops["name-prefix"], names))
events = spec["definitions"][0]
bad += differ("axp_nl_event", members("axp_nl_event"),
              named(events["name-prefix"], [e["name"] for e in events["entries"]]))
groups = re.findall(r'AXP_NL_GROUP_\w+\s+"(\w+)"', header)
bad += differ("groups", groups, [g["name"] for g in spec["mcast-groups"]["list"]])
for op in ops["list"]:
    for kind in "do", "dump", "event":
        for part in (op.get(kind) or {}).values():
            listed = part["attributes"] if isinstance(part, dict) else part
            for attr in listed:
                if attr not in known:
                    print(f"{op['name']}: unknown attribute {attr}")
                    bad += 1
sys.exit(bad > 0)
