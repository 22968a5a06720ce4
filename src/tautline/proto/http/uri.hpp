// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tautline::http {

/// What is wrong with a URL.
enum class UriError : std::uint8_t {
    scheme_missing,      ///< No "ws://" or the like at the front.
    scheme_unsupported,  ///< Not ws, wss, http, https (or ws+unix).
    host_missing,
    host_invalid,       ///< No name or address that could be resolved: see `normal_host`.
    userinfo_invalid,   ///< Not percent-encoded, or not what Basic authentication can carry.
    unix_path_invalid,  ///< ws+unix without a path, or with a control in it.
    port_invalid,       ///< Not a number from 1 to 65535.
    target_invalid,     ///< Has blanks, controls or bytes above 0x7f: percent-encode them.
    fragment_present,   ///< RFC 6455 section 3: a fragment is not allowed in a WebSocket URL.
    too_long,           ///< More than 8,192 bytes.
};

/// Says what is wrong and how to write it right, in a sentence.
[[nodiscard]] std::string_view message_for(UriError error);

/// A WebSocket URL, taken apart (RFC 6455 section 3, RFC 3986).
///
/// `http` is read as `ws`, `https` as `wss`. A Unix socket is spelled
/// `ws+unix:/path/to/socket:/target`; `:/target` may be left out. The path is taken as it is:
/// nothing in it is decoded, and it has no colon.
struct Uri {
    bool secure = false;
    std::string host;  ///< As `normal_host` spells it; an IPv6 literal without its brackets.
    bool ipv6_literal = false;
    std::uint16_t port = 80;
    bool default_port = true;  ///< The port is the scheme's: it is left out of Host.
    std::string target = "/";  ///< Path and query, never empty, begins with '/'.
    std::string user;          ///< Percent-decoded userinfo before the colon.
    std::string password;
    bool has_userinfo = false;
    std::string unix_path;  ///< Set for ws+unix; `host` is then "localhost".

    /// What goes into Host: "example.org", "[::1]:8080".
    [[nodiscard]] std::string host_field() const;
    /// Where it leads to, for errors: "example.org:443", "[::1]:8080", "unix:/path/to/socket".
    [[nodiscard]] std::string endpoint() const;
    /// "ws://example.org/path" with neither userinfo nor query: safe to show and to log.
    [[nodiscard]] std::string display() const;
    /// "http://example.org:8080" or "https://...", the ASCII form of RFC 6454.
    [[nodiscard]] std::string origin() const;
};

[[nodiscard]] std::expected<Uri, UriError> parse_uri(std::string_view text);

}  // namespace tautline::http
