// SPDX-License-Identifier: MIT
// How a stream ends: in order, by a reset, and with its connection.
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_load.hpp>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>

namespace tautline::transport {
namespace {

using test::H2Pair;
using test::H2Sender;
using test::H2Session;
using test::kH2Window;
using test::pattern;
using test::write_text;

TEST(H2Stream, X07_TellsAResetAsItsCode) {
    H2Pair pair;
    const auto session = pair.open();

    pair.accepted[0]->stream->close();
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    EXPECT_EQ(pair.accepted[0]->told.ends, 0);
}

TEST(H2Stream, X07_AResetAfterTheEndTakesNothingAway) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    (void)write_text(*pair.accepted[0]->stream, "last words");
    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();

    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, X07_AWriterThatWaitsIsFreedWhenBothHalvesAreOver) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->set_reading(false);
    H2Sender sender(*session, pattern(kH2Window + 1));
    pair.run();
    EXPECT_EQ(sender.rest.size(), 1U);

    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();

    EXPECT_EQ(sender.rest, "");
    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, X07_WhoDoesNotReadIsToldOfNoErrorWhenBothHalvesAreOver) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    session->stream->shut_down();
    pair.accepted[0]->stream->shut_down();
    pair.run();
    EXPECT_EQ(pair.client->stream_count(), 0U);
    EXPECT_EQ(session->told.ends, 0);

    session->stream->set_reading(true);
    pair.run();

    EXPECT_EQ(session->told.end, std::error_code());
}

TEST(H2Stream, X07_WhoDoesNotReadIsToldOfAResetBehindTheEnd) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);

    pair.accepted[0]->stream->shut_down();
    pair.run();
    EXPECT_EQ(session->told.ends, 0);
    pair.accepted[0]->stream->close();
    pair.run();
    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST(H2Stream, X07_WhoDoesNotReadIsToldOfALossBehindTheEnd) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    pair.accepted[0]->stream->shut_down();
    pair.run();

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, std::make_error_code(std::errc::connection_reset));
}

TEST(H2Stream, X07_WhoLeavesBytesUnreadIsToldWhenItWrites) {
    H2Pair pair;
    const auto session = pair.open();
    session->stream->set_reading(false);
    (void)write_text(*pair.accepted[0]->stream, "last words");
    pair.accepted[0]->stream->shut_down();
    pair.accepted[0]->stream->close();
    pair.run();
    EXPECT_EQ(session->told.ends, 0);

    EXPECT_EQ(write_text(*session->stream, "late"), 4U);
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

// A session that does not read, and a peer that has sent something.
struct H2Unread : testing::Test {
    H2Unread() {
        session->stream->set_reading(false);
        (void)write_text(*pair.accepted[0]->stream, "last words");
        pair.run();
        EXPECT_EQ(session->told.received, "");
    }
    H2Pair pair;
    std::unique_ptr<H2Session> session = pair.open();
};

TEST_F(H2Unread, X07_ComesBeforeAReset) {
    pair.accepted[0]->stream->close();
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

TEST_F(H2Unread, X07_ComesBeforeTheLossOfTheConnection) {
    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.end, std::make_error_code(std::errc::connection_reset));
}

TEST_F(H2Unread, X07_IsDroppedOnceTheStreamWasClosed) {
    pair.accepted[0]->stream->close();
    session->told.at_bytes = [this] { session->stream->close(); };
    pair.run();

    EXPECT_EQ(session->told.received, "last words");
    EXPECT_EQ(session->told.ends, 0);
}

TEST_F(H2Unread, X07_MayBeRetiredInsideOfACall) {
    pair.accepted[0]->stream->close();
    session->told.at_bytes = [this] { pair.loop.retire(std::move(session->stream)); };
    pair.run();

    EXPECT_EQ(session->told.ends, 0);
}

TEST(H2Stream, X07_TellsAResetWithoutAnErrorToo) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [near, server] = make_memory_pair(loop);
    test::StreamRecorder raw;
    server->set_handler(&raw);
    test::H2Recorder at_client;
    H2Connection client(loop, std::move(near), h2::Role::client, at_client);
    std::unique_ptr<H2Session> session;
    (void)write_text(*server, test::settings_frame({{0x8, 1}}));
    test::run_ready(context);
    const auto id = client.open(test::websocket_request(), [&](auto response) {
        session = std::make_unique<H2Session>(std::move(response->stream));
    });
    ASSERT_TRUE(id);

    (void)write_text(*server, test::headers_frame(1, {{":status", "200"}}));
    (void)write_text(*server, test::frame(0x3, 0, 1, test::big_endian(0, 4)));
    test::run_ready(context);

    ASSERT_TRUE(session);
    EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(session->told.end, h2::make_error_code(h2::ErrorCode::no_error));
}

