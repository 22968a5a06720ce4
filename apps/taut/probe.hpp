// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"

namespace tautline::taut {

/// The verb `probe`: opens a WebSocket, closes it, and draws what happened on the way.
[[nodiscard]] ExitCode run_probe(ProbeArguments arguments);

}  // namespace tautline::taut
