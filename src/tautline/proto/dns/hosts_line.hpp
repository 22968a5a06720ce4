// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include <tautline/base/ip_address.hpp>

namespace tautline::dns {

/// The address that a line of a hosts file ("192.0.2.1 www.example www # ours") gives to `name`.
///
/// Names are compared without regard to case. A line whose first word is not an address, one with
/// a zone included, gives none.
/// Spec: hosts(5).
[[nodiscard]] std::optional<IpAddress> hosts_line_address(std::string_view line,
                                                          std::string_view name);

}  // namespace tautline::dns
