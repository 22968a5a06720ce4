// SPDX-License-Identifier: MIT
// What a connection leaves to a later turn of its loop.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/session_pair.hpp>
#include <tests/support/wire.hpp>

namespace tautline::session {
namespace {

using test::Log;
using test::SessionPair;

// A client that stops reading at each message, of which the server sends some at once.
struct Pausing {
    static constexpr int kMessages = 20;
    explicit Pausing(std::size_t message_bytes = 10) : pair(handlers(), server.handlers()) {
        for (int i = 0; i < kMessages; ++i) {
            (void)server.peer->send(std::string(message_bytes, static_cast<char>('a' + i)));
        }
        test::run_ready(pair.context);
    }
    Handlers handlers() {
        Handlers handlers = client.handlers();
        handlers.on_message = [this](Peer& peer, MessageView message) {
            client.messages.emplace_back(message.text().substr(0, 1));
            peer.set_reading(false);
        };
        return handlers;
    }

    Log client;
    Log server;
    SessionPair pair;
};

TEST(DriverTurns, ComeOneMessageAtATimeToWhoStopsReadingAtEach) {
    Pausing pausing;

    std::vector<std::string> expected;
    for (int i = 0; i < Pausing::kMessages; ++i) {
        expected.emplace_back(1, static_cast<char>('a' + i));
        ASSERT_EQ(pausing.client.messages, expected);
        pausing.client.peer->set_reading(true);
        EXPECT_EQ(pausing.client.messages, expected) << "told from inside of a command";
        test::run_ready(pausing.pair.context);
    }
}

TEST(DriverTurns, KeepTheCloseBehindWhatIsNotRead) {
    Pausing pausing;
    (void)pausing.server.peer->close(CloseCode{4000});
    test::run_ready(pausing.pair.context);
    ASSERT_TRUE(pausing.client.closed.empty());

    while (pausing.client.peer != nullptr) {
        pausing.client.peer->set_reading(true);
        test::run_ready(pausing.pair.context);
    }

    EXPECT_EQ(pausing.client.messages.size(), Pausing::kMessages);
    EXPECT_EQ(pausing.client.closed.at(0).code, CloseCode{4000});
    EXPECT_TRUE(pausing.client.closed.at(0).clean);
}

TEST(DriverTurns, ReadWhatWasLeftBeforeWhatComesNext) {
    Pausing pausing;
    (void)pausing.server.peer->send("z");

    for (int i = 0; i < Pausing::kMessages; ++i) {
        pausing.client.peer->set_reading(true);
        test::run_ready(pausing.pair.context);
    }

    EXPECT_EQ(pausing.client.messages.back(), "z");
    EXPECT_EQ(pausing.client.messages.size(), Pausing::kMessages + 1U);
}

TEST(DriverTurns, GetTheCloseBehindWhatIsNotReadToWhoCloses) {
    Pausing pausing;
    EXPECT_TRUE(pausing.client.peer->close());
    test::run_ready(pausing.pair.context);

    EXPECT_EQ(pausing.client.messages.size(), 1U);
    EXPECT_TRUE(pausing.client.closed.at(0).clean);
}

TEST(DriverTurns, AMessageThatStopsAndRestartsReadingIsFollowedByTheNext) {
    Log client;
    Log server;
    Handlers handlers = client.handlers();
    handlers.on_message = [&](Peer& peer, MessageView message) {
        client.messages.emplace_back(message.text());
        peer.set_reading(false);
        peer.set_reading(true);
    };
    SessionPair pair(handlers, server.handlers());
    for (const char* text : {"a", "b", "c"}) (void)server.peer->send(text);
    test::run_ready(pair.context);

    EXPECT_EQ(client.messages, (std::vector<std::string>{"a", "b", "c"}));
}

// A server whose first frames come with the request, and whose stream may break.
struct Early {
    explicit Early(Handlers handlers) {
        auto bytes = test::wire("81 81 00000000 61 | 81 81 00000000 62 | 81 81 00000000 63");
        (void)test::start_session(loop, registry, std::move(streams.second),
                                  {.handlers = std::move(handlers), .already_received = bytes});
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    std::pair<std::unique_ptr<transport::MemoryStream>, std::unique_ptr<transport::MemoryStream>>
        streams = transport::make_memory_pair(loop, 1 << 20);
};

TEST(DriverTurns, KeepWhatCameWithTheRequestForWhoPausesAtItsFirstMessage) {
    Log log;
    Handlers handlers = log.handlers();
    handlers.on_message = [&](Peer& peer, MessageView message) {
        log.messages.emplace_back(message.text());
        peer.set_reading(false);
    };
    Early early(handlers);

    for (const std::size_t count : {1U, 2U, 3U}) {
        EXPECT_EQ(log.messages.size(), count);
        log.peer->set_reading(true);
        test::run_ready(early.context);
    }
    EXPECT_EQ(log.messages, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(DriverTurns, KeepWhatCameWithTheRequestForWhoOpensPaused) {
    Log log;
    Handlers handlers = log.handlers();
    handlers.on_open = [&](Peer& peer) {
        log.peer = &peer;
        peer.set_reading(false);
    };
    Early early(handlers);
    test::run_ready(early.context);
    EXPECT_TRUE(log.messages.empty());

    log.peer->set_reading(true);
    test::run_ready(early.context);

    EXPECT_EQ(log.messages, (std::vector<std::string>{"a", "b", "c"}));
}

// ── the drain ──

constexpr ConnectionOptions kLowMarks{.high_water_bytes = 1000, .low_water_bytes = 100};

TEST(DriverTurns, TellTheDrainOfASendThatNobodyCalledFor) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), kLowMarks);

