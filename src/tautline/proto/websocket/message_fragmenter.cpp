// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/message_fragmenter.hpp>

#include <algorithm>

namespace tautline::websocket {

std::optional<OutgoingFrame> MessageFragmenter::next() {
    if (done_) return std::nullopt;
    const std::size_t limit = shape_.fragment_bytes == 0 ? rest_.size() : shape_.fragment_bytes;
    const std::size_t count = std::min(rest_.size(), limit);
    OutgoingFrame frame{.payload = rest_.first(count)};
    rest_ = rest_.subspan(count);
    done_ = rest_.empty();
    frame.fin = shape_.last && done_;
    if (shape_.first) {
        frame.opcode = shape_.type == MessageType::text ? Opcode::text : Opcode::binary;
        // RFC 7692 section 6.1: the bit is set on the first frame of a message.
        frame.rsv1 = shape_.compressed;
        shape_.first = false;
    } else {
        frame.opcode = Opcode::continuation;
    }
    return frame;
}

}  // namespace tautline::websocket
