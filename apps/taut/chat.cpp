// SPDX-License-Identifier: MIT
#include <utility>

#include "chat.hpp"

namespace tautline::taut {

void ChatRoom::enter(Sender guest) {
    const std::scoped_lock lock(mutex_);
    guests_.insert(std::move(guest));
}

void ChatRoom::leave(const Sender& guest) {
    const std::scoped_lock lock(mutex_);
    guests_.erase(guest);
}

// Sending is done under the lock, so that everybody hears two speakers in the same order.
void ChatRoom::say(const Sender& speaker, MessageView message) {
    const std::scoped_lock lock(mutex_);
    for (const Sender& guest : guests_) {
        if (guest != speaker) (void)guest.send(message);
    }
}

}  // namespace tautline::taut