TEST(H2Stream, EndsInOrderWhenItIsShutDownBeforeItIsClosed) {
    H2Pair pair;
    const auto session = pair.open();
    pair.accepted[0]->stream->shut_down();
    pair.run();

    session->stream->shut_down();
    session->stream->close();
    pair.run();

    EXPECT_EQ(pair.accepted[0]->told.end, std::error_code());
    EXPECT_EQ(pair.server->stream_count(), 0U);
}

TEST(H2Stream, X05_EndsWithItsLastBytesThoughTheyFillTheWindow) {
    H2Pair pair({}, {.protocol = {.stream_window_bytes = 5}});
    const auto session = pair.open();
    session->stream->shut_down();
    session->stream->set_reading(false);
    test::H2Session& server = *pair.accepted[0];

    const Bytes first = as_bytes(std::string_view("123456"));
    EXPECT_EQ(server.stream->write_last({&first, 1}), 5U);
    EXPECT_FALSE(server.stream->broken());
    session->stream->set_reading(true);
    pair.run();
    session->stream->set_reading(false);
    const Bytes last = as_bytes(std::string_view("67890"));
    EXPECT_EQ(server.stream->write_last({&last, 1}), 5U);
    EXPECT_TRUE(server.stream->broken());
    pair.run();

    EXPECT_EQ(pair.server->stream_count(), 0U);
    session->stream->set_reading(true);
    pair.run();
    EXPECT_EQ(session->told.received, "1234567890");
    EXPECT_EQ(session->told.end, std::error_code());
}

// However the connection goes, both sides tell each of a thousand streams so, once.
void expect_one_end_each(const std::function<void(H2Pair&)>& lose) {
    constexpr std::size_t kStreams = 1000;
    H2Pair pair;
    std::vector<std::unique_ptr<H2Session>> sessions;
    for (std::size_t i = 0; i < kStreams; ++i) {
        sessions.push_back(pair.open());
        ASSERT_TRUE(sessions.back());
    }

    lose(pair);
    pair.run();

    for (const auto& session : sessions) EXPECT_EQ(session->told.ends, 1);
    for (const auto& session : pair.accepted) EXPECT_EQ(session->told.ends, 1);
    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_server.ends, 1);
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheConnectionIsReset) {
    expect_one_end_each([](H2Pair& pair) {
        pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    });
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheClientEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) { pair.client_lower->shut_down(); });
}

TEST(H2Stream, X07_AThousandStreamsEndOnceWhenTheServerEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) { pair.server_lower->shut_down(); });
}

// A frame on stream 0 that belongs to a stream: RFC 9113 section 6.1.
TEST(H2Stream, X07_AThousandStreamsEndOnceWhenAGoAwayEndsTheConnection) {
    expect_one_end_each([](H2Pair& pair) {
        const std::string data("\0\0\1\0\0\0\0\0\0x", 10);
        const Bytes bytes = as_bytes(data);
        EXPECT_EQ(pair.client_lower->write({&bytes, 1}), data.size());
    });
}

TEST(H2Stream, X07_AThousandStreamsThatEndAfterAGoAwayEndOnce) {
    expect_one_end_each([](H2Pair& pair) {
        pair.server->go_away();
        pair.client->go_away();
        pair.run();
        EXPECT_EQ(pair.at_client.ends, 0);
        for (const auto& session : pair.accepted) session->stream->shut_down();
        pair.run();
        pair.client_lower->shut_down();
    });
}

}  // namespace
}  // namespace tautline::transport
