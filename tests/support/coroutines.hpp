// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <tests/support/session_pair.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline::test {

/// A pair whose client is a WebSocket for coroutines; the server writes into a log.
struct Coroutines {
    explicit Coroutines(Handlers server, ConnectionOptions options = {},
                        std::size_t capacity = 1 << 20)
        : pair(session::coroutine_handlers([this](WebSocket opened) { ws = std::move(opened); }),
               std::move(server), options, capacity) {}

    /// Runs a coroutine to its end.
    template <typename Body>
    [[nodiscard]] bool run(Body body) {
        bool done = false;
        asio::co_spawn(pair.context, body(), [&](std::exception_ptr thrown) {
            EXPECT_FALSE(thrown);
            done = true;
        });
        return pair.run_until([&] { return done; });
    }

    std::optional<WebSocket> ws;
    SessionPair pair;
};

}  // namespace tautline::test
