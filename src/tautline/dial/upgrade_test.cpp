// SPDX-License-Identifier: MIT
#include <tautline/dial/upgrade.hpp>

#include <array>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline::dial {
namespace {

// The server's side of an upgrade, played by the test.
struct Script {
    Script() {
        auto [client, peer] = transport::make_memory_pair(loop);
        server = std::move(peer);
        server->set_handler(&at_server);
        server->set_reading(true);
        upgrade = std::make_unique<Upgrade>(
            loop, std::move(client), websocket::ClientOffer{.uri = *http::parse_uri("ws://a/")},
            http::HeadLimits{}, observe::ObservedCall());
        upgrade->start([this](auto done) { result = std::move(done); });
        test::run_ready(context);
    }
    void answer(std::string_view text) {
        const std::array<Bytes, 1> pieces{as_bytes(text)};
        EXPECT_EQ(server->write(pieces), text.size());
    }
    void accept(std::string_view behind) {
        const std::string_view mark = "Sec-WebSocket-Key: ";
        const auto key = at_server.received.substr(at_server.received.find(mark) + mark.size(), 24);
        answer(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            websocket::handshake_accept_for(key) + "\r\n\r\n" + std::string(behind));
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [this] { return result.has_value(); });
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::StreamRecorder at_server;
    std::unique_ptr<transport::ByteStream> server;
    std::unique_ptr<Upgrade> upgrade;
    std::optional<std::expected<Upgraded, Error>> result;
};

TEST(Upgrade, GivesTheStreamAndWhatCameBehindTheHandshake) {
    Script script;
    script.accept("frames");

    ASSERT_TRUE(script.finish());

    ASSERT_TRUE(*script.result) << script.result->error().to_string();
    EXPECT_EQ((*script.result)->response.status, 101);
    EXPECT_EQ(as_text(std::as_const((*script.result)->rest).readable()), "frames");
    EXPECT_NE((*script.result)->stream, nullptr);
}

TEST(Upgrade, H15_TellsARefusalWithTheBodyThatItsLengthAnnounces) {
    Script script;
    script.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope");

    ASSERT_TRUE(script.finish());

    const Error& error = script.result->error();
    EXPECT_EQ(error.code, HandshakeError::rejected);
    EXPECT_EQ(error.refusal->status, 403);
    EXPECT_EQ(error.refusal->body, "nope");
}

TEST(Upgrade, H15_WaitsForTheBodyOfARefusalForASecondOnly) {
    Script script;
    script.answer("HTTP/1.1 403 Forbidden\r\n\r\nhalf");

    ASSERT_TRUE(script.finish());

    EXPECT_EQ(script.result->error().refusal->body, "half");
}

TEST(Upgrade, H15_TellsTheContentOfARefusalInChunksAndWaitsForNothingBehindIt) {
    Script script;
    script.answer(
        "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");

    test::run_ready(script.context);

    ASSERT_TRUE(script.result);
    EXPECT_EQ(script.result->error().refusal->body, "hello world");
}

TEST(Upgrade, H15_KeepsTheFirstKilobyteOfARefusal) {
    Script script;
    script.answer("HTTP/1.1 403 Forbidden\r\n\r\n" + std::string(5000, 'x'));

    ASSERT_TRUE(script.finish());

    EXPECT_EQ(script.result->error().refusal->body, std::string(1024, 'x'));
}

TEST(Upgrade, TellsAWrongAnswer) {
    Script script;
    script.answer(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n");

    ASSERT_TRUE(script.finish());

    EXPECT_EQ(script.result->error().code, HandshakeError::accept_wrong);
}

TEST(Upgrade, TellsThatTheServerHungUp) {
    Script script;
    script.server->shut_down();

    ASSERT_TRUE(script.finish());

    EXPECT_EQ(script.result->error().code, TransportError::closed_early);
}

TEST(Upgrade, MayBeDestroyedMeanwhile) {
    Script script;

    script.upgrade.reset();
    script.answer("HTTP/1.1 403 Forbidden\r\n\r\n");
    test::run_ready(script.context);

    EXPECT_FALSE(script.result);
}

}  // namespace
}  // namespace tautline::dial
