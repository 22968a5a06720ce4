// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_stream.hpp>

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/transport/tcp_stream.hpp>
#include <tautline/transport/tls_engine.hpp>

namespace tautline::transport {
namespace {

using test::bulk;
using test::run_ready;
using test::StreamRecorder;
using test::TlsPair;
using test::write_text;

TEST(TlsStream, CarriesBytesInBothDirections) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());

    EXPECT_EQ(write_text(*pair.client, "ping"), 4U);
    EXPECT_EQ(write_text(*pair.server, "pong"), 4U);
    pair.run();

    EXPECT_EQ(pair.at_server.received, "ping");
    EXPECT_EQ(pair.at_client.received, "pong");
}

TEST(TlsStream, CarriesBytesWhenEveryByteArrivesAlone) {
    TlsPair pair;
    pair.connect();
    pair.client_lower->set_delivery_bytes(1);
    pair.server_lower->set_delivery_bytes(1);
    pair.run();
    ASSERT_TRUE(pair.client_result && *pair.client_result);
    pair.server->set_reading(true);
    const std::string text = bulk(40'000);

    EXPECT_EQ(write_text(*pair.client, text), text.size());
    pair.run();

    EXPECT_TRUE(pair.at_server.received == text);
}

TEST(TlsStream, DescribesTheConnection) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());

    const StreamInfo info = pair.client->info();

    EXPECT_TRUE(info.secure);
    EXPECT_EQ(info.tls_version, "TLSv1.3");
    EXPECT_NE(info.tls_cipher, "");
    EXPECT_EQ(info.alpn, "http/1.1");
    EXPECT_EQ(info.peer_subject, "CN=Test Server");
}

TEST(TlsStream, StopsReadingInsideOfACall) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_server.at_bytes = [&] { pair.server->set_reading(false); };
    const std::string text = bulk(600'000);
    ASSERT_EQ(write_text(*pair.client, text), text.size());

    pair.run();
    EXPECT_EQ(pair.at_server.deliveries.size(), 1U);
    while (pair.at_server.received.size() < text.size()) {
        const std::size_t calls = pair.at_server.deliveries.size();
        pair.server->set_reading(true);
        ASSERT_EQ(pair.at_server.deliveries.size(), calls);
        pair.run();
        ASSERT_EQ(pair.at_server.deliveries.size(), calls + 1);
    }

    EXPECT_TRUE(pair.at_server.received == text);
}

TEST(TlsStream, GathersSmallPiecesIntoOneRecord) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    const std::vector<Bytes> pieces{as_bytes(""), as_bytes("a"), as_bytes("b"), as_bytes(""),
                                    as_bytes("c")};

    EXPECT_EQ(pair.client->write(pieces), 3U);
    pair.run();

    EXPECT_EQ(pair.at_server.received, "abc");
    EXPECT_EQ(pair.at_server.deliveries, (std::vector<std::size_t>{3}));
}

TEST(TlsStream, CarriesPiecesOfEverySizeAroundARecord) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    std::string expected;
    std::vector<std::string> texts;
    for (const std::size_t size : {1U, 16'383U, 16'384U, 16'385U, 5U, 40'000U, 32'768U, 2U}) {
        texts.push_back(bulk(size));
        expected += texts.back();
    }
    const std::vector<Bytes> pieces = [&] {
        std::vector<Bytes> made;
        for (const std::string& text : texts) made.push_back(as_bytes(text));
        return made;
    }();

    EXPECT_EQ(pair.client->write(pieces), expected.size());
    pair.run();

    EXPECT_TRUE(pair.at_server.received == expected);
}

TEST(TlsStream, WritesNothingAtAll) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());

    EXPECT_EQ(pair.client->write({}), 0U);
    EXPECT_EQ(write_text(*pair.client, ""), 0U);
}

