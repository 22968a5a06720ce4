// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/selector.hpp>

#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/proto/proxy/bypass.hpp>

namespace tautline::proxy {

Selector::Selector(std::vector<Route> routes, std::string no_proxy)
    : rule_(Fixed{std::move(routes), std::move(no_proxy)}) {
    TAUTLINE_ASSERT(!std::get<Fixed>(rule_).routes.empty());
}

std::expected<std::vector<Route>, EnvironmentError> Selector::routes_for(
    bool secure, std::string_view host) const {
    if (const auto* fixed = std::get_if<Fixed>(&rule_)) {
        if (is_bypassed(fixed->no_proxy, host)) return std::vector{Route{}};
        return fixed->routes;
    }
    auto route = route_from_environment(*std::get_if<Lookup>(&rule_), secure, host);
    if (!route) return std::unexpected(std::move(route.error()));
    return std::vector{*std::move(route)};
}

}  // namespace tautline::proxy
