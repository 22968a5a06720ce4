// SPDX-License-Identifier: MIT
// A server of Boost.Beast that answers plain requests itself, and hands those for a WebSocket over
// to tautline, with the socket and what it read too far: handover_beast [port]
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <tautline/server/server.hpp>

namespace {

namespace beast = boost::beast;
using boost::asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::empty_body>;

tautline::http::RequestHead to_head(const Parser::value_type& request) {
    tautline::http::RequestHead head{.method = std::string(request.method_string()),
                                     .target = std::string(request.target()),
                                     .version_minor = static_cast<int>(request.version() % 10)};
    for (const auto& field : request) {
        head.fields.add(std::string(field.name_string()), std::string(field.value()));
    }
    return head;
}

void answer(tcp::socket& socket, const Parser::value_type& request) {
    beast::http::response<beast::http::string_body> response(beast::http::status::ok, 11);
    response.set(beast::http::field::content_type, "text/plain");
    response.keep_alive(false);
    response.body() = "Beast serves " + std::string(request.target()) + "\n";
    response.prepare_payload();
    beast::error_code ignored;
    beast::http::write(socket, response, ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void serve(tcp::socket socket, tautline::Server& websockets) {
    beast::flat_buffer buffer;
    Parser parser;
    beast::error_code error;
    beast::http::read_header(socket, buffer, parser, error);
    if (error) return;
    if (!beast::websocket::is_upgrade(parser.get())) return answer(socket, parser.get());
    const auto rest = buffer.data();
    const tautline::Bytes bytes(static_cast<const std::byte*>(rest.data()), rest.size());
    websockets.adopt(socket.release(), to_head(parser.get()), bytes);
}

}  // namespace

int main(int argc, char** argv) {
    tautline::Server websockets;
    websockets.websocket("/echo", {.on_message = [](auto& peer, auto m) { peer.send(m); }});
    if (const auto usable = websockets.check(); !usable) {
        std::fprintf(stderr, "%s\n", usable.error().to_string().c_str());
        return 2;
    }
    std::jthread sessions([&] { websockets.run(); });

    boost::asio::io_context context;
    const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), port});
    std::printf("listening on ws://127.0.0.1:%u/\n", unsigned{acceptor.local_endpoint().port()});
    std::fflush(stdout);
    while (true) {
        std::thread(serve, acceptor.accept(), std::ref(websockets)).detach();
    }
}
