// SPDX-License-Identifier: MIT
#include <expected>
#include <string>
#include <string_view>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/allocations.hpp>
#include <tests/support/running_server.hpp>

#include <tautline/blocking/web_socket.hpp>
#include <tautline/client/connect.hpp>
#include <tautline/server/coroutine_route.hpp>
#include <tautline/server/server.hpp>

// Coroutines and blocking calls get messages that own their payload: how much memory that takes.

namespace tautline {
namespace {

using asio::awaitable;
using test::all_allocations;
using test::allocations;
using test::RunningServer;

constexpr std::size_t kRounds = 200;
const std::string kMessage(1024, 'x');

struct Echo {
    Echo() {
        running.server.websocket(
            "/", {.on_message = [](Peer& peer, MessageView message) { (void)peer.send(message); }});
        url = "ws://127.0.0.1:" + std::to_string(running.start()) + "/";
    }
    RunningServer running;
    std::string url;
};

awaitable<void> echo(WebSocket& ws, std::string_view message, std::size_t rounds) {
    for (std::size_t i = 0; i < rounds; ++i) {
        (void)co_await ws.send(message);
        const auto answer = co_await ws.receive();
        EXPECT_EQ(answer->text(), message);
    }
}

// What `kRounds` echoes of a coroutine allocate.
std::size_t coroutine_allocations(std::string_view message) {
    const Echo server;
    asio::io_context context;
    std::size_t counted = 0;
    const auto run = [&]() -> awaitable<void> {
        auto ws = co_await connect(server.url);
        co_await echo(*ws, message, kRounds);
        const std::size_t before = allocations();
        co_await echo(*ws, message, kRounds);
        counted = allocations() - before;
        (void)co_await ws->close();
    };
    asio::co_spawn(context, run, asio::detached);
    context.run();
    return counted;
}

// The message, for it owns its payload; what waits for it, with its place in the list; and what
// Asio does not keep of the frames of the coroutines.
TEST(CoroutineAllocations, ThereAreFiveAtMostForAMessageToAndFro) {
    EXPECT_LE(coroutine_allocations(kMessage), 5 * kRounds);
}

// As short as a std::string holds in itself.
TEST(CoroutineAllocations, ThereIsOneLessForTheShortestMessages) {
    EXPECT_LE(coroutine_allocations("fifteen letters"), 4 * kRounds);
}

// The server allocates nothing, as the tests of echoes show: all are the client's.
TEST(BlockingAllocations, ThereAreFiveAtMostForAMessageToAndFro) {
    const Echo server;
    auto ws = blocking::connect(server.url);
    const auto echo = [&] {
        for (std::size_t i = 0; i < kRounds; ++i) {
            (void)ws->send(kMessage);
            EXPECT_EQ(ws->receive()->text(), kMessage);
        }
    };
    echo();
    const std::size_t before = all_allocations();
    echo();

    EXPECT_LE(all_allocations() - before, 5 * kRounds);
}

}  // namespace
}  // namespace tautline
