// SPDX-License-Identifier: MIT
// One observer of many calls tells them apart.
#include <chrono>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/echo_server.hpp>
#include <tests/support/event_journal.hpp>
#include <tests/support/listener.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/client/client.hpp>

namespace tautline {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;

struct ClientObserved : testing::Test {
    explicit ClientObserved(ListenOptions listen = {}) : server(std::move(listen)) {
        server.server.websocket("/moved", {}, {.on_upgrade = [](UpgradeRequest request) {
                                    request.reject(302, {{"Location", "/"}});
                                }});
        server.start();
        options.observer = journal;
    }
    // Opens a WebSocket, and closes it.
    void visit(const std::string& path) {
        client.connect(server.url + path, {.on_open = [](Peer& peer) { (void)peer.close(); }},
                       options);
    }
    // That all of a call was told with one id.
    void expect_whole(observe::CallId call) const {
        const auto told = journal->of(call);
        EXPECT_EQ(told.front(), "CallStarted");
        EXPECT_THAT(told, IsSupersetOf({"RaceStep", "ConnectStarted", "ConnectEnded", "RequestSent",
                                        "ResponseReceived 101", "Opened", "ClosingStarted"}));
        EXPECT_EQ(told.back(), "SessionClosed");
    }

    test::EchoServer server;
    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
    ClientOptions options;
    Client client;
};

TEST_F(ClientObserved, HearsOfARedirectedCallAsOfOne) {
    options.max_redirects = 1;
    visit("moved");

    client.run();

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_GE(calls[0], observe::CallId(1));
    expect_whole(calls[0]);
    EXPECT_THAT(journal->of(calls[0]), Contains("ResponseReceived 302"));
}

TEST_F(ClientObserved, TellsTwoCallsSideBySideApart) {
    visit("");
    visit("");

    client.run();

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    for (const auto call : calls) expect_whole(call);
}

TEST_F(ClientObserved, TellsEachCallOfAReconnectingClientApart) {
    using namespace std::chrono_literals;
    const auto nowhere = "ws://" + test::refusing_endpoint().to_string() + "/";
    ReconnectingSender sender;
    int outages = 0;
    const auto on_outage = [&](const Outage&) {
        if (++outages == 2) sender.stop();
    };
    sender =
        client.keep_connected(nowhere, {}, {.on_outage = on_outage}, {.first_delay = 1ms}, options);

    client.run();

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    for (const auto call : calls) {
        EXPECT_EQ(journal->of(call).front(), "CallStarted");
        EXPECT_EQ(journal->of(call).back(), "CallFailed");
    }
}

struct ClientObservedH2 : ClientObserved {
    ClientObservedH2() : ClientObserved({.tls = test::server_options_for({"127.0.0.1"})}) {
        options.tls = test::client_options();
    }
};

TEST_F(ClientObservedH2, TellsTheStreamsOfOneConnectionApart) {
    const auto on_open = [this](Peer& peer) {
        visit("");
        (void)peer.close();
    };
    client.connect(server.url, {.on_open = on_open}, options);

    client.run();

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_THAT(journal->of(calls[0]), IsSupersetOf({"CallStarted", "ConnectStarted", "Opened"}));
    EXPECT_THAT(journal->of(calls[1]), IsSupersetOf({"CallStarted", "RequestSent", "Opened"}));
    EXPECT_THAT(journal->of(calls[1]), Not(Contains("ConnectStarted"))) << "the same connection";
    for (const auto call : calls) EXPECT_EQ(journal->of(call).back(), "SessionClosed");
}

}  // namespace
}  // namespace tautline
