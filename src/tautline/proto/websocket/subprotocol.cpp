// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/subprotocol.hpp>

#include <algorithm>

#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::websocket {

bool are_subprotocols(std::vector<std::string_view> names) {
    if (!std::ranges::all_of(names, http::is_token)) return false;
    std::ranges::sort(names);
    return std::ranges::adjacent_find(names) == names.end();
}

std::string choose_subprotocol(const std::vector<std::string>& supported,
                               const std::vector<std::string_view>& offered) {
    for (const std::string& name : supported) {
        if (std::ranges::find(offered, name) != offered.end()) return name;
    }
    return {};
}

}  // namespace tautline::websocket
