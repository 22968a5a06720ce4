// SPDX-License-Identifier: MIT
#include <tautline/transport/h2_connection.hpp>

#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>

namespace tautline::transport {
namespace {

using test::H2Answer;
using test::H2Pair;
using test::H2Recorder;
using test::keep;
using test::websocket_request;
using test::write_text;

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
    H2Answer response;

    ASSERT_TRUE(pair.client->open(websocket_request(), keep(response)));
    pair.run();

    EXPECT_TRUE(response && *response);
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
