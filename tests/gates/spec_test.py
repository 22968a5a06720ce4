# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree

CODE = "src/tautline/proto/websocket/unit.cpp"
RFC = "RFC 6455"  # apart from the word section, so that the gate reads no citation here
SPEC = """
sections = ["5.1", "5.2", "5.5.1", "9.1"]

["5.1-1"]
must = "A client masks."

["5.2-1"]
must = "Lengths are short."

["9.1-1"]
may = "Fields are split."
left_out = "Not needed."
"""


class SpecTest(PlantedTree):
    gate = "check_spec.py"

    def setUp(self):
        super().setUp()
        self.plant("docs/spec/rfc6455.toml", SPEC)

    def cite(self, words, path=CODE):
        self.plant(path, f"// {RFC} {words}\n")

    def test_a_section_that_exists_is_accepted(self):
        self.cite("section 5.5.1: a first Close is answered.")

        self.accept()

    def test_a_section_that_does_not_exist_is_refused(self):
        self.cite("section 5.9: there is no such thing.")

        self.refuse(f"{CODE}:1", "no section or row 5.9")

    def test_every_section_of_a_list_is_looked_at(self):
        self.cite("sections 5.1, 5.2 and 5.10.")

        self.refuse("5.10")

    def test_a_citation_may_go_on_in_the_next_line(self):
        self.cite("\n    // section 5.9: far away.")

        self.refuse(f"{CODE}:1", "5.9")

    def test_a_row_that_does_not_exist_is_refused(self):
        self.plant(CODE, "// rfc6455-" + "5.1-2 is not there.\n")

        self.refuse("5.1-2")

    def test_other_standards_are_not_looked_at(self):
        self.plant(CODE, "// RFC 9110 " + "section 99 is not ours to check.\n")

        self.accept()

    def test_sections_without_code_and_without_tests_are_printed(self):
        self.cite("section 5.1: a mask is needed.")
        self.cite("section 5.2: lengths are short.", "src/tautline/proto/websocket/unit_test.cpp")

        output = self.accept()

        self.assertIn("2 rows in 2 sections, 1 rows left out", output)
        self.assertIn("cited by no code: 5.2", output)
        self.assertIn("cited by no test: 5.1", output)

    def test_a_row_in_a_section_that_does_not_exist_is_refused(self):
        self.plant("docs/spec/rfc6455.toml", SPEC + '\n["5.9-1"]\nmust = "Something."\n')

        self.refuse("5.9-1 stands in no section")

    def test_a_row_without_a_level_is_refused(self):
        self.plant("docs/spec/rfc6455.toml", SPEC + '\n["5.1-2"]\nwill = "Something."\n')

        self.refuse("5.1-2 needs exactly one of")

    def test_a_row_left_out_without_a_reason_is_refused(self):
        self.plant("docs/spec/rfc6455.toml",
                   SPEC + '\n["5.1-2"]\nmust = "Something."\nleft_out = ""\n')

        self.refuse("5.1-2 is left out without a reason")


if __name__ == "__main__":
    unittest.main()
