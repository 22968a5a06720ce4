// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>

#include <tautline/base/error.hpp>
#include <tautline/client/reconnect_ledger.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/session/message.hpp>

namespace tautline::client {

/// Where the senders of a connection that comes back put their messages.
///
/// Lifetime: shared by senders and the reconnector; survives the latter and then says `closed`.
/// Threads: any, but for `locked` and `detach`, which are the loop's.
class ReconnectMailbox : public std::enable_shared_from_this<ReconnectMailbox> {
public:
    /// `wake` is called on the loop, once for a batch of sends, never inside `send`.
    ReconnectMailbox(io::Loop& loop, std::size_t max_bytes, std::function<void()> wake);

    std::expected<void, UsageError> send(MessageView message, SendOptions options = {});
    /// Accepts nothing more.
    void stop();
    [[nodiscard]] bool stopping() const;
    [[nodiscard]] std::size_t held_bytes() const;

    /// Does something with the ledger that calls nobody back.
    template <typename Action>
    auto locked(Action action) {
        const std::lock_guard lock(mutex_);
        return action(ledger_);
    }
    /// It is all over: nothing is accepted and nobody is woken.
    void detach();

private:
    void post_wake();

    mutable std::mutex mutex_;
    io::Loop* loop_;  // null when it is all over; changes only under the mutex
    ReconnectLedger ledger_;
    std::function<void()> wake_;
    bool posted_ = false;
    bool stopping_ = false;
};

}  // namespace tautline::client