    EXPECT_EQ(client.peer->send(std::string(2000, 'x')), Sent::queued);
    EXPECT_EQ(client.drained, 0) << "told from inside of a command";
    EXPECT_EQ(client.peer->buffered_amount(), 0U);

    test::run_ready(pair.context);
    EXPECT_EQ(client.drained, 1);
}

TEST(DriverTurns, TellOneDrainEachToWhoFillsUpAgain) {
    Log client;
    Log server;
    Handlers handlers = client.handlers();
    bool stop = false;
    handlers.on_drain = [&](Peer& peer) {
        ++client.drained;
        if (stop) return;
        EXPECT_EQ(peer.send(std::string(2000, 'x')), Sent::queued);
    };
    SessionPair pair(handlers, server.handlers(), kLowMarks, std::size_t{1} << 30);
    EXPECT_EQ(client.peer->send(std::string(2000, 'x')), Sent::queued);

    pair.loop.post([&] { stop = true; });
    test::run_ready(pair.context);

    EXPECT_GE(client.drained, 1);
    EXPECT_LE(client.drained, 3);
}

// ── the end, though the peer is silent ──

// Its peer takes what there is and answers nothing. Then it is drained.
struct Silent {
    explicit Silent(std::function<void(Peer&)> on_drain, OverflowPolicy overflow = {}) {
        auto owned = std::make_unique<test::RoomyStream>();
        stream = owned.get();
        stream->room = 1;  // what has begun stays
        Handlers handlers = log.handlers();
        handlers.on_drain = std::move(on_drain);
        (void)test::start_session(loop, registry, std::move(owned),
                                  {.handlers = std::move(handlers),
                                   .options = {.close_timeout = std::chrono::hours(1),
                                               .high_water_bytes = 100,
                                               .low_water_bytes = 10,
                                               .max_buffered_bytes = 1000,
                                               .overflow = overflow}});
        (void)log.peer->send(std::string(2000, 'x'));
    }
    void drain() {
        stream->room = 1 << 20;
        stream->handler->on_writable();
        test::run_ready(context);
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    Log log;
    test::RoomyStream* stream = nullptr;
};

TEST(DriverTurns, L17_TellTheEndOfADrainHandlerThatThrows) {
    Silent session([](Peer&) { throw 1; });

    session.drain();

    ASSERT_EQ(session.log.closed.size(), 1U);
    EXPECT_EQ(session.log.closed[0].error, UsageError::handler_threw);
}

TEST(DriverTurns, L17_TellTheEndOfAConnectionThatItsDrainHandlerDrops) {
    Registry* registry = nullptr;
    Silent session([&](Peer&) { registry->drop(); });
    registry = &session.registry;

    session.drain();

    ASSERT_EQ(session.log.closed.size(), 1U);
    EXPECT_EQ(session.log.closed[0].error, UsageError::cancelled);
}

TEST(DriverTurns, L11_TellTheEndOfAConnectionWithTooMuchToSend) {
    Silent session(nullptr, OverflowPolicy::close);

    EXPECT_EQ(session.log.peer->send("one too many"), std::unexpected(UsageError::closed));
    EXPECT_TRUE(session.log.closed.empty()) << "told from inside of a command";
    test::run_ready(session.context);

    ASSERT_EQ(session.log.closed.size(), 1U);
    EXPECT_EQ(session.log.closed[0].error, TransportError::slow_consumer);
}

}  // namespace
}  // namespace tautline::session
