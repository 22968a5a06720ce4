// SPDX-License-Identifier: MIT
#include <tautline/session/web_socket.hpp>

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

namespace tautline {
namespace {

using namespace std::chrono_literals;
using asio::awaitable;
using test::Coroutines;
using test::Log;

Handlers echo() {
    return {.on_message = [](Peer& peer, MessageView message) { (void)peer.send(message); }};
}

TEST(WebSocket, SendsAndReceives) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await test.ws->send("hello"));
        const auto message = co_await test.ws->receive();
        EXPECT_EQ(message->text(), "hello");
    }));
}

TEST(WebSocket, SendsWhatAMessageHolds) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await test.ws->send(as_bytes("\xff")));
        const auto binary = co_await test.ws->receive();
        EXPECT_FALSE(binary->is_text());
        EXPECT_TRUE(co_await test.ws->send(*binary));
        EXPECT_EQ((co_await test.ws->receive())->text(), "\xff");
    }));
}

TEST(WebSocket, IteratesUntilThePeerCloses) {
    Handlers server;
    server.on_open = [](Peer& peer) {
        for (int i = 0; i < 100; ++i) (void)peer.send(std::to_string(i));
        (void)peer.close(CloseCode::normal, "that was all");
    };
    Coroutines test(server);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        int count = 0;
        std::optional<Closed> closed;
        while (!closed) {
            auto message = co_await test.ws->receive();
            if (message)
                EXPECT_EQ(message->text(), std::to_string(count++));
            else
                closed = message.error();
        }
        EXPECT_EQ(count, 100);
        EXPECT_EQ(closed->code, CloseCode::normal);
        EXPECT_EQ(closed->reason, "that was all");
        EXPECT_TRUE(closed->clean && closed->by_peer && !closed->error);
        EXPECT_FALSE(co_await test.ws->receive()) << "the end is told again";
    }));
}

TEST(WebSocket, SendingWhileIteratingIsAllowed) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        (void)co_await test.ws->send("0");
        for (int i = 0; i < 1000; ++i) {
            const auto message = co_await test.ws->receive();
            EXPECT_EQ(message->text(), std::to_string(i));
            (void)co_await test.ws->send(std::to_string(i + 1));
        }
    }));
}

TEST(WebSocket, ClosesAndAwaitsTheEnd) {
    Log server;
    Coroutines test(server.handlers());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const Closed closed = co_await test.ws->close(CloseCode{4000}, "bye");
        EXPECT_TRUE(closed.clean);
        EXPECT_EQ(closed.code, CloseCode{4000});
        const auto sent = co_await test.ws->send("late");
        EXPECT_EQ(sent.error().code, UsageError::closed);
        const Closed again = co_await test.ws->close();
        EXPECT_EQ(again.code, CloseCode{4000});
    }));
    EXPECT_EQ(server.closed.at(0).reason, "bye");
}

TEST(WebSocket, RefusesABadClose) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const Closed closed = co_await test.ws->close(CloseCode::abnormal);
        EXPECT_EQ(closed.error, UsageError::close_code_reserved);
        EXPECT_TRUE(co_await test.ws->send("as before"));
        const auto message = co_await test.ws->receive();
        EXPECT_EQ(message->text(), "as before");
    }));
}

TEST(WebSocket, ClosesWithAsMuchOfAReasonAsFits) {
    Log server;
    Coroutines test(server.handlers());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const Closed closed = co_await test.ws->close(CloseCode::normal, std::string(200, 'x'));
        EXPECT_TRUE(closed.clean);
    }));
    EXPECT_EQ(server.closed.at(0).reason, std::string(123, 'x'));
}

TEST(WebSocket, ClosesBehindWhatAnotherThreadHasSent) {
    Log server;
    Coroutines test(server.handlers(), {.max_buffered_bytes = 1000}, 100);
    test.pair.server_stream->set_reading(false);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        std::thread([sender = test.ws->sender()] { EXPECT_TRUE(sender.send("letter")); }).join();
        const auto sending = test.ws->send(std::string(2000, 'x'));  // which fills the queue
        test.pair.loop.post([&] { test.pair.server_stream->set_reading(true); });
        const Closed closed = co_await test.ws->close();
        EXPECT_TRUE(closed.clean);
    }));
    EXPECT_EQ(server.messages.size(), 2U);
    EXPECT_EQ(server.messages.back(), "letter");
}