TEST(TlsStream, TakesOnlyWhatTheLowerStreamTakesAndARecord) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.server_lower->set_capacity(1'000);
    pair.server->set_reading(false);
    const std::string text = bulk(100'000);

    EXPECT_EQ(write_text(*pair.client, text), 16'384U);
    EXPECT_EQ(write_text(*pair.client, text), 0U);
    pair.run();

    EXPECT_EQ(pair.at_client.writable, 0);
}

TEST(TlsStream, CarriesABulkThroughBackpressure) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.server_lower->set_capacity(1'000);
    const std::string text = bulk(200'000);
    std::size_t sent = 0;
    pair.at_client.at_writable = [&] {
        sent += write_text(*pair.client, std::string_view(text).substr(sent));
    };

    pair.at_client.at_writable();
    pair.run();

    EXPECT_TRUE(pair.at_server.received == text);
    EXPECT_GT(pair.at_client.writable, 1);
}

TEST(TlsStream, EndsItsHalfWithACloseNotify) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    (void)write_text(*pair.client, "bye");
    pair.client->shut_down();
    pair.client->shut_down();
    pair.run();

    EXPECT_EQ(pair.at_server.received, "bye");
    EXPECT_EQ(pair.at_server.end, std::error_code());
    EXPECT_EQ(pair.at_server.ends, 1);
    EXPECT_EQ(write_text(*pair.client, "late"), 4U);
}

TEST(TlsStream, EndsItsHalfAfterWhatWaits) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.server_lower->set_capacity(100);
    const std::string text = bulk(10'000);
    ASSERT_EQ(write_text(*pair.client, text), text.size());

    pair.client->shut_down();
    pair.run();

    EXPECT_TRUE(pair.at_server.received == text);
    EXPECT_EQ(pair.at_server.end, std::error_code());
}

TEST(TlsStream, TellsTheEndOnlyWhenReadingGoesOn) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_server.at_bytes = [&] { pair.server->set_reading(false); };
    (void)write_text(*pair.client, "last");
    pair.client->shut_down();
    pair.run();
    EXPECT_EQ(pair.at_server.received, "last");
    EXPECT_EQ(pair.at_server.ends, 0);

    pair.server->set_reading(true);
    EXPECT_EQ(pair.at_server.ends, 0);
    pair.run();

    EXPECT_EQ(pair.at_server.end, std::error_code());
}

TEST(TlsStream, TellsTheEndOfAPeerThatLeavesTheLowerStreamOpen) {
    TlsPair pair;
    auto [left, right] = make_memory_pair(pair.loop);
    StreamRecorder at_left;
    left->set_handler(&at_left);
    left->set_reading(true);
    TlsEngine peer(pair.client_context, "localhost");
    const auto send = [&] {
        const auto bytes = peer.output().readable();
        (void)write_text(*left, as_text(bytes));
        peer.output().clear();
        pair.run();
    };
    const auto server =
        TlsStream::server(pair.loop, std::move(right), pair.server_context, [](auto) {});
    server->set_handler(&pair.at_server);
    pair.at_server.at_bytes = [&] { server->set_reading(false); };
    server->set_reading(true);
    ASSERT_EQ(peer.shake_hands(), TlsEngine::Progress::need_input);
    send();
    peer.receive(as_bytes(at_left.received));
    ASSERT_EQ(peer.shake_hands(), TlsEngine::Progress::done);
    ASSERT_TRUE(peer.write(as_bytes("last")));
    peer.close_notify();
    send();
    ASSERT_EQ(pair.at_server.received, "last");

    server->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_server.end, std::error_code());
}

TEST(TlsStream, RowT03TellsAnEndWithoutCloseNotifyAsAnError) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    (void)write_text(*pair.client, "cut");
    pair.client_lower->shut_down();
    pair.run();

    EXPECT_EQ(pair.at_server.received, "cut");
    EXPECT_EQ(pair.at_server.end, TransportError::closed_early);
    EXPECT_EQ(pair.at_server.ends, 1);
    EXPECT_EQ(write_text(*pair.server, "late"), 4U);
}

TEST(TlsStream, RowT03TellsACutInsideOfARecordAsAnError) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.server_lower->set_capacity(20);
    (void)write_text(*pair.client, "never whole");
    pair.client_lower->close();
    pair.run();

    EXPECT_EQ(pair.at_server.received, "");
    EXPECT_EQ(pair.at_server.end, TransportError::closed_early);
}

TEST(TlsStream, RowT03RefusesBytesThatWereChanged) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    (void)write_text(*pair.client_lower, std::string("\x17\x03\x03\x00\x20", 5) + bulk(32));
    pair.run();

    EXPECT_EQ(pair.at_server.end, TransportError::tls_failed);
    EXPECT_EQ(pair.at_server.received, "");
    // The peer is told by an alert.
    EXPECT_EQ(pair.at_client.end, TransportError::tls_failed);
}

TEST(TlsStream, RowT03RefusesARecordThatIsTooLarge) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    (void)write_text(*pair.client_lower, std::string("\x17\x03\x03\xff\xff", 5));
    pair.run();

    EXPECT_EQ(pair.at_server.end, TransportError::tls_failed);
}

