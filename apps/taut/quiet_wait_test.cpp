// SPDX-License-Identifier: MIT
#include <chrono>

#include <gtest/gtest.h>

#include "quiet_wait.hpp"

namespace tautline::taut {
namespace {

using namespace std::chrono_literals;
using End = QuietWait::End;

constexpr Instant at(Duration since) { return Instant(since); }

QuietWait begun() {
    QuietWait wait(500ms);
    wait.begin(at(0s));
    return wait;
}

TEST(QuietWait, EndsAfterAPauseWithoutAWord) {
    const auto wait = begun();
    EXPECT_EQ(wait.due(), at(500ms));
    EXPECT_EQ(wait.end(at(499ms)), std::nullopt);
    EXPECT_EQ(wait.end(at(500ms)), End::quiet);
}

TEST(QuietWait, BeginsANewPauseWithEveryWord) {
    auto wait = begun();
    wait.hear(at(400ms));
    EXPECT_EQ(wait.due(), at(900ms));
    EXPECT_EQ(wait.end(at(899ms)), std::nullopt);
    EXPECT_EQ(wait.end(at(900ms)), End::quiet);
}

TEST(QuietWait, EndsWithAPeerThatNeverStopsToo) {
    auto wait = begun();
    wait.hear(at(4900ms));
    EXPECT_EQ(wait.due(), at(5s));
    EXPECT_EQ(wait.end(at(4999ms)), std::nullopt);
    EXPECT_EQ(wait.end(at(5s)), End::too_long);
}

TEST(QuietWait, ThatEndsLateHasStillSeenTheQuiet) {
    auto wait = begun();
    wait.hear(at(4900ms));
    EXPECT_EQ(wait.end(at(6s)), End::quiet);
}

TEST(QuietWait, MayBeginAnew) {
    auto wait = begun();
    wait.begin(at(4s));
    EXPECT_EQ(wait.due(), at(4500ms));
    wait.hear(at(8900ms));
    EXPECT_EQ(wait.end(at(8999ms)), std::nullopt);
    EXPECT_EQ(wait.end(at(9s)), End::too_long);
}

}  // namespace
}  // namespace tautline::taut
