// SPDX-License-Identifier: MIT
// Sends and receives at the same time, waits for each answer only so long, and closes in order,
// also at SIGINT and SIGTERM. Talks to hello_server: coroutine_timeout [seconds]
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <tautline/client/connect.hpp>

namespace {

using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using Received = std::expected<tautline::Message, tautline::Closed>;

void say(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

// std::nullopt when nothing came in time. The connection and its messages are as before then.
awaitable<std::optional<Received>> receive_within(tautline::WebSocket& ws,
                                                  std::chrono::seconds patience) {
    asio::steady_timer timer(co_await asio::this_coro::executor, patience);
    auto first = co_await (ws.receive() || timer.async_wait(asio::use_awaitable));
    if (first.index() == 1) co_return std::nullopt;
    co_return std::get<0>(std::move(first));
}

awaitable<void> send_words(tautline::WebSocket& ws) {
    for (const char* word : {"one", "two", "three"}) {
        const auto sent = co_await ws.send(word);
        if (!sent) co_return;
    }
}

awaitable<void> print_answers(tautline::WebSocket& ws, std::chrono::seconds patience) {
    while (true) {
        const auto received = co_await receive_within(ws, patience);
        if (!received) co_return say("nothing more");
        if (!*received) co_return;  // the end, or cancelled
        say(std::string((*received)->text()));
    }
}

awaitable<void> talk(std::chrono::seconds patience) {
    // Otherwise Asio would throw at the next `co_await` once a signal has cancelled this coroutine.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto ws = co_await tautline::connect("ws://127.0.0.1:8080/echo");
    if (!ws) co_return say(ws.error().to_string());
    co_await (send_words(*ws) && print_answers(*ws, patience));
    const auto closed = co_await ws->close();
    say(closed.clean ? "closed" : closed.error.message());
}

}  // namespace

int main(int argc, char** argv) {
    const std::chrono::seconds patience(argc > 1 ? std::atoi(argv[1]) : 2);
    asio::io_context context;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    asio::co_spawn(context, talk(patience) || signals.async_wait(asio::use_awaitable),
                   asio::detached);
    context.run();
}
