// SPDX-License-Identifier: MIT
#include <tautline/server/coroutine_route.hpp>

#include <memory>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include <tautline/server/upgrade_state.hpp>

namespace tautline {

namespace server {

struct UpgradeLoop {
    [[nodiscard]] static std::shared_ptr<UpgradeRequest::State> state_of(
        const UpgradeRequest& request) {
        return request.state_;
    }
};

}  // namespace server

namespace {

using UpgradeCoroutine = std::function<asio::awaitable<void>(UpgradeRequest)>;

// A coroutine looks into the lambda that made it: `shared` keeps that.
asio::awaitable<void> decide(std::shared_ptr<const UpgradeCoroutine> shared, UpgradeRequest request,
                             std::shared_ptr<UpgradeRequest::State> state) {
    try {
        co_await (*shared)(std::move(request));
    } catch (...) {
        state->threw(std::current_exception());
    }
}

}  // namespace

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

std::function<void(UpgradeRequest)> coroutine_upgrade(UpgradeCoroutine handler) {
    const auto shared = std::make_shared<const UpgradeCoroutine>(std::move(handler));
    return [shared](UpgradeRequest request) {
        auto state = server::UpgradeLoop::state_of(request);
        io::Loop* const loop = state->loop();
        if (!loop) return;
        asio::co_spawn(loop->context(), decide(shared, std::move(request), std::move(state)),
                       asio::detached);
    };
}

}  // namespace tautline
