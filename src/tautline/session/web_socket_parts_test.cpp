// SPDX-License-Identifier: MIT
// Messages that a coroutine receives part by part. The server is the test: it writes frames.
#include <algorithm>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/start_session.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/session/web_socket.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline {
namespace {

using asio::awaitable;
using test::frame;
using test::FrameBytes;

constexpr std::size_t kHighWater = std::size_t{32} * 1024;
constexpr std::size_t kCapacity = std::size_t{64} * 1024;  // of the stream, and so of one read
constexpr std::size_t kPart = std::size_t{16} * 1024;      // the largest, uncompressed
constexpr std::size_t kLarge = std::size_t{8} * 1024 * 1024;

FrameBytes from_server(unsigned first, std::string_view payload) {
    return frame(Role::server, first, payload);
}

// Bytes that are nowhere the same.
std::string text_of(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
    text.resize(size);
    return text;
}

struct WebSocketParts : testing::Test {
    void open(ConnectionOptions options = {.delivery = Delivery::streamed},
              std::optional<deflate::Parameters> compression = std::nullopt) {
        options.high_water_bytes = kHighWater;
        options.max_message_bytes = std::min(options.max_message_bytes, kLarge * 8);
        auto [near, far] = transport::make_memory_pair(loop, kCapacity);
        server = std::move(far);
        server->set_handler(&received);
        received.at_writable = [this] { write_on(); };
        auto handlers =
            session::coroutine_handlers([this](WebSocket ready) { ws = std::move(ready); });
        (void)test::start_session(loop, registry, std::move(near),
                                  {.role = Role::client,
                                   .handlers = std::move(handlers),
                                   .options = options,
                                   .compression = compression});
    }
    void open_for_large() { open({.max_message_bytes = kLarge, .delivery = Delivery::streamed}); }

    // As much as the stream takes now, and the rest when it has room.
    void write(FrameBytes bytes) {
        waiting.insert(waiting.end(), bytes.begin(), bytes.end());
        write_on();
    }
    void write_on() {
        const Bytes rest = std::span(waiting).subspan(written);
        if (!rest.empty()) written += server->write({&rest, 1});
    }

    // Runs a coroutine to its end.
    template <typename Body>
    void run(Body body) {
        bool done = false;
        asio::co_spawn(context, body(), [&](std::exception_ptr thrown) {
            EXPECT_FALSE(thrown);
            done = true;
        });
        EXPECT_TRUE(test::run_until(context, [&] { return done; }));
    }

