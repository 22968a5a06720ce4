// SPDX-License-Identifier: MIT
#include <tautline/session/sender.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {
namespace {

constexpr SendOptions kAsItIs{.compress = false};
// RFC 7692 section 6: RSV1 marks a compressed message.
constexpr char kCompressedText = '\xc1';
constexpr char kText = '\x81';

// A server with whose peer compression was agreed; the test sees what it writes.
struct Compressing {
    explicit Compressing(Handlers handlers, const ConnectionOptions& options = {}) {
        auto owned = std::make_unique<test::RoomyStream>();
        stream = owned.get();
        stream->room = 1 << 20;
        (void)test::start_session(loop, registry, std::move(owned),
                                  {.handlers = std::move(handlers),
                                   .options = options,
                                   .compression = deflate::Parameters{}});
    }
    // The first byte of what was written since the last call.
    char first_byte() {
        test::run_ready(context);
        const std::string taken = std::exchange(stream->taken, {});
        return taken.empty() ? '\0' : taken.front();
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    test::RoomyStream* stream = nullptr;
    const std::string text = std::string(1000, 'x');
};

TEST(Sender, SendsAMessageOfAnotherThreadAsItsOptionsSay) {
    test::Log log;
    Compressing session(log.handlers());
    const auto send = [&](SendOptions options) {
        std::thread([&, sender = log.peer->sender()] {
            EXPECT_TRUE(sender.send(session.text, options));
        }).join();
        return session.first_byte();
    };

    EXPECT_EQ(send({}), kCompressedText);
    EXPECT_EQ(send(kAsItIs), kText);
}

TEST(Sender, SendsAMessageOfItsOwnThreadAsItsOptionsSay) {
    test::Log log;
    Compressing session(log.handlers());
    const auto send = [&](SendOptions options) {
        session.loop.post(
            [&, options] { EXPECT_TRUE(log.peer->sender().send(session.text, options)); });
        return session.first_byte();
    };

    EXPECT_EQ(send({}), kCompressedText);
    EXPECT_EQ(send(kAsItIs), kText);
}

// ── coroutines ──

struct CompressingCoroutine {
    explicit CompressingCoroutine(const ConnectionOptions& options = {})
        : session(session::coroutine_handlers([this](WebSocket opened) { ws = std::move(opened); }),
                  options) {}
    void send(std::string text, SendOptions options) {
        asio::co_spawn(
            session.context,
            [this, text = std::move(text), options]() -> asio::awaitable<void> {
                EXPECT_TRUE(co_await ws->send(text, options));
            },
            asio::detached);
    }

    std::optional<WebSocket> ws;
    Compressing session;
};

TEST(Sender, SendsAMessageOfACoroutineAsItsOptionsSay) {
    CompressingCoroutine coroutine;

    coroutine.send(coroutine.session.text, {});
    EXPECT_EQ(coroutine.session.first_byte(), kCompressedText);
    coroutine.send(coroutine.session.text, kAsItIs);
    EXPECT_EQ(coroutine.session.first_byte(), kText);
}

TEST(Sender, SendsAMessageOfACoroutineThatHadToWaitAsItsOptionsSay) {
    CompressingCoroutine coroutine({.low_water_bytes = 100, .max_buffered_bytes = 1000});
    coroutine.session.stream->room = 0;
    coroutine.send(std::string(1500, 'a'), kAsItIs);
    coroutine.send(coroutine.session.text, kAsItIs);
    test::run_ready(coroutine.session.context);

    coroutine.session.stream->room = 1 << 20;
    coroutine.session.stream->handler->on_writable();
    test::run_ready(coroutine.session.context);

    EXPECT_TRUE(coroutine.session.stream->taken.ends_with(coroutine.session.text));
}

}  // namespace
}  // namespace tautline
