// SPDX-License-Identifier: MIT
// A small HTTPS server on Asio that answers plain requests itself, and hands those for a WebSocket
// over to tautline with its own TLS stream: handover_tls CERTIFICATE KEY [port]
//
// Any reliable stream can be handed over like this one: derive from ByteStream.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio.hpp>
#include <asio/ssl.hpp>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>
#include <tautline/server/handover.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace {

using asio::ip::tcp;
using tautline::Bytes;
using tautline::MutableBytes;
using tautline::http::RequestHead;
using tautline::transport::ByteStream;
using tautline::transport::ByteStreamHandler;
using tautline::transport::StreamInfo;
using Ssl = asio::ssl::stream<tcp::socket>;

// What operations under way hold on to: they end after the stream that began them.
struct Shared : std::enable_shared_from_this<Shared> {
    explicit Shared(Ssl taken) : ssl(std::move(taken)) {}

    void read() {
        if (!reading || busy || ended || handler == nullptr) return;
        busy = true;
        ssl.async_read_some(asio::buffer(input),
                            [self = shared_from_this()](std::error_code error, std::size_t count) {
                                self->kept = count;
                                self->deliver(error);
                            });
    }

    // Bytes that come while reading is paused stay where they are; no other read begins before.
    void deliver(std::error_code error) {
        if (handler == nullptr) return;
        if (error) return end(error);
        if (!reading) return;
        busy = false;
        handler->on_bytes(MutableBytes(input).first(std::exchange(kept, 0)));
        read();
    }

    // Told once, also to who has paused reading, and behind what had arrived.
    void end(std::error_code error) {
        if (std::exchange(ended, true)) return;
        broken = broken || error != asio::error::eof;
        if (kept > 0) handler->on_bytes(MutableBytes(input).first(std::exchange(kept, 0)));
        if (handler != nullptr) handler->on_end(broken ? error : std::error_code());
    }

    void resume() {
        if (kept == 0) return read();
        asio::post(ssl.get_executor(), [self = shared_from_this()] {
            if (self->kept > 0) self->deliver({});
        });
    }

    std::size_t write(std::span<const Bytes> pieces) {
        std::size_t total = 0;
        for (const Bytes piece : pieces) total += piece.size();
        if (broken || shut) return total;
        blocked = !output.empty() && total > 0;
        if (blocked || total == 0) return 0;
        for (const Bytes piece : pieces) output.insert(output.end(), piece.begin(), piece.end());
        asio::async_write(ssl, asio::buffer(output),
                          [self = shared_from_this()](std::error_code error, std::size_t) {
                              self->written(error);
                          });
        return total;
    }

    void written(std::error_code error) {
        output.clear();
        broken = broken || error;
        // A read under way hears of it; where there is none, nobody else would.
        const bool unread = !busy || kept > 0;
        if (error && unread && handler != nullptr) return end(error);
        if (shut) end_our_half();
        if (handler != nullptr && (std::exchange(blocked, false) || shut)) handler->on_writable();
    }

    void shut_down() {
        shut = true;
        if (output.empty()) end_our_half();
    }

    // Sends close_notify. It also waits for that of the peer, which `deliver` is told of as well.
    void end_our_half() {
        ssl.async_shutdown([self = shared_from_this()](std::error_code) {});
    }

    void close() {
        handler = nullptr;
        std::error_code ignored;
        ssl.lowest_layer().close(ignored);
    }

    Ssl ssl;
    ByteStreamHandler* handler = nullptr;
    std::array<std::byte, 16 * 1024> input{};
    std::size_t kept = 0;
    std::vector<std::byte> output;
    bool reading = false, busy = false, ended = false, broken = false;
    bool blocked = false, shut = false;
};

class SslStream final : public ByteStream {
public:
    explicit SslStream(Ssl ssl) : shared_(std::make_shared<Shared>(std::move(ssl))) {}
    ~SslStream() override { shared_->close(); }
    SslStream(const SslStream&) = delete;
    SslStream& operator=(const SslStream&) = delete;

    void set_handler(ByteStreamHandler* handler) override { shared_->handler = handler; }
    void set_reading(bool reading) override {
        if (std::exchange(shared_->reading, reading) != reading && reading) shared_->resume();
    }
    std::size_t write(std::span<const Bytes> pieces) override { return shared_->write(pieces); }
    bool broken() const override {
        return shared_->broken || shared_->shut || shared_->handler == nullptr;
    }
    void shut_down() override { shared_->shut_down(); }
    bool flushed() const override { return shared_->broken || shared_->output.empty(); }
    void close() override { shared_->close(); }
    StreamInfo info() const override {
        StreamInfo info;
        info.secure = true;
        return info;
    }

private:
    std::shared_ptr<Shared> shared_;
};

asio::awaitable<void> answer(Ssl& ssl, const RequestHead& request) {
    const std::string body = "Served as " + request.target + "\n";
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    co_await asio::async_write(ssl, asio::buffer(text), asio::use_awaitable);
    co_await ssl.async_shutdown(asio::use_awaitable);
}

// Ends, as every failure of Asio here does, with the connection.
asio::awaitable<void> serve(tcp::socket socket, asio::ssl::context& tls,
                            tautline::Handover& websockets) {
    Ssl ssl(std::move(socket), tls);
    co_await ssl.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    tautline::http::RequestReader reader;
    std::array<std::byte, 4096> input{};
    while (true) {
        const std::size_t count =
            co_await ssl.async_read_some(asio::buffer(input), asio::use_awaitable);
        const Bytes bytes = Bytes(input).first(count);
        auto progress = reader.receive(bytes);
        if (!progress) co_return;
        if (!progress->head) continue;
        RequestHead head = *std::move(progress->head);
        if (!tautline::websocket::is_upgrade_request(head)) co_return co_await answer(ssl, head);
        websockets.adopt(std::make_unique<SslStream>(std::move(ssl)), std::move(head),
                         bytes.subspan(progress->taken));
        co_return;
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, asio::ssl::context& tls,
                             tautline::Handover& websockets) {
    while (true) {
        tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), tls, websockets),
                       asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    asio::io_context context;
    tautline::Handover websockets(context);
    const auto added =
        websockets.websocket("/echo", {.on_message = [](auto& peer, auto m) { peer.send(m); }});
    if (!added) {
        std::fprintf(stderr, "%s\n", added.error().to_string().c_str());
        return 2;
    }

    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.use_certificate_chain_file(argv[1]);
    tls.use_private_key_file(argv[2], asio::ssl::context::pem);
    const auto port = static_cast<std::uint16_t>(argc > 3 ? std::atoi(argv[3]) : 8443);
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    std::printf("listening on wss://127.0.0.1:%u/\n", unsigned{acceptor.local_endpoint().port()});
    std::fflush(stdout);
    asio::co_spawn(context, accept(acceptor, tls, websockets), asio::detached);
    context.run();
}
