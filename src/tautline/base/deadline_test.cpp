// SPDX-License-Identifier: MIT
#include <tautline/base/deadline.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

using namespace std::chrono_literals;

constexpr Instant kEarly(1s);
constexpr Instant kLate(2s);

TEST(Deadline, TheEarlierOfTwoCounts) {
    EXPECT_EQ(earlier(kEarly, kLate), kEarly);
    EXPECT_EQ(earlier(kLate, kEarly), kEarly);
}

TEST(Deadline, NoneIsLaterThanAny) {
    EXPECT_EQ(earlier(std::nullopt, kLate), kLate);
    EXPECT_EQ(earlier(kLate, std::nullopt), kLate);
    EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
}

TEST(Deadline, IsDueAtItsMomentAndAfter) {
    EXPECT_FALSE(is_due(kLate, kEarly));
    EXPECT_TRUE(is_due(kLate, kLate));
    EXPECT_TRUE(is_due(kEarly, kLate));
    EXPECT_FALSE(is_due(std::nullopt, kLate));
}

}  // namespace
}  // namespace tautline
