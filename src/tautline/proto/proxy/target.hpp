// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace tautline::proxy {

/// Where a tunnel is to lead.
struct Target {
    std::string host;  ///< A name or an address; IPv6 without brackets.
    std::uint16_t port = 0;

    /// "example.org:443", "[2001:db8::1]:80".
    [[nodiscard]] std::string authority() const;
    /// Whether it may be written into a request: the host is one, and the port is not 0.
    [[nodiscard]] bool valid() const;
};

}  // namespace tautline::proxy
