// SPDX-License-Identifier: MIT
// What becomes of bytes that are under way when a stream ends or breaks.
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/transport/tls_stream.hpp>

namespace tautline::transport {
namespace {

using test::bulk;
using test::TlsPair;
using test::write_text;

// ── what had arrived when the stream broke ──

// A client that pauses at the first bytes, with more of them at hand and more below, of a server
// that is gone.
struct TlsStreamBroken : testing::Test {
    TlsStreamBroken() {
        EXPECT_TRUE(pair.open());
        pair.at_client.at_bytes = [this] { pair.client->set_reading(false); };
        (void)write_text(*pair.server, sent);
        pair.run();
        EXPECT_LT(pair.at_client.received.size(), sent.size());
        write_more("and more");
    }
    void write_more(std::string_view text) {
        sent += text;
        (void)write_text(*pair.server, text);
    }
    // Finds out by writing.
    void lose_server() {
        pair.server_lower->close();
        (void)write_text(*pair.client, "lost");
    }
    std::string sent = bulk(600'000);
    TlsPair pair;
};

TEST_F(TlsStreamBroken, ComesBeforeTheErrorToWhoDoesNotRead) {
    lose_server();
    pair.run();

    EXPECT_TRUE(pair.at_client.received == sent);
    EXPECT_EQ(pair.at_client.end, std::errc::broken_pipe);
    EXPECT_EQ(pair.at_client.ends, 1);
}

TEST_F(TlsStreamBroken, ComesInOrderToWhoReadsOnMeanwhile) {
    lose_server();
    pair.client->set_reading(true);
    pair.run();

    EXPECT_TRUE(pair.at_client.received == sent);
    EXPECT_EQ(pair.at_client.end, std::errc::broken_pipe);
}

TEST_F(TlsStreamBroken, ComesWithAnEndInOrderToo) {
    pair.server->shut_down();
    lose_server();
    pair.run();

    EXPECT_TRUE(pair.at_client.received == sent);
    EXPECT_EQ(pair.at_client.ends, 1);
}

TEST_F(TlsStreamBroken, IsDroppedOfARecordThatIsNotWhole) {
    pair.client_lower->set_capacity(1);
    (void)write_text(*pair.server, "never whole");
    lose_server();
    pair.run();

    EXPECT_TRUE(pair.at_client.received == sent);
    EXPECT_EQ(pair.at_client.end, std::errc::broken_pipe);
}

TEST_F(TlsStreamBroken, IsDroppedOnceTheStreamWasClosedInsideOfACall) {
    const std::size_t calls = pair.at_client.deliveries.size();
    pair.at_client.at_bytes = [this] { pair.client->close(); };
    lose_server();
    pair.run();

    EXPECT_EQ(pair.at_client.deliveries.size(), calls + 1);
    EXPECT_EQ(pair.at_client.ends, 0);
}

TEST_F(TlsStreamBroken, MayBeRetiredInsideOfACall) {
    pair.at_client.at_bytes = [this] {
        if (pair.client) pair.loop.retire(std::move(pair.client));
    };
    lose_server();
    pair.run();

    EXPECT_EQ(pair.at_client.ends, 0);
}

// ── what is no TLS ──

// A client gets what is no record, on a stream whose other end is in the hands of the test.
struct TlsStreamFailed : testing::Test {
    TlsStreamFailed() {
        EXPECT_TRUE(pair.open());
        pair.server_lower->set_handler(&raw);
        pair.server_lower->set_reading(true);
    }
    void send_nonsense() { (void)write_text(*pair.server_lower, "no record of TLS"); }

