// SPDX-License-Identifier: MIT
// Whom a connection waits for, and how long.
#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>
#include <tests/support/later.hpp>
#include <tests/support/wire.hpp>

namespace tautline::transport {
namespace {

using test::get_request;
using test::H2Answer;
using test::H2Pair;
using test::H2Recorder;
using test::keep;
using test::websocket_request;
using test::write_text;

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

// Its stream is over before the connection looks for one.
TEST(H2Connection, IsNotIdleSinceBeforeARequestThatIsAnsweredAtOnce) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    auto [left, right] = make_memory_pair(loop);
    H2Recorder at_server;
    const Duration long_time = std::chrono::hours(1);
    H2Connection server(loop, std::move(right), h2::Role::server, at_server,
                        {.idle_timeout = long_time, .idle_since = loop.now() - long_time});
    at_server.at_request = [&](h2::StreamId id) { (void)server.respond(id, {}, "ok"); };

    std::string bytes =
        std::string(test::kPreface) + test::settings_frame({}) +
        test::headers_frame(
            1, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}},
            test::kEndHeaders | test::kEndStream);
    server.receive(std::as_writable_bytes(std::span(bytes)));
    test::run_a_little(context);

    EXPECT_EQ(at_server.ids.size(), 1U);
    EXPECT_EQ(server.stream_count(), 0U);
    EXPECT_EQ(at_server.ends, 0);
}

// A lower stream that has room of which it has not told.
struct LateStream final : ByteStream {
    void set_handler(ByteStreamHandler* given) override { handler = given; }
    void set_reading(bool) override {}
    [[nodiscard]] std::size_t write(std::span<const Bytes> pieces) override {
        return told ? total_bytes(pieces) : 0;
    }
    [[nodiscard]] bool broken() const override { return false; }
    void retry_writing() override {
        told = true;
        handler->on_writable();
    }
    void shut_down() override {}
    void close() override {}
    [[nodiscard]] StreamInfo info() const override { return {}; }

    ByteStreamHandler* handler = nullptr;
    bool told = false;
};

TEST(H2Connection, X04_TriesBeforeThePeerIsBlamed) {
    asio::io_context context;
    auto owned = std::make_unique<LateStream>();
    const LateStream& lower = *owned;
    H2Recorder at_server;
    const H2Connection server(io::Loop::of(context), std::move(owned), h2::Role::server, at_server,
                              {.stall_timeout = std::chrono::milliseconds(20)});

    EXPECT_TRUE(test::run_until(context, [&] { return lower.told || at_server.ends > 0; }));
    test::run_ready(context);

    EXPECT_EQ(at_server.ends, 0);
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

// A request that does not end is answered as a whole.
struct RefusedPair : H2Pair {
    RefusedPair() : H2Pair({.answer_timeout = std::chrono::milliseconds(20)}) {
        at_server.at_request = [this](h2::StreamId id) {
            (void)server->respond(id, {.status = 403}, "no");
        };
        EXPECT_TRUE(client->open(websocket_request(), keep(response)));
    }
    H2Answer response;
};

TEST(H2Connection, X04_StopsARequestThatDoesNotEndAfterItsAnswer) {
    RefusedPair pair;
    pair.run();
    ASSERT_TRUE(pair.response && *pair.response);
    EXPECT_EQ(pair.server->stream_count(), 1U);
    test::H2Session session(std::move((*pair.response)->stream));

    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.server->stream_count() == 0; }));

    EXPECT_EQ(session.told.received, "no");
    EXPECT_EQ(session.told.end, std::error_code());
}

// RFC 9113 section 8.1: what was answered as a whole is not taken back.
TEST(H2Connection, X04_StopsItWithoutAnError) {
    RefusedPair pair;
    ASSERT_TRUE(test::run_until(pair.context, [&] {
        return pair.at_server.ids.size() == 1 && pair.server->stream_count() == 0;
    }));
    pair.run();
    test::H2Session session(std::move((*pair.response)->stream));
    session.stream->set_reading(false);

    (void)write_text(*session.stream, "late");
    pair.run();

    EXPECT_EQ(session.told.end, h2::make_error_code(h2::ErrorCode::no_error));
}

// A byte after a while is progress: the time begins anew.
TEST(H2Connection, X04_WaitsForAPeerThatTakesALittleNowAndThen) {
    const Duration timeout = std::chrono::milliseconds(500);
    H2Pair pair({.stall_timeout = timeout});
    const auto session = pair.open();
    pair.client_lower->set_capacity(10);
    (void)write_text(*pair.accepted[0]->stream, "more than ten bytes");
    pair.client_lower->set_reading(false);
    pair.run();
    const Instant begun = pair.loop.now();
    while (pair.loop.now() < begun + 5 * io::TimerWheel::kTick) continue;
    const Instant taken = pair.loop.now();

    pair.client_lower->set_capacity(11);
    (void)write_text(*pair.client_lower, "");
    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.at_server.ends == 1; }));

    EXPECT_GE(pair.loop.now(), taken + timeout);
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
    H2Answer response;
    ASSERT_TRUE(pair.client->open(get_request(), keep(response)));

    EXPECT_TRUE(test::run_until(pair.context, [&] {
        return pair.at_server.ids.size() == 1 && pair.server->stream_count() == 0;
    }));

    EXPECT_EQ(pair.at_server.ends, 0);
}

TEST(H2Connection, X04_ResetsEachResponseThatNobodyReadsInItsTime) {
    H2Pair pair({.answer_timeout = std::chrono::milliseconds(50)},
                {.protocol = {.stream_window_bytes = 1000}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(10'000, 'b'));
    };
    H2Answer first;
    H2Answer second;
    ASSERT_TRUE(pair.client->open(get_request(), keep(first)));
    pair.run();
    const Instant begun = pair.loop.now();
    while (pair.loop.now() < begun + 3 * io::TimerWheel::kTick) continue;
    ASSERT_TRUE(pair.client->open(get_request(), keep(second)));
    pair.run();

    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.server->stream_count() == 0; }));

    EXPECT_EQ(pair.at_server.ids.size(), 2U);
}

TEST(H2Connection, X04_AReaderThatTakesAByteNowAndThenWinsNoTime) {
    H2Pair pair({.answer_timeout = std::chrono::milliseconds(300)},
                {.protocol = {.stream_window_bytes = 1}});
    pair.at_server.at_request = [&](h2::StreamId id) {
        (void)pair.server->respond(id, {}, std::string(2000, 'b'));
    };
    H2Answer response;
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

}  // namespace
}  // namespace tautline::transport
