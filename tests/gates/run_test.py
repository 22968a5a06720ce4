#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tests/run.py tells ctest apart what passed, what failed, and what misses its peer."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).parents[1] / "run.py"

SKIPS = '@unittest.skipUnless(False, "not installed: a peer")\n'
CASE = "class {}(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(1, {})\n"


class Run(unittest.TestCase):
    def outcome(self, *lines):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder, "some_test.py")
            script.write_text("import unittest\n" + "".join(lines))
            done = subprocess.run([sys.executable, RUN, script], capture_output=True, text=True)
        return done.returncode, done.stdout.strip()

    def test_what_passes_and_what_fails(self):
        self.assertEqual(self.outcome(CASE.format("A", 1)), (0, ""))
        self.assertEqual(self.outcome(CASE.format("A", 2)), (1, ""))

    def test_a_peer_that_is_missing_is_no_success(self):
        missing = (77, "not installed: a peer")
        self.assertEqual(self.outcome(SKIPS, CASE.format("A", 1)), missing)
        self.assertEqual(self.outcome(SKIPS, CASE.format("A", 1), CASE.format("B", 1)), missing)

    def test_a_failure_counts_more_than_a_peer_that_is_missing(self):
        self.assertEqual(self.outcome(SKIPS, CASE.format("A", 1), CASE.format("B", 2))[0], 1)

    def test_a_module_without_tests_is_no_success(self):
        nothing = (1, "there are no tests in it")
        self.assertEqual(self.outcome("def test_it():\n    pass\n"), nothing)

    def test_other_reasons_to_skip_are_no_matter(self):
        other = SKIPS.replace("not installed", "no need")
        self.assertEqual(self.outcome(other, CASE.format("A", 1)), (0, ""))

    def test_a_module_is_a_peer_or_an_error(self):
        for name, code in (("h2.config", 77), ("no_such_module", 1)):
            with self.subTest(name):
                script = f"raise ModuleNotFoundError(name='{name}')\n"
                self.assertEqual(self.outcome(script)[0], code)


if __name__ == "__main__":
    unittest.main()
