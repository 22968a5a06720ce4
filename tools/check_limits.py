#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the first table of docs/limits.md against the defaults in the headers.

Refuses a number that differs, a row for a member that does not exist, a limit of the listed structs
that has no row, and a test named there, or in the table of fixed limits, that does not exist."""
import re

import source_tree

DOCUMENT = "docs/limits.md"
# Struct -> its header. Each member with a number or a time as its default needs a row.
STRUCTS = {
    "ConnectionOptions": "src/tautline/proto/websocket/options.hpp",
    "HeadLimits": "src/tautline/proto/http/head_reader.hpp",
    "deflate::Options": "src/tautline/proto/deflate/parameters.hpp",
    "h2::Options": "src/tautline/proto/h2/options.hpp",
    "H2ConnectionOptions": "src/tautline/transport/h2_connection.hpp",
    "ServerOptions": "src/tautline/server/server_options.hpp",
    "ListenOptions": "src/tautline/server/server_options.hpp",
    "ClientOptions": "src/tautline/client/client_options.hpp",
    "NetworkConfig": "src/tautline/proto/eyeballs/options.hpp",
    "CaresOptions": "src/tautline/resolve/cares_resolver.hpp",
    "ReconnectOptions": "src/tautline/client/reconnect_options.hpp",
}
NOT_LIMITS = {"ListenOptions::port", "CaresOptions::port"}
UNITS = {"": 1, "bytes": 1, "KiB": 1024, "MiB": 1024 ** 2, "GiB": 1024 ** 3}
TIMES = {"milliseconds": "ms", "seconds": "s", "minutes": "min", "hours": "h"}
_MEMBER = re.compile(r"^\s+[\w:<>\s]+?\b(\w+)\s*=\s*([^;]+);", re.MULTILINE)
# | `Struct::member` | default | ... | test |
_ROW = re.compile(r"^\|\s*`([\w:]+)::(\w+)`\s*\|\s*([^|]*?)\s*\|.*\|\s*([^|]*?)\s*\|$",
                  re.MULTILINE)

# | what | limit | why | tests |
_FIXED = re.compile(r"^\|\s*([^`|]+?)\s*\|.*\|([^|]*)\|$", re.MULTILINE)


def value_of(expression):
    """A default as a number or as a time such as "20 s"; None when it is neither."""
    time = re.fullmatch(r"std::chrono::(\w+)\((\d+)\)", expression.strip())
    if time:
        return f"{time.group(2)} {TIMES[time.group(1)]}"
    if re.fullmatch(r"\s*\d[\d'\s*]*", expression):
        product = 1
        for factor in expression.replace("'", "").split("*"):
            product *= int(factor)
        return product
    return None


def value_in_table(text):
    match = re.fullmatch(r"([\d,]+)\s*(\w*)", text)
    if not match:
        return text
    number = int(match.group(1).replace(",", ""))
    unit = match.group(2)
    return number * UNITS[unit] if unit in UNITS else f"{number} {unit}"


def defaults_in(text, struct):
    """Member -> default, of the members of a struct that limit something."""
    body = re.search(rf"struct {struct.split('::')[-1]} \{{(.*?)^\}};",
                     source_tree.without_literals(text), re.DOTALL | re.MULTILINE)
    members = _MEMBER.findall(body.group(1)) if body else []
    values = {name: value_of(expression) for name, expression in members}
    return {name: value for name, value in values.items() if value is not None}


def check(root):
    known = {}
    for struct, header in STRUCTS.items():
        if (root / header).exists():
            for name, value in defaults_in(source_tree.read(root, header), struct).items():
                if f"{struct}::{name}" not in NOT_LIMITS:
                    known[f"{struct}::{name}"] = value
    problems = []
    tests = source_tree.test_names(root)
    rows = {}
    for struct, member, text, test in _ROW.findall(source_tree.read(root, DOCUMENT)):
        rows[f"{struct}::{member}"] = value_in_table(text)
        named = test.strip("`")
        if named != "none" and named not in tests:
            problems.append(f"{DOCUMENT}: {struct}::{member} names the test {named}; there is none")
    for what, cell in _FIXED.findall(source_tree.read(root, DOCUMENT)):
        problems += [f"{DOCUMENT}: \"{what}\" names the test {named}; there is none"
                     for named in re.findall(r"`(\w+\.\w+)`", cell) if named not in tests]
    for member, value in rows.items():
        if member not in known:
            problems.append(f"{DOCUMENT}: no header has a limit {member}")
        elif known[member] != value:
            problems.append(f"{DOCUMENT}: {member} is {known[member]} in the header, not {value}")
    problems += [f"{DOCUMENT}: has no row for {member}" for member in known if member not in rows]
    return problems


if __name__ == "__main__":
    source_tree.run("limits", check(source_tree.parse_arguments(__doc__).root))
