// SPDX-License-Identifier: MIT
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <tests/support/coroutines.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {
namespace {

using namespace std::chrono_literals;
using asio::awaitable;
using test::Coroutines;
using test::Log;

TEST(WebSocket, StopsReadingWhileNobodyReceives) {
    Log server;
    Coroutines test(server.handlers(), {.high_water_bytes = 1000, .low_water_bytes = 100}, 1000);
    for (int i = 0; i < 50; ++i) (void)server.peer->send(std::string(500, 'x'));
    test::run_ready(test.pair.context);
    EXPECT_GT(server.peer->buffered_amount(), 10000U);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        for (int i = 0; i < 50; ++i) EXPECT_TRUE(co_await test.ws->receive());
    }));
}

// Nobody receives while more arrives than there is room for.
struct Behind {
    static constexpr int kSent = 50;
    explicit Behind(std::size_t capacity = 1 << 20, Duration close_timeout = 10s)
        : test(server.handlers(),
               {.close_timeout = close_timeout, .high_water_bytes = 1000, .low_water_bytes = 100},
               capacity) {
        test.pair.client_stream->set_delivery_bytes(1000);
        for (int i = 0; i < kSent; ++i) (void)server.peer->send(std::string(500, 'x'));
        test::run_ready(test.pair.context);
    }
    // How many messages come before the end, which is told then.
    [[nodiscard]] int receive_all() {
        int count = 0;
        EXPECT_TRUE(test.run([&]() -> awaitable<void> {
            while (co_await test.ws->receive()) ++count;
            end = (co_await test.ws->receive()).error();
        }));
        return count;
    }

    Log server;
    Coroutines test;
    Closed end;
};

TEST(WebSocket, ReceivesWhatCameBeforeTheCloseOfThePeer) {
    Behind behind;
    (void)behind.server.peer->close(CloseCode{4000});
    test::run_ready(behind.test.pair.context);

    EXPECT_EQ(behind.receive_all(), Behind::kSent);
    EXPECT_TRUE(behind.end.clean);
    EXPECT_EQ(behind.end.code, CloseCode{4000});
}

TEST(WebSocket, ReceivesWhatCameBeforeItsOwnSenderClosed) {
    Behind behind;
    EXPECT_TRUE(behind.test.ws->sender().close(CloseCode{4001}));
    test::run_ready(behind.test.pair.context);

    EXPECT_EQ(behind.receive_all(), Behind::kSent);
    EXPECT_TRUE(behind.end.clean);
    EXPECT_EQ(behind.end.code, CloseCode{4001});
}

TEST(WebSocket, ReceivesWhatCameBeforeTheServerWentAway) {
    Behind behind;
    behind.test.pair.registry.go_away();
    test::run_ready(behind.test.pair.context);

    EXPECT_EQ(behind.receive_all(), Behind::kSent);
    EXPECT_TRUE(behind.end.clean);
}

TEST(WebSocket, ClosesAtOnceWhenItIsDroppedWithMessagesThatNobodyTook) {
    Behind behind(1 << 20, 1h);
    behind.test.ws.reset();

    EXPECT_TRUE(behind.test.pair.run_until([&] { return behind.test.pair.registry.size() == 0; }));
    EXPECT_EQ(behind.server.closed.at(0).code, CloseCode::going_away);
}

TEST(WebSocket, ClosesAtOnceWhenItIsDroppedAfterACloseFromAnotherThread) {
    Behind behind(1 << 20, 1h);
    std::thread([sender = behind.test.ws->sender()] {
        EXPECT_TRUE(sender.close(CloseCode{4001}));
    }).join();
    test::run_ready(behind.test.pair.context);
    behind.test.ws.reset();

    EXPECT_TRUE(behind.test.pair.run_until([&] { return behind.test.pair.registry.size() == 0; }));
    EXPECT_EQ(behind.server.closed.at(0).code, CloseCode{4001});
}

