// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/options_check.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/base/time_limit.hpp>

namespace tautline::websocket {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(ConnectionOptions, HaveNoProblemByDefault) {
    EXPECT_THAT(problem_with({}), IsEmpty());
    EXPECT_THAT(problem_with({.compression = deflate::Options{}}), IsEmpty());
}

TEST(ConnectionOptions, MustLetSomethingWait) {
    EXPECT_THAT(problem_with({.max_buffered_bytes = 0}), HasSubstr("max_buffered_bytes"));
    EXPECT_THAT(problem_with({.max_buffered_bytes = 1}), IsEmpty());
}

TEST(ConnectionOptions, MayWaitForAStalledPeerForEverButNotLess) {
    using std::chrono::seconds;
    EXPECT_THAT(problem_with({.stall_timeout = seconds(-1)}), HasSubstr("stall_timeout"));
    EXPECT_THAT(problem_with({.stall_timeout = seconds(0)}), IsEmpty());
}

// A deadline is a sum with the present time: the end of the clock is not "never".
TEST(ConnectionOptions, HaveTimesThatAreMoreThanNothingAndAYearAtMost) {
    const Duration bad[] = {Duration::zero(), Duration(-1), Duration::min(), Duration::max(),
                            kLongestTime + Duration(1)};
    for (const Duration time : bad) {
        EXPECT_THAT(problem_with({.message_timeout = time}), HasSubstr("message_timeout"));
        EXPECT_THAT(problem_with({.ping_interval = time}), HasSubstr("ping_interval"));
        EXPECT_THAT(problem_with({.pong_timeout = time}), HasSubstr("pong_timeout"));
        EXPECT_THAT(problem_with({.close_timeout = time}), HasSubstr("close_timeout"));
        if (time == Duration::zero()) continue;
        EXPECT_THAT(problem_with({.stall_timeout = time}), HasSubstr("stall_timeout"));
    }
}

TEST(ConnectionOptions, MayHaveTheShortestAndTheLongestTime) {
    for (const Duration time : {Duration(1), kLongestTime}) {
        EXPECT_THAT(problem_with({.message_timeout = time,
                                  .ping_interval = time,
                                  .pong_timeout = time,
                                  .close_timeout = time,
                                  .stall_timeout = time}),
                    IsEmpty());
    }
}

TEST(ConnectionOptions, SpellNeverWithoutATime) {
    EXPECT_THAT(problem_with({.message_timeout = std::nullopt, .ping_interval = std::nullopt}),
                IsEmpty());
}

TEST(ConnectionOptions, MustBeAbleToCompress) {
    EXPECT_THAT(problem_with({.compression = deflate::Options{.level = 10}}),
                HasSubstr("compression"));
}

}  // namespace
}  // namespace tautline::websocket
