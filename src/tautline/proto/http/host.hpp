// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tautline::http {

/// A host as a URL may spell it, in the one form in which it is resolved and compared: lower case,
/// and an IPv4 address as four decimal numbers. "127.1", "0x7f.0.0.1" and "2130706433" all mean
/// 127.0.0.1 in URLs (WHATWG URL, IPv4 parser; curl does the same).
///
/// Nothing when no resolver could take it: a byte that no host may have (RFC 3986 section 3.2.2,
/// percent-encoding included), an empty label or one of more than 63 bytes, a name of more than 253
/// (RFC 1035 section 2.3.4), or numbers that are no address. One dot may stand at the end of a
/// name. IPv6 literals are not read.
[[nodiscard]] std::optional<std::string> normal_host(std::string_view text);

}  // namespace tautline::http
