// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <tautline/proto/eyeballs/destination_order.hpp>
#include <tautline/proto/eyeballs/endpoint.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/eyeballs/resolved.hpp>

namespace tautline::eyeballs {

/// The endpoints to try, best first; none is pointless after those before it.
///
///     tier 1..n   a service record each, in the order of `known.records`
///     last tier   alternative services, then aliases, then the origin itself;
///                 left out when the records have ECH
///
/// Addresses of a tier are sorted (RFC 6724), hints behind the addresses that were asked for, and
/// dealt in turn to protocols and families: v6 h3, v4 h3, v6 h2+h1, v4 h2+h1, v6 h3, ... The family
/// of the best address begins, unless `IpMode` prefers one. Those without a route come last in
/// their tier.
///
/// `http1_only`: the origin's HTTP/2 is known not to carry WebSockets.
[[nodiscard]] std::vector<Endpoint> order_endpoints(const RaceSetup& setup, const Resolved& known,
                                                    std::span<const Route> routes, bool http1_only);

}  // namespace tautline::eyeballs
