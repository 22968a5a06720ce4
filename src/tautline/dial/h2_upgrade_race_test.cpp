// SPDX-License-Identifier: MIT
// Refusals over HTTP/2 from a server that does as it likes; h2_pool_test has one in order.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/dial/h2_upgrade.hpp>
#include <tautline/dial/race.hpp>

namespace tautline::dial {
namespace {

using test::ScriptedServer;
using namespace std::chrono_literals;

// ":status" of the static table of HPACK, with a value of its own.
std::string status(const char* code) { return std::string("\x08\x03") + code; }
constexpr std::uint8_t kGoAway = 0x7;
constexpr std::uint32_t kInternalError = 0x2;
constexpr std::uint32_t kRefusedStream = 0x7;
constexpr std::uint32_t kHttp11Required = 0xd;

std::string ok(std::uint32_t stream) {
    return test::frame(0x1, test::kEndHeaders, stream, status("200"));
}
std::string reset(std::uint32_t stream, std::uint32_t code) {
    return test::frame(0x3, 0, stream, test::big_endian(code, 4));
}

std::string go_away(std::uint32_t last, std::uint32_t code = 0) {
    return test::frame(kGoAway, 0, 0, test::big_endian(last, 4) + test::big_endian(code, 4));
}

// Answers each request by `answer`, which is told the number of its stream.
struct Wire {
    Wire()
        : server(
              loop, {asio::ip::address_v4::loopback(), 0}, [this](auto& peer) { play(peer); },
              *transport::TlsServerContext::make(test::server_options_for({"localhost"}),
                                                 {"h2", "http/1.1"})) {}

    void play(ScriptedServer::Peer& peer) {
        std::string_view bytes = peer.received;
        if (bytes.starts_with("GET") && peer.asked()) return peer.accept();
        if (!bytes.starts_with(test::kPreface)) return;
        if (silent) return;
        const bool news = last.try_emplace(&peer, 0).second;
        if (greeting && news) greeting(peer);
        if (greeting) return;
        const bool leaves = leaving > 0 && news;
        if (leaves) --leaving;
        if (news) {
            peer.say(test::settings_frame(settings) + test::frame(0x4, 0x1, 0) +
                     (leaves ? go_away(0) : ""));
        }
        for (const auto& frame : test::parse_frames(bytes)) {
            if (frame.type != 0x1 || frame.stream <= last[&peer]) continue;
            last[&peer] = frame.stream;
            answer(peer, frame.stream);
        }
    }
    void open() {
        const auto uri = *http::parse_uri("wss://localhost:" + std::to_string(server.port()) + "/");
        result.reset();
        operation = race(loop,
                         {.uri = uri,
                          .offer = {.uri = uri, .extra_fields = fields},
                          .tls = test::client_options(),
                          .head_limits = {},
                          .network = network,
                          .observed = {},
                          .give_up_at = loop.now() + patience},
                         [this](auto done) { result = std::move(done); });
    }
    // The version of what was opened, or why nothing was.
    [[nodiscard]] std::string version() {
        open();
        if (!test::run_until(context, [this] { return result.has_value(); })) return "nothing";
        return *result ? (*result)->stream->info().alpn : (*result).error().to_string();
    }
    [[nodiscard]] int status_of_refusal() {
        open();
        if (!test::run_until(context, [this] { return result.has_value(); })) return -1;
        if (*result) return 200;
        EXPECT_TRUE(result->error().refusal) << result->error().to_string();
        return result->error().refusal ? result->error().refusal->status : 0;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    eyeballs::NetworkConfig network{.http_versions = {.http3 = false},
                                    .ip = eyeballs::IpMode::v4_only};
    std::function<void(ScriptedServer::Peer&, std::uint32_t)> answer;
    bool silent = false;
    Duration patience = 20s;
    http::FieldList fields;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> settings{{0x8, 1}};
    std::function<void(ScriptedServer::Peer&)> greeting;        // instead of all that
    std::map<const ScriptedServer::Peer*, std::uint32_t> last;  // request of each
    int leaving = 0;                                            // So many go away at once.
    ScriptedServer server;
    std::unique_ptr<Operation> operation;
    std::optional<std::expected<Upgraded, Error>> result;
};

std::string refusal(std::uint32_t stream) {
    return test::frame(0x1, test::kEndHeaders, stream, status("403")) +
           test::frame(0x0, test::kEndStream, stream, "no entry");
}

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
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(test::frame(0x1, 0x5, stream, status("405")));
    };

