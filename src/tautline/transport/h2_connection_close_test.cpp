// SPDX-License-Identifier: MIT
// The end of a connection towards a peer that still has something to say.
#include <array>
#include <cerrno>
#include <string>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/transport/tcp_stream.hpp>

namespace tautline::transport {
namespace {

using asio::ip::tcp;
using test::frame;
using test::H2Recorder;

const std::string kHello = std::string(test::kPreface) + test::settings_frame({});
// DATA belongs to a stream: this breaks a rule.
const std::string kMistake = frame(0x0, 0, 0, "data");

const std::string kGet = test::headers_frame(
    1, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}},
    test::kEndHeaders | test::kEndStream);

// Bytes of bodies in what was sent.
std::size_t data_in(const std::string& sent) {
    std::size_t data = 0;
    for (const auto& one : test::parse_frames(sent)) data += one.type == 0 ? one.payload.size() : 0;
    return data;
}

// A server on a socket whose other end is the test. Hardly anything is on its way to a peer that
// does not read: what is said last waits for it in the kernel.
struct H2OverTcp : testing::Test {
    H2OverTcp() {
        tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        peer.open(tcp::v4());
        peer.set_option(tcp::socket::receive_buffer_size(4096));
        peer.connect(acceptor.local_endpoint());
        peer.non_blocking(true);
        server = std::make_unique<H2Connection>(
            loop, TcpStream::adopt(loop, acceptor.accept().release()), h2::Role::server, at_server);
    }
    void send(const std::string& text) {
        ASSERT_EQ(::send(peer.native_handle(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        test::run_ready(context);
    }
    // Reads to the end of what the server says; false when that is a reset.
    bool read_all() {
        ssize_t count = 1;
        EXPECT_TRUE(test::poll_until(context, [&] {
            std::array<char, 4096> room;
            count = ::recv(peer.native_handle(), room.data(), room.size(), 0);
            if (count > 0) received.append(room.data(), static_cast<std::size_t>(count));
            return count == 0 || (count < 0 && errno != EAGAIN);
        }));
        return count == 0;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    tcp::socket peer{context};
    H2Recorder at_server;
    std::unique_ptr<H2Connection> server;
    std::string received;
};

TEST_F(H2OverTcp, ThePeerReadsOurLastWordsAlthoughItGoesOnTalking) {
    at_server.at_request = [&](h2::StreamId id) {
        (void)server->respond(id, {}, std::string(60'000, 'b'));
    };
    send(kHello + kGet);
    send(kMistake);
    ASSERT_EQ(at_server.ends, 1);
    send(std::string(10'000, 'x'));

    EXPECT_TRUE(read_all());

    EXPECT_EQ(data_in(received), 60'000U);
    EXPECT_EQ(test::parse_frames(received).back().type, 0x7);
    EXPECT_EQ(at_server.closes, 0);
}

TEST_F(H2OverTcp, TheConnectionIsClosedWhenThePeerEndsToo) {
    send(kHello + kMistake);
    ASSERT_TRUE(read_all());
    EXPECT_EQ(at_server.closes, 0);

    peer.shutdown(tcp::socket::shutdown_send);

    EXPECT_TRUE(test::run_until(context, [&] { return at_server.closes == 1; }));
    EXPECT_EQ(at_server.ends, 1);
}

TEST(H2ConnectionClose, APeerThatDoesNotEndIsGivenTheCloseTimeout) {
    test::H2Pair pair({.close_timeout = std::chrono::milliseconds(20)});
    pair.client_lower->set_reading(false);

    pair.server->go_away();
    pair.run();
    EXPECT_EQ(pair.at_server.ends, 1);

    EXPECT_TRUE(test::run_until(pair.context, [&] { return pair.at_server.closes == 1; }));
    EXPECT_EQ(pair.at_client.ends, 0);
}

TEST(H2ConnectionClose, BothEndsAreClosedAfterGoAway) {
    test::H2Pair pair;

    pair.client->go_away();
    pair.run();

    EXPECT_EQ(pair.at_client.closes, 1);
    EXPECT_EQ(pair.at_server.closes, 1);
}

TEST(H2ConnectionClose, AClientWaitsForNobody) {
    test::H2Pair pair;
    pair.server_lower->set_reading(false);

    pair.client->go_away();
    pair.run();

    EXPECT_EQ(pair.at_client.closes, 1);
    EXPECT_EQ(pair.at_server.ends, 0);
}

TEST(H2ConnectionClose, NothingIsWaitedForWhenTheLowerStreamBreaks) {
    test::H2Pair pair;

    pair.client_lower->fail(std::make_error_code(std::errc::connection_reset));
    pair.run();

    EXPECT_EQ(pair.at_client.closes, 1);
    EXPECT_EQ(pair.at_server.closes, 1);
}

TEST(H2ConnectionClose, LastWordsThatWaitForRoomAreSaidAfterThePeersEnd) {
    test::H2Pair pair;
    pair.client_lower->set_capacity(0);
    pair.server->go_away();
    pair.client_lower->shut_down();
    pair.run();
    EXPECT_EQ(pair.at_server.closes, 0);

    pair.client_lower->set_capacity(10'000);
    pair.server_lower->set_reading(true);
    pair.run();

    EXPECT_EQ(pair.at_server.closes, 1);
}

// TLS keeps a record of what it has taken.
TEST(H2OverTls, APeerThatEndsItsHalfGetsTheWholeAnswer) {
    test::TlsPair pair;
    ASSERT_TRUE(pair.open());
    pair.client->set_reading(false);
    pair.client_lower->set_capacity(100);
    H2Recorder at_server;
    H2Connection server(pair.loop, std::move(pair.server), h2::Role::server, at_server);
    at_server.at_request = [&](h2::StreamId id) {
        (void)server.respond(id, {}, std::string(5000, 'b'));
    };
    (void)test::write_text(*pair.client, kHello + kGet);
    pair.client->shut_down();
    pair.run();

    pair.client->set_reading(true);
    pair.run();

    EXPECT_EQ(data_in(pair.at_client.received), 5000U);
    EXPECT_EQ(pair.at_client.end, std::error_code());
    EXPECT_EQ(at_server.closes, 1);
}

}  // namespace
}  // namespace tautline::transport
