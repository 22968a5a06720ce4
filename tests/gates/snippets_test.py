# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree

EXAMPLE = """
#include <tautline/server/server.hpp>

int main() {
    tautline::Server server;
    server.run();
}
"""
FENCE = "```"


class SnippetsTest(PlantedTree):
    gate = "check_snippets.py"

    def setUp(self):
        super().setUp()
        self.plant("examples/hello.cpp", EXAMPLE)

    def plant_block(self, code, source="<!-- examples/hello.cpp -->\n"):
        self.plant("README.md", f"# Hello\n\n{source}{FENCE}cpp\n{code}{FENCE}\n")

    def test_a_part_of_an_example_is_accepted(self):
        self.plant_block("tautline::Server server;\n\nserver.run();\n")

        self.accept()

    def test_code_that_is_in_no_example_is_refused(self):
        self.plant_block("tautline::Server server;\nserver.start();\n")

        self.refuse("README.md:5", "is not in examples/hello.cpp")

    def test_lines_that_are_apart_in_the_example_are_refused(self):
        self.plant_block("int main() {\nserver.run();\n")

        self.refuse("README.md:5", "is not in examples/hello.cpp")

    def test_a_block_that_names_no_example_is_refused(self):
        self.plant_block("server.run();\n", source="")

        self.refuse("README.md:4", "which example")

    def test_an_example_that_does_not_exist_is_refused(self):
        self.plant_block("server.run();\n", source="<!-- examples/gone.cpp -->\n")

        self.refuse("there is no examples/gone.cpp")

    def test_other_languages_are_not_looked_at(self):
        self.plant("README.md", f"{FENCE}sh\nscripts/demo\n{FENCE}\n")

        self.accept()


if __name__ == "__main__":
    unittest.main()
