// SPDX-License-Identifier: MIT
// tautline as the comparison sees it: its callback server, with the options that all peers get.
#include <cstdio>

#include <tautline/server/server.hpp>

#include "bench/support/server_arguments.hpp"

int main(int argc, char** argv) {
    const bench::ServerArguments arguments = bench::server_arguments(argc, argv);

    tautline::RouteOptions options;
    options.connection.max_message_bytes = arguments.max_message_bytes;
    options.connection.ping_interval = std::chrono::seconds(arguments.ping_seconds);
    if (arguments.deflate) {
        options.connection.compression = tautline::deflate::Options{
            .level = arguments.level, .memory_level = arguments.memory_level};
    }
    tautline::Server server;
    server.websocket("/", {.on_message = [](auto& peer, auto message) { peer.send(message); }},
                     options);

    tautline::ListenOptions listen{.backlog = 4096};
    if (arguments.tls()) {
        listen.tls = tautline::TlsServerOptions{.certificate_file = arguments.certificate,
                                                .key_file = arguments.key};
    }
    const auto endpoint = server.listen(listen);
    if (!endpoint) {
        std::fprintf(stderr, "%s\n", endpoint.error().to_string().c_str());
        return 1;
    }
    bench::announce(endpoint->port);
    server.run();
}
