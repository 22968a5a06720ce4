// SPDX-License-Identifier: MIT
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/transport/tls_stream.hpp>

namespace tautline::transport {
namespace {

using test::TlsPair;
using test::write_text;

TEST(TlsStreamHandshake, TellsTheHandshakeFromTheLoopOnly) {
    TlsPair pair;

    pair.connect();

    EXPECT_FALSE(pair.client_result);
    EXPECT_FALSE(pair.server_result);
}

TEST(TlsStreamHandshake, StartsPausedAndKeepsWhatCameMeanwhile) {
    TlsPair pair;
    pair.connect();
    pair.run();
    (void)write_text(*pair.client, "early");
    pair.run();
    EXPECT_EQ(pair.at_server.received, "");

    pair.server->set_reading(true);
    EXPECT_EQ(pair.at_server.received, "");
    pair.run();

    EXPECT_EQ(pair.at_server.received, "early");
}

TEST(TlsStreamHandshake, KeepsWhatComesTogetherWithTheEndOfTheHandshake) {
    TlsPair pair;
    pair.connect();
    // The client of TLS 1.3 is done first: what it writes at once arrives behind its last flight.
    ASSERT_TRUE(test::run_until(pair.context, [&] { return pair.client_result.has_value(); }));
    (void)write_text(*pair.client, "at once");
    pair.run();
    ASSERT_TRUE(pair.server_result && *pair.server_result);

    pair.server->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_server.received, "at once");
}

TEST(TlsStreamHandshake, ReadsAtOnceWhenReadingWasSetWithinTheHandshake) {
    TlsPair pair;
    pair.connect();
    pair.server->set_reading(true);
    pair.run();

    (void)write_text(*pair.client, "hello");
    pair.run();

    EXPECT_EQ(pair.at_server.received, "hello");
}

TEST(TlsStreamHandshake, MayBeClosedWithinTheHandshake) {
    TlsPair pair;
    pair.connect();
    pair.client->close();
    pair.run();

    EXPECT_FALSE(pair.client_result);
    ASSERT_TRUE(pair.server_result);
    EXPECT_EQ(pair.server_result->error().code, TransportError::tls_failed);
}

TEST(TlsStreamHandshake, TellsThatTheConnectionEndedInTheHandshake) {
    TlsPair pair;
    pair.connect();
    pair.server_lower->shut_down();
    pair.run();

    ASSERT_TRUE(pair.client_result && !*pair.client_result);
    EXPECT_EQ(pair.client_result->error().code, TransportError::tls_failed);
    EXPECT_EQ(pair.client_result->error().phase, Phase::tls);
    EXPECT_NE(pair.client_result->error().message.find("ended in the TLS handshake"),
              std::string::npos);
    EXPECT_EQ(pair.at_client.ends, 0);
}

TEST(TlsStreamHandshake, TellsAReaderNothingMoreThanThatItFailed) {
    TlsPair pair;
    pair.connect();
    pair.client->set_reading(true);
    pair.server_lower->shut_down();
    pair.run();

    ASSERT_TRUE(pair.client_result && !*pair.client_result);
    EXPECT_EQ(pair.at_client.ends, 0);
}

TEST(TlsStreamHandshake, TellsThatTheConnectionBrokeInTheHandshake) {
    TlsPair pair;
    pair.connect();
    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    ASSERT_TRUE(pair.client_result && !*pair.client_result);
    EXPECT_EQ(pair.client_result->error().code, std::errc::connection_reset);
}

TEST(TlsStreamHandshake, TellsThatThePeerSaidGoodbyeInTheHandshake) {
    TlsPair pair;
    pair.connect();
    (void)write_text(*pair.server_lower, std::string("\x15\x03\x03\x00\x02\x01\x00", 7));
    pair.run();

    ASSERT_TRUE(pair.client_result && !*pair.client_result);
    EXPECT_EQ(pair.client_result->error().code, TransportError::tls_failed);
}

TEST(TlsStreamHandshake, TellsThatTheServerSpeaksPlainHttp) {
    TlsPair pair;
    auto [left, right] = make_memory_pair(pair.loop);
    TlsPair::Result result;
    const auto stream =
        TlsStream::client(pair.loop, std::move(left), pair.client_context, "localhost",
                          [&](std::expected<void, Error> outcome) { result = std::move(outcome); });
    (void)write_text(*right, "HTTP/1.1 400 Bad Request\r\n\r\n");
    pair.run();

    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().code, TransportError::tls_failed);
    EXPECT_NE(result->error().message.find("ws://"), std::string::npos);
}

TEST(TlsStreamHandshake, TellsThatTheClientSpeaksPlainHttp) {
    TlsPair pair;
    auto [left, right] = make_memory_pair(pair.loop);
    TlsPair::Result result;
    const auto stream =
        TlsStream::server(pair.loop, std::move(right), pair.server_context,
                          [&](std::expected<void, Error> outcome) { result = std::move(outcome); });
    (void)write_text(*left, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    pair.run();

    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().code, TransportError::tls_failed);
    EXPECT_NE(result->error().message.find("wss://"), std::string::npos);
}

// Also when the alert has to wait for room.
TEST(TlsStreamHandshake, AnswersAHelloThatMakesNoSenseWithAnAlertAndTheEnd) {
    for (const std::size_t room : {0U, 1000U}) {
        TlsPair pair;
        auto [left, right] = make_memory_pair(pair.loop);
        test::StreamRecorder client;
        left->set_handler(&client);
        left->set_reading(true);
        left->set_capacity(room);
        TlsPair::Result result;
        const auto stream = TlsStream::server(
            pair.loop, std::move(right), pair.server_context,
            [&](std::expected<void, Error> outcome) { result = std::move(outcome); });
        (void)write_text(*left, std::string("\x16\x03\x01\x00\x05hello", 10));
        pair.run();
        ASSERT_TRUE(result && !*result);
        EXPECT_EQ(client.ends, room == 0 ? 0 : 1);

        left->set_capacity(1000);
        (void)write_text(*left, "more");
        pair.run();

        EXPECT_EQ(client.received.substr(0, 1), "\x15") << room;  // alert
        EXPECT_EQ(client.end, std::error_code()) << room;
    }
}

}  // namespace
}  // namespace tautline::transport
