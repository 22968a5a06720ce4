// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <system_error>

namespace tautline::h2 {

/// Why a stream or a connection ended, as it is sent. Category "tautline.http2".
/// Spec: RFC 9113 section 7. Other values arrive too, and are kept as they are.
enum class ErrorCode : std::uint32_t {  // NOLINT(performance-enum-size)
    no_error = 0x0,
    protocol_error = 0x1,
    internal_error = 0x2,
    flow_control_error = 0x3,
    settings_timeout = 0x4,
    stream_closed = 0x5,
    frame_size_error = 0x6,
    refused_stream = 0x7,
    cancel = 0x8,
    compression_error = 0x9,
    connect_error = 0xa,
    enhance_your_calm = 0xb,
    inadequate_security = 0xc,
    http_1_1_required = 0xd,
};

/// "protocol_error"; "unknown" for what the RFC does not name.
[[nodiscard]] std::string_view name_for(ErrorCode code);

[[nodiscard]] const std::error_category& error_category();
/// `no_error` is an error as any other where something ended that should not have.
[[nodiscard]] std::error_code make_error_code(ErrorCode code);

}  // namespace tautline::h2
