// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/keepalive.hpp>

#include <chrono>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using Action = Keepalive::Action;

constexpr Instant kStart{};
const ConnectionOptions kOptions{.ping_interval = 20s, .pong_timeout = 5s};

TEST(Keepalive, PingsAfterSilence) {
    Keepalive keepalive(kStart);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 20s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 20s - 1ns, kOptions), Action::none);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping);
}

TEST(Keepalive, TakesAnyByteForLife) {
    Keepalive keepalive(kStart);

    keepalive.receive_bytes(kStart + 19s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 39s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::none);
}

TEST(Keepalive, HoldsThePeerForDeadAfterAPingWithoutAnyByte) {
    Keepalive keepalive(kStart);
    ASSERT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 25s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 25s - 1ns, kOptions), Action::none);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 25s, kOptions), Action::dead);
}

TEST(Keepalive, IsContentWithAByteThatIsNoPong) {
    Keepalive keepalive(kStart);
    ASSERT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping);

    keepalive.receive_bytes(kStart + 24s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 44s);
}

TEST(Keepalive, NeverPingsWithoutAnInterval) {
    Keepalive keepalive(kStart);
    const ConnectionOptions never{.ping_interval = std::nullopt};

    EXPECT_EQ(keepalive.next_timeout(never), std::nullopt);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 1000h, never), Action::none);
}

TEST(Keepalive, NumbersItsPings) {
    Keepalive keepalive(kStart);
    std::ignore = keepalive.handle_timeout(kStart + 20s, kOptions);
    const auto first = keepalive.ping_payload();
    keepalive.receive_bytes(kStart + 21s);
    std::ignore = keepalive.handle_timeout(kStart + 41s, kOptions);

    EXPECT_TRUE(std::ranges::equal(first, test::wire("00000001")));
    EXPECT_TRUE(std::ranges::equal(keepalive.ping_payload(), test::wire("00000002")));
}

TEST(Keepalive, MeasuresItsOwnPings) {
    Keepalive keepalive(kStart);
    std::ignore = keepalive.handle_timeout(kStart + 20s, kOptions);

    const auto answer = keepalive.receive_pong(keepalive.ping_payload(), kStart + 20s + 7ms);

    EXPECT_FALSE(answer.to_application);
    EXPECT_EQ(answer.round_trip, 7ms);
}

TEST(Keepalive, MeasuresAPingOnce) {
    Keepalive keepalive(kStart);
    std::ignore = keepalive.handle_timeout(kStart + 20s, kOptions);
    std::ignore = keepalive.receive_pong(keepalive.ping_payload(), kStart + 21s);

    EXPECT_EQ(keepalive.receive_pong(keepalive.ping_payload(), kStart + 22s).round_trip,
              std::nullopt);
}

TEST(Keepalive, L10_LearnsNothingFromPongsThatNobodyAskedFor) {
    Keepalive keepalive(kStart);
    std::ignore = keepalive.handle_timeout(kStart + 20s, kOptions);

    const auto answer = keepalive.receive_pong(test::wire("ffffffff"), kStart + 21s);

    EXPECT_FALSE(answer.to_application);
    EXPECT_EQ(answer.round_trip, std::nullopt);
}

TEST(Keepalive, MeasuresPingsOfTheApplication) {
    Keepalive keepalive(kStart);
    keepalive.send_ping(as_bytes("mine"), kStart + 1s);
    keepalive.send_ping(as_bytes("also"), kStart + 2s);

    const auto answer = keepalive.receive_pong(as_bytes("mine"), kStart + 1s + 3ms);

    EXPECT_TRUE(answer.to_application);
    EXPECT_EQ(answer.round_trip, 3ms);
    EXPECT_FALSE(keepalive.receive_pong(as_bytes("other"), kStart + 3s).to_application);
}

TEST(Keepalive, WaitsOnForAPeerThatCannotHaveSeenThePing) {
    Keepalive keepalive(kStart);
    keepalive.wait_on(kStart + 10s);
    ASSERT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping)
        << "nothing to wait on";

    keepalive.wait_on(kStart + 24s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 29s);
    EXPECT_EQ(keepalive.receive_pong(keepalive.ping_payload(), kStart + 25s).round_trip,
              std::nullopt);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 29s, kOptions), Action::dead);
}

// RFC 6455 section 5.5.3: an unsolicited Pong is a heartbeat in one direction.
TEST(Keepalive, SendsPongsAndBlamesNobodyWhileTheApplicationDoesNotRead) {
    Keepalive keepalive(kStart);

    keepalive.set_reading(false, kStart + 1s);

    EXPECT_FALSE(keepalive.reading());
    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 11s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 11s - 1ns, kOptions), Action::none);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 11s, kOptions), Action::pong);
    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 21s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 1h, kOptions), Action::pong);
}

