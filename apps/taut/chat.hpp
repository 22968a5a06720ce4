// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include <tautline/session/peer.hpp>
#include <tautline/session/sender.hpp>

namespace tautline::taut {

/// Everybody in one room: what one says all others hear.
///
/// Queues are bounded by the options of the connections, which also decide what happens to slow
/// readers.
/// Threads: any.
class ChatRoom {
public:
    using Seat = std::uint64_t;

    [[nodiscard]] Seat enter(Sender sender);
    void leave(Seat seat);
    /// Sends `message` to everybody but `from`.
    void say(Seat from, MessageView message);

private:
    std::mutex mutex_;
    std::map<Seat, Sender> seats_;
    Seat next_seat_ = 1;
};

}  // namespace tautline::taut
