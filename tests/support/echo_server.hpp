// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <tautline/server/server.hpp>

namespace tautline::test {

/// A real server on loopback with a thread of its own. `/` echoes; add routes before `start`.
class EchoServer {
public:
    explicit EchoServer(ListenOptions options = {}) : options_(std::move(options)) {
        server.websocket(
            "/", {.on_message = [](Peer& peer, MessageView m) { (void)peer.send(m); }},
            {.subprotocols = {"json"}, .connection = {.compression = deflate::Options{}}});
    }
    ~EchoServer() { stop(); }

    void start() {
        const auto endpoint = server.listen(options_);
        if (!endpoint) {
            ADD_FAILURE() << endpoint.error().to_string();
            return;
        }
        url = endpoint->url();
        port = endpoint->port;
        thread_ = std::thread([this] { server.run(); });
    }
    void stop(Duration deadline = std::chrono::seconds(5)) {
        if (!thread_.joinable()) return;
        server.stop(deadline);
        thread_.join();
    }

    Server server;
    std::string url;  ///< "ws://127.0.0.1:PORT/"
    std::uint16_t port = 0;

private:
    ListenOptions options_;
    std::thread thread_;
};

}  // namespace tautline::test