    test::StreamRecorder raw;
    TlsPair pair;
};

TEST_F(TlsStreamFailed, IsAnsweredWithAnAlertAndTheEnd) {
    send_nonsense();
    pair.run();

    EXPECT_EQ(pair.at_client.end, TransportError::tls_failed);
    EXPECT_NE(raw.received, "");
    EXPECT_EQ(raw.end, std::error_code());
}

TEST_F(TlsStreamFailed, IsAnsweredWhenThereIsRoom) {
    pair.server_lower->set_capacity(0);
    send_nonsense();
    pair.run();
    EXPECT_EQ(raw.ends, 0);

    pair.server_lower->set_capacity(1000);
    send_nonsense();
    pair.run();

    EXPECT_NE(raw.received, "");
    EXPECT_EQ(raw.end, std::error_code());
}

TEST_F(TlsStreamFailed, LeavesNobodyWhoWaitsForRoom) {
    pair.server_lower->set_reading(false);
    pair.server_lower->set_capacity(1000);
    EXPECT_LT(write_text(*pair.client, bulk(50'000)), 50'000U);

    send_nonsense();
    pair.run();
    EXPECT_TRUE(pair.client->flushed());
    pair.server_lower->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_client.ends, 1);
    EXPECT_EQ(pair.at_client.writable, 0);
}

// The alert finds out that the peer is gone, before the error was told.
TEST_F(TlsStreamFailed, IsToldThoughTheLowerStreamBreaksBehindIt) {
    send_nonsense();
    pair.server_lower->close();
    pair.run();

    EXPECT_EQ(pair.at_client.end, TransportError::tls_failed);
    EXPECT_EQ(pair.at_client.ends, 1);
}

// ── what was taken, and is still here ──

// Hardly anything is on its way to the client, which does not read.
struct TlsStreamRest : testing::Test {
    TlsStreamRest() {
        EXPECT_TRUE(pair.open());
        pair.client->set_reading(false);
        pair.client_lower->set_capacity(1000);
    }
    TlsPair pair;
};

TEST_F(TlsStreamRest, IsToldUntilItHasGoneOut) {
    EXPECT_TRUE(pair.server->flushed());

    EXPECT_EQ(write_text(*pair.server, bulk(5000)), 5000U);
    EXPECT_FALSE(pair.server->flushed());

    pair.client->set_reading(true);
    pair.run();
    EXPECT_TRUE(pair.server->flushed());
    EXPECT_EQ(pair.at_server.writable, 0);
}

TEST_F(TlsStreamRest, IsFollowedByOnWritableBehindTheEnd) {
    (void)write_text(*pair.server, bulk(5000));
    pair.server->shut_down();
    EXPECT_FALSE(pair.server->flushed());

    pair.client->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_server.writable, 1);
    EXPECT_TRUE(pair.server->flushed());
    EXPECT_EQ(pair.at_client.received, bulk(5000));
    EXPECT_EQ(pair.at_client.end, std::error_code());
}

TEST_F(TlsStreamRest, IsNothingOnceTheStreamIsBroken) {
    (void)write_text(*pair.server, bulk(5000));
    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_TRUE(pair.server->flushed());
}

TEST_F(TlsStreamRest, IsTakenOfWhoWaitsForRoomWhenTheStreamBreaksBehindTheEndOfThePeer) {
    (void)write_text(*pair.server, bulk(50'000));
    pair.client->shut_down();
    pair.run();
    EXPECT_EQ(pair.at_server.end, std::error_code());
    EXPECT_EQ(pair.at_server.writable, 0);

    pair.server_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(pair.at_server.writable, 1);
    EXPECT_EQ(pair.at_server.ends, 1);
    EXPECT_EQ(write_text(*pair.server, "more"), 4U);
}

TEST(TlsStreamEnd, OfOurHalfDropsWhatIsWrittenBehindIt) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.client->shut_down();

    EXPECT_EQ(write_text(*pair.client, "late"), 4U);
    (void)write_text(*pair.server, "answer");
    pair.run();

    EXPECT_EQ(pair.at_client.received, "answer");
    EXPECT_EQ(pair.at_client.ends, 0);
    EXPECT_EQ(pair.at_server.received, "");
    EXPECT_EQ(pair.at_server.end, std::error_code());
}

// As from the handshake to the session.
TEST(TlsStreamEnd, TellsAnErrorBetweenTwoHandlersToTheSecond) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.client->set_reading(false);
    pair.client->set_handler(nullptr);

    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();
    test::StreamRecorder second;
    pair.client->set_handler(&second);
    pair.run();

    EXPECT_EQ(pair.at_client.ends, 0);
    EXPECT_EQ(second.ends, 1);
    EXPECT_EQ(second.end, std::errc::connection_reset);
}

TEST(TlsStreamEnd, TellsARecordThatCannotBeReadToTheSecondHandlerToo) {
    TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.at_client.at_bytes = [&] {
        pair.client->set_reading(false);
        pair.client->set_handler(nullptr);
    };
    (void)write_text(*pair.server, "hello");
    (void)write_text(*pair.server_lower, std::string("ÿÿ", 5));
    pair.run();
    test::StreamRecorder second;
    pair.client->set_handler(&second);
    pair.run();

    EXPECT_EQ(pair.at_client.received, "hello");
    EXPECT_EQ(second.end, TransportError::tls_failed);
}

}  // namespace
}  // namespace tautline::transport
