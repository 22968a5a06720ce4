// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <tests/support/endpoint.hpp>

#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace tautline::test {

/// How the two ends of a `Pair` are made and joined.
struct PairSetup {
    ConnectionOptions client{};
    ConnectionOptions server{};
    std::optional<deflate::Parameters> compression = std::nullopt;
    const websocket::EngineKind* client_kind = &websocket::native_engine();
    const websocket::EngineKind* server_kind = &websocket::native_engine();
    std::size_t read_bytes = 0;   ///< The most that one read delivers. 0: everything.
    std::size_t write_bytes = 0;  ///< The most that one write takes. 0: everything.
};

/// A client and a server with a perfect wire between them and one clock for both, which stands
/// still unless it is told to move.
///
///     Pair pair;
///     ASSERT_TRUE(pair.client.send("hello"));
///     pair.drive();
///     EXPECT_EQ(pair.server.trace, (Trace{"text \"hello\""}));
class Pair {
public:
    explicit Pair(PairSetup setup = {})
        : client({.role = Role::client,
                  .options = setup.client,
                  .compression = setup.compression,
                  .kind = setup.client_kind}),
          server({.role = Role::server,
                  .options = setup.server,
                  .compression = setup.compression,
                  .kind = setup.server_kind}),
          read_bytes_(setup.read_bytes),
          write_bytes_(setup.write_bytes) {}

    /// Carries bytes both ways until neither side has anything to send.
    void drive() {
        bool moved = true;
        while (moved) {
            moved = carry(client, server);
            moved = carry(server, client) || moved;
        }
    }

    /// Lets time pass on both sides, a step at a time, carrying what becomes due.
    void advance(Duration duration, Duration step = 1s) {
        for (; duration > Duration::zero(); duration -= step) {
            const Duration now = std::min(step, duration);
            client.advance(now);
            server.advance(now);
            drive();
        }
    }

    Endpoint client;
    Endpoint server;
    bool cut = false;  ///< What is sent gets lost.

private:
    bool carry(Endpoint& from, Endpoint& to) const {
        const std::vector<std::byte> bytes =
            write_bytes_ == 0 ? from.take_output() : from.take_output(write_bytes_);
        if (!cut) to.receive(bytes, read_bytes_);
        return !bytes.empty();
    }

    std::size_t read_bytes_;
    std::size_t write_bytes_;
};

}  // namespace tautline::test
