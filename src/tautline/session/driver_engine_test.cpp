// SPDX-License-Identifier: MIT
// A session over an engine that does only what it must.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/smallest_engine.hpp>

namespace tautline::session {
namespace {

// Whatever comes in one read is a message. It cannot stop reading, and says nothing.
struct PlainEngine final : test::SmallestEngine {
    void receive(MutableBytes bytes, Instant) override { arrived.emplace_back(as_text(bytes)); }
    void receive_end(std::error_code error, Instant) override { end = Closed{.error = error}; }
    std::optional<websocket::Event> poll_event() override {
        if (!arrived.empty()) {
            current = std::move(arrived.front());
            arrived.pop_front();
            return websocket::MessageReceived{MessageType::text, as_bytes(current)};
        }
        if (!end || told) return std::nullopt;
        told = true;
        return *end;
    }
    bool open() const override { return !end; }
    bool ended() const override { return told; }

    std::deque<std::string> arrived;
    std::string current;
    std::optional<Closed> end;
    bool told = false;
};

constexpr websocket::EngineKind kPlain{
    .name = "plain",
    .make = [](const websocket::EngineSetup&) -> std::unique_ptr<websocket::Engine> {
        return std::make_unique<PlainEngine>();
    },
    .compression = false,
    .streaming = false};

// A stream that breaks brings what it has though nobody reads.
TEST(DriverEngine, GetsNothingWhileReadingIsStopped) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    test::Log log;
    Handlers handlers = log.handlers();
    handlers.on_message = [&](Peer& peer, MessageView message) {
        log.messages.emplace_back(message.text());
        peer.set_reading(false);
    };
    auto owned = std::make_unique<test::RoomyStream>();
    test::RoomyStream& stream = *owned;
    (void)test::start_session(loop, registry, std::move(owned),
                              {.handlers = std::move(handlers), .engine = &kPlain});
    std::string one = "one";
    std::string two = "two";
    stream.handler->on_bytes(std::as_writable_bytes(std::span(one)));

    stream.handler->on_bytes(std::as_writable_bytes(std::span(two)));
    stream.handler->on_end(std::make_error_code(std::errc::broken_pipe));
    test::run_ready(context);
    EXPECT_EQ(log.messages, std::vector<std::string>{"one"});
    ASSERT_TRUE(log.closed.empty());
    log.peer->set_reading(true);
    test::run_ready(context);

    EXPECT_EQ(log.messages, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(log.closed.size(), 1U);
}

}  // namespace
}  // namespace tautline::session
