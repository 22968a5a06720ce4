# SPDX-License-Identifier: MIT
import unittest

from planted import SPDX, PlantedTree

PATH = "src/tautline/base/unit.cpp"
# In two halves, so that the gate accepts this file.
UNFINISHED = "TO" "DO"


class CommentsTest(PlantedTree):
    gate = "check_comments.py"

    def plant_line(self, line):
        self.plant(PATH, f"// {SPDX}{line}\n")

    def test_a_sentence_is_accepted(self):
        self.plant_line("// Grows by doubling; the memory is kept (see `release`).")

        self.accept()

    def test_a_file_without_a_licence_is_refused(self):
        self.plant(PATH, "#pragma once\n")

        self.refuse(PATH, "SPDX")

    def test_a_script_without_a_licence_is_refused(self):
        self.plant("scripts/go", "#!/usr/bin/env bash\necho go\n")

        self.refuse("scripts/go", "SPDX")

    def test_a_script_has_its_licence_below_the_first_line(self):
        self.plant("scripts/go", f"#!/usr/bin/env bash\n# {SPDX}echo go\n")

        self.accept()

    def test_an_assignment_in_a_comment_is_refused(self):
        self.plant_line("// count = size + 1;")

        self.refuse(f"{PATH}:2", "commented-out code")

    def test_a_call_in_a_comment_is_refused(self):
        self.plant_line("    //stream.write(bytes);")

        self.refuse(f"{PATH}:2", "commented-out code")

    def test_a_condition_in_a_comment_is_refused(self):
        self.plant_line("// if (ready) {")

        self.refuse(f"{PATH}:2", "commented-out code")

    def test_code_in_the_documentation_is_an_example(self):
        self.plant_line("///     peer.send(message);")

        self.accept()

    def test_a_merge_that_is_not_finished_is_refused(self):
        self.plant("docs/limits.md", "| one |\n" + "<" * 7 + " HEAD\n| two |\n")

        self.refuse("docs/limits.md", "merge")

    def test_unfinished_work_is_refused(self):
        self.plant_line(f"// {UNFINISHED}: make it fast.")

        self.refuse(f"{PATH}:2", UNFINISHED)

    def test_unfinished_work_with_an_issue_is_accepted(self):
        self.plant_line(f"// {UNFINISHED}(#12): make it fast.")

        self.accept()

    def test_unfinished_work_in_a_script_is_refused(self):
        self.plant("tools/go.py", f"# {SPDX}go()  # {UNFINISHED}\n")

        self.refuse("tools/go.py:2", UNFINISHED)

    def test_a_question_is_refused(self):
        self.plant_line("// Is this right?")

        self.refuse(f"{PATH}:2", "does not ask")

    def test_a_section_in_the_middle_of_a_line_is_refused(self):
        self.plant_line("/// Keeps all it is given. Threads: one at a time.")

        self.refuse(f"{PATH}:2", "Threads: begins a line")

    def test_a_section_on_a_line_of_its_own_is_accepted(self):
        self.plant_line("/// Keeps all it is given.\n/// Lifetime, Threads: as `ByteStream`.")

        self.accept()


if __name__ == "__main__":
    unittest.main()
