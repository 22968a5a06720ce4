// SPDX-License-Identifier: MIT
// The streams of one HTTP/2 connection are requests of their own for an observer.
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/client/client.hpp>
#include <tautline/server/server.hpp>

namespace tautline {
namespace {

using testing::ElementsAre;

// A client whose first WebSocket opens the connection, on which it asks for two more. The server
// decides about these when both have asked: the second one opens, then the first one is refused.
struct ThreeStreams {
    ThreeStreams() : running({.observer = journal}) {
        running.server.websocket("/", {});
        running.server.websocket("/{who}", {}, {.on_upgrade = [this](UpgradeRequest request) {
                                     asked.push_back(std::move(request));
                                     if (asked.size() < 2) return;
                                     asked[1].accept();
                                     asked[0].reject(403);
                                 }});
        url = "wss://localhost:" +
              std::to_string(running.start({.tls = test::server_options_for({"localhost"})})) + "/";
        options.tls = test::client_options();
        client.connect(url, {.on_open = [this](Peer& peer) { opened_first(peer); }}, options);
        client.run();
        running.stop(std::chrono::seconds(5));
    }
    void opened_first(Peer& peer) {
        EXPECT_EQ(peer.info().stream.alpn, "h2");
        client.connect(url + "refused", {}, options, [&peer](const Error&) { (void)peer.close(); });
        client.connect(url + "accepted", {.on_open = [](Peer& own) { (void)own.close(); }},
                       options);
    }

    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
    std::vector<UpgradeRequest> asked;  // on the thread of the server
    test::RunningServer running;
    std::string url;
    ClientOptions options;
    Client client;
};

TEST(H2ExchangeObserved, TellsTheStreamsOfOneConnectionApart) {
    const ThreeStreams streams;
    const auto& journal = *streams.journal;

    const auto calls = journal.calls();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_THAT(journal.of(calls[0]), ElementsAre("RequestReceived /", "ResponseSent 200", "Opened",
                                                  "ClosingStarted", "SessionClosed"));
    EXPECT_THAT(journal.of(calls[1]), ElementsAre("RequestReceived /refused", "ResponseSent 403"));
    EXPECT_THAT(journal.of(calls[2]), ElementsAre("RequestReceived /accepted", "ResponseSent 200",
                                                  "Opened", "ClosingStarted", "SessionClosed"));
}

TEST(H2ExchangeObserved, L17_TellsWhatHandlersThrow) {
    const auto journal = std::make_shared<test::EventJournal>();
    test::RunningServer running({.observer = journal});
    running.server.websocket(
        "/", {}, {.on_upgrade = [](UpgradeRequest) { throw std::runtime_error("of a decision"); }});
    const auto port = running.start({.tls = test::server_options_for({"localhost"})});
    ClientOptions options;
    options.tls = test::client_options();
    Client client;
    client.connect("wss://localhost:" + std::to_string(port), {}, options);
    client.run();
    running.stop(std::chrono::seconds(5));

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_THAT(journal->of(calls[0]),
                ElementsAre("RequestReceived /", "HandlerThrew of a decision", "ResponseSent 500"));
}

}  // namespace
}  // namespace tautline
