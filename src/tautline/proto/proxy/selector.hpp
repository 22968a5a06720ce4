// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tautline/proto/proxy/environment.hpp>
#include <tautline/proto/proxy/route.hpp>

namespace tautline::proxy {

/// Decides by which routes a host is tried, in order. A value: copy it freely.
class Selector {
public:
    /// Always straight.
    Selector() : Selector(std::vector{Route{}}) {}
    /// These routes, but straight to the hosts that `no_proxy` names. At least one route.
    explicit Selector(std::vector<Route> routes, std::string no_proxy = {});
    /// What the environment says at the time of each call.
    explicit Selector(Lookup environment) : rule_(std::move(environment)) {}

    /// At least one route. Fails only with the environment.
    [[nodiscard]] std::expected<std::vector<Route>, EnvironmentError> routes_for(
        bool secure, std::string_view host) const;

private:
    struct Fixed {
        std::vector<Route> routes;
        std::string no_proxy;
    };
    std::variant<Fixed, Lookup> rule_;
};

}  // namespace tautline::proxy
