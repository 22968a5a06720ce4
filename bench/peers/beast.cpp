// SPDX-License-Identifier: MIT
// Boost.Beast as an echo server: one thread, callbacks, whole messages, no fragmentation of what is
// sent, and no timers. See docs/performance.md.
#include <memory>
#include <utility>

#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "bench/support/server_arguments.hpp"

namespace beast = boost::beast;
namespace net = boost::asio;
namespace websocket = beast::websocket;

namespace {

// The concrete executor spares the type erasure of any_io_executor.
using Socket = net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>;
using Acceptor = net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type>;
using Error = beast::error_code;

template <typename Stream>
void configure(websocket::stream<Stream>& stream, const bench::ServerArguments& arguments) {
    websocket::permessage_deflate deflate;
    deflate.server_enable = arguments.deflate;
    deflate.compLevel = arguments.level;
    deflate.memLevel = arguments.memory_level;
    stream.set_option(deflate);
    stream.auto_fragment(false);
    stream.write_buffer_bytes(16 * 1024);
    stream.read_message_max(arguments.max_message_bytes);
}

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    template <typename... Arguments>
    explicit Session(const bench::ServerArguments& arguments, Arguments&&... stream)
        : stream_(std::forward<Arguments>(stream)...) {
        configure(stream_, arguments);
    }

    void accept() {
        stream_.async_accept([self = this->shared_from_this()](Error error) {
            if (!error) self->read();
        });
    }

    void secure_and_accept() {
        stream_.next_layer().async_handshake(net::ssl::stream_base::server,
                                             [self = this->shared_from_this()](Error error) {
                                                 if (!error) self->accept();
                                             });
    }

private:
    void read() {
        stream_.async_read(buffer_, [self = this->shared_from_this()](Error error, std::size_t) {
            if (!error) self->write();
        });
    }

    void write() {
        stream_.binary(stream_.got_binary());
        stream_.async_write(buffer_.data(),
                            [self = this->shared_from_this()](Error error, std::size_t bytes) {
                                if (error) return;
                                self->buffer_.consume(bytes);
                                self->read();
                            });
    }

    websocket::stream<Stream> stream_;
    beast::flat_buffer buffer_;
};

class Server {
public:
    explicit Server(const bench::ServerArguments& arguments)
        : arguments_(arguments), acceptor_(context_, {net::ip::make_address("127.0.0.1"), 0}) {
        acceptor_.listen(4096);
        if (!arguments.tls()) return;
        tls_.use_certificate_chain_file(arguments.certificate);
        tls_.use_private_key_file(arguments.key, net::ssl::context::pem);
    }

    void run() {
        bench::announce(acceptor_.local_endpoint().port());
        accept();
        context_.run();
    }

private:
    void accept() {
        acceptor_.async_accept([this](Error error, Socket socket) {
            if (!error) start(std::move(socket));
            accept();
        });
    }

    void start(Socket socket) {
        socket.set_option(net::ip::tcp::no_delay(true));
        if (arguments_.tls()) {
            using Secure = beast::ssl_stream<Socket>;
            std::make_shared<Session<Secure>>(arguments_, std::move(socket), tls_)
                ->secure_and_accept();
        } else {
            std::make_shared<Session<Socket>>(arguments_, std::move(socket))->accept();
        }
    }

    const bench::ServerArguments& arguments_;
    net::io_context context_{1};
    net::ssl::context tls_{net::ssl::context::tls_server};
    Acceptor acceptor_;
};

}  // namespace

int main(int argc, char** argv) {
    const bench::ServerArguments arguments = bench::server_arguments(argc, argv);
    Server(arguments).run();
}
