// SPDX-License-Identifier: MIT
// An open HTTP/2 connection beside a race, with a server that does as it likes.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/h2_racing.hpp>
#include <tests/support/later.hpp>

namespace tautline::dial {
namespace {

using test::go_away;
using test::kRefusedStream;
using test::ok;
using test::refusal;
using test::reset;
using test::status;
using Wire = test::H2Racing;
using namespace std::chrono_literals;

constexpr std::uint8_t kPing = 0x6;
constexpr std::uint8_t kAck = 0x1;

// Behind what a peer says: once it has the answer, that was read.
std::string ping() { return test::frame(kPing, 0, 0, "12345678"); }
bool ping_is_answered(const test::ScriptedServer::Peer& peer) {
    return peer.received.contains(test::frame(kPing, kAck, 0, "12345678"));
}

// An open connection, on which the second request gets `answer`.
struct Pooled : Wire {
    Pooled() {
        answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };
        EXPECT_EQ(status_of_refusal(), 200);
        first = std::move(result);
        network.session_timeout = 200ms;  // how long it is waited for an answer on it
    }
    std::optional<std::expected<Upgraded, Error>> first;
};

TEST(PooledUpgradeRace, ADrainingServerCostsACallOnAnOpenConnectionNothing) {
    Pooled wire;
    wire.answer = [&wire](auto& peer, std::uint32_t stream) {
        const bool drains = wire.server.peers.size() < 3;
        peer.say(drains ? go_away(stream - 1) : ok(stream));
    };

    EXPECT_EQ(wire.status_of_refusal(), 200);
    EXPECT_EQ(wire.server.peers.size(), 3U);
}

TEST(PooledUpgradeRace, AConnectionThatIsFullIsNotAsked) {
    Wire wire;
    wire.settings = {{0x8, 1}, {0x3, 1}};
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };
    ASSERT_EQ(wire.version(), "h2");
    const auto first = std::move(wire.result);

    EXPECT_EQ(wire.version(), "h2");
    EXPECT_EQ(wire.server.peers.size(), 2U);
    EXPECT_EQ(wire.last[&wire.server.peers.front()], 1U);
}

TEST(PooledUpgradeRace, AConnectionThatGotAGoawayIsNotAsked) {
    Pooled wire;
    wire.server.peers.front().say(go_away(1));
    test::run_ready(wire.context);

    EXPECT_EQ(wire.version(), "h2");
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

// RFC 8441 section 3 for 501: neither says anything of the other connections.
TEST(PooledUpgradeRace, AnOpenConnectionThatRefusesTheSecondIsNotTheLastWord) {
    const std::string not_implemented = test::frame(0x1, 0x5, 3, status("501"));
    for (const std::string& answer : {reset(3, kRefusedStream), not_implemented}) {
        Pooled wire;
        wire.answer = [&](auto& peer, std::uint32_t stream) {
            peer.say(stream == 3 ? answer : ok(stream));
        };

        EXPECT_EQ(wire.version(), "h2");
        EXPECT_EQ(wire.server.peers.size(), 2U);
    }
}

TEST(PooledUpgradeRace, ARefusalOnAnOpenConnectionIsFinalBeforeItsBodyIsThere) {
    Pooled wire;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(test::frame(0x1, test::kEndHeaders, stream, status("403")));
    };

    EXPECT_EQ(wire.status_of_refusal(), 403);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

// A ticket that is good for one request: the older one is granted when the younger one is refused.
TEST(PooledUpgradeRace, ARefusalOnANewConnectionWaitsForTheOpenOne) {
    Pooled wire;
    auto& peers = wire.server.peers;
    wire.answer = [&peers](auto& peer, std::uint32_t stream) {
        if (&peer != &peers.front()) peer.say(refusal(stream));
    };
    wire.network.session_timeout = 7s;
    wire.patience = 2s;  // The race begins after half of it.
    wire.open();
    const auto refused = [&peers] { return peers.size() == 2 && peers.back().ended; };
    ASSERT_TRUE(test::run_until(wire.context, refused));
    ASSERT_FALSE(wire.result);

    peers.front().say(ok(3));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_TRUE(wire.result->has_value()) << wire.result->error().to_string();
}

// Its time to answer was over before the race began. What the new one says behind its refusal has a
// time of its own.
TEST(PooledUpgradeRace, ARefusalOnANewConnectionIsFinalBesideASilentOne) {
    Pooled wire;
    auto& peers = wire.server.peers;
    wire.answer = [&peers](auto& peer, std::uint32_t stream) {
        const std::string head = test::frame(0x1, test::kEndHeaders, stream, status("403"));
        if (&peer != &peers.front()) peer.say(head + ping());
    };
    wire.open();
    const auto refused = [&peers] { return peers.size() == 2 && ping_is_answered(peers.back()); };
    ASSERT_TRUE(test::run_until(wire.context, refused));
    test::run_a_little(wire.context);
    peers.back().say(test::frame(0x0, test::kEndStream, 1, "no entry"));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    ASSERT_TRUE(wire.result->error().refusal) << wire.result->error().to_string();
    EXPECT_EQ(wire.result->error().refusal->status, 403);
    EXPECT_EQ(wire.result->error().refusal->body, "no entry");
}

// The same ticket: this time the older one is refused.
struct RefusedLate : Pooled {
    RefusedLate() {
        answer = [](auto&, std::uint32_t) {};
        network.session_timeout = 7s;
        patience = 2s;  // The race begins after half of it.
        open();
        EXPECT_TRUE(test::run_until(context, [this] { return asked(); }));
        server.peers.front().say(refusal(3) + ping());
        const auto read = [this] { return ping_is_answered(server.peers.front()); };
        EXPECT_TRUE(test::run_until(context, read));
    }
    // On the new connection.
    [[nodiscard]] bool asked() const {
        const auto& peers = server.peers;
        return peers.size() == 2 && last.contains(&peers.back()) && last.at(&peers.back()) > 0;
    }
};

TEST(PooledUpgradeRace, ARefusalOnTheOpenConnectionWaitsForANewOne) {
    RefusedLate wire;
    ASSERT_FALSE(wire.result);

    wire.server.peers.back().say(ok(1));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_TRUE(wire.result->has_value()) << wire.result->error().to_string();
}

TEST(PooledUpgradeRace, ARefusalOnTheOpenConnectionIsToldWhenTheNewOneBringsNothing) {
    RefusedLate wire;
    wire.server.peers.back().say(reset(1, test::kInternalError));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    ASSERT_TRUE(wire.result->error().refusal) << wire.result->error().to_string();
    EXPECT_EQ(wire.result->error().refusal->status, 403);
    EXPECT_EQ(wire.result->error().refusal->body, "no entry");
}

// What may mean HTTP/2 costs one more request, over HTTP/1.1.
TEST(PooledUpgradeRace, AnUnclearRefusalOnAnOpenConnectionIsAskedAgainAsHttp1) {
    Pooled wire;
    wire.http1_answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    wire.always_says("400");

    EXPECT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.server.peers.size(), 2U);
    EXPECT_TRUE(wire.server.peers.back().received.starts_with("GET"));
}

