// SPDX-License-Identifier: MIT
#include <tautline/session/driver.hpp>

#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/seat.hpp>
#include <tests/support/session_pair.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;
using test::Log;
using test::SessionPair;

Handlers echo(Log& log) {
    Handlers handlers = log.handlers();
    handlers.on_message = [&log](Peer& peer, MessageView message) {
        log.messages.emplace_back(message.text());
        (void)peer.send(message);
    };
    return handlers;
}

TEST(Driver, BringsAMessageThereAndBack) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), echo(server));

    EXPECT_EQ(client.peer->send("hello"), Sent::taken);

    ASSERT_TRUE(pair.run_until([&] { return !client.messages.empty(); }));
    EXPECT_EQ(server.messages, std::vector<std::string>{"hello"});
    EXPECT_EQ(client.messages, std::vector<std::string>{"hello"});
}

TEST(Driver, OpensBeforeAnythingElse) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    EXPECT_EQ(client.opened, 1);
    EXPECT_EQ(server.opened, 1);
}

TEST(Driver, F04_TakesMessagesInDeliveriesOfOneByte) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), echo(server));
    pair.server_stream->set_delivery_bytes(1);
    pair.client_stream->set_delivery_bytes(1);
    for (int i = 0; i < 50; ++i)
        (void)client.peer->send(std::string(static_cast<std::size_t>(i * 7), 'x'));
    ASSERT_TRUE(pair.run_until([&] { return client.messages.size() == 50; }));
    EXPECT_EQ(client.messages[49].size(), 343U);
}

TEST(Driver, BothSidesAreToldTheEndExactlyOnce) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());

    EXPECT_TRUE(client.peer->close(CloseCode{4001}, "enough"));

    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    ASSERT_EQ(client.closed.size(), 1U);
    ASSERT_EQ(server.closed.size(), 1U);
    EXPECT_TRUE(client.closed[0].clean && server.closed[0].clean);
    EXPECT_FALSE(client.closed[0].by_peer);
    EXPECT_TRUE(server.closed[0].by_peer);
    EXPECT_EQ(server.closed[0].code, CloseCode{4001});
    EXPECT_EQ(server.closed[0].reason, "enough");
}

TEST(Driver, SendingWhileClosingIsAnError) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    (void)client.peer->close();
    EXPECT_EQ(client.peer->send("late"), std::unexpected(UsageError::closed));
    EXPECT_EQ(client.peer->close(), std::unexpected(UsageError::closed));
}

TEST(Driver, RefusesABadCloseAndStaysOpen) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), echo(server));
    EXPECT_EQ(client.peer->close(CloseCode::abnormal),
              std::unexpected(UsageError::close_code_reserved));
    EXPECT_EQ(client.peer->close(CloseCode::normal, std::string(200, 'x') + '\xff'),
              std::unexpected(UsageError::close_reason_invalid));
    (void)client.peer->send("still here");
    ASSERT_TRUE(pair.run_until([&] { return !client.messages.empty(); }));
}

TEST(Driver, ClosesWithAsMuchOfAReasonAsFits) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    EXPECT_TRUE(client.peer->close(CloseCode::normal, std::string(200, 'x')));
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(server.closed.at(0).reason, std::string(123, 'x'));
}

TEST(Driver, TellsABrokenStreamAsAnAbnormalEnd) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    pair.client_stream->fail(std::make_error_code(std::errc::connection_reset));
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    ASSERT_EQ(client.closed.size(), 1U);
    EXPECT_EQ(client.closed[0].code, CloseCode::abnormal);
    EXPECT_EQ(client.closed[0].error, std::errc::connection_reset);
    EXPECT_EQ(server.closed.size(), 1U);
}

TEST(Driver, L17_AHandlerMayCloseTheConnectionInEveryCallback) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_message = [&](Peer& peer, MessageView) {
        (void)peer.close(CloseCode{4000});
        (void)peer.send("after the close");
    };
    handlers.on_closed = [&](Peer& peer, const Closed& how) {
        (void)peer.close();
        (void)peer.send("after the end");
        server.closed.push_back(how);
    };
    SessionPair pair(client.handlers(), handlers);
    (void)client.peer->send("1");
    (void)client.peer->send("2");
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(client.closed.at(0).code, CloseCode{4000});
    EXPECT_TRUE(client.messages.empty());
    EXPECT_EQ(server.closed.size(), 1U);
}

