// SPDX-License-Identifier: MIT
#include <tautline/transport/answer_time.hpp>

#include <gtest/gtest.h>

namespace tautline::transport {
namespace {

using namespace std::chrono_literals;

TEST(AnswerTime, IsASecondMoreForEach16KiB) {
    EXPECT_EQ(time_for_answer(10s, 0), 10s);
    EXPECT_EQ(time_for_answer(10s, 16 * 1024 - 1), 10s);
    EXPECT_EQ(time_for_answer(10s, 16 * 1024), 11s);
    EXPECT_EQ(time_for_answer(1s, 1024 * 1024), 65s);
}

}  // namespace
}  // namespace tautline::transport
