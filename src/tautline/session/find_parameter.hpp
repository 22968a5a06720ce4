// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tautline::session {

/// The value of the parameter `name` of a route, "{room}"; empty where the route has none such.
[[nodiscard]] inline std::string_view find_parameter(
    const std::vector<std::pair<std::string, std::string>>& parameters, std::string_view name) {
    for (const auto& [key, value] : parameters) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace tautline::session
