# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree

ROW = "| H04 | drips | a deadline |\n"
TEST = "TEST(Server, H04_CutsAPeerThatDrips) {}\n"


class AttacksTest(PlantedTree):
    gate = "check_attacks.py"

    def plant_both(self, rows, test):
        self.plant("docs/attacks.md", rows)
        self.plant("src/tautline/server/server_test.cpp", test)

    def test_a_row_with_its_test_is_accepted(self):
        for name in ("H04_Cuts", "H04Cuts", "RowH04Cuts"):
            self.plant_both(ROW, f"TEST_F(Server, {name}) {{}}\n")

            self.accept()

    def test_a_test_in_python_counts(self):
        self.plant_both(ROW, "")
        for name in ("test_h04_drips", "test_drips_h04"):
            self.plant("tests/tool/serve_test.py", f"def {name}(self):\n")

            self.accept()

    def test_a_row_without_a_test_is_refused(self):
        self.plant_both(ROW + "| L05 | fails | nothing |\n", TEST)

        self.refuse("no test is named after L05")

    def test_a_code_without_a_row_is_refused(self):
        self.plant_both(ROW, TEST + "TEST(Server, X09_Hangs) {}\n")

        self.refuse("server_test.cpp", "has no row X09")

    def test_two_rows_of_a_code_are_refused(self):
        self.plant_both(ROW + ROW, TEST)

        self.refuse("H04 has two rows")

    def test_a_name_that_only_contains_a_code_is_no_test_of_it(self):
        self.plant_both(ROW, "TEST(Server, WithH04Inside) {}\n")

        self.refuse("no test is named after H04")


if __name__ == "__main__":
    unittest.main()
