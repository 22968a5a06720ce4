// SPDX-License-Identifier: MIT
#include <tautline/client/client.hpp>

#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using test::EchoServer;

TEST(Client, RunsUntilItsConnectionsAreGone) {
    EchoServer server;
    server.start();
    Client client;
    std::vector<std::string> received;
    std::optional<Closed> closed;
    client.connect(server.url, {.on_open = [](Peer& peer) { (void)peer.send("hello"); },
                                .on_message =
                                    [&](Peer& peer, MessageView message) {
                                        received.emplace_back(message.text());
                                        (void)peer.close();
                                    },
                                .on_closed = [&](Peer&, const Closed& how) { closed = how; }});
    client.run();
    EXPECT_EQ(received, std::vector<std::string>{"hello"});
    ASSERT_TRUE(closed);
    EXPECT_TRUE(closed->clean);
}

TEST(Client, TellsAFailureAndRunsToItsEnd) {
    Client client;
    std::optional<Error> failed;
    client.connect("ws://no-such-host.invalid/", {}, {},
                   [&](const Error& error) { failed = error; });
    client.run();
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, TransportError::resolve_failed);
}

TEST(Client, HoldsManyConnections) {
    EchoServer server;
    server.start();
    Client client;
    int echoes = 0;
    for (int i = 0; i < 50; ++i) {
        client.connect(server.url, {.on_open = [](Peer& peer) { (void)peer.send("hello"); },
                                    .on_message =
                                        [&](Peer& peer, MessageView) {
                                            ++echoes;
                                            (void)peer.close();
                                        }});
    }
    client.run();
    EXPECT_EQ(echoes, 50);
}

TEST(Client, StopsFromAnotherThreadWith1001) {
    EchoServer server;
    server.start();
    Client client;
    std::optional<Closed> closed;
    std::thread stopper;
    client.connect(server.url,
                   {.on_open = [&](Peer&) { stopper = std::thread([&] { client.stop(); }); },
                    .on_closed = [&](Peer&, const Closed& how) { closed = how; }});
    client.run();
    stopper.join();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->code, CloseCode::going_away);
}

TEST(Client, StopGivesUpConnectionsThatAreBeingOpened) {
    // It listens, so that connecting succeeds, but nobody accepts or answers.
    asio::io_context context;
    const asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
    const auto url = "ws://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
    Client client;
    bool failed = false;
    client.connect(url, {}, {.handshake_timeout = 20s}, [&](const Error&) { failed = true; });
    client.post([&] { client.stop(); });
    client.run();
    EXPECT_TRUE(failed);
}

// ── behind its stop ──

TEST(Client, FailsACallThatIsBegunBehindItsStop) {
    EchoServer server;
    server.start();
    Client client;
    client.stop();
    client.run();
    bool opened = false;
    bool asked = false;
    std::optional<Error> failed;
    ClientOptions options;
    options.interceptors.push_back({.on_request = [&](const http::Uri&, auto&) { asked = true; }});

    client.connect(server.url,
                   {.on_open =
                        [&](Peer& peer) {
                            opened = true;
                            (void)peer.close();
                        }},
                   options, [&](const Error& error) { failed = error; });
    EXPECT_FALSE(failed) << "told inside of the call";
    client.run();

    EXPECT_FALSE(opened || asked);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, UsageError::cancelled);
}

TEST(Client, StopsAConnectionThatComesBackWhenItIsBegunBehindItsStop) {
    EchoServer server;
    server.start();
    Client client;
    client.stop();
    client.run();
    bool opened = false;
    std::optional<Error> stopped;

    const auto sender =
        client.keep_connected(server.url,
                              {.on_open =
                                   [&](Peer& peer) {
                                       opened = true;
                                       (void)peer.close();
                                   }},
                              {.on_stopped = [&](const Error& error, auto) { stopped = error; }});
    EXPECT_EQ(sender.send("to nobody"), std::unexpected(UsageError::closed));
    EXPECT_FALSE(stopped) << "told inside of the call";
    client.run();

    EXPECT_FALSE(opened);
    ASSERT_TRUE(stopped);
    EXPECT_EQ(stopped->code, UsageError::cancelled);
}

TEST(Client, StopsForGoodThoughEachEndOfAConnectionBeginsAnother) {
    EchoServer server;
    server.start();
    Client client;
    int opened = 0;
    std::optional<Error> failed;
    std::function<void()> connect = [&] {
        client.connect(server.url,
                       {.on_open =
                            [&](Peer& peer) {
                                client.stop();
                                if (++opened > 1) (void)peer.close();
                            },
                        .on_closed =
                            [&](Peer&, const Closed&) {
                                if (opened < 3) connect();
                            }},
                       {}, [&](const Error& error) { failed = error; });
    };
    connect();
    client.run();

    EXPECT_EQ(opened, 1);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, UsageError::cancelled);
}

TEST(Client, MayBeDestroyedWithOpenConnections) {
    EchoServer server;
    server.start();
    auto client = std::make_unique<Client>();
    bool opened = false;
    client->connect(server.url, {.on_open = [&](Peer&) {
                        opened = true;
                        throw 1;
                    }});
    client->run();
    EXPECT_TRUE(opened);
    client.reset();
}

}  // namespace
}  // namespace tautline
