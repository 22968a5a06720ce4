// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/proto/proxy/environment.hpp>
#include <tautline/proto/proxy/route.hpp>

namespace tautline::proxy {

/// Decides by which routes a host is tried, in order. A value: copy it freely.
class Selector {
public:
    /// Always direct.
    Selector() : Selector(std::vector{Route{}}) {}
    /// These routes, but direct to the hosts that `no_proxy` names. At least one route.
    explicit Selector(std::vector<Route> routes, std::string no_proxy = {});
    /// What the environment says at the time of each call.
    explicit Selector(Lookup environment);

    /// These routes instead of what the environment names; its no_proxy still counts. At least one.
    void set_routes(std::vector<Route> routes);
    /// Direct to these hosts, and not to those of the environment's no_proxy; an empty list names
    /// none.
    void set_no_proxy(std::string no_proxy);

    /// At least one route. Fails only with the environment.
    [[nodiscard]] std::expected<std::vector<Route>, EnvironmentError> routes_for(
        bool secure, std::string_view host) const;

private:
    Lookup environment_;  // asked for what is not set here
    std::optional<std::vector<Route>> routes_;
    std::optional<std::string> no_proxy_;
};

}  // namespace tautline::proxy
