// SPDX-License-Identifier: MIT
#include <tautline/dial/exchange.hpp>

#include <array>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

#include <tautline/transport/memory_stream.hpp>

namespace tautline::dial {
namespace {

using Result = std::expected<http::ResponseHead, Error>;

// The server's side of an exchange, played by the test.
struct Script final : transport::ByteStreamHandler {
    explicit Script(std::size_t delivery_bytes = 1 << 20) {
        client->set_delivery_bytes(delivery_bytes);
        server->set_handler(this);
        server->set_reading(true);
        exchange.run("GET / HTTP/1.1\r\n\r\n", [this](Result done) { result = std::move(done); });
    }

    void on_bytes(MutableBytes bytes) override { received += as_text(bytes); }
    void on_writable() override {}
    void on_end(std::error_code) override {}

    void answer(std::string_view text) {
        const std::array<Bytes, 1> pieces{as_bytes(text)};
        EXPECT_EQ(server->write(pieces), text.size());
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [&] { return result.has_value(); });
    }
    [[nodiscard]] std::error_code error() const { return (*result).error().code; }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::pair<std::unique_ptr<transport::MemoryStream>, std::unique_ptr<transport::MemoryStream>>
        pair = transport::make_memory_pair(loop);
    transport::MemoryStream* client = pair.first.get();
    transport::MemoryStream* server = pair.second.get();
    Exchange exchange{loop, *client, {}};
    std::string received;
    std::optional<Result> result;
};

TEST(Exchange, SendsTheRequestAndReadsTheResponse) {
    Script script;
    script.answer("HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\nframes");
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.received, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ((*script.result)->fields.find("A"), "b");
    EXPECT_EQ(as_text(std::as_const(script.exchange.rest()).readable()), "frames");
}

TEST(Exchange, F16_ReadsTheResponseInBytes) {
    Script script(1);
    script.answer("HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n");
    ASSERT_TRUE(script.finish());
    EXPECT_EQ((*script.result)->status, 101);
}

TEST(Exchange, SkipsInterimResponses) {
    Script script;
    script.answer(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 "
        "OK\r\n\r\n");
    ASSERT_TRUE(script.finish());
    EXPECT_EQ((*script.result)->status, 200);
}

TEST(Exchange, H15_RefusesAnEndlessChainOfInterimResponses) {
    Script script;
    for (int i = 0; i < 9; ++i) script.answer("HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.error(), HandshakeError::response_malformed);
}

TEST(Exchange, SaysWhenTheAnswerIsNotHttp) {
    Script script;
    script.answer("SSH-2.0-OpenSSH_9.2\r\n");
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.error(), HandshakeError::response_malformed);
}

TEST(Exchange, H15_SaysWhenTheHeadIsTooLarge) {
    Script script;
    script.answer("HTTP/1.1 200 " + std::string(65536, 'x'));
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.error(), HandshakeError::response_too_large);
}

TEST(Exchange, SaysWhenTheStreamEndsEarly) {
    Script script;
    script.answer("HTTP/1.1 101 Swit");
    script.server->shut_down();
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.error(), TransportError::closed_early);
}

TEST(Exchange, SaysWhenTheStreamBreaks) {
    Script script;
    test::run_ready(script.context);
    script.server->fail(std::make_error_code(std::errc::connection_reset));
    ASSERT_TRUE(script.finish());
    EXPECT_EQ(script.error(), std::errc::connection_reset);
}

TEST(Exchange, SaysWhetherTheStreamHasEnded) {
    Script script;
    script.answer("HTTP/1.1 403 Forbidden\r\n\r\nno");
    ASSERT_TRUE(script.finish());
    EXPECT_FALSE(script.exchange.ended());

    Script ended;
    ended.server->shut_down();
    ASSERT_TRUE(ended.finish());
    EXPECT_TRUE(ended.exchange.ended());
}

TEST(Exchange, H15_KeepsNoMoreOfABodyThanABound) {
    Script script;
    script.answer("HTTP/1.1 403 Forbidden\r\n\r\n" + std::string(1 << 20, 'x'));
    ASSERT_TRUE(script.finish());
    EXPECT_LE(script.exchange.rest().size(), 256U * 1024);
}

}  // namespace
}  // namespace tautline::dial
