// SPDX-License-Identifier: MIT
#include <tautline/session/mailbox.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/lone_session.hpp>
#include <tests/support/session_pair.hpp>
#include <tests/support/stuck_session.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline::session {
namespace {

using test::Log;
using test::SessionPair;

TEST(Mailbox, SendsFromOtherThreadsInTheOrderOfEach) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    constexpr int kThreads = 4;
    constexpr int kMessages = 500;

    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([sender = client.peer->sender(), thread] {
            for (int i = 0; i < kMessages; ++i) {
                EXPECT_TRUE(sender.send(std::to_string(thread) + ":" + std::to_string(i)));
            }
        });
    }
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == kThreads * kMessages; }));
    for (auto& thread : threads) thread.join();

    std::vector<int> next(kThreads, 0);
    for (const auto& message : server.messages) {
        const auto colon = message.find(':');
        const auto thread = static_cast<std::size_t>(std::stoi(message.substr(0, colon)));
        EXPECT_EQ(std::stoi(message.substr(colon + 1)), next[thread]++);
    }
}

TEST(Mailbox, ClosesBehindWhatWasSent) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::thread([sender = client.peer->sender()] {
        EXPECT_TRUE(sender.send("last words"));
        EXPECT_TRUE(sender.close(CloseCode{4002}, "done"));
        EXPECT_EQ(sender.send("late"), std::unexpected(UsageError::closed));
    }).join();
    ASSERT_TRUE(pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.messages, std::vector<std::string>{"last words"});
    EXPECT_EQ(server.closed[0].code, CloseCode{4002});
}

TEST(Mailbox, ClosesWithTheFirstOfTwoCodes) {
    Log server;
    std::optional<WebSocket> ws;
    SessionPair pair(coroutine_handlers([&](WebSocket opened) { ws = std::move(opened); }),
                     server.handlers());
    std::thread([&] {
        EXPECT_TRUE(ws->sender().close(CloseCode::normal));
        ws.reset();  // which asks for 1001
    }).join();

    ASSERT_TRUE(pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.closed[0].code, CloseCode::normal);
}

TEST(Mailbox, ClosesWithAsMuchOfAReasonAsFits) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::thread([sender = client.peer->sender()] {
        EXPECT_TRUE(sender.close(CloseCode::normal, std::string(200, 'x')));
    }).join();
    ASSERT_TRUE(pair.run_until([&] { return !server.closed.empty(); }));
    EXPECT_EQ(server.closed[0].reason, std::string(123, 'x'));
}

TEST(Mailbox, ChecksWhatItIsGiven) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::thread([sender = client.peer->sender()] {
        EXPECT_EQ(sender.send("\xff"), std::unexpected(UsageError::text_not_utf8));
        EXPECT_EQ(sender.close(CloseCode::tls_handshake),
                  std::unexpected(UsageError::close_code_reserved));
        EXPECT_EQ(sender.close(CloseCode::abnormal),
                  std::unexpected(UsageError::close_code_reserved));
        EXPECT_EQ(sender.close(CloseCode::normal, "\xff"),
                  std::unexpected(UsageError::close_reason_invalid));
        EXPECT_TRUE(sender.open());
    }).join();
}

TEST(Mailbox, L11_RefusesMessagesOverTheCapAndTellsTheDrain) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(),
                     {.max_buffered_bytes = 1100, .overflow = OverflowPolicy::refuse});
    std::thread([sender = client.peer->sender()] {
        EXPECT_EQ(sender.send(std::string(999, 'x')), Sent::taken);
        EXPECT_EQ(sender.send(std::string(999, 'x')), Sent::taken);
        EXPECT_EQ(sender.send("one too many"), std::unexpected(UsageError::queue_full));
        EXPECT_GE(sender.buffered_amount(), 1998U);
    }).join();
    ASSERT_TRUE(pair.run_until([&] { return client.drained == 1; }));
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == 2; }));
}

TEST(Mailbox, L11_TellsTheDrainOfWhatWasQueuedThoughTheStreamTakesItAtOnce) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    std::size_t sent = 1;
    std::thread([&, sender = client.peer->sender()] {
        while (sender.send(std::string(1000, 'x')) == Sent::taken) ++sent;
    }).join();
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == sent; }));
    test::run_ready(pair.context);

    EXPECT_EQ(client.drained, 1);
}

TEST(Mailbox, L11_KeepsWhatItPromisedWhenTheEngineIsFull) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(), {.max_buffered_bytes = 1000}, 100);
    pair.server_stream->set_reading(false);
    (void)client.peer->send(std::string(900, 'a'));
    std::thread([sender = client.peer->sender()] {
        EXPECT_TRUE(sender.send(std::string(150, 'b')));
    }).join();
    (void)client.peer->send(std::string(400, 'c'));
    test::run_ready(pair.context);
    pair.server_stream->set_reading(true);
    ASSERT_TRUE(pair.run_until([&] { return server.messages.size() == 3; }));
}

