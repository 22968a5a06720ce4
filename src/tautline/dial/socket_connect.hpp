// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <tautline/base/ip_address.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/io/loop.hpp>

namespace tautline::dial {

/// Connects a TCP socket. Fails with the system's error in phase `connect`.
[[nodiscard]] std::unique_ptr<Operation> connect_tcp(io::Loop& loop, const IpEndpoint& endpoint,
                                                     OnStream done);

/// Connects to the Unix socket at `path`: at most 107 bytes, more fails with ENAMETOOLONG. While
/// its backlog is full it is asked again, until the operation is destroyed.
[[nodiscard]] std::unique_ptr<Operation> connect_unix(io::Loop& loop, const std::string& path,
                                                      OnStream done);

}  // namespace tautline::dial
