// SPDX-License-Identifier: MIT
// What an observer is told of messages and of control frames, and that the application is told no
// more for it.
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/session_pair.hpp>

#include <tautline/session/driver.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;
using test::Log;
using test::SessionPair;
using testing::ElementsAre;

struct Witness final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (const auto* ping = std::get_if<observe::PingSent>(&event)) {
            seen.push_back("ping sent " + std::to_string(ping->bytes));
        } else if (const auto* asked = std::get_if<observe::PingReceived>(&event)) {
            seen.push_back("ping received " + std::to_string(asked->bytes));
        } else if (const auto* pong = std::get_if<observe::PongSent>(&event)) {
            seen.push_back("pong sent " + std::to_string(pong->bytes));
        } else if (const auto* answer = std::get_if<observe::PongReceived>(&event)) {
            seen.emplace_back(answer->round_trip ? "pong received" : "pong out of the blue");
        } else if (const auto* sent = std::get_if<observe::MessageSent>(&event)) {
            seen.push_back(described(*sent) + " sent " + std::to_string(sent->bytes));
        } else if (const auto* came = std::get_if<observe::MessageReceived>(&event)) {
            seen.push_back(described(*came) + " received " + std::to_string(came->bytes));
        }
    }
    static std::string described(const auto& message) {
        return message.type == MessageType::text ? "text" : "binary";
    }
    std::vector<std::string> seen;
};

// A pair whose client is observed; both write down the Pings and Pongs that handlers are told.
struct Observed {
    explicit Observed(const ConnectionOptions& options = {})
        : pair(handlers(client), handlers(server), options, 1 << 20, witness) {}

    Handlers handlers(Log& log) {
        Handlers handlers = log.handlers();
        handlers.on_ping = [&log](Peer&, Bytes) { log.messages.emplace_back("ping"); };
        handlers.on_pong = [&log](Peer&, Bytes, auto) { log.messages.emplace_back("pong"); };
        handlers.on_part = [this](Peer&, PartView) { ++parts; };
        return handlers;
    }
    [[nodiscard]] bool sees(std::size_t events) {
        return pair.run_until([this, events] { return witness->seen.size() >= events; });
    }

    int parts = 0;
    Log client;
    Log server;
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();
    SessionPair pair;
};

TEST(DriverObserved, TellsOfThePingsOfTheApplication) {
    Observed observed;

    EXPECT_TRUE(observed.client.peer->ping(as_bytes("abc")));

    ASSERT_TRUE(observed.sees(2));
    EXPECT_THAT(observed.witness->seen, ElementsAre("ping sent 3", "pong received"));
    EXPECT_THAT(observed.client.messages, ElementsAre("pong"));
}

TEST(DriverObserved, TellsOfPingsThatAreAnsweredWithoutAWordToTheApplication) {
    Observed observed;

    EXPECT_TRUE(observed.server.peer->ping(as_bytes("ab")));

    ASSERT_TRUE(observed.sees(2));
    EXPECT_THAT(observed.witness->seen, ElementsAre("ping received 2", "pong sent 2"));
    EXPECT_THAT(observed.client.messages, ElementsAre());
}

TEST(DriverObserved, TellsOfPongsThatNobodyAskedFor) {
    Observed observed;

    EXPECT_TRUE(observed.server.peer->pong(as_bytes("x")));
    ASSERT_TRUE(observed.sees(1));
    EXPECT_TRUE(observed.client.peer->pong(as_bytes("yy")));

    EXPECT_THAT(observed.witness->seen, ElementsAre("pong out of the blue", "pong sent 2"));
    EXPECT_THAT(observed.client.messages, ElementsAre());
}

TEST(DriverObserved, TellsOfAMessageSentInPartsOnceWithItsWholeSize) {
    Observed observed;
    Peer& peer = *observed.client.peer;

    EXPECT_TRUE(peer.send_part(MessageType::text, as_bytes("ab"), false));
    EXPECT_TRUE(peer.send_part(MessageType::text, {}, false));
    EXPECT_THAT(observed.witness->seen, ElementsAre());
    EXPECT_TRUE(peer.send_part(MessageType::text, as_bytes("cde"), true));
    EXPECT_TRUE(peer.send_part(MessageType::binary, as_bytes("f"), true));
    EXPECT_TRUE(peer.send("gh"));

    EXPECT_THAT(observed.witness->seen, ElementsAre("text sent 5", "binary sent 1", "text sent 2"));
}

TEST(DriverObserved, TellsOfAStreamedMessageOnceWithItsWholeSize) {
    Observed observed({.delivery = Delivery::streamed});
    Peer& peer = *observed.server.peer;

    EXPECT_TRUE(peer.send_part(MessageType::binary, as_bytes("abc"), false));
    EXPECT_TRUE(peer.send_part(MessageType::binary, as_bytes("d"), false));
    ASSERT_TRUE(observed.pair.run_until([&] { return observed.parts >= 1; }));
    EXPECT_THAT(observed.witness->seen, ElementsAre());
    EXPECT_TRUE(peer.send_part(MessageType::binary, {}, true));
    EXPECT_TRUE(peer.send("ef"));

    ASSERT_TRUE(observed.sees(2));
    EXPECT_THAT(observed.witness->seen, ElementsAre("binary received 4", "text received 2"));
}

TEST(DriverObserved, TellsOfTheHeartbeat) {
    Observed observed({.ping_interval = 20ms});

    ASSERT_TRUE(observed.pair.run_until([&] {
        return testing::Value(observed.witness->seen,
                              testing::IsSupersetOf({"ping sent 4", "pong received"}));
    }));
    EXPECT_THAT(observed.client.messages, ElementsAre());
}

TEST(DriverObserved, TellsOfTheHeartbeatOfAPause) {
    Observed observed({.ping_interval = 20ms});
    observed.client.peer->set_reading(false);

    ASSERT_TRUE(observed.pair.run_until(
        [&] { return testing::Value(observed.witness->seen, testing::Contains("pong sent 11")); }));
    EXPECT_THAT(observed.witness->seen, testing::Each("pong sent 11"));
}

}  // namespace
}  // namespace tautline::session
