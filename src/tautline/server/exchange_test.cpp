// SPDX-License-Identifier: MIT
#include <tautline/server/exchange.hpp>

#include <chrono>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>
#include <tests/support/wire.hpp>

#include <tautline/transport/memory_stream.hpp>

namespace tautline::server {
namespace {

using namespace std::chrono_literals;
using test::run_ready;
using test::run_until;
using test::upgrade_request;
using test::write_text;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// RFC 6455 section 5.7: "Hello" from a client.
const std::string kHello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

struct ExchangeTest : testing::Test {
    ExchangeTest() {
        routes.add_get("/health", [](const Request&) { return Response::text("ok"); });
        routes.add_get("/large",
                       [](const Request&) { return Response::text(std::string(100'000, 'x')); });
        routes.add_get("/broken", [](const Request&) -> Response { throw 1; });
        routes.add_get("/who/{name}", [](const Request& request) {
            return Response::text(std::string(request.parameter("name")) + " " +
                                  request.peer_address + " " + request.head.target);
        });
        routes.add_websocket("/echo", echo(), {});
        routes.add_websocket("/ask", echo(), {.on_upgrade = [this](UpgradeRequest request) {
                                 asked.push_back(std::move(request));
                             }});
        routes.add_websocket("/throw", echo(), {.on_upgrade = [](UpgradeRequest) { throw 1; }});
    }

    Handlers echo() {
        return {.on_open = [this](Peer& peer) { opened.push_back(peer.info()); },
                .on_message = [](Peer& peer, MessageView message) { peer.send(message); }};
    }

    /// `capacity` is how much of an answer is on its way when the client does not read.
    void connect(std::size_t capacity = static_cast<std::size_t>(-1)) {
        auto [near, far] = transport::make_memory_pair(loop);
        client = std::move(near);
        client->set_capacity(capacity);
        client->set_handler(&at_client);
        client->set_reading(true);
        far->set_info({.peer_address = "10.0.0.1:5"});
        server_end = far.get();
        Exchange::start(site, Slot(owner), std::move(far));
    }
    /// Sends `text` and returns what is answered.
    std::string talk(std::string_view text) {
        (void)write_text(*client, text);
        run_ready(context);
        return std::exchange(at_client.received, {});
    }
    /// Whether the server ends its half, soon or later.
    bool ends() {
        return run_until(context, [this] { return at_client.ends > 0; });
    }

    struct Owner final : SlotOwner {
        void release_slot() override { ++released; }
        int released = 0;
    };

    Owner owner;
    Routes routes;
    ServerOptions options;
    std::vector<UpgradeRequest> asked;
    std::vector<OpenInfo> opened;
    test::StreamRecorder at_client;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    Site site{loop, registry, routes, options};
    std::unique_ptr<transport::MemoryStream> client;
    transport::MemoryStream* server_end = nullptr;
};

std::string get(std::string_view target, std::string_view fields = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
           "\r\n";
}

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

TEST_F(ExchangeTest, AnswersHeadWithoutABody) {
    connect();
    const auto answer = talk("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Content-Length: 2\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
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

TEST_F(ExchangeTest, CountsTheDeadlineFromTheBeginningNotFromTheLastByte) {
    options.handshake_timeout = 100ms;
    connect();
    const auto drip = [this] {
        (void)write_text(*client, "x");
        return at_client.ends > 0;
    };
    (void)talk("GET /");

    EXPECT_TRUE(run_until(context, drip));
}

TEST_F(ExchangeTest, EndsAConnectionThatIdlesBetweenRequests) {
    options.handshake_timeout = 30ms;
    connect();
    (void)talk(get("/health"));

    EXPECT_TRUE(ends());
    EXPECT_EQ(at_client.received, "");
}

TEST_F(ExchangeTest, EndsAPeerThatDoesNotReadItsAnswer) {
    options.handshake_timeout = 30ms;
    connect(10);
    client->set_reading(false);
    (void)talk(get("/health"));

    EXPECT_TRUE(run_until(context, [this] { return registry.size() == 0; }));
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
    options.handshake_timeout = 30ms;
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

    Exchange::resume(site, Slot(owner), std::move(far), *reader.receive(as_bytes(request))->head,
                     as_bytes(kHello));
    run_ready(context);

    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\n\x81\x05Hello"));
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

TEST_F(ExchangeTest, AnswersARequestThatHasBegunWhenTheServerStops) {
    connect();
    (void)talk("GET /health HTTP/1.1\r\n");

    registry.go_away();
    const auto answer = talk("Host: a\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, EndsWith("ok"));
    EXPECT_EQ(at_client.ends, 1);
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
