// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <tautline/base/ip_address.hpp>

namespace tautline::eyeballs {

/// The IPv6 address under which a NAT64 reaches `address` (RFC 6052 section 2.2, prefixes of 96
/// bits). IPv6 addresses are returned as they are.
[[nodiscard]] IpAddress synthesised(const IpAddress& address, const IpAddress& prefix);

/// The IPv4 address inside of `address`, when it lies behind `prefix`.
[[nodiscard]] std::optional<IpAddress> embedded_v4(const IpAddress& address,
                                                   const std::optional<IpAddress>& prefix);

}  // namespace tautline::eyeballs
