// SPDX-License-Identifier: MIT
// A server that echoes, with a coroutine for each connection.
#include <cstdio>

#include <tautline/server/coroutine_route.hpp>
#include <tautline/server/server.hpp>

asio::awaitable<void> echo(tautline::WebSocket ws) {
    while (auto message = co_await ws.receive()) co_await ws.send(*message);
}

int main() {
    tautline::Server server;
    server.websocket("/echo", tautline::coroutine(echo));
    if (const auto listening = server.listen({.port = 8080}); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    server.run();
}
