// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>
#include <unistd.h>

#include <tautline/transport/tcp_stream.hpp>

namespace tautline::transport {

/// A stream over one end of a connection; the test holds the other end as a plain socket.
struct TcpStreamTest : testing::Test {
    void connect_tcp() {
        asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        asio::ip::tcp::socket client(context);
        client.connect(acceptor.local_endpoint());
        peer = acceptor.accept().release();
        adopt(client.release());
    }
    void connect_unix() {
        int ends[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        peer = ends[1];
        adopt(ends[0]);
    }
    void adopt(int fd) {
        stream = TcpStream::adopt(loop, fd);
        stream->set_handler(&recorder);
    }
    void TearDown() override { close_peer(); }
    void close_peer() {
        if (peer >= 0) ::close(std::exchange(peer, -1));
    }
    void reset_peer() {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close_peer();
    }
    void peer_writes(std::string_view text) const {
        ASSERT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    // Reads what there is; empty at the end of the stream or when there is nothing.
    std::string peer_reads() const {
        std::array<char, 65'536> room;
        const ssize_t count = ::recv(peer, room.data(), room.size(), MSG_DONTWAIT);
        return {room.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
    bool peer_sees_end() const {
        char byte = 0;
        return ::recv(peer, &byte, 1, MSG_DONTWAIT) == 0;
    }
    // Writes until the kernel takes no more; returns what it took.
    std::string fill() {
        std::string taken;
        const std::string block(100'000, 'x');
        for (;;) {
            const std::size_t count = test::write_text(*stream, block);
            taken.append(block, 0, count);
            if (count < block.size()) return taken;
        }
    }
    std::string drain_peer(std::size_t wanted) {
        std::string text;
        EXPECT_TRUE(test::poll_until(context, [&] {
            text += peer_reads();
            return text.size() >= wanted;
        }));
        return text;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    int peer = -1;
    test::StreamRecorder recorder;
    std::unique_ptr<TcpStream> stream;
};

}  // namespace tautline::transport
