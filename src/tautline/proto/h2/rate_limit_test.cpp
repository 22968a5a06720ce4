// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/rate_limit.hpp>

#include <chrono>
#include <cstddef>
#include <limits>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart = Instant(1h);

bool take_all(RateLimit& limit, int count, Instant now) {
    for (int i = 0; i < count; ++i) {
        if (!limit.take(now)) return false;
    }
    return true;
}

TEST(RateLimit, AllowsABurst) {
    RateLimit limit(3, 1);

    EXPECT_TRUE(take_all(limit, 3, kStart));
    EXPECT_FALSE(limit.take(kStart));
}

TEST(RateLimit, RefillsWithTime) {
    RateLimit limit(10, 2);
    EXPECT_TRUE(take_all(limit, 10, kStart));

    EXPECT_FALSE(limit.take(kStart + 999ms));
    EXPECT_TRUE(take_all(limit, 2, kStart + 1s));
    EXPECT_FALSE(limit.take(kStart + 1s));
}

TEST(RateLimit, LosesNoPartOfASecond) {
    RateLimit limit(1, 1);
    EXPECT_TRUE(limit.take(kStart));

    EXPECT_TRUE(limit.take(kStart + 1900ms));
    EXPECT_TRUE(limit.take(kStart + 2000ms));
}

TEST(RateLimit, NeverHoldsMoreThanTheBurst) {
    RateLimit limit(3, 2);
    EXPECT_TRUE(limit.take(kStart));

    EXPECT_TRUE(take_all(limit, 3, kStart + 24h * 365));
    EXPECT_FALSE(limit.take(kStart + 24h * 365));
}

TEST(RateLimit, MayBeAsMuchAsANumberCanSay) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    RateLimit limit(2, kMost / 2 + 1);
    EXPECT_TRUE(take_all(limit, 2, kStart));
    EXPECT_TRUE(limit.take(kStart + 2s));

    RateLimit none(kMost, kMost);
    EXPECT_TRUE(take_all(none, 3, kStart));
    EXPECT_TRUE(take_all(none, 3, kStart + 1s));
}

}  // namespace
}  // namespace tautline::h2
