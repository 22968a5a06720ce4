// SPDX-License-Identifier: MIT
// Peers that take nothing of what waits for them.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/session_pair.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

constexpr ConnectionOptions kNoPings{.ping_interval = std::nullopt, .stall_timeout = 30s};

// Its timer fires when the test says.
struct Stalled : test::LoneSession {
    explicit Stalled(const ConnectionOptions& options = kNoPings) : LoneSession(options) {
        begun = loop.now();
        (void)send(1000);
    }
    void fire(Instant now) {
        io::TimerNode& timer = *driver;
        loop.timers().cancel(timer);
        timer.on_timer(now);
    }
    // Time passes, if only a little.
    void wait() const {
        const Instant before = loop.now();
        while (loop.now() <= before) continue;
    }

    Instant begun{};
};

TEST(DriverStall, L11_FailsAfterTheStallTimeoutOfAPeerThatTakesNothing) {
    Stalled session;
    ASSERT_TRUE(session.driver->scheduled());
    EXPECT_GE(session.driver->due(), session.begun + 30s);

    session.fire(session.driver->due() - 1ns);
    EXPECT_TRUE(session.log.closed.empty());
    session.fire(session.driver->due());

    EXPECT_EQ(session.log.closed.at(0).error, TransportError::slow_consumer);
    EXPECT_EQ(session.log.closed.at(0).own_code, CloseCode::policy_violation);
}

TEST(DriverStall, L11_FailsThoughNobodyReadsEither) {
    Stalled session;
    session.log.peer->set_reading(false);

    session.fire(session.driver->due());

    EXPECT_EQ(session.log.closed.at(0).error, TransportError::slow_consumer);
}

TEST(DriverStall, BeginsAnewWithEachByteThatIsTaken) {
    Stalled session;
    const Instant due = session.driver->due();
    session.wait();
    session.make_room(1);

    session.fire(due);

    EXPECT_TRUE(session.log.closed.empty());
    session.fire(session.driver->due());
    EXPECT_EQ(session.log.closed.size(), 1U);
}

TEST(DriverStall, TriesBeforeThePeerIsBlamed) {
    Stalled session;
    const Instant due = session.driver->due();
    session.wait();
    session.stream->room = 1;  // of which the stream has not told

    session.fire(due);

    EXPECT_TRUE(session.log.closed.empty());
    session.fire(session.driver->due());
    EXPECT_EQ(session.log.closed.size(), 1U);
}

TEST(DriverStall, APeerThatTakesBytesIsNotDead) {
    Stalled session({.ping_interval = 20s, .pong_timeout = 20s, .stall_timeout = 100s});
    session.fire(session.begun + 21s);  // a Ping, behind what waits
    session.make_room(1);

    session.fire(session.begun + 42s);

    EXPECT_TRUE(session.log.closed.empty());
    EXPECT_EQ(session.driver->due(), session.begun + 62s);
    session.fire(session.begun + 62s);
    EXPECT_EQ(session.log.closed.at(0).error, TransportError::ping_timeout);
}

// Its system may be all that takes it.
TEST(DriverStall, APeerThatTakesOnlyWhatCameAfterThePingIsDead) {
    Stalled session({.ping_interval = 20s, .pong_timeout = 20s, .stall_timeout = 100s});
    session.make_room(1 << 20);
    session.fire(session.begun + 21s);
    (void)session.send(1000);

    session.fire(session.begun + 42s);

    EXPECT_EQ(session.log.closed.at(0).error, TransportError::ping_timeout);
}

TEST(DriverStall, DoesNotBeginAnewWhenThereIsRoomForNothing) {
    Stalled session;
    const Instant due = session.driver->due();
    session.wait();
    session.make_room(0);

    session.fire(due);

    EXPECT_EQ(session.log.closed.size(), 1U);
}

TEST(DriverStall, IsOverWhenAllIsWritten) {
    Stalled session;
    const Instant due = session.driver->due();
    session.make_room(1 << 20);

    session.fire(due);
    session.stream->room = 0;
    session.wait();
    (void)session.send(10);
    session.fire(due);

    EXPECT_TRUE(session.log.closed.empty());
}

TEST(DriverStall, BeginsInTheOpenHandlerToo) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    auto handlers = Handlers{.on_open = [](Peer& peer) { (void)peer.send("hello"); }};
    const Driver& driver =
        test::start_session(loop, registry, std::make_unique<test::RoomyStream>(),
                            {.handlers = std::move(handlers), .options = kNoPings});

    EXPECT_TRUE(driver.scheduled());
    EXPECT_LE(driver.due(), loop.now() + 30s);
}

TEST(DriverStall, MayLastForEver) {
    Stalled session({.ping_interval = std::nullopt, .stall_timeout = Duration::zero()});

    EXPECT_FALSE(session.driver->scheduled());
}

// What waits in a batch is written in larger pieces than this queue may hold. The stream was not
// asked yet, and takes it all.
TEST(DriverStall, AFullQueueSaysNothingOfAPeerWhoseStreamHasRoom) {
    constexpr std::size_t kCount = 200;
    const std::string text(1000, 'x');
    using enum OverflowPolicy;
    for (const auto overflow : {wait, refuse, drop, close}) {
        test::LoneSession session({.max_buffered_bytes = 16 * 1024, .overflow = overflow},
                                  Role::server, std::size_t{1} << 20);
        std::move_only_function<void(Peer&)> send = [&](Peer& peer) {
            for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(peer.send(text), Sent::taken);
        };
        std::move_only_function<void(Peer&)> send_parts = [&](Peer& peer) {
            for (std::size_t i = 1; i <= kCount; ++i) {
                const bool last = i == kCount;
                EXPECT_TRUE(peer.send_part(MessageType::text, as_bytes(text), last));
            }
        };

        session.driver->run(send);
        session.driver->run(send_parts);

        EXPECT_TRUE(session.log.closed.empty());
        EXPECT_EQ(session.stream->taken.size(), 2 * kCount * (4 + text.size()));
    }
}

// The queue of one that does not look is bounded, and the peer is told why it ends.
TEST(DriverStall, L11_AHandlerThatSendsUntilItIsRefusedLosesTheConnection) {
    const std::string piece(64'000, 'x');
    std::size_t most = 0;
    test::Log client;
    test::Log server;
    Handlers floods = server.handlers();
    floods.on_message = [&](Peer& peer, MessageView) {
        while (peer.send(piece)) most = std::max(most, peer.buffered_amount());
    };
    test::SessionPair pair(client.handlers(), std::move(floods), {}, 1000);
    pair.client_stream->set_reading(false);

    (void)client.peer->send("go on");

    ASSERT_TRUE(pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.closed[0].error, TransportError::slow_consumer);
    EXPECT_LE(most, ConnectionOptions().max_buffered_bytes + piece.size() + 100);
    pair.client_stream->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
    EXPECT_EQ(client.closed[0].code, CloseCode::policy_violation);
}

}  // namespace
}  // namespace tautline::session
