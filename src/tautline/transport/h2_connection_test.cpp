// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_connection.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/wire.hpp>

namespace tautline::transport {
namespace {

using test::get_request;
using test::H2Pair;
using test::H2Recorder;
using test::websocket_request;
using test::write_text;

using Response = std::optional<std::expected<H2Response, std::error_code>>;

H2ResponseDone keep(Response& response) {
    return [&response](auto result) { response = std::move(result); };
}

TEST(H2Connection, TellsTheClientThatTheServerTakesWebSockets) {
    const H2Pair pair;

    EXPECT_EQ(pair.at_client.settings, true);
    EXPECT_EQ(pair.at_server.settings, false);
}

TEST(H2Connection, CarriesAWebSocketInBothDirections) {
    H2Pair pair;
    const auto session = pair.open();

    EXPECT_EQ(write_text(*session->stream, "ping"), 4U);
    EXPECT_EQ(write_text(*pair.accepted[0]->stream, "pong"), 4U);
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.received, "ping");
    EXPECT_EQ(session->told.received, "pong");
}

TEST(H2Connection, ShowsTheRequestToTheServer) {
    H2Pair pair;
    const auto session = pair.open("/room?id=1");

    const h2::Request& request = pair.at_server.requests[0];
    EXPECT_EQ(request.protocol, "websocket");
    EXPECT_EQ(request.head.target, "/room?id=1");
    EXPECT_EQ(request.head.fields.find("host"), "example.org");
    EXPECT_EQ(request.head.fields.find("sec-websocket-version"), "13");
}

TEST(H2Connection, AnswersAnOrdinaryRequest) {
    H2Pair pair;
    const std::string body(200'000, 'b');
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 200, .fields = {{"x-a", "1"}}}, body);
    };
    Response response;
    ASSERT_TRUE(pair.client->open(get_request(), keep(response)));
    pair.run();
    ASSERT_TRUE(response && *response);
    test::H2Session session(std::move((*response)->stream));

    pair.run();

    EXPECT_EQ((*response)->head.fields.find("x-a"), "1");
    EXPECT_TRUE(session.told.received == body);
    EXPECT_EQ(session.told.end, std::error_code());
    EXPECT_EQ(pair.server->stream_count(), 0U);
    EXPECT_EQ(pair.client->stream_count(), 0U);
}

TEST(H2Connection, RefusesAWebSocketWithAResponse) {
    H2Pair pair;
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 403}, "no");
    };
    Response response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    ASSERT_TRUE(response && *response);
    EXPECT_EQ((*response)->head.status, 403);
}

TEST(H2Connection, X08_RefusesRequestsWhileAnswersWait) {
    H2Pair pair({.protocol = {.max_answer_bytes = 150'000}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(100'000, 'b'));
    };
    std::array<Response, 4> responses;
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(pair.client->open(get_request(), keep(responses[i])));
    }
    pair.run();
    EXPECT_EQ(pair.at_server.ids.size(), 2U);
    ASSERT_TRUE(responses[2] && !*responses[2]);
    EXPECT_EQ(responses[2]->error(), h2::make_error_code(h2::ErrorCode::refused_stream));

    const test::H2Session reads(std::move((*responses[0])->stream));
    pair.run();
    ASSERT_TRUE(pair.client->open(get_request(), keep(responses[3])));
    pair.run();

    EXPECT_EQ(reads.told.received.size(), 100'000U);
    EXPECT_EQ(pair.at_server.ids.size(), 3U);
}

TEST(H2Connection, FinishesAnAnswerWhoseRequestBringsTooMuch) {
    H2Pair pair;
    const std::string body(200'000, 'b');
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 403}, body);
    };
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    for (int i = 0; i < 10; ++i) {
        (void)write_text(*(*response)->stream, std::string(20'000, 'x'));
        pair.run();
    }
    test::H2Session session(std::move((*response)->stream));
    pair.run();

    EXPECT_TRUE(session.told.received == body);
    EXPECT_EQ(session.told.end, std::error_code());
}

TEST(H2Connection, DropsTheBodyOfARequestThatHasItsAnswer) {
    H2Pair pair;
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 403}, "no");
    };
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();
    test::H2Session session(std::move((*response)->stream));

    for (int i = 0; i < 10; ++i) {
        (void)write_text(*session.stream, std::string(20'000, 'x'));
        pair.run();
    }

    EXPECT_EQ(session.told.received, "no");
    EXPECT_EQ(pair.server->stream_count(), 0U);
}

TEST(H2Connection, AnswersLaterAndKeepsWhatCameMeanwhile) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();
    EXPECT_FALSE(response);

    pair.accept(pair.at_server.ids[0]);
    pair.run();

    ASSERT_TRUE(response && *response);
    EXPECT_EQ((*response)->head.status, 200);
}

