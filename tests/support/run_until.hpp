// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <asio/io_context.hpp>

namespace tautline::test {

/// Runs `context` until `fact()` is true. Returns false when it runs out of work before, or after
/// 30 seconds: a watchdog, far longer than anything takes.
template <typename Fact>
[[nodiscard]] bool run_until(asio::io_context& context, Fact fact) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!fact()) {
        context.restart();
        if (context.run_one_until(end) == 0) return fact();
    }
    return true;
}

/// The same for a fact that the context does not wait for, as what happens on a socket of the test.
template <typename Fact>
[[nodiscard]] bool poll_until(asio::io_context& context, Fact fact) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!fact()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        context.restart();
        context.poll();
    }
    return true;
}

/// Runs what is ready now, and what that makes ready at once.
inline void run_ready(asio::io_context& context) {
    context.restart();
    while (context.poll() > 0) context.restart();
}

}  // namespace tautline::test
