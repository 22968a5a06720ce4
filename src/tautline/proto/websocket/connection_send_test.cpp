// SPDX-License-Identifier: MIT
// What the application may send, and what becomes of it.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/pair.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/websocket/connection.hpp>

namespace tautline::websocket {
namespace {

using namespace std::chrono_literals;
using test::Endpoint;
using test::frame;
using test::Pair;
using test::Trace;
using test::wire;

// A server sends most binary messages in a way of their own.
std::expected<std::size_t, UsageError> send_binary(Endpoint& from, std::string_view bytes) {
    return from->send_message(MessageType::binary, as_bytes(bytes), {});
}

TEST(ConnectionSend, WritesAServersFrameUnmasked) {
    Endpoint server({.role = Role::server});

    ASSERT_TRUE(server.send("Hello"));

    EXPECT_EQ(server.take_output(), wire("81 05 | 48656c6c6f"));
}

// RFC 6455 section 5.3.
TEST(ConnectionSend, F15_AsksForAFreshKeyForEveryFrameOfAClient) {
    Endpoint client({.role = Role::client, .options = {.send_fragment_bytes = 2}});

    ASSERT_TRUE(client.send("Hello"));
    ASSERT_TRUE(client->send_ping({}, client.now));
    ASSERT_TRUE(client->send_pong({}));
    ASSERT_TRUE(client.close());

    EXPECT_EQ(client.random().fills, 6U);
}

TEST(ConnectionSend, AsksForNoKeyAsAServer) {
    Endpoint server({.role = Role::server});

    ASSERT_TRUE(server.send("Hello"));

    EXPECT_EQ(server.random().fills, 0U);
}

TEST(ConnectionSend, FragmentsAboveTheConfiguredSize) {
    Endpoint server({.role = Role::server, .options = {.send_fragment_bytes = 3}});

    ASSERT_TRUE(server.send("Hello"));
    ASSERT_TRUE(server.send("abc"));

    EXPECT_EQ(server.take_output(), wire("01 03 | 48656c | 80 02 | 6c6f | 81 03 | 616263"));
}

TEST(ConnectionSend, LeavesAPayloadInItsPlace) {
    Endpoint server({.role = Role::server});
    const std::string text = "Hello";

    EXPECT_EQ(server->send_in_place(MessageType::text, as_bytes(text), {}), 7U);

    EXPECT_EQ(server->poll_transmit()[1].data(), as_bytes(text).data());
    EXPECT_EQ(server.take_output(), wire("81 05 | 48656c6c6f"));
}

TEST(ConnectionSend, HoldsAPayloadInItsPlaceAgainstTheSameRules) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 1}});
    const auto send = [&](std::string_view text) {
        return server->send_in_place(MessageType::text, as_bytes(text), {});
    };

    EXPECT_EQ(send("\xff"), std::unexpected(UsageError::text_not_utf8));
    EXPECT_TRUE(server.send("waits"));
    EXPECT_EQ(send("fine"), std::unexpected(UsageError::queue_full));
    EXPECT_TRUE(server.close());
    EXPECT_EQ(send("fine"), std::unexpected(UsageError::closed));
}

TEST(ConnectionSend, RefusesTextThatIsNotUtf8) {
    Endpoint server({.role = Role::server});

    EXPECT_EQ(server.send("\xff").error(), UsageError::text_not_utf8);
    EXPECT_EQ(server->buffered_bytes(), 0U);
}

TEST(ConnectionSend, RefusesControlFramesAbove125Bytes) {
    Endpoint server({.role = Role::server});
    const std::string fits(125, 'p');
    const std::string large(126, 'p');

    EXPECT_TRUE(server->send_ping(as_bytes(fits), server.now));
    EXPECT_TRUE(server->send_pong(as_bytes(fits)));
    EXPECT_EQ(server->send_ping(as_bytes(large), server.now).error(), UsageError::control_too_long);
    EXPECT_EQ(server->send_pong(as_bytes(large)).error(), UsageError::control_too_long);
}

