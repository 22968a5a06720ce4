# SPDX-License-Identifier: MIT
"""A small tree in a temporary folder, to plant violations in and run the real gates over."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SPDX = "SPDX-License-Identifier: MIT\n"


class PlantedTree(unittest.TestCase):
    """Each test begins with an empty tree: `plant` files, then see it `refuse` or `accept`."""

    gate = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def plant(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def run_gate(self, *arguments):
        command = [sys.executable, ROOT / "tools" / self.gate, "--root", self.root, *arguments]
        outcome = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(outcome.stderr, "")
        return outcome

    def accept(self, *arguments):
        outcome = self.run_gate(*arguments)
        self.assertEqual(outcome.returncode, 0, outcome.stdout)
        return outcome.stdout

    def refuse(self, *words, arguments=()):
        """The gate fails, and one line of what it says has all of `words` in it."""
        outcome = self.run_gate(*arguments)
        self.assertEqual(outcome.returncode, 1, outcome.stdout)
        self.assertTrue(any(all(word in line for word in words)
                            for line in outcome.stdout.splitlines()), outcome.stdout)
