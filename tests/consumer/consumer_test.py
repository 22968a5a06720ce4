#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""tautline as a part of another CMake project: what its README says is enough, and no more than the
library comes with it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ConsumerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.run_tool("cmake", "-G", "Ninja", "-B", cls.folder.name,
                     "-S", ROOT / "tests/consumer/project",
                     f"-DTAUTLINE_DIR={ROOT}", "-DTAUTLINE_WITH_ISAL=OFF",
                     f"-DTAUTLINE_HTTP2={os.environ.get('TAUTLINE_HTTP2', 'ON')}")

    @staticmethod
    def run_tool(*command):
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}"
        return done.stdout

    def ninja(self, *arguments):
        return self.run_tool("ninja", "-C", self.folder.name, *arguments)

    def compile(self, source):
        targets = self.ninja("-t", "targets", "all").splitlines()
        objects = [line.split(":")[0] for line in targets if f"{source}.o:" in line]
        self.assertEqual(len(objects), 1)

        self.ninja(*objects)

    def test_the_server_of_the_readme_compiles(self):
        self.compile("hello_server.cpp")

    def test_asio_is_the_same_whatever_is_included_first(self):
        self.compile("asio_first.cpp")

    def test_a_program_builds_and_links(self):
        self.ninja("base64")

    def test_our_tests_tool_and_examples_do_not_come_along(self):
        targets = self.ninja("-t", "targets", "all")

        for name in ("_test", "taut:", "example_", "_fuzz", "libtautline_wslay"):
            self.assertNotIn(name, targets)


if __name__ == "__main__":
    unittest.main()
