// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <sys/socket.h>

namespace tautline::transport {

/// The address of a socket, as the system gives it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t bytes = sizeof(sockaddr_storage);  ///< How much of `storage` the system has written.

    /// For the call that fills it, with `bytes`.
    [[nodiscard]] sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
    /// "127.0.0.1:8080", "[::1]:8080", "unix:/run/x"; empty for any other family, and for none.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace tautline::transport
