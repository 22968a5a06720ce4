// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <string_view>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/error.hpp>
#include <tautline/proto/websocket/frame_header.hpp>

namespace tautline::websocket {

/// What a Close says.
struct CloseFrame {
    CloseCode code = CloseCode::no_status;
    std::string_view reason;  ///< Shows the payload that it was read from.
};

/// Reads the payload of a Close; an empty one has `CloseCode::no_status`.
/// Fails with `close_payload_short`, `close_code_invalid` or `close_reason_not_utf8`.
[[nodiscard]] std::expected<CloseFrame, PeerError> read_close_frame(Bytes payload);

/// Writes the payload of a Close that `check_close` allows. Returns how many bytes it took.
std::size_t write_close_frame(const CloseFrame& close, std::span<std::byte, kMaxControlBytes> out);

}  // namespace tautline::websocket
