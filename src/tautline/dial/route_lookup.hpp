// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/proto/eyeballs/destination_order.hpp>

namespace tautline::dial {

/// Asks the system how packets would get to `address`: a UDP socket is connected to it, which sends
/// nothing. What cannot be asked counts as reachable.
[[nodiscard]] eyeballs::Route route_to(const IpAddress& address);

/// Of the first `most` addresses: each takes four system calls, and an answer may be long.
[[nodiscard]] std::vector<eyeballs::Route> routes_to(std::span<const IpAddress> addresses,
                                                     std::size_t most);

}  // namespace tautline::dial
