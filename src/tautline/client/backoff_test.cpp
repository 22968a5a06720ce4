// SPDX-License-Identifier: MIT
#include <tautline/client/backoff.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

#include <gtest/gtest.h>

namespace tautline::client {
namespace {

using namespace std::chrono_literals;

// Draws the same byte for ever.
struct Constant final : RandomBytes {
    explicit Constant(unsigned char drawn) : byte(static_cast<std::byte>(drawn)) {}
    void fill(MutableBytes out) override { std::ranges::fill(out, byte); }
    std::byte byte;
};

const ReconnectOptions kOptions{
    .first_delay = 200ms, .max_delay = 1s, .multiplier = 2, .healthy_after = 10s};

// The delay without its jitter: the draw is as high as it can be.
Duration ceiling(Backoff& backoff) {
    Constant most(0xff);
    return std::chrono::ceil<std::chrono::milliseconds>(backoff.next(most));
}

double seconds(Duration delay) { return std::chrono::duration<double>(delay).count(); }

TEST(Backoff, BeginsWithTheFirstDelay) {
    Backoff backoff(kOptions);
    EXPECT_EQ(ceiling(backoff), 200ms);
}

TEST(Backoff, GrowsByTheMultiplierUpToTheMost) {
    Backoff backoff(kOptions);
    for (const auto expected : {200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        EXPECT_EQ(ceiling(backoff), expected);
    }
}

TEST(Backoff, WaitsATenthLongerThanARefusalAsksForAtMost) {
    Constant least(0x00);
    Constant most(0xff);
    const Backoff backoff(kOptions);

    EXPECT_EQ(backoff.after_refusal(30s, least), 30s);
    EXPECT_NEAR(seconds(backoff.after_refusal(30s, most)), 33, 0.001);
    EXPECT_NEAR(seconds(backoff.after_refusal(0s, most)), 0.2, 0.001);
}

TEST(Backoff, WaitsFrom5To30SecondsForARestart) {
    Constant least(0x00);
    Constant most(0xff);
    auto options = kOptions;
    options.max_delay = 1min;
    const Backoff backoff(options);

    EXPECT_EQ(backoff.after_restart(least), 5s);
    EXPECT_NEAR(seconds(backoff.after_restart(most)), 30, 0.001);
}

TEST(Backoff, WaitsNoLongerForARestartThanItMay) {
    Constant least(0x00);
    Constant most(0xff);
    const Backoff backoff(kOptions);

    EXPECT_NEAR(seconds(backoff.after_restart(least)), 1. / 6, 0.001);
    EXPECT_NEAR(seconds(backoff.after_restart(most)), 1, 0.001);
}

// RFC 6455 section 7.2.3: the delay is random, from the first attempt on.
TEST(Backoff, DrawsFromZeroToTheCeiling) {
    Constant least(0x00);
    Constant middle(0x80);
    EXPECT_EQ(Backoff(kOptions).next(least), 0ms);
    EXPECT_NEAR(std::chrono::duration<double>(Backoff(kOptions).next(middle)).count(), 0.1, 0.001);
}

TEST(Backoff, NeverDrawsTheCeilingItself) {
    Backoff backoff(kOptions);
    Constant most(0xff);
    EXPECT_LT(backoff.next(most), 200ms);
}

TEST(Backoff, CountsAttempts) {
    Backoff backoff(kOptions);
    EXPECT_EQ(backoff.attempts(), 0U);
    (void)ceiling(backoff);
    (void)ceiling(backoff);
    EXPECT_EQ(backoff.attempts(), 2U);
}

TEST(Backoff, BeginsAnewAfterAHealthyConnection) {
    Backoff backoff(kOptions);
    (void)ceiling(backoff);
    backoff.connection_lasted(10s);
    EXPECT_EQ(backoff.attempts(), 0U);
    EXPECT_EQ(ceiling(backoff), 200ms);
}

TEST(Backoff, GoesOnAfterAConnectionThatDidNotHold) {
    Backoff backoff(kOptions);
    (void)ceiling(backoff);
    backoff.connection_lasted(10s - 1ns);
    EXPECT_EQ(backoff.attempts(), 1U);
    EXPECT_EQ(ceiling(backoff), 400ms);
}

TEST(Backoff, StaysWithinTheRangeOfTimes) {
    auto options = kOptions;
    options.max_delay = Duration(std::numeric_limits<Duration::rep>::max());
    options.multiplier = 1e18;
    Backoff backoff(options);
    Constant middle(0x80);
    for (int i = 0; i < 5; ++i) EXPECT_GE(backoff.next(middle), 0ns);
}

TEST(Backoff, AMultiplierOfOneKeepsTheDelay) {
    auto options = kOptions;
    options.multiplier = 1;
    Backoff backoff(options);
    (void)ceiling(backoff);
    EXPECT_EQ(ceiling(backoff), 200ms);
}

}  // namespace
}  // namespace tautline::client
