// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/bytes.hpp>

namespace tautline {

/// Base64 with padding (RFC 4648 section 4).
[[nodiscard]] std::string encode_base64(Bytes bytes);

/// Strict: padding is required, blanks and other characters are refused, unused bits must be zero.
[[nodiscard]] std::optional<std::vector<std::byte>> decode_base64(std::string_view text);

}  // namespace tautline
