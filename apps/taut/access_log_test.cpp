// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "access_log.hpp"

namespace tautline::taut {
namespace {

struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    // As much as is there, at most `most` bytes.
    [[nodiscard]] std::string read(std::size_t most = 1 << 20) const {
        std::string text(most, '\0');
        const auto count = ::read(ends[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }
    std::array<int, 2> ends{};
};

TEST(AccessLog, WritesLines) {
    const Pipe pipe;
    AccessLog log(pipe.ends[1]);
    log.write("one");
    log.write("two");

    EXPECT_EQ(pipe.read(), "one\ntwo\n");
}

TEST(AccessLog, LeavesOutWhatNobodyReadsAndSaysHowMuch) {
    const Pipe pipe;
    AccessLog log(pipe.ends[1]);
    const std::string line(999, 'x');
    constexpr int kLines = 1000;
    for (int i = 0; i < kLines; ++i) log.write(line);  // a pipe holds 64 KiB
    const auto kept = pipe.read().size() / 1000;
    log.write("on");

    EXPECT_LT(kept, 66U);
    EXPECT_EQ(pipe.read(), "(" + std::to_string(kLines - kept) + " lines were left out)\non\n");
}

TEST(AccessLog, CutsLongLines) {
    const Pipe pipe;
    AccessLog log(pipe.ends[1]);
    log.write(std::string(5000, 'x'));

    EXPECT_EQ(pipe.read(), std::string(4000, 'x') + "\n");
}

}  // namespace
}  // namespace tautline::taut
