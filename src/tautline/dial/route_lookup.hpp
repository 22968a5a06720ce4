// SPDX-License-Identifier: MIT
#pragma once

#include <tautline/base/ip_address.hpp>
#include <tautline/proto/eyeballs/destination_order.hpp>

namespace tautline::dial {

/// Asks the system how packets would get to `address`: a UDP socket is connected to it, which sends
/// nothing. What cannot be asked counts as reachable.
[[nodiscard]] eyeballs::Route route_to(const IpAddress& address);

}  // namespace tautline::dial