TEST(ConnectionSend, LetsControlFramesBetweenTheParts) {
    Pair pair({.client = {.deliver_control_frames = true}});
    ASSERT_TRUE(pair.server->send_part(MessageType::text, as_bytes("a"), false, {}));
    ASSERT_TRUE(pair.server->send_ping(as_bytes("p"), pair.server.now));
    EXPECT_EQ(pair.server.send("whole").error(), UsageError::message_open);
    ASSERT_TRUE(pair.server->send_part(MessageType::text, as_bytes("b"), true, {}));

    pair.drive();

    EXPECT_EQ(pair.client.trace, (Trace{"ping \"p\"", "text \"ab\""}));
}

TEST(ConnectionSend, L11_RefusesAMessageWhenTooMuchWaits) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});
    const std::string message(100, 'm');

    EXPECT_TRUE(server.send("12345678"));
    EXPECT_EQ(server->buffered_bytes(), 10U);
    EXPECT_EQ(server.send(message).error(), UsageError::queue_full);
    EXPECT_EQ(server->send_part(MessageType::text, {}, true, {}).error(), UsageError::queue_full);
    EXPECT_EQ(server->send_ping({}, server.now).error(), UsageError::queue_full);

    EXPECT_EQ(server->buffered_bytes(), 10U);
}

TEST(ConnectionSend, L11_HoldsTheCapAndOneMessageAtMost) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});

    EXPECT_TRUE(server.send("1234567"));
    EXPECT_TRUE(server.send(std::string(100, 'm')));

    EXPECT_EQ(server->buffered_bytes(), 9U + 102U);
    EXPECT_EQ(server.send("").error(), UsageError::queue_full);
}

TEST(ConnectionSend, L11_TakesMessagesAgainWhenThePeerReads) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});
    EXPECT_TRUE(server.send("12345678"));
    EXPECT_FALSE(server.send("9").has_value());

    std::ignore = server.take_output(1);

    EXPECT_TRUE(server.send("9"));
}

TEST(ConnectionSend, L11_LeavesDroppingAndClosingToTheCaller) {
    for (const auto policy : {OverflowPolicy::drop, OverflowPolicy::close}) {
        Endpoint server(
            {.role = Role::server, .options = {.max_buffered_bytes = 10, .overflow = policy}});
        EXPECT_TRUE(server.send("12345678"));

        EXPECT_EQ(server.send("9").error(), UsageError::queue_full);
        EXPECT_TRUE(server->open());
    }
}

TEST(ConnectionSend, L11_ClosesOnAPeerThatDoesNotReadBehindTheFrameThatIsHalfOut) {
    Endpoint server(
        {.role = Role::server, .options = {.close_timeout = 5s, .max_buffered_bytes = 10}});
    EXPECT_TRUE(server.send("12345678"));
    std::ignore = server.take_output(3);
    EXPECT_TRUE(server.send("dropped"));

    const Instant silent_since = server.now;
    server.now += 1h;
    server->fail(CloseCode::policy_violation, TransportError::slow_consumer, server.now);
    server.poll();

    EXPECT_EQ(server.trace, (Trace{"closed 1008 \"\" slow_consumer"}));
    EXPECT_EQ(server->close_deadline(), silent_since + 1h + 5s);
    EXPECT_EQ(server->buffered_bytes(), 7U + 4U);
}

TEST(ConnectionSend, L11_StillClosesInTimeWhenTheQueueIsFull) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});
    EXPECT_TRUE(server.send("12345678"));
    std::ignore = server.take_output(0);
    ASSERT_TRUE(server.close());

    server.advance(std::chrono::seconds(10));

    EXPECT_EQ(server.closes.at(0).error, TransportError::close_timeout);
}

