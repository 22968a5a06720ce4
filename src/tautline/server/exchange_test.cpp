// SPDX-License-Identifier: MIT
#include <tautline/server/exchange.hpp>

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/exchange_fixture.hpp>
#include <tests/support/later.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/tls_pair.hpp>

namespace tautline::server {
namespace {

using namespace std::chrono_literals;
using test::run_ready;
using test::run_until;
using test::upgrade_request;
using test::write_text;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// ── plain requests ──

TEST_F(ExchangeTest, AnswersAPlainRequest) {
    connect();
    EXPECT_EQ(talk(get("/health")),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 2\r\n\r\nok");
}

TEST_F(ExchangeTest, AnswersARequestThatArrivesByteByByte) {
    connect();
    server_end->set_delivery_bytes(1);
    EXPECT_THAT(talk(get("/health")), EndsWith("\r\n\r\nok"));
}

TEST_F(ExchangeTest, TellsTheHandlerWhoAskedForWhat) {
    connect();
    EXPECT_THAT(talk(get("/who/ann?x=1")), EndsWith("\r\n\r\nann 10.0.0.1:5 /who/ann?x=1"));
}

TEST_F(ExchangeTest, TellsARouteWhoseCertificateTheClientHasShown) {
    connect();
    EXPECT_THAT(talk(get("/subject")), EndsWith("\r\n\r\nCN=ann"));
}

TEST_F(ExchangeTest, AnswersHeadWithoutABody) {
    connect();
    const auto answer = talk("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Content-Length: 2\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(ExchangeTest, RefusesHeadWithoutABody) {
    connect();
    EXPECT_THAT(talk("HEAD /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"),
                EndsWith("\r\n\r\n"));
}

TEST_F(ExchangeTest, RefusesWhatFollowsAHeadWithABody) {
    connect();
    const auto answers = talk("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n");

    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 400 "));
    EXPECT_THAT(answers, Not(EndsWith("\r\n\r\n")));
}

TEST_F(ExchangeTest, AnswersManyRequestsOnOneConnection) {
    connect();
    for (int i = 0; i < 3; ++i) EXPECT_THAT(talk(get("/health")), EndsWith("ok"));
    EXPECT_EQ(at_client.ends, 0);
}

TEST_F(ExchangeTest, AnswersPipelinedRequestsInOrder) {
    connect();
    const auto answers = talk(get("/who/1") + get("/nothing") + get("/who/2"));

    EXPECT_LT(answers.find("1 10.0.0.1"), answers.find(" 404 "));
    EXPECT_LT(answers.find(" 404 "), answers.find("2 10.0.0.1"));
    EXPECT_EQ(at_client.ends, 0);
}

TEST_F(ExchangeTest, AnswersPipelinedRequestsOfASlowReaderInOrder) {
    connect(1000);
    std::string requests;
    for (int i = 0; i < 5; ++i) requests += get("/large") + get("/who/" + std::to_string(i));

    const auto answers = talk(requests);

    for (int i = 0; i < 5; ++i) EXPECT_THAT(answers, HasSubstr(std::to_string(i) + " 10.0.0.1"));
    EXPECT_GT(answers.size(), 500'000U);
}

TEST_F(ExchangeTest, EndsAConnectionThatPipelinesMoreThanIsKept) {
    connect(1000);
    client->set_reading(false);
    std::string requests = get("/large");
    while (requests.size() < Exchange::kKeptBytes + 1000) requests += get("/health");

    (void)talk(requests);
    client->set_reading(true);

    EXPECT_TRUE(ends());
    EXPECT_THAT(at_client.received, EndsWith("xxx"));
}

TEST_F(ExchangeTest, EndsBehindARequestThatSaysClose) {
    connect();
    const auto answer = talk(get("/health", "Connection: close\r\n") + get("/who/late"));

    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("late")));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, AnswersAPeerThatEndedItsHalf) {
    connect();
    (void)write_text(*client, get("/health") + get("/large"));
    client->shut_down();
    run_ready(context);

    EXPECT_THAT(at_client.received, EndsWith("xxx"));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, AnswersASlowPeerThatEndedItsHalf) {
    connect(1000);
    (void)write_text(*client, get("/large") + get("/who/last"));
    client->shut_down();
    run_ready(context);

    EXPECT_THAT(at_client.received, EndsWith("/who/last"));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, AnswersWithA500WhenTheHandlerThrows) {
    connect();
    EXPECT_THAT(talk(get("/broken")), StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(talk(get("/health")), EndsWith("ok"));
}

TEST_F(ExchangeTest, AnswersForAHandlerThatStopsTheServer) {
    routes.add_get("/stop", [this](const Request&) {
        registry.go_away();
        return Response::text("stopped");
    });
    connect();

    const auto answer = talk(get("/stop") + get("/health"));

    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nstopped"));
    EXPECT_TRUE(ends());
}

TEST_F(ExchangeTest, SaysNothingForAHandlerThatDropsTheServer) {
    routes.add_get("/drop", [this](const Request&) {
        registry.drop();
        return Response::text("dropped");
    });
    connect();

    EXPECT_EQ(talk(get("/drop")), "");
    EXPECT_EQ(at_client.ends, 1);
    EXPECT_EQ(owner.released, 1);
}

// Row H13: a body is neither a request nor frames.
TEST_F(ExchangeTest, NeverReadsABodyAsARequest) {
    connect();
    const auto answer = talk(get("/health", "Content-Length: 500\r\n") + get("/who/smuggled"));

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answer, Not(HasSubstr("smuggled")));
    EXPECT_EQ(at_client.ends, 1);
}

// ── what is wrong with a request ──

TEST_F(ExchangeTest, AnswersWhatIsNotHttpWithA400AndEnds) {
    connect();
    EXPECT_THAT(talk("GET /health HTTP/1.1\nHost: a\n\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, AnswersALongRequestLineWithA414) {
    connect();
    EXPECT_THAT(talk("GET /" + std::string(9000, 'a')), StartsWith("HTTP/1.1 414 "));
}

TEST_F(ExchangeTest, AnswersALongHeadWithA431) {
    connect();
    EXPECT_THAT(talk("GET / HTTP/1.1\r\nA: " + std::string(9000, 'a')),
                StartsWith("HTTP/1.1 431 "));
}

TEST_F(ExchangeTest, AnswersAnotherVersionWithA505) {
    connect();
    EXPECT_THAT(talk("GET / HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
}

TEST_F(ExchangeTest, AnswersWhatCameBeforeTheMistake) {
    connect();
    const auto answers = talk(get("/who/first") + "nonsense\r\n\r\n");

    EXPECT_THAT(answers, HasSubstr("first 10.0.0.1"));
    EXPECT_THAT(answers, HasSubstr("HTTP/1.1 400 "));
}

TEST_F(ExchangeTest, ThrowsAwayWhatComesBehindTheLastAnswer) {
    connect();
    (void)talk("nonsense\r\n\r\n");

    EXPECT_EQ(talk(get("/health")), "");
    EXPECT_EQ(registry.size(), 1U);
    client->shut_down();
    run_ready(context);
    EXPECT_EQ(registry.size(), 0U);
}

TEST_F(ExchangeTest, ReadsNoMoreThanSoMuchBehindTheLastAnswer) {
    connect();
    (void)talk("nonsense\r\n\r\n");

    (void)talk(std::string(256 * 1024, 'x'));
    EXPECT_EQ(registry.size(), 1U);
    (void)talk("x");
    EXPECT_EQ(registry.size(), 0U);
}

TEST_F(ExchangeTest, WaitsOnlyShortlyForThePeerToEndToo) {
    options.answer_timeout = 1h;
    connect();
    (void)talk("nonsense\r\n\r\n");

    EXPECT_TRUE(run_until(context, [this] { return registry.size() == 0; }));
}

// ── deadlines (row H04) ──

TEST_F(ExchangeTest, EndsASilentConnectionAtTheDeadline) {
    options.handshake_timeout = 30ms;
    connect();

    EXPECT_TRUE(run_until(context, [this] { return owner.released == 1; }));
    EXPECT_EQ(at_client.received, "");
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, EndsAHalfHeadAtTheDeadline) {
    options.handshake_timeout = 30ms;
    connect();
    (void)talk("GET / HTTP/1.1\r\nHost: a\r\n\r");

    EXPECT_TRUE(ends());
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 408 "));
}

// RFC 9113 section 3.4: what begins like the preface of HTTP/2 has begun.
TEST_F(ExchangeTest, EndsAHalfPrefaceAtTheDeadline) {
    if (!h2::kBuiltIn) GTEST_SKIP() << "built without HTTP/2";
    options.handshake_timeout = 30ms;
    for (const char* begin : {"P", "PR", "PRI * HTTP/2.0\r\n"}) {
        connect();
        (void)talk(begin);

        EXPECT_TRUE(ends());
        EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 408 ")) << begin;
        at_client = {};
    }
}

TEST_F(ExchangeTest, DoesNotSpeakHttp2OnceItHasAnsweredAHalfPreface) {
    if (!h2::kBuiltIn) GTEST_SKIP() << "built without HTTP/2";
    options.handshake_timeout = 30ms;
    connect();
    (void)talk("PRI * HTTP/2.0\r\n");
    ASSERT_TRUE(ends());
    EXPECT_THAT(talk(""), StartsWith("HTTP/1.1 408 "));

    EXPECT_EQ(talk("\r\nSM\r\n\r\n"), "");
}

TEST_F(ExchangeTest, CountsTheDeadlineFromTheBeginningNotFromTheLastByte) {
    options.handshake_timeout = 100ms;
    // Only time can end this head.
    constexpr std::size_t kEnough = std::size_t{1} << 30;
    options.head_limits = {.head_bytes = kEnough, .line_bytes = kEnough};
    connect();
    const auto drip = [this] {
        (void)write_text(*client, "x");
        return at_client.ends > 0;
    };
    (void)talk("GET /");

    EXPECT_TRUE(run_until(context, drip));
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 408 "));
}

TEST_F(ExchangeTest, EndsAConnectionThatIdlesBetweenRequests) {
    options.idle_timeout = 30ms;
    connect();
    (void)talk(get("/health"));

    EXPECT_TRUE(ends());
    EXPECT_EQ(at_client.received, "");
}

TEST_F(ExchangeTest, EndsALaterHeadThatIsNotWholeAtTheHandshakeTimeout) {
    options.handshake_timeout = 30ms;
    options.idle_timeout = 1h;
    for (const bool at_once : {true, false}) {
        connect();
        const auto answer = talk(get("/health") + (at_once ? "GET /" : ""));
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
        if (!at_once) (void)talk("GET /");

        EXPECT_TRUE(ends());
        EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 408 "));
        at_client = {};
    }
}

TEST_F(ExchangeTest, WaitsBetweenRequestsLongerThanForAHead) {
    options.handshake_timeout = 30ms;
    options.idle_timeout = 1h;
    connect();
    (void)talk(get("/health"));
    const auto idle = std::move(client);

    connect();
    EXPECT_TRUE(run_until(context, [this] { return owner.released > 0; }));

    EXPECT_EQ(registry.size(), 1U);
}

TEST_F(ExchangeTest, EndsAPeerThatDoesNotReadItsAnswer) {
    options.answer_timeout = 30ms;
    connect(10);
    client->set_reading(false);
    (void)talk(get("/health"));

    EXPECT_TRUE(run_until(context, [this] { return registry.size() == 0; }));
}

TEST_F(ExchangeTest, GivesAPeerASecondMoreForEach16KiBOfItsAnswer) {
    options.answer_timeout = 1ms;
    connect(10);
    client->set_reading(false);
    (void)talk(get("/large"));

    test::run_a_little(context);

    EXPECT_EQ(registry.size(), 1U);
}

TEST_F(ExchangeTest, GivesTheApplicationMoreTimeThanAHeadHas) {
    options.handshake_timeout = 1ms;
    options.decision_timeout = 1h;
    connect();
    (void)talk(upgrade_request("/ask"));
    ASSERT_EQ(asked.size(), 1U);

    test::run_a_little(context);
    asked[0].accept();

    EXPECT_THAT(talk(""), StartsWith("HTTP/1.1 101 "));
}

// ── the server stops ──

TEST_F(ExchangeTest, EndsAnIdleConnectionWhenTheServerStops) {
    connect();
    (void)talk(get("/health"));

    registry.go_away();
    run_ready(context);

    EXPECT_EQ(at_client.ends, 1);
    EXPECT_EQ(registry.size(), 0U);
}

// Otherwise any client that says half of something holds up the end.
TEST_F(ExchangeTest, EndsAHalfHeadWhenTheServerStops) {
    for (const char* begin : {"P", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r"}) {
        connect();
        EXPECT_EQ(talk(begin), "");

        registry.go_away();
        run_ready(context);

        EXPECT_EQ(registry.size(), 0U) << begin;
        EXPECT_EQ(at_client.received, "");
        EXPECT_EQ(at_client.ends, 1);
        at_client = {};
    }
}

TEST_F(ExchangeTest, EndsAHalfHeadBehindAnAnswerWhenTheServerStops) {
    connect(1000);
    client->set_reading(false);
    (void)talk(get("/large") + "GET / HT");

    registry.go_away();
    client->set_reading(true);
    run_ready(context);

    EXPECT_THAT(at_client.received, EndsWith("xxx"));
    EXPECT_EQ(registry.size(), 0U);
}

TEST_F(ExchangeTest, FinishesAnAnswerWhenTheServerStops) {
    connect(1000);
    client->set_reading(false);
    (void)talk(get("/large"));

    registry.go_away();
    client->set_reading(true);
    run_ready(context);

    EXPECT_THAT(at_client.received, EndsWith("xxx"));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, SaysCloseInTheAnswersBehindTheStopOfTheServer) {
    connect(1000);
    client->set_reading(false);
    (void)talk(get("/large") + get("/health") + get("/health"));

    registry.go_away();
    EXPECT_THAT(at_client.received, Not(HasSubstr("Connection: close")));
    client->set_reading(true);
    run_ready(context);

    EXPECT_THAT(at_client.received, HasSubstr("Connection: close"));
    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\nok"));
    EXPECT_EQ(at_client.ends, 1);
}

TEST_F(ExchangeTest, RejectsWhatIsUndecidedWhenTheServerStops) {
    connect();
    (void)talk(upgrade_request("/ask"));

    registry.go_away();

    EXPECT_THAT(talk(""), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ExchangeTest, OpensNothingWhenTheServerStops) {
    connect();
    (void)talk("GET /echo HTTP/1.1\r\n");
    site.going_away = true;

    EXPECT_THAT(talk(upgrade_request("/echo").substr(20)), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ExchangeTest, ClosesAWebSocketThatOpensWhileTheServerStops) {
    connect(10);
    client->set_reading(false);
    (void)talk(upgrade_request("/echo"));
    site.going_away = true;
    registry.go_away();

    client->set_reading(true);
    run_ready(context);

    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\n\x88\x02\x03\xe9"));
}

TEST_F(ExchangeTest, EndsAtOnceWhenDropped) {
    connect();
    (void)talk("GET /");
    registry.drop();
    run_ready(context);
    EXPECT_EQ(at_client.ends, 1);
    EXPECT_EQ(owner.released, 1);
}

}  // namespace
}  // namespace tautline::server
