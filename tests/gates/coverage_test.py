# SPDX-License-Identifier: MIT
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import coverage  # noqa: E402


class CoverageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.unit = Path(folder.name) / "unit.hpp"
        self.other = Path(folder.name) / "other.hpp"
        self.other.write_text("if (a) b();\n", encoding="utf-8")
        self.write("if (a) b();")

    def write(self, *lines):
        self.unit.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def branches(self, *branches, path=None):
        files = [{"filename": str(path or self.unit), "branches": list(branches)}]
        return list(coverage.branches_in({"data": [{"files": files}]}, [self.unit]).values())

    def lines(self, *records):
        return coverage.lines_in("\n".join([f"SF:{self.unit}", *records]), [self.unit])

    def test_a_branch_of_a_template_is_counted_once(self):
        of_the_test, of_another = [1, 5, 1, 6, 3, 2, 0, 0, 4], [1, 5, 1, 6, 0, 0, 0, 0, 4]

        self.assertEqual(self.branches(of_the_test, of_another), [3, 2])

    def test_each_way_of_each_condition_of_a_line_counts(self):
        self.assertEqual(self.branches([1, 5, 1, 6, 3, 0, 0, 0, 4], [1, 9, 1, 9, 0, 3, 0, 0, 4]),
                         [3, 0, 0, 3])

    def test_other_files_are_not_counted(self):
        self.assertEqual(self.branches([1, 5, 1, 6, 0, 0, 0, 0, 4], path=self.other), [])
        self.assertEqual(self.lines(f"SF:{self.other}", "DA:1,0"), {})

    def test_what_only_a_broken_contract_reaches_is_not_counted(self):
        self.write("void never() {", "    TAUTLINE_ASSERT(false);", "}", "int other() {", "}")

        self.assertEqual(list(self.lines("DA:1,0", "DA:2,0", "DA:3,0", "DA:4,7").values()), [7])

    def test_the_end_of_a_function_that_can_be_reached_counts(self):
        self.write("void some() {", "    TAUTLINE_ASSERT(fine);", "}")

        self.assertEqual(list(self.lines("DA:1,1", "DA:2,1", "DA:3,0").values()), [1, 0])

    def test_an_empty_unit_is_wholly_run(self):
        self.assertEqual(coverage.share({}), 100.0)


if __name__ == "__main__":
    unittest.main()
