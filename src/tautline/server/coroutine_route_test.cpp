// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <chrono>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
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
using testing::ElementsAre;
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

asio::awaitable<void> decide_nothing(UpgradeRequest) { co_return; }

TEST(CoroutineRoute, RejectsWith503WhenTheCoroutineDecidesNothing) {
    RunningServer running;
    running.server.websocket("/", {}, {.on_upgrade = coroutine_upgrade(decide_nothing)});
    RawClient client(running.start());

    client.send(upgrade_request("/"));

    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 503 "));
}

asio::awaitable<void> throw_before_the_decision(UpgradeRequest) {
    co_await asio::post(asio::use_awaitable);
    throw std::runtime_error("on purpose");
}

TEST(CoroutineRoute, RejectsWith500AndTellsAnObserverWhenTheCoroutineThrows) {
    const auto journal = std::make_shared<test::EventJournal>();
    RunningServer running({.observer = journal});
    running.server.websocket("/", {}, {.on_upgrade = coroutine_upgrade(throw_before_the_decision)});
    RawClient client(running.start());

    client.send(upgrade_request("/"));

    EXPECT_THAT(client.read_head(), StartsWith("HTTP/1.1 500 "));
    running.stop(std::chrono::hours(1));
    ASSERT_EQ(journal->calls().size(), 1U);
    EXPECT_THAT(journal->of(journal->calls()[0]),
                ElementsAre("RequestReceived /", "HandlerThrew on purpose", "ResponseSent 500"));
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

// Passes on to another server until its own peer has gone.
asio::awaitable<void> pass_on(WebSocket ws, std::string url, bool& finished) {
    auto other = co_await connect(url);
    if (!other) co_return;
    co_await ws.send("on");
    while (const auto message = co_await ws.receive()) co_await other->send(*message);
    co_await other->close();
    finished = true;
}

struct PassingOn : testing::Test {
    // The end that the other server has seen comes into `ends`.
    RawClient start(Handlers at_other) {
        at_other.on_closed = [this](Peer&, const Closed& closed) { ends.push_back(closed); };
        other.server.websocket("/", std::move(at_other));
        const auto url = "ws://127.0.0.1:" + std::to_string(other.start()) + "/";
        running.server.websocket("/", coroutine([url, this](WebSocket ws) {
                                     return pass_on(std::move(ws), url, finished);
                                 }));
        RawClient client = open(running, "/");
        EXPECT_EQ(client.read(4), "\x81\x02on");
        return client;
    }
    std::vector<Closed> ends;
    bool finished = false;
    RunningServer other;
    RunningServer running;
};

TEST_F(PassingOn, ClosesWhatItHasOpenedWhenTheServerStops) {
    RawClient client = start({});

    running.server.stop(std::chrono::hours(1));
    EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
    client.close();
    running.join();
    other.stop(std::chrono::hours(1));

    EXPECT_TRUE(finished);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_TRUE(ends[0].clean);
    EXPECT_EQ(ends[0].code, CloseCode::going_away);
}

// The other server does not see the Close, and answers nothing.
TEST_F(PassingOn, IsEndedAtTheDeadline) {
    RawClient client = start({.on_open = [](Peer& peer) { peer.set_reading(false); }});
    client.close();

    running.stop(std::chrono::milliseconds(20));

    EXPECT_TRUE(finished);
}

// Says "on" each time that it has connected, and connects again whatever comes of it.
asio::awaitable<void> stay_connected(std::string url, Sender client,
                                     std::counting_semaphore<>& refused) {
    for (;;) {
        auto up = co_await connect(url);
        if (!up) {
            EXPECT_EQ(up.error().code, UsageError::cancelled);
            refused.release();
            continue;
        }
        while (co_await up->receive()) (void)client.send("on");
    }
}

// Two of them: one may begin again before the other has failed.
TEST(CoroutineRoute, OpensNothingMoreOnceTheServerStops) {
    RunningServer other;
    other.server.websocket("/", {.on_open = [](Peer& peer) { (void)peer.send("on"); }});
    const auto url = "ws://127.0.0.1:" + std::to_string(other.start()) + "/";
    std::counting_semaphore<> refused{0};
    RunningServer running;
    running.server.websocket("/", coroutine([&](WebSocket ws) -> asio::awaitable<void> {
                                 for (int i = 0; i < 2; ++i) {
                                     asio::co_spawn(ws.executor(),
                                                    stay_connected(url, ws.sender(), refused),
                                                    asio::detached);
                                 }
                                 while (co_await ws.receive()) {
                                 }
                             }));
    RawClient client = open(running, "/");
    EXPECT_EQ(client.read(8), "\x81\x02on\x81\x02on");

    running.server.stop(std::chrono::hours(1));
    EXPECT_EQ(client.read(4), "\x88\x02\x03\xe9");
    EXPECT_TRUE(refused.try_acquire_for(std::chrono::seconds(10)));
    client.close();
    running.join();
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
