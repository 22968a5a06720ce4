// SPDX-License-Identifier: MIT
#include <tautline/transport/tcp_stream.hpp>

#include <string>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <tests/support/tcp_stream_fixture.hpp>
#include <unistd.h>

namespace tautline::transport {
namespace {

using asio::ip::tcp;
using test::run_ready;
using test::run_until;
using test::StreamRecorder;
using test::write_text;

TEST_F(TcpStreamTest, ReadsNothingBeforeItIsTold) {
    connect_tcp();
    peer_writes("early");

    run_ready(context);

    EXPECT_EQ(recorder.received, "");
}

TEST_F(TcpStreamTest, ReadsWhatArrives) {
    connect_tcp();
    stream->set_reading(true);
    peer_writes("hello");

    EXPECT_TRUE(run_until(context, [&] { return recorder.received == "hello"; }));
}

TEST_F(TcpStreamTest, ReadsAFullBufferATurn) {
    connect_unix();
    const int room = 4'000'000;
    ::setsockopt(peer, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
    ::setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    stream->set_reading(true);
    const std::string text(300'000, 'y');
    std::size_t sent = 0;
    EXPECT_TRUE(test::poll_until(context, [&] {
        const ssize_t count =
            ::send(peer, text.data(), text.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) sent += static_cast<std::size_t>(count);
        return recorder.received.size() == text.size();
    }));

    for (const std::size_t bytes : recorder.deliveries) EXPECT_LE(bytes, io::Loop::kSharedBytes);
}

TEST_F(TcpStreamTest, StopsReadingInsideOfACall) {
    connect_tcp();
    recorder.at_bytes = [&] { stream->set_reading(false); };
    stream->set_reading(true);
    peer_writes("one");
    ASSERT_TRUE(run_until(context, [&] { return recorder.received == "one"; }));

    peer_writes("two");
    run_ready(context);
    EXPECT_EQ(recorder.received, "one");

    stream->set_reading(true);
    EXPECT_TRUE(run_until(context, [&] { return recorder.received == "onetwo"; }));
}

TEST_F(TcpStreamTest, WritesPiecesInOrder) {
    connect_tcp();
    std::vector<std::string> texts;
    std::vector<Bytes> pieces;
    std::string expected;
    for (int i = 0; i < 200; ++i) texts.push_back(i % 3 == 0 ? "" : std::to_string(i) + ",");
    for (const std::string& text : texts) {
        pieces.push_back(as_bytes(text));
        expected += text;
    }

    EXPECT_EQ(stream->write(pieces), expected.size());

    EXPECT_EQ(drain_peer(expected.size()), expected);
}

TEST_F(TcpStreamTest, WritesNothingAtAll) {
    connect_tcp();

    EXPECT_EQ(stream->write({}), 0U);
    EXPECT_EQ(write_text(*stream, ""), 0U);
}

TEST_F(TcpStreamTest, TakesNoMoreThanTheKernelTakes) {
    connect_tcp();

    const std::string taken = fill();

    EXPECT_GT(taken.size(), 0U);
    EXPECT_EQ(write_text(*stream, "more"), 0U);
    run_ready(context);
    EXPECT_EQ(recorder.writable, 0);
}

TEST_F(TcpStreamTest, TellsWhenThereIsRoomAgain) {
    connect_tcp();
    const std::string taken = fill();

    const std::string read = drain_peer(taken.size());
    ASSERT_TRUE(run_until(context, [&] { return recorder.writable > 0; }));

    EXPECT_TRUE(read == taken);
    EXPECT_EQ(recorder.writable, 1);
    EXPECT_EQ(write_text(*stream, "more"), 4U);
    run_ready(context);
    EXPECT_EQ(recorder.writable, 1);
}

TEST_F(TcpStreamTest, CarriesABulkThroughBackpressure) {
    connect_tcp();
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i);
    std::size_t sent = 0;
    recorder.at_writable = [&] {
        sent += write_text(*stream, std::string_view(text).substr(sent));
    };

    recorder.at_writable();
    const std::string read = drain_peer(text.size());

    EXPECT_TRUE(read == text);
}

TEST_F(TcpStreamTest, TellsAnotherHandlerThatTookThePlace) {
    connect_tcp();
    StreamRecorder second;
    recorder.at_bytes = [&] { stream->set_handler(&second); };
    stream->set_reading(true);
    peer_writes("one");
    ASSERT_TRUE(run_until(context, [&] { return recorder.received == "one"; }));

    peer_writes("two");

    EXPECT_TRUE(run_until(context, [&] { return second.received == "two"; }));
}

TEST_F(TcpStreamTest, SendsWithoutDelayAndDoesNotBlock) {
    connect_tcp();
    int no_delay = 0;
    socklen_t size = sizeof(no_delay);

    ::getsockopt(stream->descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);

    EXPECT_NE(no_delay, 0);
    EXPECT_NE(::fcntl(stream->descriptor(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(TcpStreamTest, TellsTheAddressesOfTcp) {
    connect_tcp();

    const StreamInfo info = stream->info();

    EXPECT_EQ(info.local_address.substr(0, 10), "127.0.0.1:");
    EXPECT_EQ(info.peer_address.substr(0, 10), "127.0.0.1:");
    EXPECT_NE(info.local_address, info.peer_address);
    EXPECT_FALSE(info.secure);
}

TEST_F(TcpStreamTest, TellsTheAddressesOfTcpOverIpv6) {
    tcp::acceptor acceptor(context);
    asio::error_code error;
    acceptor.open(tcp::v6(), error);
    if (!error) acceptor.bind({asio::ip::address_v6::loopback(), 0}, error);
    if (error) GTEST_SKIP() << "no IPv6 here: " << error.message();
    acceptor.listen();
    tcp::socket client(context);
    client.connect(acceptor.local_endpoint());
    adopt(client.release());

    EXPECT_EQ(stream->info().peer_address,
              "[::1]:" + std::to_string(acceptor.local_endpoint().port()));
}

TEST_F(TcpStreamTest, TellsThePathOfAUnixSocket) {
    const std::string path = testing::TempDir() + "tcp_stream_test." + std::to_string(::getpid());
    asio::local::stream_protocol::acceptor acceptor(context, path);
    asio::local::stream_protocol::socket client(context);
    client.connect(path);
    adopt(client.release());

    EXPECT_EQ(stream->info().peer_address, "unix:" + path);
    EXPECT_EQ(stream->info().local_address, "unix:");
    ::unlink(path.c_str());
}

TEST_F(TcpStreamTest, TellsNoAddressAfterClose) {
    connect_tcp();
    stream->close();

    EXPECT_EQ(stream->info().peer_address, "");
}

TEST_F(TcpStreamTest, TellsThatTheSystemWatchesNoMoreDescriptors) {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    adopt(file);

    stream->set_reading(true);
    EXPECT_EQ(recorder.ends, 0);
    run_ready(context);

    EXPECT_EQ(recorder.end, std::errc::operation_not_permitted);
    EXPECT_EQ(write_text(*stream, "late"), 4U);
}

TEST_F(TcpStreamTest, MayBeTriedAgainBeforeItTellsOfRoom) {
    connect_unix();
    while (write_text(*stream, std::string(65536, 'x')) > 0) continue;
    std::vector<char> sink(std::size_t{1} << 20);
    while (::recv(peer, sink.data(), sink.size(), MSG_DONTWAIT) > 0) continue;

    EXPECT_EQ(write_text(*stream, "more"), 0U);
    stream->retry_writing();

    EXPECT_EQ(recorder.writable, 1);
    EXPECT_EQ(write_text(*stream, "more"), 4U);
}

TEST_F(TcpStreamTest, KnowsWhatThePeerHasNotTaken) {
    connect_tcp();
    EXPECT_EQ(stream->unconfirmed_bytes(), 0U);
    const std::size_t taken = fill().size();
    const std::size_t waiting = stream->unconfirmed_bytes();
    EXPECT_GT(waiting, 0U);
    EXPECT_LT(stream->confirmed_bytes(taken), taken);

    (void)drain_peer(taken);

    EXPECT_TRUE(test::poll_until(context, [&] { return stream->unconfirmed_bytes() == 0; }));
    EXPECT_EQ(stream->confirmed_bytes(taken), taken);
    stream->close();
    EXPECT_EQ(stream->unconfirmed_bytes(), 0U);
}

}  // namespace
}  // namespace tautline::transport