TEST(TlsStream, PassesAnErrorOfTheLowerStreamOn) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());

    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(pair.at_client.end, std::errc::connection_reset);
    EXPECT_EQ(pair.at_server.end, std::errc::connection_reset);
    EXPECT_EQ(pair.at_client.ends, 1);
}

TEST(TlsStream, TellsAnErrorOfTheLowerStreamWhileReadingIsOff) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.client->set_reading(false);

    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(pair.at_client.end, std::errc::connection_reset);
}

TEST(TlsStream, TellsNothingAfterClose) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    (void)write_text(*pair.client, "unread");

    pair.server->close();
    pair.run();

    EXPECT_EQ(pair.at_server.received, "");
    EXPECT_EQ(pair.at_server.ends, 0);
    EXPECT_EQ(write_text(*pair.server, "late"), 4U);
    EXPECT_EQ(pair.at_client.end, TransportError::closed_early);
}

TEST(TlsStream, MayBeClosedInsideOfACall) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_server.at_bytes = [&] { pair.server->close(); };
    const std::string text = bulk(600'000);
    (void)write_text(*pair.client, text);

    pair.run();

    EXPECT_EQ(pair.at_server.deliveries.size(), 1U);
}

TEST(TlsStream, MayBeRetiredInsideOfACall) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_server.at_bytes = [&] { pair.loop.retire(std::move(pair.server)); };
    (void)write_text(*pair.client, "one");

    pair.run();

    EXPECT_EQ(pair.server, nullptr);
    EXPECT_EQ(pair.at_server.received, "one");
}

TEST(TlsStream, WritesInsideOfACall) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_server.at_bytes = [&] {
        (void)write_text(*pair.server, pair.at_server.received);
        pair.server->shut_down();
    };
    (void)write_text(*pair.client, "echo");

    pair.run();

    EXPECT_EQ(pair.at_client.received, "echo");
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST(TlsStream, SpeaksTlsWithinTls) {
    TlsPair outer;
    ASSERT_TRUE(outer.open());
    outer.client->set_reading(false);
    outer.server->set_reading(false);
    TlsPair::Result client_result;
    TlsPair::Result server_result;
    StreamRecorder at_client;
    StreamRecorder at_server;
    const auto client = TlsStream::client(
        outer.loop, std::move(outer.client), outer.client_context, "localhost",
        [&](std::expected<void, Error> outcome) { client_result = std::move(outcome); });
    const auto server = TlsStream::server(
        outer.loop, std::move(outer.server), outer.server_context,
        [&](std::expected<void, Error> outcome) { server_result = std::move(outcome); });
    client->set_handler(&at_client);
    server->set_handler(&at_server);
    // A read ends 22 bytes before the end of an inner record: the next one begins with its rest,
    // and its plaintext is longer than the ciphertext that was used for it.
    outer.server_lower->set_delivery_bytes(2 * 16'450 + 16'410);
    outer.run();
    ASSERT_TRUE(client_result && *client_result && server_result && *server_result);
    server->set_reading(true);
    const std::string text = bulk(600'000);

    EXPECT_EQ(write_text(*client, text), text.size());
    outer.run();

    EXPECT_TRUE(at_server.received == text);
}

TEST(TlsStream, WorksOverSockets) {
    TlsPair pair;
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    TlsPair::Result done;
    const auto client = TlsStream::client(
        pair.loop, TcpStream::adopt(pair.loop, ends[0]), pair.client_context, "localhost",
        [&](std::expected<void, Error> outcome) { done = std::move(outcome); });
    const auto server = TlsStream::server(pair.loop, TcpStream::adopt(pair.loop, ends[1]),
                                          pair.server_context, [](auto) {});
    client->set_handler(&pair.at_client);
    server->set_handler(&pair.at_server);
    server->set_reading(true);
    ASSERT_TRUE(test::run_until(pair.context, [&] { return done.has_value(); }));
    ASSERT_TRUE(*done);
    const std::string text = bulk(2'000'000);
    std::size_t sent = 0;
    pair.at_client.at_writable = [&] {
        sent += write_text(*client, std::string_view(text).substr(sent));
        if (sent == text.size()) client->shut_down();
    };

    pair.at_client.at_writable();
    EXPECT_GT(client->unconfirmed_bytes(), 20'000U)
        << "of the socket too, as it is no more than a record";
    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.at_server.ends > 0; }));
    EXPECT_GT(client->confirmed_bytes(0), text.size()) << "of the records";

    EXPECT_TRUE(pair.at_server.received == text);
    EXPECT_EQ(pair.at_server.end, std::error_code());
}

}  // namespace
}  // namespace tautline::transport