TEST(Driver, L17_AHandlerThatThrowsClosesItsOwnConnectionWith1011) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_message = [](Peer&, MessageView) { throw std::runtime_error("secret detail"); };
    SessionPair pair(client.handlers(), handlers);
    (void)client.peer->send("x");
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(client.closed.at(0).code, CloseCode::internal_error);
    EXPECT_EQ(client.closed.at(0).reason.find("secret"), std::string::npos);
    EXPECT_EQ(server.closed.at(0).error, UsageError::handler_threw);
}

TEST(Driver, L17_AnOpenHandlerThatThrowsIsToldTheEnd) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_open = [](Peer&) { throw 1; };
    SessionPair pair(client.handlers(), handlers);
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(server.closed.size(), 1U);
    EXPECT_EQ(client.closed.at(0).code, CloseCode::internal_error);
}

TEST(Driver, L17_AnEndHandlerThatThrowsDoesNoHarm) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_closed = [](Peer&, const Closed&) { throw 1; };
    SessionPair pair(client.handlers(), handlers);
    (void)client.peer->close();
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_TRUE(client.closed.at(0).clean);
}

TEST(Driver, L11_SaysQueuedAboveHighWaterAndTellsTheDrain) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(),
                     {.high_water_bytes = 1000, .low_water_bytes = 100}, 500);
    pair.server_stream->set_reading(false);

    EXPECT_EQ(client.peer->send(std::string(400, 'x')), Sent::taken);
    EXPECT_EQ(client.peer->send(std::string(2000, 'x')), Sent::queued);
    EXPECT_GT(client.peer->buffered_amount(), 1000U);
    EXPECT_EQ(client.drained, 0);
    pair.server_stream->set_reading(true);

    ASSERT_TRUE(pair.run_until([&] { return client.drained == 1; }));
    EXPECT_LE(client.peer->buffered_amount(), 100U);
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == 2; }));
}

TEST(Driver, L11_RefusesMessagesOverTheCapWhenToldTo) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(),
                     {.max_buffered_bytes = 1000, .overflow = OverflowPolicy::refuse}, 100);
    pair.server_stream->set_reading(false);
    (void)client.peer->send(std::string(1200, 'x'));
    EXPECT_EQ(client.peer->send("one too many"), std::unexpected(UsageError::queue_full));
}

TEST(Driver, L11_DropsMessagesOverTheCapWhenToldTo) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(),
                     {.max_buffered_bytes = 1000, .overflow = OverflowPolicy::drop}, 100);
    pair.server_stream->set_reading(false);
    (void)client.peer->send(std::string(1200, 'x'));
    EXPECT_EQ(client.peer->send("one too many"), Sent::dropped);
    pair.server_stream->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == 1; }));
}

// A callback that does not look at the result would lose messages unnoticed.
TEST(Driver, L11_ClosesTheConnectionOfAPeerThatDoesNotRead) {
    for (const auto overflow : {OverflowPolicy::close, ConnectionOptions().overflow}) {
        Log client;
        Log server;
        SessionPair pair(client.handlers(), server.handlers(),
                         {.close_timeout = 1h, .max_buffered_bytes = 1000, .overflow = overflow},
                         100);
        pair.server_stream->set_reading(false);
        (void)client.peer->send(std::string(1200, 'x'));
        EXPECT_FALSE(client.peer->send("one too many"));
        ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
        EXPECT_EQ(client.closed[0].error, TransportError::slow_consumer);
    }
}

// The peer reads nothing, so our Close never gets out: the socket is released all the same.
TEST(Driver, L11_GivesUpAfterTheCloseTimeoutWhenTheQueueIsFull) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), {.close_timeout = 50ms}, 100);
    pair.server_stream->set_reading(false);
    (void)client.peer->send(std::string(5000, 'x'));
    (void)client.peer->close();
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 1; }));
    EXPECT_EQ(client.closed.size(), 1U);
    EXPECT_FALSE(client.closed[0].clean);
}

