// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include <tautline/base/buffer.hpp>
#include <tautline/session/message.hpp>

namespace tautline::session {

/// Messages, or parts of them, that wait for the application: a first one as it will be given out,
/// which is the only allocation for an application that keeps up, and further ones in one piece of
/// memory. There an empty one costs nine bytes, so that a flood of them cannot take much more
/// memory than it took on the wire.
///
/// Limits: none of its own; the owner stops reading when `bytes()` is too much.
class MessageQueue {
public:
    void push(PartView part);
    /// The oldest part. There must be one.
    [[nodiscard]] Part pop();

    [[nodiscard]] bool empty() const { return !first_ && records_.empty(); }
    /// Memory in use, the bookkeeping included.
    [[nodiscard]] std::size_t bytes() const {
        return records_.size() + (first_ ? record_bytes(first_->bytes().size()) : 0);
    }
    void clear() {
        first_.reset();
        records_.release();
    }

private:
    static constexpr std::size_t record_bytes(std::size_t payload_bytes) {
        return kRecordHeadBytes + payload_bytes;
    }
    static constexpr std::size_t kRecordHeadBytes = 9;

    std::optional<Part> first_;  // before all others
    Buffer records_;  // type and place (1 byte), length (8 bytes), payload; again and again
};

}  // namespace tautline::session
