// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include <tautline/base/error.hpp>

namespace tautline {

/// The close codes of RFC 6455 section 7.4 and the IANA registry. Codes from 3000 to 4999 belong to
/// libraries and applications: `CloseCode{4001}`.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status = 1005,  ///< Never sent as such: a Close without a code, received or to be sent.
    abnormal = 1006,   ///< Never sent: the stream ended without a Close.
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    mandatory_extension = 1010,
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
    tls_handshake = 1015,  ///< Never sent.
};

/// Whether `code` may be sent and received: 1000-1003, 1007-1014 and 3000-4999.
[[nodiscard]] bool may_travel(CloseCode code);

/// Whether a Close with this code and reason may be sent: the code may be sent, and the reason is
/// at most 123 bytes of UTF-8. `no_status` stands for a Close without a code, which has no reason.
/// Fails with `close_code_reserved` or `close_reason_invalid`.
[[nodiscard]] std::expected<void, UsageError> check_close(CloseCode code, std::string_view reason);

/// As much of `reason` as fits into a Close: at most 123 bytes, cut between two characters. What is
/// not UTF-8 stays as it is, for `check_close` to refuse.
[[nodiscard]] std::string_view fitting_reason(std::string_view reason);

/// "normal", "going_away", ...; "application" for 3000-4999 and "reserved" for the rest.
[[nodiscard]] std::string_view name_for(CloseCode code);

}  // namespace tautline
