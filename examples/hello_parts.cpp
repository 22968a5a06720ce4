// SPDX-License-Identifier: MIT
// A client that never holds a whole message: says hello to hello_server and writes what comes back,
// part by part.
#include <cstdint>
#include <cstdio>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <tautline/client/connect.hpp>

namespace {

void report(const tautline::Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
}
void write_down(tautline::Bytes bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

asio::awaitable<void> download() {
    tautline::ClientOptions options;
    options.connection.delivery = tautline::Delivery::streamed;
    options.connection.max_message_bytes = std::uint64_t{1} << 40;
    auto ws = co_await tautline::connect("ws://127.0.0.1:8080/echo", options);
    if (!ws) co_return report(ws.error());
    co_await ws->send("hello");
    while (auto part = co_await ws->receive_part()) {
        write_down(part->bytes());
        if (part->last()) break;
    }
}

}  // namespace

int main() {
    asio::io_context context;
    asio::co_spawn(context, download(), asio::detached);
    context.run();
    std::puts("");
}
