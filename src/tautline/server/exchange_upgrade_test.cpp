// SPDX-License-Identifier: MIT
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/exchange_fixture.hpp>
#include <tests/support/raw_client.hpp>

#include <tautline/server/exchange.hpp>

namespace tautline::server {
namespace {

using namespace std::chrono_literals;
using test::run_ready;
using test::upgrade_request;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// ── what an observer is told ──

struct Witness final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (const auto* request = std::get_if<observe::RequestReceived>(&event)) {
            seen.push_back(request->request.target);
        } else if (const auto* response = std::get_if<observe::ResponseSent>(&event)) {
            seen.push_back(std::to_string(response->response.status));
        } else if (std::holds_alternative<observe::Opened>(event)) {
            seen.emplace_back("opened");
        }
    }
    std::vector<std::string> seen;
};

struct ObservedExchange : ExchangeTest {
    ObservedExchange() {
        options.observer = witness;
        connect();
    }
    std::shared_ptr<Witness> witness = std::make_shared<Witness>();
    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
};

TEST_F(ObservedExchange, TellsOfTheHandshakeBeforeTheOpening) {
    (void)talk(upgrade_request("/echo"));
    EXPECT_THAT(witness->seen, ElementsAre("/echo", "101", "opened"));
}

TEST_F(ObservedExchange, TellsOfADecisionWhenItComes) {
    (void)talk(upgrade_request("/ask"));
    EXPECT_THAT(witness->seen, ElementsAre("/ask"));

    asked.at(0).reject(403);
    run_ready(context);
    EXPECT_THAT(witness->seen, ElementsAre("/ask", "403"));
}

TEST_F(ObservedExchange, TellsOfPlainRequestsToo) {
    (void)talk(get("/health") + get("/nothing"));
    EXPECT_THAT(witness->seen, ElementsAre("/health", "200", "/nothing", "404"));
}

TEST_F(ObservedExchange, TellsWhatIsSentInsteadOfAnAnswerThatMayNotBe) {
    (void)talk(upgrade_request("/ask"));
    asked.at(0).accept({{"X-Broken", "a\nb"}});
    run_ready(context);
    EXPECT_THAT(witness->seen, ElementsAre("/ask", "500"));
}

TEST_F(ObservedExchange, TellsWhichFieldMayNotBeSent) {
    options.observer = journal;
    (void)talk(upgrade_request("/ask"));
    asked.at(0).accept({{"X-Broken", "a\nb"}});
    run_ready(context);
    EXPECT_THAT(journal->of(journal->calls().at(0)),
                ElementsAre("RequestReceived /ask", HasSubstr("header field X-Broken may not"),
                            "ResponseSent 500"));
}

TEST_F(ObservedExchange, TellsOfTheAnswerToWhatIsNoRequest) {
    (void)talk("nonsense\r\n\r\n");
    EXPECT_THAT(witness->seen, ElementsAre("400"));
}

TEST_F(ObservedExchange, GivesEachRequestOfAConnectionAnIdOfItsOwn) {
    options.observer = journal;
    (void)talk(get("/health") + get("/nothing") + upgrade_request("/echo"));

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_THAT(journal->of(calls[0]), ElementsAre("RequestReceived /health", "ResponseSent 200"));
    EXPECT_THAT(journal->of(calls[1]), ElementsAre("RequestReceived /nothing", "ResponseSent 404"));
    EXPECT_THAT(journal->of(calls[2]),
                ElementsAre("RequestReceived /echo", "ResponseSent 101", "Opened"));
}

TEST_F(ObservedExchange, GivesTheAnswerToWhatIsNoRequestAnIdOfItsOwn) {
    options.observer = journal;
    (void)talk(get("/health") + "nonsense\r\n\r\n");

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_GT(calls[1], calls[0]);
    EXPECT_THAT(journal->of(calls[1]), ElementsAre("ResponseSent 400"));
}

