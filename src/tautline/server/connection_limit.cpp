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

// Sets `refused_` before the second try: a slot that comes back after that try sees it.
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
