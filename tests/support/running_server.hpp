// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <tautline/server/server.hpp>

namespace tautline::test {

/// A server in a thread of its own, on a port that the system chose. Routes come first, then
/// `start`. Ended by its destructor, at once.
class RunningServer {
public:
    explicit RunningServer(ServerOptions options = {}) : server(std::move(options)) {}
    ~RunningServer() { stop(Duration::zero()); }
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    /// Listens and runs; returns the port.
    std::uint16_t start(const ListenOptions& options = {}) {
        const auto endpoint = server.listen(options);
        EXPECT_TRUE(endpoint) << (endpoint ? "" : endpoint.error().to_string());
        thread_ = std::jthread([this] { server.run(); });
        return endpoint ? endpoint->port : std::uint16_t{0};
    }
    void stop(Duration deadline) {
        server.stop(deadline);
        join();
    }
    /// Waits until `run` has returned.
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    Server server;

private:
    std::jthread thread_;
};

}  // namespace tautline::test
