// SPDX-License-Identifier: MIT
// Boost.Beast's client as a sender: the blocking form, which is its fastest, one write a message.
//
//     beast_sender PORT SECONDS BYTES
#include <string>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "bench/support/sender_report.hpp"

namespace net = boost::asio;

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    net::io_context context{1};
    boost::beast::websocket::stream<net::ip::tcp::socket> stream(context);
    const auto port = static_cast<unsigned short>(std::stoul(argv[1]));
    stream.next_layer().connect({net::ip::make_address("127.0.0.1"), port});
    stream.next_layer().set_option(net::ip::tcp::no_delay(true));
    stream.handshake("127.0.0.1", "/");
    stream.binary(true);
    stream.auto_fragment(false);
    stream.write_buffer_bytes(16 * 1024);

    const std::vector<char> message(std::stoul(argv[3]), 'x');
    bench::SenderReport report(std::stod(argv[2]));
    do stream.write(net::buffer(message));
    while (report.count());
    report.print();
}
