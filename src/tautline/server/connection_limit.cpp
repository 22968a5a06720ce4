// SPDX-License-Identifier: MIT
#include <tautline/server/connection_limit.hpp>

namespace tautline::server {

bool ConnectionLimit::try_take() {
    std::size_t open = open_.load();
    while (open < most_) {
        if (open_.compare_exchange_weak(open, open + 1)) return true;
    }
    return false;
}

// The wish is noted before the last try: whoever gives back after it sees the wish.
bool ConnectionLimit::take() {
    if (try_take()) return true;
    refused_ = true;
    return try_take();
}

void ConnectionLimit::give_back() {
    --open_;
    if (refused_.exchange(false) && on_room_) on_room_();
}

}  // namespace tautline::server
