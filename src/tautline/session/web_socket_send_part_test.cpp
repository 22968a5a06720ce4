// SPDX-License-Identifier: MIT
// Messages that a coroutine sends part by part. The peer is the test: it reads frames.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/start_session.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/session/web_socket.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline {
namespace {

using asio::awaitable;
using test::frame;

// What the server sent, as the client has to read it.
std::string wire(unsigned first, std::string_view payload) {
    return std::string(as_text(frame(Role::server, first, payload)));
}

struct WebSocketSendPart : testing::Test {
    void open(ConnectionOptions options = {}, std::size_t capacity = 64) {
        auto [near, far] = transport::make_memory_pair(loop, capacity);
        client = std::move(far);
        client->set_handler(&received);
        client->set_reading(true);
        auto handlers =
            session::coroutine_handlers([this](WebSocket ready) { ws = std::move(ready); });
        (void)test::start_session(loop, registry, std::move(near),
                                  {.role = Role::server, .handlers = handlers, .options = options});
    }
    template <typename Body>
    void spawn(Body body) {
        asio::co_spawn(context, std::move(body), asio::detached);
        test::run_ready(context);
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    test::StreamRecorder received;
    std::unique_ptr<transport::MemoryStream> client;
    std::optional<WebSocket> ws;
};

TEST_F(WebSocketSendPart, MakesOneMessageOfAllParts) {
    open();
    spawn([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("one "), false));
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("two "), false));
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("three"), true));
        EXPECT_TRUE(co_await ws->send("next"));
    });

    EXPECT_EQ(received.received,
              wire(0x01, "one ") + wire(0x00, "two ") + wire(0x80, "three") + wire(0x81, "next"));
}

TEST_F(WebSocketSendPart, MayBeTheWholeMessage) {
    open();
    spawn([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await ws->send_part(MessageType::binary, as_bytes("all"), true));
    });

    EXPECT_EQ(received.received, wire(0x82, "all"));
}

TEST_F(WebSocketSendPart, LetsNoOtherMessageBetweenTheParts) {
    open();
    std::optional<Error> error;
    spawn([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("begun"), false));
        error = (co_await ws->send("other")).error();
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, {}, true));
    });

    EXPECT_EQ(error->code, UsageError::message_open);
    EXPECT_EQ(received.received, wire(0x01, "begun") + wire(0x80, ""));
}

// Of a message that would not fit into memory only so much waits as the options allow.
TEST_F(WebSocketSendPart, WaitsForAPeerThatDoesNotRead) {
    open({.high_water_bytes = 3000, .low_water_bytes = 100, .max_buffered_bytes = 5000});
    client->set_reading(false);
    const std::string part(1000, 'x');
    int sent = 0;
    std::size_t most = 0;
    spawn([&]() -> awaitable<void> {
        for (; sent < 100; ++sent) {
            EXPECT_TRUE(co_await ws->send_part(MessageType::binary, as_bytes(part), sent == 99));
            most = std::max(most, ws->buffered_amount());
        }
    });
    EXPECT_LT(sent, 10);

    client->set_reading(true);
    test::run_ready(context);

    EXPECT_EQ(sent, 100);
    EXPECT_LT(most, 6000U);
    EXPECT_EQ(received.received.size(), 100 * wire(0x02, part).size());
}

TEST_F(WebSocketSendPart, ThatIsCancelledBeforeThereIsRoomCanBeSentAgain) {
    open({.high_water_bytes = 100, .low_water_bytes = 10, .max_buffered_bytes = 1000});
    client->set_reading(false);
    asio::cancellation_signal signal;
    std::optional<Error> error;
    spawn([&]() -> awaitable<void> {
        const auto waits =
            ws->send_part(MessageType::text, as_bytes(std::string(2000, 'a')), false);
        co_return;
    });
    asio::co_spawn(
        context,
        [&]() -> awaitable<void> {
            error = (co_await ws->send_part(MessageType::text, as_bytes("b"), true)).error();
        },
        asio::bind_cancellation_slot(signal.slot(), asio::detached));
    test::run_ready(context);
    EXPECT_FALSE(error);

    signal.emit(asio::cancellation_type::terminal);
    test::run_ready(context);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, UsageError::cancelled);
    client->set_reading(true);
    test::run_ready(context);
    spawn([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("c"), true));
    });

    EXPECT_EQ(received.received, wire(0x01, std::string(2000, 'a')) + wire(0x80, "c"));
}

TEST_F(WebSocketSendPart, FailsBehindTheEnd) {
    open();
    std::optional<Error> error;
    client.reset();
    spawn([&]() -> awaitable<void> {
        (void)co_await ws->receive();
        error = (co_await ws->send_part(MessageType::text, as_bytes("late"), true)).error();
    });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, UsageError::closed);
}

TEST_F(WebSocketSendPart, BeginsNothingBehindACloseOfAnotherThread) {
    open();
    std::optional<Error> error;
    spawn([&]() -> awaitable<void> {
        std::thread([sender = ws->sender()] { EXPECT_TRUE(sender.close()); }).join();
        const auto sent = co_await ws->send_part(MessageType::text, as_bytes("late"), false);
        if (!sent) error = sent.error();
    });

    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, UsageError::closed);
}

TEST_F(WebSocketSendPart, IsBrokenOffByAClose) {
    open();
    std::optional<Error> error;
    spawn([&]() -> awaitable<void> {
        EXPECT_TRUE(co_await ws->send_part(MessageType::text, as_bytes("begun"), false));
        asio::co_spawn(context, ws->close(), asio::detached);
        error = (co_await ws->send_part(MessageType::text, as_bytes("late"), true)).error();
    });

    EXPECT_TRUE(error);
    EXPECT_EQ(received.received, wire(0x01, "begun") + wire(0x88, "\x03\xe8"));
}

}  // namespace
}  // namespace tautline