TEST(Driver, PingsASilentPeerAndReportsADeadOne) {
    test::LoneSession session({.ping_interval = 30ms, .pong_timeout = 30ms, .close_timeout = 30ms},
                              Role::server, 1000);
    ASSERT_TRUE(test::run_until(session.context, [&] { return !session.log.closed.empty(); }));
    EXPECT_EQ(session.log.closed[0].error, TransportError::ping_timeout);
}

TEST(Driver, TellsTheRoundTripOfAPing) {
    Log client;
    Log server;
    std::optional<Duration> round_trip;
    Handlers handlers = client.handlers();
    handlers.on_pong = [&](Peer&, Bytes payload, std::optional<Duration> measured) {
        EXPECT_EQ(as_text(payload), "how far?");
        round_trip = measured;
    };
    SessionPair pair(handlers, server.handlers());
    EXPECT_TRUE(client.peer->ping(as_bytes("how far?")));
    ASSERT_TRUE(pair.run_until([&] { return round_trip.has_value(); }));
    EXPECT_GT(*round_trip, Duration::zero());
}

TEST(Driver, StopsReadingWhenTold) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    server.peer->set_reading(false);
    (void)client.peer->send("wait");
    test::run_ready(pair.context);
    EXPECT_TRUE(server.messages.empty());
    server.peer->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == 1; }));
}

TEST(Driver, WhoStoppedReadingStillGetsTheCloseOfThePeer) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), {.close_timeout = 1h});
    client.peer->set_reading(false);
    EXPECT_TRUE(client.peer->close());
    ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
    EXPECT_TRUE(client.closed[0].clean);
}

TEST(Driver, WhoStoppedReadingAndClosesGetsNoMessageAnyMore) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), {.close_timeout = 1h});
    client.peer->set_reading(false);
    (void)server.peer->send("not wanted");
    test::run_ready(pair.context);
    (void)client.peer->close();
    client.peer->set_reading(true);  // too late: it could only be told a part
    ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
    EXPECT_TRUE(client.closed[0].clean);
    EXPECT_TRUE(client.messages.empty());
}

TEST(Driver, WhoStoppedReadingAndClosesGetsNoPartAnyMore) {
    Log client;
    Log server;
    int parts = 0;
    Handlers handlers = client.handlers();
    handlers.on_part = [&](Peer&, PartView) { ++parts; };
    SessionPair pair(handlers, server.handlers(),
                     {.delivery = Delivery::streamed, .close_timeout = 1h});
    client.peer->set_reading(false);
    (void)server.peer->send("not wanted");
    test::run_ready(pair.context);
    (void)client.peer->close();
    ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
    EXPECT_EQ(parts, 0);
}

TEST(Driver, ACloseThatIsRefusedLeavesReadingStopped) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    client.peer->set_reading(false);
    EXPECT_FALSE(client.peer->close(CloseCode::abnormal));
    (void)server.peer->send("later");
    test::run_ready(pair.context);
    EXPECT_TRUE(client.messages.empty());
    client.peer->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return client.messages.size() == 1; }));
}

TEST(Driver, ReadingMayBeStoppedAgainAfterTheClose) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), {.close_timeout = 1h});
    (void)client.peer->close();
    client.peer->set_reading(false);
    (void)server.peer->send("slowly");
    test::run_ready(pair.context);
    EXPECT_TRUE(client.messages.empty());
    client.peer->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return !client.closed.empty(); }));
    EXPECT_EQ(client.messages, std::vector<std::string>{"slowly"});
}

TEST(Driver, GoingAwayClosesWith1001) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    pair.registry.go_away();
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(client.closed.at(0).code, CloseCode::going_away);
}

TEST(Driver, DroppingEndsAtOnceAndTellsSo) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    pair.registry.drop();
    EXPECT_EQ(pair.registry.size(), 0U);
    EXPECT_EQ(client.closed.size(), 1U);
    EXPECT_EQ(server.closed.size(), 1U);
}

