// SPDX-License-Identifier: MIT
#include <tautline/dial/race.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/listener.hpp>
#include <tests/support/racing.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/tls_pair.hpp>

namespace tautline::dial {
namespace {

using asio::ip::tcp;
using test::host;
using test::kGood;
using test::Racing;
using namespace std::chrono_literals;

TEST(Race, OpensAWebSocket) {
    Racing racing;
    racing.begin({host(kGood)});

    EXPECT_TRUE(racing.wins());
    EXPECT_EQ((*racing.result)->response.status, 101);
}

// A server that accepts and is gone: nobody can be asked for its address any more.
TEST(Race, KnowsThePeerOfAConnectionThatIsResetBehindItsAnswer) {
    Racing racing;
    test::ScriptedServer hasty(racing.loop, racing.asio_endpoint(2), [](auto& peer) {
        if (!peer.asked()) return;
        peer.accept();
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        const int fd = static_cast<transport::TcpStream&>(*peer.stream).descriptor();
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        peer.stream->close();
    });
    racing.begin({host(2)});

    ASSERT_TRUE(racing.finish());
    ASSERT_TRUE(*racing.result) << racing.result->error().to_string();
    EXPECT_EQ((*racing.result)->stream->info().peer_address, "");
    EXPECT_EQ((*racing.result)->info.peer_address, racing.at(2).to_string());
}

TEST(Race, GoesOnBehindAnAddressThatRefuses) {
    Racing racing;
    racing.begin({host(2), host(kGood)});

    EXPECT_TRUE(racing.wins());
}

TEST(Race, GoesOnBehindAnAddressThatDropsEverything) {
    Racing racing;
    racing.drop_everything(2);
    racing.begin({host(2), host(kGood)});

    EXPECT_TRUE(racing.wins());
}

TEST(Race, WaitsForAServerThatIsAloneBeyondItsTimeout) {
    Racing racing;
    racing.network.session_timeout = 50ms;
    test::ScriptedServer slow(racing.loop, racing.asio_endpoint(2), [](auto&) {});
    racing.begin({host(2)});
    test::Alarm alarm;
    racing.loop.timers().schedule(alarm, racing.loop.now() + 500ms);
    ASSERT_TRUE(test::run_until(racing.context, [&] {
        return alarm.rang && !slow.peers.empty() && slow.peers.front().asked();
    }));

    slow.peers.front().accept();
    ASSERT_TRUE(racing.finish());

    EXPECT_TRUE(*racing.result) << racing.result->error().to_string();
}

TEST(Race, WaitsNoLongerWhereAnotherRouteIsLeft) {
    Racing racing;
    racing.network.session_timeout = 50ms;
    racing.moving_on = 1min;
    racing.listen_silently(2);
    racing.begin({host(2)});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().code, TransportError::handshake_timeout);
}

// Both are at one address, so that the second waits until the first has had its time.
TEST(Race, GoesOnBehindAServerThatNeverAnswersTheHandshake) {
    Racing racing;
    racing.network.session_timeout = 50ms;
    const tcp::acceptor silent(racing.context, {asio::ip::address_v4(host(kGood).v4()), 0});
    racing.network.alt_services = {
        {eyeballs::HttpVersion::http1, "", silent.local_endpoint().port()}};
    racing.begin({host(kGood)});

    EXPECT_TRUE(racing.wins());
    EXPECT_EQ(racing.story->starts.size(), 2U);
}

TEST(Race, ResolvesNamesItselfWhereThereIsNoProxy) {
    Racing racing;
    racing.network.resolution = eyeballs::Resolution::by_name;
    racing.begin({host(kGood)});

    EXPECT_TRUE(racing.wins());
}

ListenOptions secure() {
    ListenOptions options;
    options.tls = test::server_options_for({"example.test"});
    return options;
}

TEST(Race, GoesOnBehindTlsThatStalls) {
    Racing racing(secure());
    racing.tls = test::client_options();
    racing.listen_silently(2);
    racing.begin({host(2), host(kGood)}, "wss");

    EXPECT_TRUE(racing.wins());
}

TEST(Race, GoesOnBehindAWrongCertificate) {
    Racing racing(secure());
    racing.tls = test::client_options();
    test::EchoServer stranger({.host = host(2).to_string(),
                               .port = racing.server.port,
                               .tls = test::server_options_for({"stranger.test"})});
    stranger.start();
    racing.begin({host(2), host(kGood)}, "wss");

    EXPECT_TRUE(racing.wins());
}

TEST(Race, CallsBackOnceWhenItIsKept) {
    Racing racing;
    racing.network.attempt_delay = 50ms;
    racing.listen_silently(2);
    Stream stream;
    const auto kept = race_transport(racing.loop, racing.setup({host(kGood), host(2)}, "/", "ws"),
                                     [&](auto done) {
                                         if (done) stream = *std::move(done);
                                     });
    ASSERT_TRUE(test::run_until(racing.context, [&] { return stream != nullptr; }));

    // The next attempt would be due now.
    test::Alarm alarm;
    racing.loop.timers().schedule(alarm, racing.loop.now() + 2 * racing.network.attempt_delay);
    ASSERT_TRUE(test::run_until(racing.context, [&] { return alarm.rang; }));

    EXPECT_TRUE(stream);
}

TEST(Race, SaysWhatBecameOfEveryAttempt) {
    Racing racing;
    racing.begin({host(2), host(3)});

    ASSERT_TRUE(racing.finish());

    const Error& error = racing.result->error();
    EXPECT_EQ(error.code, std::errc::connection_refused);
    EXPECT_THAT(error.message, testing::HasSubstr(racing.at(2).to_string()));
    EXPECT_THAT(error.message, testing::HasSubstr(racing.at(3).to_string()));
}

TEST(Race, SaysWhereEveryAttemptStoodWhenTheTimeIsUp) {
    Racing racing(secure());
    racing.tls = test::client_options();
    racing.within = 500ms;
    racing.listen_silently(2);
    racing.drop_everything(3);
    racing.begin({host(2), host(3)}, "wss");

    ASSERT_TRUE(racing.finish());

    const Error& error = racing.result->error();
    EXPECT_EQ(error.code, TransportError::handshake_timeout);
    EXPECT_EQ(error.phase, Phase::tls);
    EXPECT_EQ(error.endpoint, racing.at(2).to_string());
    EXPECT_THAT(error.message, testing::HasSubstr("handshake timeout"));
    EXPECT_THAT(error.message, testing::HasSubstr(racing.at(3).to_string()));
}

TEST(Race, GivesARouteThatLeadsThroughAllTheTime) {
    Racing racing(secure());
    racing.tls = test::client_options();
    racing.moving_on = 500ms;
    racing.within = 700ms;
    racing.listen_silently(2);
    const Instant end = racing.loop.now() + racing.within;
    racing.begin({host(2)}, "wss");

    ASSERT_TRUE(racing.finish());

    EXPECT_GE(racing.loop.now(), end);
}

TEST(Race, TellsTheObserverWhereEveryAttemptStood) {
    Racing racing;
    racing.within = 100ms;
    racing.listen_silently(2);
    racing.begin({host(2)});

    ASSERT_TRUE(racing.finish());

    ASSERT_TRUE(racing.story->failed);
    EXPECT_EQ(racing.story->failed->reason, eyeballs::FailureReason::abandoned);
    EXPECT_EQ(racing.story->failed->attempts.at(0).error.phase, Phase::handshake);
}

TEST(Race, NamesTheAddressOfAServerThatHangsUp) {
    Racing racing;
    racing.listen_silently(2);
    racing.begin({host(2)});
    racing.silent.front().async_accept([](const asio::error_code&, const tcp::socket&) {});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().phase, Phase::handshake);
    EXPECT_EQ(racing.result->error().endpoint, racing.at(2).to_string());
}

