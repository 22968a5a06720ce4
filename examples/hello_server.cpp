// SPDX-License-Identifier: MIT
// A server that echoes, and answers a health check on the same port.
#include <cstdio>

#include <tautline/server/server.hpp>

int main() {
    tautline::Server server;
    server.websocket("/echo", {.on_message = [](auto& peer, auto message) { peer.send(message); }});
    server.get("/health", [](const auto&) { return tautline::Response::text("ok"); });
    if (const auto listening = server.listen({.port = 8080}); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    server.run();
}