TEST(WebSocket, SaysThatACallWasWrongInThePhaseOfUsage) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const auto sent = co_await test.ws->send("\xff");
        EXPECT_EQ(sent.error().code, UsageError::text_not_utf8);
        EXPECT_EQ(sent.error().phase, Phase::usage);
        EXPECT_TRUE((co_await test.ws->close()).clean);
        EXPECT_EQ((co_await test.ws->ping()).error().phase, Phase::usage);
    }));
}

TEST(WebSocket, MeasuresTheRoundTripOfAPing) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        const auto first = co_await test.ws->ping();
        EXPECT_GT(first.value(), Duration::zero());
        EXPECT_TRUE(co_await test.ws->ping());
    }));
}

TEST(WebSocket, APingOfAnEndedConnectionFails) {
    Coroutines test(echo());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        (void)co_await test.ws->close();
        EXPECT_EQ((co_await test.ws->ping()).error().code, UsageError::closed);
    }));
}

TEST(WebSocket, DroppingItClosesWith1001) {
    Log server;
    Coroutines test(server.handlers());
    test.ws.reset();
    ASSERT_TRUE(test.pair.run_until([&] { return test.pair.registry.size() == 0; }));
    EXPECT_EQ(server.closed.at(0).code, CloseCode::going_away);
}

TEST(WebSocket, DroppingOneHalfIsHarmless) {
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_message = [&](Peer& peer, MessageView message) {
        server.messages.emplace_back(message.text());
        (void)peer.send("thrown away");
    };
    Coroutines test(handlers);
    auto [sender, receiver] = std::move(*test.ws).split();
    test.ws.reset();
    {
        const Receiver dropped = std::move(receiver);
    }
    EXPECT_TRUE(sender.send("still here"));
    ASSERT_TRUE(test.pair.run_until([&] { return !server.messages.empty(); }));
    EXPECT_TRUE(server.closed.empty());

    sender = Sender();

    ASSERT_TRUE(test.pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.closed[0].code, CloseCode::going_away);
}

TEST(WebSocket, DroppingTheLastSenderIsHarmlessWhileAReceiverLives) {
    Log server;
    Coroutines test(server.handlers());
    auto halves = std::move(*test.ws).split();
    test.ws.reset();
    halves.first = Sender();
    (void)server.peer->send("to the receiver");
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await halves.second.receive())->text(), "to the receiver");
    }));
    EXPECT_TRUE(server.closed.empty());
}

TEST(WebSocket, TheLastOwnerMayLetGoOnAnotherThread) {
    Log server;
    Coroutines test(server.handlers());
    std::thread other([ws = std::move(*test.ws)]() mutable { const auto sender = ws.sender(); });
    test.ws.reset();
    other.join();
    ASSERT_TRUE(test.pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.closed[0].code, CloseCode::going_away);
}

TEST(WebSocket, L11_ASendWaitsForRoomAndLosesNothing) {
    Log server;
    Coroutines test(server.handlers(),
                    {.high_water_bytes = 500, .low_water_bytes = 100, .max_buffered_bytes = 1000},
                    200);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        for (int i = 0; i < 200; ++i) {
            EXPECT_TRUE(co_await test.ws->send(std::string(300, 'x')));
            EXPECT_LE(test.ws->buffered_amount(), 1400U);
        }
    }));
    ASSERT_TRUE(test.pair.run_until([&] { return server.messages.size() == 200; }));
}

