// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"
#include "line_log.hpp"

namespace tautline::taut {

/// The verb `probe`: opens a WebSocket, closes it, and draws what happened on the way.
[[nodiscard]] ExitCode run_probe(const ProbeArguments& arguments, LineLog& person);

}  // namespace tautline::taut
