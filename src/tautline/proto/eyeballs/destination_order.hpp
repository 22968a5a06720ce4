// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <tautline/base/ip_address.hpp>
#include <tautline/base/time.hpp>

namespace tautline::eyeballs {

/// What the system knows of the way to an address. The driver asks it (a UDP `connect` and
/// `getsockname` do) before it hands in the answer that names the address.
struct Route {
    IpAddress address;
    bool reachable = true;                           ///< False: there is no route.
    std::optional<IpAddress> source = std::nullopt;  ///< Where packets to it would come from.
    bool source_deprecated = false;
    bool encapsulated = false;  ///< The way is a tunnel (6in4 and the like).
    std::optional<Duration> round_trip = std::nullopt;  ///< From earlier connections.
    bool used_before = false;
};

/// Sorts addresses as RFC 6724 section 6 does, with the two rules that Happy Eyeballs v3 puts in
/// between rules 8 and 9: a lower round trip time, and use before.
///
/// Rules that need a source are left out for addresses without one. Equal ones keep their order.
/// `nat64_prefix`: addresses behind it count as the IPv4 addresses that they stand for.
void sort_destinations(std::vector<IpAddress>& addresses, std::span<const Route> routes,
                       const std::optional<IpAddress>& nat64_prefix);

/// Whether a route says that there is no way to `address`.
[[nodiscard]] bool known_unreachable(const IpAddress& address, std::span<const Route> routes);

}  // namespace tautline::eyeballs
