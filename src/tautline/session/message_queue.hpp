// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <tautline/base/buffer.hpp>
#include <tautline/session/message.hpp>

namespace tautline::session {

/// Messages that wait for the application, in one piece of memory: an empty message costs nine
/// bytes, so that a flood of them cannot take much more memory than it took on the wire.
///
/// Limits: none of its own; the owner stops reading when `bytes()` is too much.
class MessageQueue {
public:
    void push(MessageView message);
    /// The oldest message. There must be one.
    [[nodiscard]] Message pop();

    [[nodiscard]] bool empty() const { return records_.empty(); }
    /// Memory in use, the bookkeeping included.
    [[nodiscard]] std::size_t bytes() const { return records_.size(); }
    void clear() { records_.release(); }

private:
    Buffer records_;  // type (1 byte), length (8 bytes), payload; again and again
};

}  // namespace tautline::session
