// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tautline/base/time.hpp>

namespace tautline::taut {

// What people write on the command line. A failure is a sentence for them.

/// "250ms", "20s", "1.5m", "1h"; a plain number is seconds.
[[nodiscard]] std::expected<Duration, std::string> parse_duration(std::string_view text);

/// As `parse_duration`, but not "0".
[[nodiscard]] std::expected<Duration, std::string> parse_some_time(std::string_view text);

/// As `parse_duration`; std::nullopt for "off" and "0", which are no limit.
[[nodiscard]] std::expected<std::optional<Duration>, std::string> parse_limit(
    std::string_view text);

/// SHA-256 in base64; "sha256//" may stand in front of it.
[[nodiscard]] std::expected<std::string, std::string> parse_pin(std::string_view text);

/// "1000", "64k", "32M", "1G": powers of 1,024. Not "0".
[[nodiscard]] std::expected<std::uint64_t, std::string> parse_size(std::string_view text);

/// "https://example.org", as a browser sends it: scheme, host and maybe a port; or "null".
[[nodiscard]] std::expected<std::string, std::string> parse_origin(std::string_view text);

/// A name that can stand in Sec-WebSocket-Protocol.
[[nodiscard]] std::expected<std::string, std::string> parse_subprotocol(std::string_view text);

/// "Name: value".
[[nodiscard]] std::expected<std::pair<std::string, std::string>, std::string> parse_header(
    std::string_view text);

/// "C,S": bits of the windows of client and server, 9 to 15; "12" is both.
[[nodiscard]] std::expected<std::pair<int, int>, std::string> parse_window_bits(
    std::string_view text);

/// "user:password", of which one may be empty.
[[nodiscard]] std::expected<std::pair<std::string, std::string>, std::string> parse_credentials(
    std::string_view text);

/// Pairs of hexadecimal digits; blanks between them are allowed.
[[nodiscard]] std::optional<std::vector<std::byte>> parse_hex(std::string_view text);

/// The close codes that may travel.
inline constexpr std::string_view kCloseCodes = "1000 to 1003, 1007 to 1014 and 3000 to 4999";

}  // namespace tautline::taut
