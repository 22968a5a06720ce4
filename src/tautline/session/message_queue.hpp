// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <tautline/base/buffer.hpp>
#include <tautline/session/message.hpp>

namespace tautline::session {

/// Messages, or parts of them, that wait for the application, in one piece of memory: an empty one
/// costs nine bytes, so that a flood of them cannot take much more memory than it took on the wire.
///
/// Limits: none of its own; the owner stops reading when `bytes()` is too much.
class MessageQueue {
public:
    void push(PartView part);
    /// The oldest part. There must be one.
    [[nodiscard]] Part pop();

    [[nodiscard]] bool empty() const { return records_.empty(); }
    /// Memory in use, the bookkeeping included.
    [[nodiscard]] std::size_t bytes() const { return records_.size(); }
    void clear() { records_.release(); }

private:
    Buffer records_;  // type and place (1 byte), length (8 bytes), payload; again and again
};

}  // namespace tautline::session