// What the handler looks at belongs to the connection that it drops.
TEST(Driver, L17_AHandlerMayDropItsConnectionAndReadOnInItsMessage) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    SessionPair* pair = nullptr;
    handlers.on_message = [&](Peer&, MessageView message) {
        pair->registry.drop();
        EXPECT_TRUE(server.closed.empty()) << "told from inside of another call";
        server.messages.emplace_back(message.text());
    };
    SessionPair both(client.handlers(), handlers);
    pair = &both;
    (void)client.peer->send_part(MessageType::text, as_bytes(std::string(500, 'a')), false);
    (void)client.peer->send_part(MessageType::text, as_bytes(std::string(500, 'b')), true);
    (void)client.peer->send("not any more");
    ASSERT_TRUE(both.run_until([&] { return both.registry.size() == 0; }));

    EXPECT_EQ(server.messages,
              std::vector<std::string>{std::string(500, 'a') + std::string(500, 'b')});
    EXPECT_EQ(server.closed.size(), 1U);
    EXPECT_EQ(server.closed.at(0).error, UsageError::cancelled);
}

TEST(Driver, L17_ADrainHandlerMayDropItsConnection) {
    Log client;
    Log server;
    Handlers handlers = client.handlers();
    SessionPair* pair = nullptr;
    handlers.on_drain = [&](Peer&) {
        pair->registry.drop();
        EXPECT_TRUE(client.closed.empty()) << "told from inside of another call";
    };
    SessionPair both(handlers, server.handlers(), {.high_water_bytes = 10, .low_water_bytes = 1});
    pair = &both;
    (void)client.peer->send(std::string(2000, 'x'));
    ASSERT_TRUE(both.run_until([&] { return both.registry.size() == 0; }));

    EXPECT_EQ(client.closed.size(), 1U);
}

// ── and what other threads want ──

TEST(Driver, ClosesBehindWhatOtherThreadsHaveSent) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::thread([sender = client.peer->sender()] { EXPECT_TRUE(sender.send("first")); }).join();
    EXPECT_TRUE(client.peer->close());
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(server.messages, std::vector<std::string>{"first"});
}

TEST(Driver, GoesAwayBehindWhatOtherThreadsHaveSent) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::thread([sender = client.peer->sender()] { EXPECT_TRUE(sender.send("first")); }).join();
    pair.registry.go_away();
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(server.messages, std::vector<std::string>{"first"});
}

TEST(Driver, TheLoopMayEndWithOpenConnections) {
    Log client;
    Log server;
    auto pair = std::make_unique<SessionPair>(client.handlers(), server.handlers());
    (void)client.peer->send("never read");
    const Sender sender = server.peer->sender();
    pair.reset();
    EXPECT_FALSE(sender.open());
    EXPECT_EQ(sender.send("to nobody"), std::unexpected(UsageError::closed));
}

TEST(Driver, DataOfTheApplicationMayUseWhatOnlyItsHandlersKeep) {
    bool room_was_there = false;
    Handlers handlers;
    handlers.on_open = [&, room = std::make_shared<int>()](Peer& peer) {
        peer.data<test::Seat>().room = room;
        peer.data<test::Seat>().room_was_there = &room_was_there;
    };
    Log server;
    SessionPair pair(std::move(handlers), server.handlers());

    EXPECT_TRUE(server.peer->close());
    ASSERT_TRUE(pair.run_until([&] { return server.closed.size() == 1; }));
    test::run_ready(pair.context);

    EXPECT_TRUE(room_was_there);
}

TEST(Driver, StreamsParts) {
    Log client;
    Log server;
    std::string received;
    int lasts = 0;
    Handlers handlers = server.handlers();
    handlers.on_part = [&](Peer&, PartView part) {
        received += as_text(part.bytes);
        lasts += part.last ? 1 : 0;
    };
    SessionPair pair(client.handlers(), handlers, {.delivery = Delivery::streamed});
    EXPECT_TRUE(client.peer->send_part(MessageType::binary, as_bytes("one "), false));
    EXPECT_EQ(client.peer->send("not now"), std::unexpected(UsageError::message_open));
    EXPECT_TRUE(client.peer->send_part(MessageType::binary, as_bytes("two"), true));
    ASSERT_TRUE(pair.run_until([&] { return lasts == 1; }));
    EXPECT_EQ(received, "one two");
}

}  // namespace
}  // namespace tautline::session