TEST(H2Connection, TellsTheServerThatARequestWasTakenBack) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    const auto id = pair.client->open(websocket_request(), keep(response));
    pair.run();

    pair.client->cancel(*id);
    pair.run();

    EXPECT_EQ(pair.at_server.cancelled, 1);
    EXPECT_FALSE(response);
}

TEST(H2Connection, GivesADeadStreamForARequestThatWasTakenBack) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    const auto id = pair.client->open(websocket_request(), keep(response));
    pair.run();
    pair.client->cancel(*id);
    pair.run();

    pair.accept(pair.at_server.ids[0]);
    EXPECT_TRUE(pair.server->respond(pair.at_server.ids[0], {}, "late"));
    pair.server->cancel(pair.at_server.ids[0]);
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.ends, 1);
    EXPECT_EQ(pair.accepted[0]->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST(H2Connection, TellsTheClientThatARequestWasReset) {
    H2Pair pair;
    pair.at_server.at_request = [&](h2::StreamId id) { pair.server->cancel(id); };
    Response response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    ASSERT_TRUE(response && !*response);
    EXPECT_EQ(response->error(), h2::make_error_code(h2::ErrorCode::cancel));
    EXPECT_EQ(pair.client->stream_count(), 0U);
}

TEST(H2Connection, SaysWhatMayNotBeSentInAnAnswer) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();
    const h2::StreamId id = pair.at_server.ids[0];
    const http::ResponseHead bad{.status = 200, .fields = {{"a", "b\r\nc"}}};

    EXPECT_EQ(pair.server->respond(id, bad, "").error(), UsageError::header_invalid);
    EXPECT_EQ(pair.server->accept(id, bad).error(), UsageError::header_invalid);
    EXPECT_TRUE(pair.server->respond(id, {.status = 500}, ""));
    pair.run();

    EXPECT_EQ((*response)->head.status, 500);
}

// Counts what is written to the stream that it stands for.
struct CountingStream final : ByteStream {
    CountingStream(std::unique_ptr<ByteStream> lower, int& count)
        : lower_(std::move(lower)), count_(count) {}
    void set_handler(ByteStreamHandler* handler) override { lower_->set_handler(handler); }
    void set_reading(bool reading) override { lower_->set_reading(reading); }
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override {
        ++count_;
        return lower_->write(pieces);
    }
    [[nodiscard]] bool broken() const override { return lower_->broken(); }
    void shut_down() override { lower_->shut_down(); }
    [[nodiscard]] bool flushed() const override { return lower_->flushed(); }
    void close() override { lower_->close(); }
    [[nodiscard]] StreamInfo info() const override { return lower_->info(); }

private:
    std::unique_ptr<ByteStream> lower_;
    int& count_;
};

TEST(H2Connection, WritesOnceATurnForAllStreams) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [left, right] = make_memory_pair(loop);
    H2Recorder at_client;
    H2Recorder at_server;
    int writes = 0;
    H2Connection client(loop, std::make_unique<CountingStream>(std::move(left), writes),
                        h2::Role::client, at_client);
    H2Connection server(loop, std::move(right), h2::Role::server, at_server);
    std::vector<std::unique_ptr<ByteStream>> streams;
    at_server.at_request = [&](h2::StreamId id) { streams.push_back(*server.accept(id, {})); };
    test::run_ready(context);
    for (int i = 0; i < 50; ++i) {
        (void)client.open(websocket_request(),
                          [&](auto response) { streams.push_back(std::move(response->stream)); });
    }
    test::run_ready(context);
    ASSERT_EQ(streams.size(), 100U);
    writes = 0;

    for (std::size_t i = 50; i < 100; ++i) EXPECT_EQ(write_text(*streams[i], "hello"), 5U);
    test::run_ready(context);

    EXPECT_EQ(writes, 1);
}

// ── X07 ──

