// SPDX-License-Identifier: MIT
// Boost.Beast's client as a sender, in its blocking form, which is its fastest: one write a
// message. With `gathered` it sends over a layer of ours that gathers frames and writes 64 KiB at a
// time, as tautline does.
//
//     beast_sender PORT SECONDS BYTES [gathered]
#include <string>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "bench/support/sender_report.hpp"

namespace net = boost::asio;
namespace beast = boost::beast;

namespace {

using Socket = net::ip::tcp::socket;

// A stream below Beast's: what is written waits until there is enough for one system call.
class GatheringStream {
public:
    using executor_type = Socket::executor_type;

    explicit GatheringStream(net::io_context& context) : socket_(context) {
        gathered_.reserve(2 * kEnough);
    }

    executor_type get_executor() { return socket_.get_executor(); }
    Socket& socket() { return socket_; }

    template <typename Buffers>
    std::size_t write_some(const Buffers& buffers, beast::error_code& error) {
        const std::size_t before = gathered_.size();
        for (const net::const_buffer buffer : beast::buffers_range_ref(buffers)) {
            gathered_.append(static_cast<const char*>(buffer.data()), buffer.size());
        }
        const std::size_t size = gathered_.size() - before;
        if (gathered_.size() >= kEnough) flush(error);
        return size;
    }

    template <typename Buffers>
    std::size_t read_some(const Buffers& buffers, beast::error_code& error) {
        flush(error);
        return error ? 0 : socket_.read_some(buffers, error);
    }

    // Beast asks for the throwing forms too, and calls neither.
    template <typename Buffers>
    std::size_t write_some(const Buffers& buffers) {
        return socket_.write_some(buffers);
    }
    template <typename Buffers>
    std::size_t read_some(const Buffers& buffers) {
        return socket_.read_some(buffers);
    }

    friend void teardown(beast::role_type role, GatheringStream& stream, beast::error_code& error) {
        beast::websocket::teardown(role, stream.socket_, error);
    }

private:
    static constexpr std::size_t kEnough = std::size_t{64} * 1024;

    void flush(beast::error_code& error) {
        error = {};
        if (!gathered_.empty()) net::write(socket_, net::buffer(gathered_), error);
        gathered_.clear();
    }

    Socket socket_;
    std::string gathered_;
};

template <typename Layer>
void send(Socket& socket, beast::websocket::stream<Layer>& stream, char** arguments) {
    const auto port = static_cast<unsigned short>(std::stoul(arguments[1]));
    socket.connect({net::ip::make_address("127.0.0.1"), port});
    socket.set_option(net::ip::tcp::no_delay(true));
    stream.handshake("127.0.0.1", "/");
    stream.binary(true);
    stream.auto_fragment(false);
    stream.write_buffer_bytes(16 * 1024);

    const std::vector<char> message(std::stoul(arguments[3]), 'x');
    bench::SenderReport report(std::stod(arguments[2]));
    do stream.write(net::buffer(message));
    while (report.count());
    report.print();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) return 2;
    net::io_context context{1};
    if (argc == 4) {
        beast::websocket::stream<Socket> stream(context);
        send(stream.next_layer(), stream, argv);
    } else {
        beast::websocket::stream<GatheringStream> stream(context);
        send(stream.next_layer().socket(), stream, argv);
    }
}
