// SPDX-License-Identifier: MIT
// A server that echoes, and answers a health check on the same port.
#include <cstdio>

#include <tautline/server/server.hpp>

// Who does not read what comes back is not read from either.
void echo(tautline::Peer& peer, tautline::MessageView message) {
    if (peer.send(message) == tautline::Sent::queued) peer.set_reading(false);
}
void read_on(tautline::Peer& peer) { peer.set_reading(true); }

int main() {
    tautline::Server server;
    server.websocket("/echo", {.on_message = echo, .on_drain = read_on});
    server.get("/health", [](const auto&) { return tautline::Response::text("ok"); });
    if (const auto listening = server.listen({.port = 8080}); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    server.run();
}