// ── WebSockets ──

TEST_F(ExchangeTest, OpensAWebSocket) {
    connect();
    const auto answer = talk(upgrade_request("/echo"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    ASSERT_EQ(opened.size(), 1U);
    EXPECT_EQ(opened[0].request.target, "/echo");
    EXPECT_EQ(opened[0].stream.peer_address, "10.0.0.1:5");
    EXPECT_TRUE(opened[0].response_fields.has("Sec-WebSocket-Accept"));
}

TEST_F(ExchangeTest, OpensAWebSocketBehindPlainRequests) {
    connect();
    const auto answers = talk(get("/health") + upgrade_request("/echo"));

    EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 101 "));
}

TEST_F(ExchangeTest, KeepsThePlaceUntilTheWebSocketIsOver) {
    connect();
    (void)talk(upgrade_request("/echo"));
    EXPECT_EQ(registry.size(), 1U);
    EXPECT_EQ(owner.released, 0);

    client->close();
    run_ready(context);

    EXPECT_EQ(registry.size(), 0U);
    EXPECT_EQ(owner.released, 1);
}

// Row H14: frames behind the request are read exactly once, and not as HTTP.
TEST_F(ExchangeTest, GivesFramesBehindTheRequestToTheSessionOnce) {
    connect();
    const auto answer = talk(upgrade_request("/echo") + kHello);

    EXPECT_THAT(answer, EndsWith("\r\n\r\n\x81\x05Hello"));
    EXPECT_EQ(answer.find("Hello"), answer.rfind("Hello"));
}

TEST_F(ExchangeTest, GivesFramesBehindTheRequestToTheSessionHoweverTheyAreSplit) {
    connect();
    server_end->set_delivery_bytes(1);
    EXPECT_THAT(talk(upgrade_request("/echo") + kHello), EndsWith("\r\n\r\n\x81\x05Hello"));
}

// Answers are collected up to 64 KiB: here the 101 crosses that.
TEST_F(ExchangeTest, GivesFramesToTheSessionBehindALongAnswerToo) {
    routes.add_get("/long",
                   [](const Request&) { return Response::text(std::string(65'430, 'x')); });
    connect();
    EXPECT_THAT(talk(get("/long") + upgrade_request("/echo") + kHello),
                EndsWith("\r\n\r\n\x81\x05Hello"));
}

TEST_F(ExchangeTest, NeverReadsFramesAsARequestAfterARefusal) {
    connect();
    const auto answer = talk(upgrade_request("/nothing") + get("/who/frames"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(answer, Not(HasSubstr("frames")));
}

TEST_F(ExchangeTest, OpensAWebSocketForASlowReader) {
    connect(10);
    client->set_reading(false);
    (void)talk(upgrade_request("/echo") + kHello);
    EXPECT_THAT(opened, IsEmpty());

    client->set_reading(true);

    EXPECT_THAT(talk(""), EndsWith("\r\n\r\n\x81\x05Hello"));
}

TEST_F(ExchangeTest, EndsAWebSocketThatBringsMoreThanIsKeptBeforeItsAnswerIsOut) {
    connect(10);
    client->set_reading(false);

    (void)talk(upgrade_request("/echo") + std::string(Exchange::kKeptBytes + 1, 'x'));

    EXPECT_EQ(registry.size(), 0U);
    EXPECT_THAT(opened, IsEmpty());
}

TEST_F(ExchangeTest, EndsAConnectionThatBreaksBeforeTheAnswerIsOut) {
    connect(10);
    client->set_reading(false);
    (void)talk(upgrade_request("/echo"));

    client->fail(std::make_error_code(std::errc::connection_reset));
    run_ready(context);

    EXPECT_THAT(opened, IsEmpty());
    EXPECT_EQ(registry.size(), 0U);
}

// ── the application decides ──

TEST_F(ExchangeTest, WaitsForTheApplicationToAccept) {
    connect();
    EXPECT_EQ(talk(upgrade_request("/ask")), "");
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].peer_address(), "10.0.0.1:5");
    EXPECT_EQ(asked[0].stream().peer_subject, "CN=ann");

    asked[0].accept({{"X-Name", "value"}});
    const auto answer = talk("");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(answer, HasSubstr("X-Name: value\r\n"));
    EXPECT_EQ(opened.size(), 1U);
}

TEST_F(ExchangeTest, WaitsForTheApplicationToReject) {
    connect();
    (void)talk(upgrade_request("/ask"));

    asked.at(0).reject(401, {{"WWW-Authenticate", "Basic"}}, "Who?\n");
    const auto answer = talk("");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Basic\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nWho?\n"));
    EXPECT_THAT(opened, IsEmpty());
}

TEST_F(ExchangeTest, RejectsWhatTheApplicationDrops) {
    connect();
    (void)talk(upgrade_request("/ask"));
    asked.clear();
    EXPECT_THAT(talk(""), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ExchangeTest, RejectsWithA500WhenTheApplicationThrows) {
    connect();
    EXPECT_THAT(talk(upgrade_request("/throw")), StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(opened, IsEmpty());
}

// Row H16: nothing of a field that may not travel is written.
TEST_F(ExchangeTest, AnswersWithA500WhenAcceptedWithABadField) {
    for (const char* value : {"a\r\nX-Evil: 1", "a\nb", "\x01", " a", "\xc3\xa4"}) {
        asked.clear();
        connect();
        (void)talk(upgrade_request("/ask"));
        asked.at(0).accept({{"X-Name", value}});

        const auto answer = talk("");

        EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
        EXPECT_THAT(answer, Not(HasSubstr("X-")));
    }
    EXPECT_THAT(opened, IsEmpty());
}

TEST_F(ExchangeTest, KeepsFramesUntilTheApplicationHasDecided) {
    connect();
    (void)talk(upgrade_request("/ask") + kHello);
    (void)talk(kHello);

    asked.at(0).accept();

    EXPECT_THAT(talk(""), EndsWith("\r\n\r\n\x81\x05Hello\x81\x05Hello"));
}

TEST_F(ExchangeTest, RefusesMoreFramesThanItKeeps) {
    connect();
    (void)talk(upgrade_request("/ask"));

    EXPECT_EQ(talk(std::string(Exchange::kKeptBytes, 'x')), "");
    EXPECT_THAT(talk("x"), StartsWith("HTTP/1.1 400 "));
    asked.at(0).accept();
    EXPECT_EQ(talk(""), "");
}

TEST_F(ExchangeTest, NoticesThatThePeerGoesWhileTheApplicationDecides) {
    connect();
    (void)talk(upgrade_request("/ask"));
    client->close();
    run_ready(context);
    EXPECT_EQ(registry.size(), 0U);

    asked.at(0).accept();
    run_ready(context);

    EXPECT_THAT(opened, IsEmpty());
}

TEST_F(ExchangeTest, GivesTheApplicationALimitedTime) {
    options.decision_timeout = 30ms;
    connect();
    (void)talk(upgrade_request("/ask"));

    EXPECT_TRUE(ends());
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 503 "));
    asked.at(0).accept();
    run_ready(context);
    EXPECT_THAT(opened, IsEmpty());
}

// ── handed over ──

TEST_F(ExchangeTest, GoesOnBehindARequestThatAnotherServerRead) {
    auto [near, far] = transport::make_memory_pair(loop);
    near->set_handler(&at_client);
    near->set_reading(true);
    http::RequestReader reader;
    const auto request = upgrade_request("/echo");

    Exchange::resume(site, session::Slot(owner), std::move(far),
                     *reader.receive(as_bytes(request))->head, as_bytes(kHello));
    run_ready(context);

    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\n\x81\x05Hello"));
}

}  // namespace
}  // namespace tautline::server
