// SPDX-License-Identifier: MIT
// What ends the waits of coroutines: their connection, and their loop.
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>
#include <tests/support/session_pair.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {
namespace {

using asio::awaitable;
using test::Log;
using test::SessionPair;

// A WebSocket whose peer reads nothing, so that little has room.
struct Stuck {
    Stuck()
        : pair(session::coroutine_handlers([this](WebSocket opened) { ws = std::move(opened); }),
               server.handlers(),
               {.high_water_bytes = 3000, .low_water_bytes = 100, .max_buffered_bytes = 5000},
               100) {
        pair.server_stream->set_reading(false);
    }
    template <typename Body>
    void spawn(Body body) {
        asio::co_spawn(pair.context, std::move(body), asio::detached);
    }
    void run() { test::run_ready(pair.context); }
    void break_stream() {
        pair.client_stream->fail(std::make_error_code(std::errc::connection_reset));
    }

    std::optional<WebSocket> ws;
    Log server;
    SessionPair pair;
};

// ── the connection ──

TEST(WebSocketWait, OfASendThatWasTakenEndsWithTheConnection) {
    Stuck stuck;
    std::optional<bool> sent;
    stuck.spawn([&]() -> awaitable<void> {
        sent = (co_await stuck.ws->send(std::string(4000, 'x'))).has_value();
    });
    stuck.run();
    EXPECT_FALSE(sent);

    stuck.break_stream();
    stuck.run();

    EXPECT_EQ(sent, true);
}

TEST(WebSocketWait, OfASendWithoutRoomFailsWithTheConnection) {
    Stuck stuck;
    std::optional<Error> error;
    stuck.spawn([&]() -> awaitable<void> {
        const auto fills = stuck.ws->send(std::string(6000, 'x'));
        error = (co_await stuck.ws->send("waits")).error();
    });
    stuck.run();
    EXPECT_FALSE(error);

    stuck.break_stream();
    stuck.run();

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, std::errc::connection_reset);
}

TEST(WebSocketWait, OfACloseEndsWithOneThatWasBegunBefore) {
    Log server;
    std::optional<WebSocket> ws;
    SessionPair pair(session::coroutine_handlers([&](WebSocket opened) { ws = std::move(opened); }),
                     server.handlers());
    std::optional<Closed> closed;
    asio::co_spawn(
        pair.context,
        [&]() -> awaitable<void> {
            EXPECT_TRUE(ws->sender().close(CloseCode{4001}));
            closed = co_await ws->close(CloseCode{4002});
        },
        asio::detached);
    test::run_ready(pair.context);

    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->code, CloseCode{4001});
    EXPECT_TRUE(closed->clean);
}

TEST(WebSocketWait, IsNotBegunBehindACloseOfAnotherThread) {
    Stuck stuck;
    std::optional<Error> error;
    stuck.spawn([&]() -> awaitable<void> {
        std::thread([sender = stuck.ws->sender()] { EXPECT_TRUE(sender.close()); }).join();
        const auto sent = co_await stuck.ws->send("late");
        if (!sent) error = sent.error();
    });
    stuck.run();

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, UsageError::closed);
}

// ── the loop ──

struct Guard {
    ~Guard() { flag = true; }
    bool& flag;
};

// Whether a coroutine that waits in `body` is gone when its loop is.
template <typename Body>
bool is_freed_by_its_loop(Body body) {
    bool begun = false;
    bool freed = false;
    {
        const auto stuck = std::make_unique<Stuck>();
        stuck->spawn(
            [ws = std::move(*stuck->ws), &begun, &freed, body]() mutable -> awaitable<void> {
                const Guard guard{freed};
                begun = true;
                co_await body(ws);
            });
        stuck->ws.reset();
        // And not on: some wait for no more than a turn.
        while (!begun) (void)stuck->pair.context.poll_one();
        EXPECT_FALSE(freed);
    }
    return freed;
}

TEST(WebSocketWait, ForRoomEndsWithTheLoop) {
    EXPECT_TRUE(is_freed_by_its_loop(
        [](WebSocket& ws) -> awaitable<void> { (void)co_await ws.send(std::string(4000, 'x')); }));
}

TEST(WebSocketWait, ForAPongEndsWithTheLoop) {
    EXPECT_TRUE(
        is_freed_by_its_loop([](WebSocket& ws) -> awaitable<void> { (void)co_await ws.ping(); }));
}

TEST(WebSocketWait, ForATurnEndsWithTheLoop) {
    EXPECT_TRUE(is_freed_by_its_loop([](WebSocket& ws) -> awaitable<void> {
        while (true) (void)co_await ws.send("");
    }));
}

}  // namespace
}  // namespace tautline
