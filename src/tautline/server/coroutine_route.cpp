// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <asio/co_spawn.hpp>

namespace tautline {

Handlers coroutine(std::function<asio::awaitable<void>(WebSocket)> handler) {
    return session::coroutine_handlers([handler = std::move(handler)](WebSocket ws) {
        const Sender sender = ws.sender();
        const auto executor = ws.executor();  // before the arguments below move it away
        // Holding the sender keeps the connection open until here, so that the right code is sent.
        asio::co_spawn(executor, handler(std::move(ws)),
                       [sender](const std::exception_ptr& thrown) {
                           if (thrown) (void)sender.close(CloseCode::internal_error);
                       });
    });
}

}  // namespace tautline
