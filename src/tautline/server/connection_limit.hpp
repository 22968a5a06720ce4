// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace tautline::server {

/// How many connections a server may have open, over all its threads.
///
/// Threads: any, but for `set_on_room`, which comes before the first `take`, or after the last
/// thread has ended.
class ConnectionLimit {
public:
    explicit ConnectionLimit(std::size_t most) : most_(most) {}
    ConnectionLimit(const ConnectionLimit&) = delete;
    ConnectionLimit& operator=(const ConnectionLimit&) = delete;

    /// Called after a refused `take`, once there is room again, on the thread that made it.
    void set_on_room(std::function<void()> on_room) { on_room_ = std::move(on_room); }

    /// Counts one more connection, if there is room.
    [[nodiscard]] bool take();
    void give_back();

    [[nodiscard]] std::size_t open() const { return open_.load(); }

private:
    [[nodiscard]] bool try_take();

    const std::size_t most_;
    std::function<void()> on_room_;
    std::atomic<std::size_t> open_ = 0;
    std::atomic<bool> refused_ = false;  // somebody waits for room
};

}  // namespace tautline::server
