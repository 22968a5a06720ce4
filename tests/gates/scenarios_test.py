# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree

DOCUMENT = "docs/design/race-scenarios.md"
HEAD = "| scenario | | tests |\n| --- | --- | --- |\n"
TESTS = """
TEST(Race, Begins) {}
TEST_F(RaceFixture, GoesOn) {}
TEST_P(RaceTable,
       Ends) {}
// TEST(Race, WasTakenOut) {}
"""


class ScenariosTest(PlantedTree):
    gate = "check_scenarios.py"

    def setUp(self):
        super().setUp()
        self.plant("src/tautline/proto/eyeballs/race_test.cpp", TESTS)

    def plant_rows(self, *rows):
        self.plant(DOCUMENT, "# Scenarios\n\n" + HEAD + "".join(f"{row}\n" for row in rows))

    def test_tests_of_every_kind_are_accepted(self):
        self.plant_rows("| `begin` |  | `Race.Begins`, `RaceFixture.GoesOn` |",
                        "| `end` | D1 | `RaceTable.Ends` |")

        self.accept()

    def test_a_test_that_does_not_exist_is_refused(self):
        self.plant_rows("| `begin` |  | `Race.Begins`, `Race.Continues` |")

        self.refuse(f"{DOCUMENT}:5", "no test Race.Continues")

    def test_a_test_in_a_comment_is_none(self):
        self.plant_rows("| `begin` |  | `Race.WasTakenOut` |")

        self.refuse("no test Race.WasTakenOut")

    def test_tests_in_the_text_are_looked_at_too(self):
        self.plant_rows("| `begin` |  | `Race.Begins` |", "", "So says `Race.Never`.")

        self.refuse(f"{DOCUMENT}:7", "no test Race.Never")

    def test_a_row_without_a_test_is_refused(self):
        self.plant_rows("| `begin` |  | `Race.Begins` |", "| `end` | D1 |  |")

        self.refuse(f"{DOCUMENT}:6", "`end` names no test")

    def test_a_scenario_with_two_rows_is_refused(self):
        self.plant_rows("| `begin` |  | `Race.Begins` |", "| `begin` |  | `RaceTable.Ends` |")

        self.refuse(f"{DOCUMENT}:6", "`begin` has a row already")

    def test_a_document_without_rows_is_refused(self):
        self.plant(DOCUMENT, "# Scenarios\n")

        self.refuse(f"{DOCUMENT}: has no rows")


if __name__ == "__main__":
    unittest.main()
