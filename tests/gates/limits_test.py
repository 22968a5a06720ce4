# SPDX-License-Identifier: MIT
import unittest

from planted import PlantedTree

OPTIONS = """
struct ConnectionOptions {
    std::uint64_t max_message_bytes = 1024 * 1024;  ///< A comment; with = signs.
    std::optional<Duration> ping_interval = std::chrono::seconds(20);
    bool deliver_control_frames = false;
    std::optional<deflate::Options> compression;
};
"""
MESSAGE = "| `ConnectionOptions::max_message_bytes` | 1 MiB | what it is | none |\n"
PING = "| `ConnectionOptions::ping_interval` | 20 s | what it is | `Keepalive.PingsInSilence` |\n"
FIXED = "| a URL | 1 | why, of `Url` | `Keepalive.PingsInSilence`, `Url.HasALimit` (the end) |\n"


class LimitsTest(PlantedTree):
    gate = "check_limits.py"

    def setUp(self):
        super().setUp()
        self.plant("src/tautline/proto/websocket/options.hpp", OPTIONS)
        self.plant("src/tautline/proto/websocket/keepalive_test.cpp",
                   "TEST(Keepalive, PingsInSilence) {}\nTEST(Url, HasALimit) {}\n")

    def plant_table(self, *rows):
        self.plant("docs/limits.md", "".join(rows))

    def test_a_true_table_is_accepted(self):
        self.plant_table(MESSAGE, PING)

        self.accept()

    def test_a_wrong_size_is_refused(self):
        self.plant_table(MESSAGE.replace("1 MiB", "2 MiB"), PING)

        self.refuse("ConnectionOptions::max_message_bytes is 1048576 in the header")

    def test_a_wrong_time_is_refused(self):
        self.plant_table(MESSAGE, PING.replace("20 s", "20 ms"))

        self.refuse("ConnectionOptions::ping_interval is 20 s in the header")

    def test_a_limit_without_a_row_is_refused(self):
        self.plant_table(MESSAGE)

        self.refuse("has no row for ConnectionOptions::ping_interval")

    def test_a_row_without_a_limit_is_refused(self):
        self.plant_table(MESSAGE, PING, PING.replace("ping_interval", "pong_interval"))

        self.refuse("no header has a limit ConnectionOptions::pong_interval")

    def test_a_test_that_does_not_exist_is_refused(self):
        self.plant_table(MESSAGE, PING.replace("PingsInSilence", "Sleeps"))

        self.refuse("Keepalive.Sleeps; there is none")

    def test_a_fixed_limit_may_name_several_tests(self):
        self.plant_table(MESSAGE, PING, FIXED)

        self.accept()

    def test_a_test_of_a_fixed_limit_that_does_not_exist_is_refused(self):
        self.plant_table(MESSAGE, PING, FIXED.replace("Url.HasALimit", "Url.Ends"))

        self.refuse('"a URL" names the test Url.Ends; there is none')


if __name__ == "__main__":
    unittest.main()
