// SPDX-License-Identifier: MIT
// A client in a coroutine: says hello to hello_server and prints what comes back.
#include <cstdio>
#include <string>
#include <string_view>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <tautline/client/connect.hpp>

namespace {

void report(const tautline::Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
}
void use(std::string_view text) {
    std::printf("%s\n", std::string(text).c_str());
    std::fflush(stdout);
}

asio::awaitable<void> follow() {
    auto ws = co_await tautline::connect("ws://127.0.0.1:8080/echo");
    if (!ws) co_return report(ws.error());
    co_await ws->send("hello");
    while (auto message = co_await ws->receive()) use(message->text());
}

}  // namespace

int main() {
    asio::io_context context;
    asio::co_spawn(context, follow(), asio::detached);
    context.run();
}
