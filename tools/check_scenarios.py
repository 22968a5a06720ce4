#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses a test in docs/design/race-scenarios.md that does not exist, and a row without a test.

The document says which of our tests plays which scenario of the reference implementation. A test is
written there as `Suite.Name`, without the instance of its parameters."""
import re

import source_tree

DOCUMENT = "docs/design/race-scenarios.md"
_TEST = re.compile(r"`([A-Z]\w*\.\w+)`")
_ROW = re.compile(r"^\| (.+?) \|.*\|$")


def check(root):
    tests = source_tree.test_names(root)
    problems = []
    scenarios = set()
    in_table = False
    for number, line in enumerate(source_tree.read(root, DOCUMENT).splitlines(), 1):
        where = f"{DOCUMENT}:{number}"
        named = _TEST.findall(line)
        problems += [f"{where}: there is no test {test}" for test in named if test not in tests]
        row = _ROW.match(line)
        if row and in_table:
            scenario = row.group(1)
            if not named:
                problems.append(f"{where}: {scenario} names no test")
            if scenario in scenarios:
                problems.append(f"{where}: {scenario} has a row already")
            scenarios.add(scenario)
        # Rows come after the line of dashes under the head of a table.
        in_table = bool(row) and (in_table or row.group(1) == "---")
    if not scenarios:
        problems.append(f"{DOCUMENT}: has no rows")
    return problems


if __name__ == "__main__":
    source_tree.run("scenarios", check(source_tree.parse_arguments(__doc__).root))