TEST(Keepalive, BlamesNobodyForAPingBeforeThePause) {
    Keepalive keepalive(kStart);
    ASSERT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping);

    keepalive.set_reading(false, kStart + 21s);

    EXPECT_EQ(keepalive.handle_timeout(kStart + 26s, kOptions), Action::none);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 31s, kOptions), Action::pong);
}

TEST(Keepalive, SendsNoPongWithoutAnInterval) {
    Keepalive keepalive(kStart);

    keepalive.set_reading(false, kStart);

    EXPECT_EQ(keepalive.next_timeout({.ping_interval = std::nullopt}), std::nullopt);
}

// The Pings of the peer may stand behind megabytes that are read a little at a time.
TEST(Keepalive, SpeaksThoughEachPauseIsShort) {
    Keepalive keepalive(kStart);
    for (auto when = kStart; when < kStart + 10s; when += 1s) {
        keepalive.set_reading(false, when);
        keepalive.set_reading(true, when + 500ms);
    }
    EXPECT_FALSE(keepalive.at_rest(kOptions)) << "it would be forgotten when the pauses began";

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 10s);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 10s, kOptions), Action::ping) << "as it reads";
    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 15s);
}

TEST(Keepalive, CountsFromWhereReadingGoesOn) {
    Keepalive keepalive(kStart);
    std::ignore = keepalive.handle_timeout(kStart + 20s, kOptions);
    keepalive.set_reading(false, kStart + 21s);

    ASSERT_EQ(keepalive.handle_timeout(kStart + 1h, kOptions), Action::pong);

    keepalive.set_reading(true, kStart + 1h + 1s);

    ASSERT_EQ(keepalive.handle_timeout(kStart + 1h + 10s, kOptions), Action::ping);
    EXPECT_EQ(keepalive.handle_timeout(kStart + 1h + 15s, kOptions), Action::dead);
}

TEST(Keepalive, IsNotFooledByReadingThatNeverStopped) {
    Keepalive keepalive(kStart);

    keepalive.set_reading(true, kStart + 10s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 20s);
    EXPECT_TRUE(keepalive.at_rest(kOptions));
}

TEST(Keepalive, PausesOnceAndNotAnew) {
    Keepalive keepalive(kStart);
    keepalive.set_reading(false, kStart + 1s);

    keepalive.set_reading(false, kStart + 2s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 11s);
    EXPECT_EQ(keepalive.heard_at(), kStart);
}

TEST(Keepalive, IsAtRestWhileTheApplicationReads) {
    Keepalive keepalive(kStart);
    EXPECT_TRUE(keepalive.at_rest(kOptions));

    keepalive.set_reading(false, kStart);

    EXPECT_FALSE(keepalive.at_rest(kOptions));
}

TEST(Keepalive, RestsAgainAfterAPauseWithoutAnInterval) {
    constexpr ConnectionOptions kSilent{.ping_interval = std::nullopt};
    Keepalive keepalive(kStart);
    keepalive.set_reading(false, kStart);
    EXPECT_FALSE(keepalive.at_rest(kSilent)) << "it pauses";

    keepalive.set_reading(true, kStart);

    EXPECT_TRUE(keepalive.at_rest(kSilent));
}

TEST(Keepalive, IsNotAtRestBeforeItsPingIsAnswered) {
    Keepalive keepalive(kStart);
    ASSERT_EQ(keepalive.handle_timeout(kStart + 20s, kOptions), Action::ping);
    EXPECT_FALSE(keepalive.at_rest(kOptions));
    keepalive.receive_bytes(kStart + 21s);
    EXPECT_FALSE(keepalive.at_rest(kOptions)) << "the Pong may still come";

    std::ignore = keepalive.receive_pong(keepalive.ping_payload(), kStart + 22s);

    EXPECT_TRUE(keepalive.at_rest(kOptions));
}

TEST(Keepalive, IsNotAtRestBeforeThePingsOfTheApplicationAreAnswered) {
    Keepalive keepalive(kStart);
    keepalive.send_ping(as_bytes("mine"), kStart);
    EXPECT_FALSE(keepalive.at_rest(kOptions));

    std::ignore = keepalive.receive_pong(as_bytes("mine"), kStart);

    EXPECT_TRUE(keepalive.at_rest(kOptions));
}

TEST(Keepalive, GoesOnFromRestWithWhatIsKnownOfThePeer) {
    Keepalive keepalive(kStart);

    keepalive.resume(kStart + 7s);

    EXPECT_EQ(keepalive.next_timeout(kOptions), kStart + 27s);
}

}  // namespace
}  // namespace tautline::websocket
