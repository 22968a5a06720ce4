// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"

namespace tautline::taut {

/// The verb `connect`: opens a WebSocket and talks over it until one side ends it.
[[nodiscard]] ExitCode run_connect(ConnectArguments arguments);

}  // namespace tautline::taut
