// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <utility>

#include <sys/types.h>

#include <tautline/base/error.hpp>
#include <tautline/server/descriptor.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/transport/socket_address.hpp>

namespace tautline::server {

/// The file of a Unix socket. Removed by the destructor, unless another one took its place.
class UnixSocketFile {
public:
    UnixSocketFile() = default;
    /// `path` was just bound.
    explicit UnixSocketFile(std::string path);
    UnixSocketFile(UnixSocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {
        inode_ = other.inode_;
    }
    UnixSocketFile& operator=(UnixSocketFile&& other) noexcept;
    ~UnixSocketFile();

private:
    std::string path_;  // empty: there is none
    ino_t inode_ = 0;
};

/// A socket that listens, TCP or Unix, and does not block.
struct ListenSocket {
    Descriptor descriptor;
    std::string host = {};       ///< As it was asked for, without brackets. Empty for Unix.
    std::uint16_t port = 0;      ///< What the system chose, or what was asked for. 0 for Unix.
    std::string unix_path = {};  ///< Of a Unix socket.
    UnixSocketFile file = {};    ///< Of one that was bound here.
};

/// Binds and listens. A name of a host is resolved. "::" takes IPv4 too. The file of a Unix socket
/// that nobody listens on any more is replaced. Of a `descriptor` it makes one of its own.
/// Fails when the address or the descriptor cannot be used; the message says what to do.
[[nodiscard]] std::expected<ListenSocket, Error> open_listen_socket(const ListenOptions& options);

/// Binds and listens at the first of `addresses` that this machine has. There is at least one; the
/// error tells of the last one that was tried, and calls it by `options`.
[[nodiscard]] std::expected<ListenSocket, Error> open_tcp_socket(
    const ListenOptions& options, std::span<const transport::SocketAddress> addresses);

/// Another descriptor of the same socket, for another thread.
[[nodiscard]] std::expected<Descriptor, Error> duplicate(const Descriptor& descriptor);

/// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/x", as it was asked for.
[[nodiscard]] std::string endpoint_text(const ListenOptions& options);

}  // namespace tautline::server
