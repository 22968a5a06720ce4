// SPDX-License-Identifier: MIT
#include <tautline/client/client.hpp>

#include <list>
#include <string>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <tautline/client/open_session.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline {

using Opened = std::expected<std::shared_ptr<session::Driver>, Error>;

struct Client::State {
    asio::io_context context{1};
    io::Loop& loop = io::Loop::of(context);
    session::Registry& registry = session::client_registry(loop);
    std::list<asio::cancellation_signal> calls;  // connections that are being opened
};

Client::Client() : state_(std::make_unique<State>()) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::connect(std::string_view url, Handlers handlers, ClientOptions options,
                     OnFailed on_failed) {
    State& state = *state_;
    const auto call = state.calls.emplace(state.calls.end());
    auto finished = [&state, call, on_failed = std::move(on_failed)](std::exception_ptr thrown,
                                                                     Opened opened) {
        state.calls.erase(call);
        if (thrown) std::rethrow_exception(thrown);
        if (!opened && on_failed) on_failed(opened.error());
    };
    asio::co_spawn(
        state.context,
        client::open_session(state.loop, std::string(url), std::move(options), std::move(handlers)),
        asio::bind_cancellation_slot(call->slot(), std::move(finished)));
}

void Client::run() {
    state_->context.run();
    state_->context.restart();
}

void Client::stop() {
    asio::post(state_->context, [&state = *state_] {
        for (auto& call : state.calls) call.emit(asio::cancellation_type::terminal);
        state.registry.go_away();
    });
}

void Client::post(std::function<void()> task) { asio::post(state_->context, std::move(task)); }

}  // namespace tautline
