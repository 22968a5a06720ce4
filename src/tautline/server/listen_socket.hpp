// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include <sys/types.h>

#include <tautline/base/error.hpp>
#include <tautline/server/descriptor.hpp>
#include <tautline/server/server_options.hpp>

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
    std::uint16_t port = 0;  ///< What the system chose, or what was asked for. 0 for Unix.
    UnixSocketFile file;     ///< Of a Unix socket.
};

/// Binds and listens. A name of a host is resolved, and its first address is used. "::" takes IPv4
/// too. The file of a Unix socket that nobody listens on any more is replaced.
/// Fails when the address cannot be used; the message says what to do.
[[nodiscard]] std::expected<ListenSocket, Error> open_listen_socket(const ListenOptions& options);

/// Another descriptor of the same socket, for another thread.
[[nodiscard]] std::expected<Descriptor, Error> duplicate(const Descriptor& descriptor);

/// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/x", as it was asked for.
[[nodiscard]] std::string endpoint_text(const ListenOptions& options);

}  // namespace tautline::server