    // What comes until the end of the connection or of a message.
    std::vector<Part> receive_parts() {
        std::vector<Part> parts;
        run([&]() -> awaitable<void> {
            while (parts.empty() || !parts.back().last()) {
                auto part = co_await ws->receive_part();
                if (!part) break;
                parts.push_back(*std::move(part));
            }
        });
        return parts;
    }
    Part receive_part() {
        Part part;
        run([&]() -> awaitable<void> {
            auto next = co_await ws->receive_part();
            EXPECT_TRUE(next);
            if (next) part = *std::move(next);
        });
        return part;
    }
    static std::string joined(const std::vector<Part>& parts) {
        std::string text;
        for (const Part& part : parts) text += part.text();
        return text;
    }
    Closed receive_end() {
        Closed end;
        run([&]() -> awaitable<void> {
            auto part = co_await ws->receive_part();
            EXPECT_FALSE(part);
            if (!part) end = part.error();
        });
        return end;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    test::StreamRecorder received;  // by the server
    std::unique_ptr<transport::MemoryStream> server;
    std::optional<WebSocket> ws;
    FrameBytes waiting;
    std::size_t written = 0;
};

TEST_F(WebSocketParts, AreAMessageThatIsLargerThanWhatIsHeld) {
    open_for_large();
    const std::string text = text_of(kLarge);
    write(from_server(0x81, text));

    const auto parts = receive_parts();

    EXPECT_TRUE(joined(parts) == text);
    EXPECT_GE(parts.size(), kLarge / kPart);
}

TEST_F(WebSocketParts, KnowTheirPlaceAndTheTypeOfTheirMessage) {
    open();
    write(test::joined(
        {from_server(0x02, "one"), from_server(0x00, "two"), from_server(0x80, "three")}));

    const auto parts = receive_parts();

    ASSERT_EQ(parts.size(), 3U);
    EXPECT_TRUE(parts[0].first() && !parts[0].last());
    EXPECT_TRUE(!parts[1].first() && !parts[1].last());
    EXPECT_TRUE(!parts[2].first() && parts[2].last());
    EXPECT_EQ(parts[2].type(), MessageType::binary);
}

// What was read and not asked for: high water, one part, and the rest of one read.
TEST_F(WebSocketParts, AreHeldInBounds) {
    constexpr std::size_t kHeld = kHighWater + kPart + kCapacity;
    open_for_large();
    write(from_server(0x82, text_of(kLarge)));

    std::size_t taken = 0;
    std::size_t most = 0;
    while (taken < kLarge) {
        test::run_ready(context);
        most = std::max(most, written - taken);
        const Part part = receive_part();
        ASSERT_FALSE(part.bytes().empty());
        taken += part.bytes().size();
    }

    EXPECT_EQ(taken, kLarge);
    EXPECT_LE(most, kHeld + kCapacity) << "with what waits in the stream";
}

TEST_F(WebSocketParts, AreNotReadWhileNobodyAsks) {
    open_for_large();
    write(from_server(0x82, text_of(kLarge)));

    test::run_ready(context);
    const std::size_t unasked = written;
    test::run_ready(context);

    EXPECT_EQ(written, unasked);
    EXPECT_LE(written, 2 * kCapacity);
}

TEST_F(WebSocketParts, AreInflatedAsTheyAreAskedFor) {
    open({.max_message_bytes = kLarge, .delivery = Delivery::streamed}, deflate::Parameters{});
    const std::string text = text_of(kLarge);
    Buffer compressed;
    deflate::Compressor({}).compress(as_bytes(text), true, compressed);
    write(from_server(0xc1, as_text(compressed.readable())));

    const auto parts = receive_parts();

    EXPECT_TRUE(joined(parts) == text);
    EXPECT_GE(parts.size(), compressed.size() / kPart);
}

// RFC 6455 section 5.6: a part of text may split a character.
TEST_F(WebSocketParts, OfTextMaySplitACharacter) {
    open();
    write(test::joined({from_server(0x01, "a\xc3"), from_server(0x80, "\xa9z")}));

    const auto parts = receive_parts();

    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].text(), "a\xc3");
    EXPECT_EQ(parts[1].text(), "\xa9z");
}

// RFC 6455 section 8.1: text that is not UTF-8 fails the connection.
TEST_F(WebSocketParts, EndBeforeTextThatIsBad) {
    open();
    write(test::joined({from_server(0x01, "good"), from_server(0x00, "bad \xff")}));

    EXPECT_EQ(joined(receive_parts()), "good");
    EXPECT_EQ(receive_end().error, PeerError::text_not_utf8);
}

TEST_F(WebSocketParts, EndBeforeACharacterThatIsNotComplete) {
    open();
    write(test::joined({from_server(0x01, "a\xc3"), from_server(0x80, "")}));

    EXPECT_EQ(joined(receive_parts()), "a\xc3");
    EXPECT_EQ(receive_end().error, PeerError::text_not_utf8);
}

TEST_F(WebSocketParts, LetControlFramesThrough) {
    open();
    write(test::joined({from_server(0x01, "one "), from_server(0x89, "?"),
                        from_server(0x8a, "unasked"), from_server(0x80, "two")}));
    server->set_reading(true);

    EXPECT_EQ(joined(receive_parts()), "one two");
    EXPECT_EQ(received.received.substr(0, 2), "\x8a\x81") << "the Pong";
}

TEST_F(WebSocketParts, ComeBeforeTheEndInsideOfAMessage) {
    open();
    write(from_server(0x01, "all there is"));
    server->close();

    const auto parts = receive_parts();

    EXPECT_EQ(joined(parts), "all there is");
    EXPECT_FALSE(parts.back().last());
    EXPECT_EQ(receive_end().error, TransportError::closed_early);
    EXPECT_EQ(receive_end().error, TransportError::closed_early) << "told again";
}

