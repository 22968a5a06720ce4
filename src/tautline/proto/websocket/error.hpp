// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

#include <tautline/base/error.hpp>
#include <tautline/proto/websocket/close_code.hpp>

namespace tautline {

/// The peer broke a rule: one enumerator a rule. Category "tautline.peer".
enum class PeerError : std::uint8_t {
    reserved_bit_set = 1,  ///< RSV1 without an agreed extension or where it may not be; RSV2, RSV3.
    opcode_unknown,        ///< 3-7 or b-f.
    frame_not_masked,      ///< From a client (section 5.1).
    frame_masked,          ///< From a server (section 5.1).
    length_not_minimal,    ///< Section 5.2.
    length_top_bit_set,    ///< A 64-bit length with its top bit set (section 5.2).
    control_fragmented,    ///< Section 5.5.
    control_too_long,      ///< More than 125 bytes (section 5.5).
    continuation_unexpected,  ///< There is no message to continue (section 5.4).
    message_interrupted,      ///< A new message inside a fragmented one (section 5.4).
    close_payload_short,      ///< One byte: half a code (section 5.5.1).
    close_code_invalid,       ///< A code that may not be sent (section 7.4).
    close_reason_not_utf8,    ///< Section 5.5.1.
    text_not_utf8,            ///< Section 8.1.
    deflate_corrupt,          ///< RFC 7692 section 7.2.2.
    message_too_large,        ///< Over `max_message_bytes`.
    too_many_fragments,       ///< Their fixed charge went over `max_message_bytes`.
    rule_broken,              ///< A rule of framing; the engine in use does not report which.
};

/// The close code that is sent to the peer: every error has one.
[[nodiscard]] CloseCode close_code_for(PeerError error);
/// The close reason that is sent: static, short, without internal details.
[[nodiscard]] std::string_view close_reason_for(PeerError error);
/// "length_not_minimal", ...; "unknown" for a number that is none of them.
[[nodiscard]] std::string_view name_for(PeerError error);

[[nodiscard]] const std::error_category& peer_category();
[[nodiscard]] std::error_code make_error_code(PeerError error);

}  // namespace tautline

template <>
struct std::is_error_code_enum<tautline::PeerError> : std::true_type {};
