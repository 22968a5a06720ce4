// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <tautline/proto/websocket/options.hpp>

namespace tautline::websocket {

/// What is out of its range, in words; empty when nothing is. Who takes options asks before they
/// are used.
[[nodiscard]] std::string_view problem_with(const ConnectionOptions& options);

}  // namespace tautline::websocket
