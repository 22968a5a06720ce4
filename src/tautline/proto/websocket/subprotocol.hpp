// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tautline::websocket {

/// That a client offers. A server answers more with 400.
constexpr std::size_t kMostSubprotocols = 32;

/// Whether all `names` are tokens and no two are the same, letter by letter (RFC 6455 section 4.1).
[[nodiscard]] bool are_subprotocols(std::vector<std::string_view> names);

/// The first of `supported` that was also offered; empty when there is none.
[[nodiscard]] std::string choose_subprotocol(const std::vector<std::string>& supported,
                                             const std::vector<std::string_view>& offered);

}  // namespace tautline::websocket