TEST(H2Connection, X07_EndsEachStreamOnceWhenTheConnectionIsLost) {
    H2Pair pair;
    const auto first = pair.open();
    const auto second = pair.open();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    for (const auto* told : {&first->told, &second->told, &pair.accepted[0]->told}) {
        EXPECT_EQ(told->ends, 1);
        EXPECT_EQ(told->end, std::make_error_code(std::errc::connection_reset));
    }
    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_server.ends, 1);
}

TEST(H2Connection, X07_AnEndOfTheLowerStreamIsAnErrorForOpenStreams) {
    H2Pair pair;
    const auto session = pair.open();

    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(session->told.end, TransportError::closed_early);
    EXPECT_EQ(pair.at_client.end, TransportError::closed_early);
}

TEST(H2Connection, EndsWithoutAnErrorWhenThePeerClosesAnIdleConnection) {
    H2Pair pair;

    pair.server_lower->shut_down();
    pair.run();

    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST(H2Connection, X07_StreamsOutliveTheirConnection) {
    H2Pair pair;
    const auto session = pair.open();
    session->told.at_end = [&] { EXPECT_EQ(write_text(*session->stream, "late"), 4U); };

    pair.client.reset();
    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, UsageError::closed);
    EXPECT_EQ(pair.accepted[0]->told.ends, 1);
}

TEST(H2Connection, X07_TheConnectionMayBeRetiredInTheEndOfAStream) {
    H2Pair pair;
    const auto first = pair.open();
    auto second = pair.open();
    first->told.at_end = [&] {
        pair.loop.retire(std::move(pair.client));
        second.reset();
    };

    pair.client_lower->fail(std::make_error_code(std::errc::broken_pipe));
    pair.run();

    EXPECT_EQ(first->told.ends, 1);
}

TEST(H2Connection, X07_FailsRequestsWithoutAResponse) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(response->error(), std::make_error_code(std::errc::connection_reset));
    EXPECT_EQ(pair.at_server.cancelled, 1);
}

TEST(H2Connection, X07_CallsNobodyAfterItWasClosed) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    pair.client->close();
    pair.server->close();
    pair.run();

    EXPECT_FALSE(response);
    EXPECT_EQ(pair.at_client.ends + pair.at_server.ends + pair.at_server.cancelled, 0);
    EXPECT_EQ(pair.client->open(get_request(), keep(response)).error(), UsageError::closed);
}

TEST(H2Connection, X07_CloseInsideOfARequestStopsTheRest) {
    H2Pair pair;
    Response first;
    Response second;
    pair.at_server.at_request = [&](h2::StreamId) { pair.server->close(); };
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(first)));
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(second)));

    pair.run();

    EXPECT_EQ(pair.at_server.ids.size(), 1U);
    EXPECT_FALSE(first->has_value());
    EXPECT_FALSE(second->has_value());
}

// ── GOAWAY ──

TEST(H2Connection, GoAwayLetsOpenStreamsEndFirst) {
    H2Pair pair;
    auto session = pair.open();

    pair.server->go_away();
    pair.run();
    EXPECT_EQ(pair.at_client.go_aways, 2);
    EXPECT_FALSE(pair.client->can_open());
    (void)write_text(*session->stream, "still");
    pair.run();
    EXPECT_EQ(pair.accepted[0]->told.received, "still");
    EXPECT_EQ(pair.at_server.ends, 0);
    session->stream->shut_down();
    pair.accepted[0]->stream->shut_down();
    pair.run();

    EXPECT_EQ(pair.at_server.ends, 1);
    EXPECT_EQ(pair.at_server.end, std::error_code());
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Connection, GoAwayEndsAConnectionWithoutStreamsAtOnce) {
    H2Pair pair;

    pair.server->go_away();
    pair.run();

    EXPECT_EQ(pair.at_server.ends, 1);
    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST(H2Connection, X07_GoAwayInTheMiddleOfARequestIsNoLoss) {
    H2Pair pair;
    const auto before = pair.open();
    pair.server->go_away();
    Response response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    EXPECT_TRUE(response && *response);
}

// ── time ──

TEST(H2Connection, EndsAConnectionThatHasNoStreamsForLong) {
    H2Pair pair({.idle_timeout = std::chrono::milliseconds(20)});

    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.at_server.ends == 1; }));

    EXPECT_EQ(pair.at_server.end, std::error_code());
}

