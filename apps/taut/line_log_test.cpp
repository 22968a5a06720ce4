// SPDX-License-Identifier: MIT
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "line_log.hpp"

namespace tautline::taut {
namespace {

struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        ::close(ends[0]);
        if (ends[1] >= 0) ::close(ends[1]);
    }
    // As much as is there, at most `most` bytes.
    [[nodiscard]] std::string read(std::size_t most = 1 << 20) const {
        std::string text(most, '\0');
        const auto count = ::read(ends[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }
    // All up to a line that ends so.
    [[nodiscard]] std::string read_until(std::string_view end) const {
        std::string text;
        while (!text.ends_with(end)) {
            const auto more = read();
            if (more.empty()) return text;
            text += more;
        }
        return text;
    }
    std::array<int, 2> ends{};
};

TEST(LineLog, WritesLines) {
    const Pipe pipe;
    LineLog log(pipe.ends[1]);
    log.write("one");
    log.write("two");
    log.finish();

    EXPECT_EQ(pipe.read(), "one\ntwo\n");
}

TEST(LineLog, LeavesOutWhatNobodyReadsAndSaysHowMuch) {
    const Pipe pipe;
    LineLog log(pipe.ends[1]);
    const std::string line(999, 'x');
    constexpr std::size_t kLines = 1000;  // the pipe and the log hold less
    for (std::size_t i = 0; i < kLines; ++i) log.write(line);

    const auto text = pipe.read_until(" lines were left out)\n");
    const auto kept = text.rfind("x\n") / 1000 + 1;
    EXPECT_LT(kept, kLines);
    EXPECT_EQ(text.substr(kept * 1000),
              "(" + std::to_string(kLines - kept) + " lines were left out)\n");

    log.write("on");
    log.finish();
    EXPECT_EQ(pipe.read(), "on\n");
}

TEST(LineLog, EndsWithoutAReader) {
    const Pipe pipe;
    LineLog log(pipe.ends[1]);
    log.write(std::string(1 << 20, 'x'));

    EXPECT_FALSE(log.finish(Duration::zero()));

    // Its thread writes on, and the number of this pipe is soon another's.
    EXPECT_EQ(pipe.read_until("\n").size(), (std::size_t{1} << 20) + 1);
}

}  // namespace
}  // namespace tautline::taut
