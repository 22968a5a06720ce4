// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/close_frame.hpp>

#include <algorithm>
#include <cstdint>

#include <tautline/base/assert.hpp>
#include <tautline/base/big_endian.hpp>
#include <tautline/base/utf8.hpp>

namespace tautline::websocket {

std::expected<CloseFrame, PeerError> read_close_frame(Bytes payload) {
    if (payload.empty()) return CloseFrame{};
    // RFC 6455 section 5.5.1: a body begins with the two bytes of the code.
    if (payload.size() == 1) return std::unexpected(PeerError::close_payload_short);
    const auto code = static_cast<CloseCode>(read_big_endian(payload.first(2)));
    if (!may_travel(code)) return std::unexpected(PeerError::close_code_invalid);
    const Bytes reason = payload.subspan(2);
    // RFC 6455 section 5.5.1: the reason is UTF-8.
    if (!is_utf8(reason)) return std::unexpected(PeerError::close_reason_not_utf8);
    return CloseFrame{code, as_text(reason)};
}

std::size_t write_close_frame(const CloseFrame& close, std::span<std::byte, kMaxControlBytes> out) {
    if (close.code == CloseCode::no_status) return 0;
    TAUTLINE_ASSERT(close.reason.size() + 2 <= out.size());
    write_big_endian(static_cast<std::uint16_t>(close.code), out.first(2));
    std::ranges::copy(as_bytes(close.reason), out.begin() + 2);
    return close.reason.size() + 2;
}

}  // namespace tautline::websocket
