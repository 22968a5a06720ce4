// SPDX-License-Identifier: MIT
// websocketpp as an echo server, over Boost.Asio, one thread, logging off.
#include <memory>

#include <websocketpp/config/asio.hpp>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

#include "bench/support/server_arguments.hpp"

namespace {

// Without compression the extension is left out, as websocketpp's own examples do.
struct DeflateConfig : websocketpp::config::asio {
    using type = DeflateConfig;
    struct permessage_deflate_config {};
    using permessage_deflate_type =
        websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};

using websocketpp::connection_hdl;

template <typename Server>
void listen_and_run(Server& server, const bench::ServerArguments& arguments) {
    server.clear_access_channels(websocketpp::log::alevel::all);
    server.clear_error_channels(websocketpp::log::elevel::all);
    server.init_asio();
    server.set_max_message_size(arguments.max_message_bytes);
    server.set_tcp_post_init_handler([&server](connection_hdl handle) {
        websocketpp::lib::asio::error_code ignored;
        server.get_con_from_hdl(handle)->get_raw_socket().set_option(
            websocketpp::lib::asio::ip::tcp::no_delay(true), ignored);
    });
    server.set_message_handler([&server](connection_hdl handle, auto message) {
        websocketpp::lib::error_code ignored;
        server.send(handle, message->get_payload(), message->get_opcode(), ignored);
    });
    server.set_listen_backlog(4096);
    server.listen(websocketpp::lib::asio::ip::tcp::endpoint(
        websocketpp::lib::asio::ip::make_address("127.0.0.1"), 0));
    server.start_accept();
    websocketpp::lib::asio::error_code ignored;
    bench::announce(server.get_local_endpoint(ignored).port());
    server.run();
}

void run_secure(const bench::ServerArguments& arguments) {
    namespace ssl = websocketpp::lib::asio::ssl;
    websocketpp::server<websocketpp::config::asio_tls> server;
    const auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    context->use_certificate_chain_file(arguments.certificate);
    context->use_private_key_file(arguments.key, ssl::context::pem);
    server.set_tls_init_handler([context](connection_hdl) { return context; });
    listen_and_run(server, arguments);
}

template <typename Config>
void run_plain(const bench::ServerArguments& arguments) {
    websocketpp::server<Config> server;
    listen_and_run(server, arguments);
}

}  // namespace

int main(int argc, char** argv) {
    const bench::ServerArguments arguments = bench::server_arguments(argc, argv);
    if (arguments.tls()) {
        run_secure(arguments);
    } else if (arguments.deflate) {
        run_plain<DeflateConfig>(arguments);
    } else {
        run_plain<websocketpp::config::asio>(arguments);
    }
}
