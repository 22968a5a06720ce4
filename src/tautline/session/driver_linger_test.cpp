// SPDX-License-Identifier: MIT
// How long a session waits for its peer's end behind the closing handshake.
#include <chrono>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRoom = 1000;

// Its peer never ends the stream.
struct Lingering : test::LoneSession {
    explicit Lingering(const ConnectionOptions& options = {}, Role role = Role::server,
                       std::size_t room = kRoom, MutableBytes already_received = {})
        : LoneSession(options, role, room, already_received), own_role(role), begun(loop.now()) {}
    void receive(unsigned first, std::string_view payload) {
        auto bytes = test::frame(test::peer_of(own_role), first, payload);
        stream->handler->on_bytes(bytes);
        test::run_ready(context);
    }
    void receive_close() { receive(0x88, {"\x03\xe8", 2}); }
    [[nodiscard]] Instant due() const {
        EXPECT_TRUE(driver->scheduled());
        return driver->due();
    }
    [[nodiscard]] bool over() const { return registry.size() == 0; }

    Role own_role;
    Instant begun;
};

// RFC 6455 section 7.1.1: the server has ended its half, and nothing can come any more.
TEST(DriverLinger, AServerWaitsForTheEndOfItsPeerOnlyShortly) {
    Lingering session({.close_timeout = 1h});
    session.receive_close();
    ASSERT_TRUE(session.log.closed.at(0).clean);

    EXPECT_LE(session.due(), session.loop.now() + 2s);
    EXPECT_FALSE(session.over());
}

TEST(DriverLinger, WaitsOnlyOnceWhereTheCloseCameWithTheRequest) {
    auto close = test::frame(Role::client, 0x88, {"\x03\xe8", 2});
    Lingering session({}, Role::server, kRoom, close);
    const Instant due = session.due();

    const auto over_or_put_off = [&] { return session.over() || session.due() > due; };
    ASSERT_TRUE(test::run_until(session.context, over_or_put_off));

    EXPECT_TRUE(session.over());
}

TEST(DriverLinger, AServerThatGoesAwayWaitsNoLonger) {
    Lingering session;
    session.registry.go_away();
    EXPECT_GE(session.due(), session.begun + 10s) << "the peer has not answered yet";

    session.receive_close();

    EXPECT_LE(session.due(), session.loop.now() + 2s);
}

TEST(DriverLinger, WhatThePeerStillSendsWinsNoTime) {
    Lingering session;
    session.receive_close();
    const Instant due = session.due();
    const Instant before = session.loop.now();
    while (session.loop.now() <= before) continue;

    session.loop.timers().cancel(*session.driver);  // to see what it is set for
    session.receive(0x82, "too late");

    EXPECT_EQ(session.due(), due);
}

TEST(DriverLinger, AnAnswerThatWaitsForRoomHasTheCloseTimeout) {
    Lingering session({}, Role::server, 0);
    session.receive_close();
    EXPECT_GE(session.due(), session.begun + 10s);

    session.make_room(kRoom);

    EXPECT_LE(session.due(), session.loop.now() + 2s);
}

TEST(DriverLinger, AShorterCloseTimeoutHolds) {
    Lingering session({.close_timeout = 1s});
    session.receive_close();

    EXPECT_LE(session.due(), session.loop.now() + 1s);
}

// Its Close may be on its way behind much that the peer has sent.
TEST(DriverLinger, AServerThatFailsThePeerWaitsAsLongAsItMay) {
    Lingering session;
    session.receive(0x83, "unknown");

    ASSERT_FALSE(session.log.closed.at(0).clean);
    EXPECT_GE(session.due(), session.begun + 10s);
}

TEST(DriverLinger, AClientLeavesTheFirstStepToTheServerAsLongAsItMay) {
    Lingering session({}, Role::client);
    session.receive_close();

    ASSERT_TRUE(session.log.closed.at(0).clean);
    EXPECT_GE(session.due(), session.begun + 10s);
}

}  // namespace
}  // namespace tautline::session