TEST(WebSocket, StopsReadingWhileItClosesToo) {
    Behind behind(1000);
    EXPECT_TRUE(behind.test.ws->sender().close());
    test::run_ready(behind.test.pair.context);
    EXPECT_EQ(behind.test.pair.registry.size(), 2U) << "the server still has to write";

    EXPECT_EQ(behind.receive_all(), Behind::kSent);
    EXPECT_TRUE(behind.end.clean);
}

TEST(WebSocket, EndsWhenNobodyTakesWhatCameBeforeTheCloseInTime) {
    Behind behind(1 << 20, 1ms);
    EXPECT_TRUE(behind.test.ws->sender().close());
    ASSERT_TRUE(behind.test.pair.run_until([&] { return behind.test.pair.registry.size() == 0; }));

    EXPECT_LT(behind.receive_all(), Behind::kSent);
    EXPECT_EQ(behind.end.error, TransportError::close_timeout);
}

TEST(WebSocket, ReceivesWhatCameBeforeThePeerWasGone) {
    Behind behind;
    behind.test.pair.server_stream->close();
    test::run_ready(behind.test.pair.context);

    EXPECT_EQ(behind.receive_all(), Behind::kSent);
    EXPECT_FALSE(behind.end.clean);
}

TEST(WebSocket, ReceivesWhatHadArrivedBeforeTheStreamBroke) {
    Log server;
    Coroutines test(server.handlers(), {.high_water_bytes = 1000, .low_water_bytes = 100});
    for (int i = 0; i < Behind::kSent; ++i) (void)server.peer->send(std::string(500, 'x'));
    test::run_ready(test.pair.context);
    const auto reset = make_error_code(std::errc::connection_reset);
    test.pair.client_stream->fail(reset);
    test::run_ready(test.pair.context);

    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await test.ws->send("to nobody")).error().code, UsageError::closed);
        for (int i = 0; i < Behind::kSent; ++i) EXPECT_TRUE(co_await test.ws->receive());
        EXPECT_EQ((co_await test.ws->receive()).error().error, reset);
    }));
}

TEST(WebSocket, APingEndsWhenTheStreamBreaksBehindWhatIsNotReceived) {
    Log server;
    Coroutines test(server.handlers(), {.high_water_bytes = 1000, .low_water_bytes = 100});
    for (int i = 0; i < Behind::kSent; ++i) (void)server.peer->send(std::string(500, 'x'));
    test::run_ready(test.pair.context);
    const auto reset = make_error_code(std::errc::connection_reset);
    test.pair.loop.post([&] { test.pair.client_stream->fail(reset); });

    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await test.ws->ping()).error().code, reset);
        EXPECT_EQ((co_await test.ws->ping()).error().code, reset) << "and so does the next one";
        for (int i = 0; i < Behind::kSent; ++i) EXPECT_TRUE(co_await test.ws->receive());
        EXPECT_EQ((co_await test.ws->receive()).error().error, reset);
    }));
}

TEST(WebSocket, ReadsOnForItsSendersWhenItIsDropped) {
    Behind behind;
    const Sender sender = behind.test.ws->sender();
    behind.test.ws.reset();
    EXPECT_TRUE(sender.send("still here"));
    test::run_ready(behind.test.pair.context);
    EXPECT_EQ(behind.server.messages, std::vector<std::string>{"still here"});

    (void)behind.server.peer->close(CloseCode{4000});
    test::run_ready(behind.test.pair.context);
    EXPECT_TRUE(behind.server.closed.at(0).clean);
    EXPECT_FALSE(sender.open());
}

TEST(WebSocket, ReadsOnForItsSendersWhenItIsDroppedOnAnotherThread) {
    Behind behind;
    const Sender sender = behind.test.ws->sender();
    std::thread([&] { behind.test.ws.reset(); }).join();

    (void)behind.server.peer->close(CloseCode{4000});
    test::run_ready(behind.test.pair.context);
    EXPECT_TRUE(behind.server.closed.at(0).clean);
}

}  // namespace
}  // namespace tautline