TEST(Race, HoldsTheNextAttemptBackWhileOneGoesOn) {
    Racing racing(secure());
    racing.tls = test::client_options();
    racing.network.attempt_delay = 500ms;
    const test::SlowSocks socks(racing, 50ms, {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    racing.begin({host(2), host(3)}, "wss");

    const auto& story = *racing.story;
    ASSERT_TRUE(test::run_until(racing.context, [&] { return story.starts.size() == 2; }));

    ASSERT_TRUE(story.tunnelled);
    EXPECT_GE(story.starts[1] - *story.tunnelled, racing.network.attempt_delay);
}

TEST(Race, SaysThatANameHasNoAddress) {
    Racing racing;
    racing.begin({});

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().code, TransportError::resolve_failed);
}

TEST(Race, TellsARefusalOfTheServerAsItIs) {
    Racing racing;
    racing.begin({host(kGood)}, "ws", "/nowhere");

    ASSERT_TRUE(racing.finish());

    EXPECT_EQ(racing.result->error().code, HandshakeError::rejected);
    EXPECT_EQ(racing.result->error().refusal->status, 404);
}

TEST(Race, LeavesNothingOpenBehindItself) {
    Racing racing;
    racing.begin({host(kGood)});
    ASSERT_TRUE(racing.wins());  // what is opened once for all is open from here on
    racing.result.reset();
    test::run_ready(racing.context);
    const auto before = test::open_descriptors();
    racing.listen_silently(2);
    racing.listen_silently(3);
    const auto listeners = test::open_descriptors() - before;

    racing.begin({host(4), host(2), host(3), host(kGood)});
    ASSERT_TRUE(racing.wins());
    test::run_ready(racing.context);

    // The winner, at its two ends.
    EXPECT_LE(test::open_descriptors(), before + listeners + 2);
}

TEST(Race, GivesUpEverythingWhenItIsDestroyed) {
    Racing racing;
    racing.listen_silently(2);
    racing.listen_silently(3);
    racing.begin({host(2), host(3)});
    std::optional<tcp::socket> first(racing.context);
    racing.silent.front().async_accept(*first, [](const asio::error_code&) {});
    ASSERT_TRUE(test::run_until(racing.context, [&] { return first->is_open(); }));

    racing.operation.reset();

    std::array<char, 4096> received{};
    asio::error_code error;
    while (!error) first->read_some(asio::buffer(received), error);
    EXPECT_EQ(error, asio::error::eof);
    EXPECT_FALSE(racing.result);
}

struct Nobody final : resolve::Resolver {
    std::unique_ptr<Operation> ask(io::Loop&, const eyeballs::SendQuery& query,
                                   resolve::OnAnswer) override {
        ADD_FAILURE() << "asked for " << query.name;
        return nullptr;
    }
};

TEST(Race, NeedsNoAnswerForAnIpLiteral) {
    Nobody nobody;
    test::EchoServer server;
    server.start();
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    const auto uri = *http::parse_uri(server.url);
    std::optional<std::expected<Upgraded, Error>> result;
    const auto operation = race(loop,
                                {.uri = uri,
                                 .offer = {.uri = uri},
                                 .tls = {},
                                 .head_limits = {},
                                 .network = {},
                                 .resolver = &nobody,
                                 .observed = {}},
                                [&](auto done) { result = std::move(done); });

    ASSERT_TRUE(test::run_until(context, [&] { return result.has_value(); }));
    EXPECT_TRUE(*result);
}

}  // namespace
}  // namespace tautline::dial