TEST(ConnectionSend, LetsAPongOvertakeWhatThePeerDidNotRead) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server.send("started"));
    ASSERT_TRUE(server.send("waits"));
    auto output = server.take_output(3);

    server.receive(frame(Role::client, 0x89, "p"));
    const auto rest = server.take_output();
    output.insert(output.end(), rest.begin(), rest.end());

    Endpoint client({.role = Role::client, .options = {.deliver_control_frames = true}});
    client.receive(output);
    EXPECT_EQ(client.trace, (Trace{"text \"started\"", "pong \"p\"", "text \"waits\""}));
}

TEST(ConnectionSend, WritesIntoLentMemoryAndGivesItBack) {
    Endpoint server({.role = Role::server});
    Buffer memory;
    const std::byte* const address = memory.prepare(1000).data();
    server->lend_output_memory(std::move(memory));

    ASSERT_TRUE(server.send("a"));
    EXPECT_EQ(server->poll_transmit()[0].data(), address);
    std::ignore = server.take_output();

    EXPECT_EQ(server->take_output_memory().capacity(), 1000U);
}

// ── short binary messages of a server ──

TEST(ConnectionSendShort, WritesUpTo125BytesBehindAHeaderOfTwo) {
    Endpoint server({.role = Role::server});
    const std::string longest(125, 'b');

    EXPECT_EQ(send_binary(server, ""), 2U);
    EXPECT_EQ(server.take_output(), wire("82 00"));
    EXPECT_EQ(send_binary(server, longest), 127U);
    EXPECT_EQ(server.take_output(), frame(Role::server, 0x82, longest));
}

TEST(ConnectionSendShort, Writes126BytesBehindAHeaderOfFour) {
    Endpoint server({.role = Role::server});
    const std::string longer(126, 'b');

    EXPECT_EQ(send_binary(server, longer), 130U);
    EXPECT_EQ(server.take_output(), frame(Role::server, 0x82, longer));
}

TEST(ConnectionSendShort, WritesAtEverySizeWhatAMessageInOnePartWrites) {
    for (std::size_t size = 0; size <= 127; ++size) {
        Endpoint whole({.role = Role::server});
        Endpoint part({.role = Role::server});
        const std::string payload(size, 'b');

        ASSERT_TRUE(send_binary(whole, payload));
        ASSERT_TRUE(part->send_part(MessageType::binary, as_bytes(payload), true, {}));

        EXPECT_EQ(whole.take_output(), part.take_output()) << size;
    }
}

TEST(ConnectionSendShort, FollowsWhatWaitsAlready) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server.send("Hello"));

    EXPECT_EQ(send_binary(server, "b"), 10U);
    EXPECT_EQ(server.take_output(), wire("81 05 | 48656c6c6f | 82 01 | 62"));
}

TEST(ConnectionSendShort, MasksAsAClient) {
    Endpoint client({.role = Role::client});

    ASSERT_TRUE(send_binary(client, "Hello"));

    const auto output = client.take_output();
    EXPECT_EQ(output.size(), 2U + 4U + 5U);
    EXPECT_EQ(output[1], std::byte{0x85});
    EXPECT_EQ(client.random().fills, 1U);
}

TEST(ConnectionSendShort, L11_IsRefusedOnceTheMostWaits) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});

    EXPECT_EQ(send_binary(server, "1234567"), 9U);
    EXPECT_EQ(send_binary(server, ""), 11U);
    EXPECT_EQ(send_binary(server, "").error(), UsageError::queue_full);

    EXPECT_EQ(server->buffered_bytes(), 11U);
}

TEST(ConnectionSendShort, L11_IsRefusedWhenExactlyTheMostWaits) {
    Endpoint server({.role = Role::server, .options = {.max_buffered_bytes = 10}});

    EXPECT_EQ(send_binary(server, "12345678"), 10U);
    EXPECT_EQ(send_binary(server, "").error(), UsageError::queue_full);
}

