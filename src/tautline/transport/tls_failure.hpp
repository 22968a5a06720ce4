// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <tautline/base/error.hpp>

namespace tautline::transport {

/// Which side of a TLS connection is ours.
enum class TlsSide : std::uint8_t { client, server };

/// What a failure of OpenSSL means, and what to do about it. `openssl_error` is of its error queue.
[[nodiscard]] Error tls_error_for(unsigned long openssl_error, TlsSide side);

/// The peer's certificate was refused, for the reason in `rejection`.
[[nodiscard]] Error rejection_error(const std::string& rejection, TlsSide side);

/// Explains the `error` that ended a stream, if the peer refused the TLS handshake after ours was
/// done: with TLS 1.3 a server checks the client's certificate only then.
[[nodiscard]] std::optional<Error> late_refusal(const std::error_code& error);

}  // namespace tautline::transport
