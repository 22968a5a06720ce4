// SPDX-License-Identifier: MIT
#include <tautline/session/ping_numbers.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

struct PingNumbersTest : testing::Test {
    bool receive(PingNumbers::Number number, std::optional<Duration> round_trip = 5ms) {
        return pings.receive_pong(PingNumbers::payload_of(number), round_trip);
    }
    PingNumbers pings;
    PingNumbers::Number first = pings.begin();
    PingNumbers::Number second = pings.begin();
};

TEST_F(PingNumbersTest, AreDifferentAndUnansweredAtFirst) {
    EXPECT_NE(first, second);
    EXPECT_FALSE(pings.answered(first));
}

TEST_F(PingNumbersTest, AreAnsweredWithTheirRoundTrip) {
    EXPECT_TRUE(receive(first));

    EXPECT_TRUE(pings.answered(first));
    EXPECT_FALSE(pings.answered(second));
    EXPECT_EQ(pings.round_trip(), 5ms);
}

TEST_F(PingNumbersTest, AreAnsweredByALaterPongToo) {
    EXPECT_TRUE(receive(second));
    EXPECT_TRUE(pings.answered(first));
}

TEST_F(PingNumbersTest, AreNotAnsweredByAPongThatNobodyAskedFor) {
    EXPECT_FALSE(receive(second, std::nullopt));
    EXPECT_FALSE(pings.answered(first));
}

// The application may have sent a Ping of its own, as long as one of ours.
TEST_F(PingNumbersTest, AreNotAnsweredByANumberThatNoneHas) {
    EXPECT_FALSE(pings.receive_pong(as_bytes("heartbea"), 5ms));
    EXPECT_FALSE(receive(second + 1));
    EXPECT_FALSE(receive(0));
    EXPECT_FALSE(pings.answered(first));
}

TEST_F(PingNumbersTest, StayAnsweredWhenTheAnswerOfOneBeforeComes) {
    EXPECT_TRUE(receive(second, 5ms));
    EXPECT_TRUE(receive(first, 90ms));
    EXPECT_TRUE(pings.answered(second));
    EXPECT_EQ(pings.round_trip(), 5ms);
}

TEST_F(PingNumbersTest, AreNotAnsweredByPayloadsOfOtherSizes) {
    EXPECT_FALSE(pings.receive_pong(as_bytes("1234567"), 5ms));
    EXPECT_FALSE(pings.receive_pong(as_bytes("123456789"), 5ms));
    EXPECT_FALSE(pings.answered(first));
}

}  // namespace
}  // namespace tautline::session
