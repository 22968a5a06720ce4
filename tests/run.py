# SPDX-License-Identifier: MIT
"""Runs a script of tests for ctest: run.py PATH

Exits with 77, which ctest counts as skipped, when nothing failed but a peer is missing: a module
that cannot be imported, or tests that were skipped with a reason that begins with MISSING."""

import importlib
import pathlib
import sys
import unittest

MISSING = "not installed: "
PEERS = ("h2", "hpack", "websockets")  # modules that are implementations to test against
NOTHING = "there are no tests in it"
SKIPPED = 77


def outcome(result):
    """The exit code for what came of the tests."""
    if not result.wasSuccessful():
        return 1
    if not result.testsRun and not result.skipped:
        print(NOTHING)
        return 1
    missing = sorted({reason for _, reason in result.skipped if reason.startswith(MISSING)})
    if missing:
        print("\n".join(missing))
    return SKIPPED if missing else 0


def main(path):
    sys.path.insert(0, str(path.parent))
    try:
        module = importlib.import_module(path.stem)
    except ModuleNotFoundError as error:
        if error.name.split(".")[0] not in PEERS:
            raise
        print(MISSING + error.name)
        return SKIPPED
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    return outcome(unittest.TextTestRunner(verbosity=2).run(suite))


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
