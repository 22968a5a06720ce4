// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>
#include <tests/support/wire.hpp>

#include <tautline/server/exchange.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline::server {

using test::kHello;

/// An exchange with routes of every kind; the test is the client, at the other end of memory.
struct ExchangeTest : testing::Test {
    ExchangeTest() {
        routes.add_get("/health", [](const Request&) { return Response::text("ok"); });
        routes.add_get("/large",
                       [](const Request&) { return Response::text(std::string(100'000, 'x')); });
        routes.add_get("/broken", [](const Request&) -> Response { throw 1; });
        routes.add_get("/who/{name}", [](const Request& request) {
            return Response::text(std::string(request.parameter("name")) + " " +
                                  request.stream.peer_address + " " + request.head.target);
        });
        routes.add_get("/subject", [](const Request& request) {
            return Response::text(request.stream.peer_subject);
        });
        routes.add_websocket("/echo", echo(), {});
        routes.add_websocket("/ask", echo(), {.on_upgrade = [this](UpgradeRequest request) {
                                 asked.push_back(std::move(request));
                             }});
        routes.add_websocket("/throw", echo(), {.on_upgrade = [](UpgradeRequest) { throw 1; }});
    }

    Handlers echo() {
        return {.on_open = [this](Peer& peer) { opened.push_back(peer.info()); },
                .on_message = [](Peer& peer, MessageView message) { peer.send(message); }};
    }

    /// `capacity` is how much of an answer is on its way when the client does not read.
    void connect(std::size_t capacity = static_cast<std::size_t>(-1)) {
        auto [near, far] = transport::make_memory_pair(loop);
        client = std::move(near);
        client->set_capacity(capacity);
        client->set_handler(&at_client);
        client->set_reading(true);
        far->set_info({.peer_address = "10.0.0.1:5", .peer_subject = "CN=ann"});
        server_end = far.get();
        Exchange::start(site, session::Slot(owner), std::move(far));
    }
    /// Sends `text` and returns what is answered.
    std::string talk(std::string_view text) {
        (void)test::write_text(*client, text);
        test::run_ready(context);
        return std::exchange(at_client.received, {});
    }
    /// Whether the server ends its half, soon or later.
    bool ends() {
        return test::run_until(context, [this] { return at_client.ends > 0; });
    }

    struct Owner final : session::SlotOwner {
        void release_slot() override { ++released; }
        int released = 0;
    };

    Owner owner;
    Routes routes;
    ServerOptions options;
    std::vector<UpgradeRequest> asked;
    std::vector<OpenInfo> opened;
    test::StreamRecorder at_client;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Site site{loop, registry, routes, options};
    session::Registry registry;
    std::unique_ptr<transport::MemoryStream> client;
    transport::MemoryStream* server_end = nullptr;
};

inline std::string get(std::string_view target, std::string_view fields = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
           "\r\n";
}

}  // namespace tautline::server
