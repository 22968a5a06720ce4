// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/control_assembler.hpp>

#include <utility>

namespace tautline::websocket {

std::optional<Bytes> ControlAssembler::receive(const FrameSlice& slice) {
    if (slice.whole()) return slice.payload;
    if (slice.first) pieces_ = std::make_unique<Pieces>();
    pieces_->payload.append(slice.payload);
    if (!slice.last) return std::nullopt;
    pieces_->complete = true;
    return std::as_const(pieces_->payload).readable();
}

}  // namespace tautline::websocket
