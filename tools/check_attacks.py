#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses a row of docs/attacks.md without a test, and a test whose code has no row there.

A test is named after a row when a word of its name is the code: H04CutsAPeer, X08_RefusesRequests,
RowT03TellsATruncation, test_h15_follows_no_redirect."""
import re

import source_tree

DOCUMENT = "docs/attacks.md"
_ROW = re.compile(r"^\| ([A-Z]\d\d) \|", re.MULTILINE)
_NAME = re.compile(r"\bTEST(?:_[FP])?\(\s*\w+,\s*(\w+)\s*\)|\bdef test_(\w+)")
_CODE = re.compile(r"^(?:Row)?([HFLTX]\d\d)|_([hfltx]\d\d)(?=_|$)|^([hfltx]\d\d)(?=_|$)")


def code_of(name):
    """The row that a test is named after, or None."""
    match = _CODE.search(name)
    return next(filter(None, match.groups())).upper() if match else None


def check(root):
    rows = _ROW.findall(source_tree.read(root, DOCUMENT))
    problems = [f"{DOCUMENT}: {row} has two rows"
                for row in sorted(set(rows)) if rows.count(row) > 1]
    tested = set()
    for path in source_tree.files(root, (".cpp", ".py"), ("src", "apps", "tests")):
        if path.parts[:2] == ("tests", "gates"):
            continue
        for names in _NAME.findall(source_tree.read(root, path)):
            code = code_of(names[0] or names[1])
            tested.add(code)
            if code and code not in rows:
                problems.append(f"{path}: {DOCUMENT} has no row {code}")
    problems += [f"{DOCUMENT}: no test is named after {row}" for row in rows if row not in tested]
    return problems


if __name__ == "__main__":
    source_tree.run("attacks", check(source_tree.parse_arguments(__doc__).root))
