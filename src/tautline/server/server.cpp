// SPDX-License-Identifier: MIT
#include <tautline/server/server.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/server/listen_socket.hpp>
#include <tautline/server/options_check.hpp>
#include <tautline/server/worker.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline {

namespace {

using server::TlsContext;
using server::TlsSetting;

// An endpoint that speaks TLS, to read its certificate again.
struct SecureEndpoint {
    TlsServerOptions options;
    std::shared_ptr<TlsSetting> setting;
};

}  // namespace

struct Server::State {
    // What is called though the options cannot be used finds others that can.
    explicit State(ServerOptions server_options)
        : problem(server::problem_with(server_options)),
          options(problem.empty() ? std::move(server_options) : ServerOptions()),
          limit(options.max_connections),
          address_limit(options.max_connections_per_address) {
        for (unsigned i = 0; i < options.threads; ++i) {
            workers.push_back(
                std::make_unique<server::Worker>(routes, options, limit, address_limit));
        }
        limit.set_on_room([this] {
            for (const auto& worker : workers) worker->resume_accepting();
        });
    }
    // The last connections end with their workers, which must not be called about room any more.
    ~State() { limit.set_on_room(nullptr); }

    std::expected<std::vector<server::Descriptor>, Error> share(server::Descriptor socket) const;
    // All workers but the first.
    void start_others(std::vector<std::jthread>& threads) const {
        for (std::size_t i = 1; i < workers.size(); ++i) {
            threads.emplace_back([worker = workers[i].get()] { worker->run(); });
        }
    }
    void keep_problem(std::string_view path, const std::string& what) {
        if (problem.empty()) problem = std::string(path) + ": " + what;
    }

    std::string problem;  // The first one of options and routes; `check` reports it.
    ServerOptions options;
    server::Routes routes;
    server::ConnectionLimit limit;
    server::AddressLimit address_limit;
    std::vector<server::UnixSocketFile> files;
    std::vector<SecureEndpoint> secure_endpoints;
    std::vector<std::unique_ptr<server::Worker>> workers;
    std::atomic<std::size_t> next_worker = 0;
    std::atomic<bool> running = false;
};

// One descriptor of `socket` for each worker.
std::expected<std::vector<server::Descriptor>, Error> Server::State::share(
    server::Descriptor socket) const {
    std::vector<server::Descriptor> descriptors;
    for (std::size_t i = 1; i < workers.size(); ++i) {
        auto copy = server::duplicate(socket);
        if (!copy) return std::unexpected(std::move(copy.error()));
        descriptors.push_back(*std::move(copy));
    }
    descriptors.push_back(std::move(socket));
    return descriptors;
}

Server::Server(ServerOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

void Server::websocket(std::string_view path, Handlers handlers, RouteOptions options) {
    TAUTLINE_ASSERT(!state_->running);
    auto problem = server::problem_with(options);
    if (problem.empty()) problem = state_->routes.problem_with_websocket(path);
    if (!problem.empty()) return state_->keep_problem(path, problem);
    state_->routes.add_websocket(path, std::move(handlers), std::move(options));
}

void Server::get(std::string_view path, HttpHandler handler) {
    TAUTLINE_ASSERT(!state_->running);
    const auto problem =
        handler ? state_->routes.problem_with_get(path) : std::string("the handler is empty");
    if (!problem.empty()) return state_->keep_problem(path, problem);
    state_->routes.add_get(path, std::move(handler));
}

namespace {

transport::AlpnList alpn_for(const ServerOptions& options) {
    if (h2::kBuiltIn && options.http2) return {"h2", "http/1.1"};
    return {"http/1.1"};
}

}  // namespace

std::string Server::Endpoint::url() const {
    const http::Uri uri{.secure = secure,
                        .host = host,
                        .ipv6_literal = host.contains(':'),
                        .port = port,
                        .default_port = false,  // it is shown always
                        .unix_path = unix_path};
    return uri.display();
}

std::expected<void, Error> Server::check() const {
    if (state_->problem.empty()) return {};
    return std::unexpected(usage_error(UsageError::option_invalid, state_->problem));
}

std::expected<Server::Endpoint, Error> Server::listen(const ListenOptions& asked) {
    TAUTLINE_ASSERT(!state_->running);
    if (auto checked = check(); !checked) return std::unexpected(std::move(checked.error()));
    if (const auto problem = server::problem_with(asked); !problem.empty()) {
        return std::unexpected(usage_error(UsageError::option_invalid, problem));
    }
    ListenOptions options = asked;
    options.host = without_brackets(asked.host);
    TlsContext context;
    if (options.tls) {
        auto made = transport::TlsServerContext::make(*options.tls, alpn_for(state_->options));
        if (!made) return std::unexpected(std::move(made.error()));
        context = *std::move(made);
    }
    auto socket = server::open_listen_socket(options);
    if (!socket) return std::unexpected(std::move(socket.error()));
    auto descriptors = state_->share(std::move(socket->descriptor));
    if (!descriptors) return std::unexpected(std::move(descriptors.error()));
    const auto tls = std::make_shared<TlsSetting>(std::move(context));
    for (std::size_t i = 0; i < descriptors->size(); ++i) {
        state_->workers[i]->listen(std::move((*descriptors)[i]), tls);
    }
    state_->files.push_back(std::move(socket->file));
    if (options.tls) state_->secure_endpoints.push_back({*options.tls, tls});
    // The workers have it by descriptors of their own.
    if (options.descriptor) server::Descriptor(*options.descriptor).close();
    return Endpoint{.host = std::move(socket->host),
                    .port = socket->port,
                    .unix_path = std::move(socket->unix_path),
                    .secure = options.tls.has_value()};
}

void Server::run() {
    TAUTLINE_ASSERT(!state_->running.exchange(true));
    {
        std::vector<std::jthread> threads;
        try {
            state_->start_others(threads);
        } catch (...) {
            stop(Duration::zero());  // or those that there are would be waited for
            for (const auto& worker : state_->workers) worker->end();
            throw;
        }
        state_->workers.front()->run();
    }
    state_->files.clear();
}

void Server::stop(Duration deadline) {
    for (const auto& worker : state_->workers) worker->stop(deadline);
}

void Server::adopt(int connection, http::RequestHead request, Bytes rest) {
    server::Adopted adopted{server::Descriptor(connection), std::move(request), {}};
    if (!state_->problem.empty()) return;  // `check` tells why; it is closed
    const std::size_t next = state_->next_worker++ % state_->workers.size();
    adopted.rest.append(rest);
    state_->workers[next]->adopt(std::move(adopted));
}

std::expected<void, Error> Server::reload_certificates() {
    std::vector<TlsContext> contexts;
    for (const SecureEndpoint& endpoint : state_->secure_endpoints) {
        auto made = transport::TlsServerContext::make(endpoint.options, alpn_for(state_->options));
        if (!made) return std::unexpected(std::move(made.error()));
        contexts.push_back(*std::move(made));
    }
    for (std::size_t i = 0; i < contexts.size(); ++i) {
        state_->secure_endpoints[i].setting->set(std::move(contexts[i]));
    }
    return {};
}

std::size_t Server::connections() const { return state_->limit.open(); }

}  // namespace tautline
