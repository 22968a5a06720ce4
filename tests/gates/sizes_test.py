# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree


def function_of(lines):
    """A function whose braces stand `lines` lines apart, counting both."""
    return "void f(int x) const noexcept {\n" + "    use(x);\n" * (lines - 2) + "}\n"


class SizesTest(PlantedTree):
    gate = "check_sizes.py"

    def test_a_file_of_500_lines_is_accepted(self):
        self.plant("src/tautline/base/long.cpp", "\n" * 500)

        self.accept()

    def test_a_file_of_501_lines_is_refused(self):
        self.plant("src/tautline/base/long.cpp", "\n" * 501)

        self.refuse("long.cpp", "501 lines")

    def test_an_exception_with_a_reason_lifts_the_limit_to_800(self):
        self.plant("tools/size_exceptions.txt", "src/tautline/base/long.cpp  one machine\n")
        self.plant("src/tautline/base/long.cpp", "\n" * 800)
        self.accept()

        self.plant("src/tautline/base/long.cpp", "\n" * 801)
        self.refuse("long.cpp", "801 lines")

    def test_an_exception_that_is_not_needed_is_refused(self):
        self.plant("tools/size_exceptions.txt", "src/tautline/base/short.cpp  it was long\n")
        self.plant("src/tautline/base/short.cpp", "\n" * 500)

        self.refuse("short.cpp needs no exception")

    def test_the_connection_has_300_lines(self):
        self.plant("src/tautline/proto/websocket/connection.cpp", "\n" * 301)

        self.refuse("connection.cpp", "the limit is 300")

    def test_a_test_has_600_lines(self):
        self.plant("src/tautline/base/long_test.cpp", "\n" * 601)

        self.refuse("long_test.cpp", "the limit is 600")

    def test_a_table_has_no_limit(self):
        self.plant("src/tautline/base/huffman_table.cpp", "\n" * 2000)

        self.accept()

    def test_a_line_of_100_columns_is_accepted(self):
        self.plant("src/tautline/base/wide.hpp", "x" * 100 + "\n")

        self.accept()

    def test_a_line_of_101_columns_is_refused(self):
        self.plant("tools/wide.py", "x" * 101 + "\n")

        self.refuse("wide.py:1", "101 columns")

    def test_a_function_of_60_lines_is_accepted(self):
        self.plant("src/tautline/base/f.cpp", function_of(60))

        self.accept()

    def test_a_function_of_61_lines_is_refused(self):
        self.plant("src/tautline/base/f.cpp", "\n" + function_of(61))

        self.refuse("f.cpp:2", "a function of 61 lines")

    def test_a_method_with_a_result_behind_it_counts(self):
        self.plant("src/tautline/base/f.cpp", function_of(61).replace("noexcept", "-> std::size_t"))

        self.refuse("f.cpp:1", "a function of 61 lines")

    def test_a_class_may_be_longer(self):
        self.plant("src/tautline/base/f.hpp", "class F {\n" + "    int x;\n" * 80 + "};\n")

        self.accept()

    def test_braces_in_strings_do_not_count(self):
        self.plant("src/tautline/base/f.cpp",
                   "void f() {\n    use(\"{\", '{');  // {\n}\n" + "\n" * 80)

        self.accept()


if __name__ == "__main__":
    unittest.main()