TEST_F(WebSocketParts, ComeBeforeACloseInsideOfAMessage) {
    open();
    write(test::joined({from_server(0x01, "all there is"), from_server(0x88, "\x03\xe9")}));

    EXPECT_EQ(joined(receive_parts()), "all there is");
    server->close();
    const Closed end = receive_end();
    EXPECT_TRUE(end.clean && end.by_peer);
    EXPECT_EQ(end.code, CloseCode::going_away);
}

TEST_F(WebSocketParts, ComeBeforeWhatIsTooLarge) {
    open({.max_message_bytes = 100, .delivery = Delivery::streamed});
    const std::string fits(60, 'x');
    write(test::joined({from_server(0x02, fits), from_server(0x80, text_of(41))}));

    EXPECT_EQ(joined(receive_parts()), fits);
    EXPECT_EQ(receive_end().error, PeerError::message_too_large);
}

TEST_F(WebSocketParts, AreWholeMessagesWhereThoseAreDelivered) {
    open(ConnectionOptions());
    write(test::joined({from_server(0x01, "one "), from_server(0x80, "message")}));

    const auto parts = receive_parts();

    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].text(), "one message");
    EXPECT_TRUE(parts[0].first() && parts[0].last());
}

// ── beside receive() ──

TEST_F(WebSocketParts, AreJoinedForWhoeverAsksForAMessage) {
    open_for_large();
    const std::string text = text_of(kLarge);
    write(from_server(0x81, text));
    write(from_server(0x82, "next"));

    run([&]() -> awaitable<void> {
        const auto message = co_await ws->receive();
        EXPECT_TRUE(message->is_text() && message->text() == text);
        EXPECT_EQ((co_await ws->receive_part())->text(), "next");
    });
}

TEST_F(WebSocketParts, AreNotLostToACallForAMessageInsideOfOne) {
    open();
    write(test::joined(
        {from_server(0x01, "one"), from_server(0x80, "two"), from_server(0x81, "three")}));

    run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await ws->receive_part())->text(), "one");
        EXPECT_EQ((co_await ws->receive()).error().error, UsageError::message_open);
        EXPECT_EQ((co_await ws->receive_part())->text(), "two");
        EXPECT_EQ((co_await ws->receive())->text(), "three");
    });
}

TEST_F(WebSocketParts, LeaveTheEndToACallForAMessage) {
    open();
    write(from_server(0x01, "all there is"));
    server->close();

    EXPECT_EQ(joined(receive_parts()), "all there is");
    run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await ws->receive()).error().error, TransportError::closed_early);
    });
}

TEST_F(WebSocketParts, OfAMessageWithoutAnEndAreNoMessage) {
    open();
    write(from_server(0x01, "all there is"));
    server->close();

    run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await ws->receive()).error().error, TransportError::closed_early);
    });
}

TEST_F(WebSocketParts, AreNotLostToACallThatIsCancelled) {
    open();
    std::expected<Message, Closed> first;
    asio::cancellation_signal cancel;
    asio::co_spawn(context, ws->receive(),
                   asio::bind_cancellation_slot(
                       cancel.slot(), [&](std::exception_ptr, std::expected<Message, Closed> told) {
                           first = std::move(told);
                       }));
    write(from_server(0x01, "one "));
    test::run_ready(context);
    cancel.emit(asio::cancellation_type::terminal);
    test::run_ready(context);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().error, UsageError::cancelled);

    write(from_server(0x80, "message"));
    run([&]() -> awaitable<void> { EXPECT_EQ((co_await ws->receive())->text(), "one message"); });
}

TEST_F(WebSocketParts, ComeToAReceiverOnItsOwn) {
    open();
    write(from_server(0x81, "hello"));
    auto halves = std::move(*ws).split();

    run([&]() -> awaitable<void> {
        EXPECT_EQ((co_await halves.second.receive_part())->text(), "hello");
    });
}

}  // namespace
}  // namespace tautline
