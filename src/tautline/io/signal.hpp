// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <asio/awaitable.hpp>

namespace tautline::io {

/// Lets coroutines wait until something has happened.
///
/// Overlap: any number may wait; `notify` wakes all that wait now, on their own executors: inline
/// when that is allowed.
/// Cancellation: a waiter that is cancelled goes on with false, in a later turn of its executor, as
/// Asio's own operations do: whoever emits may hold what the coroutine destroys. A `notify` before
/// that turn is for the others only.
/// Threads: one at a time.
class Signal {
public:
    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    /// Completes with true at the next `notify`, with false when cancelled. A waiter that is never
    /// woken is destroyed with the signal.
    [[nodiscard]] asio::awaitable<bool> wait();
    void notify();
    /// Destroys the waiters without waking them: for the end of the loop.
    void abandon();

private:
    using Resume = std::move_only_function<void(bool notified)>;
    // Shared with the cancellation slot of the waiter, which may outlive the signal.
    using Waiter = std::shared_ptr<Resume>;

    static void resume(Resume& function, bool notified);
    template <typename Handler>
    void add(Handler handler);

    std::vector<Waiter> waiters_;
};

}  // namespace tautline::io
