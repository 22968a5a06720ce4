// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/proto/websocket/options.hpp>

namespace tautline::websocket {

/// Says which option is out of its range; empty when none is. Call it before options are used.
[[nodiscard]] std::string problem_with(const ConnectionOptions& options);

}  // namespace tautline::websocket
