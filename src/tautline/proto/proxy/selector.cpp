// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/selector.hpp>

#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/proto/proxy/bypass.hpp>

namespace tautline::proxy {

Selector::Selector(std::vector<Route> routes, std::string no_proxy)
    : no_proxy_(std::move(no_proxy)) {
    set_routes(std::move(routes));
}

Selector::Selector(Lookup environment) : environment_(std::move(environment)) {}

void Selector::set_routes(std::vector<Route> routes) {
    TAUTLINE_ASSERT(!routes.empty());
    routes_ = std::move(routes);
}

void Selector::set_no_proxy(std::string no_proxy) { no_proxy_ = std::move(no_proxy); }

std::expected<std::vector<Route>, EnvironmentError> Selector::routes_for(
    bool secure, std::string_view host) const {
    if (is_bypassed(no_proxy_ ? *no_proxy_ : no_proxy_from_environment(environment_), host)) {
        return std::vector{Route{}};
    }
    if (routes_) return *routes_;
    auto route = proxy_from_environment(environment_, secure);
    if (!route) return std::unexpected(std::move(route.error()));
    return std::vector{*std::move(route)};
}

}  // namespace tautline::proxy
