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
/// when that is allowed. `notify_later` wakes them in the loop's next turn: for callers whose own
/// object the coroutine may destroy.
/// Cancellation: a waiter that is cancelled goes on with false.
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
    void notify_later();
    /// Destroys the waiters without waking them: for the end of the loop.
    void abandon();

private:
    enum class Wake : bool { now, later };
    using Resume = std::move_only_function<void(bool notified, Wake wake)>;
    // Shared with the cancellation slot of the waiter, which may outlive the signal.
    using Waiter = std::shared_ptr<Resume>;

    static void resume(Resume& function, bool notified, Wake wake);
    void wake_all(Wake wake);
    template <typename Handler>
    void add(Handler handler);

    std::vector<Waiter> waiters_;
};

}  // namespace tautline::io
