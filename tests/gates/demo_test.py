# SPDX-License-Identifier: MIT
"""Runs scripts/demo with a tool that is a few lines of shell, to see that its verdict is right."""
import os
import shutil
import subprocess
import unittest

from planted import ROOT, PlantedTree

SERVE = 'echo "listening on ws://127.0.0.1:1234/"; exec sleep 60'


class DemoTest(PlantedTree):
    def plant_script(self, path, body):
        self.plant(path, f"#!/bin/sh\n{body}\n")
        (self.root / path).chmod(0o755)

    def plant_tool(self, serve, connect):
        self.plant_script("build/release/bin/taut", f"""case $1 in
serve) {serve} ;;
connect) {connect} ;;
esac""")

    def run_demo(self):
        (self.root / "scripts").mkdir(exist_ok=True)
        shutil.copy(ROOT / "scripts/demo", self.root / "scripts/demo")
        self.plant_script("scripts/setup", "exit 0")
        self.plant_script("path/cmake", "exit 0")
        environment = {**os.environ, "PATH": f"{self.root}/path:{os.environ['PATH']}"}
        return subprocess.run([self.root / "scripts/demo", "--once"], env=environment, timeout=60,
                              capture_output=True, text=True)

    def test_a_message_that_comes_back_is_a_success(self):
        self.plant_tool(SERVE, 'echo "hello from tautline"')

        outcome = self.run_demo()

        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("ws://127.0.0.1:1234/ -m 'hello from tautline' -n 1", outcome.stdout)

    def test_a_message_that_is_lost_is_a_failure(self):
        self.plant_tool(SERVE, "exit 1")

        outcome = self.run_demo()

        self.assertEqual(outcome.returncode, 1)
        self.assertIn("did not come back", outcome.stderr)

    def test_a_server_that_does_not_start_is_a_failure(self):
        self.plant_tool("exit 1", "exit 0")

        outcome = self.run_demo()

        self.assertEqual(outcome.returncode, 1)
        self.assertIn("did not start", outcome.stderr)

    def test_a_build_that_fails_is_a_failure(self):
        self.run_demo()  # lays the tree
        self.plant_script("path/cmake", "echo no compiler; exit 1")

        environment = {**os.environ, "PATH": f"{self.root}/path:{os.environ['PATH']}"}
        outcome = subprocess.run([self.root / "scripts/demo", "--once"], env=environment,
                                 timeout=60, capture_output=True, text=True)

        self.assertEqual(outcome.returncode, 1)
        self.assertIn("no compiler", outcome.stderr)


if __name__ == "__main__":
    unittest.main()
