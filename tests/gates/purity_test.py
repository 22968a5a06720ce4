# SPDX-License-Identifier: MIT
import shutil
import subprocess
import unittest

from planted import PlantedTree

COMPILER = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++-19")


class PurityOfSourcesTest(PlantedTree):
    gate = "check_purity.py"

    def test_computing_is_accepted(self):
        self.plant("src/tautline/base/sum.cpp", "#include <algorithm>\n#include <chrono>\n")

        self.accept()

    def test_a_thread_header_is_refused(self):
        self.plant("src/tautline/proto/websocket/queue.cpp", "#include <mutex>\n")

        self.refuse("queue.cpp:1", "<mutex>")

    def test_a_system_header_is_refused(self):
        self.plant("src/tautline/base/net.hpp", "#include <sys/socket.h>\n")

        self.refuse("net.hpp:1", "<sys/socket.h>")

    def test_a_clock_in_a_header_is_refused(self):
        self.plant("src/tautline/base/time.hpp", "auto now = std::chrono::steady_clock::now();\n")

        self.refuse("time.hpp:1", "steady_clock::now")

    def test_a_clock_in_a_comment_is_accepted(self):
        self.plant("src/tautline/base/time.hpp", "// Others read steady_clock::now().\n")

        self.accept()

    def test_tests_may_do_more(self):
        self.plant("src/tautline/base/time_test.cpp", "#include <thread>\n")

        self.accept()

    def test_above_the_line_everything_is_allowed(self):
        self.plant("src/tautline/io/clock.cpp", "#include <mutex>\n")

        self.accept()


@unittest.skipUnless(COMPILER, "no compiler")
class PurityOfArchivesTest(PlantedTree):
    gate = "check_purity.py"

    def archive(self, code):
        self.plant("unit.cpp", code)
        subprocess.run([COMPILER, "-std=c++20", "-c", "unit.cpp"], cwd=self.root, check=True)
        subprocess.run(["ar", "rc", "unit.a", "unit.o"], cwd=self.root, check=True)
        return self.root / "unit.a"

    def refuse_code(self, code, word):
        self.refuse(word, arguments=[self.archive(code)])

    def test_memory_and_strings_are_accepted(self):
        self.accept(self.archive("#include <string>\n"
                                 "std::string join(const std::string& a) { return a + a; }\n"))

    def test_a_socket_is_refused(self):
        self.refuse_code("#include <sys/socket.h>\nint f() { return socket(1, 1, 0); }\n", "socket")

    def test_a_clock_is_refused(self):
        self.refuse_code("#include <chrono>\n"
                         "auto f() { return std::chrono::steady_clock::now(); }\n", "steady_clock")

    def test_the_time_of_c_is_refused(self):
        self.refuse_code("#include <ctime>\nlong f() { return time(nullptr); }\n", "time")

    def test_a_thread_is_refused(self):
        self.refuse_code("#include <thread>\nvoid f() { std::thread([] {}).join(); }\n",
                         "std::thread")

    def test_a_file_is_refused(self):
        self.refuse_code("#include <fstream>\nvoid f() { std::ofstream(\"x\") << 1; }\n", "basic_")

    def test_randomness_is_refused(self):
        self.refuse_code("#include <random>\nunsigned f() { return std::random_device{}(); }\n",
                         "random_device")

    def test_the_environment_is_refused(self):
        self.refuse_code("#include <cstdlib>\nchar* f() { return getenv(\"HOME\"); }\n", "getenv")

    def test_a_call_between_two_members_of_an_archive_is_accepted(self):
        self.plant("other.cpp", "extern \"C\" void send_all() {}\n")
        subprocess.run([COMPILER, "-c", "other.cpp"], cwd=self.root, check=True)
        archive = self.archive("extern \"C\" void send_all();\nvoid f() { send_all(); }\n")
        subprocess.run(["ar", "rc", archive, "other.o"], cwd=self.root, check=True)

        self.accept(archive)


if __name__ == "__main__":
    unittest.main()
