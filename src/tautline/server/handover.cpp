// SPDX-License-Identifier: MIT
#include <tautline/server/handover.hpp>

#include <string>
#include <utility>

#include <tautline/io/loop.hpp>
#include <tautline/server/exchange.hpp>
#include <tautline/server/http_date.hpp>
#include <tautline/server/options_check.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/transport/tcp_stream.hpp>

namespace tautline {

struct Handover::State {
    // A connection that is adopted all the same is refused with options that can be used.
    State(asio::io_context& context, ServerOptions server_options)
        : problem(server::problem_with(server_options)),
          options(problem.empty() ? std::move(server_options) : ServerOptions()),
          loop(io::Loop::of(context)) {}

    std::string problem;  // of the options
    ServerOptions options;
    io::Loop& loop;
    server::Routes routes;
    server::Site site{.loop = loop,
                      .registry = registry,
                      .routes = routes,
                      .options = options,
                      .clock = server::http_date_now};
    session::Registry registry;
};

Handover::Handover(asio::io_context& context, ServerOptions options)
    : state_(std::make_unique<State>(context, std::move(options))) {}
Handover::~Handover() = default;
Handover::Handover(Handover&&) noexcept = default;
Handover& Handover::operator=(Handover&&) noexcept = default;

std::expected<void, Error> Handover::websocket(std::string_view path, Handlers handlers,
                                               RouteOptions options) {
    std::string problem = state_->problem;
    if (problem.empty()) problem = server::problem_with(options);
    if (problem.empty()) problem = state_->routes.problem_with_websocket(path);
    if (!problem.empty()) return std::unexpected(usage_error(UsageError::option_invalid, problem));
    state_->routes.add_websocket(path, std::move(handlers), std::move(options));
    return {};
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
