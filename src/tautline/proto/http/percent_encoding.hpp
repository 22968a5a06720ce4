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

/// The form in which two paths are compared byte by byte (RFC 3986 section 6.2.2): escapes of
/// letters, digits and "-._~" are decoded, others have capital digits. What is decoded is not
/// looked at again: "%2541" stays as it is. So does all of a text in which a '%' has no two
/// hexadecimal digits: part of it could come to look like an escape.
[[nodiscard]] std::string normal_escapes(std::string_view text);

}  // namespace tautline::http