TEST(PooledUpgradeRace, AnUnclearRefusalOnAnOpenConnectionIsFinalWhereThereIsHttp2Alone) {
    Pooled wire;
    wire.network.http_versions.http1 = false;
    wire.always_says("400");

    EXPECT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

std::string unclear_head(std::uint32_t stream) {
    return test::frame(0x1, test::kEndHeaders, stream, status("400"));
}

TEST(PooledUpgradeRace, AnUnclearRefusalIsToldWhereHttp1BringsNone) {
    Pooled wire;
    wire.http1_answer = "not HTTP\r\n\r\n";
    wire.always_says("400");

    EXPECT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.result->error().code, HandshakeError::rejected);
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

TEST(PooledUpgradeRace, AnUnclearRefusalIsToldWhereTheRaceBesideItBroughtNone) {
    Pooled wire;
    auto& peers = wire.server.peers;
    wire.answer = [&peers](auto& peer, std::uint32_t stream) {
        if (&peer != &peers.front()) peer.say(reset(stream, test::kInternalError));
    };
    wire.open();
    const auto failed = [&peers] { return peers.size() == 2 && peers.back().ended; };
    ASSERT_TRUE(test::run_until(wire.context, failed));
    ASSERT_FALSE(wire.result);

    peers.front().say(test::frame(0x1, 0x5, 3, status("400")));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    ASSERT_TRUE(wire.result->error().refusal) << wire.result->error().to_string();
    EXPECT_EQ(wire.result->error().refusal->status, 400);
}

// Its body does not come. That costs the connection nothing: it is not silent.
TEST(PooledUpgradeRace, AnUnclearRefusalIsToldAtTheDeadline) {
    Pooled wire;
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(unclear_head(stream)); };
    wire.patience = 500ms;

    EXPECT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.result->error().code, TransportError::handshake_timeout);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

TEST(PooledUpgradeRace, AnUnclearRefusalIsFinalAtTheDeadlineWhereThereIsHttp2Alone) {
    Pooled wire;
    wire.network.http_versions.http1 = false;
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(unclear_head(stream)); };
    wire.patience = 500ms;

    EXPECT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.result->error().code, HandshakeError::rejected);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

// HTTP/1.1 might have been granted it: whoever reconnects tries again.
TEST(PooledUpgradeRace, AnUnclearRefusalIsATimeoutWhereHttp1IsSilent) {
    Pooled wire;
    wire.http1_answer = "HTTP/1.1 ";  // and no more
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(unclear_head(stream) + test::frame(0x0, test::kEndStream, stream, "not here"));
    };
    wire.network.session_timeout = 7s;
    wire.patience = 500ms;

    ASSERT_EQ(wire.status_of_refusal(), 400);
    EXPECT_EQ(wire.result->error().code, TransportError::handshake_timeout);
    EXPECT_EQ(wire.result->error().refusal->body, "not here");
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

}  // namespace
}  // namespace tautline::dial
