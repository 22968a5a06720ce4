# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree


class MirrorTest(PlantedTree):
    gate = "check_mirror.py"

    def setUp(self):
        super().setUp()
        self.plant("src/tautline/base/utf8.hpp", "")
        self.plant("src/tautline/base/utf8.cpp", "")
        self.plant("src/tautline/base/utf8_test.cpp", "")

    def test_a_unit_with_its_test_is_accepted(self):
        self.accept()

    def test_a_unit_without_a_test_is_refused(self):
        self.plant("src/tautline/base/sha1.cpp", "")

        self.refuse("src/tautline/base/sha1", "has no test")

    def test_a_header_without_a_test_is_refused(self):
        self.plant("src/tautline/base/role.hpp", "")

        self.refuse("src/tautline/base/role", "has no test")

    def test_a_test_without_a_unit_is_refused(self):
        self.plant("src/tautline/base/gone_test.cpp", "")

        self.refuse("src/tautline/base/gone_test.cpp", "no unit")

    def test_a_test_may_be_split_by_topic(self):
        self.plant("src/tautline/base/sha1.cpp", "")
        self.plant("src/tautline/base/sha1_vectors_test.cpp", "")

        self.accept()

    def test_the_longest_name_owns_a_test(self):
        self.plant("src/tautline/base/utf8_table.cpp", "")
        self.plant("src/tautline/base/utf8_table_test.cpp", "")

        self.accept()

    def test_a_test_in_another_folder_does_not_count(self):
        self.plant("src/tautline/io/utf8.cpp", "")

        self.refuse("src/tautline/io/utf8", "has no test")

    def test_an_exception_with_a_reason_is_accepted(self):
        self.plant("src/tautline/base/role.hpp", "")
        self.plant("tools/mirror_exceptions.txt", "src/tautline/base/role  only an enum\n")

        self.accept()

    def test_an_exception_without_a_reason_is_refused(self):
        self.plant("src/tautline/base/role.hpp", "")
        self.plant("tools/mirror_exceptions.txt", "src/tautline/base/role\n")

        self.refuse("role has no reason")

    def test_an_exception_that_is_not_needed_is_refused(self):
        self.plant("tools/mirror_exceptions.txt", "src/tautline/base/utf8  was untested\n")

        self.refuse("utf8 needs no exception")


if __name__ == "__main__":
    unittest.main()
