// SPDX-License-Identifier: MIT
#include <tautline/server/handover.hpp>

#include <utility>

#include <tautline/io/loop.hpp>
#include <tautline/server/exchange.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/transport/tcp_stream.hpp>

namespace tautline {

struct Handover::State {
    State(asio::io_context& context, ServerOptions server_options)
        : options(std::move(server_options)), loop(io::Loop::of(context)) {}

    ServerOptions options;
    io::Loop& loop;
    server::Routes routes;
    session::Registry registry;
    server::Site site{loop, registry, routes, options};
};

Handover::Handover(asio::io_context& context, ServerOptions options)
    : state_(std::make_unique<State>(context, std::move(options))) {}
Handover::~Handover() = default;
Handover::Handover(Handover&&) noexcept = default;
Handover& Handover::operator=(Handover&&) noexcept = default;

void Handover::websocket(std::string_view path, Handlers handlers, RouteOptions options) {
    state_->routes.add_websocket(path, std::move(handlers), std::move(options));
}

void Handover::adopt(int connection, http::RequestHead request, Bytes rest) {
    adopt(transport::TcpStream::adopt(state_->loop, connection), std::move(request), rest);
}

void Handover::adopt(std::unique_ptr<transport::ByteStream> stream, http::RequestHead request,
                     Bytes rest) {
    server::Exchange::resume(state_->site, {}, std::move(stream), std::move(request), rest);
}

void Handover::stop() {
    state_->site.going_away = true;
    state_->registry.go_away();
}

void Handover::drop() { state_->registry.drop(); }

std::size_t Handover::connections() const { return state_->registry.size(); }

}  // namespace tautline
