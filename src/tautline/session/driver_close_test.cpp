// SPDX-License-Identifier: MIT
// How the application closes a session: behind what other threads have sent, and in time.
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/stuck_session.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;
using test::StuckSession;

const std::string kLetter = "\x81\x06letter";

// More waits than may, and behind it a letter of another thread. Nothing else is due for an hour.
struct FullSession : test::LoneSession {
    FullSession()
        : LoneSession({.ping_interval = std::nullopt,
                       .close_timeout = 1h,
                       .stall_timeout = 0s,
                       .low_water_bytes = 100,
                       .max_buffered_bytes = 1000}) {
        std::thread([sender = log.peer->sender()] { EXPECT_TRUE(sender.send("letter")); }).join();
        EXPECT_TRUE(send(2000));
    }
};

TEST(DriverClose, ComesBehindMessagesOfOtherThreadsForWhichThereIsNoRoom) {
    StuckSession stuck;

    EXPECT_TRUE(stuck.client.peer->close(CloseCode{4001}, "enough"));

    EXPECT_TRUE(stuck.ends_behind_all_messages());
    EXPECT_EQ(stuck.server.closed.at(0).code, CloseCode{4001});
    EXPECT_EQ(stuck.server.closed.at(0).reason, "enough");
}

TEST(DriverClose, GoingAwayComesBehindThemToo) {
    FullSession session;

    session.registry.go_away();
    session.make_room(1 << 20);

    EXPECT_TRUE(session.stream->taken.ends_with(kLetter + "\x88\x02\x03\xe9"));
}

TEST(DriverClose, NothingIsSentWhileItWaitsForRoom) {
    StuckSession stuck;
    EXPECT_TRUE(stuck.client.peer->close());

    EXPECT_EQ(stuck.client.peer->send("late"), std::unexpected(UsageError::closed));
    EXPECT_EQ(stuck.client.peer->send_part(MessageType::text, as_bytes("late"), true),
              std::unexpected(UsageError::closed));
    EXPECT_EQ(stuck.client.peer->sender().send("late"), std::unexpected(UsageError::closed));
    EXPECT_EQ(stuck.client.peer->close(), std::unexpected(UsageError::closed));

    EXPECT_TRUE(stuck.ends_behind_all_messages());
}

// Room for a short message comes long before the drain that takes the letter.
TEST(DriverClose, NothingIsSentWhileThereIsSomeRoomAgain) {
    FullSession session;
    EXPECT_TRUE(session.log.peer->close());
    session.make_room(1500);
    EXPECT_FALSE(session.stream->taken.ends_with(kLetter));

    EXPECT_EQ(session.log.peer->send("late"), std::unexpected(UsageError::closed));
    {
        const Driver::Batch batch(*session.driver);
        EXPECT_EQ(session.log.peer->send("late"), std::unexpected(UsageError::closed));
    }
    test::run_ready(session.context);
    session.make_room(1 << 20);

    EXPECT_TRUE(session.stream->taken.ends_with(kLetter + "\x88\x02\x03\xe8"));
}

TEST(DriverClose, ABadCodeClosesNothingWhateverWaits) {
    StuckSession stuck;

    EXPECT_EQ(stuck.client.peer->close(CloseCode::abnormal),
              std::unexpected(UsageError::close_code_reserved));

    EXPECT_TRUE(stuck.client.peer->sender().open());
    EXPECT_TRUE(stuck.client.peer->close());
    EXPECT_TRUE(stuck.ends_behind_all_messages());
}

// Nobody knows whether the last part comes, so it is broken off.
TEST(DriverClose, BreaksOffAMessageInParts) {
    test::Log client;
    test::Log server;
    test::SessionPair pair(client.handlers(), server.handlers());
    EXPECT_TRUE(client.peer->send_part(MessageType::text, as_bytes("a"), false));
    std::thread([sender = client.peer->sender()] { EXPECT_TRUE(sender.send("b")); }).join();

    EXPECT_TRUE(client.peer->close(CloseCode{4001}));

    EXPECT_FALSE(client.peer->sender().open());
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_TRUE(server.messages.empty());
    EXPECT_EQ(server.closed.at(0).code, CloseCode{4001});
}

