// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <sys/socket.h>

#include <tautline/base/ip_address.hpp>

namespace tautline::transport {

/// The address of a socket, as the system gives it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t bytes = sizeof(sockaddr_storage);  ///< How much of `storage` the system has written.

    [[nodiscard]] static SocketAddress of(const IpEndpoint& endpoint);

    /// For the call that reads or fills it, with `bytes`.
    [[nodiscard]] sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    /// Nothing for any family but those of IP. What a socket for IPv6 sees as IPv4 (::ffff:a.b.c.d)
    /// is IPv6, too.
    [[nodiscard]] std::optional<IpEndpoint> endpoint() const;
    /// "127.0.0.1:8080", "[::1]:8080", "unix:/run/x"; empty for any other family, and for none.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace tautline::transport
