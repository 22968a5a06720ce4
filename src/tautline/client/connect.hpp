// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string_view>

#include <asio/awaitable.hpp>

#include <tautline/base/error.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/session/web_socket.hpp>

namespace tautline {

/// Opens a WebSocket: resolves, connects, speaks TLS for wss, and does the opening handshake, all
/// within `options.handshake_timeout`.
///
/// Completes on the executor of the awaiting coroutine, which must belong to an `asio::io_context`
/// that is run by one thread. The loop of a server's connection is such a one: a coroutine of a
/// route may connect, and `Server::stop` closes what it has opened, too.
/// Cancelled, it drops what it has begun and fails with `UsageError::cancelled`.
/// Fails with an `Error` that names the phase, the endpoint and what to do; a server that said no
/// gives `HandshakeError::rejected` with its status, headers and the beginning of its body.
[[nodiscard]] asio::awaitable<std::expected<WebSocket, Error>> connect(
    std::string_view url, const ClientOptions& options);
[[nodiscard]] asio::awaitable<std::expected<WebSocket, Error>> connect(std::string_view url);

}  // namespace tautline
