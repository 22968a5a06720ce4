// SPDX-License-Identifier: MIT
// What examples/hello_server.cpp does, with Boost.Beast: only compiled, to see how long that takes.
#include <memory>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace beast = boost::beast;
namespace net = boost::asio;
using Tcp = net::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(Tcp::socket socket) : stream_(std::move(socket)) {}

    void run() {
        stream_.async_accept([self = shared_from_this()](beast::error_code error) {
            if (!error) self->read();
        });
    }

private:
    void read() {
        stream_.async_read(buffer_,
                           [self = shared_from_this()](beast::error_code error, std::size_t) {
                               if (!error) self->write();
                           });
    }

    void write() {
        stream_.text(stream_.got_text());
        stream_.async_write(buffer_.data(),
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                                if (error) return;
                                self->buffer_.clear();
                                self->read();
                            });
    }

    beast::websocket::stream<Tcp::socket> stream_;
    beast::flat_buffer buffer_;
};

void accept(Tcp::acceptor& acceptor) {
    acceptor.async_accept([&](beast::error_code error, Tcp::socket socket) {
        if (!error) std::make_shared<Session>(std::move(socket))->run();
        accept(acceptor);
    });
}

int main() {
    net::io_context context;
    Tcp::acceptor acceptor(context, {net::ip::make_address("127.0.0.1"), 8080});
    accept(acceptor);
    context.run();
}
