// SPDX-License-Identifier: MIT
// Requests, and the answers that they get or do not get.
#include <array>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>

namespace tautline::transport {
namespace {

using test::get_request;
using test::H2Answer;
using test::H2Pair;
using test::keep;
using test::websocket_request;
using test::write_text;

TEST(H2Connection, AnswersAnOrdinaryRequest) {
    H2Pair pair;
    const std::string body(200'000, 'b');
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 200, .fields = {{"x-a", "1"}}}, body);
    };
    H2Answer response;
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

TEST(H2Connection, X05_AnAnswerEndsThoughItFillsTheWindow) {
    H2Pair pair({}, {.protocol = {.stream_window_bytes = 3}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, "ok\n");
    };
    H2Answer unread;

    ASSERT_TRUE(pair.client->open(get_request(), keep(unread)));
    pair.run();

    ASSERT_TRUE(unread && *unread);
    EXPECT_EQ(pair.server->stream_count(), 0U);
}

TEST(H2Connection, RefusesAWebSocketWithAResponse) {
    H2Pair pair;
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {.status = 403}, "no");
    };
    H2Answer response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    ASSERT_TRUE(response && *response);
    EXPECT_EQ((*response)->head.status, 403);
}

TEST(H2Connection, X08_RefusesRequestsWhileAnswersWait) {
    H2Pair pair({.protocol = {.max_answer_bytes = 200'000}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(100'000, 'b'));
    };
    std::array<H2Answer, 4> responses;
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
    H2Answer response;
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
    H2Answer response;
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
    H2Answer response;
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
    H2Answer response;
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
    H2Answer response;
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
    H2Answer response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    ASSERT_TRUE(response && !*response);
    EXPECT_EQ(response->error(), h2::make_error_code(h2::ErrorCode::cancel));
    EXPECT_EQ(pair.client->stream_count(), 0U);
}

TEST(H2Connection, SaysWhatMayNotBeSentInAnAnswer) {
    H2Pair pair;
    pair.at_server.at_request = nullptr;
    H2Answer response;
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

}  // namespace
}  // namespace tautline::transport
