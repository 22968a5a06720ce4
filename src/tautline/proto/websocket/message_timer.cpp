// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_timer.hpp>

namespace tautline::websocket {

void MessageTimer::end_batch(bool incomplete, Instant now) {
    if (incomplete && !running_) since_ = now;
    running_ = incomplete;
}

std::optional<Instant> MessageTimer::deadline(const ConnectionOptions& options) const {
    if (!running_ || !options.message_timeout || options.delivery != Delivery::whole) {
        return std::nullopt;
    }
    return since_ + *options.message_timeout;
}

}  // namespace tautline::websocket
