// SPDX-License-Identifier: MIT
#include <tautline/server/server.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/wire.hpp>

#include <tautline/blocking/web_socket.hpp>
#include <tautline/observe/event.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using test::kEcho;
using test::kHello;
using test::RawClient;
using test::RunningServer;
using test::upgrade_request;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Handlers echo() {
    return {.on_message = [](Peer& peer, MessageView message) { peer.send(message); }};
}

TEST(ServerOptions, ThatCannotBeUsedAreToldByListen) {
    const auto told = [](const RouteOptions& options, const ServerOptions& all = {}) {
        Server server(all);
        server.websocket("/echo", echo(), options);
        const auto endpoint = server.listen({});
        return endpoint
                   ? ""
                   : std::string(name_for(endpoint.error().code)) + " " + endpoint.error().message;
    };
    EXPECT_EQ(told({}), "");
    EXPECT_THAT(told({.connection = {.max_buffered_bytes = 0}}),
                StartsWith("option_invalid /echo: max_buffered_bytes"));
    EXPECT_THAT(told({.subprotocols = {"a b"}}), HasSubstr("/echo: a subprotocol"));
    EXPECT_THAT(told({.connection = {.compression = deflate::Options{.level = 99}}}),
                HasSubstr("/echo: a compression option"));
    EXPECT_THAT(told({}, {.handshake_timeout = 0s}), HasSubstr("handshake_timeout"));
    EXPECT_THAT(told({}, {.idle_timeout = 0s}), HasSubstr("idle_timeout"));
    EXPECT_THAT(told({}, {.decision_timeout = -1s}), HasSubstr("decision_timeout"));
    EXPECT_THAT(told({}, {.answer_timeout = Duration::max()}), HasSubstr("answer_timeout"));
    EXPECT_EQ(told({}, {.answer_timeout = std::chrono::years(1)}), "");
    EXPECT_THAT(told({}, {.threads = 0}), HasSubstr("threads must be at least 1"));
    EXPECT_THAT(told({}, {.max_connections = 0}), HasSubstr("max_connections must be at least 1"));
    EXPECT_THAT(told({.connection = {.ping_interval = Duration::max()}}),
                HasSubstr("/echo: ping_interval must be positive, and a year at most"));
    EXPECT_THAT(told({}, {.http2 = h2::Options{.stream_window_bytes = 3'000'000'000}}),
                StartsWith("option_invalid http2: stream_window_bytes must be from 1 to"));
    EXPECT_THAT(told({}, {.http2 = h2::Options{.connection_window_bytes = 3'000'000'000}}),
                StartsWith("option_invalid http2: connection_window_bytes must be from 1 to"));
}

TEST(Server, L17_IsNotDisturbedByAnObserverThatThrows) {
    struct Thrower final : observe::Observer {
        void observe(const observe::Event&, observe::Stamp) override {
            ++told;
            throw std::runtime_error("no");
        }
        std::atomic<int> told = 0;
    };
    const auto thrower = std::make_shared<Thrower>();
    RunningServer running{{.observer = thrower}};
    running.server.websocket("/echo", echo());
    running.server.get("/health", [](const Request&) { return Response::text("ok"); });
    const auto port = running.start();
    RawClient client(port);
    client.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.read_all(), EndsWith("ok"));

    auto ws = blocking::connect("ws://127.0.0.1:" + std::to_string(port) + "/echo");

    ASSERT_TRUE(ws);
    EXPECT_TRUE(ws->send("hello"));
    EXPECT_EQ(ws->receive()->text(), "hello");
    EXPECT_TRUE(ws->close().clean);
    EXPECT_GT(thrower->told, 5);
}

TEST(ServerRoutes, ThatCannotBeAddedAreToldByListen) {
    const auto told = [](std::string_view websocket, std::string_view page) {
        Server server;
        server.websocket("/a", echo());
        server.get("/a", [](const Request&) { return Response(); });
        server.websocket(websocket, echo());
        server.get(page, [](const Request&) { return Response(); });
        const auto endpoint = server.listen({});
        return endpoint
                   ? ""
                   : std::string(name_for(endpoint.error().code)) + " " + endpoint.error().message;
    };
    EXPECT_EQ(told("/b", "/b"), "");
    EXPECT_EQ(told("/a", "/b"), "option_invalid /a: the route is there twice");
    EXPECT_EQ(told("/b", "/a"), "option_invalid /a: the route is there twice");
    EXPECT_EQ(told("chat", "/b"), "option_invalid chat: a pattern begins with a slash");
    EXPECT_THAT(told("/b", "/{a"), StartsWith("option_invalid /{a: a parameter is"));
    EXPECT_THAT(told("/{a", "/a"), StartsWith("option_invalid /{a: ")) << "the first one";
}

TEST(ServerRoutes, NeedAHandlerForPages) {
    Server server;
    server.get("/page", nullptr);
    EXPECT_EQ(server.check().error().message, "/page: the handler is empty");
}

TEST(Server, TellsWhatCannotBeListenedOn) {
    const auto told = [](const ListenOptions& options) {
        const auto endpoint = Server().listen(options);
        return endpoint ? ""
                        : std::string(name_for(endpoint.error().code)) + " " +
                              endpoint.error().to_string();
    };
    EXPECT_THAT(told({.host = "*"}), StartsWith("option_invalid usage: host: \"*\" "));
    EXPECT_THAT(told({.unix_path = "/none", .tls = TlsServerOptions()}),
                StartsWith("option_invalid usage: tls: "));
}

TEST(Server, TakesTheBracketsOffAnAddress) {
    Server server;
    const auto endpoint = server.listen({.host = "[::1]"});
    if (!endpoint) {
        // No IPv6 here: the address was read all the same.
        EXPECT_EQ(endpoint.error().endpoint, "[::1]:0");
        EXPECT_NE(endpoint.error().code, TransportError::resolve_failed);
        return;
    }
    EXPECT_EQ(endpoint->host, "::1");
    EXPECT_THAT(endpoint->url(), StartsWith("ws://[::1]:"));
}

// A server that only adopts connections has no `listen`.
TEST(ServerOptions, ThatCannotBeUsedAreToldByCheckAndOpenNothing) {
    Server server;
    EXPECT_TRUE(server.check());
    server.websocket("/echo", echo(), {.connection = {.max_buffered_bytes = 0}});
    EXPECT_EQ(server.check().error().code, UsageError::option_invalid);

    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    http::RequestReader reader;
    server.adopt(ends[0], *reader.receive(as_bytes(upgrade_request("/echo")))->head);
    std::jthread serving([&] { server.run(); });
    char byte = 0;
    EXPECT_EQ(::recv(ends[1], &byte, 1, 0), 0) << "it is closed without an answer";
    ::close(ends[1]);
    server.stop(0s);
}

/// Opens a WebSocket at `path` and sends a message round.
void expect_echo(RawClient& client, std::string_view path = "/echo") {
    client.send(upgrade_request(path));
    ASSERT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
    client.send(kHello);
    EXPECT_EQ(client.read(kEcho.size()), kEcho);
}

TEST(Server, Echoes) {
    RunningServer running;
    running.server.websocket("/echo", echo());
    RawClient client(running.start());

    expect_echo(client);
}

TEST(Server, AnswersPlainRequestsOnTheSamePort) {
    RunningServer running;
    running.server.websocket("/echo", echo());
    running.server.get("/health", [](const Request&) { return Response::text("fine"); });
    RawClient client(running.start());

    client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_until("fine"), StartsWith("HTTP/1.1 200 OK\r\n"));
    expect_echo(client);
}

TEST(Server, TellsWhereItListens) {
    Server server;

    const auto endpoint = server.listen({});

    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->host, "127.0.0.1");
    EXPECT_EQ(endpoint->url(), "ws://127.0.0.1:" + std::to_string(endpoint->port) + "/");
}

TEST(ServerEndpoint, IsSpelledAsAUrl) {
    using Endpoint = Server::Endpoint;
    EXPECT_EQ((Endpoint{.host = "::1", .port = 80}.url()), "ws://[::1]:80/");
    EXPECT_EQ((Endpoint{.host = "a.example", .port = 443, .secure = true}.url()),
              "wss://a.example:443/");
    EXPECT_EQ(Endpoint{.unix_path = "/run/x"}.url(), "ws+unix:/run/x:/");
    EXPECT_EQ(Endpoint{.unix_path = "//run/x"}.url(), "ws+unix:////run/x:/");
}

TEST(Server, SaysWhyItCannotListen) {
    Server server;
    const auto first = server.listen({});
    ASSERT_TRUE(first);

    const auto second = server.listen({.port = first->port});

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::address_in_use);
}

TEST(Server, ServesSeveralEndpoints) {
    RunningServer running;
    running.server.websocket("/echo", echo());
    const auto first = running.server.listen({});
    ASSERT_TRUE(first);
    RawClient two(running.start());
    RawClient one(first->port);

    expect_echo(one);
    expect_echo(two);
    EXPECT_EQ(running.server.connections(), 2U);
}

TEST(Server, ServesUnixSockets) {
    const std::string path =
        testing::TempDir() + "tautline-server-test-" + std::to_string(::getpid());
    {
        RunningServer running;
        running.server.websocket("/echo", echo());
        running.start({.unix_path = path});
        RawClient client(path);
        expect_echo(client);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Server, RemovesItsUnixSocketsWhenItHasStopped) {
    const std::string path =
        testing::TempDir() + "tautline-server-test-" + std::to_string(::getpid());
    Server server;
    ASSERT_TRUE(server.listen({.unix_path = path}));
    EXPECT_TRUE(std::filesystem::exists(path));

    server.stop(1h);
    server.run();

    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Server, GivesThePeerItsParameters) {
    RunningServer running;
    running.server.websocket("/chat/{room}",
                             {.on_open = [](Peer& peer) { peer.send(peer.parameter("room")); }});
    RawClient client(running.start());

    client.send(upgrade_request("/chat/red%20room"));
    (void)client.read_head();

    EXPECT_EQ(client.read(10), "\x81\x08red room");
}

TEST(Server, DecidesOnAnotherThread) {
    std::jthread decider;
    RunningServer running;
    running.server.websocket("/echo", echo(), {.on_upgrade = [&](UpgradeRequest request) {
                                 decider = std::jthread([held = std::move(request)]() mutable {
                                     held.accept({{"X-Decided", "elsewhere"}});
                                 });
                             }});
    RawClient client(running.start());

    client.send(upgrade_request("/echo"));

    EXPECT_THAT(client.read_head(), HasSubstr("X-Decided: elsewhere\r\n"));
    client.send(kHello);
    EXPECT_EQ(client.read(kEcho.size()), kEcho);
}

TEST(Server, HandsWhatTheDecisionFoundOutToTheConnection) {
    RunningServer running;
    running.server.websocket("/{user}",
                             {.on_open = [](Peer& peer) { peer.send(peer.data<std::string>()); }},
                             {.on_upgrade = [](UpgradeRequest request) {
                                 request.data<std::string>() = request.parameter("user");
                                 request.accept();
                             }});
    RawClient client(running.start());

    client.send(upgrade_request("/anna"));
    (void)client.read_head();

    EXPECT_EQ(client.read(6),
              "\x81\x04"
              "anna");
}

TEST(Server, KeepsAnUndecidedRequestBeyondItsEnd) {
    std::optional<UpgradeRequest> held;
    std::atomic<bool> asked = false;
    {
        RunningServer running;
        running.server.websocket("/echo", echo(), {.on_upgrade = [&](UpgradeRequest request) {
                                     held.emplace(std::move(request));
                                     asked = true;
                                 }});
        RawClient client(running.start());
        client.send(upgrade_request("/echo"));
        while (!asked) std::this_thread::yield();
    }

    held->accept();
    EXPECT_EQ(held->request().target, "/echo");
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    RunningServer running({.threads = 3});
    running.server.websocket("/echo", {.on_open = [&](Peer&) {
                                 const std::lock_guard lock(mutex);
                                 threads.insert(std::this_thread::get_id());
                             }});
    const auto port = running.start();
    const auto seen = [&] {
        const std::lock_guard lock(mutex);
        return threads.size();
    };

    std::vector<RawClient> clients;
    for (int i = 0; i < 1000 && seen() < 2; ++i) {
        clients.emplace_back(port);
        clients.back().send(upgrade_request("/echo"));
        (void)clients.back().read_head();
    }

    EXPECT_GE(seen(), 2U);
}

TEST(Server, LetsConnectionsBeyondTheLimitWaitOverAllThreads) {
    RunningServer running({.threads = 2, .max_connections = 3});
    running.server.websocket("/echo", echo());
    const auto port = running.start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(port);
        expect_echo(clients.back());
    }
    RawClient late(port);
    late.send(upgrade_request("/echo"));
    EXPECT_EQ(running.server.connections(), 3U);

    clients[1].close();

    EXPECT_THAT(late.read_head(), StartsWith("HTTP/1.1 101 "));
}

TEST(Server, H24_DropsWhatAnAddressHasTooManyOfOverAllThreads) {
    RunningServer running({.threads = 2, .max_connections_per_address = 3});
    running.server.websocket("/echo", echo());
    const auto port = running.start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.emplace_back(port);
        expect_echo(clients.back());
    }
    EXPECT_EQ(RawClient(port).read(1), "");

    clients.pop_back();

    // Until the server has seen the end of the third.
    std::string answer;
    while (answer.empty()) {
        RawClient next(port);
        next.send(upgrade_request("/echo"));
        answer = next.read(12);
    }
    EXPECT_EQ(answer, "HTTP/1.1 101");
}

TEST(Server, AdoptsAConnectionOfAnotherServer) {
    RunningServer running;
    running.server.websocket("/echo", echo());
    running.start();
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    http::RequestReader reader;
    const auto request = upgrade_request("/echo");

    running.server.adopt(ends[0], *reader.receive(as_bytes(request))->head, as_bytes(kHello));

    std::string answer;
    char piece[1000];
    while (!answer.ends_with(kEcho)) {
        const auto count = ::recv(ends[1], piece, sizeof piece, 0);
        ASSERT_GT(count, 0);
        answer.append(piece, static_cast<std::size_t>(count));
    }
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
    ::close(ends[1]);
}

// ── stopping ──

TEST(Server, ReturnsFromRunWhenStoppedBefore) {
    Server server({.threads = 2});
    ASSERT_TRUE(server.listen({}));
    server.stop();
    server.run();
}

TEST(Server, MayBeStoppedInAHandler) {
    RunningServer running;
    running.server.get("/stop", [&](const Request&) {
        running.server.stop(1h);
        return Response::text("bye");
    });
    RawClient client(running.start());

    client.send("GET /stop HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_THAT(client.read_all(), EndsWith("bye"));
    client.close();
    running.join();
}

TEST(Server, ClosesEveryWebSocketWith1001WhenStopped) {
    RunningServer running({.threads = 2});
    running.server.websocket("/echo", echo());
    const auto port = running.start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 5; ++i) {
        clients.emplace_back(port);
        expect_echo(clients.back());
    }

    running.server.stop(1h);

    for (RawClient& client : clients) {
        EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
        client.send(std::string("\x88\x82\0\0\0\0\x03\xe9", 8));
        EXPECT_TRUE(client.at_end());
        client.close();
    }
    running.join();
    EXPECT_FALSE(RawClient(port).connected());
}

TEST(Server, LetsWhatIsQueuedOutWhenStopped) {
    RunningServer running;
    const std::string large(900'000, 'x');
    running.server.websocket("/large", {.on_open = [&](Peer& peer) { peer.send(large); }});
    RawClient client(running.start());
    client.send(upgrade_request("/large"));
    (void)client.read_head();

    running.server.stop(1h);

    // A text of 900,000 bytes in a frame with a 64-bit length, then Close with 1001.
    const auto received = client.read(10 + large.size() + 4);
    EXPECT_EQ(received.size(), 10 + large.size() + 4);
    EXPECT_THAT(received.substr(10 + large.size()), "\x88\x02\x03\xe9");
    client.close();
    running.join();
}

TEST(Server, IsMoved) {
    Server first;
    first.get("/", [](const Request&) { return Response::text("x"); });
    Server second(std::move(first));
    first = std::move(second);
    EXPECT_EQ(first.connections(), 0U);
}

TEST(ServerDeathTest, StopsAtARouteThatComesTooLate) {
    EXPECT_DEATH(
        {
            Server server;
            server.stop();
            server.run();
            server.get("/", [](const Request&) { return Response(); });
        },
        "contract broken");
}

}  // namespace
}  // namespace tautline
