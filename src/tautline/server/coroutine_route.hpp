// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <utility>

#include <asio/awaitable.hpp>

#include <tautline/session/web_socket.hpp>

namespace tautline {

/// Handlers that run a coroutine for each connection:
///
///     asio::awaitable<void> chat_room(tautline::WebSocket ws);
///     server.websocket("/chat/{room}", tautline::coroutine(chat_room));
///
/// The coroutine runs on the loop of its connection. When it returns and nobody else keeps the
/// `WebSocket`, a half or a sender of it, the connection is closed with 1001 unless it was closed
/// already. An exception that leaves it closes with 1011 in any case.
[[nodiscard]] Handlers coroutine(std::function<asio::awaitable<void>(WebSocket)> handler);

}  // namespace tautline
