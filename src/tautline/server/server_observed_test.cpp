// SPDX-License-Identifier: MIT
// One observer of many connections tells them apart.
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>

#include <tautline/blocking/web_socket.hpp>
#include <tautline/server/server.hpp>

namespace tautline {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(ServerObserved, TellsTwoConnectionsApartOverTheirWholeLives) {
    const auto journal = std::make_shared<test::EventJournal>();
    test::RunningServer running({.threads = 2, .observer = journal});
    running.server.websocket(
        "/{who}", {.on_message = [](Peer& peer, MessageView message) { peer.send(message); }});
    const auto url = "ws://127.0.0.1:" + std::to_string(running.start()) + "/";
    auto ann = blocking::connect(url + "ann");
    auto bob = blocking::connect(url + "bob");
    ASSERT_TRUE(ann && bob);

    EXPECT_TRUE(ann->send("hello"));
    EXPECT_TRUE(bob->send("you"));
    EXPECT_EQ(bob->receive()->text(), "you");
    EXPECT_EQ(ann->receive()->text(), "hello");
    EXPECT_TRUE(bob->ping());
    EXPECT_TRUE(ann->close().clean);
    EXPECT_TRUE(bob->close().clean);
    running.stop(std::chrono::seconds(5));

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_THAT(journal->of(calls[0]), ElementsAre("RequestReceived /ann", "ResponseSent 101",
                                                   "Opened", "MessageReceived 5", "MessageSent 5",
                                                   "ClosingStarted", "SessionClosed"));
    EXPECT_THAT(journal->of(calls[1]),
                ElementsAre("RequestReceived /bob", "ResponseSent 101", "Opened",
                            "MessageReceived 3", "MessageSent 3", "PingReceived", "PongSent",
                            "ClosingStarted", "SessionClosed"));
}

TEST(ServerObserved, L17_TellsWhatHandlersThrow) {
    const auto journal = std::make_shared<test::EventJournal>();
    test::RunningServer running({.observer = journal});
    running.server.websocket("/echo", {.on_message = [](Peer&, MessageView) {
                                 throw std::runtime_error("of a message");
                             }});
    running.server.websocket("/ask", {}, {.on_upgrade = [](UpgradeRequest) {
                                 throw std::runtime_error("of a decision");
                             }});
    running.server.get("/page",
                       [](const Request&) -> Response { throw std::runtime_error("of a page"); });
    const auto port = running.start();
    const auto url = "ws://127.0.0.1:" + std::to_string(port);

    auto ws = blocking::connect(url + "/echo");
    ASSERT_TRUE(ws);
    EXPECT_TRUE(ws->send("hello"));
    EXPECT_EQ(ws->receive().error().code, CloseCode::internal_error);
    EXPECT_FALSE(blocking::connect(url + "/ask"));
    test::RawClient client(port);
    client.send("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 500 "));
    running.stop(std::chrono::seconds(5));

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_THAT(journal->of(calls[0]),
                ElementsAre("RequestReceived /echo", "ResponseSent 101", "Opened",
                            "MessageReceived 5", "HandlerThrew of a message", "SessionClosed"));
    EXPECT_THAT(
        journal->of(calls[1]),
        ElementsAre("RequestReceived /ask", "HandlerThrew of a decision", "ResponseSent 500"));
    EXPECT_THAT(journal->of(calls[2]),
                ElementsAre("RequestReceived /page", "HandlerThrew of a page", "ResponseSent 500"));
}

}  // namespace
}  // namespace tautline
