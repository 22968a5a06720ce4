// SPDX-License-Identifier: MIT
#include <tautline/server/options_check.hpp>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <tautline/base/time_limit.hpp>
#include <tautline/proto/h2/options_check.hpp>
#include <tautline/proto/http/origin.hpp>
#include <tautline/proto/websocket/options_check.hpp>
#include <tautline/proto/websocket/subprotocol.hpp>

namespace tautline::server {

namespace {

std::string problem_with_times(const ServerOptions& options) {
    const std::array<std::pair<std::string_view, Duration>, 4> times = {{
        {"handshake_timeout", options.handshake_timeout},
        {"idle_timeout", options.idle_timeout},
        {"decision_timeout", options.decision_timeout},
        {"answer_timeout", options.answer_timeout},
    }};
    for (const auto& [name, time] : times) {
        if (!is_time_limit(time)) {
            return std::string(name) + " must be positive, and a year at most";
        }
    }
    return {};
}

std::string problem_with_origins(const std::vector<std::string>& origins) {
    for (const std::string& origin : origins) {
        if (http::normal_origin(origin)) continue;
        return "allowed_origins: \"" + origin + "\" is no origin; " +
               (origin == "*" ? "set allow_any_origin for all of them"
                              : "write scheme and host: https://example.org");
    }
    return {};
}

std::string problem_with_engine(const RouteOptions& options) {
    if (options.engine == nullptr) return "engine must not be null";
    if (options.connection.delivery == Delivery::streamed && !options.engine->streaming) {
        return "delivery: this engine has no Delivery::streamed";
    }
    return {};
}

}  // namespace

std::string problem_with(const ServerOptions& options) {
    if (options.threads == 0) return "threads must be at least 1";
    if (options.max_connections == 0) return "max_connections must be at least 1";
    if (options.http2) {
        if (const auto problem = h2::problem_with(*options.http2); !problem.empty()) {
            return "http2: " + problem;
        }
    }
    return problem_with_times(options);
}

std::string problem_with(const RouteOptions& options) {
    if (!websocket::are_subprotocols({options.subprotocols.begin(), options.subprotocols.end()})) {
        return "a subprotocol is there twice, or is not a token";
    }
    if (auto problem = problem_with_origins(options.allowed_origins); !problem.empty()) {
        return problem;
    }
    if (auto problem = problem_with_engine(options); !problem.empty()) return problem;
    return websocket::problem_with(options.connection);
}

// The system may take "*" and "" for all addresses, but the URL of the endpoint would lead nowhere.
std::string problem_with(const ListenOptions& options) {
    if (options.descriptor) {
        const bool alone = options.host == ListenOptions().host && options.port == 0;
        if (alone && options.unix_path.empty()) return {};
        return "descriptor: this socket has its address; leave out host, port and unix_path";
    }
    if (!options.unix_path.empty()) {
        return options.tls ? "tls: a Unix socket has none; leave out tls, or listen on a port" : "";
    }
    if (!options.host.empty() && options.host != "*") return {};
    return "host: \"" + options.host + "\" is no address; write 0.0.0.0 or :: for all addresses";
}

}  // namespace tautline::server
