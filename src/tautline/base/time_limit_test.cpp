// SPDX-License-Identifier: MIT
#include <tautline/base/time_limit.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(TimeLimit, IsMoreThanNothingAndAYearAtMost) {
    EXPECT_TRUE(is_time_limit(Duration(1)));
    EXPECT_TRUE(is_time_limit(std::chrono::hours(24 * 365)));
    EXPECT_TRUE(is_time_limit(kLongestTime));
    EXPECT_FALSE(is_time_limit(kLongestTime + Duration(1)));
    EXPECT_FALSE(is_time_limit(Duration::max()));
    EXPECT_FALSE(is_time_limit(Duration::zero()));
    EXPECT_FALSE(is_time_limit(Duration::min()));
}

TEST(TimeLimit, ADeadlineIsNeverBehindTheEndOfTheClock) {
    const Instant now(std::chrono::hours(1));
    EXPECT_EQ(due_after(now, Duration(5)), now + Duration(5));
    EXPECT_EQ(due_after(now, Duration(-5)), now - Duration(5));
    EXPECT_EQ(due_after(now, Duration::max()), now + kLongestTime);
}

}  // namespace
}  // namespace tautline
