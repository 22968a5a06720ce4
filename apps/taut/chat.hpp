// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <unordered_set>

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
    void enter(Sender guest);
    void leave(const Sender& guest);
    /// Sends `message` to everybody but `speaker`.
    void say(const Sender& speaker, MessageView message);

private:
    std::mutex mutex_;
    std::unordered_set<Sender> guests_;
};

}  // namespace tautline::taut
