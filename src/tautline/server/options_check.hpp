// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <tautline/server/server_options.hpp>

namespace tautline::server {

/// Says which option cannot be used, and what can; empty when all can. Call it before options are
/// used: the rest of the server relies on it.
[[nodiscard]] std::string problem_with(const ServerOptions& options);
[[nodiscard]] std::string problem_with(const RouteOptions& options);
[[nodiscard]] std::string problem_with(const ListenOptions& options);

}  // namespace tautline::server