TEST(ConnectionSendShort, IsFragmentedAboveTheConfiguredSize) {
    Endpoint server({.role = Role::server, .options = {.send_fragment_bytes = 3}});

    ASSERT_TRUE(send_binary(server, "abc"));
    ASSERT_TRUE(send_binary(server, "abcd"));

    EXPECT_EQ(server.take_output(), wire("82 03 | 616263 | 02 03 | 616263 | 80 01 | 64"));
}

TEST(ConnectionSendShort, IsRefusedAfterTheClose) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server.close());
    std::ignore = server.take_output();

    EXPECT_EQ(send_binary(server, "late").error(), UsageError::closed);
    EXPECT_EQ(server->buffered_bytes(), 0U);
}

TEST(ConnectionSendShort, IsRefusedBetweenThePartsOfAMessage) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server->send_part(MessageType::binary, as_bytes("a"), false, {}));
    std::ignore = server.take_output();

    EXPECT_EQ(send_binary(server, "whole").error(), UsageError::message_open);
    EXPECT_EQ(server->buffered_bytes(), 0U);
}

TEST(ConnectionSendShort, IsTakenAgainBehindTheLastPart) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(server->send_part(MessageType::binary, as_bytes("a"), false, {}));
    ASSERT_TRUE(server->send_part(MessageType::binary, as_bytes("b"), true, {}));

    ASSERT_TRUE(send_binary(server, "c"));

    EXPECT_EQ(server.take_output(), wire("02 01 | 61 | 80 01 | 62 | 82 01 | 63"));
}

// RFC 7692 section 6.1: a compressed message has RSV1 set.
TEST(ConnectionSendShort, IsCompressedWhereThatWasAgreed) {
    Endpoint server({.role = Role::server,
                     .options = {.compression = deflate::Options{.threshold_bytes = 0}},
                     .compression = deflate::Parameters{}});

    ASSERT_TRUE(send_binary(server, "Hello"));

    EXPECT_EQ(server.take_output().at(0), std::byte{0xc2});
}

TEST(ConnectionSendShort, LeavesAPongItsPlaceInFrontOfWhatThePeerDidNotRead) {
    Endpoint server({.role = Role::server});
    ASSERT_TRUE(send_binary(server, "ab"));
    auto output = server.take_output(3);
    ASSERT_TRUE(send_binary(server, "c"));

    server.receive(frame(Role::client, 0x89, "p"));
    const auto rest = server.take_output();
    output.insert(output.end(), rest.begin(), rest.end());

    EXPECT_EQ(output, wire("82 02 | 6162 | 8a 01 | 70 | 82 01 | 63"));
}

// ── frames ──

// Whatever the stream takes at a time, the peer reads whole frames in the right order.
TEST(ConnectionSend, KeepsFramesWholeForWritesOfEverySize) {
    for (std::size_t write_bytes = 1; write_bytes < 40; ++write_bytes) {
        Pair pair({.client = {.send_fragment_bytes = 5, .deliver_control_frames = true},
                   .server = {.send_fragment_bytes = 3, .deliver_control_frames = true},
                   .write_bytes = write_bytes});
        for (const auto* text : {"one", "two two", "three three three"}) {
            ASSERT_TRUE(pair.client.send(text));
            ASSERT_TRUE(pair.server.send(text));
        }
        ASSERT_TRUE(pair.client->send_ping(as_bytes("c"), pair.client.now));
        pair.drive();
        ASSERT_TRUE(pair.client.close());
        pair.drive();

        Trace messages;
        for (const auto& line : pair.server.trace) {
            if (line.starts_with("text") || line.starts_with("cl")) messages.push_back(line);
        }
        EXPECT_EQ(messages, (Trace{"text \"one\"", "text \"two two\"", "text \"three three three\"",
                                   "closing 1000 peer", "closed 1000 \"\" clean peer"}));
        EXPECT_TRUE(pair.client.closes.at(0).clean);
    }
}

}  // namespace
}  // namespace tautline::websocket
