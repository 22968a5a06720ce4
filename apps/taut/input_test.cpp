// SPDX-License-Identifier: MIT
#include <array>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "input.hpp"

namespace tautline::taut {
namespace {

// Reads `descriptor` to its end on a loop.
std::string read_all(int descriptor) {
    asio::io_context context;
    std::string text;
    Input* reading = nullptr;
    Input input(context, descriptor, [&] {
        const auto bytes = reading->read();
        text += bytes;
        if (bytes.empty()) reading->set_reading(false);
    });
    reading = &input;
    input.set_reading(true);
    context.run();
    return text;
}

TEST(Input, ReadsAPipeToItsEnd) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], "abc", 3), 3);
    ::close(ends[1]);

    EXPECT_EQ(read_all(ends[0]), "abc");
    ::close(ends[0]);
}

TEST(Input, ReadsAFileToItsEnd) {
    std::string path = testing::TempDir() + "taut_input_test_XXXXXX";
    const int file = ::mkstemp(path.data());
    const std::string content(200'000, 'x');
    ASSERT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
    ::lseek(file, 0, SEEK_SET);

    EXPECT_EQ(read_all(file).size(), content.size());
    ::close(file);
    ::unlink(path.c_str());
}

TEST(Input, ReadsNothingFromNothing) {
    const int null = ::open("/dev/null", O_RDONLY);
    EXPECT_EQ(read_all(null), "");
    ::close(null);
}

TEST(Input, LeavesThePipeBlockingForWhoeverSharesIt) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ::close(ends[1]);

    (void)read_all(ends[0]);

    EXPECT_EQ(::fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
    ::close(ends[0]);
}

TEST(Input, CallsNobodyWhileItIsStopped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    ASSERT_EQ(::write(ends[1], "a", 1), 1);
    asio::io_context context;
    int calls = 0;
    Input input(context, ends[0], [&calls] { ++calls; });

    input.set_reading(true);
    input.set_reading(false);
    context.run();

    EXPECT_EQ(calls, 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace tautline::taut
