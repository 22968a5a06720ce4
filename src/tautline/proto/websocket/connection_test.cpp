// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/connection.hpp>

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::frame;
using test::Pair;
using test::Trace;
using test::wire;

TEST(Connection, ExchangesMessages) {
    Pair pair;
    ASSERT_TRUE(pair.client.send("hello"));
    ASSERT_TRUE(pair.server->send_message(MessageType::binary, wire("00ff"), {}));

    pair.drive();

    EXPECT_EQ(pair.server.trace, (Trace{"text \"hello\""}));
    EXPECT_EQ(pair.client.trace, (Trace{"binary 00ff"}));
}

// RFC 6455 section 5.7.
TEST(Connection, DeliversTheMessageOfTheStandardWhereItLies) {
    Endpoint server({.role = Role::server});
    auto bytes = wire("81 85 | 37fa213d | 7f9f4d5158");

    server->receive(bytes, server.now);
    const auto event = server->poll_event();

    const auto& message = std::get<MessageReceived>(*event);
    EXPECT_EQ(as_text(message.payload), "Hello");
    EXPECT_EQ(message.payload.data(), bytes.data() + 6);
    EXPECT_EQ(server->poll_event(), std::nullopt);
}

TEST(Connection, DeliversEveryMessageOfABatchInOrder) {
    Endpoint server({.role = Role::server});

    server.receive(test::joined({frame(Role::client, 0x81, "a"), frame(Role::client, 0x81, "b"),
                                 frame(Role::client, 0x82, "")}));

    EXPECT_EQ(server.trace, (Trace{"text \"a\"", "text \"b\"", "binary "}));
}

// Short messages, long ones and control frames come in different ways.
TEST(Connection, GivesBackWhatItHasNotReadWhenReadingStops) {
    const std::string text(200, 'x');
    for (const auto& next :
         {frame(Role::client, 0x81, "b"), frame(Role::client, 0x81, text),
          frame(Role::client, 0x89, "ping"), frame(Role::client, 0x88, "\x03\xe8")}) {
        Endpoint server({.role = Role::server, .options = {.deliver_control_frames = true}});
        auto bytes = test::joined({frame(Role::client, 0x81, "a"), next});
        server->receive(bytes, server.now);
        ASSERT_TRUE(server->poll_message());
        server->set_reading(false, server.now);

        EXPECT_FALSE(server->poll_message());
        EXPECT_FALSE(server->poll_event());
        const Bytes rest = server->take_unread();
        EXPECT_EQ(rest.size(), next.size());
        server->set_reading(true, server.now);
        EXPECT_FALSE(server->poll_event());

        server.receive(rest);
        EXPECT_FALSE(server.trace.empty());
        EXPECT_TRUE(server->take_unread().empty());
    }
}

TEST(Connection, TellsItsEndWhileReadingIsStopped) {
    Endpoint server({.role = Role::server});
    auto bytes = test::joined({frame(Role::client, 0x81, "a"), frame(Role::client, 0x81, "b")});
    server->receive(bytes, server.now);
    ASSERT_TRUE(server->poll_message());
    server->set_reading(false, server.now);

    server->fail(CloseCode::internal_error, UsageError::handler_threw, server.now);
    server.poll();

    EXPECT_EQ(server.closes.size(), 1U);
    EXPECT_TRUE(server->take_unread().empty());
}

TEST(Connection, AnswersAMessageFromInsideItsEvent) {
    Pair pair;
    pair.server.on_event = [&](const Event& event) {
        const auto* message = std::get_if<MessageReceived>(&event);
        if (message) {
            EXPECT_TRUE(pair.server->send_message(message->type, message->payload, {}));
        }
    };
    ASSERT_TRUE(pair.client.send("echo"));

    pair.drive();

    EXPECT_EQ(pair.client.trace, (Trace{"text \"echo\""}));
}

TEST(Connection, StopsDeliveringWhenItFailsInsideAnEvent) {
    Endpoint server({.role = Role::server});
    server.on_event = [&](const Event&) {
        server->fail(CloseCode::internal_error, UsageError::handler_threw, server.now);
    };

    server.receive(test::joined({frame(Role::client, 0x81, "a"), frame(Role::client, 0x81, "b")}));

    EXPECT_EQ(server.trace, (Trace{"text \"a\"", "closed 1011 \"\" handler_threw"}));
}

TEST(Connection, TellsItsOwnCloseBeforeMessagesThatFollow) {
    Endpoint server({.role = Role::server});
    bool closed = false;
    server.on_event = [&](const Event&) {
        if (!std::exchange(closed, true)) {
            EXPECT_TRUE(server->close(CloseCode::normal, {}, server.now));
        }
    };

    server.receive(test::joined({frame(Role::client, 0x81, "a"), frame(Role::client, 0x81, "b")}));

    EXPECT_EQ(server.trace, (Trace{"text \"a\"", "closing 1000", "text \"b\""}));
}

TEST(Connection, HidesControlFramesAndAnswersThem) {
    Pair pair;
    ASSERT_TRUE(pair.client->send_ping(as_bytes("p"), pair.client.now));

    pair.drive();

    EXPECT_EQ(pair.server.trace, Trace{});
    EXPECT_EQ(pair.client.trace, (Trace{"pong \"p\" +0ms"}));
}

TEST(Connection, ShowsControlFramesWhenAskedTo) {
    Pair pair({.server = {.deliver_control_frames = true}});
    ASSERT_TRUE(pair.client->send_ping(as_bytes("p"), pair.client.now));
    ASSERT_TRUE(pair.client->send_pong(as_bytes("q")));

    pair.drive();

    EXPECT_EQ(pair.server.trace, (Trace{"ping \"p\"", "pong \"q\""}));
}

TEST(Connection, StreamsParts) {
    Pair pair({.server = {.delivery = Delivery::streamed}});
    ASSERT_TRUE(pair.client->send_part(MessageType::text, as_bytes("ab"), false, {}));
    ASSERT_TRUE(pair.client->send_part(MessageType::text, as_bytes("cd"), true, {}));
    ASSERT_TRUE(pair.client.send("whole"));

    pair.drive();

    EXPECT_EQ(pair.server.trace,
              (Trace{"part+ text \"ab\"", "part$ text \"cd\"", "part+$ text \"whole\""}));
}

TEST(Connection, IgnoresAnEmptyRead) {
    Endpoint server({.role = Role::server});

    server->receive({}, server.now);

    EXPECT_EQ(server->poll_event(), std::nullopt);
}

// Between messages a connection is all there is: a million of them have to fit.
TEST(Connection, IsSmall) { EXPECT_LE(sizeof(Connection), 256U); }

TEST(ConnectionDeath, StopsTheProgramWhenABatchWasNotPolledToItsEnd) {
    Endpoint server({.role = Role::server});
    auto first = frame(Role::client, 0x81, "a");
    auto second = frame(Role::client, 0x81, "b");
    server->receive(first, server.now);

    EXPECT_DEATH(server->receive(second, server.now), "contract broken");
}

}  // namespace
}  // namespace tautline::websocket
