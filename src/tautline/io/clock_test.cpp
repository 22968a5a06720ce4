// SPDX-License-Identifier: MIT
#include <tautline/io/clock.hpp>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

TEST(Clock, NeverGoesBack) {
    const Instant first = now();
    const Instant second = now();

    EXPECT_LE(first, second);
}

TEST(Clock, CountsFromTheSameZeroAsTheTimersOfAsio) {
    const auto before = std::chrono::steady_clock::now();
    const auto between = to_steady(now());
    const auto after = std::chrono::steady_clock::now();

    EXPECT_LE(before, between);
    EXPECT_LE(between, after);
}

}  // namespace
}  // namespace tautline::io
