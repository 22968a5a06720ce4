// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/environment.hpp>

#include <initializer_list>
#include <utility>

namespace tautline::proxy {

namespace {

struct Variable {
    std::string name;
    std::string value;
};

// An empty variable counts as not set.
std::optional<Variable> first_set(const Lookup& lookup, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        auto value = lookup(name);
        if (value && !value->empty()) return Variable{name, *std::move(value)};
    }
    return std::nullopt;
}

}  // namespace

std::string EnvironmentError::to_string() const {
    return variable + ": " + std::string(message_for(problem));
}

std::string no_proxy_from_environment(const Lookup& lookup) {
    auto found = first_set(lookup, {"no_proxy", "NO_PROXY"});
    return found ? std::move(found->value) : std::string();
}

std::expected<Route, EnvironmentError> proxy_from_environment(const Lookup& lookup, bool secure) {
    const auto chosen =
        secure
            ? first_set(lookup, {"wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY",
                                 "all_proxy", "ALL_PROXY"})
            : first_set(lookup, {"ws_proxy", "WS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"});
    if (!chosen) return Route{};
    auto proxy = parse_proxy_url(chosen->value);
    if (!proxy) return std::unexpected(EnvironmentError{chosen->name, proxy.error()});
    return Route{*std::move(proxy)};
}

}  // namespace tautline::proxy