TEST(DriverClose, OfSomebodyElseLetsAMessageInPartsEnd) {
    test::Log client;
    test::Log server;
    test::SessionPair pair(client.handlers(), server.handlers());
    EXPECT_TRUE(client.peer->send_part(MessageType::text, as_bytes("a"), false));
    std::thread([sender = client.peer->sender()] {
        EXPECT_TRUE(sender.send("c"));
        EXPECT_TRUE(sender.close());
    }).join();
    test::run_ready(pair.context);

    EXPECT_TRUE(client.peer->send_part(MessageType::text, as_bytes("b"), true));

    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(server.messages, (std::vector<std::string>{"ab", "c"}));
}

// A peer that waits for us to read would never make room.
TEST(DriverClose, ReadsAgainWhileItWaitsForRoom) {
    StuckSession stuck;
    stuck.client.peer->set_reading(false);
    EXPECT_TRUE(stuck.server.peer->send(std::string(1000, 'y')));
    test::run_ready(stuck.pair.context);
    EXPECT_GT(stuck.server.peer->buffered_amount(), 0U);

    EXPECT_TRUE(stuck.client.peer->close());
    test::run_ready(stuck.pair.context);

    EXPECT_EQ(stuck.server.peer->buffered_amount(), 0U);
    EXPECT_TRUE(stuck.client.messages.empty());
    EXPECT_TRUE(stuck.ends_behind_all_messages());
}

// ── in time ──

TEST(DriverClose, L11_HasADeadlineWhileItWaitsForRoom) {
    StuckSession stuck(1ms);

    EXPECT_TRUE(stuck.client.peer->close());

    ASSERT_TRUE(stuck.pair.run_until([&] { return !stuck.client.closed.empty(); }));
    EXPECT_EQ(stuck.client.closed[0].error, TransportError::close_timeout);
}

// Room for one of two letters begins no time anew.
TEST(DriverClose, L11_HasOneDeadlineHoweverOftenThereIsSomeRoom) {
    test::LoneSession session({.ping_interval = std::nullopt,
                               .close_timeout = 1h,
                               .stall_timeout = 0s,
                               .low_water_bytes = 100,
                               .max_buffered_bytes = 1000});
    std::thread([sender = session.log.peer->sender()] {
        EXPECT_TRUE(sender.send(std::string(900, 'y')));
        EXPECT_TRUE(sender.send("letter"));
    }).join();
    EXPECT_TRUE(session.send(2000));
    EXPECT_TRUE(session.log.peer->close());
    const Instant due = session.driver->due();
    while (session.loop.now() + 1h <= due) std::this_thread::yield();

    session.loop.timers().cancel(*session.driver);  // to see what it is set for
    session.make_room(4 + 2000 - 99);

    EXPECT_GT(session.log.peer->buffered_amount(), 900U);
    EXPECT_EQ(session.driver->due(), due);
    session.make_room(1 << 20);
    EXPECT_TRUE(session.stream->taken.ends_with(kLetter + "\x88\x02\x03\xe8"));
}

// The time for the peer's answer began with the call, not when there was room.
TEST(DriverClose, L11_HasOneDeadlineForAll) {
    FullSession session;
    EXPECT_TRUE(session.log.peer->close());
    const Instant due = session.driver->due();
    while (session.loop.now() + 1h <= due) std::this_thread::yield();

    session.loop.timers().cancel(*session.driver);  // to see what it is set for
    session.make_room(1 << 20);

    EXPECT_TRUE(session.stream->taken.ends_with("\x88\x02\x03\xe8"));
    ASSERT_EQ(session.driver->due(), due);
    static_cast<io::TimerNode&>(*session.driver).on_timer(due);
    EXPECT_EQ(session.log.closed.at(0).error, TransportError::close_timeout);
}

}  // namespace
}  // namespace tautline::session
