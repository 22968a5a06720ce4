// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tautline::http {

/// Decodes "%41" to "A" (RFC 3986 section 2.1). Strict: a '%' needs two hexadecimal digits.
[[nodiscard]] std::optional<std::string> decode_percent(std::string_view text);

/// The same, but a '%' without two hexadecimal digits stands for itself, as curl reads it.
[[nodiscard]] std::string decode_percent_leniently(std::string_view text);

}  // namespace tautline::http
