// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/frame_reader.hpp>

namespace tautline::websocket {

/// Gives the payload of a control frame when it is complete.
///
/// Limits: a control frame has at most 125 bytes, which the frame reader has checked. Memory is
/// owned only while a control frame that was split on its way is incomplete or shown.
/// Lifetime: the view is valid as long as the slice's memory, and until `release`.
class ControlAssembler {
public:
    [[nodiscard]] std::optional<Bytes> receive(const FrameSlice& slice);
    /// Gives back the memory of a payload that was handled.
    void release() {
        if (pieces_ && pieces_->complete) pieces_.reset();
    }
    [[nodiscard]] bool empty() const { return !pieces_; }

private:
    struct Pieces {
        Buffer payload;
        bool complete = false;
    };
    std::unique_ptr<Pieces> pieces_;
};

}  // namespace tautline::websocket
