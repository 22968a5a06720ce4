// SPDX-License-Identifier: MIT
#include <tautline/session/sender.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
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

// ── tasks ──

TEST(Sender, ATaskOfAnotherThreadLetsThePeerReadOn) {
    test::Log client;
    test::Log server;
    Handlers handlers = server.handlers();
    handlers.on_message = [&](Peer& peer, MessageView message) {
        server.messages.emplace_back(message.text());
        peer.set_reading(false);
    };
    test::SessionPair pair(client.handlers(), std::move(handlers));
    EXPECT_TRUE(client.peer->send("one"));
    EXPECT_TRUE(client.peer->send("two"));
    test::run_ready(pair.context);
    EXPECT_EQ(server.messages, (std::vector<std::string>{"one"}));

    std::thread([sender = server.peer->sender()] {
        EXPECT_TRUE(sender.post([](Peer& peer) { peer.set_reading(true); }));
    }).join();
    test::run_ready(pair.context);

    EXPECT_EQ(server.messages, (std::vector<std::string>{"one", "two"}));
}

TEST(Sender, TasksRunLaterAndInTheirOrder) {
    test::LoneSession session;
    const Sender sender = session.log.peer->sender();
    std::string order;
    session.loop.post([&] {
        EXPECT_TRUE(sender.post([&](Peer&) { order += 'b'; }));
        EXPECT_TRUE(sender.post([&](Peer& peer) {
            order += 'c';
            EXPECT_EQ(&peer, session.log.peer);
        }));
        order += 'a';
    });
    test::run_ready(session.context);
    EXPECT_EQ(order, "abc");
}

TEST(Sender, ATaskBehindTheEndIsDropped) {
    test::LoneSession session({}, Role::server, 1 << 20);
    const auto kept = std::make_shared<int>();
    const Sender sender = session.log.peer->sender();
    EXPECT_TRUE(sender.close());
    auto close = test::frame(Role::client, 0x88, "");
    session.stream->handler->on_bytes(close);
    ASSERT_EQ(session.log.closed.size(), 1U);

    // It is still there: the peer has not ended its half.
    EXPECT_TRUE(sender.post([kept](Peer&) { ADD_FAILURE(); }));
    test::run_ready(session.context);

    EXPECT_EQ(kept.use_count(), 1);
    session.stream->handler->on_end({});
    EXPECT_EQ(sender.post([](Peer&) {}), std::unexpected(UsageError::closed));
    EXPECT_EQ(Sender().post([](Peer&) {}), std::unexpected(UsageError::closed));
}

TEST(Sender, ATaskThatThrowsClosesItsConnection) {
    test::LoneSession session;
    EXPECT_TRUE(session.log.peer->sender().post([](Peer&) { throw 1; }));

    test::run_ready(session.context);

    ASSERT_EQ(session.log.closed.size(), 1U);
    EXPECT_EQ(session.log.closed[0].error, UsageError::handler_threw);
}

// ── identity ──

TEST(Sender, IsEqualToThoseOfTheSameConnection) {
    test::LoneSession one;
    test::LoneSession other;
    const Sender sender = one.log.peer->sender();

    EXPECT_EQ(sender, one.log.peer->sender());
    EXPECT_NE(sender, other.log.peer->sender());
    EXPECT_NE(sender, Sender());
    EXPECT_EQ(Sender(), Sender());
    const std::unordered_set<Sender> senders = {sender, other.log.peer->sender(), sender};
    EXPECT_EQ(senders.size(), 2U);
    EXPECT_TRUE(senders.contains(one.log.peer->sender()));
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

TEST(Sender, ATaskFindsTheDataOfACoroutine) {
    CompressingCoroutine coroutine;
    coroutine.ws->data<std::string>() = "seat 7";
    std::string found;
    EXPECT_TRUE(coroutine.ws->sender().post(
        [&found](Peer& peer) { found = std::exchange(peer.data<std::string>(), "seat 8"); }));

    test::run_ready(coroutine.session.context);

    EXPECT_EQ(found, "seat 7");
    EXPECT_EQ(coroutine.ws->data<std::string>(), "seat 8");
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
