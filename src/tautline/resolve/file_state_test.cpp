// SPDX-License-Identifier: MIT
#include <tautline/resolve/file_state.hpp>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <tests/support/temporary_file.hpp>

namespace tautline::resolve {
namespace {

TEST(FileState, StaysWhileNobodyWrites) {
    const test::TemporaryFile file;

    EXPECT_EQ(state_of(file.path), state_of(file.path));
}

TEST(FileState, ChangesWithTheSize) {
    const test::TemporaryFile file;
    const auto before = state_of(file.path);
    std::ofstream(file.path) << "more";

    EXPECT_NE(state_of(file.path), before);
}

TEST(FileState, ChangesWithTheTime) {
    const test::TemporaryFile file;
    const auto before = state_of(file.path);
    std::filesystem::last_write_time(file.path, std::filesystem::file_time_type());

    EXPECT_NE(state_of(file.path), before);
}

TEST(FileState, ChangesWithTheFile) {
    const test::TemporaryFile file;
    const test::TemporaryFile other;
    std::filesystem::last_write_time(other.path, std::filesystem::last_write_time(file.path));

    EXPECT_NE(state_of(file.path), state_of(other.path));
}

TEST(FileState, OfAMissingFileIsItsOwn) {
    const test::TemporaryFile file;

    EXPECT_NE(state_of(file.path), state_of(file.path + ".missing"));
    EXPECT_EQ(state_of(file.path + ".missing"), state_of(file.path + ".missing"));
}

}  // namespace
}  // namespace tautline::resolve
