#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Refuses a unit without its test and a test without its unit.

The test of x.cpp is x_test.cpp beside it, or several x_<topic>_test.cpp. Exceptions stand in
tools/mirror_exceptions.txt with their reason; one that is not needed is refused."""
from pathlib import PurePosixPath

import source_tree

FOLDERS = ("src/tautline", "apps")
EXCEPTIONS = "tools/mirror_exceptions.txt"


def unit_of(test, units):
    """The unit that a test file belongs to: the longest name that it begins with."""
    stem = test.name.removesuffix("_test.cpp")
    names = [unit.name for unit in units if unit.parent == test.parent
             and (stem == unit.name or stem.startswith(unit.name + "_"))]
    return test.parent / max(names, key=len) if names else None


def check(root):
    sources = [PurePosixPath(path) for path in source_tree.files(root, source_tree.CPP, FOLDERS)]
    tests = [path for path in sources if path.name.endswith("_test.cpp")]
    units = sorted({path.with_suffix("") for path in sources if path not in tests})
    tested = {test: unit_of(test, units) for test in tests}
    exceptions = source_tree.read_list(root / EXCEPTIONS)

    problems = [f"{test}: there is no unit of that name" for test, unit in tested.items()
                if unit is None]
    untested = {str(unit) for unit in units} - {str(unit) for unit in tested.values()}
    problems += [f"{unit}: has no test; write {unit}_test.cpp" for unit in sorted(untested)
                 if unit not in exceptions]
    for unit, reason in exceptions.items():
        if unit not in untested:
            problems.append(f"{EXCEPTIONS}: {unit} needs no exception")
        elif not reason:
            problems.append(f"{EXCEPTIONS}: {unit} has no reason")
    return problems


if __name__ == "__main__":
    source_tree.run("mirror", check(source_tree.parse_arguments(__doc__).root))
