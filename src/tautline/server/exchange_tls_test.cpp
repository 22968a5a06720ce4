// SPDX-License-Identifier: MIT
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/exchange_fixture.hpp>
#include <tests/support/later.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/server/exchange.hpp>

namespace tautline::server {
namespace {

using namespace std::chrono_literals;
using test::run_ready;
using test::run_until;
using test::upgrade_request;
using test::write_text;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// TLS keeps a record of what it has taken.
struct ExchangeOverTls : ExchangeTest {
    ExchangeOverTls()
        : server_context(*transport::TlsServerContext::make(test::server_options_for({"localhost"}),
                                                            {"http/1.1"})),
          client_context(*transport::TlsClientContext::make(test::client_options())) {
        routes.add_get("/text",
                       [](const Request&) { return Response::text(std::string(5000, 'x')); });
        auto [near, far] = transport::make_memory_pair(loop);
        lower = near.get();
        Exchange::start(site, session::Slot(owner), std::move(far), server_context);
        tls = transport::TlsStream::client(loop, std::move(near), client_context, "localhost",
                                           [](const auto& done) { EXPECT_TRUE(done); });
        tls->set_handler(&at_client);
        test::run_ready(context);
    }
    void end_half_and_read_all() {
        tls->shut_down();
        test::run_ready(context);
        tls->set_reading(true);
        test::run_ready(context);

        EXPECT_TRUE(at_client.received.ends_with(std::string(5000, 'x')));
        EXPECT_EQ(at_client.end, std::error_code());
        EXPECT_EQ(registry.size(), 0U);
    }
    // Until the next deadline of the exchange: the loop has a timer of its own for busy TLS
    // streams.
    Duration time_left() {
        loop.warm().clear();
        loop.timers().advance(loop.now());
        const auto due = loop.timers().next_due();
        EXPECT_TRUE(due) << "it would wait for ever";
        return due ? *due - loop.now() : Duration::zero();
    }

    std::shared_ptr<const transport::TlsServerContext> server_context;
    std::shared_ptr<const transport::TlsClientContext> client_context;
    transport::MemoryStream* lower = nullptr;
    std::unique_ptr<transport::TlsStream> tls;
};

TEST_F(ExchangeOverTls, GivesAPeerThatHasEndedItsHalfTheWholeAnswer) {
    lower->set_capacity(1000);
    (void)test::write_text(*tls, get("/text"));
    end_half_and_read_all();
}

TEST_F(ExchangeOverTls, OpensNothingForAPeerThatEndsItsHalfBeforeTheVerdict) {
    options.answer_timeout = 1h;
    lower->set_capacity(1000);
    (void)test::write_text(
        *tls, get("/text") +
                  get("/ask",
                      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    tls->shut_down();
    test::run_ready(context);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_GT(time_left(), 30min);

    asked[0].accept();
    tls->set_reading(true);
    test::run_ready(context);

    EXPECT_TRUE(opened.empty());
    EXPECT_TRUE(at_client.received.ends_with(std::string(5000, 'x')));
    EXPECT_EQ(registry.size(), 0U);
    EXPECT_EQ(owner.released, 1);
}

TEST_F(ExchangeOverTls, LingersForAShortTimeOnlyOnceItsAnswerHasLeft) {
    options.handshake_timeout = 1h;
    lower->set_capacity(1000);
    (void)test::write_text(*tls, get("/text", "Connection: close\r\n"));
    test::run_ready(context);
    EXPECT_GT(time_left(), 5s) << "the time of the answer";

    tls->set_reading(true);
    test::run_ready(context);

    EXPECT_TRUE(at_client.received.ends_with(std::string(5000, 'x')));
    EXPECT_EQ(registry.size(), 1U);
    EXPECT_LE(time_left(), 2s + io::TimerWheel::kTick);
}

TEST_F(ExchangeOverTls, GivesAPeerThatEndsWhileItLingersTheWholeAnswer) {
    lower->set_capacity(1000);
    (void)test::write_text(*tls, get("/text", "Connection: close\r\n"));
    test::run_ready(context);
    end_half_and_read_all();
}

// A client that never gets to a request. Without these an expired certificate looks like nobody.
struct TlsHandshakeObserved : ExchangeTest {
    TlsHandshakeObserved() { options.observer = journal; }

    void accept() {
        auto [near, far] = transport::make_memory_pair(loop);
        client = std::move(near);
        far->set_info({.peer_address = "10.0.0.1:5"});
        server_end = far.get();
        Exchange::start(site, session::Slot(owner), std::move(far),
                        *transport::TlsServerContext::make(test::server_options_for({"localhost"}),
                                                           {"http/1.1"}));
    }
    /// What was told, of one call.
    [[nodiscard]] std::vector<std::string> told() const {
        const auto calls = journal->calls();
        return calls.size() == 1 ? journal->of(calls[0]) : std::vector<std::string>{"?"};
    }

    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
};

TEST_F(TlsHandshakeObserved, TellsOfAClientThatDoesNotTrust) {
    accept();
    const auto context_of_client = *transport::TlsClientContext::make({});
    const auto tls = transport::TlsStream::client(loop, std::move(client), context_of_client,
                                                  "localhost", [](const auto&) {});
    // As when the client has reset the connection.
    server_end->set_info({});
    test::run_ready(context);

    EXPECT_THAT(
        told(),
        ElementsAre(AllOf(StartsWith("TlsEnded tls: 10.0.0.1:5: the peer refused our certificate"),
                          HasSubstr("unknown ca"))));
    EXPECT_EQ(registry.size(), 0U);
    EXPECT_EQ(owner.released, 1);
}

TEST_F(TlsHandshakeObserved, TellsOfAClientThatDoesNotSpeakTls) {
    accept();
    (void)test::write_text(*client, get("/health"));
    test::run_ready(context);

    EXPECT_THAT(told(), ElementsAre("TlsEnded tls: 10.0.0.1:5: the client does not speak TLS. It "
                                    "may have to use wss://."));
}

TEST_F(TlsHandshakeObserved, TellsOfAClientThatTakesTooLong) {
    options.handshake_timeout = 1h;
    accept();
    test::run_ready(context);
    EXPECT_TRUE(journal->calls().empty());

    loop.timers().advance(loop.now() + 2h);
    test::run_ready(context);

    EXPECT_THAT(told(), ElementsAre("TlsEnded tls: 10.0.0.1:5: the client did not finish the TLS "
                                    "handshake in time."));
    EXPECT_EQ(owner.released, 1);
}

TEST_F(TlsHandshakeObserved, TellsNothingOfOneThatTheServerEnds) {
    accept();
    registry.go_away();
    test::run_ready(context);

    EXPECT_TRUE(journal->calls().empty());
    EXPECT_EQ(owner.released, 1);
}

}  // namespace
}  // namespace tautline::server
