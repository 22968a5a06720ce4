// SPDX-License-Identifier: MIT
// Heartbeat and round trips.
#include <chrono>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::frame;
using test::Pair;
using test::Trace;

TEST(ConnectionTime, KeepsAQuietPairAlive) {
    Pair pair;

    pair.advance(10min);

    EXPECT_TRUE(pair.client->open());
    EXPECT_TRUE(pair.server->open());
    EXPECT_EQ(pair.client.trace, Trace{});
    EXPECT_EQ(pair.server.trace, Trace{});
}

TEST(ConnectionTime, NoticesOnBothSidesWhenTheWireIsCut) {
    Pair pair;
    pair.cut = true;

    pair.advance(41s);

    EXPECT_EQ(pair.client.trace, (Trace{"closed 1011 \"ping timeout\" ping_timeout"}));
    EXPECT_EQ(pair.server.trace, (Trace{"closed 1011 \"ping timeout\" ping_timeout"}));
}

TEST(ConnectionTime, PingsAfterSilenceOnly) {
    Endpoint server({.role = Role::server});
    server.advance(19s);
    server.receive(frame(Role::client, 0x81, "x"));
    server.advance(19s);
    EXPECT_EQ(server->buffered_bytes(), 0U);

    server.advance(1s);

    EXPECT_EQ(server->buffered_bytes(), 6U);
}

TEST(ConnectionTime, IsContentWithAnyByteAfterAPing) {
    Endpoint server({.role = Role::server});
    server.advance(39s);

    server.receive(test::frame_head(Role::client, 0x82, 10));
    server.advance(10s);

    EXPECT_TRUE(server->open());
}

TEST(ConnectionTime, DoesNothingWhenCalledTooEarly) {
    Endpoint server({.role = Role::server});

    server->handle_timeout(server.now + 1s);

    EXPECT_EQ(server->buffered_bytes(), 0U);
}

TEST(ConnectionTime, DoesNothingWhenCalledAfterTheEnd) {
    Endpoint server({.role = Role::server});
    server->fail(CloseCode::internal_error, {}, server.now);
    server.poll();
    std::ignore = server.take_output();

    server->handle_timeout(server.now + 1h);

    EXPECT_EQ(server->buffered_bytes(), 0U);
    EXPECT_EQ(server->next_timeout(), std::nullopt);
}

TEST(ConnectionTime, NeverPingsWithoutAnInterval) {
    Endpoint server({.role = Role::server, .options = {.ping_interval = std::nullopt}});

    EXPECT_EQ(server->next_timeout(), std::nullopt);
}

TEST(ConnectionTime, ShowsItsOwnRoundTripsOnlyWhenAskedTo) {
    Pair pair({.server = {.ping_interval = 5s, .deliver_control_frames = true}});

    pair.advance(5s);

    EXPECT_EQ(pair.client.trace, Trace{});
    EXPECT_EQ(pair.server.trace.size(), 1U);
    EXPECT_TRUE(pair.server.trace.at(0).ends_with("+0ms"));
}

TEST(ConnectionTime, MeasuresThePingsOfTheApplication) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server->send_ping(as_bytes("p"), server.now));
    server.advance(30ms);

    server.receive(frame(Role::client, 0x8a, "p"));

    EXPECT_EQ(server.trace, (Trace{"pong \"p\" +30ms"}));
}

TEST(ConnectionTime, SettlesEarlierPingsWithALaterPong) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server->send_ping(as_bytes("1"), server.now));
    ASSERT_TRUE(server->send_ping(as_bytes("2"), server.now));

    server.receive(frame(Role::client, 0x8a, "2"));
    server.receive(frame(Role::client, 0x8a, "1"));

    EXPECT_EQ(server.trace, (Trace{"pong \"2\" +0ms"}));
}

TEST(ConnectionTime, SendsPongsOnlyWhileTheApplicationDoesNotRead) {
    Endpoint server({.role = Role::server});
    server->set_reading(false, server.now);
    server.advance(10s);
    EXPECT_EQ(server.take_output(), frame(Role::server, 0x8a, "not reading"));
    server.advance(1h);
    EXPECT_TRUE(server->open());
    EXPECT_EQ(server.take_output().size(), 13U) << "they do not heap up";
    server->set_reading(true, server.now);

    server.advance(10s);

    EXPECT_EQ(server.take_output(), frame(Role::server, 0x89, std::string_view("\0\0\0\1", 4)));
    EXPECT_EQ(server->next_timeout(), server.now + 20s);
}

TEST(ConnectionTime, StopsPingingOnceItCloses) {
    Endpoint server({.role = Role::server, .options = {.ping_interval = 1s}});
    ASSERT_TRUE(server.close());
    std::ignore = server.take_output();

    server.advance(5s);

    EXPECT_EQ(server->buffered_bytes(), 0U);
}

}  // namespace
}  // namespace tautline::websocket
