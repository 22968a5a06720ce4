// SPDX-License-Identifier: MIT
// A server that echoes, with a coroutine for each connection.
#include <tautline/server/coroutine_route.hpp>
#include <tautline/server/server.hpp>

asio::awaitable<void> echo(tautline::WebSocket ws) {
    while (auto message = co_await ws.receive()) co_await ws.send(*message);
}

int main() {
    tautline::Server server;
    server.websocket("/echo", tautline::coroutine(echo));
    if (!server.listen({.port = 8080})) return 1;
    server.run();
}
