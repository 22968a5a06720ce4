// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <memory>

#include <asio/co_spawn.hpp>

#include <tautline/server/upgrade_state.hpp>

namespace tautline {

namespace server {

struct UpgradeLoop {
    [[nodiscard]] static io::Loop* of(const UpgradeRequest& request) {
        return request.state_->loop();
    }
};

}  // namespace server

Handlers coroutine(std::function<asio::awaitable<void>(WebSocket)> handler) {
    // A coroutine looks into the lambda that made it, and may outlive its route.
    const auto shared = std::make_shared<const decltype(handler)>(std::move(handler));
    return session::coroutine_handlers([shared](WebSocket ws) {
        const Sender sender = ws.sender();
        const auto executor = ws.executor();  // before the arguments below move it away
        // Holding the sender keeps the connection open until here, so that the right code is sent.
        asio::co_spawn(executor, (*shared)(std::move(ws)),
                       [sender, shared](const std::exception_ptr& thrown) {
                           if (thrown) (void)sender.close(CloseCode::internal_error);
                       });
    });
}

std::function<void(UpgradeRequest)> coroutine_upgrade(
    std::function<asio::awaitable<void>(UpgradeRequest)> handler) {
    const auto shared = std::make_shared<const decltype(handler)>(std::move(handler));
    return [shared](UpgradeRequest request) {
        io::Loop* const loop = server::UpgradeLoop::of(request);
        if (!loop) return;
        // What it throws destroys the request, which rejects.
        asio::co_spawn(loop->context(), (*shared)(std::move(request)),
                       [shared](const std::exception_ptr&) {});
    };
}

}  // namespace tautline
