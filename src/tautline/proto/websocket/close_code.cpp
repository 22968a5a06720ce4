// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/close_code.hpp>

#include <cstddef>

#include <tautline/base/bytes.hpp>
#include <tautline/base/utf8.hpp>

namespace tautline {

namespace {
// RFC 6455 section 5.5: 125 bytes for a control frame, of which the code takes two.
constexpr std::size_t kMaxReasonBytes = 123;
constexpr std::byte kHigh{0xc0};
constexpr std::byte kInside{0x80};
}  // namespace

bool may_travel(CloseCode code) {
    const auto value = static_cast<std::uint16_t>(code);
    // RFC 6455 section 7.4.2: 3000 to 3999 are registered by libraries, 4000 to 4999 are private.
    if (value >= 3000) return value <= 4999;
    // RFC 6455 section 7.4.1: 1004 is reserved; 1005, 1006 and 1015 are never set in a Close.
    return (value >= 1000 && value <= 1003) || (value >= 1007 && value <= 1014);
}

std::expected<void, UsageError> check_close(CloseCode code, std::string_view reason) {
    const bool without_code = code == CloseCode::no_status;
    if (!without_code && !may_travel(code)) return std::unexpected(UsageError::close_code_reserved);
    // RFC 6455 section 5.5.1: a reason stands behind a code.
    if (without_code && !reason.empty()) return std::unexpected(UsageError::close_reason_invalid);
    if (reason.size() > kMaxReasonBytes || !is_utf8(as_bytes(reason))) {
        return std::unexpected(UsageError::close_reason_invalid);
    }
    return {};
}

std::string_view fitting_reason(std::string_view reason) {
    if (reason.size() <= kMaxReasonBytes || !is_utf8(as_bytes(reason))) return reason;
    // RFC 3629 section 3: in UTF-8 all bytes of a character but its first are 10xxxxxx.
    const auto inside = [&](std::size_t at) { return (as_bytes(reason)[at] & kHigh) == kInside; };
    std::size_t end = kMaxReasonBytes;
    while (inside(end)) --end;
    return reason.substr(0, end);
}

std::string_view name_for(CloseCode code) {
    using enum CloseCode;
    switch (code) {
        case normal: return "normal";
        case going_away: return "going_away";
        case protocol_error: return "protocol_error";
        case unsupported_data: return "unsupported_data";
        case no_status: return "no_status";
        case abnormal: return "abnormal";
        case invalid_payload: return "invalid_payload";
        case policy_violation: return "policy_violation";
        case message_too_big: return "message_too_big";
        case mandatory_extension: return "mandatory_extension";
        case internal_error: return "internal_error";
        case service_restart: return "service_restart";
        case try_again_later: return "try_again_later";
        case bad_gateway: return "bad_gateway";
        case tls_handshake: return "tls_handshake";
    }
    const auto value = static_cast<std::uint16_t>(code);
    return value >= 3000 && value <= 4999 ? "application" : "reserved";
}

}  // namespace tautline
