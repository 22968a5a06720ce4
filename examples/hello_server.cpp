// SPDX-License-Identifier: MIT
// A server that echoes, and answers a health check on the same port.
#include <tautline/server/server.hpp>

int main() {
    tautline::Server server;
    server.websocket("/echo", {.on_message = [](auto& peer, auto message) { peer.send(message); }});
    server.get("/health", [](const auto&) { return tautline::Response::text("ok"); });
    if (!server.listen({.port = 8080})) return 1;
    server.run();
}
