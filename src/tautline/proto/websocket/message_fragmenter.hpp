// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/opcode.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline::websocket {

/// A frame that is to be written.
struct OutgoingFrame {
    Opcode opcode = Opcode::binary;
    bool fin = true;
    bool rsv1 = false;
    Bytes payload = {};
};

/// Cuts a message, or a part of one, into frames of limited size.
///
///     MessageFragmenter frames(payload, {.type = MessageType::text, .fragment_bytes = 4});
///     while (auto frame = frames.next()) ...     // text fin=0 | continuation fin=0 | ... fin=1
///
/// There is at least one frame.
/// Lifetime: frames show the payload.
/// Spec: RFC 6455 section 5.4.
class MessageFragmenter {
public:
    struct Shape {
        MessageType type = MessageType::binary;
        bool compressed = false;
        bool first = true;               ///< The payload begins the message.
        bool last = true;                ///< The payload ends it.
        std::size_t fragment_bytes = 0;  ///< The most that one frame holds. 0: all.
    };

    MessageFragmenter(Bytes payload, Shape shape) : rest_(payload), shape_(shape) {}

    [[nodiscard]] std::optional<OutgoingFrame> next();

private:
    Bytes rest_;
    Shape shape_;
    bool done_ = false;
};

}  // namespace tautline::websocket
