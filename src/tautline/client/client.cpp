// SPDX-License-Identifier: MIT
#include <tautline/client/client.hpp>

#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <tautline/base/contained.hpp>
#include <tautline/client/call.hpp>
#include <tautline/client/reconnector.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline {

struct Client::State {
    asio::io_context context{1};
    io::Loop& loop = io::Loop::of(context);
    bool stopped = false;
};

Client::Client() : state_(std::make_unique<State>()) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::connect(std::string_view url, Handlers handlers, ClientOptions options,
                     OnFailed on_failed) {
    const auto call =
        client::Call::start(state_->loop, std::string(url), std::move(options), std::move(handlers),
                            [on_failed = std::move(on_failed)](const client::Call::Result& opened) {
                                if (opened || !on_failed) return;
                                (void)contained([&] { on_failed(opened.error()); });
                            });
    if (state_->stopped) call.lock()->cancel_soon();
}

ReconnectingSender Client::keep_connected(std::string_view url, Handlers handlers,
                                          ReconnectHandlers reconnect_handlers,
                                          ReconnectOptions options, ClientOptions client_options) {
    ReconnectingSender sender(client::Reconnector::start(
        state_->loop, {.url = std::string(url),
                       .handlers = std::move(handlers),
                       .reconnect_handlers = std::move(reconnect_handlers),
                       .options = std::move(options),
                       .client_options = std::move(client_options)}));
    if (state_->stopped) sender.stop();
    return sender;
}

void Client::run() {
    state_->context.run();
    state_->context.restart();
}

void Client::stop() {
    asio::post(state_->context, [state = state_.get()] {
        state->stopped = true;
        session::client_registry(state->loop).go_away();
    });
}

void Client::post(std::function<void()> task) { asio::post(state_->context, std::move(task)); }

}  // namespace tautline
