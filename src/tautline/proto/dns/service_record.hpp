// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/ip_address.hpp>

namespace tautline::dns {

/// A service record (HTTPS, RFC 9460) as a client may use it: in ServiceMode, with no mandatory key
/// that we do not know, aliases already followed.
struct ServiceRecord {
    std::uint16_t priority = 1;  ///< Lower comes first.
    std::string target;          ///< Lower case, no final dot; never empty ("." is the owner name).
    /// The protocols offered, "http/1.1" put in unless no-default-alpn is set (RFC 9460 7.1.1).
    std::vector<std::string> alpn;
    std::optional<std::uint16_t> port;
    std::vector<IpAddress> ipv4_hints;
    std::vector<IpAddress> ipv6_hints;
    std::vector<std::uint8_t> ech;  ///< ECHConfigList, passed through; empty when there is none.

    friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

}  // namespace tautline::dns
