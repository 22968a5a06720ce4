// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"
#include "line_log.hpp"

namespace tautline::taut {

/// The verb `connect`: opens a WebSocket and talks over it until one side ends it. What is neither
/// payload nor event goes to `person`.
[[nodiscard]] ExitCode run_connect(ConnectArguments arguments, LineLog& person);

}  // namespace tautline::taut
