// SPDX-License-Identifier: MIT
#pragma once

#include "arguments.hpp"
#include "exit_code.hpp"
#include "line_log.hpp"

namespace tautline::taut {

/// The verb `serve`: serves until a signal ends it.
[[nodiscard]] ExitCode run_serve(ServeArguments arguments, LineLog& person);

}  // namespace tautline::taut