    EXPECT_EQ(wire.version(), "http/1.1");
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

TEST(H2UpgradeRace, TellsWhatExtendedConnectGotWhereThereIsHttp2Alone) {
    Wire wire;
    wire.network.http_versions.http1 = false;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(test::frame(0x1, 0x5, stream, status("405")));
    };

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

TEST(H2UpgradeRace, ADrainingServerCostsACallOnAnOpenConnectionNothing) {
    Pooled wire;
    wire.answer = [&wire](auto& peer, std::uint32_t stream) {
        const bool drains = wire.server.peers.size() < 3;
        peer.say(drains ? go_away(stream - 1) : ok(stream));
    };

    EXPECT_EQ(wire.status_of_refusal(), 200);
    EXPECT_EQ(wire.server.peers.size(), 3U);
}

TEST(H2UpgradeRace, AConnectionThatIsFullIsNotAsked) {
    Wire wire;
    wire.settings = {{0x8, 1}, {0x3, 1}};
    wire.answer = [](auto& peer, std::uint32_t stream) { peer.say(ok(stream)); };
    ASSERT_EQ(wire.version(), "h2");
    const auto first = std::move(wire.result);

    EXPECT_EQ(wire.version(), "h2");
    EXPECT_EQ(wire.server.peers.size(), 2U);
    EXPECT_EQ(wire.last[&wire.server.peers.front()], 1U);
}

TEST(H2UpgradeRace, AConnectionThatGotAGoawayIsNotAsked) {
    Pooled wire;
    wire.server.peers.front().say(go_away(1));
    test::run_ready(wire.context);

    EXPECT_EQ(wire.version(), "h2");
    EXPECT_EQ(wire.server.peers.size(), 2U);
}

// RFC 8441 section 3 for 501: neither says anything of the other connections.
TEST(H2UpgradeRace, AnOpenConnectionThatRefusesTheSecondIsNotTheLastWord) {
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

TEST(H2UpgradeRace, ARefusalOnAnOpenConnectionIsFinalBeforeItsBodyIsThere) {
    Pooled wire;
    wire.answer = [](auto& peer, std::uint32_t stream) {
        peer.say(test::frame(0x1, test::kEndHeaders, stream, status("403")));
    };

    EXPECT_EQ(wire.status_of_refusal(), 403);
    EXPECT_EQ(wire.server.peers.size(), 1U);
}

// A ticket that is good for one request: the older one is granted when the younger one is refused.
TEST(H2UpgradeRace, ARefusalOnANewConnectionWaitsForTheOpenOne) {
    Pooled wire;
    auto& peers = wire.server.peers;
    wire.answer = [&peers](auto& peer, std::uint32_t stream) {
        if (&peer != &peers.front()) peer.say(refusal(stream));
    };
    wire.network.session_timeout = 1s;
    wire.open();
    const auto refused = [&peers] { return peers.size() == 2 && peers.back().ended; };
    ASSERT_TRUE(test::run_until(wire.context, refused));
    ASSERT_FALSE(wire.result);

    peers.front().say(ok(3));
    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    EXPECT_TRUE(wire.result->has_value()) << wire.result->error().to_string();
}

TEST(H2UpgradeRace, ARefusalOnANewConnectionIsFinalBesideASilentOne) {
    Pooled wire;
    wire.answer = [&wire](auto& peer, std::uint32_t stream) {
        if (&peer != &wire.server.peers.front()) peer.say(refusal(stream));
    };
    const Instant start = wire.loop.now();
    wire.open();

    ASSERT_TRUE(test::run_until(wire.context, [&] { return wire.result.has_value(); }));

    ASSERT_TRUE(wire.result->error().refusal) << wire.result->error().to_string();
    EXPECT_EQ(wire.result->error().refusal->status, 403);
    EXPECT_LT(wire.loop.now() - start, 10s);
}

}  // namespace
}  // namespace tautline::dial
