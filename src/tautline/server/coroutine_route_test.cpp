// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/start_session.hpp>
#include <tests/support/wire.hpp>

#include <tautline/client/connect.hpp>
#include <tautline/server/upgrade_state.hpp>
#include <tautline/transport/memory_stream.hpp>

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

// Asks another server, on the loop of the connection, before it decides; here it is the same one.
asio::awaitable<void> ask_elsewhere(UpgradeRequest request, const std::string& url) {
    auto other = co_await connect(url);
    if (!other) co_return request.reject(502);
    const auto answer = co_await other->receive();
    request.data<std::string>() = answer ? answer->text() : "nothing";
    request.accept();
}

TEST(CoroutineRoute, MayConnectBeforeItDecides) {
    std::string url;
    RunningServer running;
    running.server.websocket("/rooms/{room}", coroutine(say_where));
    running.server.websocket("/", coroutine(say_who),
                             {.on_upgrade = coroutine_upgrade([&](UpgradeRequest request) {
                                  return ask_elsewhere(std::move(request), url);
                              })});
    const auto endpoint = running.server.listen({});
    ASSERT_TRUE(endpoint);
    url = endpoint->url() + "rooms/red";
    RawClient client = open(running, "/");

    EXPECT_EQ(client.read(5), "\x81\x03red");
}

asio::awaitable<void> throw_before_the_decision(UpgradeRequest) {
    throw std::runtime_error("on purpose");
    co_return;
}

TEST(CoroutineRoute, RejectsWith503WhenTheCoroutineDecidesNothing) {
    RunningServer running;
    running.server.websocket("/", {}, {.on_upgrade = coroutine_upgrade(throw_before_the_decision)});
    RawClient client(running.start());

    client.send(upgrade_request("/"));

    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 503 "));
}

// Its route may be gone, with a `Handover`.
TEST(CoroutineRoute, KeepsWhatTheLambdaOfADecisionHolds) {
    asio::io_context context;
    const auto state = std::make_shared<UpgradeRequest::State>(
        http::RequestHead{}, transport::StreamInfo{}, server::Parameters{});
    state->attach(io::Loop::of(context), [](const server::Verdict&) {});
    auto held = std::make_shared<int>(7);
    const std::weak_ptr<int> witness = held;
    int seen = 0;
    auto on_upgrade =
        coroutine_upgrade([held = std::move(held), &seen](UpgradeRequest) -> asio::awaitable<void> {
            co_await asio::post(asio::use_awaitable);
            seen = *held;
        });

    on_upgrade(UpgradeRequest(state));
    on_upgrade = nullptr;
    ASSERT_FALSE(witness.expired());
    test::run_ready(context);

    EXPECT_EQ(seen, 7);
    EXPECT_TRUE(witness.expired());
}

// Without a route, which a `Sender` would keep by its options.
TEST(CoroutineRoute, KeepsWhatItsLambdaHolds) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto streams = transport::make_memory_pair(loop);
    auto registry = std::make_unique<session::Registry>();
    asio::steady_timer timer(context, std::chrono::hours(1));
    auto held = std::make_shared<int>(7);
    const std::weak_ptr<int> witness = held;
    int seen = 0;
    auto wait = [held = std::move(held), &timer, &seen](WebSocket) -> asio::awaitable<void> {
        asio::error_code cancelled;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        seen = *held;
    };
    (void)test::start_session(loop, *registry, std::move(streams.second),
                              {.handlers = coroutine(std::move(wait))});
    test::run_ready(context);

    registry.reset();
    test::run_ready(context);
    ASSERT_FALSE(witness.expired());
    timer.cancel();
    test::run_ready(context);

    EXPECT_EQ(seen, 7);
    EXPECT_TRUE(witness.expired());
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
