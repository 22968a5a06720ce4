// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/options.hpp>
#include <tautline/session/message.hpp>

namespace tautline::client {

/// Which message is where, while connections come and go.
///
///     add ──▶ waiting ── hand_over ──▶ unconfirmed ── confirm ──▶ forgotten
///                ▲                          │
///                └─── not written as a whole┤ end_connection
///                                           └── otherwise ──▶ lost
///
/// Positions are those of the stream of bytes of one connection. Order is kept throughout.
/// Limits: refuses with `queue_full` when it holds `max_bytes` already, so that it holds at most
/// that and one message. Each message counts with `kCharge` bytes more than it has.
/// Threads: one at a time.
class ReconnectLedger {
public:
    static constexpr std::size_t kCharge = 64;

    explicit ReconnectLedger(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    struct Kept {
        Message message;
        SendOptions options;
    };

    [[nodiscard]] std::expected<void, UsageError> add(MessageView message,
                                                      SendOptions options = {});

    /// The message to hand over next, null when none waits; stays where it is until it is handed
    /// over.
    [[nodiscard]] const Kept* next() const;
    /// The connection took that message; its last byte is written when `ends_at` bytes are.
    void hand_over(std::uint64_t ends_at);
    /// How many messages this connection took.
    [[nodiscard]] std::uint64_t handed_over() const { return confirmed_ + unconfirmed_.size(); }
    /// The first `count` messages that this connection took have arrived.
    void confirm(std::uint64_t count);

    /// Whether the connection holds messages of which not all bytes are written.
    [[nodiscard]] bool unwritten(std::uint64_t written) const;
    /// The connection is gone after `written` bytes and writes nothing more. Returns the messages
    /// that may have arrived or not; with `resend` there are none, as they all wait again.
    [[nodiscard]] std::vector<Message> end_connection(std::uint64_t written, bool resend);

    [[nodiscard]] std::vector<Message> take_waiting();

    [[nodiscard]] bool empty() const { return waiting_.empty() && unconfirmed_.empty(); }
    [[nodiscard]] bool all_confirmed() const { return unconfirmed_.empty(); }
    [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
    /// True once when half is free again after a refusal.
    [[nodiscard]] bool room_again();

private:
    struct HandedOver {
        Kept kept;
        std::uint64_t ends_at;
    };

    void release(const Message& message);

    std::size_t max_bytes_;
    std::size_t held_bytes_ = 0;
    bool refused_ = false;
    std::deque<Kept> waiting_;
    std::deque<HandedOver> unconfirmed_;
    std::uint64_t confirmed_ = 0;  // of this connection
};

}  // namespace tautline::client
