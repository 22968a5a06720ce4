// SPDX-License-Identifier: MIT
#include <utility>

#include "chat.hpp"

namespace tautline::taut {

ChatRoom::Seat ChatRoom::enter(Sender sender) {
    const std::scoped_lock lock(mutex_);
    const Seat seat = next_seat_++;
    seats_.emplace(seat, std::move(sender));
    return seat;
}

void ChatRoom::leave(Seat seat) {
    const std::scoped_lock lock(mutex_);
    seats_.erase(seat);
}

// Sending is done under the lock, so that everybody hears two speakers in the same order.
void ChatRoom::say(Seat from, MessageView message) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [seat, sender] : seats_) {
        if (seat != from) (void)sender.send(message);
    }
}

}  // namespace tautline::taut
