// SPDX-License-Identifier: MIT
// What had arrived when a write found the peer gone, for an application that has stopped reading.
#include <chrono>
#include <optional>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <tests/support/frames.hpp>
#include <tests/support/lone_session.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;
using test::Log;
using test::SessionPair;

// A client that stops reading at each message, of which a server has sent some, and then is gone.
struct DriverBroken : testing::Test {
    static constexpr std::size_t kMessages = 5;

    void start(Duration close_timeout = 1h) {
        Handlers handlers = client.handlers();
        handlers.on_message = [this](Peer& peer, MessageView message) {
            client.messages.emplace_back(message.text());
            peer.set_reading(false);
        };
        pair.emplace(handlers, server.handlers(),
                     ConnectionOptions{.ping_interval = std::nullopt,
                                       .close_timeout = close_timeout,
                                       .high_water_bytes = 1000,
                                       .low_water_bytes = 100});
        for (std::size_t i = 0; i < kMessages; ++i) (void)server.peer->send("one of some");
        run();
        EXPECT_EQ(client.messages.size(), 1U);
    }
    void close_server() {
        (void)server.peer->close(CloseCode{4000});
        run();
    }
    void lose_server(const std::string& said = "to nobody") {
        pair->server_stream->close();
        (void)client.peer->send(said);
        run();
    }
    void run() { test::run_ready(pair->context); }
    void expect_close_behind_all() {
        EXPECT_EQ(client.messages.size(), kMessages);
        ASSERT_EQ(client.closed.size(), 1U);
        EXPECT_EQ(client.closed[0].code, CloseCode{4000});
        EXPECT_TRUE(client.closed[0].clean);
    }

    Log client;
    Log server;
    std::optional<SessionPair> pair;
};

// RFC 6455 section 7.1.5.
TEST_F(DriverBroken, ComesWithTheCloseOfThePeerToWhoReadsOn) {
    start();
    close_server();
    lose_server();
    EXPECT_TRUE(client.closed.empty()) << client.closed.at(0).error.message();

    while (client.peer) {
        client.peer->set_reading(true);
        run();
    }

    expect_close_behind_all();
}

TEST_F(DriverBroken, IsDroppedWhenNobodyReadsOnInTime) {
    start(1ms);
    close_server();
    lose_server();

    ASSERT_TRUE(pair->run_until([&] { return !client.closed.empty(); }));

    EXPECT_EQ(client.messages.size(), 1U);
    EXPECT_EQ(client.closed[0].error, std::errc::broken_pipe);
    EXPECT_FALSE(client.closed[0].clean);
}

TEST_F(DriverBroken, IsDroppedWhenWhoReadsOnStopsForTooLongAgain) {
    start(1ms);
    close_server();
    lose_server();
    if (client.peer) client.peer->set_reading(true);

    ASSERT_TRUE(pair->run_until([&] { return !client.closed.empty(); }));

    EXPECT_LT(client.messages.size(), kMessages);
}

// The time to read on is over, but it was used.
TEST_F(DriverBroken, ComesToWhoReadsOnInTheLastTurn) {
    test::LoneSession session({.ping_interval = std::nullopt});
    session.log.peer->set_reading(false);
    auto bytes = test::frame(Role::client, 0x81, "arrived");
    session.stream->handler->on_bytes(bytes);
    session.stream->handler->on_end(std::make_error_code(std::errc::broken_pipe));
    const Instant due = session.driver->due();
    session.loop.timers().cancel(*session.driver);

    session.log.peer->set_reading(true);
    static_cast<io::TimerNode&>(*session.driver).on_timer(due);
    test::run_ready(session.context);

    EXPECT_EQ(session.log.messages, std::vector<std::string>{"arrived"});
    EXPECT_EQ(session.log.closed.size(), 1U);
}

// What others have sent, and what waits for the end of a message in parts, is no close.
TEST_F(DriverBroken, ComesToWhoReadsOnThoughOthersHaveSentMore) {
    start();
    const Sender sender = client.peer->sender();
    (void)client.peer->send_part(MessageType::text, as_bytes("begun"), false);
    pair->server_stream->close();
    (void)client.peer->send_part(MessageType::text, as_bytes("to nobody"), false);
    EXPECT_TRUE(sender.send("behind it"));
    run();

    while (client.peer) {
        client.peer->set_reading(true);
        run();
    }

    EXPECT_EQ(client.messages.size(), kMessages);
}

// A sender makes a mailbox, behind whose messages a close waits.
TEST_F(DriverBroken, EndsAtOnceForWhoCloses) {
    for (const bool with_sender : {false, true}) {
        client = {};
        server = {};
        start();
        if (with_sender) (void)client.peer->sender();
        close_server();
        lose_server();

        (void)client.peer->close();
        run();

        EXPECT_EQ(client.messages.size(), 1U);
        ASSERT_EQ(client.closed.size(), 1U) << with_sender;
        EXPECT_EQ(client.closed[0].code, CloseCode{4000});
    }
}

TEST_F(DriverBroken, RefusesWhatIsSentBehindIt) {
    start();
    close_server();
    lose_server();

    EXPECT_EQ(client.peer->send("lost"), std::unexpected(UsageError::closed));
    EXPECT_EQ(client.peer->send_part(MessageType::text, {}, true),
              std::unexpected(UsageError::closed));
}

TEST_F(DriverBroken, RefusesWhatOthersSendBehindIt) {
    start();
    const Sender sender = client.peer->sender();
    lose_server();
    EXPECT_TRUE(client.closed.empty());

    EXPECT_FALSE(sender.open());
    EXPECT_EQ(sender.send("lost"), std::unexpected(UsageError::closed));
}

TEST_F(DriverBroken, EndsAtOnceWhereNothingHadArrived) {
    Log silent;
    SessionPair quiet(silent.handlers(), server.handlers(), {.close_timeout = 1h});
    silent.peer->set_reading(false);
    quiet.server_stream->close();

    (void)silent.peer->send("to nobody");
    test::run_ready(quiet.context);

    ASSERT_EQ(silent.closed.size(), 1U);
    EXPECT_EQ(silent.closed[0].error, std::errc::broken_pipe);
}

}  // namespace
}  // namespace tautline::session