TEST(H2Connection, CountsTheTimeBeforeItAsIdle) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [left, right] = make_memory_pair(loop);
    H2Recorder at_server;
    const H2Connection server(
        loop, std::move(right), h2::Role::server, at_server,
        {.idle_timeout = std::chrono::hours(1), .idle_since = loop.now() - std::chrono::hours(1)});

    EXPECT_TRUE(test::run_until(context, [&] { return at_server.closes == 1; }));
}

// Its HEADERS has no END_HEADERS: nothing that counts as a stream, but nothing that could end.
TEST(H2Connection, X03_EndsAnIdleConnectionWhoseHeadNeverEnds) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [left, right] = make_memory_pair(loop);
    test::StreamRecorder raw;
    left->set_handler(&raw);
    left->set_reading(true);
    H2Recorder at_server;
    const Duration long_time = std::chrono::hours(1);
    H2Connection server(loop, std::move(right), h2::Role::server, at_server,
                        {.idle_timeout = long_time, .idle_since = loop.now() - long_time});

    (void)write_text(*left, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const auto frames = test::wire("000000 04 00 00000000 | 000003 01 01 00000001 828684");
    const Bytes piece = frames;
    EXPECT_EQ(left->write({&piece, 1}), piece.size());

    EXPECT_TRUE(test::run_until(context, [&] { return at_server.closes == 1; }));
    EXPECT_EQ(at_server.end, std::error_code());
}

TEST(H2Connection, X04_StopsARequestThatDoesNotEndAfterItsAnswer) {
    H2Pair pair({.answer_timeout = std::chrono::milliseconds(20)});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 403}, "no");
    };
    Response response;
    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();
    ASSERT_TRUE(response && *response);
    EXPECT_EQ(pair.server->stream_count(), 1U);
    test::H2Session session(std::move((*response)->stream));

    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.server->stream_count() == 0; }));

    EXPECT_EQ(session.told.received, "no");
    EXPECT_EQ(session.told.end, std::error_code());
}

TEST(H2Connection, X04_EndsAConnectionThatTakesNothingForLong) {
    H2Pair pair({.stall_timeout = std::chrono::milliseconds(20)});
    const auto session = pair.open();
    pair.client_lower->set_capacity(0);

    (void)write_text(*pair.accepted[0]->stream, "hello");
    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.at_server.ends == 1; }));

    EXPECT_EQ(pair.at_server.end, TransportError::slow_consumer);
}

TEST(H2Connection, X04_ResetsAResponseThatNobodyReads) {
    H2Pair pair({.answer_timeout = std::chrono::milliseconds(20)},
                {.protocol = {.stream_window_bytes = 1000}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(10'000, 'b'));
    };
    Response response;
    ASSERT_TRUE(pair.client->open(get_request(), keep(response)));

    EXPECT_TRUE(test::run_until(pair.context, [&] {
        return pair.at_server.ids.size() == 1 && pair.server->stream_count() == 0;
    }));

    EXPECT_EQ(pair.at_server.ends, 0);
}

TEST(H2Connection, X04_AReaderThatTakesAByteNowAndThenWinsNoTime) {
    H2Pair pair({.answer_timeout = std::chrono::milliseconds(300)},
                {.protocol = {.stream_window_bytes = 1}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(2000, 'b'));
    };
    Response response;
    ASSERT_TRUE(pair.client->open(get_request(), keep(response)));
    pair.run();
    test::H2Session slow(std::move((*response)->stream));
    slow.told.at_bytes = [&] { slow.stream->set_reading(false); };

    Instant last = pair.loop.now();
    EXPECT_TRUE(test::poll_until(pair.context, [&] {
        if (pair.loop.now() >= last + std::chrono::milliseconds(1)) {
            last = pair.loop.now();
            slow.stream->set_reading(true);
        }
        return slow.told.ends == 1;
    }));

    EXPECT_EQ(slow.told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST(H2Connection, X01_TellsThePeerAndEndsWhenItBreaksARule) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [left, right] = make_memory_pair(loop);
    test::StreamRecorder raw;
    left->set_handler(&raw);
    left->set_reading(true);
    H2Recorder at_server;
    H2Connection server(loop, std::move(right), h2::Role::server, at_server);

    (void)write_text(*left, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    test::run_ready(context);

    EXPECT_EQ(at_server.ends, 1);
    EXPECT_EQ(at_server.end, h2::make_error_code(h2::ErrorCode::protocol_error));
    EXPECT_EQ(raw.ends, 1);
}

}  // namespace
}  // namespace tautline::transport