TEST(WebSocket, L11_ASendIntoAFullQueueWaitsAndThenIsSent) {
    Log server;
    Coroutines test(server.handlers(), {.low_water_bytes = 100, .max_buffered_bytes = 1000}, 100);
    test.pair.server_stream->set_reading(false);
    const auto sender = test.ws->sender();
    bool waited = false;
    asio::co_spawn(
        test.pair.context,
        [&]() -> awaitable<void> {
            (void)co_await test.ws->send(std::string(1500, 'a'));
            EXPECT_TRUE(co_await test.ws->send("waits"));
            waited = true;
        },
        asio::detached);
    test::run_ready(test.pair.context);
    EXPECT_FALSE(waited);
    test.pair.server_stream->set_reading(true);
    ASSERT_TRUE(test.pair.run_until([&] { return server.messages.size() == 2; }));
    EXPECT_TRUE(waited);
}

// ── sending ──

TEST(WebSocket, MayAwaitASendWhenItsDrainIsOver) {
    Coroutines test(echo(), {.high_water_bytes = 1000, .low_water_bytes = 100});
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        auto sent = test.ws->send(std::string(2000, 'x'));
        EXPECT_TRUE(co_await test.ws->receive());
        EXPECT_TRUE(co_await std::move(sent));
    }));
}

TEST(WebSocket, MayAwaitARefusedSendWhenThereIsRoomAgain) {
    Coroutines test(echo(), {.max_buffered_bytes = 1000}, 500);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        auto first = test.ws->send(std::string(2000, 'x'));
        auto second = test.ws->send("y");
        EXPECT_TRUE(co_await test.ws->receive());
        EXPECT_TRUE(co_await std::move(second));
        EXPECT_TRUE(co_await std::move(first));
        EXPECT_EQ((co_await test.ws->receive())->text(), "y");
    }));
}

TEST(WebSocket, LeavesTheLoopToOthersWhileItSends) {
    Coroutines test({});
    int count = 0;
    bool stop = false;
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        test.pair.loop.post([&] { stop = true; });
        while (!stop && co_await test.ws->send("short")) ++count;
    }));
    EXPECT_GE(count, 1);
    EXPECT_LE(count, 300);
}

TEST(WebSocket, ACancelledReceiveLosesNothing) {
    Log server;
    Coroutines test(server.handlers());
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        asio::steady_timer timer(test.pair.context, 10ms);
        const auto first = co_await (test.ws->receive() || timer.async_wait(asio::use_awaitable));
        EXPECT_EQ(first.index(), 1U);
        (void)server.peer->send("later");
        EXPECT_EQ((co_await test.ws->receive())->text(), "later");
    }));
}

// Nobody else takes it: it stays for the next one who asks.
TEST(WebSocket, AMessageThatComesWhileAReceiveIsCancelledIsKept) {
    Log server;
    Coroutines test(server.handlers());
    asio::cancellation_signal cancellation;
    std::optional<std::expected<Message, Closed>> first;
    const auto receive = [&]() -> awaitable<void> {
        auto received = co_await test.ws->receive();
        first = std::move(received);
    };
    asio::co_spawn(test.pair.context, receive(),
                   asio::bind_cancellation_slot(cancellation.slot(), asio::detached));
    test::run_ready(test.pair.context);
    test.pair.client_stream->set_reading(false);
    (void)server.peer->send("meanwhile");
    test::run_ready(test.pair.context);

    test.pair.loop.post([&] {
        test.pair.client_stream->set_reading(true);
        cancellation.emit(asio::cancellation_type::all);
    });
    ASSERT_TRUE(test.pair.run_until([&] { return first.has_value(); }));

    EXPECT_EQ(first->error().error, UsageError::cancelled);
    ASSERT_TRUE(test.run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await test.ws->receive())->text(), "meanwhile");
    }));
}

TEST(WebSocket, TheLoopMayEndWhileACoroutineWaits) {
    Log server;
    bool destroyed = false;
    struct Guard {
        bool& flag;
        ~Guard() { flag = true; }
    };
    {
        auto test = std::make_unique<Coroutines>(server.handlers());
        asio::co_spawn(
            test->pair.context,
            [ws = std::move(*test->ws), &destroyed]() mutable -> awaitable<void> {
                const Guard guard{destroyed};
                (void)co_await ws.receive();
            },
            asio::detached);
        test->ws.reset();
        test::run_ready(test->pair.context);
        EXPECT_FALSE(destroyed);
    }
    EXPECT_TRUE(destroyed);
}

}  // namespace
}  // namespace tautline
