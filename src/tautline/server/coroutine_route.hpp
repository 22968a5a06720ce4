// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <utility>

#include <asio/awaitable.hpp>

#include <tautline/server/upgrade.hpp>
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

/// An `on_upgrade` that runs a coroutine for each request, on the loop of its connection:
///
///     asio::awaitable<void> sign_in(tautline::UpgradeRequest request);
///     server.websocket("/", handlers, {.on_upgrade = tautline::coroutine_upgrade(sign_in)});
///
/// It may `co_await tautline::connect(...)` there, as a proxy does. A coroutine that ends without a
/// decision rejects with 503; one that throws, with 500, as any other `on_upgrade`.
[[nodiscard]] std::function<void(UpgradeRequest)> coroutine_upgrade(
    std::function<asio::awaitable<void>(UpgradeRequest)> handler);

}  // namespace tautline
