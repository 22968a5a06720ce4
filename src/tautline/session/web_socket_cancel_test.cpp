// SPDX-License-Identifier: MIT
// What a call of a WebSocket has done when it is cancelled. Receiving is in web_socket_test.cpp.
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <tests/support/coroutines.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {
namespace {

using asio::awaitable;
using test::Coroutines;
using test::Log;

// A call that waits, and may be cancelled.
template <typename Result>
struct Call {
    Call(Coroutines& coroutines, awaitable<Result> call) : test(coroutines) {
        spawn(std::move(call));
        test::run_ready(test.pair.context);
    }
    // Runs no further than to its first wait.
    Call(Coroutines& coroutines, awaitable<Result> call, const bool& begun) : test(coroutines) {
        spawn(std::move(call));
        test.pair.context.restart();
        while (!begun && test.pair.context.poll_one() > 0) continue;
    }
    void spawn(awaitable<Result> call) {
        asio::co_spawn(test.pair.context, std::move(call),
                       asio::bind_cancellation_slot(cancellation.slot(),
                                                    [this](std::exception_ptr thrown, Result told) {
                                                        EXPECT_FALSE(thrown);
                                                        result = std::move(told);
                                                    }));
    }
    void cancel() {
        EXPECT_FALSE(result);
        cancellation.emit(asio::cancellation_type::terminal);
        test::run_ready(test.pair.context);
    }
    Coroutines& test;
    asio::cancellation_signal cancellation;
    std::optional<Result> result;
};

// Its peer reads nothing at first.
struct WebSocketCancel : testing::Test {
    WebSocketCancel() { test.pair.server_stream->set_reading(false); }
    void read_on() { test.pair.server_stream->set_reading(true); }

    Log server;
    Coroutines test{server.handlers(),
                    {.high_water_bytes = 500, .low_water_bytes = 100, .max_buffered_bytes = 1000},
                    100};
};

TEST_F(WebSocketCancel, ASendInFrontOfAFullQueueIsNotSent) {
    const auto first = test.ws->send(std::string(1500, 'a'));
    Call second(test, test.ws->send("never sent"));

    second.cancel();
    read_on();

    EXPECT_EQ(second.result.value().error().code, UsageError::cancelled);
    ASSERT_TRUE(test.pair.run_until([&] { return test.ws->buffered_amount() == 0; }));
    (void)test.ws->sender().send("last");
    ASSERT_TRUE(test.pair.run_until([&] { return server.messages.size() == 2; }));
    EXPECT_EQ(server.messages[1], "last");
}

TEST_F(WebSocketCancel, ASendThatWaitsForTheDrainIsSent) {
    Call send(test, test.ws->send(std::string(900, 'a')));

    send.cancel();
    read_on();

    EXPECT_TRUE(send.result.value());
    ASSERT_TRUE(test.pair.run_until([&] { return server.messages.size() == 1; }));
}

// What is large waits for the next turn of the loop first.
TEST_F(WebSocketCancel, ALargeSendIsSentBeforeItsTurnToo) {
    for (const bool throws : {true, false}) {
        bool begun = false;
        const auto large = [&]() -> awaitable<std::expected<void, Error>> {
            co_await asio::this_coro::throw_if_cancelled(throws);
            begun = true;
            co_return co_await test.ws->send(std::string(300'000, 'a'));
        };
        Call send(test, large(), begun);

        send.cancel();

        EXPECT_TRUE(send.result.value());
        read_on();
        ASSERT_TRUE(test.pair.run_until([&] { return test.ws->buffered_amount() == 0; }));
        test.pair.server_stream->set_reading(false);
    }
    EXPECT_EQ(server.messages.size(), 2U);
}

TEST_F(WebSocketCancel, APingLeavesTheConnectionOpen) {
    Call ping(test, test.ws->ping());

    ping.cancel();
    read_on();

    EXPECT_EQ(ping.result.value().error().code, UsageError::cancelled);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> { EXPECT_TRUE(co_await test.ws->ping()); }));
}

TEST_F(WebSocketCancel, ACloseGoesOnWithoutItAndCanBeAwaitedAgain) {
    Call close(test, test.ws->close(CloseCode{4000}));

    close.cancel();
    read_on();

    EXPECT_EQ(close.result.value().error, UsageError::cancelled);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const Closed closed = co_await test.ws->close();
        EXPECT_EQ(closed.own_code, CloseCode{4000});
        EXPECT_TRUE(closed.clean);
    }));
}

TEST_F(WebSocketCancel, SeveralMaySendAtOnceAndEachMessageIsWhole) {
    const auto send = [this](char letter) -> awaitable<std::expected<void, Error>> {
        for (int i = 0; i < 20; ++i) {
            auto sent = co_await test.ws->send(std::string(300, letter));
            if (!sent) co_return sent;
        }
        co_return std::expected<void, Error>();
    };
    const Call first(test, send('a'));
    const Call second(test, send('b'));

    read_on();

    ASSERT_TRUE(test.pair.run_until([&] { return server.messages.size() == 40; }));
    for (const std::string& message : server.messages) {
        EXPECT_TRUE(message == std::string(300, 'a') || message == std::string(300, 'b'));
    }
    EXPECT_TRUE(first.result.value());
    EXPECT_TRUE(second.result.value());
}

}  // namespace
}  // namespace tautline
