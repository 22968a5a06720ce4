// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include <tautline/base/error.hpp>

namespace tautline::transport {

/// Which side of a TLS connection is ours.
enum class TlsSide : std::uint8_t { client, server };

/// What a failure of OpenSSL means, and what to do about it. `openssl_error` is of its error queue.
[[nodiscard]] Error tls_error_for(unsigned long openssl_error, TlsSide side);

/// The peer's certificate was refused, for the reason that `rejection` tells.
[[nodiscard]] Error rejection_error(const std::string& rejection, TlsSide side);

}  // namespace tautline::transport
