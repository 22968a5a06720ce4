// SPDX-License-Identifier: MIT
// Refusals over HTTP/2 from a server that does as it likes; h2_pool_test has one in order,
// pooled_upgrade_race_test those on an open connection.
#include <chrono>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_racing.hpp>

namespace tautline::dial {
namespace {

using test::go_away;
using test::kHttp11Required;
using test::kInternalError;
using test::kRefusedStream;
using test::ok;
using test::refusal;
using test::reset;
using Wire = test::H2Racing;
using namespace std::chrono_literals;

// RFC 9113 section 8.7, here and below.
TEST(H2UpgradeRace, AsksAgainOnAFreshConnectionWhereAStreamIsRefused) {
    Wire wire;
    wire.answer = [&wire](auto& peer, std::uint32_t stream) {
        const bool first = &peer == &wire.server.peers.front();
        peer.say(first ? reset(stream, kRefusedStream) : ok(stream));
    };

    EXPECT_EQ(wire.status_of_refusal(), 200);
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

TEST(H2UpgradeRace, AsksAgainBehindAGoawayThatLeavesItsRequestOut) {
    Wire wire;
    wire.answer = [&wire](auto& peer, std::uint32_t stream) {
        const bool first = &peer == &wire.server.peers.front();
        peer.say(first ? go_away(0) : ok(stream));
    };

    EXPECT_EQ(wire.status_of_refusal(), 200);
}

TEST(H2UpgradeRace, AsksAgainWhereTheServerGoesAwayAtOnce) {
    Wire wire;
    wire.leaving = 1;
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };

    EXPECT_EQ(wire.status_of_refusal(), 200);
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

TEST(H2UpgradeRace, AsksNoThirdTimeWhereTheServerAlwaysGoesAway) {
    Wire wire;
    wire.leaving = 100;
    wire.open();

    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_FALSE(*wire.result);
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

// A request that the server may have acted on is not sent again.
TEST(H2UpgradeRace, DoesNotAskAgainBehindAGoawayThatCountsItsRequest) {
    Wire wire;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(go_away(stream));
        peer.stream->shut_down();
    };
    wire.open();

    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_FALSE(*wire.result);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

TEST(H2UpgradeRace, TakesHttp1WhereSettingsDoNotCome) {
    Wire wire;
    wire.network.settings_timeout = 100ms;
    wire.greeting = [](auto&) {};

    EXPECT_EQ(wire.version(), "http/1.1");
}

TEST(H2UpgradeRace, TakesHttp1WhereTheConnectionEndsBeforeItsSettings) {
    Wire wire;
    wire.greeting = [](auto& peer) { peer.stream->shut_down(); };

    EXPECT_EQ(wire.version(), "http/1.1");
}

TEST(H2UpgradeRace, TakesHttp1WhereSomethingElseIsSpoken) {
    Wire wire;
    wire.greeting = [](auto& peer) { peer.say("HTTP/1.1 400 Bad Request\r\n\r\n"); };

    EXPECT_EQ(wire.version(), "http/1.1");
}

TEST(H2UpgradeRace, TakesHttp1WhereNoStreamMayBeOpened) {
    Wire wire;
    wire.greeting = [](auto& peer) { peer.say(test::settings_frame({{0x8, 1}, {0x3, 0}})); };

    EXPECT_EQ(wire.version(), "http/1.1");
}

// Only a server that says that it cannot is not asked again.
TEST(H2UpgradeRace, AsksForHttp2AgainAfterSettingsThatDidNotCome) {
    Wire wire;
    wire.greeting = [](auto& peer) { peer.stream->shut_down(); };
    ASSERT_EQ(wire.version(), "http/1.1");

    wire.greeting = nullptr;
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };

    EXPECT_EQ(wire.version(), "h2");
}

// RFC 9113 section 7.
TEST(H2UpgradeRace, TakesHttp1WhereAGoawayAsksForIt) {
    Wire wire;
    wire.answer = [](auto& peer, std::uint32_t) { peer.say(go_away(0, kHttp11Required)); };

    EXPECT_EQ(wire.version(), "http/1.1");
}

TEST(H2UpgradeRace, TakesHttp1WhereAGoawayAsksForItBehindTheSettings) {
    Wire wire;
    wire.greeting = [](auto& peer) {
        peer.say(test::settings_frame({{0x8, 1}}) + go_away(0, kHttp11Required));
    };

    EXPECT_EQ(wire.version(), "http/1.1");
}

// What is below announces extended CONNECT, and what answers knows GET with Upgrade alone.
TEST(H2UpgradeRace, TakesHttp1WhereExtendedConnectIsNoMethod) {
    Wire wire;
    wire.always_says("405");

    EXPECT_EQ(wire.version(), "http/1.1");
    EXPECT_EQ(wire.server.peers.size(), 2U);
    EXPECT_EQ(wire.version(), "http/1.1") << "what HTTP/1.1 could is remembered";
    EXPECT_EQ(wire.server.peers.size(), 3U);
}

// It was the request: one that is better gets HTTP/2.
TEST(H2UpgradeRace, RemembersNothingWhereHttp1SaysTheSame) {
    Wire wire;
    wire.http1_answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    wire.always_says("400");
    ASSERT_EQ(wire.status_of_refusal(), 400);
    ASSERT_EQ(wire.server.peers.size(), 2U);

    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };

    EXPECT_EQ(wire.version(), "h2");
}

TEST(H2UpgradeRace, TellsWhatExtendedConnectGotWhereThereIsHttp2Alone) {
    Wire wire;
    wire.network.http_versions.http1 = false;
    wire.always_says("405");

    EXPECT_EQ(wire.status_of_refusal(), 405);
}

TEST(H2UpgradeRace, TellsWhatAGoawayHoldsAgainstIt) {
    for (const std::uint32_t last : {0U, 1U}) {
        Wire wire;
        wire.answer = [last](auto& peer, std::uint32_t) {
            peer.say(go_away(last, kInternalError));
            peer.stream->shut_down();
        };
        wire.open();

        ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

        ASSERT_FALSE(*wire.result);
        EXPECT_EQ(wire.result->error().code, h2::make_error_code(h2::ErrorCode::internal_error));
        EXPECT_EQ(wire.server.peers.size(), last == 0 ? 2U : 1U);
    }
}

TEST(H2UpgradeRace, SaysWhenItsHeadersAreTooLong) {
    Wire wire;
    wire.fields = {{"X", std::string(h2::kMaxOutgoingHeadBytes, 'x')}};
    wire.open();

    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    ASSERT_FALSE(*wire.result);
    EXPECT_EQ(wire.result->error().code, UsageError::header_invalid);
    EXPECT_EQ(wire.result->error().phase, Phase::usage);
}

TEST(H2UpgradeRace, SendsHeadersThatAreLong) {
    Wire wire;
    wire.fields = {{"X", std::string(70'000, 'x')}};
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };

    EXPECT_EQ(wire.version(), "h2");
}

TEST(H2UpgradeRace, TellsARefusalThatAGoawayFollows) {
    Wire wire;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(refusal(stream) + go_away(stream));
    };

    EXPECT_EQ(wire.status_of_refusal(), 403);
    EXPECT_EQ(wire.result->error().refusal->body, "no entry");
}

TEST(H2UpgradeRace, TellsARefusalBehindWhichTheServerHangsUp) {
    Wire wire;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(refusal(stream));
        peer.stream->shut_down();
    };

    EXPECT_EQ(wire.status_of_refusal(), 403);
    EXPECT_EQ(wire.result->error().refusal->body, "no entry");
}

TEST(H2UpgradeRace, TellsThatSettingsDidNotCome) {
    Wire wire;
    wire.silent = true;
    wire.network.http_versions.http1 = false;
    wire.network.settings_timeout = 50ms;
    wire.patience = 200ms;
    wire.open();

    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_EQ(wire.result->error().code, TransportError::handshake_timeout);
    EXPECT_TRUE(wire.result->error().message.contains("no SETTINGS"))
        << wire.result->error().to_string();
}

}  // namespace
}  // namespace tautline::dial
