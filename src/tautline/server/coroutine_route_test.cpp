// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/wire.hpp>

namespace tautline {
namespace {

using test::kEcho;
using test::kHello;
using test::RawClient;
using test::RunningServer;
using test::upgrade_request;
using testing::StartsWith;

asio::awaitable<void> echo_once(WebSocket ws) {
    if (const auto message = co_await ws.receive()) co_await ws.send(*message);
}

asio::awaitable<void> say_where(WebSocket ws) {
    co_await ws.send(ws.info().parameter("room"));
    co_await ws.close();
}

asio::awaitable<void> say_who(WebSocket ws) {
    co_await ws.send(ws.data<std::string>());
    co_await ws.close();
}

asio::awaitable<void> fail(WebSocket ws) {
    co_await ws.send("a");
    throw std::runtime_error("on purpose");
}

asio::awaitable<void> answer_parts(WebSocket ws) {
    while (const auto part = co_await ws.receive_part()) {
        co_await ws.send(part->last() ? "last" : "part");
    }
}

RawClient open(RunningServer& running, std::string_view path) {
    RawClient client(running.start());
    client.send(upgrade_request(path));
    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 101 "));
    return client;
}

TEST(CoroutineRoute, GivesItWhatTheDecisionFoundOut) {
    RunningServer running;
    running.server.websocket("/{user}", coroutine(say_who),
                             {.on_upgrade = [](UpgradeRequest request) {
                                 request.data<std::string>() = request.parameter("user");
                                 request.accept();
                             }});
    RawClient client = open(running, "/anna");

    EXPECT_EQ(client.read(6),
              "\x81\x04"
              "anna");
}

TEST(CoroutineRoute, RunsACoroutineAndClosesWith1001WhenItReturns) {
    RunningServer running;
    running.server.websocket("/echo", coroutine(echo_once));
    RawClient client = open(running, "/echo");

    client.send(kHello);

    EXPECT_EQ(client.read(kEcho.size() + 4), kEcho + "\x88\x02\x03\xe9");
}

TEST(CoroutineRoute, KnowsItsParametersAndClosesAsItLikes) {
    RunningServer running;
    running.server.websocket("/chat/{room}", coroutine(say_where));
    RawClient client = open(running, "/chat/red");

    EXPECT_EQ(client.read(9), "\x81\x03red\x88\x02\x03\xe8");
}

TEST(CoroutineRoute, ClosesWith1011WhenTheCoroutineThrows) {
    RunningServer running;
    running.server.websocket("/fail", coroutine(fail));
    RawClient client = open(running, "/fail");

    EXPECT_EQ(client.read(7),
              "\x81\x01"
              "a\x88\x02\x03\xf3");
}

TEST(CoroutineRoute, ReceivesPartsWhereItsRouteStreams) {
    RunningServer running;
    running.server.websocket("/parts", coroutine(answer_parts),
                             {.connection = {.delivery = Delivery::streamed}});
    RawClient client = open(running, "/parts");

    client.send(as_text(test::frame(Role::client, 0x01, "a")));
    EXPECT_EQ(client.read(6), "\x81\x04part");
    client.send(as_text(test::frame(Role::client, 0x80, "b")));
    EXPECT_EQ(client.read(6), "\x81\x04last");
}

TEST(CoroutineRoute, EndsWithTheServer) {
    RunningServer running;
    running.server.websocket("/echo", coroutine(echo_once));
    RawClient client = open(running, "/echo");

    running.server.stop(std::chrono::hours(1));

    EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
    client.close();
    running.join();
}

}  // namespace
}  // namespace tautline
