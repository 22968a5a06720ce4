# SPDX-License-Identifier: MIT
"""The picture of the closing machine has the edges that its unit test finds in the code."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parents[2]
TEST = ROOT / "src/tautline/proto/websocket/closing_test.cpp"
PICTURE = ROOT / "docs/design/closing.dot"


class ClosingGraphTest(unittest.TestCase):
    def test_the_picture_shows_every_edge_and_no_other(self):
        tested = re.findall(r'"(\w+) -> (\w+) \[(\w+)\]\\n"', TEST.read_text())
        drawn = re.findall(r"^ +(\w+) -> (\w+) \[label = (\w+)\];$", PICTURE.read_text(),
                           re.MULTILINE)

        self.assertTrue(tested)
        self.assertEqual(drawn, tested)


if __name__ == "__main__":
    unittest.main()
