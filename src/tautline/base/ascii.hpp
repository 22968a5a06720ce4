// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace tautline {

// ASCII only, whatever the locale is.

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
[[nodiscard]] constexpr bool is_letter(char c) { return is_upper(c) || is_lower(c); }
[[nodiscard]] constexpr bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c | 0x20) : c;
}

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string to_lower(std::string_view text);

/// "::1" of "[::1]", as hosts of URLs are written. Other text as it is.
[[nodiscard]] constexpr std::string_view without_brackets(std::string_view host) {
    const bool brackets = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
    return brackets ? host.substr(1, host.size() - 2) : host;
}

}  // namespace tautline