TEST(Mailbox, L11_ChargesMessagesThatAreEmpty) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers(),
                     {.max_buffered_bytes = 1000, .overflow = OverflowPolicy::refuse});
    int taken = 0;
    std::thread([&, sender = client.peer->sender()] {
        while (sender.send("")) ++taken;
    }).join();
    EXPECT_LE(taken, 50);
    EXPECT_TRUE(pair.run_until([&] { return client.drained == 1; }));
    EXPECT_EQ(server.messages.size(), static_cast<std::size_t>(taken));
}

TEST(Mailbox, L11_ACloseBehindWhatHasNoRoomHasADeadline) {
    test::StuckSession stuck(std::chrono::milliseconds(1));
    std::thread([sender = stuck.client.peer->sender()] { EXPECT_TRUE(sender.close()); }).join();

    ASSERT_TRUE(stuck.pair.run_until([&] { return !stuck.client.closed.empty(); }));
    EXPECT_EQ(stuck.client.closed[0].error, TransportError::close_timeout);
    EXPECT_FALSE(stuck.client.closed[0].clean);
}

TEST(Mailbox, L11_ACloseOnTheThreadOfTheLoopOvertakesNothing) {
    test::StuckSession stuck;
    stuck.pair.loop.post([sender = stuck.client.peer->sender()] { EXPECT_TRUE(sender.close()); });
    test::run_ready(stuck.pair.context);

    EXPECT_EQ(stuck.client.peer->sender().send("late"), std::unexpected(UsageError::closed));
    EXPECT_TRUE(stuck.ends_behind_all_messages());
}

TEST(Mailbox, WaitsForTheEndOfAMessageInParts) {
    Log client;
    Log server;
    SessionPair pair(client.handlers(), server.handlers());
    (void)client.peer->send_part(MessageType::text, as_bytes("a"), false);
    std::thread([sender = client.peer->sender()] {
        EXPECT_EQ(sender.send("c"), Sent::taken);
    }).join();
    test::run_ready(pair.context);
    EXPECT_EQ(client.drained, 0);
    (void)client.peer->send_part(MessageType::text, as_bytes("b"), true);
    test::run_ready(pair.context);

    EXPECT_EQ(server.messages, (std::vector<std::string>{"ab", "c"}));
}

TEST(Mailbox, L11_DropsOrClosesAsThePolicySays) {
    Log client;
    Log server;
    SessionPair dropping(client.handlers(), server.handlers(),
                         {.max_buffered_bytes = 100, .overflow = OverflowPolicy::drop});
    std::thread([sender = client.peer->sender()] {
        (void)sender.send(std::string(200, 'x'));
        EXPECT_EQ(sender.send("x"), Sent::dropped);
    }).join();

    // Who may not look at the result must not lose messages unnoticed.
    for (const auto overflow : {OverflowPolicy::close, ConnectionOptions().overflow}) {
        Log other;
        SessionPair closing(other.handlers(), server.handlers(),
                            {.max_buffered_bytes = 100, .overflow = overflow});
        std::thread([sender = other.peer->sender()] {
            (void)sender.send(std::string(200, 'x'));
            EXPECT_EQ(sender.send("x"), std::unexpected(UsageError::closed));
            EXPECT_FALSE(sender.open());
        }).join();
        ASSERT_TRUE(closing.run_until([&] { return !other.closed.empty(); }));
        EXPECT_EQ(other.closed[0].error, TransportError::slow_consumer);
    }
}

TEST(Mailbox, SendsAtOnceOnTheThreadOfTheLoop) {
    Log client;
    Log server;
    Handlers handlers = server.handlers();
    handlers.on_message = [](Peer& peer, MessageView message) {
        EXPECT_EQ(peer.sender().send(message), Sent::taken);
        EXPECT_TRUE(peer.sender().close());
    };
    SessionPair pair(client.handlers(), handlers);
    (void)client.peer->send("x");
    ASSERT_TRUE(pair.run_until([&] { return pair.registry.size() == 0; }));
    EXPECT_EQ(client.messages, std::vector<std::string>{"x"});
}

TEST(Mailbox, WantsNothingOfAConnectionThatWasCut) {
    test::LoneSession session({.max_buffered_bytes = 1000, .overflow = OverflowPolicy::close});
    std::thread([sender = session.log.peer->sender()] {
        (void)sender.send(std::string(1000, 'x'));
        EXPECT_FALSE(sender.send("one too many"));
    }).join();

    session.driver->cut();
    test::run_ready(session.context);

    EXPECT_TRUE(session.log.closed.empty());
}

}  // namespace
}  // namespace tautline::session
