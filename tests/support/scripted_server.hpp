// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <tautline/base/ip_address.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>
#include <tautline/transport/tcp_stream.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::test {

/// A server on a loop of the test, which says what the test says: `script` is called at each piece
/// that a peer sends, with all that it has sent so far in `received`.
class ScriptedServer {
public:
    struct Peer final : transport::ByteStreamHandler {
        void on_bytes(MutableBytes bytes) override {
            received += as_text(bytes);
            script(*this);
        }
        void on_writable() override {}
        void on_end(std::error_code) override { ended = true; }

        void say(std::string_view text) {
            const std::array<Bytes, 1> pieces{as_bytes(text)};
            EXPECT_EQ(stream->write(pieces), text.size());
        }
        /// Whether a whole request over HTTP/1.1 is there.
        [[nodiscard]] bool asked() const { return received.ends_with("\r\n\r\n"); }
        /// `fields` are whole lines.
        void accept(std::string_view fields = {}) {
            const std::string_view mark = "Sec-WebSocket-Key: ";
            const auto key = received.substr(received.find(mark) + mark.size(), 24);
            say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: " +
                websocket::handshake_accept_for(key) + "\r\n" + std::string(fields) + "\r\n");
        }

        std::unique_ptr<transport::ByteStream> stream;
        std::string received;
        bool ended = false;
        std::function<void(Peer&)> script;
    };
    using Script = std::function<void(Peer&)>;

    /// Without `tls` in the clear.
    ScriptedServer(io::Loop& loop, const asio::ip::tcp::endpoint& at, Script script,
                   std::shared_ptr<const transport::TlsServerContext> tls = nullptr)
        : loop_(loop),
          acceptor_(loop.context(), at),
          script_(std::move(script)),
          tls_(std::move(tls)) {
        accept();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    std::list<Peer> peers;

private:
    void accept() {
        acceptor_.async_accept([this](std::error_code error, asio::ip::tcp::socket socket) {
            if (error) return;
            greet(transport::TcpStream::adopt(loop_, socket.release()));
            accept();
        });
    }
    void greet(std::unique_ptr<transport::ByteStream> lower) {
        Peer& peer = peers.emplace_back();
        peer.script = script_;
        if (!tls_) {
            peer.stream = std::move(lower);
            return listen(peer);
        }
        peer.stream = transport::TlsStream::server(loop_, std::move(lower), tls_,
                                                   [&peer](std::expected<void, Error> result) {
                                                       if (result) listen(peer);
                                                   });
    }
    static void listen(Peer& peer) {
        peer.stream->set_handler(&peer);
        peer.stream->set_reading(true);
    }

    io::Loop& loop_;
    asio::ip::tcp::acceptor acceptor_;
    Script script_;
    std::shared_ptr<const transport::TlsServerContext> tls_;
};

}  // namespace tautline::test
